//! The generator: records in, Rust out, what is said of records that are amiss, and what the library stands on.

mod dependencies;
mod golden;
mod problems;
mod upgrades;
