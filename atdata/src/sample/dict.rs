//! `DictSample`: samples without a type.

use std::fmt;

use atdata_schema::{FieldType, Schema, SchemaRef};
use bytes::Bytes;

use crate::array::{ArraySpec, DynArray};
use crate::error::{Cause, ErrorKind, Result};
use crate::sample::value::{read_map, write_map};
use crate::sample::{Batch, Column, Cursor, PackField, Packable, Value};
use crate::sample::{FieldSpan, spans};

/// A sample of any type: its fields by name, in the order of the bytes.
///
/// Arrays stay bytes until they are asked for ([`array`](Self::array)); a sample that was not changed packs to the very
/// bytes it was read from.
///
/// ```
/// use atdata::{DictSample, Packable, Value};
///
/// let mut sample = DictSample::unpack(b"\x82\xa4text\xa3cat\xa5label\x07")?;
/// assert_eq!(sample.get("text").and_then(Value::as_str), Some("cat"));
/// assert_eq!(sample.keys().collect::<Vec<_>>(), ["text", "label"]);
/// sample.insert("label", 8);
/// assert_eq!(sample.pack(), b"\x82\xa4text\xa3cat\xa5label\x08");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct DictSample {
    fields: Vec<(String, Value)>,
    /// What the fields were read from, until one of them is changed.
    original: Option<Bytes>,
}

/// `{text: "cat", image: array<uint8, [224, 224, 3]>}`: arrays and long bytes in short.
impl fmt::Debug for DictSample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Samples are equal if their fields are, whatever they were read from.
impl PartialEq for DictSample {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

#[derive(Debug, thiserror::Error)]
enum DictError {
    #[error("no field \"{name}\"; the sample has {present:?}")]
    NoField { name: String, present: Vec<String> },
    #[error("expected an array, found {found}")]
    NotAnArray { found: &'static str },
}

impl Cause for DictError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::SchemaMismatch
    }
}

impl DictSample {
    /// A sample of any type, without it.
    pub fn from_sample<S: Packable>(sample: &S) -> Result<Self> {
        let bytes = Bytes::from(sample.try_pack()?);
        Self::read(&mut Cursor::shared(&bytes))
    }

    /// The sample as a type of yours. Errors as in [`Packable::unpack`].
    ///
    /// ```
    /// use atdata::{DictSample, Packable};
    ///
    /// #[derive(Packable, Debug, PartialEq)]
    /// struct Caption {
    ///     text: String,
    /// }
    ///
    /// let mut sample = DictSample::new();
    /// sample.insert("text", "a cat");
    /// assert_eq!(sample.to::<Caption>()?, Caption { text: "a cat".into() });
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn to<S: Packable>(&self) -> Result<S> {
        let bytes = Bytes::from(self.pack());
        S::read(&mut Cursor::shared(&bytes))
    }

    /// Where the values are in the bytes that the sample was read from; `None` of one that was made or changed.
    ///
    /// # Errors
    /// Never of a sample that was read, whose bytes are sound.
    pub fn spans(&self) -> Result<Option<Vec<FieldSpan<'_>>>> {
        self.original.as_deref().map(spans).transpose()
    }

    /// Name of the type that all samples without a type have.
    pub(crate) const TYPE_NAME: &'static str = "DictSample";

    /// A sample of fields of which none is there twice.
    #[cfg(feature = "records")]
    pub(crate) fn from_entries(fields: Vec<(String, Value)>) -> Self {
        Self { fields, original: None }
    }

    #[cfg(feature = "records")]
    pub(crate) fn entries(&self) -> &[(String, Value)] {
        &self.fields
    }

    #[cfg(feature = "records")]
    pub(crate) fn into_entries(self) -> Vec<(String, Value)> {
        self.fields
    }

    /// A sample without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        // Of a key that is there twice the last value counts, as in Python.
        self.fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The value of a field, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let (_, value) = self.fields.iter_mut().rev().find(|(key, _)| key == name)?;
        self.original = None;
        Some(value)
    }

    /// Sets a field, and gives back what it was.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        match self.get_mut(&name) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                self.original = None;
                self.fields.push((name, value));
                None
            }
        }
    }

    /// Removes a field, and gives back what it was.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let last = self.get(name).cloned()?;
        self.original = None;
        self.fields.retain(|(key, _)| key != name);
        Some(last)
    }

    /// The array in a field: whatever dtype numpy has a name for, in each spelling of it.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) if there is no such field or it is no array,
    /// [`Corrupt`](ErrorKind::Corrupt) or [`Unsupported`](ErrorKind::Unsupported) if the array cannot be read.
    pub fn array(&self, name: &str) -> Result<DynArray> {
        let Some(value) = self.get(name) else { return Err(self.no_field(name)) };
        // Who asks for an array need not be told that bytes look like one.
        let array = match value {
            Value::Bin(bytes) => DynArray::from_shared(bytes),
            _ => Err(DictError::NotAnArray { found: value.kind() }.into()),
        };
        array.map_err(|error| error.in_entry(name))
    }

    fn no_field(&self, name: &str) -> crate::error::Error {
        DictError::NoField { name: name.to_owned(), present: self.keys().map(Into::into).collect() }.into()
    }

    /// Names of the fields.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(key, _)| key.as_str())
    }

    /// Names and values of the fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for DictSample {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        let mut sample = Self::new();
        for (name, value) in fields {
            sample.insert(name, value);
        }
        sample
    }
}

fn read_fields(cursor: &mut Cursor<'_>) -> Result<Vec<(String, Value)>> {
    cursor.nested_sample(|cursor| {
        let len = cursor.read_map_len()?;
        read_map(cursor, len)
    })
}

impl PackField for DictSample {
    const TYPE: FieldType =
        FieldType::Sample(SchemaRef::new(Self::SCHEMA.name, Self::SCHEMA.version, || DictSample::SCHEMA));
    type Column = DictBatch;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        if cursor.is_partial() {
            let rest = cursor.own_rest()?;
            let mut inside = cursor.within(&rest);
            let fields = read_fields(&mut inside)?;
            let len = inside.position();
            cursor.skip_bytes(len)?;
            return Ok(Self { fields, original: Some(rest.slice(..len)) });
        }
        let start = cursor.remaining();
        if let Some(original) = cursor.own_next() {
            // One copy, which the values then share, and not one of each value and another of them all.
            let fields = read_fields(&mut cursor.within(&original))?;
            cursor.pass(original.len());
            return Ok(Self { fields, original: Some(original) });
        }
        let fields = read_fields(cursor)?;
        let len = start.len() - cursor.remaining().len();
        let original = start.get(..len).map(|bytes| cursor.share(bytes));
        Ok(Self { fields, original })
    }

    fn write(&self, out: &mut Vec<u8>) {
        match &self.original {
            Some(original) => out.extend_from_slice(original),
            None => write_map(&self.fields, out),
        }
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        let spec = spec.nested_sample::<Self>()?;
        self.iter().try_for_each(|(name, value)| value.check(spec).map_err(|error| error.in_entry(name)))
    }
}

impl Packable for DictSample {
    const SCHEMA: &'static Schema = &Schema::new(Self::TYPE_NAME, "1.0.0", Some("A sample of any type."), &[]);
    type Batch = DictBatch;
    type Builder = DictBatch;
}

/// A batch of samples without a type: columns are gathered when they are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct DictBatch {
    /// The samples.
    pub samples: Vec<DictSample>,
}

impl DictBatch {
    /// The values of one field.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) if a sample does not have it.
    pub fn column(&self, name: &str) -> Result<Vec<&Value>> {
        self.samples.iter().map(|sample| sample.get(name).ok_or_else(|| sample.no_field(name))).collect()
    }

    /// The arrays of one field, stacked on a new first axis.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) if a sample does not have it or the arrays differ in dtype or shape;
    /// numpy's silent promotion of one dtype to another is not done here.
    pub fn stack(&self, name: &str) -> Result<DynArray> {
        let arrays = self.samples.iter().map(|sample| sample.array(name)).collect::<Result<Vec<_>>>()?;
        DynArray::stack(&arrays).map_err(|error| error.in_entry(name))
    }
}

impl Batch for DictBatch {
    type Sample = DictSample;

    fn len(&self) -> usize {
        self.samples.len()
    }

    fn row(&self, index: usize) -> Option<DictSample> {
        self.samples.get(index).cloned()
    }

    fn from_samples(samples: impl IntoIterator<Item = DictSample>) -> Result<Self> {
        Ok(Self { samples: samples.into_iter().collect() })
    }
}

/// Gathers whole samples.
impl Column for DictBatch {
    type Value = DictSample;
    type Out = Self;

    fn with_capacity(_: usize) -> Self {
        Self::default()
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.samples.push(DictSample::read(cursor)?);
        Ok(())
    }

    fn push(&mut self, value: DictSample) -> Result<()> {
        self.samples.push(value);
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        self.samples.truncate(rows);
    }

    fn finish(self) -> Result<Self> {
        Ok(self)
    }

    fn len(out: &Self) -> usize {
        out.samples.len()
    }

    fn row(out: &Self, index: usize) -> Option<DictSample> {
        out.samples.get(index).cloned()
    }
}
