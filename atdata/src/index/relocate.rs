//! Relocation: entries whose shards have been moved to another place, all of them in the same way.

use super::{Index, Provider, Registration};
use crate::entry::{Entry, LOCAL, Label};
use crate::error::Result;
use crate::sample::Value;
use crate::source::{collapse, expand_stored};

impl Index {
    /// Lets the entries of the repository `local` whose URLs begin with `from` lead to `to` instead, for shards that have
    /// been moved: nothing of them is looked at, and [`verify`](Self::verify) says whether they are there.
    ///
    /// An entry is named by its URLs, so each becomes another one, with the metadata and all labels that it had. Which label
    /// of a name is the latest stays as it was.
    ///
    /// Both are places, and no patterns: braces in them are those of a name.
    ///
    /// # Errors
    /// Those of the database; what has been moved by then stays so, and the rest may be moved by calling again.
    pub fn relocate(&self, from: &str, to: &str) -> Result<Vec<Entry>> {
        let provider = self.repository(LOCAL)?.provider();
        let mut moved = Vec::new();
        for old in self.entries()? {
            let Some(new) = relocated(&old, from, to)? else { continue };
            let mut labels = provider.labels_of(&old.cid)?;
            // In the order in which they were set.
            labels.sort_by(|a, b| a.created_at.cmp(&b.created_at));
            if labels.is_empty() {
                labels.push(Label::new(&old.name, &old.cid));
            }
            labels.iter().try_for_each(|label| lead(provider, &new, label))?;
            let gone = provider.remove_all_of(&old.cid)?;
            // What others have stored of it meanwhile moves as well.
            let late = gone.entries.first().filter(|late| late.metadata != old.metadata);
            let late = late.map_or(Ok(None), |late| relocated(late, from, to))?;
            if let (Some(late), Some(label)) = (&late, labels.first()) {
                lead(provider, late, label)?;
            }
            let new = late.unwrap_or(new);
            for label in gone.labels {
                let label = Label { cid: new.cid.clone(), ..label };
                provider.merge(&Registration::new(new.clone(), label).replacing(true))?;
            }
            moved.push(new);
        }
        Ok(moved)
    }
}

/// Stores an entry and lets a label lead to it. Which label of the name is the latest stays as it was.
fn lead(provider: &dyn Provider, entry: &Entry, label: &Label) -> Result<()> {
    let latest = provider.label(&label.name, None)?;
    let label = Label { cid: entry.cid.clone(), ..label.clone() };
    provider.merge(&Registration::new(entry.clone(), label.clone()).replacing(true))?;
    match latest.filter(|latest| latest.version != label.version) {
        Some(latest) => provider.put_label(&latest),
        None => Ok(()),
    }
}

/// Whether a path or URL is `place`, or in it.
fn is_below(url: &str, place: &str) -> bool {
    url.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The entry whose shards are below `to` in place of `from`; `None` if none of them was.
fn relocated(entry: &Entry, from: &str, to: &str) -> Result<Option<Entry>> {
    let (from, to) = (from.trim_end_matches('/'), to.trim_end_matches('/'));
    let mut urls = Vec::with_capacity(entry.data_urls.len());
    for text in &entry.data_urls {
        urls.append(&mut moved_texts(text, from, to)?);
    }
    if urls == entry.data_urls {
        return Ok(None);
    }
    let mut metadata = entry.metadata.clone();
    if let Some(metadata) = &mut metadata
        && let Some(Value::Map(checksums)) = metadata.get("checksums")
    {
        let checksums = checksums.iter().map(|(url, digest)| (moved(url, from, to), digest.clone())).collect();
        metadata.insert("checksums", Value::Map(checksums));
    }
    let new = Entry::new(&entry.name, &entry.schema_ref, urls)?;
    let new = Entry { legacy_uuid: entry.legacy_uuid.clone(), ..new.with_metadata(metadata) };
    Ok(Some(new.of_origin(entry.origin.clone())))
}

fn moved(url: &str, from: &str, to: &str) -> String {
    match url.strip_prefix(from) {
        Some(rest) if is_below(url, from) => format!("{to}{rest}"),
        _ => url.to_owned(),
    }
}

/// What is stored in place of a text, which may be a pattern. The places are no patterns, whatever is in their names: so it
/// is by the shards that the text stands for that it is seen what is moved, and that the new text is right.
fn moved_texts(text: &str, from: &str, to: &str) -> Result<Vec<String>> {
    let as_it_is = || Ok(vec![text.to_owned()]);
    // What nobody can read is not moved.
    let Ok(old) = expand_stored(text) else { return as_it_is() };
    let new: Vec<_> = old.iter().map(|url| moved(url, from, to)).collect();
    if new == old {
        return as_it_is();
    }
    // One pattern stays one, where its beginning is that of all its shards.
    let begins = [from.to_owned(), collapse(&[from])?];
    if let Some(rest) = begins.iter().find_map(|begin| text.strip_prefix(begin)) {
        for begin in [to, &collapse(&[to])?] {
            let pattern = format!("{begin}{rest}");
            if expand_stored(&pattern).is_ok_and(|urls| urls == new) {
                return Ok(vec![pattern]);
            }
        }
    }
    new.iter().map(|url| collapse(&[url])).collect()
}
