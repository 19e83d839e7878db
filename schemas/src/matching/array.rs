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

/// In any order; each value is there once. Sums of hashes, for to look for each among all takes a constant too long
/// where values are the class labels of a large dataset.
pub const fn same_values(a: &[&str], b: &[&str]) -> bool {
    a.len() == b.len() && sum_of_hashes(a) == sum_of_hashes(b)
}

/// FNV-1a of each.
const fn sum_of_hashes(mut texts: &[&str]) -> u64 {
    let mut sum = 0_u64;
    while let [text, rest @ ..] = texts {
        let (mut hash, mut bytes) = (0xcbf2_9ce4_8422_2325_u64, text.as_bytes());
        while let [byte, after @ ..] = bytes {
            hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
            bytes = after;
        }
        sum = sum.wrapping_add(hash);
        texts = rest;
    }
    sum
}
