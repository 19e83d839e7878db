//! The iterator over batches.

use std::{fmt, mem};

use crate::dataset::DatasetError;
use crate::dataset::samples::{Keyed, Samples};
use crate::dataset::warning::ShardWarning;
use crate::error::{Error, Result};
use crate::sample::{Column, Packable};

/// An iterator over batches of samples, of which there are nobody knows how many, as of the [samples](crate::Samples).
///
/// An error is given once and leaves no hole: the samples before and after it are in the batches around it.
pub struct Batches<S: Packable> {
    samples: Samples<S>,
    size: usize,
    drop_last: bool,
    /// Rows of a batch that an error interrupted, or none in memory to be used again.
    begun: Option<(S::Builder, usize)>,
    done: bool,
    /// What ended it, behind the last batch.
    last: Option<Error>,
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

impl<S> Keyed<S> {
    /// The samples, `size` to a batch, and with each batch the keys of its samples: see [`Samples::batches`].
    pub fn batches(self, size: usize) -> KeyedBatches<S>
    where
        S: Packable,
    {
        KeyedBatches { batches: self.0.batches(size), keys: Vec::new() }
    }
}

impl<S: Packable> Batches<S> {
    pub(super) fn new(samples: Samples<S>, size: usize) -> Self {
        Self { samples, size, drop_last: false, begun: None, done: false, last: None }
    }

    /// Leaves out the last batch if it is not full.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.drop_last = true;
        self
    }

    /// Takes a batch back that is not needed any longer: the next one is read into its memory.
    ///
    /// Memory for large batches, of 32 MiB and more, comes from the system each time, and is made zeros page by page when
    /// it is first touched, which can take longer than reading:
    ///
    /// ```
    /// # use atdata::{Dataset, Packable};
    /// # use ndarray::Array1;
    /// # #[derive(Packable)] struct Signal { values: Array1<f32> }
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("signals.tar");
    /// # Dataset::write(&path, (0..9).map(|_| Signal { values: Array1::ones(100) }))?;
    /// # let mut sum = 0.0;
    /// let mut batches = Dataset::<Signal>::open(&path)?.batches(4);
    /// while let Some(batch) = batches.next() {
    ///     let batch = batch?;
    ///     sum += batch.values.sum();
    ///     batches.recycle(batch);
    /// }
    /// # assert_eq!(sum, 900.0);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn recycle(&mut self, batch: S::Batch) {
        if self.begun.is_none() && !self.done {
            self.begun = Some((S::Builder::reuse(batch, self.size), 0));
        }
    }

    /// How many samples were left out so far, which were bad: see [`Dataset::on_error`](crate::Dataset::on_error).
    pub fn skipped(&self) -> u64 {
        self.samples.skipped()
    }

    /// What was odd about the shards that were read to their end so far.
    pub fn warnings(&self) -> &[ShardWarning] {
        self.samples.warnings()
    }
}

impl<S: Packable> Iterator for Batches<S> {
    type Item = Result<S::Batch>;

    fn next(&mut self) -> Option<Result<S::Batch>> {
        self.next_with(None)
    }
}

impl<S: Packable> Batches<S> {
    /// The next batch; the keys of its samples are added to `keys`, behind those of a batch that was begun.
    fn next_with(&mut self, mut keys: Option<&mut Vec<String>>) -> Option<Result<S::Batch>> {
        if self.done {
            return self.last.take().map(Err);
        }
        if self.size == 0 {
            self.done = true;
            return Some(Err(DatasetError::EmptyBatch.into()));
        }
        let (mut builder, mut rows) = self.begun.take().unwrap_or_else(|| (S::Builder::with_capacity(self.size), 0));
        while rows < self.size {
            match self.samples.next_into(&mut builder, rows, keys.as_deref_mut()) {
                Some(Ok(())) => rows += 1,
                Some(Err(error)) => {
                    if !self.samples.is_over() {
                        self.begun = Some((builder, rows));
                        return Some(Err(error));
                    }
                    self.done = true;
                    if rows == 0 || self.drop_last {
                        return Some(Err(error));
                    }
                    // What is sound comes before it.
                    self.last = Some(error);
                    return Some(builder.finish());
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

/// An iterator over batches of samples and the keys of these, in their order.
///
/// ```
/// # use atdata::{Dataset, Packable};
/// # #[derive(Packable)] struct Caption { text: String }
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("captions.tar");
/// # Dataset::write(&path, (0..3).map(|i| Caption { text: i.to_string() }))?;
/// for batch in Dataset::<Caption>::open(&path)?.iter().with_keys().batches(2) {
///     let (keys, captions) = batch?;
///     assert_eq!(keys.len(), captions.text.len());
/// }
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct KeyedBatches<S: Packable> {
    batches: Batches<S>,
    /// Those of a batch that an error interrupted.
    keys: Vec<String>,
}

impl<S: Packable> KeyedBatches<S> {
    /// Leaves out the last batch if it is not full.
    #[must_use]
    pub fn drop_last(mut self) -> Self {
        self.batches = self.batches.drop_last();
        self
    }

    /// Takes a batch back that is not needed any longer: see [`Batches::recycle`].
    pub fn recycle(&mut self, batch: S::Batch) {
        self.batches.recycle(batch);
    }

    /// How many samples were left out so far, which were bad: see [`Dataset::on_error`](crate::Dataset::on_error).
    pub fn skipped(&self) -> u64 {
        self.batches.skipped()
    }

    /// What was odd about the shards that were read to their end so far.
    pub fn warnings(&self) -> &[ShardWarning] {
        self.batches.warnings()
    }
}

impl<S: Packable> Iterator for KeyedBatches<S> {
    type Item = Result<(Vec<String>, S::Batch)>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.batches.next_with(Some(&mut self.keys))?;
        if next.is_err() && self.batches.begun.is_none() {
            // Its batch is gone.
            self.keys.clear();
        }
        Some(next.map(|batch| (mem::take(&mut self.keys), batch)))
    }
}

impl<S: Packable> fmt::Debug for KeyedBatches<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyedBatches").field(&self.batches).finish()
    }
}
