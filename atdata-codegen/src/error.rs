//! Errors: every problem of every file, in one.

use std::cmp::Ordering;
use std::fmt;

use atdata_schema::unseen::is_unseen;

/// One thing that is wrong, and the place of it.
///
/// `schemas/Photo.json at /fields/0/fieldType/dtype: expected a dtype such as "float32" or "uint8", found "H"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    file: String,
    pointer: String,
    message: String,
}

impl Problem {
    pub(crate) fn new(file: &str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), pointer: pointer.into(), message: message.into() }
    }

    pub(crate) fn unexpected(
        file: &str,
        pointer: impl Into<String>,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) -> Self {
        Self::new(file, pointer, format!("expected {expected}, found {found}"))
    }

    /// The file, as it was named; empty for a problem with the configuration.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The place in the file as a JSON pointer, empty for the file itself.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.is_empty(), self.pointer.is_empty()) {
            (true, _) => f.write_str(&self.message),
            (false, true) => write!(f, "{}: {}", printable(&self.file), self.message),
            (false, false) => write!(f, "{} at {}: {}", printable(&self.file), printable(&self.pointer), self.message),
        }
    }
}

impl Ord for Problem {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |problem: &Self| (problem.file.clone(), steps(&problem.pointer), problem.message.clone());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Problem {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The steps of a pointer, so that `/fields/10` is after `/fields/9`.
fn steps(pointer: &str) -> Vec<(Option<u64>, String)> {
    pointer.split('/').map(|step| (step.parse().ok(), step.to_owned())).collect()
}

/// All that is wrong with the input, sorted by file and place.
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    problems: Vec<Problem>,
}

/// As it displays: what a build script prints whose `main` returns the error.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error {
    /// The problems; there is at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self { problems: vec![Problem::new("", "", message)] }
    }
}

impl std::error::Error for Error {}

/// A line for each problem.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

/// An error with these problems, if there are any.
pub(crate) fn finish(mut problems: Vec<Problem>) -> Result<(), Error> {
    if problems.is_empty() {
        return Ok(());
    }
    problems.sort();
    problems.dedup();
    Err(Error { problems })
}

/// Text from a file without what a terminal or a comment could take for more than text.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_unseen(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_sorted_by_file_and_by_number() {
        let problem = |file, pointer| Problem::unexpected(file, pointer, "a", "b");
        let error = finish(vec![
            problem("b.json", "/fields/2"),
            problem("b.json", "/fields/10"),
            problem("a.json", ""),
            problem("b.json", "/fields/2"),
        ]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "a.json: expected a, found b\nb.json at /fields/2: expected a, found b\nb.json at /fields/10: expected a, found b",
        );
    }

    #[test]
    fn what_is_printed_is_one_line_and_harmless() {
        assert_eq!(printable("a\n\u{1b}[0m\u{202e}é"), "a\\u{a}\\u{1b}[0m\\u{202e}é");
    }
}
