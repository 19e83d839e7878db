//! Checks: what all suites are lists of.

use std::fmt;

use super::failure::{Failure, Outcome};
use crate::error::Result;

/// One promise, as a check that runs on a subject.
pub struct Check<S> {
    name: &'static str,
    check: fn(&S) -> Outcome,
}

impl<S> Check<S> {
    pub(super) const fn new(name: &'static str, check: fn(&S) -> Outcome) -> Self {
        Self { name, check }
    }

    /// Its name, which says what is promised.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs it on what `make` makes.
    ///
    /// # Errors
    /// What was expected and what was found, or the error of `make`.
    pub fn run(&self, make: &dyn Fn() -> Result<S>) -> Result<(), Failure> {
        let subject = make().map_err(|error| Failure::new(self.name, error.into()))?;
        self.run_on(&subject)
    }

    /// Runs it on a subject that is there.
    ///
    /// # Errors
    /// What was expected and what was found.
    pub fn run_on(&self, subject: &S) -> Result<(), Failure> {
        (self.check)(subject).map_err(|problem| Failure::new(self.name, problem))
    }
}

impl<S> Clone for Check<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Check<S> {}

impl<S> fmt::Debug for Check<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Check").field(&self.name).finish()
    }
}

/// A suite: the checks of these functions, by their names.
macro_rules! checks {
    ($($module:ident::$name:ident,)*) => {
        vec![$(Check::new(stringify!($name), $module::$name)),*]
    };
    ($($name:ident,)*) => {
        vec![$(Check::new(stringify!($name), $name)),*]
    };
}
pub(super) use checks;
