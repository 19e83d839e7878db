//! A failed check: what it has found wrong.

use std::error::Error as StdError;
use std::fmt::{self, Debug};

use crate::error::Error;

/// A check that an implementation has not passed: its name, and what was expected and found.
pub struct Failure {
    check: &'static str,
    problem: Problem,
}

/// What went wrong within a check.
#[derive(Debug)]
pub(crate) enum Problem {
    /// A call failed that should not have.
    Failed(Error),
    /// A call gave something else than what it should have.
    Differs(String),
}

pub(crate) type Outcome = Result<(), Problem>;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Long values, such as lists of ten thousand URLs, tell nothing more by their ends.
const SHOWN: usize = 1000;

#[expect(clippy::needless_pass_by_value, reason = "what is compared is mostly made for it")]
pub(crate) fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    let shown = |value: &T| {
        let text = format!("{value:?}");
        if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain(['…']).collect() } else { text }
    };
    Err(Problem::Differs(format!("{what}: expected {}, found {}", shown(&expected), shown(&found))))
}

pub(crate) fn holds(what: &str, condition: bool) -> Outcome {
    if condition { Ok(()) } else { Err(Problem::Differs(what.to_owned())) }
}

impl Failure {
    pub(crate) fn new(check: &'static str, problem: Problem) -> Self {
        Self { check, problem }
    }

    /// The name of the check.
    pub fn check(&self) -> &str {
        self.check
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.check)?;
        match &self.problem {
            Problem::Failed(_) => f.write_str("a call failed"),
            Problem::Differs(text) => f.write_str(text),
        }
    }
}

/// With the chain of sources, so that a test that returns it prints all there is to know.
impl Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Problem::Failed(error) => write!(f, "{self}: {error:?}"),
            Problem::Differs(_) => write!(f, "{self}"),
        }
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.problem {
            Problem::Failed(error) => Some(error),
            Problem::Differs(_) => None,
        }
    }
}
