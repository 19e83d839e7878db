//! Answers to a migration: what a person says about fields for which nothing follows from the schemas.

use std::collections::{BTreeMap, BTreeSet};

use super::Obstacle;

/// Answers by path of the new field; `dropped` by path of the new sample and name of the old field.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    pub(super) fields: BTreeMap<String, Answer>,
    pub(super) dropped: BTreeSet<String>,
    pub(super) wrong: Vec<Obstacle>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Path of the old field.
    pub(super) rename: Option<String>,
    pub(super) value: Option<Given>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    Fill,
    FillMissing,
    Convert,
}

impl Answers {
    pub(super) fn twice(&mut self, path: String) {
        let remedy = "keep one of them".to_owned();
        self.wrong.push(Obstacle::answer(path, "is answered in two ways that exclude each other", remedy));
    }

    /// Whether anything is said about what is inside the field.
    pub(super) fn any_below(&self, path: &str) -> bool {
        let below = |answer: &str| {
            answer.strip_prefix(path).is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
        };
        self.fields.keys().any(|path| below(path)) || self.dropped.iter().any(|path| below(path))
    }
}
