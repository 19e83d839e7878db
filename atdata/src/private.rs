//! Macro support: what the expansions of the macros call, so that they stay thin.
//!
//! Not for anybody else: anything here may change in any release. The module is re-exported under a name with the
//! version, so that a macro of one version and a library of another do not compile together.
#![allow(missing_docs)]

mod fallback;
mod known;
mod owned;
mod shape;

pub use core::option::Option::{self, None, Some};
pub use core::panic;
pub use core::primitive::{bool, str, u8, usize};
pub use core::result::Result::{Err, Ok};
#[cfg(feature = "schemars")]
pub use std::borrow::Cow;
pub use std::vec::Vec;

use atdata_schema::fit::{self, Purpose, Texts};
pub use atdata_schema::matching::{NestedSample, RecordArray, RecordField, RecordSample, RecordType, Text, drift};
pub use atdata_schema::{DefaultValue, Dtype, Field, FieldType, ManifestField, Schema, SchemaRef};

pub use crate::__json_schema as json_schema;
pub use crate::array::ArraySpec;
pub use crate::error::{Error, Result};
#[cfg(feature = "laws")]
pub use crate::lens::laws::assert_laws_with;
pub use crate::lens::methods::{FallbackLens, FunctionLens, LensType, Methods};
pub use crate::lens::{Declared, DeclaredView, Direct, Lens, LensFrom, PutLens, Then, ViewField, ViewOf};
#[cfg(feature = "records")]
pub use crate::lens::{get_erased, put_erased};
pub use crate::query::{Comparable, FieldOf, InList, Inlined, LabelOf};
#[cfg(feature = "schemars")]
pub use crate::sample::bridge::{json_schema as json_schema_of, schema_id, schema_name};
pub use crate::sample::{Batch, BatchIter, Column, Newtype, NewtypeColumn};
pub use crate::sample::{
    BorrowField, Cell, Cursor, FieldKey, FieldList, Fields, FromWire, Give, Given, IntoWire, KeyTable, Keys, LabelText,
    Layout, Many, Maybe, NestedSamples, Nothing, One, OutRefs, Outs, OwnedFields, PackField, Packable, PackableRef,
    Ragged, ReadFields, Refs, Row, Rows, SourceFields, SourceTable, Stacked, Unwrap, Values, ViewSource, With,
    check_label, converted, enum_label, enum_value, write_text,
};
pub use crate::sample::{Filled, InHashSet, InOrder, Pad, Padded, Zeros};
pub use crate::sample::{KeyPart, MemberCodecs, MemberSource, MemberTable, SampleLayout, fits_key, fits_member};
pub use crate::sample::{
    batch_is_even, batch_len, batch_row, check_row, read_borrowed_row, read_row, write_checked_row, write_row,
};
pub use crate::{
    __batch as batch, __laws as laws, __proven as proven, __register_lens as register_lens, __sample as sample,
};
#[cfg(feature = "records")]
pub use inventory;
#[cfg(feature = "schemars")]
pub use schemars;
#[cfg(feature = "serde")]
pub use {
    crate::sample::Value,
    crate::sample::bridge::{Serde, SerdeField, asks_serde, json_of},
};

use crate::sample::{Place, wire_field};

/// The test of `#[lens(laws)]`.
#[cfg(feature = "laws")]
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    (test: $test:ident, lens: $lens:expr $(, sources: $sources:expr)? $(, views: $views:expr)?) => {
        #[test]
        fn $test() {
            $crate::__private_0_1_0::assert_laws_with(
                &$lens,
                [$(::core::iter::Iterator::collect(::core::iter::IntoIterator::into_iter($sources())))?],
                [$(::core::iter::Iterator::collect(::core::iter::IntoIterator::into_iter($views())))?],
            );
        }
    };
}

/// The test of `#[lens(laws)]`.
#[cfg(not(feature = "laws"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    ($($lens:tt)*) => {
        ::core::compile_error!(
            "`laws` needs the feature `laws` of atdata; turn it on in `Cargo.toml`, where atdata is under \
             `[dev-dependencies]`"
        );
    };
}

/// What is the same in all batches: methods that hand on to the trait, so that users need not import it.
#[doc(hidden)]
#[macro_export]
macro_rules! __batch {
    ($(#[$allow:meta])* $vis:vis $batch:ident of $sample:ident) => {
        $(#[$allow])*
        impl $batch {
            /// Number of samples.
            #[must_use]
            $vis fn len(&self) -> ::core::primitive::usize {
                $crate::__private_0_1_0::Batch::len(self)
            }

            /// Whether there are no samples.
            #[must_use]
            $vis fn is_empty(&self) -> ::core::primitive::bool {
                $crate::__private_0_1_0::Batch::is_empty(self)
            }

            /// A copy of one sample, `None` past the end.
            #[must_use]
            $vis fn row(&self, __index: ::core::primitive::usize) -> ::core::option::Option<$sample> {
                $crate::__private_0_1_0::Batch::row(self, __index)
            }

            /// Copies of all samples.
            #[must_use]
            $vis fn to_samples(&self) -> $crate::__private_0_1_0::Vec<$sample> {
                $crate::__private_0_1_0::Batch::to_samples(self)
            }

            /// Copies of all samples, one after the other.
            ///
            /// # Panics
            /// As `to_samples`, where the columns are not all of one length.
            $vis fn iter(&self) -> $crate::__private_0_1_0::BatchIter<'_, Self> {
                $crate::__private_0_1_0::BatchIter::new(self)
            }

            /// Stacks samples.
            ///
            /// # Errors
            /// If the arrays of a field differ in shape.
            $vis fn from_samples(
                __samples: impl ::core::iter::IntoIterator<Item = $sample>,
            ) -> $crate::__private_0_1_0::Result<Self> {
                $crate::__private_0_1_0::from_samples::<$sample>(__samples)
            }
        }
    };
}

/// The JSON Schema of a type.
#[cfg(feature = "schemars")]
#[doc(hidden)]
#[macro_export]
macro_rules! __json_schema {
    ($sample:ident) => {
        #[automatically_derived]
        impl $crate::__private_0_1_0::schemars::JsonSchema for $sample {
            fn schema_name() -> $crate::__private_0_1_0::Cow<'static, $crate::__private_0_1_0::str> {
                $crate::__private_0_1_0::schema_name::<Self>()
            }

            fn schema_id() -> $crate::__private_0_1_0::Cow<'static, $crate::__private_0_1_0::str> {
                $crate::__private_0_1_0::schema_id::<Self>(::core::module_path!())
            }

            fn json_schema(
                __generator: &mut $crate::__private_0_1_0::schemars::SchemaGenerator,
            ) -> $crate::__private_0_1_0::schemars::Schema {
                $crate::__private_0_1_0::json_schema_of::<Self>(__generator)
            }
        }
    };
}

/// The JSON Schema of a type: none.
#[cfg(not(feature = "schemars"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __json_schema {
    ($sample:ident) => {};
}

/// A derived type, with the proof that all its fields have a wire form.
///
/// A bound that a field's type does not meet would be reported wherever the expansion mentions that type, some thirty
/// times. So the bounds are asked for in this constant only; whatever else depends on them takes the constant as an
/// argument, and the compiler is silent about types that contain a constant which it has already reported.
///
/// A trait and not a constant of the expansion's own, for the batch needs it as well, and that stands outside of the
/// expansion's anonymous constant: `OutOf<Array3<f32>, { <Photo as Proof>::FIELDS }>`.
pub trait Proof {
    /// Of a declared view: that its source is one.
    const SOURCE: bool = true;
    const FIELDS: bool;
}

/// The type itself, by way of a [`Proof`].
///
/// `<T as Proven<{ … }>>::Type` is `T` where the proof holds. Where it does not, the constant fails to evaluate, which is
/// the one error, and the projection is an error type, about which nothing more is said.
pub trait Proven<const PROOF: bool> {
    type Type;
}

impl<T> Proven<true> for T {
    type Type = T;
}

/// Never asked for. With two impls to choose from, the compiler does not look into either for a constant that failed.
impl<T> Proven<false> for T {
    type Type = bool;
}

/// The types of the fields of a derived type: `<Photo as Gate<T>>::Type` is `T` where the proof of `Photo` holds. Its one
/// impl asks that, so that the constant is mentioned once, however many fields there are.
pub trait Gate<T> {
    type Type;
}

/// The gate of a type, and the name that the rest of its expansion mentions the types of fields by: `__P<Array3<f32>>`.
///
/// An alias is expanded where it stands, but the constant is evaluated once. So a type without a wire form is one error, and
/// at the user's token, not one for each mention of it.
#[doc(hidden)]
#[macro_export]
macro_rules! __proven {
    ($sample:ty) => {
        impl<__T: $crate::__private_0_1_0::Proven<{ <$sample as $crate::__private_0_1_0::Proof>::FIELDS }>>
            $crate::__private_0_1_0::Gate<__T> for $sample
        {
            type Type = __T::Type;
        }

        type __P<__T> = <$sample as $crate::__private_0_1_0::Gate<__T>>::Type;
    };
}

/// Asks it of an enum, or of the values of a field that is converted, in one place.
pub const fn asks_clone<T: Clone>() -> bool {
    true
}

/// What the column of a field of `S` becomes in the batch.
pub type OutOf<S, T> = <<<S as Gate<T>>::Type as PackField>::Column as Column>::Out;

/// The same of a field that is padded.
pub type PaddedOf<S, T> = Padded<<<S as Gate<T>>::Type as Pad>::Element, <<S as Gate<T>>::Type as Pad>::Dim>;

/// Asks it of a field that is padded, in one place.
pub const fn asks_pad<T: Pad>() -> bool {
    true
}

/// Does not compile where the type of a field could have a null that means two things. The panic is where it is called.
#[track_caller]
pub const fn one_null(two_nulls: bool, field: &str) {
    if two_nulls {
        let mut text = Text::new();
        text.push("field `");
        text.push(field);
        text.push("`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; remove the outer `Option`");
        panic!("{}", text.as_str());
    }
}

/// Asks for the bound of the trait whose constant is named.
pub const fn asks(_: bool) {}

/// What constants know of a sample type; `casts` says of each field whether it converts dtypes.
pub const fn nested<S: Packable>(casts: &'static [bool]) -> Option<NestedSample> {
    Some(NestedSample::new(S::SCHEMA, casts, false))
}

/// Stacks samples into the batch of their type.
pub fn from_samples<S: Packable>(samples: impl IntoIterator<Item = S>) -> Result<S::Batch> {
    let samples = samples.into_iter();
    let mut builder = S::Builder::with_capacity(samples.size_hint().0);
    for sample in samples {
        builder.push(sample)?;
    }
    builder.finish()
}

/// Whether a field type is an array, or a list, map or `Option` of arrays.
pub const fn holds_array(field_type: FieldType) -> bool {
    match field_type {
        FieldType::Array(_) | FieldType::Structured(_) => true,
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => holds_array(*inner),
        _ => false,
    }
}

/// Whether a field of that type may hold any value.
pub const fn is_any(field_type: FieldType) -> bool {
    matches!(field_type, FieldType::Any)
}

/// Whether no required field follows an optional one.
pub const fn ends_with_optional(mut optional: &[bool]) -> bool {
    let mut before = false;
    while let [first, rest @ ..] = optional {
        if before && !*first {
            return false;
        }
        before = *first;
        optional = rest;
    }
    true
}

/// Whether the arrays of that field type have a dtype that others can be converted to.
pub const fn has_dtype(field_type: FieldType) -> bool {
    match field_type {
        FieldType::Array(array) | FieldType::Structured(array) => array.dtype.is_some(),
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => has_dtype(*inner),
        // What is no array at all is told so already.
        _ => true,
    }
}

/// Whether a field of that type holds a list or map of arrays.
pub const fn holds_arrays(field_type: FieldType) -> bool {
    match field_type {
        FieldType::List(inner) | FieldType::Map(inner) => holds_array(*inner),
        FieldType::Nullable(inner) => holds_arrays(*inner),
        _ => false,
    }
}

/// The number of dimensions of the arrays in that field type, if it is another than `ndim`.
pub const fn other_rank(field_type: FieldType, ndim: usize) -> Option<usize> {
    match array(&field_type) {
        FieldType::Array(of) | FieldType::Structured(of) => match of.ndim {
            Some(rank) if rank != ndim => Some(rank),
            _ => None,
        },
        _ => None,
    }
}

const fn array(of: &FieldType) -> &FieldType {
    match of {
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => array(inner),
        array => array,
    }
}

/// The default of a field as JSON, by way of the form that a sample has it in.
#[cfg(feature = "records")]
pub fn default_json<T: PackField>(value: &T) -> Option<String> {
    let mut bytes = Vec::new();
    value.check(ArraySpec::ANY).ok()?;
    value.write(&mut bytes);
    crate::sample::Value::read(&mut Cursor::new(&bytes)).ok()?.to_json().map(|json| json.to_string())
}

/// Without records nobody asks for it.
#[cfg(not(feature = "records"))]
pub fn default_json<T: PackField>(_: &T) -> Option<String> {
    None
}

/// Whether the arrays in the field `ident` of a source have dimensions of these names, or of none.
pub const fn has_names<S: ViewSource>(ident: &str, names: &[&str]) -> bool {
    match wire_field::<S>(ident) {
        Some(field) => match array(&field.field_type) {
            FieldType::Array(of) | FieldType::Structured(of) => {
                let dims = match of.dims {
                    Some(dims) => Some(Texts::Constant(dims)),
                    None => None,
                };
                Purpose::View.names(fit::names(dims, Some(Texts::Constant(names)))).holds()
            }
            _ => true,
        },
        None => true,
    }
}

/// Asks of the source of a declared view what the view needs.
pub const fn view_source<S: ViewSource + Clone>() -> bool {
    true
}

/// Does not compile where a view shows what is no field in the bytes of its source. The panic is where it is called.
#[track_caller]
pub const fn on_wire<const N: usize>(table: &SourceTable<N>, at: usize, view: &str, field: &str) {
    let problem = match table.place(at) {
        Place::Wire(_) | Place::Unknown => return,
        Place::Skipped => "` of its source, which is `#[packable(skip)]`ped and so in no bytes; remove one of the two",
        Place::Converted => {
            "` of its source, whose bytes are of another type than its values; make the view with `#[lens]` on a function"
        }
        Place::Flattened => {
            "` of its source, whose own fields are in the bytes in its place; show those, such as `from = \"field.inner\"`"
        }
        Place::Inside => {
            "` of its source, which is a part of a field; show the whole field, or make the view with `#[lens]` on a function"
        }
    };
    let mut text = Text::new();
    text.push("`");
    text.push(view);
    text.push("` shows the field `");
    text.push(field);
    text.push(problem);
    panic!("{}", text.as_str());
}

/// The field of a source that a view shows.
pub const fn shown<S, T>(_: fn(&S) -> &T) -> Shown<T> {
    Shown(core::marker::PhantomData)
}

#[derive(Debug)]
pub struct Shown<T>(core::marker::PhantomData<fn() -> T>);

impl<T> Shown<T> {
    /// Asks whether the field of the view is of that type. Known first, it does not become what the view would have.
    pub const fn is<V: ViewField<T> + Clone>(self) {}
}

pub use fallback::Fallback;
pub use known::{Known, borrowed_field, field, fields, keys};
pub use shape::{Shape, shaped};

pub use crate::sample::{
    ByFields, ByRow, Flat, FlatField, FlatKeys, FlatRef, Flattened, Part, casts_of, count, fields_of, joined_casts,
    joined_fields, joined_keys, one_field_each, ref_fields_of,
};
pub use crate::{__borrowed as borrowed, __flat as flat, __packable as packable, __view_source as view_source_of};
#[cfg(feature = "schemars")]
pub use {
    crate::sample::bridge::{asks_json_schema, json_schema_text},
    atdata_schema::JsonSchema,
};

/// The row of a type, to whoever flattens it.
#[doc(hidden)]
#[macro_export]
macro_rules! __flat {
    ($builder:ident($row:ident) of $sample:ident) => {
        impl $crate::__private_0_1_0::Flat for $sample {
            #[inline]
            fn by_row<__V: $crate::__private_0_1_0::ByRow<Self>>(__visit: __V) -> __V::Out {
                __visit.by::<$row>()
            }

            #[inline]
            fn read_fields(
                __builder: &mut $builder,
                __map: &mut $crate::__private_0_1_0::Fields<'_, '_>,
                __at: ::core::primitive::usize,
            ) -> $crate::__private_0_1_0::Result<()> {
                __builder.0.read_fields(__map, __at)
            }
        }
    };
}

/// The fields of a type that borrows, to whoever reads it, and where it is flattened.
#[doc(hidden)]
#[macro_export]
macro_rules! __borrowed {
    ($sample:ident<$bytes:lifetime> of $fields:ty, $keys:ident, $layout:expr, $from_values:expr) => {
        impl $crate::__private_0_1_0::FlatKeys for $sample<'_> {
            const FLAT_KEYS: $crate::__private_0_1_0::Keys = $keys.keys();
        }

        impl<$bytes> $crate::__private_0_1_0::FlatRef<$bytes> for $sample<$bytes> {
            #[inline]
            fn by_fields<__V: $crate::__private_0_1_0::ByFields<$bytes, Self>>(__visit: __V) -> __V::Out {
                __visit.by::<$fields>(const { $layout }, $from_values)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_macros_name_this_version() {
        let name = format!("__private_{}", env!("CARGO_PKG_VERSION").replace('.', "_"));
        assert!(include_str!("lib.rs").contains(&format!("pub use private as {name};")), "rename it to {name}");
    }
}
