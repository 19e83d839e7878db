//! `==` of texts and lists of texts, for constants, which have none.

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

/// In this order.
pub const fn same_names(mut a: &[&str], mut b: &[&str]) -> bool {
    while let ([first_a, rest_a @ ..], [first_b, rest_b @ ..]) = (a, b) {
        if !same_text(first_a, first_b) {
            return false;
        }
        (a, b) = (rest_a, rest_b);
    }
    a.len() == b.len()
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
