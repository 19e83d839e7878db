//! What an entry says of its dataset beside what the record has a place for.

use atdata_schema::reading::{Node, Problems};
use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::value;
use crate::error::Result;
use crate::sample::{Cursor, DictSample, PackField, Packable};
use atdata_schema::RecordError;

/// Keys of the object that have a name of their own, and what they are called in a flat map. Written in this order.
const KNOWN: [(&str, &str); 5] = [
    ("sourceUri", "source_uri"),
    ("createdBy", "created_by"),
    ("version", "version"),
    ("processingSteps", "processing_steps"),
    ("split", "split"),
];
const CUSTOM: &str = "custom";

/// The metadata of an entry, in the form that its record has.
///
/// To programs it is a flat map, as [`index::Entry`](crate::entry::Entry) keeps it; see
/// [`to_sample`](Self::to_sample) and [`from_sample`](Self::from_sample).
///
/// ```
/// use atdata::DictSample;
/// use atdata::atmosphere::record::EntryMetadata;
///
/// let flat: DictSample = [("split", "train"), ("model", "bert")].into_iter().collect();
/// let metadata = EntryMetadata::from_sample(&flat)?;
/// assert_eq!(metadata.to_json(), serde_json::json!({"split": "train", "custom": {"model": "bert"}}));
/// assert_eq!(metadata.to_sample(), flat);
/// # Ok::<(), atdata::schema::RecordError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EntryMetadata {
    /// An object: `sourceUri`, `createdBy`, `version`, `processingSteps`, `split`, and all else in `custom`. Other keys
    /// are kept, but mean nothing.
    Object(Map<String, Json>),
    /// The flat map itself, which is msgpack in the record: `{"$bytes": …}`.
    Packed(DictSample),
}

impl EntryMetadata {
    /// The object that Python makes of a flat map.
    ///
    /// Known keys may have either spelling, `sourceUri` or `source_uri`; the first wins unless it is null. What is in
    /// an object `custom` wins over keys beside it.
    ///
    /// # Errors
    /// A number that JSON does not have: NaN, infinity.
    pub fn from_sample(flat: &DictSample) -> Result<Self, RecordError> {
        let mut problems = Problems::of("metadata");
        let members = value::sample_to_json(flat, "/metadata", &mut problems);
        problems.finish(Some(Self::Object(structured(members))))
    }

    /// Metadata of msgpack: the map that atdata up to 0.3 wrote.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) and [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for bytes that
    /// are no map.
    pub fn from_msgpack(bytes: &[u8]) -> Result<Self> {
        let bytes = Bytes::copy_from_slice(bytes);
        DictSample::read(&mut Cursor::shared(&bytes)).map(Self::Packed)
    }

    /// The flat map: known keys as Python calls them, then those of `custom` that are no known ones.
    pub fn to_sample(&self) -> DictSample {
        let members = match self {
            Self::Packed(sample) => return sample.clone(),
            Self::Object(members) => members,
        };
        let present = |key: &str| members.get(key).filter(|value| !value.is_null());
        let known = KNOWN.iter().filter_map(|(key, flat)| Some(((*flat).to_owned(), value::from_json(present(key)?))));
        let mut sample: DictSample = known.collect();
        for (key, value) in present(CUSTOM).and_then(Json::as_object).into_iter().flatten() {
            if sample.get(key).is_none() {
                sample.insert(key.clone(), value::from_json(value));
            }
        }
        sample
    }

    /// The flat map as msgpack.
    pub fn to_msgpack(&self) -> Vec<u8> {
        self.to_sample().pack()
    }

    /// The metadata as it stands in the record.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Object(members) => members.clone().into(),
            Self::Packed(sample) => value::bytes_to_json(&sample.pack()),
        }
    }

    pub(super) fn read(node: &Node<'_>, problems: &mut Problems) -> Option<Self> {
        const EXPECTED: &str = "an object, or a msgpack map as `$bytes` in base 64";
        let Some(members) = node.value.as_object() else {
            node.unexpected(EXPECTED, problems);
            return None;
        };
        let Some(text) = value::base64_of(node.value) else { return Some(Self::Object(members.clone())) };
        let packed = value::decode_base64(text).and_then(|bytes| Self::from_msgpack(&bytes).ok());
        if packed.is_none() {
            node.wrong(EXPECTED, "other bytes".to_owned(), problems);
        }
        packed
    }
}

fn structured(mut flat: Map<String, Json>) -> Map<String, Json> {
    let mut object = Map::new();
    for (key, snake) in KNOWN {
        let (camel, other) = (flat.shift_remove(key), flat.shift_remove(snake));
        if let Some(value) = camel.filter(|value| !value.is_null()).or(other).filter(|value| !value.is_null()) {
            object.insert(key.to_owned(), value);
        }
    }
    if let Some(Json::Object(explicit)) = flat.shift_remove(CUSTOM) {
        flat.extend(explicit);
    }
    if !flat.is_empty() {
        object.insert(CUSTOM.to_owned(), flat.into());
    }
    object
}
