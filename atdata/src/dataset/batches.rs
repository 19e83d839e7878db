//! The iterator over batches.

use std::fmt;

use crate::dataset::DatasetError;
use crate::dataset::samples::Samples;
use crate::dataset::warning::ShardWarning;
use crate::error::Result;
use crate::sample::{Column, Packable};

/// An iterator over batches of samples.
///
/// An error is given once and leaves no hole: the samples before and after it are in the batches around it.
pub struct Batches<S: Packable> {
    samples: Samples<S>,
    size: usize,
    drop_last: bool,
    /// Rows of a batch that an error interrupted.
    partial: Option<(S::Builder, usize)>,
    done: bool,
}

impl<S> Samples<S> {
    /// The samples, `size` to a batch; the last batch holds what is left. Batches run across shard borders.
    ///
    /// A dataset without stages is decoded straight into the batch: each array is copied once.
    pub fn batches(self, size: usize) -> Batches<S>
    where
        S: Packable,
    {
        Batches::new(self, size)
    }
}

impl<S: Packable> Batches<S> {
    pub(super) fn new(samples: Samples<S>, size: usize) -> Self {
        Self { samples, size, drop_last: false, partial: None, done: false }
    }

    /// Leaves out the last batch if it is not full.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// What was odd about the shards that were read to their end so far.
    pub fn warnings(&self) -> &[ShardWarning] {
        self.samples.warnings()
    }
}

impl<S: Packable> Iterator for Batches<S> {
    type Item = Result<S::Batch>;

    fn next(&mut self) -> Option<Result<S::Batch>> {
        if self.done {
            return None;
        }
        if self.size == 0 {
            self.done = true;
            return Some(Err(DatasetError::EmptyBatch.into()));
        }
        let (mut builder, mut rows) = self.partial.take().unwrap_or_else(|| (S::Builder::with_capacity(self.size), 0));
        while rows < self.size {
            match self.samples.next_into(&mut builder, rows) {
                Some(Ok(())) => rows += 1,
                Some(Err(error)) => {
                    self.partial = Some((builder, rows));
                    return Some(Err(error));
                }
                None => {
                    self.done = true;
                    return (rows > 0 && !self.drop_last).then(|| builder.finish());
                }
            }
        }
        Some(builder.finish())
    }
}

impl<S: Packable> fmt::Debug for Batches<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("size", &self.size).field("drop_last", &self.drop_last).finish_non_exhaustive()
    }
}
