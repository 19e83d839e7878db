//! Member names: which belong to a sample, and where the key ends and the field begins.

use crate::archive::tar::Reason;

/// A member name in two: `dir/0001` and `left.jpg` of `dir/0001.left.jpg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split<'a> {
    pub(crate) key: &'a [u8],
    /// As written: in a sample it counts in lower case.
    pub(crate) field: &'a [u8],
}

impl<'a> Split<'a> {
    /// A name that is known to be split at `dot`.
    #[inline]
    pub(crate) fn at(name: &'a [u8], dot: usize) -> Option<Self> {
        let (key, rest) = name.split_at_checked(dot)?;
        Some(Self { key, field: rest.get(1..)? })
    }
}

/// Splits a name at the first dot of its last component, as `WebDataset` does:
/// `^((?:.*/|)[^.]+)[.]([^/]*)$`. Names that do not match, and those below `__…__`, belong to no sample.
///
/// Bytes, not text: `.` and `/` are never part of another character in UTF-8, and most names are thrown away.
#[inline]
pub(crate) fn split(name: &[u8]) -> Option<Split<'_>> {
    let (split, component) = split_from(name)?;
    // What other programs leave beside files, by the letter that its name begins with.
    if matches!(name.get(component), Some(b'.' | b'T' | b't' | b'D' | b'd')) && is_litter(name.get(component..)?) {
        return None;
    }
    if is_of_macos(name) { None } else { Some(split) }
}

/// The same as other programs do it, to which what file managers leave is part of samples.
pub(crate) fn split_with_litter(name: &[u8]) -> Option<Split<'_>> {
    split_from(name).map(|(split, _)| split)
}

/// And where the last component begins.
#[inline]
fn split_from(name: &[u8]) -> Option<(Split<'_>, usize)> {
    let (component, dot) = find(name);
    let split = Split::at(name, dot?)?;
    let is_none =
        (split.key.len() == component && !hidden_has_key(split.key)) || (name.starts_with(b"__") && is_meta(name));
    if is_none { None } else { Some((split, component)) }
}

/// Why a name that [`split`] refuses belongs to no sample.
#[cold]
pub(crate) fn why_not(name: &[u8]) -> Reason {
    let (component, dot) = find(name);
    let last = name.get(component..).unwrap_or_default();
    if last.starts_with(b"._") || is_of_macos(name) {
        Reason::AppleDouble
    } else if is_litter(last) {
        Reason::FileManager
    } else if name.starts_with(b"__") && is_meta(name) {
        Reason::Metadata
    } else if dot.is_none() {
        Reason::NoDot
    } else {
        Reason::Hidden
    }
}

#[inline]
fn is_of_macos(name: &[u8]) -> bool {
    name.strip_prefix(b"./").unwrap_or(name).starts_with(b"__MACOSX/")
}

/// Whether a program that shows or copies folders put a file of this name there.
fn is_litter(last: &[u8]) -> bool {
    const NAMES: [&[u8]; 3] = [b".DS_Store", b"Thumbs.db", b"desktop.ini"];
    last.starts_with(b"._") || NAMES.iter().any(|name| last.eq_ignore_ascii_case(name))
}

/// Where the last component begins, and where its first dot is.
#[inline]
fn find(name: &[u8]) -> (usize, Option<usize>) {
    let (mut component, mut dot) = (0, None);
    let mut from = 0;
    while let Some(at) = next_mark(name, from) {
        if name.get(at) == Some(&b'/') {
            (component, dot) = (at + 1, None);
        } else {
            dot = dot.or(Some(at));
        }
        from = at + 1;
    }
    (component, dot)
}

/// The first dot or slash from `from` on, eight bytes at a time: the two differ in their lowest bit only.
#[inline]
fn next_mark(name: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = name.get(from..)?.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let difference = (u64::from_le_bytes(*word) | ONES) ^ (ONES * u64::from(b'/'));
        // Bit 7 of the lowest zero byte, and perhaps of bytes above it.
        let marks = difference.wrapping_sub(ONES) & !difference & (ONES << 7);
        if marks != 0 {
            return Some(from + at * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let tail = rest.iter().position(|byte| byte | 1 == b'/')?;
    Some(from + words.len() * 8 + tail)
}

/// Whether a file `.hid` in `dir` (which ends with its slash) counts: the pattern then takes the last folder for the
/// stem, which must have no dot itself. At the top level there is none to take.
#[cold]
fn hidden_has_key(dir: &[u8]) -> bool {
    let Some((_, folders)) = dir.split_last() else { return false };
    !folders.iter().rev().take_while(|byte| **byte != b'/').any(|byte| *byte == b'.')
}

/// Whether the first component is `__…__`.
#[cold]
fn is_meta(name: &[u8]) -> bool {
    let first = name.split(|byte| *byte == b'/').next().unwrap_or_default();
    first.len() >= 4 && first.ends_with(b"__")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<(&str, &str)>) {
        let expected = expected.map(|(key, field)| Split { key: key.as_bytes(), field: field.as_bytes() });
        assert_eq!(split(name.as_bytes()), expected, "{name:?}");
    }

    #[test]
    fn the_key_ends_at_the_first_dot_of_the_last_component() {
        check("a.txt", Some(("a", "txt")));
        check("a/b.txt", Some(("a/b", "txt")));
        check("a.b.c", Some(("a", "b.c")));
        check("a.d/b.c.d", Some(("a.d/b", "c.d")));
        check("a/b/c.d/e.f", Some(("a/b/c.d/e", "f")));
        check("a.", Some(("a", "")));
        check("a..b", Some(("a", ".b")));
        check("./a.b", Some(("./a", "b")));
        check("/a.b", Some(("/a", "b")));
        check("../a.b", Some(("../a", "b")));
        check("a b.c d", Some(("a b", "c d")));
        check("日本.txt", Some(("日本", "txt")));
        check("a\n.txt", Some(("a\n", "txt")));
        check("a.X.MSGPACK", Some(("a", "X.MSGPACK")));
    }

    #[test]
    fn names_without_a_key_or_a_field_are_ignored() {
        for name in ["", ".", "x", "a.d/b", ".x", "..", "./x", "../x", "a.b/"] {
            check(name, None);
        }
    }

    #[test]
    fn a_hidden_file_takes_its_folder_as_the_key() {
        check("a/.x.y", Some(("a/", "x.y")));
        check("a/b/.x", Some(("a/b/", "x")));
        check("a.d/b/.x", Some(("a.d/b/", "x")));
        check("/.x", Some(("/", "x")));
        check("a.d//.x", Some(("a.d//", "x")));
        check("a.d/.x", None);
        check("./.x", None);
        check("a/..", Some(("a/", ".")));
    }

    #[test]
    fn what_other_programs_leave_beside_files_is_no_sample() {
        for (name, reason) in [
            ("d/._a.msgpack", Reason::AppleDouble),
            ("._a.msgpack", Reason::AppleDouble),
            ("./__MACOSX/a.msgpack", Reason::AppleDouble),
            ("__MACOSX/d/._a.msgpack", Reason::AppleDouble),
            ("d/.DS_Store", Reason::FileManager),
            ("Thumbs.db", Reason::FileManager),
            ("a.d/desktop.ini", Reason::FileManager),
            ("__meta__/x.json", Reason::Metadata),
            ("d/readme", Reason::NoDot),
            (".x", Reason::Hidden),
        ] {
            check(name, None);
            assert_eq!(why_not(name.as_bytes()), reason, "{name}");
        }
        check("d/_.a", Some(("d/_", "a")));
        check("Thumbs.dbx", Some(("Thumbs", "dbx")));
        check("__MACOSX.a", Some(("__MACOSX", "a")));
    }

    #[test]
    fn names_below_double_underscores_are_meta_data() {
        for name in ["__x__/y.json", "__m.x__", "__.__", "____/a.b", "__x__/d/e.f"] {
            check(name, None);
        }
        check("__z__.msgpack", Some(("__z__", "msgpack")));
        check("d/__q__.json", Some(("d/__q__", "json")));
        check("__/a.b", Some(("__/a", "b")));
        check("___/a.b", Some(("___/a", "b")));
        check("_x__/a.b", Some(("_x__/a", "b")));
    }
}
