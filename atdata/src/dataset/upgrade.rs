//! Upgrades: a dataset of an older type, read as a newer one.

use crate::dataset::Dataset;
use crate::error::Result;
use crate::lens::Migration;
use crate::sample::{DictSample, Packable};

impl Dataset<DictSample> {
    /// The samples, which are of an older type, as the newer type `S`.
    ///
    /// The shards stay as they are: each sample is upgraded when it is read.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with the differences, if the migration does not lead to the type
    /// that `S` is.
    pub fn upgrade<S: Packable>(&self, migration: &Migration) -> Result<Dataset<S>> {
        migration.check_target::<S>()?;
        let migration = migration.clone();
        Ok(self.with_decode(self.decode.clone().filter_map(move |sample| migration.upgrade(&sample)?.to().map(Some))))
    }
}
