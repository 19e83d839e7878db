//! `atdata schema infer`: the record that samples fit, and what they could not tell.

use std::collections::{BTreeMap, BTreeSet};

use atdata::schema::{OwnedArrayType, OwnedField, OwnedFieldType as Type, OwnedSchema, SchemaRecord};
use atdata::{Dataset, DictSample, DynArray, Error, ErrorKind, Result, Value};

use crate::picture::Picture;

/// More than that does not make the record better by much, and takes long.
const LOOKED_AT: usize = 1000;

/// A record, and what is to be looked at by hand.
pub(crate) struct Inferred {
    pub(crate) record: SchemaRecord,
    pub(crate) open: Vec<String>,
}

/// What the samples have shown of a field.
struct Seen {
    /// `None` while it was null only.
    field_type: Option<Type>,
    has_null: bool,
    count: usize,
}

/// The record of the first samples of a dataset.
pub(crate) fn infer(dataset: &Dataset<DictSample>, is_plain: bool, name: &str, version: &str) -> Result<Inferred> {
    let (mut order, mut fields, mut samples) = (Vec::new(), BTreeMap::<String, Seen>::new(), 0);
    let mut pictures = BTreeMap::<String, BTreeSet<String>>::new();
    for sample in dataset.iter().take(LOOKED_AT) {
        for (name, value) in &sample? {
            if let Some(picture) = value.as_bytes().and_then(|bytes| Picture::of(bytes)) {
                pictures.entry(name.to_owned()).or_default().insert(picture.to_string());
            }
            let seen = fields.entry(name.to_owned()).or_insert_with(|| {
                order.push(name.to_owned());
                Seen { field_type: None, has_null: false, count: 0 }
            });
            seen.count += 1;
            match kind(value) {
                Some(found) => seen.field_type = Some(widened(seen.field_type.take(), found)),
                None => seen.has_null = true,
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
        let optional = seen.has_null || seen.count < samples;
        let field_type = seen.field_type.clone().unwrap_or(Type::Any);
        match (pictures.get(&name), unknown(&field_type)) {
            (Some(pictures), _) => open.push(format!("{name}: {}", of_pictures(pictures))),
            (None, Some(reason)) => open.push(format!("{name}: {reason}")),
            (None, None) => {}
        }
        Some(OwnedField::new(name, field_type).optional(optional))
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

/// `pictures: jpeg 640 x 480, png 32 x 32`
fn of_pictures(pictures: &BTreeSet<String>) -> String {
    const SHOWN: usize = 3;
    let shown = pictures.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match pictures.len().saturating_sub(SHOWN) {
        0 => format!("pictures: {shown}"),
        more => format!("pictures: {shown} and {more} other sizes"),
    }
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
        _ => Type::Any,
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
pub(crate) fn name_of(dataset: &Dataset<DictSample>) -> String {
    let shard = dataset.shards().first().map(atdata::source::Shard::redacted).unwrap_or_default();
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
