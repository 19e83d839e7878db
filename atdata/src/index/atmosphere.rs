//! The AT Protocol network: its datasets, by the same calls as those of repositories.

use std::sync::OnceLock;

use super::error::IndexError;
use super::{Index, InsertOptions};
use crate::atmosphere::record::EntryRecord;
use crate::atmosphere::{PublishOptions, Published};
use crate::atproto::Atmosphere;
use crate::dataset::Dataset;
use crate::entry::{Entry, Form, Reference, check_name};
use crate::error::Result;
use crate::sample::{DictSample, Packable};

/// How an index reaches the network.
pub(super) enum Route {
    /// By a client of the public network that only reads, made when it is needed.
    Public(OnceLock<Atmosphere>),
    Given(Atmosphere),
    Off,
}

impl Default for Route {
    fn default() -> Self {
        Self::Public(OnceLock::new())
    }
}

impl Index {
    /// The client of the network that a reference needs.
    pub(crate) fn network(&self, reference: &Reference) -> Result<Atmosphere> {
        match &*self.network {
            Route::Given(atmosphere) => Ok(atmosphere.clone()),
            Route::Off => Err(IndexError::Network { reference: reference.to_string() }.into()),
            Route::Public(client) => match client.get() {
                Some(atmosphere) => Ok(atmosphere.clone()),
                None => {
                    let atmosphere = Atmosphere::anonymous()?;
                    Ok(client.get_or_init(|| atmosphere).clone())
                }
            },
        }
    }

    pub(super) fn published_entry(&self, reference: &Reference) -> Result<Entry> {
        let network = self.network(reference)?;
        network.index_entry(&network.entry_of(reference)?)
    }

    /// Publishes a dataset in place of storing it.
    pub(super) fn publish<S: Packable + 'static>(
        &self,
        reference: &Reference,
        dataset: &Dataset<S>,
        options: &InsertOptions,
    ) -> Result<Entry> {
        let Form::Owned { authority, name } = reference.form() else {
            return Err(IndexError::Owner { reference: reference.to_string() }.into());
        };
        check_name(name)?;
        check_options(options)?;
        let network = self.network(reference)?;
        network.check_own(authority)?;
        let published = network.publish_dataset(name, dataset, &publish_options(options))?;
        network.index_entry(&published)
    }
}

impl Atmosphere {
    /// Publishes a dataset of an index: as [`publish_dataset`](Self::publish_dataset), under the name that the entry has, with
    /// the schema that the index has of it. What its metadata say goes along, but for credentials, which no record gets.
    pub fn promote(&self, index: &Index, entry: &Entry, options: &PublishOptions) -> Result<Published<EntryRecord>> {
        // What may stay where it is is not read, and yet named to everybody.
        index.trust(entry)?.check_urls(entry)?;
        let dataset = index.open_entry::<DictSample>(entry)?;
        self.publish_entry(entry, &dataset, || index.schema_of(entry), options)
    }
}

/// Fails for what a publication does not do, rather than to leave it out.
fn check_options(options: &InsertOptions) -> Result<()> {
    let given = [
        (options.store.is_some(), "store: shards go along as blobs, or stay where they are"),
        (options.prefix.is_some(), "prefix: blobs have no names"),
        (options.write.limit_of_count().is_some(), "limit of samples in a shard: limit its bytes"),
        (!options.forget.is_empty(), "metadata to be left out: a record is written anew"),
    ];
    match given.iter().find(|(is_given, _)| *is_given) {
        Some((_, what)) => Err(IndexError::OfRepositories { what }.into()),
        None => Ok(()),
    }
}

fn publish_options(options: &InsertOptions) -> PublishOptions {
    let mut publish = PublishOptions::new().with_metadata_of(&options.metadata).lenient(options.lenient);
    if let Some(reference) = &options.schema_ref {
        publish = publish.schema(reference);
    }
    if let Some(version) = &options.version {
        publish = publish.version(version);
    }
    if let Some(bytes) = options.write.limit_of_bytes() {
        publish = publish.max_bytes(bytes);
    }
    match options.progress.clone() {
        Some(tell) => publish.progress(move |bytes| tell(bytes)),
        None => publish,
    }
}
