//! Search: finding datasets.

use std::ops::ControlFlow;

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

    fn wants(&self, name: &str, schema_ref: &str, text: Option<&str>) -> bool {
        text.is_none_or(|text| name.to_lowercase().contains(text))
            && self.schema_ref.as_ref().is_none_or(|reference| reference == schema_ref)
    }

    fn has_tags(&self, entry: &Entry) -> bool {
        let tags = entry.tags();
        self.tags.iter().all(|tag| tags.contains(&tag.as_str()))
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
        let limit = search.limit.unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for repository in repositories {
            let mut left = limit;
            if left == 0 {
                break;
            }
            let wants = |name: &str, schema_ref: &str| search.wants(name, schema_ref, text.as_deref());
            let origin = self.repository(repository)?.origin(repository);
            self.repository(repository)?.provider().visit_entries(&wants, &mut |entry| {
                if search.has_tags(&entry) {
                    found.push(entry.of_origin(origin.clone()));
                    left -= 1;
                }
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        found.sort_by(|a, b| (&a.name, &a.cid).cmp(&(&b.name, &b.cid)));
        found.dedup_by(|a, b| a.cid == b.cid && a.name == b.name);
        found.truncate(limit);
        Ok(found)
    }
}
