//! Making a batch: its samples are read, decoded, and put together.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Step;
use super::ahead::Ahead;
use crate::dataset::catalog::{Catalog, IsStopped};
use crate::dataset::contained::contained;
use crate::dataset::decode::{Decode, Decodes};
use crate::dataset::plan::Plan;
use crate::dataset::plan::error::PlanError;
use crate::dataset::policy::is_of_data;
use crate::dataset::quarantine::{Bad, digest_of};
use crate::dataset::samples::read_into;
use crate::error::Result;
use crate::sample::{Column, Packable};
use crate::shard::RawSample;

/// How samples of type `T` become a batch.
pub(in crate::dataset) trait Gather<T>: Send + Sync + 'static {
    type Rows;
    type Out: Send + 'static;

    fn begin(&self, rows: usize) -> Self::Rows;
    /// Decodes a sample behind those that are there; whether it was kept.
    fn add(&self, rows: &mut Self::Rows, decode: &Decode<T>, raw: &RawSample<'_>) -> Result<bool>;
    /// Takes back what a sample left that could not be decoded, behind so many rows.
    fn undo(&self, rows: &mut Self::Rows, count: usize);
    fn finish(&self, rows: Self::Rows) -> Result<Self::Out>;
}

/// Into a batch of the sample type, without a sample in between where no stage asks for it.
pub(in crate::dataset) struct Stack<S>(PhantomData<fn() -> S>);

impl<S> Stack<S> {
    pub(in crate::dataset) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S: Packable + 'static> Gather<S> for Stack<S>
where
    S::Batch: Send,
{
    type Rows = S::Builder;
    type Out = S::Batch;

    fn begin(&self, rows: usize) -> S::Builder {
        S::Builder::with_capacity(rows)
    }

    fn add(&self, rows: &mut S::Builder, decode: &Decode<S>, raw: &RawSample<'_>) -> Result<bool> {
        read_into(decode, rows, raw)
    }

    fn undo(&self, rows: &mut S::Builder, count: usize) {
        rows.truncate(count);
    }

    fn finish(&self, rows: S::Builder) -> Result<S::Batch> {
        rows.finish()
    }
}

/// Into a list.
pub(in crate::dataset) struct List<T>(PhantomData<fn() -> T>);

impl<T> List<T> {
    pub(in crate::dataset) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Send + 'static> Gather<T> for List<T> {
    type Rows = Vec<T>;
    type Out = Vec<T>;

    fn begin(&self, rows: usize) -> Vec<T> {
        Vec::with_capacity(rows)
    }

    fn add(&self, rows: &mut Vec<T>, decode: &Decode<T>, raw: &RawSample<'_>) -> Result<bool> {
        let sample = decode.run(raw)?;
        let kept = sample.is_some();
        rows.extend(sample);
        Ok(kept)
    }

    fn undo(&self, rows: &mut Vec<T>, count: usize) {
        rows.truncate(count);
    }

    fn finish(&self, rows: Vec<T>) -> Result<Vec<T>> {
        Ok(rows)
    }
}

/// A batch, and the bytes that its samples have in the shards.
pub(super) struct Made<B> {
    pub(super) step: Step<B>,
    pub(super) bytes: u64,
    /// Samples that cannot be read, which the policy decides on when the batch is given: in order.
    pub(super) bad: Vec<Bad>,
}

/// Makes the batch of a step, unless it is told to stop.
pub(super) trait Maker<B>: Send + Sync {
    fn make(&self, step: u64, is_stopped: IsStopped<'_>) -> Result<Made<B>>;
}

/// All that it takes to make the batches of a plan.
pub(super) struct Job<T, G> {
    plan: Plan,
    ahead: Ahead,
    decodes: Decodes<T>,
    gather: G,
    treatment: Treatment,
}

/// What becomes of samples that cannot be read while a batch is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Treatment {
    /// Whether the batch is made without them.
    pub(super) skips: bool,
    pub(super) digests: bool,
}

impl<T, G: Gather<T>> Job<T, G> {
    pub(super) fn new(plan: Plan, catalog: Arc<Catalog>, decodes: Decodes<T>, gather: G, treatment: Treatment) -> Self {
        Self { ahead: Ahead::new(plan.clone(), catalog), plan, decodes, gather, treatment }
    }

    fn put_together(&self, number: u64, is_stopped: IsStopped<'_>) -> Result<Made<G::Out>> {
        let loading = self.plan.loading();
        let (mut samples, mut bad) = (self.ahead.step(number, is_stopped), Vec::new());
        let (mut rows, mut bytes) = (self.gather.begin(samples.len()), 0);
        let (mut count, mut padding, mut keys) = (0, Vec::new(), Vec::new());
        loop {
            if is_stopped() {
                return Err(PlanError::Cancelled.into());
            }
            let Some((slot, picked)) = samples.next() else { break };
            let picked = match picked {
                Err(error) if self.treatment.skips && samples.is_of_sample(slot.sample, &error) => {
                    bad.push(Bad { error, sample: Some(slot.sample), digest: None });
                    continue;
                }
                picked => picked?,
            };
            let raw = picked.raw();
            let Some(decode) = self.decodes.of(slot.sample) else { continue };
            match contained(|| self.gather.add(&mut rows, decode, &raw)).map_err(|error| raw.locate(error)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) if self.treatment.skips && is_of_data(&error) => {
                    self.gather.undo(&mut rows, count);
                    let digest = if self.treatment.digests { digest_of(&raw) } else { None };
                    bad.push(Bad { error, sample: Some(slot.sample), digest });
                    continue;
                }
                Err(error) => return Err(error),
            }
            bytes += picked.bytes();
            if slot.padding {
                padding.push(count);
            }
            if loading.keys {
                keys.push(picked.key().to_owned());
            }
            count += 1;
        }
        let batch = contained(|| self.gather.finish(rows))?;
        let step = Step { number, batch, rows: count, padding, keys, skipped: bad.len() };
        Ok(Made { step, bytes, bad })
    }
}

impl<T: 'static, G: Gather<T>> Maker<G::Out> for Job<T, G> {
    fn make(&self, step: u64, is_stopped: IsStopped<'_>) -> Result<Made<G::Out>> {
        // Whatever happens, the caller waits for an outcome.
        contained(|| self.put_together(step, is_stopped))
    }
}
