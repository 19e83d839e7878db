//! Macro support: what the expansions of the macros call, so that they stay thin.
//!
//! Not for anybody else: anything here may change in any release. The module is re-exported under a name with the
//! version, so that a macro of one version and a library of another do not compile together.
#![allow(missing_docs)]

pub use core::option::Option::{self, None, Some};
pub use core::panic;
pub use core::primitive::{bool, str, u8, usize};
pub use core::result::Result::{Err, Ok};
pub use std::vec::Vec;

use atdata_schema::fit::{self, Purpose, Texts};
pub use atdata_schema::matching::{NestedSample, RecordArray, RecordField, RecordSample, RecordType, Text, drift};
pub use atdata_schema::{DefaultValue, Dtype, Field, FieldType, Schema, SchemaRef};

pub use crate::array::ArraySpec;
pub use crate::error::{Error, Result};
#[cfg(feature = "laws")]
pub use crate::lens::laws::assert_laws_with;
pub use crate::lens::methods::{FallbackLens, FunctionLens, LensType, Methods};
pub use crate::lens::{Declared, DeclaredView, Direct, Lens, LensFrom, PutLens, Then, ViewField, ViewOf};
#[cfg(feature = "records")]
pub use crate::lens::{get_erased, put_erased};
pub use crate::sample::{Batch, Column, Newtype, NewtypeColumn};
pub use crate::sample::{
    BorrowField, Cursor, FieldKey, Fields, PackField, Packable, PackableRef, SourceFields, SourceTable, ViewSource,
    enum_value, is_skipped, write_text,
};
pub use crate::{__laws as laws, __register_lens as register_lens};
#[cfg(feature = "records")]
pub use inventory;

use crate::sample::{DecodeError, missing_field, repeats_a_key, wire_field, write_map_len};

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

/// A derived type, with the proof that all its fields have a wire form.
///
/// A bound that a field's type does not meet would be reported wherever the expansion mentions that type, some thirty
/// times. So the bounds are asked for in this constant only; whatever else depends on them takes the constant as an
/// argument, and the compiler is silent about types that contain a constant which it has already reported.
///
/// A trait and not a constant of the expansion's own, for the batch needs it as well, and that stands outside of the
/// expansion's anonymous constant: `OutOf<Array3<f32>, { <Photo as Proof>::FIELDS }>`.
pub trait Proof {
    const FIELDS: bool;
}

/// The type itself, by way of a [`Proof`].
///
/// `<T as Proven<{ … }>>::Type` is `T` where the proof holds. Where it does not, the constant fails to evaluate, which is
/// the one error, and the projection is an error type, about which nothing more is said.
pub trait Proven<const FIELDS: bool> {
    type Type: PackField;
}

impl<T: PackField> Proven<true> for T {
    type Type = T;
}

/// Never asked for. With two impls to choose from, the compiler does not look into either for a constant that failed.
impl<T> Proven<false> for T {
    type Type = bool;
}

/// The same for a sample type, that of a lens.
pub trait ProvenSample<const TYPES: bool> {
    type Type: Packable;
}

impl<T: Packable> ProvenSample<true> for T {
    type Type = T;
}

impl<T> ProvenSample<false> for T {
    type Type = crate::sample::DictSample;
}

/// The column of an enum, which needs `Clone`.
pub trait ProvenEnum<const IS_CLONE: bool>: Sized {
    type Column: Column<Value = Self>;
}

impl<T: PackField + Clone> ProvenEnum<true> for T {
    type Column = Vec<T>;
}

impl<T> ProvenEnum<false> for T {
    type Column = Fallback<T>;
}

/// Asks it of an enum in one place.
pub const fn asks_clone<T: Clone>() -> bool {
    true
}

/// The same for a field that may borrow.
pub trait ProvenRef<'a, const FIELDS: bool> {
    type Type: BorrowField<'a>;
}

impl<'a, T: BorrowField<'a>> ProvenRef<'a, true> for T {
    type Type = T;
}

impl<T> ProvenRef<'_, false> for T {
    type Type = bool;
}

/// The batch column of a field type.
pub type ColumnOf<T> = <T as PackField>::Column;

/// What that column becomes in the batch.
pub type OutOf<T, const FIELDS: bool> = <ColumnOf<<T as Proven<FIELDS>>::Type> as Column>::Out;

pub const fn key(name: &'static str, encoded: &'static [u8]) -> FieldKey {
    FieldKey::new(name, encoded)
}

/// Reads a sample; errors get the type's name in front of their field path.
#[inline]
pub fn sample<'a, T>(
    cursor: &mut Cursor<'a>,
    type_name: &'static str,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T>,
) -> Result<T> {
    cursor.nested_sample(read).map_err(|error| error.in_sample(type_name))
}

/// Where a sample begins, for [`read_repeated`] and errors to look at.
#[inline]
pub fn start<'a>(cursor: &Cursor<'a>) -> &'a [u8] {
    cursor.here()
}

#[inline]
pub fn read<T: PackField>(cursor: &mut Cursor<'_>, name: &'static str) -> Result<T> {
    T::read(cursor).map_err(|error| error.in_field(name))
}

/// Reads a field with what its attributes declare of its arrays.
#[inline]
pub fn with_spec<'a, T>(
    cursor: &mut Cursor<'a>,
    spec: ArraySpec,
    read: impl FnOnce(&mut Cursor<'a>) -> Result<T>,
) -> Result<T> {
    cursor.with_spec(spec, read)
}

#[inline]
pub fn read_borrowed<'a, T: BorrowField<'a>>(cursor: &mut Cursor<'a>, name: &'static str) -> Result<T> {
    T::read_borrowed(cursor).map_err(|error| error.in_field(name))
}

/// Null, for types of which it is a value.
const NIL: &[u8] = &[0xc0];

/// The value of a field that the sample does not have. One fact decides it and what the schema says: `OPTIONAL`.
#[inline]
pub fn missing<T: PackField>(name: &'static str, sample: &[u8]) -> Result<T> {
    if T::OPTIONAL { read(&mut Cursor::new(NIL), name) } else { Err(missing_field(name, sample)) }
}

/// The value of a field, or what stands for it when the sample has none.
#[inline]
pub fn required<T: PackField>(value: Option<T>, name: &'static str, sample: &[u8]) -> Result<T> {
    value.map_or_else(|| missing(name, sample), Ok)
}

#[inline]
pub fn required_borrowed<'a, T: BorrowField<'a>>(value: Option<T>, name: &'static str, sample: &[u8]) -> Result<T> {
    match value {
        Some(value) => Ok(value),
        None if T::REF_OPTIONAL => read_borrowed(&mut Cursor::new(NIL), name),
        None => Err(missing_field(name, sample)),
    }
}

/// The value of a field for which a sample must have one, whatever its type could do without.
#[inline]
pub fn stated<T>(value: Option<T>, name: &'static str, sample: &[u8]) -> Result<T> {
    value.ok_or_else(|| missing_field(name, sample))
}

#[inline]
pub fn write_map(len: usize, out: &mut Vec<u8>) {
    write_map_len(len, out);
}

#[inline]
pub fn write<T: PackField>(value: &T, encoded_key: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(encoded_key);
    value.write(out);
}

/// The spec of the fields of a sample, from that of the sample.
#[inline]
pub fn check_sample<T>(sample: ArraySpec) -> Result<ArraySpec> {
    sample.nested_sample::<T>()
}

#[inline]
pub fn check<T: PackField>(value: &T, name: &'static str, sample: ArraySpec, field: ArraySpec) -> Result<()> {
    value.check(sample.of_field(field)).map_err(|error| error.in_field(name))
}

/// Decodes a field into its column. Of a field that is there twice the last value counts, as in Python.
#[inline]
pub fn read_column<C: Column>(
    column: &mut C,
    cursor: &mut Cursor<'_>,
    row: usize,
    seen: &mut bool,
    name: &'static str,
) -> Result<()> {
    if core::mem::replace(seen, true) {
        column.truncate(row);
    }
    column.read(cursor).map_err(|error| error.in_field(name))
}

/// A row that did not fit. If fields are in it more than once it is read again as a sample: the column may have stumbled
/// over a value that does not count.
#[cold]
pub fn read_repeated<'a, B: Column<Value: PackField>>(
    builder: &mut B,
    cursor: &mut Cursor<'a>,
    start: &'a [u8],
    type_name: &'static str,
    error: Error,
) -> Result<()> {
    let mut keys = Cursor::new(start);
    if cursor.is_partial() || !repeats_a_key(&mut keys).unwrap_or(false) {
        return Err(error);
    }
    cursor.rewind(start);
    let value = B::Value::read(cursor)?;
    builder.push(value).map_err(|error| error.in_sample(type_name))
}

/// Gives a column the value of a field that the sample did not have: null, where that is one.
#[inline]
pub fn fill_column<C: Column<Value: PackField>>(
    column: &mut C,
    seen: bool,
    name: &'static str,
    sample: &[u8],
) -> Result<()> {
    if seen { Ok(()) } else { push_column(column, missing(name, sample)?, name) }
}

/// The same for a field with a default.
#[inline]
pub fn default_column<C: Column>(
    column: &mut C,
    seen: bool,
    default: impl FnOnce() -> C::Value,
    name: &'static str,
) -> Result<()> {
    if seen { Ok(()) } else { push_column(column, default(), name) }
}

/// The same for a field for which a sample must have a value.
#[inline]
pub fn stated_column(seen: bool, name: &'static str, sample: &[u8]) -> Result<()> {
    if seen { Ok(()) } else { Err(missing_field(name, sample)) }
}

#[inline]
pub fn push_column<C: Column>(column: &mut C, value: C::Value, name: &'static str) -> Result<()> {
    column.push(value).map_err(|error| error.in_field(name))
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

/// What attributes declare of the arrays in a field of a type.
pub trait Shape {
    const OF: FieldType;
    const SIZES: Option<&'static [Option<usize>]> = None;
    const NAMES: Option<&'static [&'static str]> = None;
}

/// The type with what is declared of its arrays, alone or in lists and maps.
///
/// A constant cannot make a reference to what it computes. So each list or map around the array has a constant of its
/// own, the array's first; those that are more than there are lists and maps repeat the whole.
pub const fn shaped<S: Shape>() -> FieldType {
    assert!(layers(&S::OF) <= 8, "arrays with `shape` or `dims` have at most eight lists and maps around them");
    *Layer::<S>::EIGHTH
}

struct Layer<S>(core::marker::PhantomData<S>);

impl<S: Shape> Layer<S> {
    const ARRAY: &'static FieldType = &Field::new("", *array(&S::OF)).shaped(S::SIZES, S::NAMES).field_type;
    const FIRST: &'static FieldType = &around(&S::OF, 1, Self::ARRAY);
    const SECOND: &'static FieldType = &around(&S::OF, 2, Self::FIRST);
    const THIRD: &'static FieldType = &around(&S::OF, 3, Self::SECOND);
    const FOURTH: &'static FieldType = &around(&S::OF, 4, Self::THIRD);
    const FIFTH: &'static FieldType = &around(&S::OF, 5, Self::FOURTH);
    const SIXTH: &'static FieldType = &around(&S::OF, 6, Self::FIFTH);
    const SEVENTH: &'static FieldType = &around(&S::OF, 7, Self::SIXTH);
    const EIGHTH: &'static FieldType = &around(&S::OF, 8, Self::SEVENTH);
}

const fn layers(of: &FieldType) -> usize {
    match of {
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => 1 + layers(inner),
        _ => 0,
    }
}

const fn array(of: &FieldType) -> &FieldType {
    match of {
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => array(inner),
        array => array,
    }
}

/// The layer of that number, counted from the array, around `inner`; what is inside already, where there is none.
const fn around(of: &FieldType, layer: usize, inner: &'static FieldType) -> FieldType {
    match of {
        FieldType::List(next) | FieldType::Map(next) | FieldType::Nullable(next) if layers(of) > layer => {
            around(next, layer, inner)
        }
        FieldType::List(_) if layers(of) == layer => FieldType::List(inner),
        FieldType::Map(_) if layers(of) == layer => FieldType::Map(inner),
        FieldType::Nullable(_) if layers(of) == layer => FieldType::Nullable(inner),
        _ => *inner,
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
pub const fn view_source<S: ViewSource + Clone>() {}

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

/// Stands in where the derive met an error, so that the user sees that error and not its echoes.
pub struct Fallback<S>(core::marker::PhantomData<S>);

/// What the batch of another sample derives for it.
impl<S> core::fmt::Debug for Fallback<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Fallback")
    }
}

impl<S> Clone for Fallback<S> {
    fn clone(&self) -> Self {
        Self(core::marker::PhantomData)
    }
}

impl<S> PartialEq for Fallback<S> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What a batch has, so that a call of it is not an error of its own.
impl<S> Fallback<S> {
    pub fn len(&self) -> usize {
        0
    }

    pub fn is_empty(&self) -> bool {
        true
    }

    pub fn row(&self, _: usize) -> Option<S> {
        None
    }

    pub fn to_samples(&self) -> Vec<S> {
        Vec::new()
    }

    pub fn from_samples(_: impl IntoIterator<Item = S>) -> Result<Self> {
        Err(Self::error())
    }

    fn error() -> Error {
        Error::from(DecodeError::WrongType { expected: "a derived type", found: "a type whose derive failed" })
    }
}

impl<S> Column for Fallback<S> {
    type Value = S;
    type Out = Self;

    fn with_capacity(_: usize) -> Self {
        Self(core::marker::PhantomData)
    }

    fn read(&mut self, _: &mut Cursor<'_>) -> Result<()> {
        Err(Self::error())
    }

    fn push(&mut self, _: S) -> Result<()> {
        Err(Self::error())
    }

    fn truncate(&mut self, _: usize) {}

    fn finish(self) -> Result<Self> {
        Ok(self)
    }

    fn len(_: &Self) -> usize {
        0
    }

    fn row(_: &Self, _: usize) -> Option<S> {
        None
    }
}

impl<S> Batch for Fallback<S> {
    type Sample = S;

    fn len(&self) -> usize {
        0
    }

    fn row(&self, _: usize) -> Option<S> {
        None
    }

    fn from_samples(_: impl IntoIterator<Item = S>) -> Result<Self> {
        Err(Self::error())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_macros_name_this_version() {
        let name = format!("__private_{}", env!("CARGO_PKG_VERSION").replace('.', "_"));
        assert!(include_str!("lib.rs").contains(&format!("pub use private as {name};")), "rename it to {name}");
    }
}
