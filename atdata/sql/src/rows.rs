//! Rows: the samples of shards with the fields that are asked for.

use std::fmt;
use std::sync::Arc;

use atdata::field::Cursor;
use atdata::manifest::ManifestHeader;
use atdata::schema::{OwnedField, OwnedSchema};
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Error, PackField, Packable, ReadOptions, Result, Value};

use crate::kind::Kind;

/// A field of the samples.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The names that it may have in a sample, if more than that.
    others: Vec<String>,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// What the schema says of its type.
    pub(crate) described: String,
}

impl Field {
    pub(crate) fn of(field: &OwnedField, nullable: bool) -> Self {
        Self {
            name: field.name.clone(),
            others: field.member.iter().flat_map(|names| names.split('|')).map(str::to_owned).collect(),
            kind: Kind::of(&field.field_type),
            nullable,
            described: field.field_type.to_string(),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.name == name || self.others.iter().any(|other| other == name)
    }
}

/// A sample with the fields that were asked for, in that order.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) values: Vec<Option<Value>>,
}

pub(crate) type EachRow = Box<dyn Iterator<Item = Result<Row>> + Send>;

/// Where rows come from.
pub(crate) trait Rows: fmt::Debug + Send + Sync {
    fn shards(&self) -> &[Shard];

    fn options(&self) -> &ReadOptions;

    /// The rows of a shard. Whatever is wrong with it or with a sample is an error.
    fn of_shard(&self, shard: usize, fields: &[Field]) -> Result<EachRow>;

    /// How many rows a shard has.
    fn count(&self, shard: usize) -> Result<u64>;

    /// Whether a manifest says of a field what the rows have, if it counts a value in as many samples as `counts_all` says.
    fn believes(&self, header: &ManifestHeader, counts_all: bool) -> bool;
}

/// Each shard as a dataset, with the stages of this one, in which whatever is odd is an error.
fn each_shard<T>(dataset: &Dataset<T>) -> Result<Vec<Dataset<T>>> {
    let each = dataset.process_shards().threads(1).run(|_, shard| Ok::<_, Error>(shard))?;
    Ok(each.into_result()?.into_iter().map(|(_, shard)| shard).collect())
}

fn shard_of<T>(each: &[Dataset<T>], shard: usize) -> Result<&Dataset<T>> {
    each.get(shard)
        .ok_or_else(|| Error::new(atdata::ErrorKind::InvalidInput, format!("no shard of the number {shard}")))
}

/// The values of some fields; the last one of a field that is there twice, as everywhere.
fn pick(cursor: &mut Cursor<'_>, fields: &[Field]) -> Result<Vec<Option<Value>>> {
    let mut values: Vec<Option<Value>> = vec![None; fields.len()];
    if fields.is_empty() {
        return Ok(values);
    }
    for _ in 0..cursor.read_map_len()? {
        let name = cursor.read_key()?;
        match fields.iter().zip(&mut values).find(|(field, _)| field.is_named(name)) {
            Some((_, value)) => *value = Some(Value::read(cursor).map_err(|error| error.in_entry(name))?),
            None => cursor.skip()?,
        }
    }
    Ok(values)
}

fn pick_of_sample(sample: &DictSample, fields: &[Field]) -> Vec<Option<Value>> {
    let value = |field: &Field| sample.iter().find(|(name, _)| field.is_named(name)).map(|(_, value)| value.clone());
    fields.iter().map(value).collect()
}

/// Samples without a type.
#[derive(Debug)]
pub(crate) struct Untyped {
    dataset: Dataset<DictSample>,
    each: Vec<Dataset<DictSample>>,
}

impl Untyped {
    pub(crate) fn new(dataset: Dataset<DictSample>) -> Result<Self> {
        Ok(Self { each: each_shard(&dataset)?, dataset })
    }
}

impl Rows for Untyped {
    fn shards(&self) -> &[Shard] {
        self.dataset.shards()
    }

    fn options(&self) -> &ReadOptions {
        self.dataset.read_options()
    }

    fn of_shard(&self, shard: usize, fields: &[Field]) -> Result<EachRow> {
        let fields: Arc<[Field]> = fields.into();
        let shards = shard_of(&self.each, shard)?.untyped();
        Ok(Box::new(
            shards.read_each(move |key, cursor| Ok(Row { key: key.to_owned(), values: pick(cursor, &fields)? })),
        ))
    }

    fn count(&self, shard: usize) -> Result<u64> {
        Ok(shard_of(&self.each, shard)?.len()? as u64)
    }

    fn believes(&self, _: &ManifestHeader, _: bool) -> bool {
        true
    }
}

/// Samples of a type, as what they are read as: with its defaults and aliases, through lenses and stages.
pub(crate) struct Typed<T> {
    dataset: Dataset<T>,
    each: Vec<Dataset<T>>,
    /// Whether the fields in a shard are those of the type, so that few of them can be read alone.
    is_direct: bool,
}

impl<T: Packable + 'static> Typed<T> {
    pub(crate) fn new(dataset: Dataset<T>) -> Result<Self> {
        let is_direct = dataset.is_plain() && T::SCHEMA.members.is_none();
        Ok(Self { each: each_shard(&dataset)?, is_direct, dataset })
    }
}

impl<T> fmt::Debug for Typed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed").field("shards", &self.dataset.shards().len()).finish_non_exhaustive()
    }
}

/// The fields of a packed sample where they are those that the type reads; else what it reads, all of it.
fn pick_as<T: Packable>(cursor: &mut Cursor<'_>, fields: &[Field]) -> Result<Vec<Option<Value>>> {
    let picked = pick(&mut cursor.clone(), fields);
    if let Ok(values) = &picked
        && values.iter().zip(fields).all(|(value, field)| match value {
            Some(Value::Nil) => field.nullable,
            Some(value) => field.kind.takes(value),
            None => false,
        })
    {
        return picked;
    }
    Ok(pick_of_sample(&DictSample::from_sample(&T::read(cursor)?)?, fields))
}

impl<T: Packable + Send + 'static> Rows for Typed<T> {
    fn shards(&self) -> &[Shard] {
        self.dataset.shards()
    }

    fn options(&self) -> &ReadOptions {
        self.dataset.read_options()
    }

    fn of_shard(&self, shard: usize, fields: &[Field]) -> Result<EachRow> {
        let fields: Arc<[Field]> = fields.into();
        let dataset = shard_of(&self.each, shard)?;
        if self.is_direct {
            return Ok(Box::new(dataset.untyped().read_each(move |key, cursor| {
                Ok(Row { key: key.to_owned(), values: pick_as::<T>(cursor, &fields)? })
            })));
        }
        let name = shard_of(&self.each, shard)?.shards().first().map(Shard::redacted).unwrap_or_default();
        Ok(Box::new(dataset.ordered().with_keys().map(move |sample| {
            let (key, sample) = sample?;
            let sample = DictSample::from_sample(&sample).map_err(|error| error.with_key(&key).with_shard(&name))?;
            Ok(Row { values: pick_of_sample(&sample, &fields), key })
        })))
    }

    fn count(&self, shard: usize) -> Result<u64> {
        Ok(shard_of(&self.each, shard)?.len()? as u64)
    }

    fn believes(&self, header: &ManifestHeader, counts_all: bool) -> bool {
        // Another type may have read other values: by defaults, and under other names.
        let is_of_type = header.schema_type == T::SCHEMA.name && header.schema_version == T::SCHEMA.version;
        self.is_direct && (is_of_type || counts_all)
    }
}

/// The fields of a schema, and whether each may be null; those whose names are taken are left out.
pub(crate) fn fields_of(schema: &OwnedSchema, nullable: impl Fn(&OwnedField) -> bool) -> Vec<Field> {
    let is_free = |field: &&OwnedField| field.name != KEY && field.name != SHARD;
    schema.fields.iter().filter(is_free).map(|field| Field::of(field, nullable(field))).collect()
}

/// The columns that are no fields.
pub(crate) const KEY: &str = "__key__";
pub(crate) const SHARD: &str = "__shard__";
