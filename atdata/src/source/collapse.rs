//! Collapsing: a list of shards as one text, and such texts that Python wrote.

use std::path::Path;

use super::expand;
use crate::error::{Cause, ErrorKind, Result};
use crate::net::url::split_scheme;

#[derive(Debug, thiserror::Error)]
enum CollapseError {
    #[error("expected at least one shard to make a pattern of, found none")]
    Empty,
}

impl Cause for CollapseError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// The pattern that stands for these names, in order: what [`expand`] turns into them again.
///
/// It is written as Python writes it, as what all names begin with, what is between, and what they end with. Where
/// Python would join them by spaces, which it cannot read again, the whole names are alternatives. Braces and commas
/// in names are escaped.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for no names at all.
///
/// ```
/// use atdata::source::{collapse, expand};
///
/// # fn main() -> atdata::Result<()> {
/// let shards = ["data-000.tar", "data-001.tar"];
/// assert_eq!(collapse(&shards)?, "data-00{0,1}.tar");
/// assert_eq!(expand("data-00{0,1}.tar")?, shards);
/// assert_eq!(collapse(&["a", "b"])?, "{a,b}");
/// assert_eq!(collapse(&["data-000.tar"])?, "data-000.tar");
/// # Ok(())
/// # }
/// ```
pub fn collapse<S: AsRef<str>>(names: &[S]) -> Result<String> {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => Err(CollapseError::Empty.into()),
        [only] => Ok(literal(only)),
        [first, rest @ ..] => Ok(alternatives(first, rest)),
    }
}

/// One name: as it is, unless something in it would expand.
fn literal(name: &str) -> String {
    let means_itself = expand(name).is_ok_and(|names| matches!(names.as_slice(), [only] if only == name));
    if means_itself { name.to_owned() } else { escaped(name, false) }
}

fn alternatives(first: &str, rest: &[&str]) -> String {
    let all = || std::iter::once(first).chain(rest.iter().copied());
    let shortest = all().map(|name| name.chars().count()).min().unwrap_or_default();
    let prefix = rest.iter().map(|name| common(first.chars(), name.chars())).min().unwrap_or_default();
    let suffix = rest.iter().map(|name| common(first.chars().rev(), name.chars().rev())).min().unwrap_or_default();
    let suffix = suffix.min(shortest - prefix);

    let (head, tail) = (byte_of(first, prefix), first.len() - byte_from_end(first, suffix));
    let middle = |name: &str| name.get(head..name.len() - tail).unwrap_or_default().to_owned();
    let (head, tail, middles) = if all().any(|name| middle(name).is_empty()) {
        ("", "", all().map(str::to_owned).collect::<Vec<_>>())
    } else {
        let parts = (first.get(..head).unwrap_or_default(), first.get(first.len() - tail..).unwrap_or_default());
        (parts.0, parts.1, all().map(middle).collect())
    };
    let middles: Vec<String> = middles.iter().map(|middle| escaped(middle, true)).collect();
    format!("{}{{{}}}{}", escaped(head, true), middles.join(","), escaped(tail, false))
}

/// How many characters are the same.
fn common(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

fn byte_from_end(text: &str, chars: usize) -> usize {
    text.char_indices().rev().nth(chars.wrapping_sub(1)).filter(|_| chars > 0).map_or(text.len(), |(at, _)| at)
}

/// Part of a pattern that stands for itself; a brace or comma of the pattern comes behind it if `before_brace`.
fn escaped(text: &str, before_brace: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut backslashes = 0;
    for c in text.chars().map(Some).chain([None]) {
        let special = c.map_or(before_brace, |c| matches!(c, '{' | '}' | ','));
        if special {
            out.extend(std::iter::repeat_n('\\', backslashes));
        }
        backslashes = if c == Some('\\') { backslashes + 1 } else { 0 };
        if let Some(c) = c {
            out.extend(special.then_some('\\'));
            out.push(c);
        }
    }
    out
}

/// The shards that a stored text stands for: [expanded](expand), and where Python joined names by spaces, divided.
///
/// Python does that with names that have nothing in common, and with some others. Such a text is divided at its spaces
/// if that is what it can be: if each part is a URL, or if no file has the whole name and each part is a file's.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) for a malformed pattern.
///
/// ```
/// use atdata::source::expand_stored;
///
/// # fn main() -> atdata::Result<()> {
/// assert_eq!(expand_stored("s3://b/a.tar s3://b/aa.tar")?, ["s3://b/a.tar", "s3://b/aa.tar"]);
/// assert_eq!(expand_stored("s3://b/my data.tar")?, ["s3://b/my data.tar"]);
/// # Ok(())
/// # }
/// ```
pub fn expand_stored(text: &str) -> Result<Vec<String>> {
    let parts: Vec<&str> = text.split(' ').collect();
    let is_url = |part: &&str| split_scheme(part).is_some_and(|(_, rest)| rest.starts_with("//"));
    let is_file = |part: &&str| Path::new(part).is_file();
    let joined =
        parts.len() > 1 && (parts.iter().all(is_url) || (!Path::new(text).exists() && parts.iter().all(is_file)));
    // Python joins names as they are: of those, none is a pattern.
    if joined { Ok(parts.into_iter().map(str::to_owned).collect()) } else { expand(text) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_shared_stands_outside_of_the_braces() {
        for (names, pattern) in [
            (vec!["d-1.tar", "d-10.tar", "d-2.tar"], "d-{1,10,2}.tar"),
            (vec!["x/a.tar", "y/b.tar"], "{x/a,y/b}.tar"),
            (vec!["größe-1", "größe-2"], "größe-{1,2}"),
            (vec!["ä1ö", "ä2ö"], "ä{1,2}ö"),
        ] {
            assert_eq!(collapse(&names).unwrap(), pattern);
        }
    }

    #[test]
    fn names_that_python_would_join_by_spaces_are_alternatives() {
        for (names, pattern) in [
            (vec!["a.tar", "aa.tar"], "{a.tar,aa.tar}"),
            (vec!["same.tar", "same.tar"], "{same.tar,same.tar}"),
            (vec!["abc", "xyz"], "{abc,xyz}"),
        ] {
            assert_eq!(collapse(&names).unwrap(), pattern);
            assert_eq!(expand(pattern).unwrap(), names);
        }
    }

    #[test]
    fn special_characters_are_escaped_where_they_would_mean_something() {
        for (names, pattern) in [
            (vec!["a{0,1}.tar"], r"a\{0\,1\}.tar"),
            (vec!["a{x}.tar"], "a{x}.tar"),
            (vec!["a,b{.tar"], r"a\,b\{.tar"),
            (vec!["a,1", "a,2"], r"a\,{1,2}"),
            (vec![r"C:\d\a", r"C:\d\b"], r"C:\d\\{a,b}"),
            (vec![r"x\", r"y\"], r"{x,y}\"),
            (vec![r"x\{1", r"y\}2"], r"{x\\\{1,y\\\}2}"),
        ] {
            assert_eq!(collapse(&names).unwrap(), pattern);
            assert_eq!(expand(pattern).unwrap(), names, "{pattern}");
        }
    }

    #[test]
    fn no_names_are_no_pattern() {
        assert_eq!(collapse::<&str>(&[]).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_name_with_a_space_is_one_name_unless_its_parts_are_there() {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = ["a", "b"].map(|name| dir.path().join(name).to_str().unwrap().to_owned());
        let joined = format!("{a} {b}");
        assert_eq!(expand_stored(&joined).unwrap(), std::slice::from_ref(&joined));
        std::fs::write(&a, "").unwrap();
        std::fs::write(&b, "").unwrap();
        assert_eq!(expand_stored(&joined).unwrap(), [a, b]);
        assert_eq!(expand_stored("https://h/a.tar b.tar").unwrap(), ["https://h/a.tar b.tar"]);
    }
}
