//! Making a batch: its samples are read, decoded, and put together.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Step;
use super::ahead::{Ahead, StepSamples};
use super::lend::Memory;
use crate::dataset::catalog::{Catalog, IsStopped};
use crate::dataset::contained::contained;
use crate::dataset::decode::{Decode, Decodes};
use crate::dataset::partners::{Partners, Reading};
use crate::dataset::plan::Plan;
use crate::dataset::plan::error::PlanError;
use crate::dataset::policy::is_of_data;
use crate::dataset::quarantine::{Bad, digest_of};
use crate::dataset::samples::read_into;
use crate::error::{Error, Result};
use crate::sample::{Column, Packable};
use crate::shard::RawSample;

/// The part of the memory that may be used to read together what the batches that are made are joined with.
const OF_PARTNERS: u64 = 8;

/// How samples of type `T` become a batch.
pub(in crate::dataset) trait Gather<T>: Send + Sync + 'static {
    type Rows;
    type Out: Send + 'static;

    fn begin(&self, rows: usize) -> Self::Rows;
    /// Decodes a sample behind those that are there, with those that it may be joined with; whether it was kept.
    fn add(
        &self,
        rows: &mut Self::Rows,
        decode: &Decode<T>,
        raw: &RawSample<'_>,
        partners: Option<&Partners>,
    ) -> Result<bool>;
    /// Takes back what a sample left that could not be decoded, behind so many rows.
    fn undo(&self, rows: &mut Self::Rows, count: usize);
    /// What becomes of a sample that cannot be read, where no policy leaves it out: the error of the batch, or a row.
    fn refuse(&self, _: &mut Self::Rows, error: Error) -> Result<()> {
        Err(error)
    }
    /// What becomes of rows of which there is no batch.
    fn abandon(&self, rows: Self::Rows);
    fn finish(&self, rows: Self::Rows) -> Result<Self::Out>;
}

/// Into a batch of the sample type, without a sample in between where no stage asks for it.
pub(in crate::dataset) struct Stack<S, M> {
    memory: M,
    of: PhantomData<fn() -> S>,
}

impl<S: Packable, M: Memory<S::Batch>> Stack<S, M> {
    pub(in crate::dataset) fn new(memory: M) -> Self {
        Self { memory, of: PhantomData }
    }
}

impl<S: Packable + 'static, M: Memory<S::Batch>> Gather<S> for Stack<S, M> {
    type Rows = S::Builder;
    type Out = M::Given;

    fn begin(&self, rows: usize) -> S::Builder {
        match self.memory.take() {
            Some(batch) => S::Builder::reuse(batch, rows),
            None => S::Builder::with_capacity(rows),
        }
    }

    fn add(
        &self,
        rows: &mut S::Builder,
        decode: &Decode<S>,
        raw: &RawSample<'_>,
        partners: Option<&Partners>,
    ) -> Result<bool> {
        read_into(decode, rows, raw, || partners)
    }

    fn undo(&self, rows: &mut S::Builder, count: usize) {
        rows.truncate(count);
    }

    /// The memory is no less worth where a batch could not be made.
    fn abandon(&self, mut rows: S::Builder) {
        if !self.memory.comes_back() {
            return;
        }
        rows.truncate(0);
        if let Ok(batch) = rows.finish() {
            self.memory.give_back(batch);
        }
    }

    fn finish(&self, rows: S::Builder) -> Result<M::Given> {
        rows.finish().map(|batch| self.memory.give(batch))
    }
}

/// Into a list.
pub(in crate::dataset) struct List<T, R> {
    row: fn(T) -> R,
    /// In the place of a sample that cannot be read.
    refuse: fn(Error) -> Result<R>,
}

impl<S> List<S, S> {
    pub(in crate::dataset) fn new() -> Self {
        Self { row: |sample| sample, refuse: Err }
    }
}

impl<T> List<T, Result<T>> {
    /// With an error in the place of each sample that cannot be read.
    pub(in crate::dataset) fn of_each() -> Self {
        Self { row: Ok, refuse: |error| Ok(Err(error)) }
    }
}

impl<T: 'static, R: Send + 'static> Gather<T> for List<T, R> {
    type Rows = Vec<R>;
    type Out = Vec<R>;

    fn begin(&self, rows: usize) -> Vec<R> {
        Vec::with_capacity(rows)
    }

    fn add(
        &self,
        rows: &mut Vec<R>,
        decode: &Decode<T>,
        raw: &RawSample<'_>,
        partners: Option<&Partners>,
    ) -> Result<bool> {
        let sample = decode.run_with(raw, partners)?;
        let kept = sample.is_some();
        rows.extend(sample.map(self.row));
        Ok(kept)
    }

    fn undo(&self, rows: &mut Vec<R>, count: usize) {
        rows.truncate(count);
    }

    fn refuse(&self, rows: &mut Vec<R>, error: Error) -> Result<()> {
        (self.refuse)(error).map(|row| rows.push(row))
    }

    fn abandon(&self, rows: Vec<R>) {
        drop(rows);
    }

    fn finish(&self, rows: Vec<R>) -> Result<Vec<R>> {
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
        let samples = self.ahead.step(number, is_stopped);
        let mut rows = self.gather.begin(samples.len());
        let filled = match self.fill(&mut rows, samples, is_stopped) {
            Ok(filled) => filled,
            Err(error) => {
                // What it was told first is what is wrong, whatever else a type does.
                let _ = contained(|| {
                    self.gather.abandon(rows);
                    Ok(())
                });
                return Err(error);
            }
        };
        let Filled { count, padding, keys, bytes, bad } = filled;
        let batch = contained(|| self.gather.finish(rows))?;
        let step = Step { number, batch, rows: count, padding, keys, skipped: bad.len() };
        Ok(Made { step, bytes, bad })
    }

    fn fill(&self, rows: &mut G::Rows, mut samples: StepSamples<'_>, is_stopped: IsStopped<'_>) -> Result<Filled> {
        let loading = self.plan.loading();
        let at_once = loading.threads.max(1) as u64;
        let reading = Reading { most: loading.memory / OF_PARTNERS / at_once, is_stopped };
        let partners = self.decodes.fetch(samples.numbers(), |sample| samples.key_of(sample), reading);
        let mut filled = Filled::default();
        loop {
            if is_stopped() {
                return Err(PlanError::Cancelled.into());
            }
            let Some((slot, picked)) = samples.next() else { return Ok(filled) };
            let picked = match picked {
                Ok(picked) => picked,
                Err(error) if self.treatment.skips && samples.is_of_sample(slot.sample, &error) => {
                    filled.bad.push(Bad { error, sample: Some(slot.sample), digest: None });
                    continue;
                }
                Err(error) => {
                    self.gather.refuse(rows, error)?;
                    filled.count += 1;
                    continue;
                }
            };
            let raw = picked.raw();
            let Some((part, decode)) = self.decodes.of(slot.sample) else { continue };
            let partners = partners.get(part);
            match contained(|| self.gather.add(rows, decode, &raw, partners)).map_err(|error| raw.locate(error)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) if self.treatment.skips && is_of_data(&error) => {
                    self.gather.undo(rows, filled.count);
                    let digest = if self.treatment.digests { digest_of(&raw) } else { None };
                    filled.bad.push(Bad { error, sample: Some(slot.sample), digest });
                    continue;
                }
                Err(error) => {
                    self.gather.refuse(rows, error)?;
                    filled.count += 1;
                    continue;
                }
            }
            filled.bytes += picked.bytes();
            if slot.padding {
                filled.padding.push(filled.count);
            }
            if loading.keys {
                filled.keys.push(picked.key().to_owned());
            }
            filled.count += 1;
        }
    }
}

/// What is known of the rows of a batch.
#[derive(Default)]
struct Filled {
    count: usize,
    padding: Vec<usize>,
    keys: Vec<String>,
    bytes: u64,
    bad: Vec<Bad>,
}

impl<T: 'static, G: Gather<T>> Maker<G::Out> for Job<T, G> {
    fn make(&self, step: u64, is_stopped: IsStopped<'_>) -> Result<Made<G::Out>> {
        // Whatever happens, the caller waits for an outcome.
        contained(|| self.put_together(step, is_stopped))
    }
}
