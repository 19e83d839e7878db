//! A manifest held against its shard.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use super::walk::{Sample, walk};
use crate::error::{Error, Printable, Result};
use crate::manifest::{Aggregate, Builder, Fields, Manifest, ManifestError, Row, Rows};
use crate::sample::{Packable, SampleLayout, Value};
use crate::source::{ReadOptions, Shard};

/// Differences that are told; of more it is told how many there are.
const TOLD: usize = 20;

/// What came of holding a manifest against its shard: see [`Dataset::check_manifests`](crate::Dataset::check_manifests).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManifestCheck {
    /// What it says that is otherwise, a line each, and no more than twenty of them.
    pub differences: Vec<String>,
    /// How many differences there are.
    pub count: u64,
    /// What it does not say, or says as Python does.
    pub notes: Vec<String>,
    /// Samples of the shard.
    pub samples: u64,
}

impl ManifestCheck {
    /// Whether nothing that it says is otherwise.
    pub fn is_sound(&self) -> bool {
        self.count == 0
    }

    fn differ(&mut self, difference: impl FnOnce() -> String) {
        self.count += 1;
        if self.differences.len() < TOLD {
            self.differences.push(difference());
        }
    }

    fn compare(&mut self, what: impl FnOnce() -> String, said: u64, found: u64) {
        if said != found {
            self.differ(|| format!("{}: the manifest says {said}, found {found}", what()));
        }
    }
}

/// The check of the manifest beside a shard; `None` if there is none.
pub(super) fn check<S: Packable + 'static>(
    shard: &Shard,
    options: &ReadOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Option<ManifestCheck>> {
    let Some(manifest) = Manifest::beside(shard, options)? else { return Ok(None) };
    let at = |error: Error| error.with_shard(&shard.redacted());
    let path = shard.path().ok_or_else(|| at(ManifestError::NoPlace.into()))?;
    let mut checked = ManifestCheck::default();
    if manifest.samples().is_none() {
        checked.notes.push("it says nothing, as Python's of a last shard".to_owned());
        return Ok(Some(checked));
    }
    let rows = manifest.rows()?;
    if rows.is_none() {
        checked.notes.push("it has no rows".to_owned());
    }
    let columns: Vec<String> = rows.iter().flat_map(Rows::fields).map(str::to_owned).collect();
    let fields = Fields::of_manifest(manifest.header(), &columns);
    let mut against = Against {
        rows: rows.as_ref(),
        columns,
        builder: Builder::new(Arc::new(fields)).lenient(),
        places: Places::default(),
        is_untyped: matches!(S::LAYOUT, SampleLayout::Any),
        are_plain: false,
        odd: BTreeSet::new(),
        missing: BTreeSet::new(),
    };
    walk::<S>(shard, path, options, progress, &mut |sample| {
        against.sample(sample, &mut checked);
        Ok(())
    })?;
    against.end(&manifest, &mut checked);
    Ok(Some(checked))
}

struct Against<'m> {
    rows: Option<&'m Rows>,
    columns: Vec<String>,
    /// What the manifest would be.
    builder: Builder,
    places: Places,
    /// Whether samples are read without their type.
    is_untyped: bool,
    /// Whether there are samples whose values only a type would say.
    are_plain: bool,
    /// Fields with lists that are not counted here.
    odd: BTreeSet<String>,
    /// Fields that a packed sample does not have: their values may be those of the type.
    missing: BTreeSet<String>,
}

/// Whether the places are those of the shard, or those that Python writes.
#[derive(Default)]
struct Places {
    /// Bytes of the samples before.
    sum: u64,
    wrong: u64,
    not_of_python: u64,
    /// The same of what Python counts for a store: each with a header, in whole blocks.
    blocks: u64,
    not_of_blocks: u64,
    first: Option<String>,
}

impl Against<'_> {
    fn sample(&mut self, sample: &Sample<'_>, checked: &mut ManifestCheck) {
        let number = usize::try_from(checked.samples).unwrap_or(usize::MAX);
        checked.samples += 1;
        let key = Printable(sample.key);
        let is_told = !(self.is_untyped && sample.is_plain);
        self.are_plain |= !is_told;
        let row = if is_told { sample.row(&self.builder) } else { Ok(Row::default()) };
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                checked.differ(|| format!("key {key}: {error}"));
                self.places.pass(sample.size);
                return self.builder.push(sample.key, sample.offset, sample.size, Row::default());
            }
        };
        self.odd.extend(row.odd(&self.builder).map(str::to_owned));
        if let Some(rows) = self.rows.filter(|rows| number < rows.len()) {
            let said = rows.key(number).unwrap_or_default();
            if said == sample.key {
                self.places.add(rows.offset(number), sample.key, sample.offset);
                if let Some(said) = rows.size(number) {
                    checked.compare(|| format!("key {key}: size"), said, sample.size);
                }
                let values = row.by_field(&self.builder);
                for field in self.columns.iter().filter(|field| is_told && !self.odd.contains(*field)) {
                    let said = rows.column(field).map_or(Value::Nil, |column| column.value(number));
                    let found = values.get(field.as_str()).copied();
                    if self.is_untyped && found.is_none() && !said.is_nil() {
                        self.missing.insert(field.clone());
                        continue;
                    }
                    let found = found.unwrap_or(&Value::Nil);
                    if !is_same(&said, found) {
                        let field = Printable(field);
                        checked.differ(|| {
                            format!("key {key}: field `{field}`: the manifest says {said:?}, found {found:?}")
                        });
                    }
                }
            } else {
                checked.differ(|| format!("row {number}: the manifest says the key {}, found {key}", Printable(said)));
            }
        }
        self.places.pass(sample.size);
        self.builder.push(sample.key, sample.offset, sample.size, row);
    }

    fn end(&mut self, manifest: &Manifest, checked: &mut ManifestCheck) {
        let header = manifest.header();
        let samples = checked.samples;
        checked.compare(|| "samples".to_owned(), header.num_samples, samples);
        checked.compare(|| "bytes of all samples".to_owned(), header.size_bytes, self.places.sum);
        if header.shard_id != manifest.shard() {
            let (said, name) = (Printable(&header.shard_id), Printable(manifest.shard()));
            checked.notes.push(format!("it calls its shard {said}, which is {name}, as Python's do"));
        }
        self.places.tell(checked);
        self.note(checked);
        if self.are_plain {
            return;
        }
        let found: HashMap<_, _> = self.builder.take_aggregates().into_iter().collect();
        let told =
            header.aggregates.iter().filter(|(field, _)| !self.odd.contains(field) && !self.missing.contains(field));
        for (field, said) in told {
            if let Some(found) = found.get(field)
                && !is_same_aggregate(said, found)
            {
                let (field, said, found) = (Printable(field), Short(said), Short(found));
                checked.differ(|| format!("field `{field}`: the manifest counts {said}, found {found}"));
            }
        }
    }
}

impl Against<'_> {
    /// What was not held against the samples.
    fn note(&self, checked: &mut ManifestCheck) {
        if self.are_plain {
            checked.notes.push(
                "its values were not held against the samples, which are members: only their type says what is in these"
                    .to_owned(),
            );
        }
        for field in self.odd.iter().take(TOLD) {
            let field = Printable(field);
            checked.notes.push(format!(
                "field `{field}`: its lists have other values than texts, numbers and booleans, and were passed over"
            ));
        }
        for field in self.missing.iter().take(TOLD) {
            let field = Printable(field);
            checked
                .notes
                .push(format!("field `{field}`: samples do not have it, and only their type says what stands for it"));
        }
    }
}

impl Places {
    /// Goes on behind a sample.
    fn pass(&mut self, size: u64) {
        const BLOCK: u64 = 512;
        self.sum = self.sum.saturating_add(size);
        let block = size.checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX).saturating_add(BLOCK);
        self.blocks = self.blocks.saturating_add(block);
    }

    fn add(&mut self, said: Option<u64>, key: &str, found: u64) {
        let Some(said) = said else { return };
        self.not_of_python += u64::from(said != self.sum);
        self.not_of_blocks += u64::from(said != self.blocks);
        if said != found {
            self.wrong += 1;
            let (key, first) = (Printable(key), &mut self.first);
            first.get_or_insert_with(|| {
                format!("key {key}: the manifest says that it is at {said}, found it at {found}")
            });
        }
    }

    fn tell(&mut self, checked: &mut ManifestCheck) {
        let Some(first) = self.first.take() else { return };
        if self.not_of_python == 0 {
            checked.notes.push(
                "its offsets count the bytes of samples, as Python's do, and are no places in the shard".to_owned(),
            );
        } else if self.not_of_blocks == 0 {
            checked.notes.push(
                "its offsets count the blocks of samples, as Python's of a store do, and are no places in the shard"
                    .to_owned(),
            );
        } else {
            checked.differ(|| first);
            checked.count += self.wrong - 1;
        }
    }
}

/// Whether both are one value: integers among nulls are doubles in columns, and what is no number is null as well.
fn is_same(said: &Value, found: &Value) -> bool {
    let is_none = |value: &Value| match value {
        Value::Nil => true,
        Value::Float(number) => number.is_nan(),
        _ => false,
    };
    match (said, found) {
        _ if is_none(said) && is_none(found) => true,
        (Value::Float(_), _) | (_, Value::Float(_)) => said.as_f64().is_some() && said.as_f64() == found.as_f64(),
        (Value::List(said), Value::List(found)) => {
            said.len() == found.len() && said.iter().zip(found).all(|(said, found)| is_same_item(said, found))
        }
        _ => said == found,
    }
}

/// The same of values in JSON, which has no infinite ones.
fn is_same_item(said: &Value, found: &Value) -> bool {
    let is_infinite = matches!(found, Value::Float(number) if number.is_infinite());
    is_same(said, found) || (said.is_nil() && is_infinite)
}

fn is_same_aggregate(said: &Aggregate, found: &Aggregate) -> bool {
    let near = |one: f64, other: f64| (one - other).abs() <= 1e-9 * one.abs().max(other.abs());
    match (said, found) {
        (Aggregate::Categorical { value_counts: said }, Aggregate::Categorical { value_counts: found }) => {
            said.len() == found.len() && by_value(said) == by_value(found)
        }
        (
            Aggregate::Numeric { min, max, mean, count },
            Aggregate::Numeric { min: least, max: most, mean: middle, count: all },
        ) => {
            // What JSON has no number for is not said.
            let same = |said: Option<f64>, found: Option<f64>| said.is_none() || said == found;
            let means = mean.zip(*middle).is_none_or(|(mean, middle)| near(mean, middle));
            same(*min, *least) && same(*max, *most) && count == all && means
        }
        (Aggregate::Set { all_values: said }, Aggregate::Set { all_values: found }) => {
            let mut said: Vec<_> = said.iter().collect();
            said.sort_unstable();
            said.into_iter().eq(found)
        }
        // It is not known here what the fields of another kind would be.
        _ => false,
    }
}

fn by_value(counts: &[(String, u64)]) -> BTreeMap<&str, u64> {
    counts.iter().map(|(value, count)| (value.as_str(), *count)).collect()
}

/// Not all of a million values.
struct Short<'a>(&'a Aggregate);

impl fmt::Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Aggregate::Categorical { value_counts } => {
                write!(f, "{} values", value_counts.len())?;
                let few = value_counts.iter().take(3).map(|(value, count)| format!("{}: {count}", Printable(value)));
                let few: Vec<_> = few.collect();
                if few.is_empty() { Ok(()) } else { write!(f, " ({})", few.join(", ")) }
            }
            Aggregate::Numeric { min, max, count, .. } => {
                let number = |number: Option<f64>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
                write!(f, "{count} numbers from {} to {}", number(*min), number(*max))
            }
            Aggregate::Set { all_values } => write!(f, "{} values in lists", all_values.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_of_python_are_noted_and_others_are_wrong() {
        // Of three samples of these sizes, behind a header each.
        let told = |offsets: [u64; 3]| {
            let (mut places, mut checked) = (Places::default(), ManifestCheck::default());
            for ((size, found), said) in [(100, 512), (512, 1536), (513, 2560)].into_iter().zip(offsets) {
                places.add(Some(said), "k", found);
                places.pass(size);
            }
            places.tell(&mut checked);
            (checked.count, checked.notes.len(), checked.notes.first().is_some_and(|note| note.contains("of a store")))
        };
        assert_eq!(told([512, 1536, 2560]), (0, 0, false));
        assert_eq!(told([0, 100, 612]), (0, 1, false));
        assert_eq!(told([0, 1024, 2048]), (0, 1, true));
        assert_eq!(told([0, 1024, 2049]), (3, 0, false));
    }
}
