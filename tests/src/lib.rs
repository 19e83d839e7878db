//! What the tests have in common: the fixtures, their JSON encoding of values, and the sample types they hold.
#![allow(missing_docs, reason = "read by tests alone")]
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a helper of a test fails by panicking"
)]

pub mod archive;
pub mod encoding;
pub mod fixtures;
pub mod provider;
pub mod python;
pub mod records;
pub mod remote;
pub mod services;
pub mod sql;
pub mod types;

pub use encoding::{Encode, hex, normal, sha256, unhex};
