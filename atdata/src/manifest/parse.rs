//! Reading headers of manifests, from wherever they come: what they say is counted before it is kept.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::ManifestError;
use super::header::{Aggregate, MOST_AGGREGATES, ManifestHeader, Provenance};

/// Values that aggregates may list, all together: those of a field beyond it are as if nothing were said of it.
const MOST_VALUES: usize = 1 << 20;

impl ManifestHeader {
    /// Reads a header. What Python writes for numbers that JSON does not have, `Infinity` and `NaN`, is read as null. Of fields
    /// with more than a million values nothing is kept, nor of those whose aggregate is of another kind than are known here.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if it is no header, [`Unsupported`](crate::ErrorKind::Unsupported) if it is one of
    /// another version, or has aggregates of more than 4,096 fields.
    pub fn from_json(bytes: &[u8]) -> crate::error::Result<Self> {
        let wrong = |reason: String| ManifestError::Header { reason };
        let text = std::str::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
        let text = without_infinity(text);
        let room = Cell::new(MOST_VALUES);
        let mut reader = serde_json::Deserializer::from_str(&text);
        let header = Header(&room).deserialize(&mut reader).and_then(|header| reader.end().map(|()| header));
        let header = header.map_err(|error| wrong(error.to_string()))?;
        // Later ones of the same first number say more, and nothing else.
        if header.manifest_version.split('.').next() != Some("1") {
            return Err(ManifestError::Version { found: header.manifest_version }.into());
        }
        let found = header.aggregates.len() as u64;
        if header.aggregates.len() > MOST_AGGREGATES {
            let what = "a header of a manifest with aggregates, in number,";
            return Err(ManifestError::Large { what, found, limit: MOST_AGGREGATES as u64 }.into());
        }
        Ok(header)
    }
}

/// The text with null for what is no number in JSON, where that is no part of a text in quotes.
fn without_infinity(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];
    if !WORDS.iter().any(|word| text.contains(word)) {
        return text.into();
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', '-', 'I', 'N']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let len = if from.starts_with('"') { quoted(from) } else { 1 };
        let word = WORDS.iter().find(|word| from.starts_with(**word));
        let (same, after) = from.split_at_checked(word.map_or(len, |word| word.len())).unwrap_or((from, ""));
        out.push_str(if word.is_some() { "null" } else { same });
        rest = after;
    }
    out.push_str(rest);
    out.into()
}

/// Bytes of the text in quotes that begins there.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

struct Header<'r>(&'r Cell<usize>);

impl<'de> DeserializeSeed<'de> for Header<'_> {
    type Value = ManifestHeader;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ManifestHeader, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Header<'_> {
    type Value = ManifestHeader;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ManifestHeader, A::Error> {
        let (mut version, mut shard, mut schema, mut schema_version, mut created) = (None, None, None, None, None);
        let (mut samples, mut bytes, mut aggregates, mut provenance) = (None, None, Vec::new(), None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "manifest_version" => version = Some(map.next_value()?),
                "shard_id" => shard = Some(map.next_value()?),
                "schema_type" => schema = Some(map.next_value()?),
                "schema_version" => schema_version = Some(map.next_value()?),
                "num_samples" => samples = Some(map.next_value()?),
                "size_bytes" => bytes = Some(map.next_value()?),
                "created_at" => created = Some(map.next_value()?),
                "aggregates" => aggregates = map.next_value_seed(Aggregates(self.0))?,
                "provenance" => provenance = Some(map.next_value_seed(Origin)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(ManifestHeader {
            manifest_version: version.ok_or_else(|| A::Error::missing_field("manifest_version"))?,
            shard_id: shard.ok_or_else(|| A::Error::missing_field("shard_id"))?,
            schema_type: schema.ok_or_else(|| A::Error::missing_field("schema_type"))?,
            schema_version: schema_version.ok_or_else(|| A::Error::missing_field("schema_version"))?,
            num_samples: samples.ok_or_else(|| A::Error::missing_field("num_samples"))?,
            size_bytes: bytes.ok_or_else(|| A::Error::missing_field("size_bytes"))?,
            created_at: created.ok_or_else(|| A::Error::missing_field("created_at"))?,
            aggregates,
            provenance: provenance.filter(|origin| *origin != Provenance::default()),
        })
    }
}

struct Aggregates<'r>(&'r Cell<usize>);

impl<'de> DeserializeSeed<'de> for Aggregates<'_> {
    type Value = Vec<(String, Aggregate)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Aggregates<'_> {
    type Value = Vec<(String, Aggregate)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of aggregates by field")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut aggregates: Self::Value = Vec::new();
        while let Some(field) = map.next_key::<String>()? {
            let aggregate = map.next_value_seed(One(self.0))?;
            let Some(aggregate) = aggregate.filter(|_| take(self.0)) else { continue };
            // One more than may be is enough to tell.
            if aggregates.len() <= MOST_AGGREGATES {
                aggregates.push((field, aggregate));
            }
        }
        Ok(aggregates)
    }
}

/// Whether there is room for one value more.
fn take(room: &Cell<usize>) -> bool {
    let left = room.get().checked_sub(1);
    room.set(left.unwrap_or(0));
    left.is_some()
}

/// One aggregate; `None` if it is of another kind, or lists more than is kept.
struct One<'r>(&'r Cell<usize>);

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = Option<Aggregate>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = Option<Aggregate>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an aggregate")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut kind, mut counts, mut values) = (None::<String>, None, None);
        let (mut min, mut max, mut mean, mut count) = (None, None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "type" => kind = Some(map.next_value()?),
                "value_counts" => counts = map.next_value_seed(Many::<(String, u64)>::new(self.0))?,
                "all_values" => values = map.next_value_seed(Many::<String>::new(self.0))?,
                "min" => min = map.next_value()?,
                "max" => max = map.next_value()?,
                "mean" => mean = map.next_value()?,
                "count" => count = Some(map.next_value()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(match kind.as_deref() {
            Some("categorical") => counts.map(|value_counts| Aggregate::Categorical { value_counts }),
            Some("numeric") => count.map(|count| Aggregate::Numeric { min, max, mean, count }),
            Some("set") => values.map(|all_values| Aggregate::Set { all_values }),
            Some(_) => None,
            None => return Err(A::Error::missing_field("type")),
        })
    }
}

/// A list of texts, or an object of counts; `None` of one that is too long.
struct Many<'r, T> {
    room: &'r Cell<usize>,
    values: Vec<T>,
}

impl<'r, T> Many<'r, T> {
    fn new(room: &'r Cell<usize>) -> Self {
        Self { room, values: Vec::new() }
    }
}

impl<'de> DeserializeSeed<'de> for Many<'_, String> {
    type Value = Option<Vec<String>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Many<'_, String> {
    type Value = Option<Vec<String>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        while let Some(value) = list.next_element::<String>()? {
            if !take(self.room) {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(None);
            }
            self.values.push(value);
        }
        Ok(Some(self.values))
    }
}

impl<'de> DeserializeSeed<'de> for Many<'_, (String, u64)> {
    type Value = Option<Vec<(String, u64)>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Many<'_, (String, u64)> {
    type Value = Option<Vec<(String, u64)>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of counts")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(value) = map.next_key::<String>()? {
            let count = map.next_value()?;
            if !take(self.room) {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(None);
            }
            self.values.push((value, count));
        }
        Ok(Some(self.values))
    }
}

struct Origin;

impl<'de> DeserializeSeed<'de> for Origin {
    type Value = Provenance;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Provenance, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Origin {
    type Value = Provenance;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that says where the shard comes from")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Provenance, A::Error> {
        let mut origin = Provenance::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "source_job_id" => origin.source_job_id = map.next_value()?,
                "pipeline_version" => origin.pipeline_version = map.next_value()?,
                "parent_shards" => origin.parent_shards = map.next_value::<Option<_>>()?.unwrap_or_default(),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(origin)
    }
}
