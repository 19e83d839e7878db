//! Labels: names that an account gives to datasets.

use serde_json::{Map, Value};

use super::object::{Writer, read_record};
use super::{Record, WriteOptions, lexicon};
use crate::atproto::AtUri;
use crate::error::Result;
use crate::time::now;
use atdata_schema::RecordError;

/// A name that leads to a dataset, with a version or without.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelRecord {
    /// The name.
    pub name: String,
    /// The AT URI of the entry.
    pub dataset_uri: String,
    /// When the record was made. Of two the later one counts, as an instant; a time without an offset is one of UTC.
    pub created_at: String,
    /// The version of the dataset under this name.
    pub version: Option<String>,
    /// What this version is.
    pub description: Option<String>,
    /// What else the record says.
    pub other: Map<String, Value>,
}

impl LabelRecord {
    /// A label that is made now.
    pub fn new(name: impl Into<String>, dataset_uri: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            dataset_uri: dataset_uri.into(),
            created_at: now(),
            version: None,
            description: None,
            other: Map::new(),
        }
    }

    /// The same label, made at that time.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = time.into();
        self
    }

    /// The same label with a version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The same label with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Where it leads.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a text that is no AT URI.
    pub fn dataset(&self) -> Result<AtUri> {
        self.dataset_uri.parse()
    }

    /// Reads a label in any form that atdata has written.
    ///
    /// # Errors
    /// All that is wrong with it, each thing with its place.
    pub fn from_json(value: &Value) -> Result<Self, RecordError> {
        let expected = "the type of a label, \"science.alt.dataset.label\"";
        read_record(value, "label record", &["label"], expected, |reader| {
            let name = reader.text("name");
            let dataset_uri = reader.text("datasetUri");
            let created_at = reader.text("createdAt");
            let version = reader.optional_text("version");
            let description = reader.optional_text("description");
            let other = reader.rest();
            Some(Self { name: name?, dataset_uri: dataset_uri?, created_at: created_at?, version, description, other })
        })
    }

    /// The label as it stands, unchecked.
    pub fn to_json(&self) -> Value {
        Writer::of_type(Self::COLLECTION)
            .member("name", self.name.as_str())
            .member("datasetUri", self.dataset_uri.as_str())
            .member("createdAt", self.created_at.as_str())
            .optional("version", self.version.as_deref())
            .optional("description", self.description.as_deref())
            .finish(&self.other)
    }

    /// The label as it is sent.
    ///
    /// # Errors
    /// What its lexicon does not allow.
    pub fn to_atproto(&self) -> Result<Value, RecordError> {
        lexicon::checked::<Self>(self.to_json(), "label record", &WriteOptions::new())
    }
}
