//! Whether a field takes every array that a record allows, and comparison of lists of text.

use super::RecordArray;
use crate::ArrayType;
use crate::fit::{ArrayRelation, Purpose, Relation};

/// Whoever does not name a dtype takes every one, and so does a field that converts.
pub(super) const fn fits(record: &RecordArray, found: &ArrayType, cast: bool) -> bool {
    // Names are compared where it can be told that they differ.
    let relation = record.parts().relation(&found.parts());
    Purpose::Record { cast }.accepts(ArrayRelation { names: Relation::Same, ..relation })
}

/// Whether no size is given.
pub(super) const fn is_open(mut shape: &[Option<usize>]) -> bool {
    while let [size, rest @ ..] = shape {
        if size.is_some() {
            return false;
        }
        shape = rest;
    }
    true
}
