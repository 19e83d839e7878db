//! Validation: whether a sample without a type is one of a type that is known as a schema alone.

use atdata_schema::fit::{ArrayParts, Presence, Purpose, TypeParts, Verdict, fields, heads};
use atdata_schema::{OwnedField, OwnedFieldType as T, OwnedSchema, SchemaTarget};

use crate::array::DynArray;
use crate::error::{Cause, ErrorKind, Result};
use crate::sample::cursor::MAX_SAMPLE_DEPTH;
use crate::sample::{DecodeError, DictSample, Value};

#[derive(Debug, thiserror::Error)]
enum ConformError {
    #[error("{sample_type} requires the field; the sample has {present:?}")]
    Missing { sample_type: String, present: Vec<String> },
    #[error("{sample_type} has no such field; it has {known:?}")]
    Unknown { sample_type: String, known: Vec<String> },
    #[error("expected {expected}, found {found}")]
    Type { expected: String, found: String },
}

impl Cause for ConformError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::SchemaMismatch
    }
}

/// Names that an error lists.
const SHOWN: usize = 32;

impl DictSample {
    /// Checks that a type with this schema would read the sample: all fields are there and known, and of their type.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) for the first field that does not fit.
    ///
    /// ```
    /// use atdata::schema::{OwnedField, OwnedFieldType, OwnedSchema};
    /// use atdata::DictSample;
    ///
    /// let schema = OwnedSchema::new("Caption", "1.0.0", vec![OwnedField::new("text", OwnedFieldType::Str)]);
    /// let mut sample: DictSample = [("text", "a cat")].into_iter().collect();
    /// sample.conforms_to(&schema)?;
    /// sample.insert("text", 3);
    /// let error = sample.conforms_to(&schema).unwrap_err();
    /// assert_eq!(error.to_string(), "[\"text\"]: expected str, found int");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn conforms_to(&self, schema: &OwnedSchema) -> Result<()> {
        Conformance::default().sample(self, schema)
    }
}

/// What a sample is: one without a type, or a map inside of one.
pub(crate) trait Entries {
    /// The value for a name; of several the last counts, as everywhere.
    fn value(&self, name: &str) -> Option<&Value>;

    /// All names.
    fn names(&self) -> impl Iterator<Item = &str>;
}

impl Entries for DictSample {
    fn value(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.keys()
    }
}

impl Entries for [(String, Value)] {
    fn value(&self, name: &str) -> Option<&Value> {
        self.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name.as_str())
    }
}

/// An error for the first entry that the schema does not have.
pub(crate) fn check_known<E: Entries + ?Sized>(entries: &E, schema: &OwnedSchema) -> Result<()> {
    let Some(name) = entries.names().find(|name| schema.field(name).is_none()) else { return Ok(()) };
    let known = schema.fields.iter().take(SHOWN).map(|field| field.name.clone()).collect();
    Err(crate::error::Error::from(ConformError::Unknown { sample_type: named(schema), known }).in_entry(name))
}

/// The error for a field that is not there.
pub(crate) fn missing<E: Entries + ?Sized>(entries: &E, schema: &OwnedSchema, name: &str) -> crate::error::Error {
    let present = entries.names().take(SHOWN).map(str::to_owned).collect();
    crate::error::Error::from(ConformError::Missing { sample_type: named(schema), present }).in_entry(name)
}

/// The error for a value of another type.
pub(crate) fn wrong_type(expected: &impl ToString, found: &Value) -> crate::error::Error {
    let found = match found.as_array() {
        Some(Ok(array)) => format!("{array:?}"),
        _ => found.kind().to_owned(),
    };
    ConformError::Type { expected: expected.to_string(), found }.into()
}

fn named(schema: &OwnedSchema) -> String {
    format!("{}@{}", schema.name, schema.version)
}

/// A check, with the schemas around where it is.
#[derive(Default)]
pub(crate) struct Conformance<'s> {
    outer: Vec<&'s OwnedSchema>,
    depth: u16,
}

impl<'s> Conformance<'s> {
    pub(crate) fn around(outer: Vec<&'s OwnedSchema>) -> Self {
        Self { outer, depth: 0 }
    }

    fn sample<E: Entries + ?Sized>(&mut self, entries: &E, schema: &'s OwnedSchema) -> Result<()> {
        if self.depth >= MAX_SAMPLE_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_SAMPLE_DEPTH }.into());
        }
        check_known(entries, schema)?;
        self.outer.push(schema);
        self.depth += 1;
        for field in &schema.fields {
            match entries.value(&field.name) {
                Some(value) => self.field(value, field)?,
                None if fields(Presence::Absent, field.presence(), Purpose::Value).there.holds() => {}
                None => return Err(missing(entries, schema, &field.name)),
            }
        }
        self.depth -= 1;
        self.outer.pop();
        Ok(())
    }

    pub(crate) fn field(&mut self, value: &Value, field: &'s OwnedField) -> Result<()> {
        let found = Presence::There { optional: value.is_nil(), has_default: false, takes_any: false };
        if value.is_nil() && fields(found, field.presence(), Purpose::Value).null.holds() {
            return Ok(());
        }
        self.value(value, &field.field_type).map_err(|error| error.in_entry(&field.name))
    }

    fn value(&mut self, value: &Value, of: &'s T) -> Result<()> {
        let verdict = heads(&parts(value), &of.parts(&self.outer), Purpose::Value);
        let fits = match (of, value) {
            (T::Nullable(inner), value) if verdict == Verdict::MayBeNull => return self.value(value, inner),
            _ if verdict != Verdict::Inside => verdict.holds(),
            (T::Enum(values), Value::Str(text)) if !values.contains(text) => {
                let found = format!("{:?}", text.chars().take(SHOWN).collect::<String>());
                return Err(ConformError::Type { expected: of.to_string(), found }.into());
            }
            (T::Enum(_), Value::Str(_)) => true,
            (T::Array(_) | T::Structured(_), value) => match value.as_array() {
                Some(found) => array_fits(&found?, of),
                None => false,
            },
            (T::List(of), Value::List(values)) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(value, of).map_err(|error| error.in_element(index))?;
                }
                true
            }
            (T::Map(of), Value::Map(entries)) => {
                for (key, value) in entries {
                    self.value(value, of).map_err(|error| error.in_entry(key))?;
                }
                true
            }
            (T::Sample(schema), Value::Map(entries)) => return self.sample(entries.as_slice(), schema),
            (T::Ref(reference), Value::Map(entries)) => return self.reference(reference.target(), entries),
            _ => false,
        };
        if fits { Ok(()) } else { Err(wrong_type(of, value)) }
    }

    /// A sample of a type further out; one whose type is in another record is not looked into.
    fn reference(&mut self, target: &SchemaTarget, entries: &[(String, Value)]) -> Result<()> {
        let SchemaTarget::Local { name, version } = target else { return Ok(()) };
        let found = self.outer.iter().rposition(|schema| schema.name == *name && schema.version == *version);
        let Some(level) = found else { return Ok(()) };
        // What is around that type is around the sample as well.
        let inner = self.outer.split_off(level);
        let Some(schema) = inner.first() else { return Ok(()) };
        self.sample(entries, schema)?;
        self.outer.extend(inner);
        Ok(())
    }
}

/// What the wire says of a value.
const fn parts(value: &Value) -> TypeParts<'static> {
    match value {
        Value::Nil => TypeParts::Null,
        Value::Bool(_) => TypeParts::Bool,
        Value::Int(_) | Value::UInt(_) => TypeParts::Int,
        Value::Float(_) => TypeParts::Float,
        Value::Str(_) => TypeParts::Str,
        Value::Bin(_) => TypeParts::Bytes,
        Value::List(_) => TypeParts::List,
        Value::Map(_) => TypeParts::Map,
    }
}

/// Whether the array is what the type declares, be its elements records or not.
fn array_fits(array: &DynArray, of: &T) -> bool {
    let shape: Vec<Option<usize>> = array.shape().iter().copied().map(Some).collect();
    let found = ArrayParts { dtype: array.dtype(), ndim: Some(shape.len()), shape: Some(&shape), dims: None };
    match of.parts(&[]) {
        TypeParts::Array(of) | TypeParts::Structured(of) => Purpose::Value.array(found.relation(&of)).holds(),
        _ => false,
    }
}

/// A sample of any type, which lists no fields and may have all.
#[cfg_attr(not(feature = "_index"), allow(dead_code))]
pub(crate) fn is_untyped(schema: &OwnedSchema) -> bool {
    schema.name == DictSample::TYPE_NAME && schema.fields.is_empty()
}
