//! Removal in steps, for databases that cannot do it in one: at each moment what is there is consistent.

use std::collections::BTreeSet;

use super::Provider;
use crate::entry::{Entry, Label};
use crate::error::{ErrorKind, Result};
use crate::index::error::IndexError;
use crate::index::removed::Removed;

/// See [`Provider::remove_name`].
pub(super) fn remove_name<P: Provider + ?Sized>(provider: &P, name: &str) -> Result<Removed> {
    let mut removed = Removed::default();
    // The latest goes last: until then the name means what it did, and not something older.
    let latest = provider.label(name, None)?;
    for label in provider.labels_named(name)?.into_iter().filter(|label| Some(label) != latest.as_ref()) {
        take_label(provider, label, &mut removed)?;
    }
    while let Some(label) = provider.label(name, None)? {
        if removed.labels.last() == Some(&label) {
            return Err(IndexError::Stays { what: format!("{}@{}", label.name, label.version()) }.into());
        }
        take_label(provider, label, &mut removed)?;
    }
    let led_to: BTreeSet<String> = removed.labels.iter().map(|label| label.cid.clone()).collect();
    led_to.iter().try_for_each(|cid| release(provider, cid, name, &mut removed))?;
    let mut released = BTreeSet::new();
    while let Some(entry) = provider.entry_by_name(name)? {
        release(provider, &entry.cid, name, &mut removed)?;
        if !released.insert(entry.cid) {
            return Err(IndexError::Stays { what: name.to_owned() }.into());
        }
    }
    Ok(removed)
}

/// See [`Provider::remove_version`].
pub(super) fn remove_version<P: Provider + ?Sized>(provider: &P, name: &str, version: &str) -> Result<Removed> {
    let mut removed = Removed::default();
    if let Some(label) = provider.label(name, Some(version))? {
        let cid = label.cid.clone();
        take_label(provider, label, &mut removed)?;
        release(provider, &cid, name, &mut removed)?;
    }
    Ok(removed)
}

/// See [`Provider::remove_all_of`].
pub(super) fn remove_all_of<P: Provider + ?Sized>(provider: &P, cid: &str) -> Result<Removed> {
    let mut removed = Removed::default();
    loop {
        // The labels first: none is to lead nowhere.
        for label in provider.labels_of(cid)? {
            take_label(provider, label, &mut removed)?;
        }
        let entry = readable(provider.entry(cid))?;
        if matches!(entry, Readable::Missing) || take_entry(provider, cid, entry, &mut removed)? {
            return Ok(removed);
        }
        // Somebody has set a label meanwhile.
    }
}

fn take_label<P: Provider + ?Sized>(provider: &P, label: Label, removed: &mut Removed) -> Result<()> {
    provider.remove_label(&label.name, label.version.as_deref())?;
    removed.labels.push(label);
    Ok(())
}

/// Whether it is gone: not if it has got a label.
fn take_entry<P: Provider + ?Sized>(provider: &P, cid: &str, entry: Readable, removed: &mut Removed) -> Result<bool> {
    if !provider.remove_unlabelled(cid)? {
        return Ok(false);
    }
    match entry {
        Readable::Entry(entry) => removed.entries.push(*entry),
        Readable::Damaged => removed.damaged.push(cid.to_owned()),
        Readable::Missing => {}
    }
    Ok(true)
}

/// Takes `name`, a label of which is gone, away from an entry.
fn release<P: Provider + ?Sized>(provider: &P, cid: &str, name: &str, removed: &mut Removed) -> Result<()> {
    let labels = provider.labels_of(cid)?;
    if labels.iter().any(|label| label.name == name) {
        return Ok(());
    }
    let entry = readable(provider.entry(cid))?;
    if matches!(&entry, Readable::Entry(entry) if entry.name != name) {
        return Ok(());
    }
    let Some(other) = labels.into_iter().max_by(|a, b| a.created_at.cmp(&b.created_at)) else {
        return take_entry(provider, cid, entry, removed).map(drop);
    };
    if let Readable::Entry(entry) = entry {
        let entry = Entry { name: other.name, ..*entry };
        provider.put_entry(&entry)?;
        removed.renamed.push(entry);
    }
    Ok(())
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
