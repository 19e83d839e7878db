//! What the shape of an array says in words.

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
