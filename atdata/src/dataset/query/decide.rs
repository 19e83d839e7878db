//! What the manifest beside a shard decides: whether it is left out, and which of its samples match.

use std::fs;

use atdata_schema::Schema;
use sha2::{Digest as _, Sha256};

use super::explain::{ExplainedShard, HowAsked, LeftOutBy, WhyRead};
use crate::dataset::manifests::is_older;
use crate::error::{Error, Printable, Result};
use crate::manifest::{Aggregate, Column, ColumnKind, Made, Manifest, Rows};
use crate::order::{MakeSet, NumberSet};
use crate::query::{ByFields, Cell, FieldAsked, Known, OfRow, Values, Wire};
use crate::sample::{DictSample, Packable as _, SampleLayout, Value};
use crate::source::{Ranges, ReadOptions, Shard};

/// Samples of one shard: what says that there are more is no manifest.
const MOST_SAMPLES: u64 = 1 << 40;
/// Bytes of the head of a member in a tar file, and what all are filled up to.
const BLOCK: u64 = 512;

/// What is known of a shard by its manifest.
#[derive(Debug)]
pub(super) enum Decided {
    /// No sample matches.
    LeftOut { whole: Whole },
    /// These do, and some are to be asked.
    Rows { whole: Whole, matching: Picked, open: Picked, some: Vec<(u64, String)> },
    /// Nothing.
    Read,
}

/// What a manifest says of all of its shard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole {
    pub(super) samples: u64,
    /// Bytes that the shard has at least.
    pub(super) bytes: u64,
}

/// Rows of a manifest, of which there may be millions.
#[derive(Debug)]
pub(super) struct Picked {
    pub(super) rows: NumberSet,
    /// The hash of their keys.
    pub(super) keys: [u8; 32],
}

/// Picks rows, in order.
#[derive(Default)]
struct Picking {
    rows: MakeSet,
    keys: HashKeys,
}

impl Picking {
    fn add(&mut self, row: usize, key: &str) {
        self.rows.add(row as u64, 1);
        self.keys.add(key.as_bytes());
    }

    fn finish(self) -> Picked {
        Picked { rows: self.rows.finish(), keys: self.keys.finish() }
    }
}

/// The hash of keys that are told one by one: which these are is held against the shard, and none of them is kept.
#[derive(Default)]
pub(super) struct HashKeys(Sha256);

impl HashKeys {
    pub(super) fn add(&mut self, key: &[u8]) {
        self.0.update((key.len() as u64).to_le_bytes());
        self.0.update(key);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

/// Rows whose keys are held against the shard whatever matches: the first, the last, and some between.
const SOME: usize = 5;

/// Comparisons of all that a field is held against with all that is counted of it: of what would take more nothing is known.
const MOST_COMPARED: usize = 1 << 24;

/// Who asks, and how.
pub(super) struct Deciding<'a> {
    pub(super) by: &'a ByFields,
    pub(super) schema: &'static Schema,
    pub(super) layout: SampleLayout,
    pub(super) options: &'a ReadOptions,
}

/// A shard whose manifest can be asked.
struct Fit {
    manifest: Manifest,
    samples: u64,
    /// Whether it was made by the very type that the samples are read as.
    is_of_type: bool,
}

impl Deciding<'_> {
    pub(super) fn decide(&self, shard: &Shard) -> (Decided, ExplainedShard) {
        let size = shard.path().and_then(|path| fs::metadata(path).ok()).map(|data| data.len());
        let mut explained = ExplainedShard {
            shard: shard.redacted(),
            samples: None,
            size,
            manifest_bytes: 0,
            how: HowAsked::Read { why: WhyRead::NoManifest },
        };
        let decided = self.by_manifest(shard, &mut explained).unwrap_or_else(|why| {
            if let WhyRead::Damaged(error) = &why {
                log::warn!("{shard}: all its samples are asked, for its manifest cannot be: {error}");
            }
            explained.how = HowAsked::Read { why };
            Decided::Read
        });
        (decided, explained)
    }

    fn by_manifest(&self, shard: &Shard, explained: &mut ExplainedShard) -> Result<Decided, WhyRead> {
        let Fit { manifest, samples, is_of_type } = self.fit(shard, explained)?;
        explained.samples = Some(samples);
        if let Some(by) = self.left_out(&manifest, samples, is_of_type)? {
            explained.how = HowAsked::LeftOut { by };
            return Ok(Decided::LeftOut { whole: whole(&manifest, samples) });
        }
        self.by_rows(&manifest, samples, is_of_type, explained)
    }

    /// The manifest beside a shard, if it can be one of that as it is.
    fn fit(&self, shard: &Shard, explained: &mut ExplainedShard) -> Result<Fit, WhyRead> {
        if !self.options.manifests || self.options.rust_beta {
            return Err(WhyRead::Off);
        }
        let manifest =
            Manifest::beside(shard, self.options).map_err(|error| damaged(&error))?.ok_or(WhyRead::NoManifest)?;
        explained.manifest_bytes += manifest.header_bytes();
        let samples = manifest.samples().ok_or(WhyRead::Empty)?;
        if shard.path().is_some_and(is_older) {
            return Err(WhyRead::Older);
        }
        // Each sample takes a header more than its bytes.
        let least = samples.checked_mul(BLOCK).and_then(|heads| heads.checked_add(manifest.header().size_bytes));
        let is_plain = shard.path().is_some_and(|path| path.extension().is_some_and(|ending| ending == "tar"));
        let fits = least.is_some_and(|least| !is_plain || explained.size.is_none_or(|size| least <= size));
        if samples > MOST_SAMPLES || !fits {
            return Err(WhyRead::OtherShard);
        }
        let (name, version) = (&manifest.header().schema_type, &manifest.header().schema_version);
        let made = manifest.header().made();
        // The name of the type is said by records as well.
        let is_made_by_type = matches!(made, Made::ByType { .. });
        let is_of_type = is_made_by_type && *name == self.schema.name && *version == self.schema.version;
        let is_as_written = made != Made::ByType { as_written: false };
        let is_untyped = *name == DictSample::SCHEMA.name;
        let is_same = match self.layout {
            SampleLayout::Packed => true,
            // What a type reads of members is not what they are without it.
            SampleLayout::Any => is_untyped || (is_as_written && is_packed(shard, self.options)),
            _ => is_of_type,
        };
        if !is_same {
            return Err(WhyRead::OtherType(name.clone()));
        }
        Ok(Fit { manifest, samples, is_of_type })
    }

    /// Why no sample matches, by what is counted; `None` where one may.
    fn left_out(&self, manifest: &Manifest, samples: u64, is_of_type: bool) -> Result<Option<Vec<LeftOutBy>>, WhyRead> {
        let aggregates: Vec<_> = self.by.fields().iter().map(|field| manifest.aggregate(&field.name)).collect();
        if aggregates.iter().flatten().any(|aggregate| count(aggregate).is_some_and(|count| count > samples)) {
            return Err(WhyRead::OtherShard);
        }
        let texts: Vec<Vec<String>> =
            aggregates.iter().map(|aggregate| aggregate.map_or_else(Vec::new, texts)).collect();
        let asked = self.by.fields().iter().zip(aggregates.iter().zip(&texts));
        let known: Vec<_> = asked
            .map(|(field, (aggregate, texts))| aggregate.and_then(|of| known(field, of, texts, samples)))
            .collect();
        let reasons = self.by.why_none(&known, is_of_type);
        let by = |field: usize, test: String| {
            let (asked, aggregate) = (self.by.fields().get(field)?, aggregates.get(field).copied().flatten()?);
            let counted = counted(aggregate, samples);
            Some(LeftOutBy { field: asked.name.clone(), test, counted, kind: aggregate.kind() })
        };
        Ok(reasons.map(|reasons| reasons.into_iter().filter_map(|of| by(of.field, of.test)).collect()))
    }

    fn by_rows(
        &self,
        manifest: &Manifest,
        samples: u64,
        is_of_type: bool,
        explained: &mut ExplainedShard,
    ) -> Result<Decided, WhyRead> {
        let fields: Vec<&str> = self.by.fields().iter().map(|field| field.name.as_str()).collect();
        if fields.is_empty() {
            return Err(WhyRead::NoColumn(Vec::new()));
        }
        let rows = manifest.rows_of(&fields).map_err(|error| damaged(&error))?.ok_or(WhyRead::NoRows)?;
        explained.manifest_bytes += rows.bytes();
        let columns = self.columns(manifest, &rows);
        let there = |is: bool| {
            let named = fields.iter().zip(&columns).filter(|(_, column)| column.is_some() == is);
            named.map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>()
        };
        let (mut matching, mut open, mut bytes) = (Picking::default(), Picking::default(), 0_u64);
        let mut cells: Vec<Cell> = Vec::with_capacity(columns.len());
        for row in 0..rows.len() {
            cells.clear();
            let of_row = |(field, column): (&FieldAsked, &Option<Column<'_>>)| {
                let cell = column.as_ref().map_or(Cell::Unknown, |column| cell(column, row));
                field.as_read(cell, is_of_type)
            };
            cells.extend(self.by.fields().iter().zip(&columns).map(of_row));
            let list = match self.by.of_row(&cells) {
                OfRow::Fails => continue,
                OfRow::Matches => &mut matching,
                OfRow::Open => &mut open,
            };
            list.add(row, rows.key(row).ok_or(WhyRead::OtherShard)?);
            bytes = bytes.saturating_add(rows.size(row).unwrap_or(0));
        }
        let (missing, matching, open) = (there(false), matching.finish(), open.finish());
        let (matches, asked) = (matching.rows.len(), open.rows.len());
        if asked == rows.len() as u64 {
            return Err(WhyRead::NoColumn(missing));
        }
        explained.how = HowAsked::ByRows { columns: there(true), missing, matching: matches, open: asked, bytes };
        let places = (0..SOME).map(|place| place * rows.len().saturating_sub(1) / (SOME - 1));
        let some = places.filter_map(|row| Some((row as u64, rows.key(row)?.to_owned()))).collect();
        Ok(Decided::Rows { whole: whole(manifest, samples), matching, open, some })
    }

    /// The columns of the fields, of which each says what the samples have.
    fn columns<'r>(&self, manifest: &Manifest, rows: &'r Rows) -> Vec<Option<Column<'r>>> {
        let column = |field: &FieldAsked| {
            let column = rows.column(&field.name)?;
            // Booleans that were kept as numbers.
            let is_of_numbers = !matches!(column.kind(), ColumnKind::Other | ColumnKind::Null);
            let counts_booleans = match manifest.aggregate(&field.name) {
                Some(Aggregate::Categorical { value_counts }) => {
                    value_counts.iter().any(|(value, _)| value == "True" || value == "False")
                }
                _ => false,
            };
            let may_be_booleans = field.wire() == Wire::Any && (field.with_booleans || counts_booleans);
            (!(is_of_numbers && may_be_booleans)).then_some(column)
        };
        self.by.fields().iter().map(column).collect()
    }
}

/// What a manifest says of all of its shard, each sample with a header.
fn whole(manifest: &Manifest, samples: u64) -> Whole {
    let bytes = samples.saturating_mul(BLOCK).saturating_add(manifest.header().size_bytes);
    Whole { samples, bytes }
}

fn damaged(error: &Error) -> WhyRead {
    WhyRead::Damaged(format!("{error:#}"))
}

/// Whether the first member of a shard is a packed sample; false where that does not show at once.
fn is_packed(shard: &Shard, options: &ReadOptions) -> bool {
    const LOOKED_AT: u64 = 8 << 10;
    let begin = Ranges::open_uncached(shard, options).and_then(|ranges| {
        let glance = ranges.map(|ranges| ranges.glance(0, LOOKED_AT, &|| false)).transpose()?;
        Ok(glance.flatten().map(|glance| glance.bytes).unwrap_or_default())
    });
    let begin = begin.unwrap_or_default();
    let mut at = 0;
    while let Some(head) = begin.get(at..at + 512) {
        let part = |range: std::ops::Range<usize>| head.get(range).unwrap_or_default();
        let is_extension = matches!(part(156..157), [b'x' | b'g' | b'L' | b'K']);
        let name = part(0..100).split(|byte| *byte == 0).next().unwrap_or_default();
        if !is_extension {
            // With another dot in it, it is a member of that name of a sample that is not packed.
            let base = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            return base.split(|byte| *byte == b'.').count() == 2 && base.ends_with(b".msgpack");
        }
        let digits = std::str::from_utf8(part(124..135)).unwrap_or_default();
        let Ok(size) = usize::from_str_radix(digits.trim_matches(['\0', ' ']), 8) else { return false };
        let Some(next) = size.checked_next_multiple_of(512).and_then(|size| size.checked_add(at + 512)) else {
            return false;
        };
        at = next;
    }
    false
}

/// How many samples have a value, where that is counted.
fn count(aggregate: &Aggregate) -> Option<u64> {
    match aggregate {
        Aggregate::Categorical { value_counts } => {
            Some(value_counts.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count)))
        }
        Aggregate::Numeric { count, .. } => Some(*count),
        Aggregate::Set { .. } => None,
    }
}

/// The values of categories and sets.
fn texts(aggregate: &Aggregate) -> Vec<String> {
    match aggregate {
        Aggregate::Categorical { value_counts } => value_counts.iter().map(|(value, _)| value.clone()).collect(),
        Aggregate::Set { all_values } => all_values.clone(),
        Aggregate::Numeric { .. } => Vec::new(),
    }
}

/// What is known of a field in all samples of a shard; `None` where what is counted is not what the field holds.
fn known<'a>(field: &FieldAsked, aggregate: &Aggregate, texts: &'a [String], samples: u64) -> Option<Known<'a>> {
    if texts.len().saturating_mul(field.values) > MOST_COMPARED {
        return None;
    }
    let may_be_null = count(aggregate).is_none_or(|count| count < samples);
    let (values, may_be_nan) = match (field.wire(), aggregate) {
        (_, Aggregate::Categorical { value_counts }) if value_counts.is_empty() => (Values::None, false),
        (_, Aggregate::Numeric { count: 0, .. }) => (Values::None, false),
        (Wire::Bool, Aggregate::Categorical { .. }) if texts.iter().all(|text| text == "True" || text == "False") => {
            let any = |word: &str| texts.iter().any(|text| text == word);
            (Values::Booleans { any_true: any("True"), any_false: any("False") }, false)
        }
        (Wire::Text, Aggregate::Categorical { .. }) => (Values::Texts(texts), false),
        (Wire::Any, Aggregate::Categorical { .. }) => (Values::Written(texts), texts.iter().any(|text| text == "nan")),
        (Wire::Any | Wire::Number { .. }, Aggregate::Numeric { min, max, mean, .. }) => {
            // They may be booleans, which are numbers here.
            if field.wire() == Wire::Any && field.with_booleans {
                return None;
            }
            let (min, max) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
            // Without a type any 0 or 1 may be a boolean, of which no comparison with a number is true.
            let may_be_booleans = field.wire() == Wire::Any && [0.0, 1.0].iter().any(|one| (min..=max).contains(one));
            (Values::Numbers { min, max }, mean.is_none() || may_be_booleans)
        }
        (Wire::List, Aggregate::Set { .. }) => (Values::Listed(texts), false),
        // Python takes a text for the set of its characters.
        (Wire::Any, Aggregate::Set { .. }) if !field.is_compared => (Values::Listed(texts), true),
        _ => return None,
    };
    Some(Known { values, may_be_null, may_be_nan })
}

/// What is counted, in a few words.
fn counted(aggregate: &Aggregate, samples: u64) -> String {
    const SHOWN: usize = 3;
    let few = |texts: &[String], what: &str| {
        let shown: Vec<_> = texts.iter().take(SHOWN).map(|text| format!("\"{}\"", Printable(&short(text)))).collect();
        let more = if texts.len() > SHOWN { ", …" } else { "" };
        match shown.as_slice() {
            [] => format!("no {what}"),
            shown => format!("{} {what}: {}{more}", texts.len(), shown.join(", ")),
        }
    };
    let without = count(aggregate).map(|count| samples.saturating_sub(count)).filter(|without| *without > 0);
    let said = match aggregate {
        Aggregate::Numeric { count: 0, .. } => "no numbers".to_owned(),
        Aggregate::Numeric { min, max, .. } => {
            let end = |end: &Option<f64>| end.map_or_else(|| "?".to_owned(), |end| end.to_string());
            format!("numbers from {} to {}", end(min), end(max))
        }
        Aggregate::Categorical { .. } => few(&texts(aggregate), "values"),
        Aggregate::Set { .. } => few(&texts(aggregate), "values in lists"),
    };
    match without {
        Some(without) => format!("{said}; {without} samples have none"),
        None => said,
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

/// The value of a column, as far as it is certain.
fn cell(column: &Column<'_>, row: usize) -> Cell {
    let kind = column.kind();
    match (kind, column.value(row)) {
        (ColumnKind::Double | ColumnKind::Single, Value::Nil) => Cell::NullOrNan,
        (ColumnKind::Double | ColumnKind::Single, Value::Float(number)) if number.is_nan() => Cell::NullOrNan,
        (ColumnKind::Single, _) => Cell::Unknown,
        (_, Value::Nil) => Cell::Null,
        (_, value) => Cell::Value(value),
    }
}
