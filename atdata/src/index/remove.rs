//! Removing what a name means, and nothing else.

use std::collections::BTreeSet;

use super::error::IndexError;
use super::provider::Provider;
use super::{Index, near};
use crate::entry::{Entry, LOCAL, Label, Target, split_version};
use crate::error::{ErrorKind, Result};

/// What a removal has taken away; the shards stay.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Removed {
    /// The labels.
    pub labels: Vec<Label>,
    /// The entries that nothing leads to any more.
    pub entries: Vec<Entry>,
    /// The CIDs of entries that could not be read, and are gone as well.
    pub damaged: Vec<String>,
    /// Entries that had the name, and go by one of their other labels now.
    pub renamed: Vec<Entry>,
}

impl Index {
    /// Removes what a reference names; the shards stay.
    ///
    /// - `name`: all versions of it. Afterwards the name leads nowhere: what is older does not answer for it.
    /// - `name@version`: that label.
    /// - the CID of an entry: the entry, and all labels that lead to it.
    ///
    /// Labels of other names are never touched. An entry goes with the last label that leads to it; one that others lead
    /// to stays, under their name.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is nothing of that name.
    pub fn remove(&self, reference: &str) -> Result<Removed> {
        let Target::Repository { repository, name } = self.target(&reference.parse()?) else {
            return Err(IndexError::Network { reference: reference.to_owned() }.into());
        };
        let provider = self.repository(&repository)?.provider();
        let mut removed = Removed::default();
        let entry = readable(super::entry_of_cid(provider, &name))?;
        if !matches!(entry, Readable::Missing) {
            // The labels first: none is to lead nowhere.
            for label in provider.labels_of(&name)? {
                removed.label(provider, label)?;
            }
            removed.entry(provider, &name, entry)?;
            return Ok(removed);
        }
        if let Some((base, version)) = split_version(&name)
            && let Some(label) = provider.label(base, Some(version))?
        {
            let cid = label.cid.clone();
            removed.label(provider, label)?;
            removed.release(provider, &cid, base)?;
            return Ok(removed);
        }
        removed.name(provider, &name)?;
        if removed == Removed::default() { Err(near::not_found(provider, &name)) } else { Ok(removed) }
    }

    /// The entries of the repository `local` that no name leads to: those whose label leads to a newer one by now.
    pub fn orphans(&self) -> Result<Vec<Entry>> {
        let provider = self.repository(LOCAL)?.provider();
        let labels = provider.labels()?;
        let led_to: BTreeSet<&str> = labels.iter().map(|label| label.cid.as_str()).collect();
        let named: BTreeSet<&str> = labels.iter().map(|label| label.name.as_str()).collect();
        let mut entries = self.entries()?;
        // An entry without a label is found by its name, unless a label has it.
        entries.retain(|entry| !led_to.contains(entry.cid.as_str()) && named.contains(entry.name.as_str()));
        Ok(entries)
    }
}

impl Removed {
    fn label(&mut self, provider: &dyn Provider, label: Label) -> Result<()> {
        provider.remove_label(&label.name, label.version.as_deref())?;
        self.labels.push(label);
        Ok(())
    }

    fn entry(&mut self, provider: &dyn Provider, cid: &str, entry: Readable) -> Result<()> {
        provider.remove_entry(cid)?;
        match entry {
            Readable::Entry(entry) => self.entries.push(*entry),
            Readable::Damaged => self.damaged.push(cid.to_owned()),
            Readable::Missing => {}
        }
        Ok(())
    }

    /// All labels of a name, and the entries that have it.
    fn name(&mut self, provider: &dyn Provider, name: &str) -> Result<()> {
        while let Some(label) = provider.label(name, None)? {
            if self.labels.last() == Some(&label) {
                return Err(IndexError::Stays { what: format!("{}@{}", label.name, label.version()) }.into());
            }
            self.label(provider, label)?;
        }
        let led_to: BTreeSet<String> = self.labels.iter().map(|label| label.cid.clone()).collect();
        led_to.iter().try_for_each(|cid| self.release(provider, cid, name))?;
        let mut released = BTreeSet::new();
        while let Some(entry) = provider.entry_by_name(name)? {
            self.release(provider, &entry.cid, name)?;
            if !released.insert(entry.cid) {
                return Err(IndexError::Stays { what: name.to_owned() }.into());
            }
        }
        Ok(())
    }

    /// Takes `name`, a label of which is gone, away from an entry.
    fn release(&mut self, provider: &dyn Provider, cid: &str, name: &str) -> Result<()> {
        let labels = provider.labels_of(cid)?;
        if labels.iter().any(|label| label.name == name) {
            return Ok(());
        }
        let entry = readable(provider.entry(cid))?;
        if matches!(&entry, Readable::Entry(entry) if entry.name != name) {
            return Ok(());
        }
        let Some(other) = labels.into_iter().max_by(|a, b| a.created_at.cmp(&b.created_at)) else {
            return self.entry(provider, cid, entry);
        };
        if let Readable::Entry(entry) = entry {
            let entry = Entry { name: other.name, ..*entry };
            provider.put_entry(&entry)?;
            self.renamed.push(entry);
        }
        Ok(())
    }
}

/// An entry that is to go, whether or not it can be read.
enum Readable {
    Entry(Box<Entry>),
    Damaged,
    Missing,
}

fn readable(entry: Result<Option<Entry>>) -> Result<Readable> {
    match entry {
        Ok(Some(entry)) => Ok(Readable::Entry(Box::new(entry))),
        Ok(None) => Ok(Readable::Missing),
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(Readable::Damaged),
        Err(error) => Err(error),
    }
}
