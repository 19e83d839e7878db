//! Random access: getting at single samples, and counting them. Each of these reads the shards from the start, unless
//! their contents are kept beside them.
//!
//! They all treat damage alike: see [`Walk`].

use crate::dataset::catalog::{Catalog, NEVER};
use crate::dataset::partners::{Partners, Reading};
use crate::dataset::runs::read_all;
use crate::dataset::walk::Walk;
use crate::dataset::{Dataset, DatasetError};
use crate::error::Result;
use crate::shard::RawSample;

impl<T> Dataset<T> {
    /// Number of samples that the dataset gives, filters applied. Reads all shards once; later calls, also on clones,
    /// know the answer. Without stages no sample is decoded, and without filters of shards with
    /// [contents](crate::shard::Contents) only the head of these is read.
    ///
    /// # Errors
    /// Damage of a shard, be it only that its archive does not end as it should: what is left is not taken for all there
    /// was. Groups that are no samples, which [`ordered`](Self::ordered) gives as errors, are not counted.
    pub fn len(&self) -> Result<usize> {
        if let Some(len) = self.len.get() {
            return Ok(*len);
        }
        let (raw, keeps_all) = (self.strict(), self.decode.keeps_all());
        if !self.decode.drops()
            && let Some(catalog) = self.shards.catalog()?
        {
            let len = usize::try_from(catalog.samples()).unwrap_or(usize::MAX);
            return Ok(*self.len.get_or_init(|| len));
        }
        // Only to decode them are the payloads wanted.
        let (mut walk, mut len) = (Walk::new(if keeps_all { raw.leaving_large() } else { raw }), 0);
        while walk.advance()? {
            let Some(raw) = walk.current() else { break };
            len += usize::from(keeps_all || self.look(&raw)?.0);
        }
        Ok(*self.len.get_or_init(|| len))
    }

    /// Whether there are no samples. Reads up to the first.
    pub fn is_empty(&self) -> Result<bool> {
        self.head(1).map(|first| first.is_empty())
    }

    /// The first `n` samples; groups that are no samples are passed over.
    pub fn head(&self, n: usize) -> Result<Vec<T>> {
        let (mut walk, mut first) = (Walk::new(self.raw()), Vec::new());
        while first.len() < n && walk.advance()? {
            let Some(raw) = walk.current() else { break };
            first.extend(self.decode_raw(&raw)?);
        }
        Ok(first)
    }

    /// The first sample with that key. Shards are read up to it, unless all have [contents](crate::shard::Contents): then
    /// one look into the table of each, and one read. Keys are as in [`with_keys`](crate::Samples::with_keys).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none, or a filter drops it. Damage of a shard is the error if
    /// the key is in no other.
    pub fn get(&self, key: &str) -> Result<T> {
        if let Some(catalog) = self.shards.catalog()? {
            let found = match catalog.find(key)? {
                Some(sample) => self.decode_raw(&catalog.read(sample)?.raw())?,
                None => None,
            };
            // Behind a sample that a filter dropped there may be another of the same key.
            if found.is_some() || !self.decode.drops() {
                return found.ok_or_else(|| DatasetError::NoKey { key: key.to_owned() }.into());
            }
        }
        let (mut raw, mut damage) = (self.strict().leaving_large(), None);
        loop {
            match raw.advance() {
                Ok(true) => {
                    if raw.current().is_none_or(|sample| sample.key() != key) {
                        continue;
                    }
                    let found = raw.read_current(|sample| self.decode_raw(sample))?.flatten();
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                Ok(false) => return Err(damage.unwrap_or_else(|| DatasetError::NoKey { key: key.to_owned() }.into())),
                // It is the one that is asked for.
                Err(error) if error.key() == Some(key) => return Err(error),
                Err(error) if raw.goes_on() => log::warn!("passed over: {error:#}"),
                Err(error) => damage = damage.or(Some(error)),
            }
        }
    }

    /// The sample at a position: [`select`](Self::select) of one.
    ///
    /// # Errors
    /// Those of [`select`](Self::select).
    ///
    /// ```
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("numbers.tar");
    /// # Dataset::write(&path, (0..5_i64).map(|number| DictSample::from_iter([("number", number)])))?;
    /// let numbers = Dataset::<DictSample>::open(&path)?;
    /// assert_eq!(numbers.at(3)?, numbers.select(&[3])?[0]);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn at(&self, index: usize) -> Result<T> {
        if !self.decode.drops()
            && let Some(catalog) = self.shards.catalog()?
            && (index as u64) < catalog.samples()
            && let Some(sample) = self.decode_raw(&catalog.read(index as u64)?.raw())?
        {
            return Ok(sample);
        }
        let found = self.select(&[index])?.pop();
        found.ok_or_else(|| DatasetError::OutOfRange { indices: vec![index], len: index }.into())
    }

    /// The samples at these positions, in the order of `indices`; a position may be there more than once. Of shards with
    /// [contents](crate::shard::Contents) just these are read, those that lie near each other at once, and of a server in
    /// parallel; those of others are read up to the last.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the positions that are past the end; damage of the shards before
    /// the last position. Groups that are no samples take no position.
    pub fn select(&self, indices: &[usize]) -> Result<Vec<T>> {
        if !self.decode.drops()
            && let Some(catalog) = self.shards.catalog()?
        {
            return self.pick(&catalog, indices);
        }
        // Walked together with the samples, each of which is looked at once.
        let mut wanted: Vec<_> = indices.iter().copied().enumerate().map(|(place, index)| (index, place)).collect();
        wanted.sort_unstable();
        let mut wanted = wanted.into_iter().peekable();
        let mut selected: Vec<_> = indices.iter().map(|_| None).collect();
        let (raw, keeps_all) = (self.strict(), self.decode.keeps_all());
        let (mut walk, mut len) = (Walk::new(if keeps_all { raw.leaving_large() } else { raw }), 0);
        while wanted.peek().is_some() && walk.advance()? {
            let Some(raw) = walk.current() else { break };
            // Positions count what the dataset gives.
            let (is_kept, mut decoded) = if keeps_all { (true, None) } else { self.look(&raw)? };
            if !is_kept {
                continue;
            }
            while let Some((_, place)) = wanted.next_if(|&(index, _)| index == len) {
                let sample = match decoded.take() {
                    Some(sample) => Some(sample),
                    None => walk.read_current(|raw| self.decode_raw(raw))?.flatten(),
                };
                if let Some(place) = selected.get_mut(place) {
                    *place = sample;
                }
            }
            len += 1;
        }
        if wanted.peek().is_some() {
            let is_missing = |&index: &usize| index >= len;
            let indices = indices.iter().copied().filter(is_missing).collect();
            return Err(DatasetError::OutOfRange { indices, len }.into());
        }
        Ok(selected.into_iter().flatten().collect())
    }

    /// See [`Decode::look`](crate::dataset::decode::Decode::look).
    fn look(&self, raw: &RawSample<'_>) -> Result<(bool, Option<T>)> {
        self.decode.look(raw).map_err(|error| raw.locate(error))
    }

    /// The samples at these positions by way of the contents: read in the order of the shards, neighbours at once.
    fn pick(&self, catalog: &Catalog, indices: &[usize]) -> Result<Vec<T>> {
        let len = usize::try_from(catalog.samples()).unwrap_or(usize::MAX);
        let missing: Vec<usize> = indices.iter().copied().filter(|index| *index >= len).collect();
        if !missing.is_empty() {
            return Err(DatasetError::OutOfRange { indices: missing, len }.into());
        }
        let mut order: Vec<usize> = (0..indices.len()).collect();
        order.sort_by_key(|at| indices.get(*at));
        let sorted: Vec<u64> = order.iter().filter_map(|at| indices.get(*at)).map(|index| *index as u64).collect();
        let mut selected: Vec<Option<T>> = std::iter::repeat_with(|| None).take(indices.len()).collect();
        let partners = if self.decode.joins() { Some(self.partners(catalog, &sorted)?) } else { None };
        read_all(catalog, &sorted, &mut |place, picked| {
            if let Some(place) = order.get(place).and_then(|at| selected.get_mut(*at)) {
                let raw = picked.raw();
                let sample = self.decode.run_with(&raw, partners.as_ref());
                *place = sample.map_err(|error| raw.locate(error))?;
            }
            Ok(())
        })?;
        Ok(selected.into_iter().flatten().collect())
    }

    /// What these samples are joined with, as far as it is read together.
    fn partners(&self, catalog: &Catalog, samples: &[u64]) -> Result<Partners> {
        let keys = samples.iter().map(|sample| catalog.key(*sample, NEVER)).collect::<Result<Vec<_>>>()?;
        Ok(self.decode.fetch(&keys, Reading::of_select()))
    }

    pub(super) fn decode_raw(&self, raw: &RawSample<'_>) -> Result<Option<T>> {
        self.decode.run(raw).map_err(|error| raw.locate(error))
    }
}
