//! Samples: plain structs on one side, one msgpack map each on the other.
//!
//! [`Packable`] is what `#[derive(Packable)]` writes; its fields are read and written through [`PackField`], its
//! batches, many samples as a struct of arrays, are built through [`Column`]. [`Cursor`] is the one reader of msgpack, over borrowed bytes.

mod arrays;
#[cfg(feature = "serde")]
pub mod bridge;
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
mod field_list;
mod fields;
mod flat;
mod member;
mod names;
mod nested;
mod newtype;
mod packable;
mod padded;
mod payload;
mod renamed;
mod row;
mod scalars;
mod span;
mod standard;
mod tensor;
mod value;
mod view_source;
mod with;

#[cfg(feature = "serde")]
pub(crate) use column::UNEVEN;
pub use column::{Batch, BatchIter, Column};
pub use containers::{InHashSet, InOrder};
pub use cursor::Cursor;
pub(crate) use cursor::Limits;
#[cfg(feature = "records")]
pub(crate) use cursor::MAX_SAMPLE_DEPTH;
pub use dict::{DictBatch, DictSample};
pub use enums::{LabelText, check_label, enum_label, enum_value, write_text};
pub use field::{BorrowField, PackField};
pub use field_key::{FieldKey, KeyTable, Keys};
pub use field_list::{Cell, FieldList, Give, Given, Nothing, OwnedFields, Ragged, ReadFields, Stacked};
pub use fields::{Fields, Layout};
pub use flat::{
    ByFields, ByRow, Flat, FlatKeys, FlatRef, Flattened, Part, casts_of, count, fields_of, joined_casts, joined_fields,
    joined_keys, one_field_each, read_borrowed_row, ref_fields_of,
};
#[cfg(feature = "records")]
pub(crate) use member::{FieldsOfMembers, RecordTable, is_other_form, why_no_member};
pub use member::{
    KeyPart, MemberCodec, MemberCodecs, MemberSource, MemberTable, SampleLayout, StandardCodecs, Wanted, fits_key,
    fits_member,
};
pub(crate) use member::{
    Kind, MemberError, Split, any_member, any_value, field_of, gather, gather_any, is_npy, kind_of, names_of, split,
    uncompressed,
};
pub use nested::NestedSamples;
pub use newtype::{Newtype, NewtypeColumn};
pub use packable::{Packable, PackableRef};
pub use padded::{Filled, Pad, Padded, Zeros};
pub(crate) use renamed::Owed;
pub use renamed::SourceFields;
pub use row::{OutRefs, Outs, Refs, Row, Rows, Values};
pub use row::{batch_is_even, batch_len, batch_row, check_row, read_row, write_checked_row, write_row};
pub(crate) use span::spans;
pub use span::{ArraySpan, FieldSpan};
pub use tensor::{DynColumn, TensorColumn};
pub use value::Value;
pub use view_source::{FlatField, SourceTable, ViewSource};
pub(crate) use view_source::{Place, wire_field};
pub use with::{FromWire, IntoWire, Many, Maybe, One, Unwrap, With, converted};

#[cfg(feature = "_index")]
pub(crate) use conform::is_untyped;
#[cfg(feature = "records")]
pub(crate) use conform::{Conformance, check_known, missing, wrong_type};
pub(crate) use cursor::{Head, Mark};
pub(crate) use encode::{write_bin, write_bin_header, write_map_len};
pub(crate) use error::{DecodeError, describe};
pub(crate) use field::check_len;
pub(crate) use payload::{read_from_file, read_raw};
