//! The generator and its program: records in, Rust out, and what is said of records that are amiss.

#[cfg(feature = "cli")]
mod cli;
#[cfg(feature = "cli")]
mod fetch;
mod golden;
mod problems;
mod upgrades;
