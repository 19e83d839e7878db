//! What the fuzz targets do with their input. It is here, and not with them, so that the committed seeds run in every
//! test run: a crash whose input is a seed stays mended.
#![allow(missing_docs, reason = "read by the fuzz targets and one test")]
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a target says what is wrong by panicking"
)]

pub mod array;
pub mod arrow_tensor;
#[cfg(feature = "barecat")]
pub mod barecat;
pub mod braces;
pub mod codegen;
pub mod contents;
mod folder;
pub mod image;
#[cfg(feature = "manifest")]
pub mod manifest;
pub mod npy;
pub mod npz;
pub mod pack;
#[cfg(feature = "network")]
pub mod record;
#[cfg(feature = "network")]
pub mod reference;
pub mod safetensors;
pub mod sample;
pub mod schema;
pub mod structured;
pub mod tar;
