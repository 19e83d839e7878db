//! Errors of migrations: why there is no plan, and what to say so that there is one.

use std::fmt;

use crate::{Change, OwnedSchema};

/// So many obstacles are printed.
const SHOWN: usize = 64;

/// All fields of a newer type for which nothing follows from the older one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationError {
    types: String,
    obstacles: Vec<Obstacle>,
}

/// One field for which nothing follows, or one answer that is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Obstacle {
    /// The field, with the way to it: `meta.tags[]`.
    pub path: String,
    /// What is the matter.
    pub reason: Reason,
    /// What to write, for people.
    pub remedy: String,
}

/// What is the matter with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It changed in a way that does not tell what its values become.
    Changed(Change),
    /// What was said of it cannot be followed.
    Answer(String),
}

impl MigrationError {
    pub(super) fn new(old: &OwnedSchema, new: &OwnedSchema, obstacles: Vec<Obstacle>) -> Self {
        let types = format!("{}@{} -> {}@{}", old.name, old.version, new.name, new.version);
        Self { types, obstacles }
    }

    /// What stands in the way: fields in the order of the schemas, then answers.
    pub fn obstacles(&self) -> &[Obstacle] {
        &self.obstacles
    }
}

impl Obstacle {
    pub(super) fn changed(path: &str, change: Change, remedy: String) -> Self {
        Self { path: path.to_owned(), reason: Reason::Changed(change), remedy }
    }

    pub(super) fn answer(path: String, reason: impl Into<String>, remedy: String) -> Self {
        Self { path, reason: Reason::Answer(reason.into()), remedy }
    }
}

impl std::error::Error for MigrationError {}

/// One obstacle behind the types; several on a line each, under their number.
impl fmt::Display for MigrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [obstacle] = self.obstacles.as_slice() {
            return write!(f, "{}: {obstacle}", self.types);
        }
        write!(f, "{}: {} fields need a word:", self.types, self.obstacles.len())?;
        for obstacle in self.obstacles.iter().take(SHOWN) {
            write!(f, "\n  {obstacle}")?;
        }
        match self.obstacles.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// ``label: type str -> int; write `.convert("label", f)` ``
impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.escape_debug();
        match &self.reason {
            Reason::Changed(change) => write!(f, "{path}: {change}; write {}", self.remedy),
            Reason::Answer(reason) => write!(f, "{path}: {reason}; {}", self.remedy),
        }
    }
}
