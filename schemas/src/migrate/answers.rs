//! Answers to a migration: what a person says about fields for which nothing follows from the schemas.

use std::collections::{BTreeMap, BTreeSet};

use super::Obstacle;
use crate::OwnedSchema;

/// Builds a [`MigrationPlan`](super::MigrationPlan); made by [`MigrationPlan::builder`](super::MigrationPlan::builder).
///
/// Fields of nested samples are named by their path in the new type: `meta.tags`, `faces[].label` for the samples of a
/// list or map.
#[derive(Debug, Clone)]
#[must_use = "nothing is planned before `build`"]
pub struct MigrationPlanBuilder {
    pub(super) old: OwnedSchema,
    pub(super) new: OwnedSchema,
    pub(super) answers: Answers,
}

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

impl MigrationPlanBuilder {
    pub(super) fn new(old: OwnedSchema, new: OwnedSchema) -> Self {
        Self { old, new, answers: Answers::default() }
    }

    /// The new field is the old one under another name. Both paths are written out: `("meta.author", "meta.creator")`.
    pub fn rename(mut self, old: impl Into<String>, new: impl Into<String>) -> Self {
        let new = new.into();
        let answer = self.answers.fields.entry(new.clone()).or_default();
        if answer.rename.replace(old.into()).is_some() || matches!(answer.value, Some(Given::Fill | Given::Convert)) {
            self.answers.twice(new);
        }
        self
    }

    /// The new field has one value in all samples.
    pub fn fill(self, field: impl Into<String>) -> Self {
        self.give(field.into(), Given::Fill)
    }

    /// A value stands in for what an old sample lacks, or for null where the new type does not allow it.
    pub fn fill_missing(self, field: impl Into<String>) -> Self {
        self.give(field.into(), Given::FillMissing)
    }

    /// A function makes the new field, of the whole old sample that it is in.
    pub fn convert(self, field: impl Into<String>) -> Self {
        self.give(field.into(), Given::Convert)
    }

    /// The old field is not needed any more. Needs to be said where an added field may be the same under another name.
    pub fn drop_field(mut self, old: impl Into<String>) -> Self {
        self.answers.dropped.insert(old.into());
        self
    }

    fn give(mut self, field: String, given: Given) -> Self {
        let answer = self.answers.fields.entry(field.clone()).or_default();
        let renamed = answer.rename.is_some() && given != Given::FillMissing;
        if answer.value.replace(given).is_some() || renamed {
            self.answers.twice(field);
        }
        self
    }
}

impl Answers {
    fn twice(&mut self, path: String) {
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
