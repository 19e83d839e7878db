//! Did you mean: names to list in an error, those first that were probably meant.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Printable;

/// Names that an error lists.
const SHOWN: usize = 5;
/// Names that the end of an error lists.
const RANKED: usize = 8;
/// Characters of a name that are compared: of a longer one the beginning tells enough.
const COMPARED: usize = 64;

/// Sorts the names that are like `wanted` to the front.
fn sort_by_nearness(names: &mut [String], wanted: &str) {
    names.sort_by_cached_key(|name| (distance(name, wanted), name.clone()));
}

/// How many characters have to be replaced, put in or taken out.
fn distance(one: &str, other: &str) -> usize {
    let beginning = |text: &str| text.chars().take(COMPARED).collect::<String>();
    strsim::levenshtein(&beginning(one), &beginning(other))
}

/// `"a", "b" and "c"`, or `"a", … and 7 more`.
pub(crate) struct Listed<'a>(pub(crate) &'a [String]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.0.len() > SHOWN + 1 { SHOWN } else { self.0.len() };
        for (at, name) in self.0.iter().take(shown).enumerate() {
            let before = match at {
                0 => "",
                at if at + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{before}\"{}\"", Printable(name))?;
        }
        match self.0.len() - shown {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// What there is where `path` leaves what exists, the names first that are like the one that was looked for.
pub(crate) fn beside(path: &Path) -> String {
    let mut missing = path;
    while let Some(parent) = missing.parent() {
        let folder = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        if folder.is_dir() {
            let wanted = missing.file_name().map(|name| name.to_string_lossy().into_owned());
            return what_is_in(folder, &wanted.unwrap_or_default());
        }
        if folder.exists() {
            return format!("\"{}\" is no folder", Printable(&folder.to_string_lossy()));
        }
        missing = parent;
    }
    "nothing of the path is there".into()
}

/// `"data" has "train", "test" and 3 more`
pub(crate) fn what_is_in(folder: &Path, wanted: &str) -> String {
    let place = match folder {
        here if here == Path::new(".") => "the current folder".to_owned(),
        other => format!("\"{}\"", Printable(&other.to_string_lossy())),
    };
    what_there_is(place, names_in(folder), wanted)
}

pub(crate) fn what_there_is(place: String, mut names: Vec<String>, wanted: &str) -> String {
    sort_by_nearness(&mut names, wanted);
    if names.is_empty() { place + " is empty" } else { format!("{place} has {}", Listed(&names)) }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| PathBuf::from(entry.file_name()).to_string_lossy().into_owned());
    names.filter(|name| !name.starts_with('.')).collect()
}

/// Those of `names` that are most like `name`, as the end of an error.
pub(crate) fn near<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<_> = names.map(|known| (unlikeness(&wanted, &known.to_lowercase()), known)).collect();
    ranked.sort_unstable();
    ranked.dedup();
    match ranked.as_slice() {
        [] => "; it is empty".to_owned(),
        [(likeness, first), ..] if *likeness <= wanted.chars().count().div_ceil(3) => {
            format!("; did you mean \"{first}\"?")
        }
        many => {
            let shown = listed(many.iter().take(RANKED).map(|(_, name)| *name).collect());
            let more = if many.len() > RANKED { format!(" and {} more", many.len() - RANKED) } else { String::new() };
            format!("; there are {shown}{more}")
        }
    }
}

/// `"a", "b"`, each name once.
pub(crate) fn listed(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| format!("\"{}\"", Printable(name))).collect::<Vec<_>>().join(", ")
}

/// Letters to change until one text is the other; one where it begins or ends with it.
fn unlikeness(a: &str, b: &str) -> usize {
    if !a.is_empty() && (b.starts_with(a) || b.ends_with(a)) {
        return 1;
    }
    distance(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (one, other, expected) in
            [("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("train", "trian", 2), ("ä", "a", 1)]
        {
            assert_eq!(distance(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn what_was_meant_comes_first() {
        let mut sorted = names(&["test", "validation", "trains"]);
        sort_by_nearness(&mut sorted, "train");
        assert_eq!(sorted, ["trains", "test", "validation"]);
    }

    #[test]
    fn lists_read_as_sentences() {
        let text = |list: &[&str]| Listed(&names(list)).to_string();
        assert_eq!(text(&["a"]), "\"a\"");
        assert_eq!(text(&["a", "b"]), "\"a\" and \"b\"");
        assert_eq!(text(&["a", "b", "c", "d", "e", "f"]), r#""a", "b", "c", "d", "e" and "f""#);
        assert_eq!(text(&["a", "b", "c", "d", "e", "f", "g"]), r#""a", "b", "c", "d", "e" and 2 more"#);
    }

    #[test]
    fn names_are_alike_by_the_letters_to_change() {
        assert_eq!(unlikeness("mnist", "mnist"), 1);
        assert_eq!(unlikeness("mnits", "mnist"), 2);
        assert_eq!(unlikeness("kitten", "sitting"), 3);
        assert_eq!(unlikeness("", "abc"), 3);
    }

    #[test]
    fn what_is_near_is_named_and_else_what_there_is() {
        assert_eq!(near("mnits", ["imagenet", "mnist"].into_iter()), "; did you mean \"mnist\"?");
        assert_eq!(near("xyz", ["imagenet", "mnist"].into_iter()), "; there are \"imagenet\", \"mnist\"");
        assert_eq!(near("xyz", [].into_iter()), "; it is empty");
    }
}
