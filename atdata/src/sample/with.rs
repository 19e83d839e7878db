//! Fields whose values are of another type than their bytes: converted by functions of the user's (`with`), or wrapped so
//! that a foreign type can have a wire form.

use std::error::Error as StdError;
use std::fmt;
use std::marker::PhantomData;

use atdata_schema::FieldType;
use atdata_schema::matching::NestedSample;

use crate::array::ArraySpec;
use crate::error::{Error, ErrorKind, Result};
use crate::sample::field_list::{Absent, Gather, NIL, Reads};
use crate::sample::fields::missing_field;
use crate::sample::{BorrowField, Column, Cursor, PackField};

/// A way from what is on the wire to a value.
pub trait FromWire<T> {
    /// What is on the wire.
    type Wire;

    /// The value.
    fn from_wire(wire: Self::Wire) -> Result<T>;
}

/// And back.
pub trait IntoWire<T>: FromWire<T> {
    /// What is written for a value.
    fn to_wire(value: &T) -> Self::Wire;

    /// The same, if it can be written so that it will be read back.
    fn checked(value: &T, spec: ArraySpec) -> Result<Self::Wire>
    where
        Self::Wire: PackField,
    {
        let wire = Self::to_wire(value);
        wire.check(spec)?;
        Ok(wire)
    }
}

/// What the user's function said, as an error of the field; one of this library stays what it is.
pub fn converted<T>(result: Result<T, impl Into<Box<dyn StdError + Send + Sync>>>) -> Result<T> {
    result.map_err(|error| match error.into().downcast::<Error>() {
        Ok(own) => *own,
        Err(error) => Error::new(ErrorKind::SchemaMismatch, error),
    })
}

/// The form of a field that is converted by `W`. Batches hold the values.
#[derive(Debug)]
pub struct With<W>(PhantomData<W>);

impl<'a, T, W: FromWire<T, Wire: BorrowField<'a>>> Reads<'a, T> for With<W> {
    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<T> {
        W::Wire::read_borrowed(cursor).and_then(W::from_wire)
    }
}

impl<T: Clone, W: IntoWire<T, Wire: PackField>> Gather<T> for With<W> {
    type Column = Converted<T, W>;

    const NESTED: Option<NestedSample> = W::Wire::NESTED;

    #[inline]
    fn write(value: &T, out: &mut Vec<u8>) {
        W::to_wire(value).write(out);
    }

    fn check(value: &T, spec: ArraySpec) -> Result<()> {
        W::checked(value, spec).map(drop)
    }

    /// Converted once.
    fn write_checked(value: &T, spec: ArraySpec, out: &mut Vec<u8>) -> Result<()> {
        W::checked(value, spec)?.write(out);
        Ok(())
    }
}

/// Null, where that is on the wire.
impl<'a, T, W: FromWire<T, Wire: BorrowField<'a>>> Absent<'a, T> for With<W> {
    fn absent(name: &'static str, sample: &[u8]) -> Result<T> {
        if !W::Wire::REF_OPTIONAL {
            return Err(missing_field(name, sample));
        }
        Self::read_borrowed(&mut Cursor::new(NIL)).map_err(|error| error.in_field(name))
    }
}

/// The column of such a field.
pub struct Converted<T, W> {
    values: Vec<T>,
    by: PhantomData<W>,
}

impl<T, W> Converted<T, W> {
    fn of(values: Vec<T>) -> Self {
        Self { values, by: PhantomData }
    }
}

impl<T, W> fmt::Debug for Converted<T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converted").field("rows", &self.values.len()).finish_non_exhaustive()
    }
}

impl<T: Clone, W: IntoWire<T, Wire: PackField>> Column for Converted<T, W> {
    type Value = T;
    type Out = Vec<T>;

    fn with_capacity(rows: usize) -> Self {
        Self::of(Vec::with_capacity(rows.min(65_536)))
    }

    fn reuse(mut out: Vec<T>, _: usize) -> Self {
        out.clear();
        Self::of(out)
    }

    #[inline]
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.values.push(W::Wire::read(cursor).and_then(W::from_wire)?);
        Ok(())
    }

    fn push(&mut self, value: T) -> Result<()> {
        self.values.push(value);
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
    }

    fn finish(self) -> Result<Vec<T>> {
        Ok(self.values)
    }

    fn len(out: &Vec<T>) -> usize {
        out.len()
    }

    fn row(out: &Vec<T>, index: usize) -> Option<T> {
        out.get(index).cloned()
    }
}

/// A type that stands for another one, of which it can be had.
pub trait Wrapped {
    /// That one.
    type Inner;

    /// The value inside.
    fn into_inner(self) -> Self::Inner;
}

/// A value as it is, inside of the wrappers below.
#[derive(Debug)]
pub struct One<T>(T);

/// An `Option` of what borrows. `Option` itself is a field type where what it holds is one that owns, and the two rules
/// would meet in a type that is both.
#[derive(Debug)]
pub struct Maybe<W>(Option<W>);

/// A `Vec` of what borrows.
#[derive(Debug)]
pub struct Many<W>(Vec<W>);

impl<T> Wrapped for One<T> {
    type Inner = T;

    fn into_inner(self) -> T {
        self.0
    }
}

impl<W: Wrapped> Wrapped for Maybe<W> {
    type Inner = Option<W::Inner>;

    fn into_inner(self) -> Self::Inner {
        self.0.map(W::into_inner)
    }
}

impl<W: Wrapped> Wrapped for Many<W> {
    type Inner = Vec<W::Inner>;

    fn into_inner(self) -> Self::Inner {
        self.0.into_iter().map(W::into_inner).collect()
    }
}

/// From a wrapper to what it stands for.
#[derive(Debug)]
pub struct Unwrap<W>(PhantomData<W>);

impl<W: Wrapped> FromWire<W::Inner> for Unwrap<W> {
    type Wire = W;

    fn from_wire(wire: W) -> Result<W::Inner> {
        Ok(wire.into_inner())
    }
}

impl<'a, T: BorrowField<'a>> BorrowField<'a> for One<T> {
    const REF_TYPE: FieldType = T::REF_TYPE;
    const REF_OPTIONAL: bool = T::REF_OPTIONAL;
    const REF_TWO_NULLS: bool = T::REF_TWO_NULLS;
    const REF_NESTED: Option<NestedSample> = T::REF_NESTED;

    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        T::read_borrowed(cursor).map(Self)
    }
}

impl<'a, W: BorrowField<'a>> BorrowField<'a> for Maybe<W> {
    const REF_TYPE: FieldType = W::REF_TYPE;
    const REF_OPTIONAL: bool = true;
    const REF_TWO_NULLS: bool = W::REF_OPTIONAL || W::REF_TWO_NULLS;
    const REF_NESTED: Option<NestedSample> = W::REF_NESTED;

    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        if cursor.read_nil() { Ok(Self(None)) } else { W::read_borrowed(cursor).map(|value| Self(Some(value))) }
    }
}

/// What the schema says of elements.
trait Element<'a>: BorrowField<'a> {
    const ELEMENT: FieldType = if Self::REF_OPTIONAL { FieldType::Nullable(&Self::REF_TYPE) } else { Self::REF_TYPE };
}

impl<'a, W: BorrowField<'a>> Element<'a> for W {}

impl<'a, W: BorrowField<'a>> BorrowField<'a> for Many<W> {
    const REF_TYPE: FieldType = FieldType::List(&W::ELEMENT);
    const REF_TWO_NULLS: bool = W::REF_TWO_NULLS;
    const REF_NESTED: Option<NestedSample> = W::REF_NESTED;

    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        let len = cursor.read_list_len()?;
        let mut values = Vec::with_capacity(cursor.trusted_len::<W>(len));
        cursor.nested_elements(len, |cursor| {
            for index in 0..len {
                values.push(W::read_borrowed(cursor).map_err(|error| error.in_element(index))?);
            }
            Ok(Self(values))
        })
    }
}
