//! Did you mean: names to list in an error, those first that were probably meant.

use std::fmt;

use crate::error::Printable;

/// Names that an error lists.
const SHOWN: usize = 5;
/// Characters of a name that are compared: of a longer one the beginning tells enough.
const COMPARED: usize = 64;

/// Sorts the names that are like `wanted` to the front.
pub(crate) fn sort_by_nearness(names: &mut [String], wanted: &str) {
    names.sort_by_cached_key(|name| (distance(name, wanted), name.clone()));
}

/// How many characters have to be replaced, put in or taken out.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(COMPARED).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().take(COMPARED).enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (cell, &d) in row.iter_mut().skip(1).zip(&other) {
            let replaced = diagonal + usize::from(c != d);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
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
}
