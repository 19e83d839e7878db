//! `DictSample`: samples without a type.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::iter::Zip;
use std::ops::Index;
use std::slice;
use std::sync::Arc;

use atdata_schema::{FieldType, Schema, SchemaRef};
use bytes::Bytes;

use crate::array::{ArraySpec, DynArray};
use crate::error::{Cause, ErrorKind, Result};
use crate::sample::encode::write_str;
use crate::sample::member::meant;
use crate::sample::names::{Entries, Names, read_entries, remember};
use crate::sample::{Batch, BatchIter, Column, Cursor, PackField, Packable, SampleLayout, Value, write_map_len};
use crate::sample::{FieldSpan, spans};

/// A sample of any type: its fields by name, in the order of the bytes.
///
/// Arrays stay bytes until they are asked for ([`array`](Self::array)), and samples that have the same names share them; a
/// sample that was not changed packs to the very bytes it was read from. Of a field that is there twice the last value counts, in the place of the first, as in Python:
/// the others are in those bytes alone, and [`repeated`](Self::repeated) tells of them.
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
    names: Names,
    /// As many as there are names.
    values: Vec<Value>,
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
        self.names == other.names && self.values == other.values
    }
}

#[derive(Debug, thiserror::Error)]
enum DictError {
    #[error("no field \"{name}\"; the sample has {present:?}{}", meant(.name, .present))]
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

    /// A sample of the fields in a map.
    #[cfg(feature = "records")]
    pub(crate) fn from_entries(fields: Vec<(String, Value)>) -> Self {
        let (names, values): (Vec<Arc<str>>, Vec<_>) =
            fields.into_iter().map(|(name, value)| (Arc::from(name), value)).unzip();
        let (names, values) = last_of_each(names, values);
        Self { names: Arc::new(names), values, original: None }
    }

    #[cfg(feature = "records")]
    pub(crate) fn into_entries(self) -> Vec<(String, Value)> {
        self.into_iter().collect()
    }

    /// A sample without fields.
    pub fn new() -> Self {
        Self::default()
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| **known == *name)
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(self.place(name)?)
    }

    /// The value of a field, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let value = self.values.get_mut(self.names.iter().position(|known| **known == *name)?)?;
        self.original = None;
        Some(value)
    }

    /// Whether there is such a field.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a field, and gives back what it was.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        match self.get_mut(&name) {
            Some(place) => Some(std::mem::replace(place, value)),
            None => {
                self.original = None;
                Arc::make_mut(&mut self.names).push(name.into());
                self.values.push(value);
                None
            }
        }
    }

    /// Removes a field, and gives back what it was.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.place(name)?;
        self.original = None;
        Arc::make_mut(&mut self.names).remove(at);
        Some(self.values.remove(at))
    }

    /// Names of the fields that are more than once in the bytes that the sample was read from, each as often as it comes
    /// again. One that was made or changed has none.
    pub fn repeated(&self) -> Vec<&str> {
        let Some(original) = &self.original else { return Vec::new() };
        // They were read before, so that nothing here fails.
        names_again(original, self.len()).unwrap_or_default()
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

    /// Names of the fields, each once.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Names and values of the fields.
    pub fn iter(&self) -> Iter<'_> {
        self.names.iter().zip(&self.values).map(|(name, value)| (&**name, value))
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for DictSample {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        let mut sample = Self::new();
        sample.extend(fields);
        sample
    }
}

/// Sets the fields, one after the other, as [`insert`](DictSample::insert) does.
impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for DictSample {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.insert(name, value);
        }
    }
}

/// A map of the fields.
impl From<DictSample> for Value {
    fn from(sample: DictSample) -> Self {
        Self::Map(sample.into_iter().collect())
    }
}

impl IntoIterator for DictSample {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        let owned = |(name, value): (&Arc<str>, Value)| (name.as_ref().to_owned(), value);
        self.names.iter().zip(self.values).map(owned).collect::<Vec<_>>().into_iter()
    }
}

impl<'a> IntoIterator for &'a DictSample {
    type Item = (&'a str, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The fields of a [`DictSample`], by reference.
type Iter<'a> = std::iter::Map<
    Zip<slice::Iter<'a, Arc<str>>, slice::Iter<'a, Value>>,
    fn((&'a Arc<str>, &'a Value)) -> (&'a str, &'a Value),
>;

/// ```
/// use atdata::{DictSample, Value};
///
/// let sample = DictSample::from_iter([("label", 7)]);
/// assert_eq!(sample["label"], Value::Int(7));
/// ```
///
/// # Panics
/// If there is no such field, naming those that there are; [`get`](DictSample::get) gives `None`.
impl Index<&str> for DictSample {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        match self.get(name) {
            Some(value) => value,
            None => panic!("{}", self.no_field(name)),
        }
    }
}

fn read_fields(cursor: &mut Cursor<'_>) -> Result<(Names, Vec<Value>)> {
    cursor.nested_sample(|cursor| {
        let len = cursor.read_map_len()?;
        Ok(match read_entries(cursor, len)? {
            Entries::Distinct(names, values) => (names, values),
            Entries::Any(names, values) => {
                let (names, values) = last_of_each(names, values);
                let names = Arc::new(names);
                if names.len() == len {
                    remember(&names);
                }
                (names, values)
            }
        })
    })
}

/// The entries of a map with the last value of each key, in the place where the key is first.
fn last_of_each(names: Vec<Arc<str>>, values: Vec<Value>) -> (Vec<Arc<str>>, Vec<Value>) {
    if !has_twice(&names) {
        return (names, values);
    }
    let (mut kept, mut last) = (Vec::with_capacity(names.len()), Vec::<Value>::with_capacity(values.len()));
    let mut places = HashMap::new();
    for (name, value) in names.into_iter().zip(values) {
        match places.get(&name).and_then(|place: &usize| last.get_mut(*place)) {
            Some(earlier) => *earlier = value,
            None => {
                places.insert(Arc::clone(&name), kept.len());
                kept.push(name);
                last.push(value);
            }
        }
    }
    (kept, last)
}

fn has_twice(names: &[Arc<str>]) -> bool {
    // Of a few each is compared to each faster than it is hashed.
    const FEW: usize = 24;
    if names.len() > FEW {
        let mut seen = HashSet::with_capacity(names.len());
        return !names.iter().all(|name| seen.insert(name));
    }
    names.iter().enumerate().any(|(at, name)| names.iter().take(at).any(|earlier| earlier == name))
}

/// The names that come again in a map of which `distinct` are different.
fn names_again(packed: &[u8], distinct: usize) -> Result<Vec<&str>> {
    let mut cursor = Cursor::new(packed);
    let len = cursor.read_map_len()?;
    let (mut seen, mut again) = (HashSet::new(), Vec::new());
    if len > distinct {
        for _ in 0..len {
            let name = cursor.read_key()?;
            cursor.skip()?;
            if !seen.insert(name) {
                again.push(name);
            }
        }
    }
    Ok(again)
}

impl PackField for DictSample {
    const TYPE: FieldType =
        FieldType::Sample(SchemaRef::new(Self::SCHEMA.name, Self::SCHEMA.version, || DictSample::SCHEMA));
    type Column = DictBatch;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        if cursor.is_partial() {
            let rest = cursor.own_rest()?;
            let mut inside = cursor.within(&rest);
            let (names, values) = read_fields(&mut inside)?;
            let len = inside.position();
            cursor.skip_bytes(len)?;
            return Ok(Self { names, values, original: Some(rest.slice(..len)) });
        }
        let start = cursor.remaining();
        if let Some(original) = cursor.own_next() {
            // One copy, which the values then share, and not one of each value and another of them all.
            let (names, values) = read_fields(&mut cursor.within(&original))?;
            cursor.skip_bytes(original.len())?;
            return Ok(Self { names, values, original: Some(original) });
        }
        let (names, values) = read_fields(cursor)?;
        let len = start.len() - cursor.remaining().len();
        let original = start.get(..len).map(|bytes| cursor.share(bytes)).transpose()?;
        Ok(Self { names, values, original })
    }

    fn packed_size(&self) -> usize {
        match &self.original {
            Some(original) => original.len(),
            None => {
                self.iter().map(|(name, value)| name.len() + 5 + value.packed_size()).fold(5, usize::saturating_add)
            }
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        if let Some(original) = &self.original {
            return out.extend_from_slice(original);
        }
        write_map_len(self.len(), out);
        for (name, value) in self {
            write_str(name, out);
            value.write(out);
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
    const LAYOUT: SampleLayout = SampleLayout::Any;
}

/// A batch of samples without a type: columns are gathered when they are asked for.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct DictBatch {
    /// The samples.
    pub samples: Vec<DictSample>,
}

impl DictBatch {
    /// Copies of all samples, one after the other.
    pub fn iter(&self) -> BatchIter<'_, Self> {
        BatchIter::new(self)
    }

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

impl<'b> IntoIterator for &'b DictBatch {
    type Item = DictSample;
    type IntoIter = BatchIter<'b, DictBatch>;

    fn into_iter(self) -> Self::IntoIter {
        BatchIter::new(self)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// `{a: 1, b: 2, a: 3, c: 4, a: 5}`
    const TWICE: &[u8] = b"\x85\xa1a\x01\xa1b\x02\xa1a\x03\xa1c\x04\xa1a\x05";

    #[test]
    fn a_field_that_is_there_twice_is_one_and_its_bytes_stay() {
        let mut sample = DictSample::unpack(TWICE).unwrap();
        let fields: Vec<_> = sample.iter().map(|(name, value)| (name, value.as_i64().unwrap())).collect();
        assert_eq!(fields, [("a", 5), ("b", 2), ("c", 4)], "as Python has them");
        assert_eq!((sample.len(), sample.keys().count(), sample.repeated()), (3, 3, vec!["a", "a"]));
        assert_eq!(sample, DictSample::from_iter([("a", 5), ("b", 2), ("c", 4)]));
        assert_eq!(sample.pack(), TWICE);
        assert_eq!(sample.insert("b", 7), Some(Value::Int(2)));
        assert_eq!(sample.pack(), b"\x83\xa1a\x05\xa1b\x07\xa1c\x04", "a changed sample has each once");
        assert!(sample.repeated().is_empty());
        assert_eq!(DictSample::unpack(TWICE).unwrap().remove("a"), Some(Value::Int(5)));
    }

    /// What is read of a stream is copied once, and the values share the copy.
    #[test]
    fn the_values_of_a_sample_of_a_stream_are_parts_of_one_copy_of_it() {
        let large = |byte| Value::Bin(vec![byte; 1000].into());
        let packed = DictSample::from_iter([("a", large(1)), ("b", large(2))]).pack();
        let within = |bytes: &[u8], place: *const u8| bytes.as_ptr_range().contains(&place);
        let mut cursor = Cursor::new(&packed);
        let sample = DictSample::read(&mut cursor).unwrap();
        assert_eq!(cursor.remaining(), b"");
        let original = sample.original.clone().unwrap();
        assert!(original == packed && !within(&packed, original.as_ptr()), "what is read next may be elsewhere");
        for name in ["a", "b"] {
            let value = sample.get(name).and_then(Value::as_bytes).unwrap();
            assert!(within(&original, value.as_ptr()), "{name}");
        }
    }

    #[test]
    fn of_many_fields_those_that_come_again_are_found_as_well() {
        let mut packed = vec![0xde, 0, 100];
        for number in 0..100_u8 {
            packed.extend_from_slice(&[0xa2, b'x', b'0' + number % 60, number]);
        }
        let sample = DictSample::unpack(&packed).unwrap();
        assert_eq!((sample.len(), sample.repeated().len()), (60, 40));
        assert_eq!((&sample["x0"], &sample["xA"]), (&Value::Int(60), &Value::Int(77)));
        assert_eq!(sample.pack(), packed);
    }

    #[test]
    fn it_is_a_map_like_others() {
        let mut sample = DictSample::new();
        sample.extend([("label", Value::from(7)), ("tags", vec!["a", "b"].into())]);
        assert!(sample.contains_key("tags") && !sample.contains_key("tag"));
        let mut names = Vec::new();
        for (name, value) in &sample {
            names.push((name, value.kind()));
        }
        assert_eq!(names, [("label", "int"), ("tags", "list")]);
        assert_eq!(sample.iter().len(), 2);
        let owned: Vec<(String, Value)> = sample.into_iter().collect();
        assert_eq!(owned, [("label".to_owned(), Value::Int(7)), ("tags".to_owned(), Value::from_iter(["a", "b"]))]);
    }

    #[test]
    #[should_panic(expected = "no field \"lable\"; the sample has [\"label\"]")]
    fn a_field_that_is_not_there_is_named() {
        let _ = &DictSample::from_iter([("label", 7)])["lable"];
    }
}
