//! Comparing enums: the values that came and went.

use std::collections::HashSet;
use std::fmt;

use super::{Change, Found};
use crate::fit::Purpose;

/// Values that a line names.
const MAX_NAMED: usize = 5;

pub(super) fn compare(old: &[String], new: &[String], found: &mut Found<'_>) {
    let (added, removed) = (missing_from(old, new), missing_from(new, old));
    let verdict = Purpose::Successor.values(!removed.is_empty(), !added.is_empty());
    found.judge(verdict, Change::Values { added, removed });
}

/// Those of `these` that `others` does not have, in their order.
pub(crate) fn missing_from(others: &[String], these: &[String]) -> Vec<String> {
    let others: HashSet<&String> = others.iter().collect();
    these.iter().filter(|value| !others.contains(value)).cloned().collect()
}

/// `values "dev" added, "train" removed`
pub(super) fn fmt_change(added: &[String], removed: &[String], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let parts: Vec<_> = [(added, "added"), (removed, "removed")]
        .into_iter()
        .filter(|(values, _)| !values.is_empty())
        .map(|(values, verb)| {
            let named: Vec<_> = values.iter().take(MAX_NAMED).map(|value| format!("{value:?}")).collect();
            let more = if values.len() > MAX_NAMED { ", …" } else { "" };
            format!("{}{more} {verb}", named.join(", "))
        })
        .collect();
    match parts.as_slice() {
        [] => f.write_str("order of values changed"),
        parts => write!(f, "values {}", parts.join("; ")),
    }
}
