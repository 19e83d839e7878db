//! Random access to compositions: how many samples they have, and single ones of them.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::dataset::DatasetError;
use crate::dataset::catalog::{Catalog, NEVER};
use crate::dataset::compose::Composition;
use crate::dataset::decode::Decodes;
use crate::dataset::partners::Reading;
use crate::dataset::runs::read_all;
use crate::error::Result;
use crate::order::Runs;

/// Where the samples of each part are, and which of them there are.
type Placed = (Vec<Arc<Catalog>>, Runs);

impl<T> Composition<T> {
    /// Number of samples, each counted as often as it is there. No sample is read; shards whose
    /// [contents](crate::shard::Contents) are not beside them are read once, to find their samples.
    ///
    /// # Errors
    /// Those of a [plan](Self::plan): [`Unsupported`](crate::ErrorKind::Unsupported) of a dataset with a filter, and of shards that
    /// are compressed.
    pub fn len(&self) -> Result<usize> {
        Ok(usize::try_from(self.placed()?.1.len()).unwrap_or(usize::MAX))
    }

    /// Whether there are no samples.
    ///
    /// # Errors
    /// Those of [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// The sample at a position: [`select`](Self::select) of one.
    ///
    /// # Errors
    /// Those of [`select`](Self::select).
    pub fn at(&self, index: usize) -> Result<T> {
        let found = self.select(&[index])?.pop();
        found.ok_or_else(|| DatasetError::OutOfRange { indices: vec![index], len: index }.into())
    }

    /// The samples at these positions of the list, in the order of `indices`; a position may be there more than once. Just
    /// these are read, those that lie near each other at once.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the positions that are past the end, and those of [`len`](Self::len).
    pub fn select(&self, indices: &[usize]) -> Result<Vec<T>> {
        self.select_of(&self.placed()?, indices)
    }

    /// The first sample of the list with that key, wherever it is: one look into the table of each shard, and one read. Samples with
    /// the same key in several of the datasets, or twice in one of them, are samples like others, of which this is the first that the
    /// list has; all of them are those that [`only_keys`](Self::only_keys) chooses.
    ///
    /// ```
    /// use atdata::{Dataset, DictSample, ShardWriter};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let write = |name: &str, of: i64| -> atdata::Result<Dataset<DictSample>> {
    /// #     let mut writer = ShardWriter::builder(dir.path().join(name)).build()?;
    /// #     for number in 0..3 {
    /// #         writer.write_with_key(&format!("{number}"), &DictSample::from_iter([("number", of + number)]))?;
    /// #     }
    /// #     writer.finish()?.open()
    /// # };
    /// # let (old, new) = (write("old.tar", 0)?, write("new.tar", 100)?);
    /// let both = old.skip(2).concat([&new]);
    /// assert_eq!(both.get("2")?, old.at(2)?);
    /// assert_eq!(both.get("1")?, new.at(1)?);
    /// assert!(old.skip(2).get("1").is_err());
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is none, and those of [`len`](Self::len). Damage of the contents of a shard is
    /// the error if the key is in no other.
    pub fn get(&self, key: &str) -> Result<T> {
        let placed = self.placed()?;
        let (catalogs, runs) = &placed;
        let (mut first, mut failed, mut base) = (None, None, 0);
        for catalog in catalogs {
            let searched = catalog.each_with(key, &mut |sample| {
                if let Some(place) = runs.places_of(base + sample).next() {
                    first = Some(first.map_or(place, |first: u64| first.min(place)));
                }
                ControlFlow::Continue(())
            });
            failed = failed.or(searched.err());
            base += catalog.samples();
        }
        let place = first.and_then(|place| usize::try_from(place).ok());
        let found = place.map_or(Ok(None), |place| self.select_of(&placed, &[place]).map(|mut found| found.pop()))?;
        found.ok_or_else(|| failed.unwrap_or_else(|| DatasetError::NoKey { key: key.to_owned() }.into()))
    }

    fn select_of(&self, (catalogs, runs): &Placed, indices: &[usize]) -> Result<Vec<T>> {
        let len = usize::try_from(runs.len()).unwrap_or(usize::MAX);
        let number = |(place, index): (usize, &usize)| Some((runs.at(*index as u64)?, place));
        let mut wanted: Vec<(u64, usize)> = indices.iter().enumerate().filter_map(number).collect();
        if wanted.len() < indices.len() {
            let missing = indices.iter().copied().filter(|index| *index >= len).collect();
            return Err(DatasetError::OutOfRange { indices: missing, len }.into());
        }
        wanted.sort_unstable();
        let sorted: Vec<u64> = wanted.iter().map(|(number, _)| *number).collect();
        let lens = catalogs.iter().map(|catalog| catalog.samples());
        let decodes = Decodes::new(self.parts.iter().map(|part| part.decode.clone()).zip(lens));
        let mut selected: Vec<Option<T>> = std::iter::repeat_with(|| None).take(indices.len()).collect();
        let catalog = self.known.catalog(catalogs);
        let key = |sample| catalog.key(sample, NEVER).ok();
        let partners = decodes.fetch(sorted.iter().copied(), key, Reading::of_select());
        read_all(&catalog, &sorted, &mut |at, picked| {
            let Some((number, place)) = wanted.get(at) else { return Ok(()) };
            if let (Some((part, decode)), Some(selected)) = (decodes.of(*number), selected.get_mut(*place)) {
                let raw = picked.raw();
                *selected = decode.run_with(&raw, partners.get(part)).map_err(|error| raw.locate(error))?;
            }
            Ok(())
        })?;
        Ok(selected.into_iter().flatten().collect())
    }

    fn placed(&self) -> Result<Placed> {
        let catalogs = self.parts().catalogs()?;
        let lens: Vec<u64> = catalogs.iter().map(|catalog| catalog.samples()).collect();
        let runs = self.node.runs(&lens)?;
        Ok((catalogs, runs))
    }
}
