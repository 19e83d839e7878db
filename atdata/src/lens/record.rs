//! Interpretation of stored lenses, carried out on samples without a type.

use std::sync::Arc;

use atdata_schema::{LensRecord, Mapping, OwnedField, OwnedSchema, Transformation};

use crate::error::{Cause, ErrorKind, Result};
use crate::sample::{DictSample, Value};

/// A [`LensRecord`] at work.
///
/// A field mapping is carried out as it is, with any types that have the fields. A reference to a Rust function is looked
/// up among the lenses that are linked into the program. Python's functions are not run.
///
/// ```
/// use atdata::lens::RecordLens;
/// use atdata::schema::LensRecord;
/// use atdata::DictSample;
///
/// let record = LensRecord::new("headline", "1.0.0", "Article", "Headline").with_fields([("title", "text")]);
/// let lens = RecordLens::load(record)?;
///
/// let article: DictSample = [("title", "Cats"), ("body", "…")].into_iter().collect();
/// let headline = lens.get(&article)?;
/// assert_eq!(headline, [("text", "Cats")].into_iter().collect());
///
/// let other = [("text", "Dogs")].into_iter().collect();
/// assert_eq!(lens.put(&other, &article)?, [("title", "Dogs"), ("body", "…")].into_iter().collect());
/// # Ok::<(), atdata::Error>(())
/// ```
/// A record names its types, and says nothing of their fields. What a sample may leave out is filled in where its type is
/// known: in this program by its lenses, otherwise by [`with_source_schema`](Self::with_source_schema).
#[derive(Debug, Clone)]
pub struct RecordLens {
    record: Arc<LensRecord>,
    way: Way,
    /// The types, where they are known.
    source: Option<Arc<OwnedSchema>>,
    view: Option<Arc<OwnedSchema>>,
}

/// How the getter goes; the putter of a mapping goes by the getter's mappings, as in Python.
#[derive(Debug, Clone, Copy)]
enum Way {
    Fields,
    Linked(&'static crate::lens::LensEntry),
}

#[derive(Debug, thiserror::Error)]
enum RecordLensError {
    #[error(
        "the lens {lens} is stored as opaque: its {part} has no name to find it by; give the function one with `#[lens]`, \
         or declare the view with `#[packable(view_of = …)]`, and store it again"
    )]
    Opaque { lens: String, part: &'static str },
    #[error(
        "the {part} of the lens {lens} is the Python function `{qualname}` of the module `{module}`, which is not \
         executable here; use the lens from Python, or write it in Rust with `#[lens]`"
    )]
    Python { lens: String, part: &'static str, module: String, qualname: String },
    #[error(
        "the {part} of the lens {lens} is the Rust function `{module}::{name}`, which is not in this program; {hint}"
    )]
    NotLinked { lens: String, part: &'static str, module: String, name: String, hint: &'static str },
    #[error(
        "the {part} of the lens {lens} is the Rust function `{module}::{name}`, of which there are several in this program, of one \
         version and between the same types: give each a name of its own by `#[lens(name = \"…\")]`"
    )]
    Several { lens: String, part: &'static str, module: String, name: String },
    #[error("the lens {lens} reads only: `{module}::{name}` has no putter; write `#[lens(put = function)]`")]
    ReadsOnly { lens: String, module: String, name: String },
    #[error("the putter of the lens {lens} is a field mapping, but its getter is not, so there is nothing to go by")]
    Mixed { lens: String },
    #[error("the lens {lens} takes the field {field:?} from the {side}, which has {present:?}")]
    NoField { lens: String, side: &'static str, field: String, present: Vec<String> },
}

impl Cause for RecordLensError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Mixed { .. } => ErrorKind::InvalidInput,
            Self::NotLinked { .. } => ErrorKind::NotFound,
            Self::Several { .. } => ErrorKind::Conflict,
            Self::NoField { .. } => ErrorKind::SchemaMismatch,
            // What cannot be run here at all.
            _ => ErrorKind::Unsupported,
        }
    }
}

impl RecordLens {
    /// The lens of a record.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) for an opaque getter and for Python's functions,
    /// [`NotFound`](ErrorKind::NotFound) for a Rust function that is not in the program. What is wrong with the putter is
    /// told by [`put`](Self::put).
    pub fn load(record: impl Into<Arc<LensRecord>>) -> Result<Self> {
        let record = record.into();
        let way = way(&record, &record.getter, "getter")?;
        let known = |named: &str| crate::lens::schema_of(named).map(|schema| Arc::new(OwnedSchema::from(schema)));
        let (source, view) = (known(&record.source_schema), known(&record.view_schema));
        Ok(Self { record, way, source, view })
    }

    /// The same lens, with the type of its source: what a sample may leave out is null then, or the default.
    ///
    /// ```
    /// use atdata::DictSample;
    /// use atdata::lens::RecordLens;
    /// use atdata::schema::{LensRecord, OwnedField, OwnedFieldType, OwnedSchema};
    ///
    /// let language = OwnedField::new("language", OwnedFieldType::Str).default_value("en");
    /// let article = OwnedSchema::new("Article", "1.0.0", vec![language]);
    /// let record = LensRecord::new("spoken", "1.0.0", "Article", "Spoken").with_fields([("language", "language")]);
    /// let lens = RecordLens::load(record)?.with_source_schema(article);
    /// assert_eq!(lens.get(&DictSample::new())?, [("language", "en")].into_iter().collect());
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[must_use]
    pub fn with_source_schema(mut self, schema: impl Into<Arc<OwnedSchema>>) -> Self {
        self.source = Some(schema.into());
        self
    }

    /// The same of its view, for [`put`](Self::put).
    #[must_use]
    pub fn with_view_schema(mut self, schema: impl Into<Arc<OwnedSchema>>) -> Self {
        self.view = Some(schema.into());
        self
    }

    /// The record.
    pub fn record(&self) -> &LensRecord {
        &self.record
    }

    /// The view of a sample.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) if the sample lacks a field that the lens takes, or is not of the type
    /// that its function does.
    pub fn get(&self, source: &DictSample) -> Result<DictSample> {
        match self.way {
            Way::Fields => self.mappings().iter().map(|mapping| self.shown(mapping, source)).collect(),
            Way::Linked(entry) => entry.get(source),
        }
    }

    /// The source with its part that the view shows replaced by `view`.
    ///
    /// # Errors
    /// As in [`get`](Self::get); [`Unsupported`](ErrorKind::Unsupported) if there is no putter, or it cannot be run here.
    pub fn put(&self, view: &DictSample, source: &DictSample) -> Result<DictSample> {
        match (way(&self.record, &self.record.putter, "putter")?, self.way) {
            (Way::Fields, Way::Fields) => self.put_fields(view, source),
            (Way::Fields, Way::Linked(_)) => Err(RecordLensError::Mixed { lens: self.name() }.into()),
            (Way::Linked(entry), _) => match entry.put(view, source) {
                Some(put) => put,
                None => {
                    let (module, name) = (entry.module_path().to_owned(), entry.name().to_owned());
                    Err(RecordLensError::ReadsOnly { lens: self.name(), module, name }.into())
                }
            },
        }
    }

    fn mappings(&self) -> &[Mapping] {
        self.record.getter.as_fields().unwrap_or_default()
    }

    fn shown(&self, mapping: &Mapping, source: &DictSample) -> Result<(String, Value)> {
        let value = self.field(source, "source", &mapping.source_field)?;
        Ok((mapping.view_field.clone(), value))
    }

    fn put_fields(&self, view: &DictSample, source: &DictSample) -> Result<DictSample> {
        let mut put = source.clone();
        // Of two view fields that show the same field the first counts, as in Python.
        for mapping in self.mappings().iter().rev() {
            put.insert(&*mapping.source_field, self.field(view, "view", &mapping.view_field)?);
        }
        Ok(put)
    }

    /// What the sample has, or what its type says of a sample without it, where that type is known.
    fn field(&self, sample: &DictSample, side: &'static str, field: &str) -> Result<Value> {
        let found = sample.get(field).cloned();
        let schema = if side == "source" { &self.source } else { &self.view };
        let filled_in = || filled_in(schema.as_ref()?.field(field)?);
        found.or_else(filled_in).ok_or_else(|| {
            let present = sample.keys().take(32).map(str::to_owned).collect();
            RecordLensError::NoField { lens: self.name(), side, field: field.to_owned(), present }.into()
        })
    }

    fn name(&self) -> String {
        named(&self.record)
    }
}

/// The value of a field that a sample does not have: null, or its default.
fn filled_in(field: &OwnedField) -> Option<Value> {
    match &field.default {
        Some(default) => Value::from_json(default),
        None if field.has_default => None,
        None => field.optional.then_some(Value::Nil),
    }
}

fn named(record: &LensRecord) -> String {
    format!("{:?}", format!("{}@{}", record.name, record.version))
}

fn way(record: &LensRecord, transformation: &Transformation, part: &'static str) -> Result<Way> {
    let lens = || named(record);
    match transformation {
        Transformation::FieldMapping(_) => Ok(Way::Fields),
        Transformation::CodeReference { module, qualname } => match transformation.as_rust() {
            Some((module, name)) => linked(record, module, name).map_err(|hint| {
                let (lens, module, name) = (lens(), module.to_owned(), name.to_owned());
                match hint {
                    Some(hint) => RecordLensError::NotLinked { lens, part, module, name, hint }.into(),
                    None => RecordLensError::Several { lens, part, module, name }.into(),
                }
            }),
            None => {
                let (module, qualname) = (module.clone(), qualname.clone());
                Err(RecordLensError::Python { lens: lens(), part, module, qualname }.into())
            }
        },
        _ => Err(RecordLensError::Opaque { lens: lens(), part }.into()),
    }
}

/// The function that a record means, or what is known of it: of several, which of them the linker put first decides nothing.
fn linked(record: &LensRecord, module: &str, name: &str) -> Result<Way, Option<&'static str>> {
    let of_name: Vec<_> = crate::lens::functions(module, name).collect();
    let mut meant = of_name.iter().filter(|entry| entry.is_meant_by(record));
    match (meant.next(), meant.next()) {
        (Some(entry), None) => Ok(Way::Linked(entry)),
        (Some(_), Some(_)) => Err(None),
        (None, _) if of_name.is_empty() => {
            Err(Some("link the crate that has it, and use something of it so that the linker keeps it"))
        }
        (None, _) => Err(Some("what has that name here is of another version, or leads between other types")),
    }
}
