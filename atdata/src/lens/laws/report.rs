//! Counterexamples as text.

use std::fmt::Write;

use crate::lens::PutLens;
use crate::lens::laws::case::{Case, Packed, Violation};
use crate::lens::laws::{LawError, show};
use crate::sample::{DictSample, PackField, Packable, Value};

/// Fields that are named where many differ.
const MAX_DIFFERENCES: usize = 10;
/// Characters of a sample that are shown.
const MAX_WIDTH: usize = 2000;

pub(super) fn broken<L>(case: &Case<'_, L>, violation: &Violation) -> LawError
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let mut text = inputs(case);
    if matches!(case, Case::PutPut { .. }) {
        line("expected", &violation.expected, &mut text);
    }
    line("came back", &violation.found, &mut text);
    if let (Ok(expected), Ok(found)) = (violation.expected.fields(), violation.found.fields()) {
        let differences = differences(&expected, &found);
        for difference in differences.iter().take(MAX_DIFFERENCES) {
            let _ = write!(text, "\n{difference}");
        }
        if let Some(more @ 1..) = differences.len().checked_sub(MAX_DIFFERENCES) {
            let _ = write!(text, "\nand {more} more");
        }
    }
    LawError::Broken { law: case.law(), counterexample: text }
}

/// It did not hold, and holds for the same samples now.
pub(super) fn unsteady<L>(case: &Case<'_, L>) -> LawError
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let mut text = inputs(case);
    text.push_str("\ntried again with the same samples it holds: the lens does not do the same each time");
    LawError::Broken { law: case.law(), counterexample: text }
}

pub(super) fn panicked<L>(case: &Case<'_, L>, message: &str) -> LawError
where
    L: PutLens<Source: Packable, View: Packable>,
{
    LawError::Panicked { law: case.law(), message: message.to_owned(), counterexample: inputs(case) }
}

fn inputs<L>(case: &Case<'_, L>) -> String
where
    L: PutLens<Source: Packable, View: Packable>,
{
    let mut text = String::new();
    for (name, sample) in case.inputs() {
        line(name, &sample, &mut text);
    }
    text
}

/// `  source     Photo { label: "a" }`
fn line(name: &str, sample: &Packed, text: &mut String) {
    let shown = sample.fields().map_or_else(|refused| refused, |fields| show::sample(sample.type_name, &fields));
    let _ = match shown.char_indices().nth(MAX_WIDTH) {
        Some((end, _)) => write!(text, "\n  {name:9}  {}…", shown.get(..end).unwrap_or_default()),
        None => write!(text, "\n  {name:9}  {shown}"),
    };
}

/// A line for each place where the two differ.
fn differences(expected: &DictSample, found: &DictSample) -> Vec<String> {
    let mut lines = Vec::new();
    let added = found.keys().filter(|name| expected.get(name).is_none());
    for name in expected.keys().chain(added) {
        compare(name, expected.get(name), found.get(name), &mut lines);
    }
    lines
}

fn compare(path: &str, expected: Option<&Value>, found: Option<&Value>, lines: &mut Vec<String>) {
    match (expected, found) {
        (Some(Value::List(expected)), Some(Value::List(found))) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(&format!("{path}[{index}]"), Some(expected), Some(found), lines);
            }
        }
        (Some(Value::Map(expected)), Some(Value::Map(found))) if keys(expected).eq(keys(found)) => {
            for ((key, expected), (_, found)) in expected.iter().zip(found) {
                compare(&format!("{path}.{key}"), Some(expected), Some(found), lines);
            }
        }
        (Some(expected), Some(found)) if bytes(expected) == bytes(found) => {}
        (Some(expected), Some(found)) => lines.push(format!("{path}: {}", show::difference(expected, found))),
        (expected, found) => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), show::value);
            lines.push(format!("{path}: expected {}, found {}", shown(expected), shown(found)));
        }
    }
}

fn keys(entries: &[(String, Value)]) -> impl Iterator<Item = &str> {
    entries.iter().map(|(key, _)| key.as_str())
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.write(&mut bytes);
    bytes
}
