//! Builder of a migration plan.

use super::answers::{Answers, Given};
use super::derive::derive;
use super::{MigrationError, MigrationPlan};
use crate::OwnedSchema;

/// Builds a [`MigrationPlan`]; made by [`MigrationPlan::builder`].
///
/// Fields of nested samples are named by their path in the new type: `meta.tags`, `faces[].label` for the samples of a
/// list or map.
#[derive(Debug, Clone)]
#[must_use = "nothing is planned before `build`"]
pub struct MigrationPlanBuilder {
    old: OwnedSchema,
    new: OwnedSchema,
    answers: Answers,
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

    /// The plan.
    ///
    /// # Errors
    /// All fields for which nothing follows and nothing was said, and all that was said of fields that do not exist.
    pub fn build(self) -> Result<MigrationPlan, MigrationError> {
        let (sample, mut obstacles) = derive(&self.old, &self.new, &self.answers);
        obstacles.extend(self.answers.wrong);
        if !obstacles.is_empty() {
            return Err(MigrationError::new(&self.old, &self.new, obstacles));
        }
        Ok(MigrationPlan { source: self.old, target: self.new, sample })
    }
}
