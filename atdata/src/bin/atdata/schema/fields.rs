//! The fields of a schema, wherever it is from.

use std::collections::BTreeMap;
use std::path::Path;

use atdata::schema::{SchemaRecord, SchemaReference};
use atdata::{Error, ErrorKind, Result, Value};
use serde_json::{Value as Json, json};

use crate::array::dtype_name;
use crate::places::{Given, is_reference};
use crate::schema;

/// Larger files are no records.
const LARGEST_RECORD: u64 = 16 << 20;

const NO_RECORD: &str = "expected a schema record, which is JSON, found bytes that are no text; of a shard \
     `atdata schema infer` makes one";

/// A schema, or what stands for one.
pub(crate) enum Shown {
    Record(Box<SchemaRecord>),
    /// The fields of the first sample of a dataset.
    Sample(Fields),
}

impl Shown {
    /// What `text` names: a record in a file, a schema or dataset of the index, shards.
    pub(crate) fn find(text: &str, given: Given<'_>) -> Result<Self> {
        let path = Path::new(text);
        if is_record(text) {
            return read_record(path).map(|record| Self::Record(Box::new(record)));
        }
        if are_shards(text) {
            return first_sample(text, given).map(Self::Sample);
        }
        let index = given.reading_for(text)?;
        let reference = schema::reference(text);
        let record = if reference.parse::<SchemaReference>().is_ok() {
            // `name@1.0.0` may be a dataset as well.
            index.schema(&reference).or_else(|error| match index.get(text) {
                Ok(entry) => index.schema_of(&entry),
                Err(_) => Err(error),
            })
        } else {
            let found = index.get(text).and_then(|entry| index.schema_of(&entry));
            // A dataset comes before a folder of its name.
            if found.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound) && path.is_dir() {
                return first_sample(text, given).map(Self::Sample);
            }
            found
        };
        record.map(|record| Self::Record(Box::new(record)))
    }

    pub(crate) fn record(&self) -> Option<&SchemaRecord> {
        match self {
            Self::Record(record) => Some(record),
            Self::Sample(_) => None,
        }
    }

    pub(crate) fn fields(&self) -> Fields {
        match self {
            Self::Sample(fields) => fields.clone(),
            Self::Record(record) => {
                let fields = record.schema.fields.iter();
                let kind = |optional| if optional { "?" } else { "" };
                Fields(
                    fields
                        .map(|field| (field.name.clone(), format!("{}{}", field.field_type, kind(field.optional))))
                        .collect(),
                )
            }
        }
    }
}

/// Whether that is the file of a record.
fn is_record(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|extension| extension == "json") && !is_reference(text)
}

/// Whether that names shards and nothing else.
pub(super) fn are_shards(text: &str) -> bool {
    !is_record(text) && (Path::new(text).is_file() || is_shards(text))
}

/// Patterns, and URLs of shards; what begins with `@`, `at://` or `atdata://` is none.
fn is_shards(text: &str) -> bool {
    let is_at = |scheme: &&str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let remote = ["http://", "https://", "s3://", "file:"].iter().any(is_at);
    remote || text == "-" || text.contains(['{', '*']) || [".tar", ".tgz"].iter().any(|part| text.contains(part))
}

pub(crate) fn read_record(path: &Path) -> Result<SchemaRecord> {
    let located = |error: Error| error.with_shard(&path.to_string_lossy());
    let read = || -> Result<SchemaRecord> {
        if std::fs::metadata(path)?.len() > LARGEST_RECORD {
            return Err(Error::new(ErrorKind::InvalidInput, "expected a schema record, found a file of over 16 MiB"));
        }
        match String::from_utf8(std::fs::read(path)?) {
            Ok(text) => Ok(SchemaRecord::parse(&text)?),
            Err(_) => Err(Error::new(ErrorKind::InvalidInput, NO_RECORD)),
        }
    };
    read().map_err(located)
}

fn first_sample(shards: &str, given: Given<'_>) -> Result<Fields> {
    let none = || Error::new(ErrorKind::NotFound, "there are no samples").with_shard(shards);
    let dataset = given.dataset(shards)?;
    let sample = dataset.iter().next().ok_or_else(none)??;
    Ok(Fields(sample.iter().map(|(name, value)| (name.to_owned(), kind(value))).collect()))
}

/// The words of Python.
fn kind(value: &Value) -> String {
    match value {
        Value::Nil => "NoneType".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Int(_) | Value::UInt(_) => "int".to_owned(),
        Value::Float(_) => "float".to_owned(),
        Value::Str(_) => "str".to_owned(),
        Value::List(_) => "list".to_owned(),
        Value::Map(_) => "dict".to_owned(),
        Value::Bin(_) => match value.as_array() {
            Some(Ok(array)) => {
                let shape: Vec<_> = array.shape().iter().map(ToString::to_string).collect();
                format!("array<{}, ({})>", dtype_name(&array), shape.join(", "))
            }
            _ => "bytes".to_owned(),
        },
        other => other.kind().to_owned(),
    }
}

/// Names and types, in the order of the schema.
#[derive(Clone)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

/// What is not the same, by name.
#[derive(Default)]
pub(crate) struct Differences {
    added: BTreeMap<String, String>,
    removed: BTreeMap<String, String>,
    changed: BTreeMap<String, (String, String)>,
}

impl Fields {
    pub(crate) fn differences(&self, new: &Self) -> Differences {
        let map = |fields: &Self| fields.0.iter().cloned().collect::<BTreeMap<_, _>>();
        let (old, mut new) = (map(self), map(new));
        let mut found = Differences::default();
        for (name, kind) in old {
            match new.remove(&name) {
                None => drop(found.removed.insert(name, kind)),
                Some(other) if other != kind => drop(found.changed.insert(name, (kind, other))),
                Some(_) => {}
            }
        }
        found.added = new;
        found
    }
}

impl Differences {
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        use crate::text::Plain;
        let mut lines = Vec::new();
        let mut section = |title: &str, fields: Vec<String>| {
            if !fields.is_empty() {
                lines.push(title.to_owned());
                lines.extend(fields);
            }
        };
        let one = |sign: char, name: &str, kind: &str| format!("  {sign} {}: {}", Plain(name), Plain(kind));
        section("Added:", self.added.iter().map(|(name, kind)| one('+', name, kind)).collect());
        section("Removed:", self.removed.iter().map(|(name, kind)| one('-', name, kind)).collect());
        let changed = self.changed.iter().map(|(name, (old, new))| one('~', name, &format!("{old} -> {new}")));
        section("Changed:", changed.collect());
        lines
    }

    pub(crate) fn json(&self) -> Vec<Json> {
        let added = self.added.iter().map(|(name, kind)| json!({"change": "added", "field": name, "new": kind}));
        let removed = self.removed.iter().map(|(name, kind)| json!({"change": "removed", "field": name, "old": kind}));
        let changed = self
            .changed
            .iter()
            .map(|(name, (old, new))| json!({"change": "changed", "field": name, "old": old, "new": new}));
        added.chain(removed).chain(changed).collect()
    }
}
