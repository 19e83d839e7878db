//! Pruning: which shards cannot have a row of which a condition is true, by their manifests and their names.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use atdata::manifest::{Aggregate, Manifest};
use atdata::source::Shard;
use datafusion::arrow::array::{Array as _, ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::error::Result;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::PhysicalExpr;

use crate::kind::Kind;
use crate::rows::{Field, Rows, SHARD};

/// Up to which all whole numbers are doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Manifests that are read at a time.
const THREADS: usize = 8;

/// What is known of each shard. What is not known is possible.
pub(crate) struct Known<'a> {
    rows: &'a dyn Rows,
    fields: &'a [Field],
    manifests: Vec<Option<Manifest>>,
}

impl<'a> Known<'a> {
    /// What the manifests say that lie beside the shards. One that is missing, damaged, or older than its shard says nothing.
    pub(crate) fn read(rows: &'a dyn Rows, fields: &'a [Field]) -> Self {
        let shards = rows.shards();
        let of = |shards: &[Shard]| shards.iter().map(|shard| beside(shard, rows)).collect::<Vec<_>>();
        let manifests = thread::scope(|scope| {
            let runs = shards.chunks(shards.len().div_ceil(THREADS).max(1));
            let threads: Vec<_> = runs.map(|run| (run.len(), scope.spawn(move || of(run)))).collect();
            let found =
                |(len, thread): (usize, thread::ScopedJoinHandle<'_, _>)| thread.join().unwrap_or(vec![None; len]);
            threads.into_iter().flat_map(found).collect()
        });
        Self { rows, fields, manifests }
    }

    /// How many rows these shards have, if all of them say it.
    pub(crate) fn rows_of(&self, shards: &[usize]) -> Option<u64> {
        shards.iter().map(|shard| self.manifests.get(*shard)?.as_ref()?.samples()).sum()
    }

    /// The shards that may have a row of which the condition, on the table's columns, is true.
    pub(crate) fn may_match(&self, condition: Arc<dyn PhysicalExpr>, schema: SchemaRef) -> Result<Vec<usize>> {
        let kept = match PruningPredicateBuilder::new().with_file_schema(schema).try_build(condition) {
            Ok(predicate) => predicate.prune(self)?,
            // Nothing of it can be decided without the rows.
            Err(_) => vec![true; self.num_containers()],
        };
        Ok(kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(shard, _)| shard).collect())
    }

    /// What is known of a field in a shard.
    fn of(&self, field: &Field, manifest: Option<&Manifest>) -> Option<Range> {
        let manifest = manifest?;
        let aggregate = manifest.aggregate(&field.name)?;
        let counted = match aggregate {
            Aggregate::Categorical { value_counts } => value_counts.iter().map(|(_, count)| *count).sum(),
            Aggregate::Numeric { count, .. } => *count,
            _ => return None,
        };
        if !self.rows.believes(manifest.header(), Some(counted) == manifest.samples()) {
            return None;
        }
        range(&field.kind, aggregate)
    }

    fn ends(&self, column: &Column, end: impl Fn(&Range) -> &ScalarValue) -> Option<ArrayRef> {
        if column.name == SHARD {
            let names = self.rows.shards().iter().map(|shard| ScalarValue::from(shard.redacted().as_str()));
            return ScalarValue::iter_to_array(names).ok();
        }
        let field = self.fields.iter().find(|field| field.name == column.name)?;
        let data_type = field.kind.data_type();
        if !matches!(data_type, DataType::Int64 | DataType::Float64 | DataType::Utf8 | DataType::Boolean) {
            return None;
        }
        let unknown = ScalarValue::try_from(&data_type).ok()?;
        let ends = self.manifests.iter().map(|manifest| {
            self.of(field, manifest.as_ref()).map_or_else(|| unknown.clone(), |range| end(&range).clone())
        });
        ScalarValue::iter_to_array(ends).ok()
    }
}

/// The manifest beside a shard, if it is to be believed.
fn beside(shard: &Shard, rows: &dyn Rows) -> Option<Manifest> {
    let manifest = Manifest::beside(shard, rows.options()).ok().flatten()?;
    if let Some(path) = shard.path() {
        let header = path.with_file_name(format!("{}.manifest.json", manifest.shard()));
        let changed = |path: &Path| std::fs::metadata(path).and_then(|data| data.modified()).ok();
        if changed(&header)? < changed(path)? {
            return None;
        }
    }
    Some(manifest)
}

/// The least and the greatest value; null where that is not known.
struct Range {
    min: ScalarValue,
    max: ScalarValue,
    /// All values, if they are known.
    texts: Option<Vec<String>>,
}

fn range(kind: &Kind, aggregate: &Aggregate) -> Option<Range> {
    match (kind, aggregate) {
        // Where there is NaN there is no mean; and NaN is more, or less, than all numbers in SQL.
        (Kind::Float, Aggregate::Numeric { min: Some(min), max: Some(max), mean: Some(_), .. }) => {
            // Of zero the sign is not known, and -0 is less than 0.
            let (min, max) = (if *min == 0.0 { -0.0 } else { *min }, if *max == 0.0 { 0.0 } else { *max });
            let (min, max) = (widened(min, f64::next_down), widened(max, f64::next_up));
            Some(Range { min: min.into(), max: max.into(), texts: None })
        }
        (Kind::Int, Aggregate::Numeric { min: Some(min), max: Some(max), .. }) => {
            let min = whole(widened(min.floor(), f64::next_down));
            let max = whole(widened(max.ceil(), f64::next_up));
            Some(Range { min: ScalarValue::Int64(min), max: ScalarValue::Int64(max), texts: None })
        }
        (Kind::Bool, Aggregate::Categorical { value_counts }) => {
            let each: Option<Vec<bool>> = value_counts.iter().map(|(text, _)| boolean(text)).collect();
            let each = each?;
            let (min, max) = (each.iter().min().copied(), each.iter().max().copied());
            Some(Range { min: ScalarValue::Boolean(min), max: ScalarValue::Boolean(max), texts: None })
        }
        (Kind::Text(labels), Aggregate::Categorical { value_counts }) => {
            let texts: Vec<String> = value_counts.iter().map(|(text, _)| text.clone()).collect();
            // A label that the type does not know is read as another.
            if labels.as_ref().is_some_and(|labels| texts.iter().any(|text| !labels.contains(text))) {
                return None;
            }
            let (min, max) = (texts.iter().min().cloned(), texts.iter().max().cloned());
            Some(Range { min: ScalarValue::Utf8(min), max: ScalarValue::Utf8(max), texts: Some(texts) })
        }
        _ => None,
    }
}

/// An end that may have been a whole number which no double is.
fn widened(end: f64, away: fn(f64) -> f64) -> f64 {
    if end.abs() >= EXACT && end.is_finite() { away(end) } else { end }
}

#[expect(clippy::cast_possible_truncation, reason = "within these ends nothing is cut off")]
fn whole(end: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    (-END..END).contains(&end).then_some(end as i64)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

impl PruningStatistics for Known<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.ends(column, |range| &range.min)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.ends(column, |range| &range.max)
    }

    fn num_containers(&self) -> usize {
        self.manifests.len()
    }

    /// A default of the type that made the manifest may stand for a value that is missing.
    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    /// Only that none of the values is there is said: that there are no others is not.
    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let field = self.fields.iter().find(|field| field.name == column.name)?;
        let texts: Option<Vec<&str>> = values.iter().map(|value| value.try_as_str().flatten()).collect();
        let texts = texts?;
        let none_of = |manifest: &Option<Manifest>| {
            let known = self.of(field, manifest.as_ref())?.texts?;
            let is_there = known.iter().any(|known| texts.contains(&known.as_str()));
            (!is_there).then_some(false)
        };
        let contained: BooleanArray = self.manifests.iter().map(none_of).collect();
        (contained.null_count() < contained.len()).then_some(contained)
    }
}
