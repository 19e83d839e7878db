//! The fields of a sample type as one type: a tuple with a [`Cell`] for each field, and with tuples inside where they are
//! many. What is done to all fields one after the other is written here, once for all types.

use std::marker::PhantomData;

use atdata_schema::matching::NestedSample;

use crate::array::ArraySpec;
use crate::error::Result;
use crate::sample::fields::missing_field;
use crate::sample::{BorrowField, Column, Cursor, FieldKey, Fields, NestedSamples, PackField};

/// One field: its type, how its values gather in a batch, and what stands for a value that a sample does not have.
#[derive(Debug)]
pub struct Cell<T, C = Stacked, A = Null>(PhantomData<(T, C, A)>);

/// How the values of a field are written and gathered.
pub trait Gather<T> {
    /// Where they gather.
    type Column: Column<Value = T>;

    /// The sample type that a value is, or holds.
    const NESTED: Option<NestedSample>;

    /// Appends one.
    fn write(value: &T, out: &mut Vec<u8>);

    /// Whether it can be written so that it will be read back.
    fn check(value: &T, spec: ArraySpec) -> Result<()>;

    /// Both at once, where that is less work.
    #[inline]
    fn write_checked(value: &T, spec: ArraySpec, out: &mut Vec<u8>) -> Result<()> {
        Self::check(value, spec)?;
        Self::write(value, out);
        Ok(())
    }
}

/// How the values of a field that may borrow are read.
pub trait Reads<'a, T> {
    /// Reads one.
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<T>;
}

macro_rules! as_its_type {
    () => {
        const NESTED: Option<NestedSample> = T::NESTED;

        #[inline]
        fn write(value: &T, out: &mut Vec<u8>) {
            value.write(out);
        }

        #[inline]
        fn check(value: &T, spec: ArraySpec) -> Result<()> {
            value.check(spec)
        }
    };
}

macro_rules! read_as_its_type {
    ($($way:ident)*) => {$(
        impl<'a, T: BorrowField<'a>> Reads<'a, T> for $way {
            #[inline]
            fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<T> {
                T::read_borrowed(cursor)
            }
        }
    )*};
}

read_as_its_type! { Stacked Ragged }

/// In the column that the type has.
#[derive(Debug)]
pub struct Stacked;

impl<T: PackField> Gather<T> for Stacked {
    type Column = T::Column;

    as_its_type!();
}

/// In a vector: `ragged`.
#[derive(Debug)]
pub struct Ragged;

impl<T: PackField + Clone> Gather<T> for Ragged {
    type Column = Vec<T>;

    as_its_type!();
}

/// What stands for a value that a sample does not have.
pub trait Absent<'a, T> {
    /// The value, or an error that says that the field is missing.
    fn absent(name: &'static str, sample: &[u8]) -> Result<T>;
}

/// Null, where that is a value.
#[derive(Debug)]
pub struct Null;

/// What msgpack writes for it.
pub(super) const NIL: &[u8] = &[0xc0];

impl<'a, T: BorrowField<'a>> Absent<'a, T> for Null {
    #[inline]
    fn absent(name: &'static str, sample: &[u8]) -> Result<T> {
        // One fact decides it and what the schema says: `OPTIONAL`.
        if T::REF_OPTIONAL {
            T::read_borrowed(&mut Cursor::new(NIL)).map_err(|error| error.in_field(name))
        } else {
            Err(missing_field(name, sample))
        }
    }
}

/// Nothing, whatever the type could do without: `required`.
#[derive(Debug)]
pub struct Nothing;

impl<T> Absent<'_, T> for Nothing {
    fn absent(name: &'static str, sample: &[u8]) -> Result<T> {
        Err(missing_field(name, sample))
    }
}

/// What a function gives: `default`.
#[derive(Debug)]
pub struct Given<D>(PhantomData<D>);

/// The function, as a type.
pub trait Give<T> {
    /// The value.
    fn give() -> T;
}

impl<T, D: Give<T>> Absent<'_, T> for Given<D> {
    fn absent(_: &'static str, _: &[u8]) -> Result<T> {
        Ok(D::give())
    }
}

/// The fields of a type, whatever is done with them.
pub trait FieldList {
    /// How many there are.
    const LEN: usize;

    /// The value of each.
    type Values;
}

impl<T, C, A> FieldList for Cell<T, C, A> {
    const LEN: usize = 1;

    type Values = T;
}

/// Fields that are read of a sample, from whose bytes they may borrow.
pub trait ReadFields<'a>: FieldList {
    /// Reads them; `at` is the number of the first.
    fn read(map: &mut Fields<'_, 'a>, at: usize) -> Result<Self::Values>;

    /// Reads those that are there, and what is wrong with the first that cannot be read.
    fn probe(map: &mut Fields<'_, 'a>, at: usize) -> Result<()>;
}

impl<'a, T, C: Reads<'a, T>, A: Absent<'a, T>> ReadFields<'a> for Cell<T, C, A> {
    #[inline]
    fn read(map: &mut Fields<'_, 'a>, at: usize) -> Result<T> {
        match map.read(at, C::read_borrowed)? {
            Some(value) => Ok(value),
            None => map.absent(at, A::absent),
        }
    }

    fn probe(map: &mut Fields<'_, 'a>, at: usize) -> Result<()> {
        map.read(at, C::read_borrowed).map(drop)
    }
}

/// Fields that own their values.
pub trait OwnedFields: for<'a> ReadFields<'a> {
    /// A reference to each.
    type Refs<'r>;

    /// Where the values of many samples gather.
    type Columns;

    /// What the columns become in the batch.
    type Outs;

    /// A reference to each of those.
    type OutRefs<'r>;

    /// The sample types that they are, or hold.
    const NESTED: NestedSamples;

    /// Appends them with their keys.
    fn write(values: Self::Refs<'_>, keys: &[FieldKey], at: usize, out: &mut Vec<u8>);

    /// Whether they can be written so that they will be read back.
    fn check(values: Self::Refs<'_>, keys: &[FieldKey], at: usize, sample: ArraySpec) -> Result<()>;

    /// Both at once.
    fn write_checked(
        values: Self::Refs<'_>,
        keys: &[FieldKey],
        at: usize,
        sample: ArraySpec,
        out: &mut Vec<u8>,
    ) -> Result<()>;

    /// Empty columns that `rows` values are expected in.
    fn columns(rows: usize) -> Self::Columns;

    /// The same in the memory of finished ones.
    fn reuse(outs: Self::Outs, rows: usize) -> Self::Columns;

    /// Decodes a sample's values into the columns.
    fn read_into(columns: &mut Self::Columns, map: &mut Fields<'_, '_>, at: usize) -> Result<()>;

    /// Appends a sample's values to the columns.
    fn push(columns: &mut Self::Columns, values: Self::Values, keys: &[FieldKey], at: usize) -> Result<()>;

    /// Drops all values past the first `rows`.
    fn truncate(columns: &mut Self::Columns, rows: usize);

    /// The finished columns.
    fn finish(columns: Self::Columns) -> Result<Self::Outs>;

    /// Number of values in the first of the finished columns.
    fn len(outs: Self::OutRefs<'_>) -> usize;

    /// Whether so many are in each.
    fn are_of_len(outs: Self::OutRefs<'_>, rows: usize) -> bool;

    /// Copies of the values of one sample, `None` past the end.
    fn row(outs: Self::OutRefs<'_>, index: usize) -> Option<Self::Values>;
}

/// What a column becomes in the batch.
type Out<T, C> = <<C as Gather<T>>::Column as Column>::Out;

impl<T: 'static, C, A> OwnedFields for Cell<T, C, A>
where
    C: Gather<T, Column: Column<Out: 'static>> + for<'a> Reads<'a, T>,
    A: for<'a> Absent<'a, T>,
{
    type Refs<'r> = &'r T;
    type Columns = C::Column;
    type Outs = Out<T, C>;
    type OutRefs<'r> = &'r Out<T, C>;

    const NESTED: NestedSamples = NestedSamples::Field(C::NESTED);

    #[inline]
    fn write(value: &T, keys: &[FieldKey], at: usize, out: &mut Vec<u8>) {
        if let Some(key) = keys.get(at) {
            out.extend_from_slice(key.encoded);
        }
        C::write(value, out);
    }

    #[inline]
    fn check(value: &T, keys: &[FieldKey], at: usize, sample: ArraySpec) -> Result<()> {
        let spec = keys.get(at).map_or(ArraySpec::ANY, FieldKey::spec);
        C::check(value, sample.of_field(spec)).map_err(|error| error.in_field(name(keys, at)))
    }

    fn write_checked(value: &T, keys: &[FieldKey], at: usize, sample: ArraySpec, out: &mut Vec<u8>) -> Result<()> {
        let key = keys.get(at);
        out.extend_from_slice(key.map_or(&[], |key| key.encoded));
        let spec = sample.of_field(key.map_or(ArraySpec::ANY, FieldKey::spec));
        C::write_checked(value, spec, out).map_err(|error| error.in_field(name(keys, at)))
    }

    #[inline]
    fn columns(rows: usize) -> C::Column {
        C::Column::with_capacity(rows)
    }

    #[inline]
    fn reuse(out: Out<T, C>, rows: usize) -> C::Column {
        C::Column::reuse(out, rows)
    }

    #[inline]
    fn read_into(column: &mut C::Column, map: &mut Fields<'_, '_>, at: usize) -> Result<()> {
        match map.read(at, |cursor| column.read(cursor))? {
            Some(()) => Ok(()),
            None => {
                let value = map.absent(at, A::absent)?;
                column.push(value).map_err(|error| error.in_field(map.name(at)))
            }
        }
    }

    #[inline]
    fn push(column: &mut C::Column, value: T, keys: &[FieldKey], at: usize) -> Result<()> {
        column.push(value).map_err(|error| error.in_field(name(keys, at)))
    }

    #[inline]
    fn truncate(column: &mut C::Column, rows: usize) {
        column.truncate(rows);
    }

    #[inline]
    fn finish(column: C::Column) -> Result<Out<T, C>> {
        column.finish()
    }

    #[inline]
    fn len(out: &Out<T, C>) -> usize {
        C::Column::len(out)
    }

    #[inline]
    fn are_of_len(out: &Out<T, C>, rows: usize) -> bool {
        C::Column::len(out) == rows && C::Column::is_even(out)
    }

    #[inline]
    fn row(out: &Out<T, C>, index: usize) -> Option<T> {
        C::Column::row(out, index)
    }
}

fn name(keys: &[FieldKey], at: usize) -> &'static str {
    keys.get(at).map_or("", FieldKey::name)
}

/// The number of the next field; those of the part that begins with it are counted.
#[inline]
fn after(next: &mut usize, len: usize) -> usize {
    let at = *next;
    *next += len;
    at
}

macro_rules! tuple {
    ($first:ident $zero:tt $($part:ident $index:tt)*) => {
        impl<$first: FieldList, $($part: FieldList),*> FieldList for ($first, $($part,)*) {
            const LEN: usize = $first::LEN $(+ $part::LEN)*;

            type Values = ($first::Values, $($part::Values,)*);
        }

        impl<'a, $first: ReadFields<'a>, $($part: ReadFields<'a>),*> ReadFields<'a> for ($first, $($part,)*) {
            #[inline]
            fn read(map: &mut Fields<'_, 'a>, at: usize) -> Result<Self::Values> {
                let mut next = at;
                Ok(($first::read(map, after(&mut next, $first::LEN))?, $($part::read(map, after(&mut next, $part::LEN))?,)*))
            }

            fn probe(map: &mut Fields<'_, 'a>, at: usize) -> Result<()> {
                let mut next = at;
                $first::probe(map, after(&mut next, $first::LEN))?;
                $($part::probe(map, after(&mut next, $part::LEN))?;)*
                Ok(())
            }
        }

        impl<$first: OwnedFields, $($part: OwnedFields),*> OwnedFields for ($first, $($part,)*) {
            type Refs<'r> = ($first::Refs<'r>, $($part::Refs<'r>,)*);
            type Columns = ($first::Columns, $($part::Columns,)*);
            type Outs = ($first::Outs, $($part::Outs,)*);
            type OutRefs<'r> = ($first::OutRefs<'r>, $($part::OutRefs<'r>,)*);

            const NESTED: NestedSamples =
                NestedSamples::Parts(&[($first::LEN, $first::NESTED), $(($part::LEN, $part::NESTED)),*]);

            #[inline]
            fn write(values: Self::Refs<'_>, keys: &[FieldKey], at: usize, out: &mut Vec<u8>) {
                let mut next = at;
                $first::write(values.$zero, keys, after(&mut next, $first::LEN), out);
                $($part::write(values.$index, keys, after(&mut next, $part::LEN), out);)*
            }

            #[inline]
            fn check(values: Self::Refs<'_>, keys: &[FieldKey], at: usize, sample: ArraySpec) -> Result<()> {
                let mut next = at;
                $first::check(values.$zero, keys, after(&mut next, $first::LEN), sample)?;
                $($part::check(values.$index, keys, after(&mut next, $part::LEN), sample)?;)*
                Ok(())
            }

            fn write_checked(
                values: Self::Refs<'_>,
                keys: &[FieldKey],
                at: usize,
                sample: ArraySpec,
                out: &mut Vec<u8>,
            ) -> Result<()> {
                let mut next = at;
                $first::write_checked(values.$zero, keys, after(&mut next, $first::LEN), sample, out)?;
                $($part::write_checked(values.$index, keys, after(&mut next, $part::LEN), sample, out)?;)*
                Ok(())
            }

            #[inline]
            fn columns(rows: usize) -> Self::Columns {
                ($first::columns(rows), $($part::columns(rows),)*)
            }

            #[inline]
            fn reuse(outs: Self::Outs, rows: usize) -> Self::Columns {
                ($first::reuse(outs.$zero, rows), $($part::reuse(outs.$index, rows),)*)
            }

            #[inline]
            fn read_into(columns: &mut Self::Columns, map: &mut Fields<'_, '_>, at: usize) -> Result<()> {
                let mut next = at;
                $first::read_into(&mut columns.$zero, map, after(&mut next, $first::LEN))?;
                $($part::read_into(&mut columns.$index, map, after(&mut next, $part::LEN))?;)*
                Ok(())
            }

            #[inline]
            fn push(columns: &mut Self::Columns, values: Self::Values, keys: &[FieldKey], at: usize) -> Result<()> {
                let mut next = at;
                $first::push(&mut columns.$zero, values.$zero, keys, after(&mut next, $first::LEN))?;
                $($part::push(&mut columns.$index, values.$index, keys, after(&mut next, $part::LEN))?;)*
                Ok(())
            }

            #[inline]
            fn truncate(columns: &mut Self::Columns, rows: usize) {
                $first::truncate(&mut columns.$zero, rows);
                $($part::truncate(&mut columns.$index, rows);)*
            }

            #[inline]
            fn finish(columns: Self::Columns) -> Result<Self::Outs> {
                Ok(($first::finish(columns.$zero)?, $($part::finish(columns.$index)?,)*))
            }

            #[inline]
            fn len(outs: Self::OutRefs<'_>) -> usize {
                $first::len(outs.$zero)
            }

            #[inline]
            fn are_of_len(outs: Self::OutRefs<'_>, rows: usize) -> bool {
                $first::are_of_len(outs.$zero, rows) $(&& $part::are_of_len(outs.$index, rows))*
            }

            #[inline]
            fn row(outs: Self::OutRefs<'_>, index: usize) -> Option<Self::Values> {
                Some(($first::row(outs.$zero, index)?, $($part::row(outs.$index, index)?,)*))
            }
        }
    };
}

/// A tuple of the first, of the first two, and so on.
macro_rules! tuples {
    ([$($done:tt)*]) => {};
    ([$($done:tt)*] $part:ident $index:tt $($rest:tt)*) => {
        tuple!($($done)* $part $index);
        tuples!([$($done)* $part $index] $($rest)*);
    };
}

// As many as the macros put into one tuple.
tuples!([] A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15);
