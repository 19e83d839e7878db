//! Indexes: from the name of a dataset to its schema and its shards.
//!
//! An [`Index`] keeps, for each dataset, an [`Entry`] with its name, the reference to its schema and the URLs of its shards;
//! the records of schemas and lenses; and [labels](Label), which give versions to names. Where it keeps them is a
//! [`Provider`]: an SQLite file by default, `~/.atdata/index.db`, which needs no setting up; Redis or PostgreSQL where
//! several machines share one. Where it puts shards is a [`Store`](crate::store::Store). Databases and shards are those of the Python library:
//! both may use one by turns.
//!
//! ```
//! use atdata::index::{Index, Sqlite};
//! use atdata::store::LocalStore;
//! use atdata::Packable;
//!
//! #[derive(Packable, Debug, Clone, PartialEq)]
//! struct Caption {
//!     text: String,
//! }
//!
//! # let dir = tempfile::tempdir().unwrap();
//! // `Index::open()` is the one in your home folder.
//! let index = Index::builder()
//!     .provider(Sqlite::open(dir.path().join("index.db"))?)
//!     .store(LocalStore::new(dir.path().join("data")))
//!     .build()?;
//!
//! let captions = (0..100).map(|i| Caption { text: format!("caption {i}") });
//! let entry = index.write_samples("captions", captions)?;
//! assert_eq!(entry.schema_ref, "atdata://local/schema/Caption@1.0.0");
//!
//! let found = index.dataset::<Caption>("captions")?;
//! assert_eq!(found.len()?, 100);
//! # Ok::<(), atdata::Error>(())
//! ```
//!
//! # References
//!
//! | reference | leads to |
//! |---|---|
//! | `mnist`, `group/mnist` | the dataset of that name in the repository `local` |
//! | `local/mnist`, `@local/mnist`, `lab/mnist`, `@lab/mnist` | the one in that repository, if the index [has](IndexBuilder::repository) it |
//! | `mnist@1.0.0`, `@lab/mnist@1.0.0` | the one that this version of the label leads to; another is never given in its place |
//! | `atdata://local/dataset/mnist` | the last part, in that repository |
//! | `at://…`, `@handle/mnist` | a record of the network |
//!
//! The CID of an entry is a reference to it as well.
//!
//! Without a version a name is first looked up among the labels, of which the latest counts, then among the entries. The
//! latest is the one that was set last, as it is for the Python library; and this library sets a version that is lower by
//! semver than another one of the name so that the latest of them is the latest still. So `2.0.0` goes before a `0.1.0` that
//! was added after it, for readers of both libraries; a label without a version, or one whose version is none of semver, goes
//! before others if it was set after them, and lets no lower version pass. [`Index::label_of`] says which label a name takes.
//!
//! # What can be relied on
//!
//! - An entry is stored after its shards are whole and durable, and with its label in one step where the database can.
//!   A process that is killed leaves the index as it was or as it should be; at most shards without an entry remain.
//! - Nothing is replaced that others rely on: schemas are never overwritten, checksums never dropped, and the label of a
//!   version leads elsewhere only if that is [asked for](InsertOptions::replace).
//! - Several that register the same shards at once lose nothing of each other.
//! - Calls block, from anywhere: see [what can be relied on](crate#what-can-be-relied-on) of the whole library.

#[cfg(feature = "atmosphere")]
mod atmosphere;
mod builder;
mod dataset;
mod documents;
mod error;
mod fits;
mod incoming;
mod insert;
mod local;
mod merge;
mod near;
mod options;
mod provider;
mod relocate;
mod remove;
mod removed;
mod repository;
mod search;
mod shards;
mod url;
mod verify;
mod writer;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use self::builder::IndexBuilder;
pub use self::fits::{check_group, check_sample};
#[doc(hidden)]
pub use self::insert::check_no_stream;
pub use self::merge::Registration;
pub use self::options::InsertOptions;
#[cfg(feature = "postgres")]
pub use self::provider::Postgres;
#[cfg(feature = "redis")]
pub use self::provider::Redis;
#[cfg(feature = "sqlite")]
pub use self::provider::Sqlite;
pub use self::provider::{Document, DocumentKind, Listing, Provider};
pub use self::removed::Removed;
pub use self::repository::Repository;
pub use self::search::Search;
pub use self::verify::{ShardCheck, ShardStatus};
pub use self::writer::DatasetWriter;
/// The client of [`Redis::of_client`].
#[cfg(feature = "redis")]
pub use ::redis;

use self::error::IndexError;
use crate::cid::Cid;
pub use crate::entry::{Entry, Label, Reference};
use crate::entry::{LOCAL, Target, check_name, check_version, split_version};
use crate::error::Result;
use crate::source::Schemes;

/// Datasets by name: see the [module](self).
///
/// Clones share everything; calls may come from many threads at once.
#[derive(Clone)]
pub struct Index {
    repositories: Arc<BTreeMap<String, Repository>>,
    /// What entries of others may lead to, where that was said.
    schemes: Option<Schemes>,
    #[cfg(feature = "atmosphere")]
    network: Arc<atmosphere::Route>,
}

impl Index {
    /// The index of this account: `~/.atdata/index.db`, made if it is not there, with `~/.atdata/data` for shards.
    #[cfg(feature = "sqlite")]
    pub fn open() -> Result<Self> {
        Self::builder().build()
    }

    /// The index that the program uses as well: the database of `ATDATA_INDEX`, or else that of this account, and the store
    /// of `ATDATA_STORE`; see [`IndexBuilder::from_env`].
    pub fn from_env() -> Result<Self> {
        Self::builder().from_env()?.build()
    }

    /// The index at `url`: `sqlite:///path`, `redis://host:6379/0`, `postgres://user@host/database`, or the path of an
    /// SQLite file, which is made if it is not there. A `~` at the beginning of a path is the home folder; in a URL `%20`
    /// stands for a space, and `?mode=ro` opens a file without writing.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for what names no database,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a database that this build does not know, and those of the
    /// connection.
    pub fn connect(url: &str) -> Result<Self> {
        Self::builder().provider_at(url)?.build()
    }

    /// An index of other databases and stores.
    pub fn builder() -> IndexBuilder {
        IndexBuilder::default()
    }

    /// The names of its repositories, `local` first.
    pub fn repositories(&self) -> Vec<&str> {
        let others = self.repositories.keys().map(String::as_str).filter(|name| *name != LOCAL);
        std::iter::once(LOCAL).chain(others).collect()
    }

    /// The repository of this name.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound), with the names that there are.
    pub fn repository(&self, name: &str) -> Result<&Repository> {
        let missing = || IndexError::NoRepository { name: name.to_owned(), known: self.repositories().join("`, `") };
        Ok(self.repositories.get(name).ok_or_else(missing)?)
    }

    /// The entry that a [reference](self#references) leads to.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions, or the names, that are near.
    pub fn get(&self, reference: &str) -> Result<Entry> {
        let reference = reference.parse()?;
        #[cfg(feature = "atmosphere")]
        if self.target(&reference) == Target::Network {
            return self.published_entry(&reference);
        }
        self.find(&reference).map(|(_, entry)| entry)
    }

    /// The entry with this CID, in any repository.
    pub fn entry(&self, cid: &str) -> Result<Entry> {
        for (name, repository) in self.repositories.iter() {
            if let Some(entry) = repository.provider().entry(cid)? {
                return Ok(entry.of_origin(repository.origin(name)));
            }
        }
        Err(IndexError::NoCid { cid: cid.to_owned() }.into())
    }

    /// An entry of the repository `local` with this name, whatever labels there are; where there are several, any of them.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the names that are near.
    pub fn get_by_name(&self, name: &str) -> Result<Entry> {
        let repository = self.repository(LOCAL)?;
        let provider = repository.provider();
        let entry = provider.entry_by_name(name)?.ok_or_else(|| near::not_found(provider, name))?;
        Ok(entry.of_origin(repository.origin(LOCAL)))
    }

    /// All entries of a repository, by name, and what is wrong with those that cannot be read.
    pub fn listing(&self, repository: &str) -> Result<Listing> {
        let origin = self.repository(repository)?.origin(repository);
        let mut listing = self.repository(repository)?.provider().listing()?;
        listing.entries = listing.entries.into_iter().map(|entry| entry.of_origin(origin.clone())).collect();
        listing.entries.sort_by(|a, b| (&a.name, &a.cid).cmp(&(&b.name, &b.cid)));
        Ok(listing)
    }

    /// All entries of the repository `local`, by name. Those that cannot be read are logged and left out.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        self.entries_of(LOCAL)
    }

    /// All entries of a repository, by name.
    pub fn entries_of(&self, repository: &str) -> Result<Vec<Entry>> {
        Ok(self.listing(repository)?.logged())
    }

    /// The label that a reference takes, where it takes one: of a bare name the latest.
    pub fn label_of(&self, reference: &str) -> Result<Option<Label>> {
        let Target::Repository { repository, name } = self.target(&reference.parse()?) else { return Ok(None) };
        let provider = self.repository(&repository)?.provider();
        if let Some((name, version)) = split_version(&name)
            && let Some(label) = provider.label(name, Some(version))?
        {
            return Ok(Some(label));
        }
        if entry_of_cid(provider, &name)?.is_some() { Ok(None) } else { provider.label(&name, None) }
    }

    /// The labels of the repository `local` that lead to the entry with this CID, in no order.
    pub fn labels_leading_to(&self, cid: &str) -> Result<Vec<Label>> {
        self.repository(LOCAL)?.provider().labels_of(cid)
    }

    /// Sets a label in the repository `local`: a name, with a version or without, that leads to the entry `cid`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such entry, [`Conflict`](crate::ErrorKind::Conflict) for a
    /// version that leads elsewhere: [`relabel`](Self::relabel) takes it away from there.
    pub fn label(&self, label: &Label) -> Result<()> {
        self.label_in(LOCAL, label)
    }

    /// [`label`](Self::label) in any repository.
    pub fn label_in(&self, repository: &str, label: &Label) -> Result<()> {
        self.set_label(repository, label, false)
    }

    /// [`label`](Self::label), also where the label leads elsewhere by now.
    pub fn relabel(&self, label: &Label) -> Result<()> {
        self.set_label(LOCAL, label, true)
    }

    fn set_label(&self, repository: &str, label: &Label, replace: bool) -> Result<()> {
        let provider = self.repository(repository)?.provider();
        check_name(&label.name)?;
        label.version.as_deref().map_or(Ok(()), check_version)?;
        let Some(entry) = provider.entry(&label.cid)? else {
            return Err(IndexError::NoCid { cid: label.cid.clone() }.into());
        };
        // Merged with itself, the entry stays as it is.
        provider.merge(&Registration::new(entry, label.clone()).replacing(replace)).map(drop)
    }

    /// All labels of the repository `local`, by name and version.
    pub fn labels(&self) -> Result<Vec<Label>> {
        self.labels_of(LOCAL)
    }

    /// All labels of a repository, by name and version.
    pub fn labels_of(&self, repository: &str) -> Result<Vec<Label>> {
        let mut labels = self.repository(repository)?.provider().labels()?;
        labels.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        Ok(labels)
    }

    /// The repository and entry that a reference leads to.
    pub(crate) fn find(&self, reference: &Reference) -> Result<(&Repository, Entry)> {
        self.resolve(reference).map(|found| (found.repository, found.entry))
    }

    fn resolve(&self, reference: &Reference) -> Result<Found<'_>> {
        let Target::Repository { repository, name } = self.target(reference) else {
            return Err(IndexError::Network { reference: reference.to_string() }.into());
        };
        let origin = self.repository(&repository)?.origin(&repository);
        let repository = self.repository(&repository)?;
        let provider = repository.provider();
        let found = |entry: Entry| Ok(Found { repository, entry: entry.of_origin(origin.clone()) });
        if let Some(entry) = entry_of_cid(provider, &name)? {
            return found(entry);
        }
        if let Some((name, version)) = split_version(&name)
            && let Some(entry) = provider.resolve(name, Some(version))?
        {
            return found(entry);
        }
        // Python takes an `@` for a part of the name.
        match provider.resolve(&name, None)? {
            Some(entry) => found(entry),
            None => Err(near::not_found(provider, &name)),
        }
    }

    /// Where a reference leads, as far as its text tells.
    pub(crate) fn target(&self, reference: &Reference) -> Target {
        reference.target(|name| self.repositories.contains_key(name))
    }
}

struct Found<'a> {
    repository: &'a Repository,
    entry: Entry,
}

/// The entry with this CID, if the text is one.
fn entry_of_cid(provider: &dyn Provider, text: &str) -> Result<Option<Entry>> {
    if is_cid(text) { provider.entry(text) } else { Ok(None) }
}

fn is_cid(text: &str) -> bool {
    text.parse::<Cid>().is_ok()
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("repositories", &self.repositories).finish_non_exhaustive()
    }
}
