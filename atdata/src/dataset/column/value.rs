//! Values of columns: what the field of each sample becomes part of.

use ndarray::{Array, Array1, Dimension};

use super::gather::{Arrays, Gather, Masked, Rows, Scalars, Several, Untyped};
use super::uneven::{Optional, Ragged};
use crate::array::{DynArray, Element};
use crate::sample::PackField;

/// Types of fields that columns are made of: arrays, numbers, booleans, text, bytes, lists of these, and `Option` of each.
#[diagnostic::on_unimplemented(
    message = "fields of the type `{Self}` are no columns",
    label = "makes no column",
    note = "arrays, numbers, booleans, text, bytes and lists do, `Option` of these, and `Ragged` of arrays of different sizes"
)]
pub trait ColumnValue: Sized {
    /// What a column of them is read as: an array whose first axis is that of the samples, or a list.
    type Read;
    /// What makes it.
    #[doc(hidden)]
    type Gather: Gather<Out = Self::Read>;
}

/// An array of each sample, one behind the other.
impl<T: Element, D: Dimension> ColumnValue for Array<T, D> {
    type Read = Array<T, D::Larger>;
    type Gather = Arrays<T, D>;
}

/// Arrays or scalars whose type is seen when they are read.
impl ColumnValue for DynArray {
    type Read = Self;
    type Gather = Untyped;
}

impl<V: ColumnValue> ColumnValue for Option<V> {
    type Read = Optional<V::Read>;
    type Gather = Masked<V::Gather>;
}

impl<T: Element, D: Dimension> ColumnValue for Ragged<T, D> {
    type Read = Self;
    type Gather = Several<T, D>;
}

macro_rules! scalars {
    ($($t:ty),+) => { $(
        impl ColumnValue for $t {
            type Read = Array1<$t>;
            type Gather = Scalars<$t>;
        }
    )+ };
}
scalars!(bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

macro_rules! values {
    ($($t:ty),+) => { $(
        impl ColumnValue for $t {
            type Read = Vec<$t>;
            type Gather = Rows<$t>;
        }
    )+ };
}
values!(String, bytes::Bytes);

/// Lists of each sample, as they are.
impl<T> ColumnValue for Vec<T>
where
    Vec<T>: PackField,
{
    type Read = Vec<Self>;
    type Gather = Rows<Self>;
}
