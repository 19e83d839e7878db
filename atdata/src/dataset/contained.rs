//! Panics of a caller's function, made errors.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::dataset::plan::error::PlanError;
use crate::error::Result;

/// Makes an error of a panic: what it leaves of a result is thrown away.
pub(super) fn contained<V>(run: impl FnOnce() -> Result<V>) -> Result<V> {
    catch_unwind(AssertUnwindSafe(run))
        .unwrap_or_else(|panic| Err(PlanError::Panicked { message: told(&*panic) }.into()))
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it does not say why").to_owned()
}
