//! Paths in an archive: what Python makes of them, and which may be written.

use std::borrow::Cow;

use super::error::BarecatError;

/// What `os.path.normpath(path).lstrip("/")` gives in Python, with nothing for `.`.
pub(super) fn normalise(path: &str) -> Cow<'_, str> {
    if is_normal(path) {
        return Cow::Borrowed(path);
    }
    let is_absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            // The root is its own parent.
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    Cow::Owned(parts.join("/"))
}

fn is_normal(path: &str) -> bool {
    path.is_empty() || path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// The same of a path that is to be written: it has to stay within the archive, and within the folder it is extracted to.
pub(super) fn checked(path: &str) -> Result<Cow<'_, str>, BarecatError> {
    let normal = normalise(path);
    match fault(&normal) {
        None => Ok(normal),
        Some(fault) => Err(BarecatError::Path(format!("the path {fault}"))),
    }
}

/// Why a path of an archive is not one to make a file of.
pub(super) fn fault(path: &str) -> Option<&'static str> {
    if path.contains('\0') {
        return Some("has a NUL in it, which no file system takes; name it without");
    }
    if path.split('/').any(|part| part == "..") {
        return Some("leads out of the archive by `..`; name it from the root of the archive on");
    }
    (!is_normal(path)).then_some("is not as barecat writes it: it begins or ends with `/`, or has `//` or `.` in it")
}

/// The directory it is in; `None` for the root, whose path is empty.
pub(super) fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None if path.is_empty() => None,
        None => Some(""),
    }
}

/// All directories above it, the nearest first and the root last.
pub(super) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(parent(path), |path| parent(path))
}

/// Its last part.
pub(super) fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_python_does() {
        for (path, expected) in [
            ("a", "a"),
            ("/a//b/./c/", "a/b/c"),
            ("a/../b", "b"),
            ("../../x", "../../x"),
            ("/../x", "x"),
            ("a/../../x", "../x"),
            (".", ""),
            ("/", ""),
            ("", ""),
            ("./.hidden", ".hidden"),
            ("a\\b/ c", "a\\b/ c"),
            ("e\u{301}", "e\u{301}"),
            ("...", "..."),
        ] {
            assert_eq!(normalise(path), expected, "{path}");
        }
    }

    #[test]
    fn paths_that_lead_out_are_not_written() {
        for path in ["..", "../x", "a/../../x", "a\0b"] {
            assert!(checked(path).is_err(), "{path}");
        }
        assert_eq!(checked("/a/../b").unwrap(), "b");
        assert!(fault("/etc/passwd").is_some() && fault("a//b").is_some() && fault("a/b").is_none());
    }

    #[test]
    fn ancestors_end_with_the_root() {
        assert_eq!(ancestors("a/b/c").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(ancestors("").count(), 0);
        assert_eq!((name("a/b"), name("b")), ("b", "b"));
    }
}
