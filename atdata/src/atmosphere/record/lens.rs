//! Lenses as accounts publish them: a reference to code for each direction.

use serde_json::{Map, Value};

use super::object::{Writer, read_record};
use super::{CodeReference, Record, WriteOptions, lexicon};
use crate::time::now;
use atdata_schema::RecordError;

/// A published lens.
///
/// Its code is somewhere else, and is never run by a reader. What an index stores is another record,
/// [`schema::LensRecord`](crate::schema::LensRecord).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishedLens {
    /// Its name.
    pub name: String,
    /// The AT URI of the schema that it starts from.
    pub source_schema: String,
    /// The AT URI of the schema that it leads to.
    pub target_schema: String,
    /// The code from source to view. Records of atdata up to 0.3 may lack it; to be sent it has to be there.
    pub getter_code: Option<CodeReference>,
    /// The code that puts a view back into its source; the same holds for it.
    pub putter_code: Option<CodeReference>,
    /// When the record was made.
    pub created_at: String,
    /// What the view is for.
    pub description: Option<String>,
    /// Language of the code.
    pub language: Option<String>,
    /// Anything else.
    pub metadata: Option<Map<String, Value>>,
    /// The versions of the source that it works for, such as `>=1.0.0 <2.0.0`.
    pub source_schema_version: Option<String>,
    /// The versions of the view that it works for.
    pub target_schema_version: Option<String>,
    /// What else the record says.
    pub other: Map<String, Value>,
}

impl PublishedLens {
    /// A lens that is made now.
    pub fn new(
        name: impl Into<String>,
        source_schema: impl Into<String>,
        target_schema: impl Into<String>,
        getter_code: CodeReference,
        putter_code: CodeReference,
    ) -> Self {
        Self {
            name: name.into(),
            source_schema: source_schema.into(),
            target_schema: target_schema.into(),
            getter_code: Some(getter_code),
            putter_code: Some(putter_code),
            created_at: now(),
            description: None,
            language: None,
            metadata: None,
            source_schema_version: None,
            target_schema_version: None,
            other: Map::new(),
        }
    }

    /// The same lens, made at that time.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = time.into();
        self
    }

    /// The same lens with a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The same lens with the language of its code.
    #[must_use]
    pub fn with_language(mut self, language: impl Into<String>) -> Self {
        self.language = Some(language.into());
        self
    }

    /// The same lens with metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// The same lens with the versions of source and view that it works for.
    #[must_use]
    pub fn with_versions(mut self, source: impl Into<String>, target: impl Into<String>) -> Self {
        self.source_schema_version = Some(source.into());
        self.target_schema_version = Some(target.into());
        self
    }

    /// Reads a lens in any form that atdata has written.
    ///
    /// # Errors
    /// All that is wrong with it, each thing with its place.
    pub fn from_json(value: &Value) -> Result<Self, RecordError> {
        let expected = "the type of a lens, \"science.alt.dataset.lens\"";
        read_record(value, "lens record", &["lens"], expected, |reader| {
            let name = reader.text("name");
            let source_schema = reader.text("sourceSchema");
            let target_schema = reader.text("targetSchema");
            let getter_code = reader.optional("getterCode", CodeReference::read);
            let putter_code = reader.optional("putterCode", CodeReference::read);
            let created_at = reader.text("createdAt");
            let description = reader.optional_text("description");
            let language = reader.optional_text("language");
            let metadata = reader.optional_object("metadata");
            let source_schema_version = reader.optional_text("sourceSchemaVersion");
            let target_schema_version = reader.optional_text("targetSchemaVersion");
            let other = reader.rest();
            Some(Self {
                name: name?,
                source_schema: source_schema?,
                target_schema: target_schema?,
                getter_code,
                putter_code,
                created_at: created_at?,
                description,
                language,
                metadata,
                source_schema_version,
                target_schema_version,
                other,
            })
        })
    }

    /// The lens as it stands, unchecked.
    pub fn to_json(&self) -> Value {
        Writer::of_type(Self::COLLECTION)
            .member("name", self.name.as_str())
            .member("sourceSchema", self.source_schema.as_str())
            .member("targetSchema", self.target_schema.as_str())
            .optional("getterCode", self.getter_code.as_ref().map(CodeReference::to_json))
            .optional("putterCode", self.putter_code.as_ref().map(CodeReference::to_json))
            .member("createdAt", self.created_at.as_str())
            .optional("description", self.description.as_deref())
            .optional("language", self.language.as_deref())
            .optional("metadata", self.metadata.clone())
            .optional("sourceSchemaVersion", self.source_schema_version.as_deref())
            .optional("targetSchemaVersion", self.target_schema_version.as_deref())
            .finish(&self.other)
    }

    /// The lens as it is sent.
    ///
    /// # Errors
    /// What its lexicon does not allow.
    pub fn to_atproto(&self) -> Result<Value, RecordError> {
        lexicon::checked::<Self>(self.to_json(), "lens record", &WriteOptions::new())
    }
}
