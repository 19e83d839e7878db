//! Texts and lists of names, compared while compiling.

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
