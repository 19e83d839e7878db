//! Batches in memory that is lent, and goes back when they are dropped.

use std::sync::Arc;

use super::gather::Gather;
use crate::dataset::decode::Decode;
use crate::dataset::partners::Partners;
use crate::dataset::ring::{Buffers, Lent};
use crate::dataset::samples::read_into;
use crate::error::Result;
use crate::sample::{Column, Packable};
use crate::shard::RawSample;

/// Into a batch of the sample type, in the memory of one that was there before.
pub(in crate::dataset) struct Lend<S: Packable>(Arc<dyn Buffers<S::Batch>>);

impl<S: Packable> Lend<S> {
    pub(in crate::dataset) fn new(buffers: Arc<dyn Buffers<S::Batch>>) -> Self {
        Self(buffers)
    }
}

impl<S: Packable + 'static> Gather<S> for Lend<S>
where
    S::Batch: Send,
{
    type Rows = S::Builder;
    type Out = Lent<S::Batch>;

    fn begin(&self, rows: usize) -> S::Builder {
        match self.0.take() {
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
        read_into(decode, rows, raw, partners)
    }

    fn undo(&self, rows: &mut S::Builder, count: usize) {
        rows.truncate(count);
    }

    /// The memory is no less worth where a batch could not be made.
    fn abandon(&self, mut rows: S::Builder) {
        rows.truncate(0);
        if let Ok(batch) = rows.finish() {
            self.0.give_back(batch);
        }
    }

    fn finish(&self, rows: S::Builder) -> Result<Lent<S::Batch>> {
        Ok(Lent::new(rows.finish()?, Arc::clone(&self.0)))
    }
}
