//! Relocation: entries whose shards have been moved to another place, all of them in the same way.

use super::{Index, Registration};
use crate::entry::{Entry, LOCAL, Label};
use crate::error::Result;
use crate::sample::Value;

impl Index {
    /// Lets the entries of the repository `local` whose URLs begin with `from` lead to `to` instead, for shards that have
    /// been moved: nothing of them is looked at, and [`verify`](Self::verify) says whether they are there.
    ///
    /// An entry is named by its URLs, so each becomes another one, with the metadata and all labels that it had. Which label
    /// of a name is the latest stays as it was.
    ///
    /// # Errors
    /// Those of the database; what has been moved by then stays so, and the rest may be moved by calling again.
    pub fn relocate(&self, from: &str, to: &str) -> Result<Vec<Entry>> {
        let provider = self.repository(LOCAL)?.provider();
        let mut moved = Vec::new();
        for old in self.entries()? {
            if !old.data_urls.iter().any(|url| is_below(url, from)) {
                continue;
            }
            let new = relocated(&old, from, to)?;
            if new.cid == old.cid {
                continue;
            }
            let mut labels = provider.labels_of(&old.cid)?;
            // In the order in which they were set.
            labels.sort_by(|a, b| a.created_at.cmp(&b.created_at));
            if labels.is_empty() {
                labels.push(Label::new(&old.name, &old.cid));
            }
            for label in labels {
                let latest = provider.label(&label.name, None)?;
                let label = Label { cid: new.cid.clone(), ..label };
                provider.merge(&Registration::new(new.clone(), label.clone()).replacing(true))?;
                // One that was not the latest is not to become it.
                if let Some(latest) = latest.filter(|latest| latest.version != label.version) {
                    provider.put_label(&latest)?;
                }
            }
            provider.remove_entry(&old.cid)?;
            moved.push(new);
        }
        Ok(moved)
    }
}

/// Whether a path or URL is `place`, or in it.
fn is_below(url: &str, place: &str) -> bool {
    let place = place.trim_end_matches('/');
    url.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn relocated(entry: &Entry, from: &str, to: &str) -> Result<Entry> {
    let (from, to) = (from.trim_end_matches('/'), to.trim_end_matches('/'));
    let moved = |url: &str| match url.strip_prefix(from) {
        Some(rest) if is_below(url, from) => format!("{to}{rest}"),
        _ => url.to_owned(),
    };
    let mut metadata = entry.metadata.clone();
    if let Some(metadata) = &mut metadata
        && let Some(Value::Map(checksums)) = metadata.get("checksums")
    {
        let checksums = checksums.iter().map(|(url, digest)| (moved(url), digest.clone())).collect();
        metadata.insert("checksums", Value::Map(checksums));
    }
    let new = Entry::new(&entry.name, &entry.schema_ref, entry.data_urls.iter().map(|url| moved(url)))?;
    let new = Entry { legacy_uuid: entry.legacy_uuid.clone(), ..new.with_metadata(metadata) };
    Ok(new.of_origin(entry.origin.clone()))
}
