//! Problems of records: what is wrong with one, and where in it.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

/// So many problems of one record are kept; a hostile record must not fill the memory with complaints.
const KEPT: usize = 64;
/// So many characters of what was found are quoted.
const QUOTED: usize = 60;

/// One thing that is wrong with a record, and the place of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pointer: String,
    expected: Cow<'static, str>,
    found: String,
}

impl Problem {
    /// Something that is wrong at the JSON pointer.
    #[doc(hidden)]
    pub fn new(pointer: String, expected: impl Into<Cow<'static, str>>, found: String) -> Self {
        Self { pointer, expected: expected.into(), found }
    }

    /// The place, as a JSON pointer: `/schema/properties/image`, empty for the record itself.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What would have been right.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What is there instead.
    pub fn found(&self) -> &str {
        &self.found
    }
}

/// `at /schema/properties/image: expected an object, found 3`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.pointer.is_empty() { "at the root" } else { "at " })?;
        for c in self.pointer.chars() {
            // Keys come from the record as well.
            if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

/// All that is wrong with a record.
///
/// ```
/// use atdata_schema::SchemaRecord;
///
/// let error = SchemaRecord::parse(
///     r#"{"name": "Photo", "version": "1.0.0", "fields": [
///         {"name": "image", "fieldType": {"$type": "local#ndarray", "dtype": "float31"}},
///         {"name": "label", "fieldType": {"$type": "local#text"}}]}"#,
/// )
/// .unwrap_err();
/// assert_eq!(error.problems().len(), 2);
/// assert_eq!(
///     error.problems()[0].to_string(),
///     "at /fields/0/fieldType/dtype: expected a dtype such as \"float32\" or \"uint8\", found \"float31\"",
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    /// What kind of record it is, for people.
    record: &'static str,
    problems: Vec<Problem>,
    more: usize,
}

impl RecordError {
    /// The problems in the order of the record; of very many, the first.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl std::error::Error for RecordError {}

/// One problem as it is; several on a line each, under their number.
impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([problem], 0) = (self.problems.as_slice(), self.more) {
            return problem.fmt(f);
        }
        write!(f, "{} problems in the {}:", self.problems.len() + self.more, self.record)?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n  and {} more", self.more)?;
        }
        Ok(())
    }
}

/// Collects problems, so that all of a record are reported at once.
#[doc(hidden)]
#[derive(Debug)]
pub struct Problems {
    record: &'static str,
    found: Vec<Problem>,
    more: usize,
}

impl Default for Problems {
    fn default() -> Self {
        Self::of("schema record")
    }
}

impl Problems {
    /// None yet, of that kind of record.
    pub fn of(record: &'static str) -> Self {
        Self { record, found: Vec::new(), more: 0 }
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        if self.found.len() < KEPT {
            self.found.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// The value, if there is one and nothing was wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, RecordError> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            _ => Err(RecordError { record: self.record, problems: self.found, more: self.more }),
        }
    }
}

/// A value in a few words: short ones as they are, the rest by kind. Text from a record is escaped: it may go to a
/// terminal.
pub fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(text) => quote(text),
        Value::Array(items) if items.is_empty() => "an empty list".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(members) if members.is_empty() => "an empty object".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Text in quotes, escaped, and cut where it is long.
pub fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}...", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
