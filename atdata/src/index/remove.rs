//! Removing what a name means, and nothing else.

use std::collections::BTreeSet;

use super::error::IndexError;
use super::removed::Removed;
use super::{Index, near};
use crate::entry::{Entry, LOCAL, Target, split_version};
use crate::error::Result;

impl Index {
    /// Removes what a reference names; the shards stay.
    ///
    /// - `name`: all versions of it. Afterwards the name leads nowhere: what is older does not answer for it.
    /// - `name@version`: that label.
    /// - the CID of an entry: the entry, and all labels that lead to it.
    ///
    /// Labels of other names are never touched. An entry goes with the last label that leads to it; one that others lead
    /// to stays, under their name. In SQLite and PostgreSQL all of it is one step; in Redis the name means what it did
    /// until its last label goes.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is nothing of that name.
    pub fn remove(&self, reference: &str) -> Result<Removed> {
        let Target::Repository { repository, name } = self.target(&reference.parse()?) else {
            return Err(IndexError::Network { reference: reference.to_owned() }.into());
        };
        let provider = self.repository(&repository)?.provider();
        if super::is_cid(&name) {
            let removed = provider.remove_all_of(&name)?;
            if !removed.is_empty() {
                return Ok(removed);
            }
        }
        if let Some((base, version)) = split_version(&name) {
            let removed = provider.remove_version(base, version)?;
            if !removed.is_empty() {
                return Ok(removed);
            }
        }
        let removed = provider.remove_name(&name)?;
        if removed.is_empty() { Err(near::not_found(provider, &name)) } else { Ok(removed) }
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

    /// Removes the [`orphans`](Self::orphans), and gives those that are gone; their shards stay. One that has got a label
    /// meanwhile stays.
    pub fn remove_orphans(&self) -> Result<Vec<Entry>> {
        let provider = self.repository(LOCAL)?.provider();
        let mut gone = Vec::new();
        for entry in self.orphans()? {
            if provider.remove_unlabelled(&entry.cid)? {
                gone.push(entry);
            }
        }
        Ok(gone)
    }
}
