//! Names of objects.

use crate::error::{Cause, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    #[error("expected a prefix for the names of shards, found an empty one")]
    Empty,
    #[error("the name \"{}\" would lead out of the store: leave out {part}", crate::error::Printable(.prefix))]
    Outside { prefix: String, part: &'static str },
    #[error(
        "the name \"{}\" has {found}, which readers of its URLs take for something else: use letters, digits, `-`, \
         `_`, `.` and `/`",
        crate::error::Printable(.prefix)
    )]
    Character { prefix: String, found: &'static str },
}

impl Cause for NameError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// Checks that a name stays below the root of a store, whatever else is in it.
pub(crate) fn check_inside(name: &str) -> Result<(), NameError> {
    if name.contains('\\') && cfg!(windows) {
        return Err(NameError::Outside { prefix: name.to_owned(), part: "the backslash" });
    }
    if name.contains('\0') {
        return Err(NameError::Character { prefix: name.to_owned(), found: "a NUL character" });
    }
    check_parts(name)
}

/// Checks what the names of shards begin with: parts divided by `/`. A name or prefix may come from somebody else.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), NameError> {
    let character = |found| Err(NameError::Character { prefix: prefix.to_owned(), found });
    check_parts(prefix)?;
    if prefix.contains(['{', '}', ',']) {
        return character("a brace or comma");
    }
    if prefix.contains(['\\', ':']) {
        return character("a backslash or colon");
    }
    if prefix.contains(['?', '#', '*', '%', '"', '<', '>', '|']) {
        return character("one of ? # * % \" < > |");
    }
    if prefix.contains(char::is_control) {
        return character("a control character");
    }
    Ok(())
}

fn check_parts(prefix: &str) -> Result<(), NameError> {
    let outside = |part| Err(NameError::Outside { prefix: prefix.to_owned(), part });
    if prefix.is_empty() {
        return Err(NameError::Empty);
    }
    if prefix.starts_with('/') {
        return outside("the `/` at its beginning");
    }
    for part in prefix.split('/') {
        match part {
            "" => return outside("the empty part (`//`, or a `/` at its end)"),
            "." | ".." => return outside("`.` and `..`"),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_prefix_stays_below_the_root() {
        for good in ["mnist", "a/b-c_d.e", "日本/x y"] {
            check_prefix(good).unwrap();
        }
        for bad in [
            "", "/", "/etc", "../x", "a/../b", "a/..", "./a", "a//b", "a/", "C:/x", "a\\..\\b", "a{0,1}", "a\0b",
            "a\nb", "a%06d", "a?b", "..",
        ] {
            assert!(check_prefix(bad).is_err(), "{bad:?}");
        }
    }
}
