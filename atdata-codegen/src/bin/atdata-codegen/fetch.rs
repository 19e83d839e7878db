//! Where records come from. Files today; an index and the network are further implementations of [`Fetch`].

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A record, and what its source knows of it.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) record: Value,
    pub(crate) uri: Option<String>,
    pub(crate) cid: Option<String>,
}

/// A source of records.
pub(crate) trait Fetch {
    /// The record, `None` for a reference of another kind; `Err` says why it cannot be had.
    fn fetch(&self, reference: &str) -> Option<Result<Fetched, String>>;
}

/// Files on this machine.
pub(crate) struct Files;

impl Fetch for Files {
    fn fetch(&self, reference: &str) -> Option<Result<Fetched, String>> {
        if is_address(reference) {
            return None;
        }
        Some(read(reference).map_err(|error| format!("{reference}: {error}")))
    }
}

/// What the sources have for a reference.
pub(crate) fn fetch(sources: &[&dyn Fetch], reference: &str) -> Result<Fetched, String> {
    sources.iter().find_map(|source| source.fetch(reference)).unwrap_or_else(|| {
        Err(format!(
            "{reference}: this release fetches no records; save what the server answers to getRecord, and give its file"
        ))
    })
}

fn is_address(reference: &str) -> bool {
    reference.starts_with('@') || (reference.contains("://") && !Path::new(reference).exists())
}

fn read(path: &str) -> Result<Fetched, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| format!("expected JSON, found {error}"))?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    Ok(match value.get("value") {
        Some(record) if record.is_object() => Fetched { record: record.clone(), uri: text("uri"), cid: text("cid") },
        _ => Fetched { record: value, uri: None, cid: None },
    })
}
