//! Writing samples into an index.

use std::fmt;
use std::sync::Arc;

use super::error::IndexError;
use super::incoming::Incoming;
use super::shards::Shards;
use super::{Index, InsertOptions, dataset};
use crate::dataset::{Dataset, ShardWriter, own_or_samples};
use crate::entry::Entry;
use crate::error::Result;
use crate::sample::Packable;
use crate::store::{LocalStore, Store};

/// Samples in a shard where nothing else is said, as in Python.
const MAX_COUNT: u64 = 10_000;

impl Index {
    /// Writes samples to the store, and stores them under a name: shards, entry, schema and label.
    ///
    /// Shards go straight into the repository's store, or `~/.atdata/data` where an SQLite file has none, at most 10,000 samples in
    /// each; each sample is packed once. The entry appears when all shards have.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for no samples, and those of [`insert`](Self::insert). No shard and
    /// no entry is left then.
    pub fn write_samples<S: Packable>(&self, name: &str, samples: impl IntoIterator<Item = S>) -> Result<Entry> {
        self.write_samples_with(name, samples, &InsertOptions::new())
    }

    /// [`write_samples`](Self::write_samples) with options.
    pub fn write_samples_with<S: Packable>(
        &self,
        name: &str,
        samples: impl IntoIterator<Item = S>,
        options: &InsertOptions,
    ) -> Result<Entry> {
        let mut writer = self.writer(name, options)?;
        for sample in samples {
            writer.write(&sample)?;
        }
        writer.finish()
    }

    /// [`write_samples_with`](Self::write_samples_with) for samples whose making can fail: the first failure ends the
    /// write, and leaves nothing behind.
    pub fn try_write_samples<S: Packable, E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        &self,
        name: &str,
        samples: impl IntoIterator<Item = std::result::Result<S, E>>,
        options: &InsertOptions,
    ) -> Result<Entry> {
        let mut writer = self.writer(name, options)?;
        for sample in samples {
            writer.write(&sample.map_err(|error| own_or_samples(error.into()))?)?;
        }
        writer.finish()
    }

    /// A writer that takes the samples of a new dataset one by one, with keys of yours if they have any.
    pub fn writer<S: Packable>(&self, name: &str, options: &InsertOptions) -> Result<DatasetWriter<S>> {
        let (repository, name) = self.writable(&name.parse()?)?;
        let store = match options.store.as_ref().or(repository.store()) {
            Some(store) => Arc::clone(store),
            None if !dataset::is_of_one_machine(&repository.provider().url()) => {
                return Err(IndexError::SharedWithoutStore { index: repository.provider().url() }.into());
            }
            None => Arc::new(LocalStore::in_home()?),
        };
        let registration = Incoming::new::<S>(repository.clone(), name, options)?;
        DatasetWriter::create(registration, store, options)
    }
}

/// Writes samples to a store, and stores them in an index when it is [finished](Self::finish). Dropped before, it leaves
/// nothing behind.
pub struct DatasetWriter<S> {
    registration: Incoming,
    store: Arc<dyn Store>,
    shards: ShardWriter<S>,
}

impl<S: Packable> DatasetWriter<S> {
    pub(super) fn create(registration: Incoming, store: Arc<dyn Store>, options: &InsertOptions) -> Result<Self> {
        registration.check_free()?;
        let mut write = options.write.clone().sha256(true);
        if !options.rewrite {
            write = write.max_count(MAX_COUNT);
        }
        let shards = ShardWriter::in_store(Arc::clone(&store), registration.prefix()).with_options(write).build()?;
        Ok(Self { registration, store, shards })
    }

    /// Appends a sample under a new key; keys made so sort in the order of writing.
    pub fn write(&mut self, sample: &S) -> Result<()> {
        self.shards.write(sample)
    }

    /// Appends a sample under a key of your own: see [`ShardWriter::write_with_key`].
    pub fn write_with_key(&mut self, key: &str, sample: &S) -> Result<()> {
        self.shards.write_with_key(key, sample)
    }

    /// Appends all samples of a dataset under the keys that they have: see [`ShardWriter::write_dataset`].
    pub fn write_dataset(&mut self, dataset: &Dataset<S>) -> Result<()> {
        self.shards.write_dataset(dataset)
    }

    /// How many members of the datasets that were copied so far are in no copy: see
    /// [`Written::left_out`](crate::Written::left_out). They are logged as well when the write is finished.
    pub fn left_out(&self) -> u64 {
        self.shards.left_out()
    }

    /// Makes the shards appear, and then the entry.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if no sample was written; those of the store and the database.
    pub fn finish(self) -> Result<Entry> {
        let mut shards = Shards::in_store(self.store);
        let written = self.shards.finish()?;
        written.tell_left_out(&self.registration.name);
        for shard in written.shards {
            let sha256 = shard.sha256_hex().unwrap_or_default();
            shards.push(&shard.url, sha256, shard.bytes, Some(shard.samples))?;
        }
        self.registration.finish(shards)
    }
}

impl<S> fmt::Debug for DatasetWriter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatasetWriter").field("registration", &self.registration).finish_non_exhaustive()
    }
}
