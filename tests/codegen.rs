//! Generated code in crates of its own: it compiles, its types are those of the records, and a change of a record breaks
//! the build where it should.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "codegen/crates.rs"]
mod crates;
#[path = "codegen/damage.rs"]
mod damage;
#[path = "codegen/example.rs"]
mod example;
#[path = "codegen/formats.rs"]
mod formats;
#[path = "codegen/python.rs"]
mod python;
#[path = "codegen/random.rs"]
mod random;
#[path = "codegen/random_upgrades.rs"]
mod random_upgrades;
#[path = "codegen/upgrade.rs"]
mod upgrade;
