//! Samples: plain structs on one side, one msgpack map each on the other.
//!
//! [`Packable`] is what `#[derive(Packable)]` writes; its fields are read and written through [`PackField`], its
//! batches, many samples as a struct of arrays, are built through [`Column`]. [`Cursor`] is the one reader of msgpack, over borrowed bytes.

mod arrays;
mod column;
#[cfg(feature = "records")]
mod conform;
mod containers;
mod cursor;
mod dict;
mod encode;
mod enums;
mod error;
mod field;
mod field_key;
mod fields;
mod newtype;
mod packable;
mod payload;
mod renamed;
mod scalars;
mod span;
mod tensor;
mod value;
mod view_source;

pub use column::{Batch, Column};
pub use cursor::Cursor;
#[cfg(feature = "records")]
pub(crate) use cursor::MAX_SAMPLE_DEPTH;
pub use dict::{DictBatch, DictSample};
pub use enums::{enum_value, write_text};
pub use field::{BorrowField, PackField};
pub use field_key::FieldKey;
pub use fields::Fields;
pub use newtype::{Newtype, NewtypeColumn};
pub use packable::{Packable, PackableRef};
pub use renamed::SourceFields;
pub(crate) use span::spans;
pub use span::{ArraySpan, FieldSpan};
pub use tensor::{DynColumn, TensorColumn};
pub use value::Value;
pub(crate) use view_source::wire_field;
pub use view_source::{SourceTable, ViewSource, is_skipped};

#[cfg(feature = "_index")]
pub(crate) use conform::is_untyped;
#[cfg(feature = "records")]
pub(crate) use conform::{Conformance, check_known, last_entry, missing, wrong_type};
pub(crate) use encode::{write_bin, write_bin_header, write_map_len};
pub(crate) use error::DecodeError;
pub(crate) use field::check_len;
pub(crate) use fields::{missing_field, repeats_a_key};
pub(crate) use payload::{read_from_file, read_raw};
