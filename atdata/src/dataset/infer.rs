//! Inference: the record that samples fit, and what they could not tell.

use std::collections::{BTreeMap, BTreeSet};

use atdata_schema::{OwnedArrayType, OwnedField, OwnedFieldType as Type, OwnedSchema, SchemaRecord};

use crate::array::DynArray;
use crate::dataset::Dataset;
use crate::error::{Error, ErrorKind, Result};
use crate::format::image::{ImageFormat, ImageHeader, color_name};
use crate::sample::{DictSample, Value};
use crate::shard::Group;
use crate::source::Shard;

/// More than that does not make the record better by much, and takes long.
const LOOKED_AT: usize = 1000;

/// A record that was [inferred](Dataset::infer), and what is to be looked at by hand.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inferred {
    /// The record.
    pub record: SchemaRecord,
    /// What the samples could not tell, a line each; and of images which sizes there are.
    pub open: Vec<String>,
}

/// What the samples have shown of a field.
#[derive(Default)]
struct Seen {
    /// `None` while it was null only.
    field_type: Option<Type>,
    nulls: usize,
    count: usize,
    images: Images,
}

/// The images that a field has.
#[derive(Default)]
struct Images {
    count: usize,
    /// Formats and sizes.
    kinds: BTreeSet<String>,
    /// What the widest colour has, of which decoding loses nothing.
    is_colored: bool,
    has_alpha: bool,
    bits: u8,
    /// Whether there are some of a format that is not decoded.
    has_others: bool,
}

impl Images {
    fn add(&mut self, image: &ImageHeader) {
        self.count += 1;
        self.kinds.insert(image.to_string());
        self.is_colored |= image.channels > 2;
        self.has_alpha |= image.channels.is_multiple_of(2);
        self.bits = self.bits.max(image.bits);
        self.has_others |= image.format == ImageFormat::Gif;
    }

    /// The colour of all, if `count` values are images that can be decoded, and are all there is.
    fn color(&self, count: usize) -> Option<&'static str> {
        let channels = if self.is_colored { 3 } else { 1 } + u8::from(self.has_alpha);
        (count > 0 && self.count == count && !self.has_others).then(|| color_name(channels, self.bits))
    }

    /// `pictures: jpeg 640 x 480, png 32 x 32`
    fn told(&self) -> String {
        const SHOWN: usize = 3;
        let shown = self.kinds.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.kinds.len().saturating_sub(SHOWN) {
            0 => format!("pictures: {shown}"),
            more => format!("pictures: {shown} and {more} other sizes"),
        }
    }
}

impl Dataset<DictSample> {
    /// A record that the first samples fit, a thousand at most: their fields in the order in which they were met, optional
    /// ones, the dtypes and sizes of arrays, and which bytes are images of which colour. Of plain `WebDataset` shards the
    /// members are the fields. `name` is that of the type; without it one is made of the name of a shard.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) if there are no samples, and whatever is wrong with one that is looked at.
    ///
    /// ```
    /// use atdata::{Dataset, DictSample, Group};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let path = dir.path().join("photos.tar");
    /// # Dataset::write(&path, [Group::new("0001", [("txt", "a cat"), ("cls", "3")])])?;
    /// let inferred = Dataset::<DictSample>::open(&path)?.infer(Some("Photo"), "1.0.0")?;
    /// assert_eq!(inferred.record.schema.to_string(), "Photo@1.0.0 { txt: str, cls: int }");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn infer(&self, name: Option<&str>, version: &str) -> Result<Inferred> {
        let name = name.map_or_else(|| name_of(self), str::to_owned);
        infer(self, self.has_members()?, &name, version)
    }

    /// Whether the samples are those of plain `WebDataset`, each field a member, and not packed; the first one tells. Of
    /// standard input, which can be read but once, nothing is looked at.
    ///
    /// # Errors
    /// If a shard cannot be opened. What is wrong with samples is told where they are read.
    pub fn has_members(&self) -> Result<bool> {
        let Some(first) = self.shards().first().cloned() else { return Ok(false) };
        if first.url() == "-" {
            return Ok(false);
        }
        let groups = Dataset::<Group>::open(first)?.with_options(self.read_options().clone());
        Ok(matches!(groups.ordered().next(), Some(Ok(group)) if group.get("msgpack").is_none()))
    }
}

fn infer(dataset: &Dataset<DictSample>, is_plain: bool, name: &str, version: &str) -> Result<Inferred> {
    let (mut order, mut fields, mut samples) = (Vec::new(), BTreeMap::<String, Seen>::new(), 0);
    for sample in dataset.iter().take(LOOKED_AT) {
        for (name, value) in &sample? {
            let seen = fields.entry(name.to_owned()).or_insert_with(|| {
                order.push(name.to_owned());
                Seen::default()
            });
            seen.count += 1;
            if let Some(image) = value.as_bytes().and_then(|bytes| ImageHeader::of(bytes)) {
                seen.images.add(&image);
            }
            match kind(value) {
                Some(found) => seen.field_type = Some(widened(seen.field_type.take(), found)),
                None => seen.nulls += 1,
            }
        }
        samples += 1;
    }
    if samples == 0 {
        return Err(Error::new(ErrorKind::NotFound, "there are no samples"));
    }
    let mut open = Vec::new();
    let field = |name: String| {
        let seen = fields.get(&name)?;
        let optional = seen.nulls > 0 || seen.count < samples;
        let field_type = seen.field_type.clone().unwrap_or(Type::Any);
        match unknown(&field_type) {
            _ if seen.images.count > 0 => open.push(format!("{name}: {}", seen.images.told())),
            Some(reason) => open.push(format!("{name}: {reason}")),
            None => {}
        }
        let color = seen.images.color(seen.count - seen.nulls).filter(|_| field_type == Type::Bytes);
        let field = OwnedField::new(name, field_type).optional(optional);
        Some(match color {
            Some(color) => field.of_images(color),
            None => field,
        })
    };
    let fields: Vec<_> = order.into_iter().filter_map(field).collect();
    open.push("descriptions, defaults and lists of allowed texts are not in samples".to_owned());
    if samples == LOOKED_AT {
        open.push(format!("only the first {LOOKED_AT} samples were looked at"));
    }
    let schema = OwnedSchema::new(name, version, fields);
    let schema = if is_plain { schema.of_members(None) } else { schema };
    Ok(Inferred { record: SchemaRecord::new(schema), open })
}

/// The type of one value; `None` for null.
fn kind(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Nil => return None,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) | Value::UInt(_) => Type::Int,
        Value::Float(_) => Type::Float,
        Value::Str(_) => Type::Str,
        Value::List(values) => Type::List(Box::new(common(values.iter()))),
        Value::Map(pairs) => Type::Map(Box::new(common(pairs.iter().map(|(_, value)| value)))),
        Value::Bin(_) => match value.as_array() {
            Some(Ok(array)) => Type::Array(of_array(&array)),
            _ => Type::Bytes,
        },
    })
}

fn of_array(array: &DynArray) -> OwnedArrayType {
    OwnedArrayType::new(array.dtype()).shaped(array.shape().iter().map(|size| Some(*size)).collect::<Vec<_>>())
}

fn common<'a>(values: impl Iterator<Item = &'a Value>) -> Type {
    let (mut found, mut has_null) = (None, false);
    for value in values {
        match kind(value) {
            Some(kind) => found = Some(widened(found, kind)),
            None => has_null = true,
        }
    }
    match found {
        Some(Type::Any) | None => Type::Any,
        Some(found) if has_null => Type::Nullable(Box::new(found)),
        Some(found) => found,
    }
}

/// A type that takes both.
fn widened(known: Option<Type>, found: Type) -> Type {
    let Some(known) = known else { return found };
    match (known, found) {
        (known, found) if known == found => known,
        (Type::Int | Type::Float, Type::Int | Type::Float) => Type::Float,
        (Type::List(a), Type::List(b)) => Type::List(Box::new(inner(*a, *b))),
        (Type::Map(a), Type::Map(b)) => Type::Map(Box::new(inner(*a, *b))),
        (Type::Nullable(a), b) | (b, Type::Nullable(a)) => match widened(Some(*a), b) {
            Type::Any => Type::Any,
            wide => Type::Nullable(Box::new(wide)),
        },
        (Type::Array(a), Type::Array(b)) => Type::Array(array(&a, &b)),
        _ => Type::Any,
    }
}

/// Of two lists, one of which may have been empty.
fn inner(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Any, known) | (known, Type::Any) => known,
        (a, b) => widened(Some(a), b),
    }
}

fn array(a: &OwnedArrayType, b: &OwnedArrayType) -> OwnedArrayType {
    let both = OwnedArrayType::new(a.dtype.filter(|dtype| Some(*dtype) == b.dtype));
    match (&a.shape, &b.shape) {
        (Some(a), Some(b)) if a.len() == b.len() => {
            let size = |(a, b): (&Option<usize>, &Option<usize>)| if a == b { *a } else { None };
            both.shaped(a.iter().zip(b).map(size).collect::<Vec<_>>())
        }
        _ => both,
    }
}

/// What is not known of a type.
fn unknown(field_type: &Type) -> Option<&'static str> {
    match field_type {
        Type::Any => Some("its values are of several kinds, or all null"),
        Type::List(inner) | Type::Map(inner) if **inner == Type::Any => {
            Some("what is in it is of several kinds, or nothing")
        }
        Type::List(inner) | Type::Map(inner) | Type::Nullable(inner) => unknown(inner),
        Type::Bytes => Some("bytes, which may be of another format, such as an image"),
        Type::Array(array) if array.dtype.is_none() => Some("its arrays have several element types"),
        _ => None,
    }
}

/// A name for the schema, by that of a shard: `digits-000000.tar` gives `Digits`.
fn name_of(dataset: &Dataset<DictSample>) -> String {
    let shard = dataset.shards().first().map(Shard::redacted).unwrap_or_default();
    let file = shard.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    let words = stem.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| word.starts_with(char::is_alphabetic));
    let name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            // What has no single capital stays, as the `ŉ` of one letter that becomes two.
            let first = letters.next().map(|first| {
                let mut capital = first.to_uppercase();
                if capital.len() == 1 { capital.next().unwrap_or(first) } else { first }
            });
            first.into_iter().chain(letters)
        })
        .collect();
    if name.is_empty() { "Sample".to_owned() } else { name }
}
