//! Holding samples to what a manifest said of them, when they are read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dataset::decode::Said;
use crate::error::{Cause, Error, ErrorKind, Printable, Result};
use crate::manifest::Manifest;
use crate::query::{Asked, Predicate};
use crate::sample::{DictSample, Packable, Value};
use crate::shard::RawSample;
use crate::source::{ReadOptions, Shard};

#[derive(Debug, thiserror::Error)]
enum SaidError {
    #[error(
        "the manifest of the shard says {said} of the field `{}`, and the sample has {found}: make the manifest anew with \
         `atdata manifest build --force`, or ask without it",
        Printable(.field)
    )]
    Field { field: String, said: String, found: String },
    #[error(
        "the manifest of the shard says that the sample matches, and it does not: make the manifest anew with \
         `atdata manifest build --force`, or ask without it"
    )]
    Sample,
}

impl Cause for SaidError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Field { .. } | Self::Sample => ErrorKind::Conflict,
        }
    }
}

/// What holds samples that were chosen by rows to the predicate.
pub(super) fn said<S: Packable>(predicate: &Predicate<S>, shards: &[Shard], options: &ReadOptions) -> Arc<Said> {
    let (asked, fields) =
        (predicate.asked(), predicate.outer_fields().into_iter().map(str::to_owned).collect::<Vec<_>>());
    let (shards, options): (Arc<[Shard]>, _) = (shards.into(), options.clone());
    // For the details the whole manifest is read again, which the first of each shard that is otherwise is worth.
    let told = Mutex::new(HashSet::new());
    Arc::new(move |raw| {
        hold(&asked, raw, &|raw| {
            let is_first = told.lock().unwrap_or_else(PoisonError::into_inner).insert(raw.shard().to_owned());
            if is_first { otherwise(raw, &fields, &shards, &options) } else { SaidError::Sample }
        })
    })
}

fn hold(asked: &Asked, raw: &RawSample<'_>, otherwise: &dyn Fn(&RawSample<'_>) -> SaidError) -> Result<()> {
    if asked.keeps(&mut raw.cursor())? { Ok(()) } else { Err(otherwise(raw).into()) }
}

/// What the manifest says of a sample that is otherwise.
#[cold]
fn otherwise(raw: &RawSample<'_>, fields: &[String], shards: &[Shard], options: &ReadOptions) -> SaidError {
    let found = || {
        let sample = DictSample::unpack(raw.payload())?;
        let shard = shards.iter().find(|shard| shard.redacted() == raw.shard());
        let Some(manifest) = shard.map_or(Ok(None), |shard| Manifest::beside(shard, options))? else { return Ok(None) };
        let names: Vec<&str> = fields.iter().map(String::as_str).collect();
        let Some(rows) = manifest.rows_of(&names)? else { return Ok(None) };
        let Some(row) = (0..rows.len()).find(|row| rows.key(*row) == Some(raw.key())) else { return Ok(None) };
        let differs = |field: &&String| {
            let said = rows.column(field)?.value(row);
            let found = sample.get(field).cloned().unwrap_or(Value::Nil);
            let (one, other) = (said.as_f64(), found.as_f64());
            let are_nan = one.is_some_and(f64::is_nan) && other.is_some_and(f64::is_nan);
            let is_same = said == found || are_nan || (one.is_some() && one == other);
            (!is_same).then(|| SaidError::Field { field: (*field).clone(), said: told(&said), found: told(&found) })
        };
        Ok::<_, Error>(fields.iter().find_map(|field| differs(&field)))
    };
    found().ok().flatten().unwrap_or(SaidError::Sample)
}

/// A value in a message, of a long one its begin.
fn told(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::Nil => return "nothing".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::UInt(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Str(text) => format!("\"{}\"", Printable(text)),
        Value::List(items) => items.iter().take(MOST).map(told).collect::<Vec<_>>().join(", "),
        other => other.kind().to_owned(),
    };
    match text.char_indices().nth(MOST) {
        None if matches!(value, Value::List(_)) => format!("[{text}]"),
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
