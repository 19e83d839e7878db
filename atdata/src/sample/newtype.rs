//! The column of a newtype: that of what it wraps, so that arrays are stacked and a batch holds plain values.

use std::fmt;

use crate::error::Result;
use crate::sample::{Column, Cursor, PackField};

/// A type that derives `PackField` around one field.
// What asks for it of types that are none are predicates, where newtypes compare as what is in them.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` cannot be compared in a predicate",
    label = "compares with nothing",
    note = "text, numbers, booleans and enums compare, and `Option` of these; lists and sets are asked with `contains`, what is \
            optional with `is_null`, and samples in samples by their fields: `Photo::camera().then(Camera::model())`"
)]
pub trait Newtype: Sized {
    /// The type of the field.
    type Inner: PackField;

    /// The newtype around a value.
    fn wrap(inner: Self::Inner) -> Self;

    /// The value inside.
    fn unwrap(self) -> Self::Inner;
}

/// The column of the inner type, whose values go in and come out as the newtype.
pub struct NewtypeColumn<T: Newtype>(<T::Inner as PackField>::Column);

impl<T: Newtype> fmt::Debug for NewtypeColumn<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewtypeColumn").finish_non_exhaustive()
    }
}

impl<T: Newtype> Column for NewtypeColumn<T> {
    type Value = T;
    type Out = <<T::Inner as PackField>::Column as Column>::Out;

    fn with_capacity(rows: usize) -> Self {
        Self(Column::with_capacity(rows))
    }

    fn reuse(out: Self::Out, rows: usize) -> Self {
        Self(Column::reuse(out, rows))
    }

    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        Column::read(&mut self.0, cursor)
    }

    fn push(&mut self, value: T) -> Result<()> {
        Column::push(&mut self.0, value.unwrap())
    }

    fn truncate(&mut self, rows: usize) {
        Column::truncate(&mut self.0, rows);
    }

    fn finish(self) -> Result<Self::Out> {
        self.0.finish()
    }

    fn len(out: &Self::Out) -> usize {
        <T::Inner as PackField>::Column::len(out)
    }

    fn is_even(out: &Self::Out) -> bool {
        <T::Inner as PackField>::Column::is_even(out)
    }

    fn row(out: &Self::Out, index: usize) -> Option<T> {
        <T::Inner as PackField>::Column::row(out, index).map(T::wrap)
    }
}
