//! The values of an enum: the same list in both JSON forms.

use std::collections::HashSet;

use serde_json::Value;

use crate::node::Node;
use crate::problem::{Problems, quote};

const EXPECTED: &str = "a list of one or more texts";

/// Reads the list; null, which says no more than that the field is optional, is passed over where it is allowed.
pub(crate) fn read(node: &Node<'_>, null_is_allowed: bool, problems: &mut Problems) -> Option<Vec<String>> {
    let Some(items) = node.items() else {
        node.unexpected(EXPECTED, problems);
        return None;
    };
    let mut seen = HashSet::new();
    let mut values = Vec::new();
    let mut complete = true;
    for item in items.filter(|item| !(null_is_allowed && item.value.is_null())) {
        let Some(value) = item.text("text", problems) else {
            complete = false;
            continue;
        };
        if !seen.insert(value) {
            item.wrong("a value that is there once", quote(value), problems);
        }
        values.push(value.to_owned());
    }
    if complete && values.is_empty() {
        node.unexpected(EXPECTED, problems);
        return None;
    }
    complete.then_some(values)
}

pub(crate) fn write(values: &[String]) -> Value {
    values.iter().map(String::as_str).collect()
}
