//! Providers: the databases that an index keeps what it knows in.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;
mod steps;

use std::fmt;
use std::ops::ControlFlow;

#[cfg(feature = "postgres")]
pub use self::postgres::Postgres;
#[cfg(feature = "redis")]
pub use self::redis::Redis;
#[cfg(feature = "sqlite")]
pub use self::sqlite::Sqlite;

use super::error::IndexError;
use super::merge::{Found, Outcome, Registration};
use super::removed::Removed;
use crate::entry::{Entry, Label};
use crate::error::{Error, Result};

/// A database that keeps the entries, labels, schemas and lenses of one repository.
///
/// Calls block, and may come from many threads at once; one that waits for a network does so on threads of its own, so
/// that it may be called from within an async runtime. What a call has written is durable when it returns, and is there
/// whole or not at all. Connections that broke are made anew.
///
/// The checks that every provider has to pass are in `conformance::provider`, behind the feature `conformance`.
pub trait Provider: fmt::Debug + Send + Sync {
    /// The database as errors and listings name it: a URL without secrets.
    fn url(&self) -> String;

    /// Whether it is of this machine, so that who writes to it may as well read this machine's files. The URL tells unless
    /// the provider knows better.
    fn is_local(&self) -> bool {
        super::local::is_local(&self.url())
    }

    /// Stores an entry, in place of one that has its CID.
    fn put_entry(&self, entry: &Entry) -> Result<()>;

    /// The entry with this CID.
    fn entry(&self, cid: &str) -> Result<Option<Entry>>;

    /// An entry of this name; where there are several, any of them.
    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>>;

    /// All entries, in no order. Those that cannot be read are logged as errors and left out.
    fn entries(&self) -> Result<Vec<Entry>>;

    /// All entries, in no order, and what is wrong with those that cannot be read.
    fn listing(&self) -> Result<Listing> {
        Ok(Listing { entries: self.entries()?, damaged: Vec::new() })
    }

    /// Shows entries of whose name and schema reference `wants` is true to `visit`, by name, until that breaks off. Those
    /// that cannot be read are logged as errors and passed over.
    ///
    /// Providers that can, read no more than is asked for.
    fn visit_entries(
        &self,
        wants: &dyn Fn(&str, &str) -> bool,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut entries = self.listing()?.logged();
        entries.retain(|entry| wants(&entry.name, &entry.schema_ref));
        entries.sort_by(|a, b| (&a.name, &a.cid).cmp(&(&b.name, &b.cid)));
        let _ = entries.into_iter().try_for_each(visit);
        Ok(())
    }

    /// The names of all labels and entries, once each and in no order; `None` if there are more than `limit`, or if it
    /// would take long to find out.
    fn names(&self, limit: usize) -> Result<Option<Vec<String>>> {
        let labels = self.labels()?.into_iter().map(|label| label.name);
        let mut names: Vec<_> = labels.chain(self.entries()?.into_iter().map(|entry| entry.name)).collect();
        names.sort_unstable();
        names.dedup();
        Ok(Some(names).filter(|names| names.len() <= limit))
    }

    /// Removes an entry, but none of the labels that lead to it; whether it was there.
    fn remove_entry(&self, cid: &str) -> Result<bool>;

    /// Removes an entry that no label leads to, as one step with seeing that none does; whether it was there and is gone.
    ///
    /// What stands here does one step after the other, and so may remove one that gets a label meanwhile.
    fn remove_unlabelled(&self, cid: &str) -> Result<bool> {
        if self.labels_of(cid)?.is_empty() { self.remove_entry(cid) } else { Ok(false) }
    }

    /// Takes a name away: all its labels, and the entries of that name; one that labels of other names lead to stays, under
    /// the one of these that was set last. Where the database can, all of it is one step.
    fn remove_name(&self, name: &str) -> Result<Removed> {
        steps::remove_name(self, name)
    }

    /// Takes the label of this name and version away, and the entry that it led to, if that has the name and no other label
    /// of it; where labels of other names lead there it stays, under one of these. Where the database can, all of it is
    /// one step.
    fn remove_version(&self, name: &str, version: &str) -> Result<Removed> {
        steps::remove_version(self, name, version)
    }

    /// Removes an entry and all labels that lead to it. Where the database can, all of it is one step.
    fn remove_all_of(&self, cid: &str) -> Result<Removed> {
        steps::remove_all_of(self, cid)
    }

    /// Stores a label, in place of one of the same name and version; it is the latest of its name then. Its
    /// [`created_at`](Label::created_at) is not looked at.
    fn put_label(&self, label: &Label) -> Result<()>;

    /// The label of this name and version, of which the empty text is none; without a version the latest one of the name,
    /// whatever its version.
    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>>;

    /// All labels, in no order. Those that cannot be read are logged as errors and left out.
    fn labels(&self) -> Result<Vec<Label>>;

    /// How many labels there are. Those that cannot be read are logged as errors and not counted.
    ///
    /// Providers that can, keep none of them in memory.
    fn count_labels(&self) -> Result<u64> {
        Ok(self.labels()?.len() as u64)
    }

    /// Removes the label of this name and version, or without a version the one that has none; whether it was there.
    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool>;

    /// Stores an entry, and then a label that leads to it; where the database can, both at once.
    fn register(&self, entry: &Entry, label: &Label) -> Result<()> {
        self.put_entry(entry)?;
        self.put_label(label)
    }

    /// Stores an entry and a label as one step with reading what they meet, and gives the entry as it is stored then:
    ///
    /// - An entry with its CID keeps the metadata that it has, but for keys that the new one has as well; of `checksums`
    ///   the pairs are merged. Where its name is another one that no label has, that becomes a label of it.
    /// - The label of a version that leads elsewhere stays as it is, and is an error, unless it is to be replaced.
    /// - Where any label of the name has a higher version by semver than the new one, the latest label of the name is the
    ///   latest still, whatever it is.
    ///
    /// Of several that do so at once, none loses what another has stored. What stands here does one step after the
    /// other, and so does not promise that.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) for a label of that name and version that leads elsewhere.
    fn merge(&self, registration: &Registration) -> Result<Entry> {
        let new = &registration.entry;
        let entry = self.entry(&new.cid)?;
        let name = entry.as_ref().map_or(new.name.as_str(), |entry| &entry.name);
        let is_name_taken = self.label(name, None)?.is_some();
        let Label { name, .. } = &registration.label;
        let (label, latest) = (self.label(name, Some(registration.label.version()))?, self.label(name, None)?);
        let found = Found { is_name_taken, label, named: latest_first(latest, self.labels_named(name)?), entry };
        let Outcome { entry, former, label, latest } = registration.decide(found)?;
        former.iter().try_for_each(|label| self.put_label(label))?;
        self.register(&entry, &label)?;
        latest.iter().try_for_each(|label| self.put_label(label))?;
        Ok(entry)
    }

    /// The labels of a name, in no order.
    fn labels_named(&self, name: &str) -> Result<Vec<Label>> {
        let mut labels = self.labels()?;
        labels.retain(|label| label.name == name);
        Ok(labels)
    }

    /// The labels that lead to an entry, in no order.
    fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        let mut labels = self.labels()?;
        labels.retain(|label| label.cid == cid);
        Ok(labels)
    }

    /// The entry that the label of this name and version leads to. Without a version it is the latest label's, or,
    /// if there is none or it leads nowhere, an entry of this name.
    ///
    /// Providers that can, answer in one round trip.
    fn resolve(&self, name: &str, version: Option<&str>) -> Result<Option<Entry>> {
        let labelled = match self.label(name, version)? {
            Some(label) => self.entry(&label.cid)?,
            None => None,
        };
        match labelled {
            None if version.is_none() => self.entry_by_name(name),
            labelled => Ok(labelled),
        }
    }

    /// Stores a document, unless there is one of its name and version; whether it did. Of two that are added at once,
    /// one is stored.
    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool>;

    /// Stores a document in place of the one of its name and version, if that is damaged, as one step with seeing it:
    /// no text, or one that `is_damaged` is true of. Whether it did; not where there is none.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) from what stands here.
    fn replace_damaged(
        &self,
        kind: DocumentKind,
        document: &Document,
        is_damaged: &dyn Fn(&str) -> bool,
    ) -> Result<bool> {
        let _ = (kind, is_damaged);
        let what = format!("{}@{}", document.name, document.version);
        Err(IndexError::NotReplaced { what }.into())
    }

    /// The JSON of the document of this name and version.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for what is no text.
    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>>;

    /// All documents of a kind, in no order, and what is wrong with those that cannot be read.
    fn read_documents(&self, kind: DocumentKind) -> Result<Vec<Result<Document>>> {
        Ok(self.documents(kind)?.into_iter().map(Ok).collect())
    }

    /// All documents of a kind, in no order. Those that cannot be read are left out, with a warning.
    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>>;
}

/// The labels of a name, the latest before the others.
fn latest_first(latest: Option<Label>, named: Vec<Label>) -> Vec<Label> {
    let Some(latest) = latest else { return named };
    let others: Vec<_> = named.into_iter().filter(|label| label.version != latest.version).collect();
    std::iter::once(latest).chain(others).collect()
}

/// The entries of a database: see [`Provider::listing`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// Those that can be read.
    pub entries: Vec<Entry>,
    /// What is wrong with the others, an error each, which names them.
    pub damaged: Vec<Error>,
}

impl Listing {
    /// The entries; what is wrong with others is logged as errors.
    pub fn logged(self) -> Vec<Entry> {
        self.damaged.iter().for_each(|error| left_out("an entry", error));
        self.entries
    }
}

/// What can be read of documents among which one is looked for.
#[cfg(any(feature = "sqlite", feature = "redis"))]
fn sound_documents(documents: Vec<Result<Document>>) -> Vec<Document> {
    let warn = |error: &Error| log::warn!("a record is left out: {error:#}");
    documents.into_iter().filter_map(|document| document.inspect_err(warn).ok()).collect()
}

/// What can be read of rows; what is wrong with others is logged.
#[cfg(any(feature = "sqlite", feature = "redis"))]
fn readable<T>(what: &str, rows: impl IntoIterator<Item = Result<T>>) -> Vec<T> {
    rows.into_iter().filter_map(|row| row.inspect_err(|error| left_out(what, error)).ok()).collect()
}

/// Logs what keeps a row from being listed, at the level that the program counts.
#[cold]
fn left_out(what: &str, error: &Error) {
    log::error!("{what} is left out: {error:#}");
}

impl FromIterator<Result<Entry>> for Listing {
    fn from_iter<I: IntoIterator<Item = Result<Entry>>>(all: I) -> Self {
        let mut listing = Self::default();
        for entry in all {
            match entry {
                Ok(entry) => listing.entries.push(entry),
                Err(error) => listing.damaged.push(error),
            }
        }
        listing
    }
}

/// What a [`Document`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentKind {
    /// The record of a schema, in its local form.
    Schema,
    /// The record of a lens.
    Lens,
}

/// A schema or a lens, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// Its name.
    pub name: String,
    /// Its version, any text.
    pub version: String,
    /// Its record.
    pub json: String,
}

impl Document {
    /// A document.
    pub fn new(name: impl Into<String>, version: impl Into<String>, json: impl Into<String>) -> Self {
        Self { name: name.into(), version: version.into(), json: json.into() }
    }
}
