//! Random access: getting at single samples, and counting them. Each of these reads the shards from the start.

use std::collections::{HashMap, HashSet};

use crate::dataset::raw::Held;
use crate::dataset::{Dataset, DatasetError};
use crate::error::Result;
use crate::shard::RawSample;

impl<T> Dataset<T> {
    /// Number of samples that the dataset gives, filters applied. Reads all shards once; later calls, also on clones,
    /// know the answer. Without stages no sample is decoded.
    pub fn len(&self) -> Result<usize> {
        if let Some(len) = self.len.get() {
            return Ok(*len);
        }
        let len = if self.decode.keeps_all() {
            self.count_raw()?
        } else {
            self.ordered().try_fold(0, |len, sample| sample.map(|_| len + 1))?
        };
        Ok(*self.len.get_or_init(|| len))
    }

    /// Whether there are no samples. Reads up to the first.
    pub fn is_empty(&self) -> Result<bool> {
        self.ordered().next().transpose().map(|first| first.is_none())
    }

    fn count_raw(&self) -> Result<usize> {
        let (mut raw, mut len) = (self.raw(), 0);
        while raw.advance()? {
            len += 1;
        }
        Ok(len)
    }

    /// The first `n` samples.
    pub fn head(&self, n: usize) -> Result<Vec<T>> {
        self.ordered().take(n).collect()
    }

    /// The first sample with that key; keys are as in [`with_keys`](crate::Samples::with_keys).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none, or a filter drops it.
    pub fn get(&self, key: &str) -> Result<T> {
        let mut raw = self.raw();
        while raw.advance()? {
            let Some(sample) = raw.current().filter(|sample| sample.key() == key) else { continue };
            if let Some(found) = self.decode_raw(&sample)? {
                return Ok(found);
            }
        }
        Err(DatasetError::NoKey { key: key.to_owned() }.into())
    }

    /// The samples at these positions, in the order of `indices`; a position may be there more than once.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the positions that are past the end.
    pub fn select(&self, indices: &[usize]) -> Result<Vec<T>> {
        let Some(&last) = indices.iter().max() else { return Ok(Vec::new()) };
        let (found, len) = self.find(indices, last)?;
        let missing: Vec<usize> = indices.iter().copied().filter(|index| !found.contains_key(index)).collect();
        if !missing.is_empty() {
            return Err(DatasetError::OutOfRange { indices: missing, len }.into());
        }
        let mut selected = Vec::with_capacity(indices.len());
        for index in indices {
            let Some(held) = found.get(index) else { continue };
            selected.extend(self.decode_raw(&held.as_raw())?);
        }
        Ok(selected)
    }

    /// The raw samples at these positions, and how many samples were passed on the way.
    fn find(&self, indices: &[usize], last: usize) -> Result<(HashMap<usize, Held>, usize)> {
        let mut found: HashMap<usize, Held> = HashMap::with_capacity(indices.len());
        let wanted: HashSet<usize> = indices.iter().copied().collect();
        let (mut raw, mut position) = (self.raw(), 0);
        while position <= last && raw.advance()? {
            let Some(sample) = raw.current() else { break };
            // Positions count what the dataset gives.
            let kept = self.decode.keeps_all() || self.decode_raw(&sample)?.is_some();
            if kept && wanted.contains(&position) {
                found.insert(position, Held::new(&sample, sample.shard().into()));
            }
            position += usize::from(kept);
        }
        Ok((found, position))
    }

    fn decode_raw(&self, raw: &RawSample<'_>) -> Result<Option<T>> {
        self.decode.run(&mut raw.cursor()).map_err(|error| raw.locate(error))
    }
}
