//! Generated code in crates of its own: it compiles, its types are those of the records, and a change of a record breaks
//! the build where it should.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod crates;
mod damage;
mod example;
mod fetch;
mod formats;
mod python;
mod random;
mod random_upgrades;
mod record_check;
mod upgrade;
