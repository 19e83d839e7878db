//! The lock file `atdata.lock`: which records a project builds on.

use std::collections::BTreeMap;

use atdata_schema::reading::{kind, parse_json};
use serde_json::{Map, Value, json};

use crate::Error;
use crate::error::{Problem, finish};

/// The name of lock files.
pub const LOCK_FILE: &str = "atdata.lock";

/// What a lock file says of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pin {
    /// Where the record is published.
    pub uri: String,
    /// The content identifier of the record.
    pub cid: String,
    /// The [fingerprint](atdata_schema::OwnedSchema::fingerprint) of its schema.
    pub fingerprint: String,
}

impl Pin {
    /// A pin of its parts.
    pub fn new(uri: impl Into<String>, cid: impl Into<String>, fingerprint: impl Into<String>) -> Self {
        Self { uri: uri.into(), cid: cid.into(), fingerprint: fingerprint.into() }
    }
}

/// A lock file: the records that a project builds on, each pinned by its address, its content and its meaning.
///
/// It is JSON, sorted by file, so that two branches that add records seldom conflict. The files are named from the
/// folder of the lock file.
///
/// ```
/// use atdata_codegen::{Lock, Pin};
///
/// let mut lock = Lock::new();
/// lock.insert("published/alice.example/Photo@1.0.0.json", Pin::new(
///     "at://did:plc:abc/science.alt.dataset.schema/3k2a",
///     "bafyreigifnaxye6jpqck666y3un75jgb7wwfg2cn46webzplpf6ly7ac4m",
///     "8a4943dbf2cb5577e7c41682876a3479d3388a17dab3a361cdb7304054057830",
/// ));
/// assert_eq!(Lock::parse("atdata.lock", &lock.to_string())?, lock);
/// # Ok::<(), atdata_codegen::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    pins: BTreeMap<String, Pin>,
}

impl Lock {
    /// Nothing pinned.
    pub fn new() -> Self {
        Self::default()
    }

    /// The pinned files, in order.
    pub fn pins(&self) -> impl Iterator<Item = (&str, &Pin)> {
        self.pins.iter().map(|(file, pin)| (file.as_str(), pin))
    }

    /// The pin of a file.
    pub fn get(&self, file: &str) -> Option<&Pin> {
        self.pins.get(file)
    }

    /// Pins a file; gives the pin that it had.
    pub fn insert(&mut self, file: impl Into<String>, pin: Pin) -> Option<Pin> {
        self.pins.insert(file.into(), pin)
    }

    /// Reads the text of a lock file; `file` names it in errors.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let value = parse_json(text).map_err(|error| Problem::unexpected(file, "", "JSON", error))?;
        let mut problems = Vec::new();
        if value.get("version").and_then(Value::as_u64) != Some(1) {
            let expected = "1, the form of lock files that this release reads";
            problems.push(Problem::unexpected(file, "/version", expected, found(value.get("version"))));
        }
        let mut lock = Self::new();
        match value.get("schemas").and_then(Value::as_array) {
            Some(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    if let Some((name, pin)) = read_pin(file, index, entry, &mut problems)
                        && lock.insert(name, pin).is_some()
                    {
                        let place = format!("/schemas/{index}/file");
                        problems.push(Problem::unexpected(file, place, "each file once", found(entry.get("file"))));
                    }
                }
            }
            None => {
                problems.push(Problem::unexpected(file, "/schemas", "a list of pins", found(value.get("schemas"))));
            }
        }
        finish(problems).map(|()| lock)
    }
}

fn found(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => format!("{text:?}"),
        Some(Value::Number(number)) => number.to_string(),
        Some(other) => kind(other).to_owned(),
    }
}

fn read_pin(file: &str, index: usize, entry: &Value, problems: &mut Vec<Problem>) -> Option<(String, Pin)> {
    let mut text = |key: &str| {
        let text = entry.get(key).and_then(Value::as_str);
        if text.is_none() {
            let place = format!("/schemas/{index}/{key}");
            problems.push(Problem::unexpected(file, place, "text", found(entry.get(key))));
        }
        text
    };
    let (name, uri, cid, fingerprint) = (text("file"), text("uri"), text("cid"), text("fingerprint"));
    let name = name?;
    if !is_inside(name) {
        let place = format!("/schemas/{index}/file");
        problems.push(Problem::unexpected(file, place, "a file in the folder of the lock file", format!("{name:?}")));
        return None;
    }
    Some((name.to_owned(), Pin::new(uri?, cid?, fingerprint?)))
}

/// A relative path that does not lead out: a lock file may come from elsewhere.
fn is_inside(name: &str) -> bool {
    !name.contains(['\\', ':']) && name.split('/').all(|step| !matches!(step, "" | "." | ".."))
}

/// The text of the file.
impl std::fmt::Display for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entry = |(file, pin): (&str, &Pin)| json!({"file": file, "uri": pin.uri, "cid": pin.cid, "fingerprint": pin.fingerprint});
        let mut members = Map::new();
        members.insert("version".to_owned(), 1.into());
        members.insert("schemas".to_owned(), self.pins().map(entry).collect());
        writeln!(f, "{:#}", Value::from(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_tells_all_that_is_wrong_with_it() {
        let text = r#"{"version": 2, "schemas": [
            {"file": "../a.json", "uri": "u", "cid": "c", "fingerprint": "f"},
            {"file": "a.json", "uri": "u", "cid": 3},
            {"file": "b.json", "uri": "u", "cid": "c", "fingerprint": "f"},
            {"file": "b.json", "uri": "u", "cid": "c", "fingerprint": "f"}]}"#;
        assert_eq!(
            Lock::parse("atdata.lock", text).unwrap_err().to_string(),
            "atdata.lock at /schemas/0/file: expected a file in the folder of the lock file, found \"../a.json\"\n\
             atdata.lock at /schemas/1/cid: expected text, found 3\n\
             atdata.lock at /schemas/1/fingerprint: expected text, found nothing\n\
             atdata.lock at /schemas/3/file: expected each file once, found \"b.json\"\n\
             atdata.lock at /version: expected 1, the form of lock files that this release reads, found 2",
        );
    }

    #[test]
    fn files_stay_inside() {
        for (name, inside) in [("a/b.json", true), ("/a", false), ("a/../b", false), ("C:\\a", false), ("", false)] {
            assert_eq!(is_inside(name), inside, "{name}");
        }
    }
}
