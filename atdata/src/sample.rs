//! Samples: plain structs on one side, one msgpack map each on the other.
//!
//! [`Packable`] is what `#[derive(Packable)]` writes; its fields are read and written through [`PackField`], its
//! batches are built through [`Column`](crate::Column). [`Cursor`] is the one reader of msgpack, over borrowed bytes.

#[cfg(feature = "records")]
mod conform;
mod containers;
mod cursor;
mod dict;
mod encode;
mod enums;
mod error;
mod field;
mod fields;
mod packable;
mod scalars;
mod source;
mod value;

pub use cursor::Cursor;
#[cfg(feature = "records")]
pub(crate) use cursor::MAX_SAMPLE_DEPTH;
pub use dict::{DictBatch, DictSample};
pub use enums::{enum_value, write_text};
pub use field::{ArraySpec, BorrowField, PackField};
pub use fields::{FieldKey, Fields};
pub use packable::{Packable, PackableRef};
pub use source::{SourceFields, SourceTable, is_skipped};
pub use value::Value;

#[cfg(feature = "index")]
pub(crate) use conform::is_untyped;
#[cfg(feature = "records")]
pub(crate) use conform::{Conformance, check_known, last_entry, missing, wrong_type};
pub(crate) use encode::{write_bin, write_bin_header, write_map_len};
pub(crate) use error::DecodeError;
pub(crate) use field::check_len;
pub(crate) use fields::{missing_field, repeats_a_key};
