//! Random access to compositions: how many samples they have, and single ones of them.

use std::sync::Arc;

use crate::dataset::DatasetError;
use crate::dataset::catalog::{Catalog, NEVER};
use crate::dataset::compose::Composition;
use crate::dataset::decode::Decodes;
use crate::dataset::partners::Reading;
use crate::dataset::runs::read_all;
use crate::error::Result;
use crate::order::Runs;

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
        let (catalogs, runs) = self.placed()?;
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
        let catalog = Catalog::of_parts(&catalogs);
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

    /// Where the samples of each part are, and which of them there are.
    fn placed(&self) -> Result<(Vec<Arc<Catalog>>, Runs)> {
        let catalogs = self.parts().catalogs()?;
        let lens: Vec<u64> = catalogs.iter().map(|catalog| catalog.samples()).collect();
        let runs = self.node.runs(&lens)?;
        Ok((catalogs, runs))
    }
}
