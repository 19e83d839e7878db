//! `==` and order of texts, for constants, which have none.

use core::cmp::Ordering;

/// FNV-1a.
pub(crate) const fn hash(text: &str) -> u64 {
    let (mut hash, mut bytes) = (0xcbf2_9ce4_8422_2325_u64, text.as_bytes());
    while let [byte, after @ ..] = bytes {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        bytes = after;
    }
    hash
}

/// `==`, which is not const. From both ends, for names in a list mostly begin or end alike, and the compiler counts the
/// steps of constants.
pub const fn same_text(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    while let ([first_a, rest_a @ .., last_a], [first_b, rest_b @ .., last_b]) = (a, b) {
        if *first_a != *first_b || *last_a != *last_b {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    matches!((a, b), ([], [])) || matches!((a, b), ([a], [b]) if *a == *b)
}

/// `cmp`, which is not const.
pub const fn compare_texts(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let ([first_a, rest_a @ ..], [first_b, rest_b @ ..]) = (a, b) {
        if *first_a != *first_b {
            return if *first_a < *first_b { Ordering::Less } else { Ordering::Greater };
        }
        (a, b) = (rest_a, rest_b);
    }
    match (a, b) {
        ([], []) => Ordering::Equal,
        ([], _) => Ordering::Less,
        _ => Ordering::Greater,
    }
}
