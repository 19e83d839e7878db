//! Search: finding datasets.

use super::Index;
use crate::entry::Entry;
use crate::error::Result;

/// What a dataset must have to be found; built by `Search::new().text("mnist").tags(["images"])`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct Search {
    text: Option<String>,
    tags: Vec<String>,
    schema_ref: Option<String>,
    repository: Option<String>,
    limit: Option<usize>,
}

impl Search {
    /// All datasets of all repositories.
    pub fn new() -> Self {
        Self::default()
    }

    /// Text in its name, in letters of either case.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Tags, each of which it must have.
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// The reference to its schema, to the letter.
    pub fn schema_ref(mut self, reference: impl Into<String>) -> Self {
        self.schema_ref = Some(reference.into());
        self
    }

    /// The only repository to search.
    pub fn repository(mut self, name: impl Into<String>) -> Self {
        self.repository = Some(name.into());
        self
    }

    /// At most this many, the first by name.
    pub fn limit(mut self, entries: usize) -> Self {
        self.limit = Some(entries);
        self
    }

    fn finds(&self, entry: &Entry, text: Option<&str>) -> bool {
        text.is_none_or(|text| entry.name.to_lowercase().contains(text))
            && self.schema_ref.as_ref().is_none_or(|reference| *reference == entry.schema_ref)
            && (self.tags.is_empty() || {
                let tags = entry.tags();
                self.tags.iter().all(|tag| tags.contains(&tag.as_str()))
            })
    }
}

impl Index {
    /// The entries that fit, by name. One that several repositories have is given once.
    pub fn search(&self, search: &Search) -> Result<Vec<Entry>> {
        let text = search.text.as_ref().map(|text| text.to_lowercase());
        let repositories = match &search.repository {
            Some(name) => vec![name.as_str()],
            None => self.repositories(),
        };
        let mut found = Vec::new();
        for repository in repositories {
            let entries = self.repository(repository)?.provider().entries()?;
            found.extend(entries.into_iter().filter(|entry| search.finds(entry, text.as_deref())));
        }
        found.sort_by(|a, b| (&a.name, &a.cid).cmp(&(&b.name, &b.cid)));
        found.dedup_by(|a, b| a.cid == b.cid && a.name == b.name);
        found.truncate(search.limit.unwrap_or(usize::MAX));
        Ok(found)
    }
}
