//! From an entry to the dataset.

use super::error::IndexError;
use super::{Entry, Index, Repository};
use crate::dataset::Dataset;
use crate::error::Result;
use crate::sample::Packable;
use crate::shard::ReadOptions;
use crate::source::{IntoShards, Shard};

impl Index {
    /// The dataset that a [reference](crate::index#references) leads to, read as `S`; with [`DictSample`] without a type.
    ///
    /// [`DictSample`]: crate::DictSample
    pub fn dataset<S: Packable + 'static>(&self, reference: &str) -> Result<Dataset<S>> {
        let (repository, entry) = self.find(reference)?;
        dataset(repository, &entry)
    }

    /// The dataset of an entry, which may be of any of the repositories: what reads its shards is taken from the store
    /// that holds them.
    pub fn open_entry<S: Packable + 'static>(&self, entry: &Entry) -> Result<Dataset<S>> {
        dataset(self.holder(entry)?, entry)
    }

    /// The repository whose store has shards of an entry, or else `local`.
    pub(super) fn holder(&self, entry: &Entry) -> Result<&Repository> {
        let holds = |repository: &&Repository| {
            let store = repository.store();
            store.is_some_and(|store| entry.data_urls.iter().any(|url| store.holds(url)))
        };
        let mut repositories = self.repositories().into_iter().filter_map(|name| self.repositories.get(name));
        repositories.find(holds).map_or_else(|| self.repository(super::LOCAL), Ok)
    }
}

fn dataset<S: Packable + 'static>(repository: &Repository, entry: &Entry) -> Result<Dataset<S>> {
    let options = read_options(repository, &entry.data_urls);
    Ok(Dataset::open(shards(entry)?)?.with_options(options))
}

/// The shards of an entry, its braces expanded.
pub(crate) fn shards(entry: &Entry) -> Result<Vec<Shard>> {
    let shards = entry.data_urls.iter().map(String::as_str).collect::<Vec<_>>().into_shards()?;
    if shards.is_empty() { Err(IndexError::NoShards { cid: entry.cid.clone() }.into()) } else { Ok(shards) }
}

/// How shards at these URLs are read: with the credentials of the store that has them.
pub(crate) fn read_options<U: AsRef<str>>(repository: &Repository, urls: &[U]) -> ReadOptions {
    let options = ReadOptions::new();
    match repository.store() {
        Some(store) if urls.iter().any(|url| store.holds(url.as_ref())) => store.read_options(options),
        _ => options,
    }
}
