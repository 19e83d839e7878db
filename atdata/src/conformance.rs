//! Conformance: suites of checks that every implementation of a trait has to pass, for the tests of whoever writes one.
//!
//! What the documentation of a trait promises is checked by one list, which runs on the implementations of this crate as
//! well as on those of others: see [`provider`], [`store`] and [`source`].

mod check;
mod failure;
pub mod provider;
pub mod source;
pub mod store;

pub use self::check::Check;
pub use self::failure::Failure;
pub(crate) use self::failure::{Outcome, holds, same};
