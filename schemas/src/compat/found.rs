//! Findings: the differences so far, and where in the schemas the comparison is.

use super::{Change, Difference, Level};
use crate::owned::OwnedSchema;

pub(super) struct Found<'a> {
    pub(super) path: String,
    pub(super) differences: Vec<Difference>,
    /// The schemas that we are in, the outermost first: what a reference to a type further out means.
    pub(super) old_outer: Vec<&'a OwnedSchema>,
    pub(super) new_outer: Vec<&'a OwnedSchema>,
}

impl Found<'_> {
    pub(super) fn push(&mut self, level: Level, change: Change) {
        self.differences.push(Difference { path: self.path.clone(), change, level });
    }

    /// Compares one step further in: a field, or `[]` for elements.
    pub(super) fn inside(&mut self, step: &str, compare: impl FnOnce(&mut Self)) {
        let outer = self.path.len();
        if !self.path.is_empty() && step != "[]" {
            self.path.push('.');
        }
        self.path.push_str(step);
        compare(self);
        self.path.truncate(outer);
    }
}
