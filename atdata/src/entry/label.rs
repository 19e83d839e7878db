//! Labels: names for entries, with a version or without.

use std::fmt;

use crate::error::redact::unsecret;

/// A name that leads to an entry.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// The name.
    pub name: String,
    /// The CID of the entry; nothing keeps it from leading nowhere.
    pub cid: String,
    /// Its version, any text but the empty one; a name may have a label for each version and one without.
    pub version: Option<String>,
    /// What was written about it.
    pub description: Option<String>,
    /// When it was last set, as in `2026-03-01T12:00:00.123456+00:00`, where the provider knows.
    pub created_at: Option<String>,
}

/// Without what may be secret in URLs.
impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut label = f.debug_struct("Label");
        label.field("name", &unsecret(&self.name)).field("cid", &self.cid).field("version", &self.version);
        let description = self.description.as_deref().map(unsecret);
        label.field("description", &description).field("created_at", &self.created_at).finish()
    }
}

impl Label {
    /// A label without version and description.
    pub fn new(name: impl Into<String>, cid: impl Into<String>) -> Self {
        Self { name: name.into(), cid: cid.into(), version: None, description: None, created_at: None }
    }

    /// The same label with a version; an empty one is none.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into()).filter(|version| !version.is_empty());
        self
    }

    /// Its version as it is stored: an empty text for none.
    pub(crate) fn version(&self) -> &str {
        self.version.as_deref().unwrap_or_default()
    }

    /// The same label with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<Option<String>>) -> Self {
        self.description = description.into();
        self
    }
}
