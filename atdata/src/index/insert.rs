//! Inserting datasets that exist.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::error::IndexError;
use super::incoming::Incoming;
use super::options::InsertOptions;
use super::shards::Shards;
use super::writer::DatasetWriter;
use super::{Index, Registration, Repository};
use crate::archive::shard_suffix;
use crate::dataset::Dataset;
use crate::entry::{Entry, Form, Label, Provenance, Reference, Target, check_name};
use crate::error::{Error, Result};
use crate::net::url::split_scheme;
use crate::sample::Packable;
use crate::shard::{Looked, copy_sound, look_at};
use crate::source::{Shard, collapse};
use crate::store::{AT_ONCE, Copy, Store, several};

impl Index {
    /// Stores a dataset under a name: its entry, its schema if that is not stored yet, and a label.
    ///
    /// Where the repository has a store, the shards are copied into it, byte for byte, unless they are there. A dataset
    /// with filters, maps or a view is written anew for it, with the keys that its samples have. Without a store the shards
    /// are registered where they are.
    ///
    /// With the feature `atmosphere`, `@handle/name` publishes it to the account that is logged in: see
    /// `Atmosphere::publish_dataset`.
    ///
    /// Shards that are registered already keep the names that they had, as labels, and their checksums.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if another schema is stored under the type's name and version;
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a name that cannot be stored, and for standard input and pipes that would stay where they are;
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a shard that is read and not whole; those of reading the dataset and
    /// writing to the store. Nothing is stored then but the schema.
    pub fn insert<S: Packable + 'static>(&self, name: &str, dataset: &Dataset<S>) -> Result<Entry> {
        self.insert_with(name, dataset, &InsertOptions::new())
    }

    /// [`insert`](Self::insert) with options.
    pub fn insert_with<S: Packable + 'static>(
        &self,
        name: &str,
        dataset: &Dataset<S>,
        options: &InsertOptions,
    ) -> Result<Entry> {
        let reference = name.parse()?;
        #[cfg(feature = "atmosphere")]
        if self.target(&reference) == Target::Network {
            return self.publish(&reference, dataset, options);
        }
        let (repository, name) = self.writable(&reference)?;
        let registration = Incoming::new::<S>(repository.clone(), name, options)?;
        let store = options.store.as_ref().or(repository.store()).cloned();
        let shards = match store {
            Some(store) if options.rewrite || !dataset.is_plain() => {
                let mut writer = DatasetWriter::create(registration, store, options)?;
                writer.write_dataset(dataset)?;
                return writer.finish();
            }
            Some(store) => copied(&store, &registration, dataset, options)?,
            None if options.rewrite => return Err(IndexError::Limits.into()),
            None if !dataset.is_plain() => return Err(IndexError::NoStore.into()),
            None => in_place(dataset, options)?,
        };
        registration.finish(shards)
    }

    /// [`insert_with`](Self::insert_with), and what was stored opened: the shards where they are now, read with what it takes
    /// to read them.
    ///
    /// # Errors
    /// Those of [`insert_with`](Self::insert_with) and [`open_entry`](Self::open_entry).
    pub fn insert_opened<S: Packable + 'static>(
        &self,
        name: &str,
        dataset: &Dataset<S>,
        options: &InsertOptions,
    ) -> Result<(Entry, Dataset<S>)> {
        let entry = self.insert_with(name, dataset, options)?;
        let opened = self.open_entry(&entry)?;
        Ok((entry, opened))
    }

    /// Stores an entry that was made by hand, and a label of its name that leads to it. Its shards are not looked at. Its
    /// CID is that of its schema and URLs, whatever it was before they were changed.
    ///
    /// One that others have written, on the network or in a database of another machine, does not become one of this
    /// index that may lead anywhere. That of a record of the network says so in its metadata, `origin: network`, and is read
    /// on as what it was.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for an entry of others whose shards may not be read: see
    /// [`IndexBuilder::schemes`](crate::index::IndexBuilder::schemes).
    pub fn add(&self, entry: Entry) -> Result<Entry> {
        let (repository, name) = self.writable(&entry.name.parse()?)?;
        if entry.origin != Provenance::Made {
            self.trust(&entry)?.check_urls(&entry)?;
        }
        let cid = Entry::new(&name, &entry.schema_ref, &entry.data_urls)?.cid;
        let entry = if entry.is_of_network() { entry.marked_as_of_network() } else { entry };
        let entry = Entry { cid, name: name.clone(), origin: Provenance::Made, ..entry };
        let label = Label::new(name, &entry.cid).with_description(entry.description().map(str::to_owned));
        Ok(repository.provider().merge(&Registration::new(entry, label))?.of_origin(Provenance::Made))
    }

    /// The repository that a name belongs to, and the name in it.
    pub(super) fn writable(&self, reference: &Reference) -> Result<(&Repository, String)> {
        if let Form::Path { first, .. } = reference.form()
            && !self.repositories.contains_key(first)
        {
            log::debug!("{reference}: there is no repository `{first}`, so this is a name in the repository `local`");
        }
        let Target::Repository { repository, name } = self.target(reference) else {
            return Err(IndexError::NetworkWrite { reference: reference.to_string() }.into());
        };
        check_name(&name)?;
        Ok((self.repository(&repository)?, name))
    }
}

/// Fails for a shard that cannot be read again, and so is none that an index can hold.
#[doc(hidden)]
pub fn check_no_stream(shards: &[Shard]) -> Result<()> {
    match shards.iter().find(|shard| shard.is_stream()) {
        Some(stream) => Err(Error::from(IndexError::Stream).with_shard(&stream.redacted())),
        None => Ok(()),
    }
}

/// The shards of a dataset where they are, and what they are now, if that is asked for.
fn in_place<S>(dataset: &Dataset<S>, options: &InsertOptions) -> Result<Shards> {
    check_no_stream(dataset.shards())?;
    let mut shards = Shards::at(urls(dataset)?);
    if dataset.shards().iter().any(Shard::is_guarded) {
        shards.are_of_others();
    }
    if options.checksums && dataset.shards().iter().all(|shard| shard.path().is_some()) {
        let mut progress = |bytes| options.progress.iter().for_each(|tell| tell(bytes));
        for shard in dataset.shards() {
            let found = look_at(shard, dataset.read_options(), options.lenient, &mut progress)?;
            let Looked { sha256, bytes, samples } = found;
            shards.looked_at(&whole(shard)?, crate::digest::hex(&sha256), bytes, Some(samples));
        }
    }
    Ok(shards)
}

/// The URL of a shard, a file by its whole path.
fn whole(shard: &Shard) -> Result<String> {
    match shard.path() {
        Some(path) => absolute(path).map_err(|error| error.with_shard(&shard.redacted())),
        None => Ok(shard.url().to_owned()),
    }
}

/// A whole path, which has to be text: of what another one looks like there would be no file.
fn absolute(path: &Path) -> Result<String> {
    let path = std::path::absolute(path)?;
    Ok(path.to_str().ok_or(IndexError::NoTextPath)?.to_owned())
}

/// The URLs of a dataset as an entry has them: a pattern as it was given, files by their whole paths, with what would be
/// expanded in them escaped.
fn urls<S>(dataset: &Dataset<S>) -> Result<Vec<String>> {
    if dataset.shards().iter().any(|shard| shard.made().is_some()) {
        return urls_with_archives(dataset.shards());
    }
    if let Some(given) = dataset.given() {
        let are_files = dataset.shards().iter().all(|shard| shard.path().is_some());
        if !are_files {
            return Ok(vec![given.to_owned()]);
        }
        // Another spelling of the path is not kept: who reads the index may have another home.
        if !given.starts_with('~') && split_scheme(given).is_none() {
            return Ok(vec![absolute(Path::new(given)).map_err(|error| error.with_shard(given))?]);
        }
    }
    dataset.shards().iter().map(|shard| collapse(&[whole(shard)?])).collect()
}

/// The same of shards of which some are made of an archive: its path stands for all of these.
fn urls_with_archives(mut shards: &[Shard]) -> Result<Vec<String>> {
    let mut urls = Vec::new();
    while let Some((first, mut rest)) = shards.split_first() {
        #[cfg(feature = "barecat")]
        let archive = crate::barecat::leading_archive(shards);
        #[cfg(not(feature = "barecat"))]
        let archive: Option<(&Path, usize)> = None;
        let url = match archive {
            Some((path, count)) => {
                rest = shards.get(count..).unwrap_or_default();
                absolute(path).map_err(|error| error.with_shard(&first.redacted()))?
            }
            None if first.made().is_some() => {
                return Err(Error::from(IndexError::MadeShards).with_shard(&first.redacted()));
            }
            None => whole(first)?,
        };
        urls.push(collapse(&[url])?);
        shards = rest;
    }
    Ok(urls)
}

/// Copies the shards that the store does not have yet, unchanged.
fn copied<S>(
    store: &Arc<dyn Store>,
    registration: &Incoming,
    dataset: &Dataset<S>,
    options: &InsertOptions,
) -> Result<Shards> {
    let mut progress = |bytes| options.progress.iter().for_each(|tell| tell(bytes));
    if !dataset.shards().iter().all(|shard| store.holds(shard.url())) {
        registration.check_free()?;
    }
    let unique = store.unique();
    let missing = dataset.shards().iter().enumerate().filter(|(_, shard)| !store.holds(shard.url()));
    let to_copy = |(number, shard): (usize, &Shard)| Copy {
        shard: shard.clone(),
        options: dataset.read_options().clone(),
        name: format!("{}/data--{unique}--{number:06}{}", registration.prefix(), suffix(shard.url())),
    };
    let plan: Vec<_> = missing.map(to_copy).collect();
    let (mut copied, mut failure) = (Vec::with_capacity(plan.len()), None);
    let work = |Copy { shard, options: read, name }: &Copy, tell: &mut dyn FnMut(u64)| {
        copy_sound(shard, read, options.lenient, (&**store, name), tell)
    };
    several(&plan, AT_ONCE, work, &mut progress, &mut |_, result| match result {
        Ok(copy) => {
            copied.push(copy);
            ControlFlow::Continue(())
        }
        Err(error) => {
            failure.get_or_insert(error);
            ControlFlow::Break(())
        }
    });
    let mut shards = Shards::in_store(Arc::clone(store));
    let mut copied = copied.into_iter();
    if let Some(error) = failure {
        // What has arrived all the same goes with the shards.
        copied.try_for_each(|copy| shards.push(&copy.url, copy.sha256_hex(), copy.bytes, None))?;
        return Err(error);
    }
    for shard in dataset.shards() {
        if store.holds(shard.url()) {
            shards.keep(shard.url())?;
        } else if let Some(copy) = copied.next() {
            shards.push(&copy.url, copy.sha256_hex(), copy.bytes, None)?;
        }
    }
    Ok(shards)
}

/// What the name of a copy ends with, so that it tells of the compression.
fn suffix(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    shard_suffix(&path).unwrap_or(".tar")
}
