//! Lens records: how an index stores a view from one sample type to another.

mod json;
mod reference;

use serde_json::Value;

use crate::node::Node;
use crate::problem::{Problem, Problems, RecordError};
use crate::{SchemaReference, python_json};

pub use reference::{LensReference, LensReferenceError};

/// A stored lens: the two types that it leads between, and what its two directions do.
///
/// The JSON is that of Python atdata, key for key, and is written as the text that Python stores.
///
/// ```
/// use atdata_schema::{LensRecord, SchemaReference};
///
/// let record = LensRecord::new("headline", "1.0.0", "Article@2.0.0", "Headline")
///     .with_fields([("title", "text"), ("score", "score")])
///     .created_at("2026-03-01T12:00:00Z");
/// assert_eq!(record.reference().to_string(), "atdata://local/lens/headline@1.0.0");
/// assert!(record.leads_from(&SchemaReference::local("Article", "2.0.0")));
/// assert_eq!(LensRecord::parse(&record.to_local_json())?, record);
/// # Ok::<(), atdata_schema::RecordError>(())
/// ```
///
/// # Python's field mappings
///
/// Python stores every lens as a field mapping whose view has no field that the source lacks, whatever the getter does: a
/// getter that changes values comes back as one that copies them. This library writes a field mapping only for lenses that
/// are declared as such; those that Python wrote may not do what their authors meant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LensRecord {
    /// Name of the lens.
    pub name: String,
    /// Version; semantic in all that this library writes, any text in what Python stored.
    pub version: String,
    /// The type that it starts from, as the record says it: `Photo`, `Photo@1.0.0` or a reference.
    pub source_schema: String,
    /// The type that it leads to, in the same spellings.
    pub view_schema: String,
    /// From source to view.
    pub getter: Transformation,
    /// From view and source back to the source. In its field mappings the view's field is called
    /// [`source_field`](Mapping::source_field) and the source's [`view_field`](Mapping::view_field).
    pub putter: Transformation,
    /// When the record was made.
    pub created_at: Option<String>,
    /// What the lens is for.
    pub description: Option<String>,
}

/// What one direction of a lens does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transformation {
    /// Fields are copied, under the same or another name.
    FieldMapping(Vec<Mapping>),
    /// A function of a program. Python's are imported from their module; those of Rust programs have a module that
    /// begins with [`RUST`](Self::RUST).
    CodeReference {
        /// The module: `pkg.lenses`, `rust:my_crate::lenses`.
        module: String,
        /// The function in it.
        qualname: String,
    },
    /// A function that has no name, such as a closure: the record only says that the lens exists.
    Opaque,
}

/// One field of a [`Transformation::FieldMapping`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mapping {
    /// The field that is read.
    pub source_field: String,
    /// The field that is written.
    pub view_field: String,
}

impl Mapping {
    /// A field, and the one that it is copied to.
    pub fn new(source_field: impl Into<String>, view_field: impl Into<String>) -> Self {
        Self { source_field: source_field.into(), view_field: view_field.into() }
    }

    fn reversed(&self) -> Self {
        Self { source_field: self.view_field.clone(), view_field: self.source_field.clone() }
    }
}

impl Transformation {
    /// What the module of a function of a Rust program begins with.
    pub const RUST: &'static str = "rust:";

    /// A reference to a function of a Rust program, by what `module_path!()` gives.
    pub fn rust(module_path: &str, function: &str) -> Self {
        Self::CodeReference { module: format!("{}{module_path}", Self::RUST), qualname: function.to_owned() }
    }

    /// Module path and name of the Rust function that it refers to.
    pub fn as_rust(&self) -> Option<(&str, &str)> {
        match self {
            Self::CodeReference { module, qualname } => Some((module.strip_prefix(Self::RUST)?, qualname)),
            _ => None,
        }
    }

    /// The mappings, if it is one of fields.
    pub fn as_fields(&self) -> Option<&[Mapping]> {
        match self {
            Self::FieldMapping(mappings) => Some(mappings),
            _ => None,
        }
    }
}

impl LensRecord {
    /// A record of a lens of which nothing is known but where it leads.
    pub fn new(
        name: impl Into<String>,
        version: impl Into<String>,
        source_schema: impl Into<String>,
        view_schema: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            source_schema: source_schema.into(),
            view_schema: view_schema.into(),
            getter: Transformation::Opaque,
            putter: Transformation::Opaque,
            created_at: None,
            description: None,
        }
    }

    /// The same record for a lens that copies these fields, from the first name to the second; putting copies them back.
    #[must_use]
    pub fn with_fields<S: Into<String>, V: Into<String>>(mut self, fields: impl IntoIterator<Item = (S, V)>) -> Self {
        let mappings: Vec<_> = fields.into_iter().map(|(source, view)| Mapping::new(source, view)).collect();
        self.putter = Transformation::FieldMapping(mappings.iter().map(Mapping::reversed).collect());
        self.getter = Transformation::FieldMapping(mappings);
        self
    }

    /// The same record with a getter.
    #[must_use]
    pub fn with_getter(mut self, getter: Transformation) -> Self {
        self.getter = getter;
        self
    }

    /// The same record with a putter.
    #[must_use]
    pub fn with_putter(mut self, putter: Transformation) -> Self {
        self.putter = putter;
        self
    }

    /// The same record, made at that time.
    #[must_use]
    pub fn created_at(mut self, time: impl Into<String>) -> Self {
        self.created_at = Some(time.into());
        self
    }

    /// The same record with a description; an empty one is none.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into()).filter(|text| !text.is_empty());
        self
    }

    /// What other records and programs call it.
    pub fn reference(&self) -> LensReference {
        LensReference::new(&self.name, &self.version)
    }

    /// Whether it starts from that type; see [`SchemaReference::is_meant_by`].
    pub fn leads_from(&self, source: &SchemaReference) -> bool {
        source.is_meant_by(&self.source_schema)
    }

    /// Whether it leads to that type.
    pub fn leads_to(&self, view: &SchemaReference) -> bool {
        view.is_meant_by(&self.view_schema)
    }

    /// Whether it leads from the one type to the other.
    pub fn matches(&self, source: &SchemaReference, view: &SchemaReference) -> bool {
        self.leads_from(source) && self.leads_to(view)
    }

    /// Reads a record from JSON text.
    ///
    /// # Errors
    /// All that is wrong with it, each thing with its place.
    pub fn parse(json: &str) -> Result<Self, RecordError> {
        match crate::record::parse_json(json) {
            Ok(value) => Self::from_json(&value),
            Err(error) => {
                let mut problems = Problems::of("lens record");
                problems.push(Problem::new(String::new(), "JSON", error.to_string()));
                problems.finish(None)
            }
        }
    }

    /// Reads a record.
    ///
    /// Keys that are not known are passed over, such as the `$ref` that indexes add. A `created_at` that is no time is
    /// taken for absent.
    pub fn from_json(value: &Value) -> Result<Self, RecordError> {
        let mut problems = Problems::of("lens record");
        let record = json::read_record(&Node::root(value), &mut problems);
        problems.finish(record)
    }

    /// The record as JSON: key for key what Python stores for the same lens.
    pub fn to_local(&self) -> Value {
        json::write_record(self)
    }

    /// The record as the text that Python stores, byte for byte.
    pub fn to_local_json(&self) -> String {
        python_json(&self.to_local())
    }
}
