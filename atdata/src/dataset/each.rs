//! What a function makes of each sample's bytes, of which no more are read than it asks for.

use std::fmt;

use crate::dataset::raw::RawSamples;
use crate::dataset::shards::Shards;
use crate::dataset::take::Take;
use crate::error::Result;
use crate::sample::Cursor;
use crate::shard::RawSample;

/// What a function makes of each sample, in order; see [`Shards::read_each`].
///
/// After an error about a sample comes the next one.
pub struct ReadEach<F> {
    samples: RawSamples,
    read: Reading<F>,
}

struct Reading<F>(F);

impl Shards {
    /// What `read` makes of the key of each sample and a cursor at its fields, in order. Whatever is odd about a shard is an error.
    ///
    /// Of a large sample that lies in a file only what the cursor reads is read, and what it passes over is not; `read` may be
    /// called twice with such a sample, of which the second answer counts.
    ///
    /// ```
    /// use atdata::{Dataset, DictSample, PackField, Value};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("n.tar");
    /// # Dataset::write(&path, (0..3_i64).map(|n| DictSample::from_iter([("number", n)])))?;
    /// let shards = Dataset::<DictSample>::open(&path)?.untyped().clone();
    /// let numbers = shards.read_each(|_key, cursor| {
    ///     let mut number = None;
    ///     for _ in 0..cursor.read_map_len()? {
    ///         match cursor.read_key()? {
    ///             "number" => number = Value::read(cursor)?.as_i64(),
    ///             _ => cursor.skip()?,
    ///         }
    ///     }
    ///     Ok(number)
    /// });
    /// assert_eq!(numbers.collect::<atdata::Result<Vec<_>>>()?, [Some(0), Some(1), Some(2)]);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn read_each<R, F>(&self, read: F) -> ReadEach<F>
    where
        F: FnMut(&str, &mut Cursor<'_>) -> Result<R>,
    {
        ReadEach { samples: self.strict().beginning_large(), read: Reading(read) }
    }
}

impl<R, F: FnMut(&str, &mut Cursor<'_>) -> Result<R>> Take for Reading<F> {
    type Taken = R;

    fn take(&mut self, raw: &RawSample<'_>) -> Result<R> {
        (self.0)(raw.key(), &mut raw.cursor()).map_err(|error| raw.locate(error))
    }

    fn undo(&mut self) {}
}

impl<R, F: FnMut(&str, &mut Cursor<'_>) -> Result<R>> Iterator for ReadEach<F> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Result<R>> {
        self.samples.take_next(&mut self.read)
    }
}

impl<F> fmt::Debug for ReadEach<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadEach").field("samples", &self.samples).finish_non_exhaustive()
    }
}
