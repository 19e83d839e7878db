//! `PackField`: how one field is read, written, described, and gathered into a batch.

use std::borrow::Cow;

use atdata_schema::FieldType;
use atdata_schema::matching::NestedSample;

use crate::array::ArraySpec;
use crate::error::{Result, push};
use crate::sample::cursor::{MAX_DEPTH, MAX_SAMPLE_BYTES, MAX_SAMPLE_DEPTH};
use crate::sample::encode::write_list_len;
use crate::sample::{Column, Cursor, DecodeError};

/// A type that a field of a [`Packable`](crate::Packable) struct can have.
///
/// Implemented for text, bytes, numbers, booleans, arrays, lists, maps, `Option` of those, and every derived sample.
/// [`#[derive(PackField)]`](derive@crate::PackField) implements it for enums and newtypes. Any other type of your own takes
/// part by saying which of those it looks like on the wire:
///
/// ```
/// use std::time::Duration;
///
/// use atdata::{FieldType, PackField, Packable, Result};
/// use atdata::field::Cursor;
///
/// #[derive(Debug, Clone, PartialEq)]
/// struct Elapsed(Duration);
///
/// impl PackField for Elapsed {
///     const TYPE: FieldType = u64::TYPE;
///     type Column = Vec<Self>;
///
///     fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
///         u64::read(cursor).map(|millis| Self(Duration::from_millis(millis)))
///     }
///
///     fn write(&self, out: &mut Vec<u8>) {
///         u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX).write(out);
///     }
/// }
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Lap {
///     runner: String,
///     time: Elapsed,
/// }
///
/// let lap = Lap { runner: "Ada".into(), time: Elapsed(Duration::from_millis(61_350)) };
/// assert_eq!(Lap::unpack(&lap.pack())?, lap);
/// # Ok::<(), atdata::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that a sample field can have",
    label = "no wire form is known for this type",
    note = "fields can be String, bool, char, integers, f32, f64, Duration, Vec<u8> or Bytes, ndarray arrays, DynArray, Value, \
            structs that derive Packable, and Vec, Option, fixed arrays, tuples of up to eight, sets and string-keyed \
            maps of these, which own what they hold",
    note = "if `{Self}` is a type of yours, write `#[derive(Packable)]` on a struct, `#[derive(PackField)]` on an enum or a \
            newtype, or implement `atdata::PackField`; of another crate's type a module converts: `#[packable(with = module)]`; \
            or mark the field `#[packable(skip)]`"
)]
pub trait PackField: Sized {
    /// What the schema says of the field.
    const TYPE: FieldType;

    /// Whether null is one of the values. A sample without the field is then read as if null were there, so that
    /// [`read`](Self::read) has to take it.
    const OPTIONAL: bool = false;

    /// What the schema says of this type inside a list or map.
    const ELEMENT: FieldType = Self::TYPE;

    /// What the schema says of a list of this type; `u8` makes it bytes.
    const LIST: FieldType = FieldType::List(&Self::ELEMENT);

    /// Whether a null in it could mean two things, as in an `Option` of an `Option`.
    #[doc(hidden)]
    const TWO_NULLS: bool = false;

    /// The sample type that the values are, or hold; of use where [`TYPE`](Self::TYPE) cannot be followed, in constants.
    #[doc(hidden)]
    const NESTED: Option<NestedSample> = None;

    /// The colour of images, where the values are their files; see [`format::image`](crate::format::image).
    #[doc(hidden)]
    const IMAGE: Option<&'static str> = None;

    /// Whether a batch stacks the values, though they are no arrays on the wire.
    #[doc(hidden)]
    const STACKS: bool = false;

    /// What many values become in a batch: `Vec<Self>` for most types, one growing tensor for arrays.
    type Column: Column<Value = Self>;

    /// Reads one value.
    fn read(cursor: &mut Cursor<'_>) -> Result<Self>;

    /// Appends one value.
    fn write(&self, out: &mut Vec<u8>);

    /// About how many bytes [`write`](Self::write) appends, where that is as much as what was read is large: room for them
    /// is made before, so that too little memory for them is an error.
    #[doc(hidden)]
    fn packed_size(&self) -> usize {
        0
    }

    /// Whether the value can be written so that it will be read back: lengths that fit, shapes as declared,
    /// nesting within the limit.
    fn check(&self, spec: ArraySpec) -> Result<()> {
        let _ = spec;
        Ok(())
    }

    /// Appends the value, if it [can be written](Self::check) so that it will be read back. After an error there may be a part of
    /// it, which the caller takes back.
    ///
    /// Both at once are less work of what is converted for either.
    #[doc(hidden)]
    fn write_checked(&self, spec: ArraySpec, out: &mut Vec<u8>) -> Result<()> {
        self.check(spec)?;
        self.write(out);
        Ok(())
    }

    /// Reads a list of values.
    fn read_list(cursor: &mut Cursor<'_>) -> Result<Vec<Self>> {
        let len = cursor.read_list_len()?;
        let mut values = Vec::with_capacity(cursor.trusted_len::<Self>(len));
        cursor.nested_elements(len, |cursor| {
            for index in 0..len {
                push(&mut values, Self::read(cursor).map_err(|error| error.in_element(index))?)?;
            }
            Ok(values)
        })
    }

    /// Appends a list of values.
    fn write_list(values: &[Self], out: &mut Vec<u8>) {
        write_list_len(values.len(), out);
        for value in values {
            value.write(out);
        }
    }
}

/// A field type that may borrow from the bytes of the sample: `&str`, `&[u8]`, [`ArrayRef`](crate::ArrayRef), and every
/// [`PackField`], which borrows nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type that a field of a borrowed sample can have",
    label = "no wire form is known for this type",
    note = "borrowed fields can be &str, &[u8], Cow<str>, Cow<[u8]>, ArrayRef, a borrowed sample, Option or Vec of those, and \
            every type that implements PackField, which borrows nothing"
)]
pub trait BorrowField<'a>: Sized {
    /// What the schema says of the field.
    const REF_TYPE: FieldType;

    /// Whether null is one of the values. A sample without the field is then read as if null were there.
    const REF_OPTIONAL: bool = false;

    /// Whether a null in it could mean two things, as in an `Option` of an `Option`.
    #[doc(hidden)]
    const REF_TWO_NULLS: bool = false;

    /// The sample type that the values are, or hold.
    #[doc(hidden)]
    const REF_NESTED: Option<NestedSample> = None;

    /// The colour of images.
    #[doc(hidden)]
    const REF_IMAGE: Option<&'static str> = None;

    /// Reads one value.
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self>;
}

impl<'a, T: PackField> BorrowField<'a> for T {
    const REF_TYPE: FieldType = T::TYPE;
    const REF_OPTIONAL: bool = T::OPTIONAL;
    const REF_TWO_NULLS: bool = T::TWO_NULLS;
    const REF_NESTED: Option<NestedSample> = T::NESTED;
    const REF_IMAGE: Option<&'static str> = T::IMAGE;

    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        T::read(cursor)
    }
}

impl<'a> BorrowField<'a> for &'a str {
    const REF_TYPE: FieldType = FieldType::Str;

    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        cursor.read_str()
    }
}

impl<'a> BorrowField<'a> for &'a [u8] {
    const REF_TYPE: FieldType = FieldType::Bytes;

    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        cursor.read_bytes()
    }
}

/// Borrowed, always: text in a sample is as it is written. What is made by hand may own.
impl<'a> BorrowField<'a> for Cow<'a, str> {
    const REF_TYPE: FieldType = FieldType::Str;

    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        cursor.read_str().map(Self::Borrowed)
    }
}

impl<'a> BorrowField<'a> for Cow<'a, [u8]> {
    const REF_TYPE: FieldType = FieldType::Bytes;

    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        cursor.read_bytes().map(Self::Borrowed)
    }
}

macro_rules! borrowed_containers {
    ($([$($generics:tt)*] $t:ty),+) => { $(
        impl<'a, $($generics)*> BorrowField<'a> for Option<$t> {
            const REF_TYPE: FieldType = <$t as BorrowField<'a>>::REF_TYPE;
            const REF_OPTIONAL: bool = true;

            #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
                if cursor.read_nil() { Ok(None) } else { <$t>::read_borrowed(cursor).map(Some) }
            }
        }

        impl<'a, $($generics)*> BorrowField<'a> for Vec<$t> {
            const REF_TYPE: FieldType = FieldType::List(&<$t as BorrowField<'a>>::REF_TYPE);

            #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
                let len = cursor.read_list_len()?;
                let mut values = Vec::with_capacity(cursor.trusted_len::<$t>(len));
                for index in 0..len {
                    push(&mut values, <$t>::read_borrowed(cursor).map_err(|error| error.in_element(index))?)?;
                }
                Ok(values)
            }
        }
    )+ };
}
borrowed_containers!(
    [] &'a str,
    [] &'a [u8],
    [] Cow<'a, str>,
    [] Cow<'a, [u8]>,
    [T: crate::array::Element, D: ndarray::Dimension] crate::array::ArrayRef<'a, T, D>
);

/// How deep a value is; what msgpack can nest is known here and not among the arrays.
impl ArraySpec {
    /// Inside a container of `len` elements.
    pub(crate) fn nested(self, len: usize) -> Result<Self> {
        // The outermost sample is a container as well.
        if len > 0 && self.depth + 1 >= MAX_DEPTH {
            return Err(DecodeError::TooDeepToRead { limit: MAX_DEPTH }.into());
        }
        Ok(Self { depth: self.depth + u16::from(len > 0), ..self })
    }

    /// Inside a sample.
    ///
    /// The limits are those of [`Cursor::nested_sample`]: what is written can be read.
    pub(crate) fn nested_sample<T>(self) -> Result<Self> {
        if self.sample_depth >= MAX_SAMPLE_DEPTH {
            return Err(DecodeError::TooDeepToRead { limit: MAX_SAMPLE_DEPTH }.into());
        }
        let size = if self.sample_depth == 0 { 0 } else { u32::try_from(size_of::<T>()).unwrap_or(u32::MAX) };
        let sample_bytes = self.sample_bytes.saturating_add(size);
        if usize::try_from(sample_bytes).is_ok_and(|bytes| bytes > MAX_SAMPLE_BYTES) {
            return Err(DecodeError::TooLargeToRead { depth: self.sample_depth }.into());
        }
        let spec = self.nested(usize::from(self.sample_depth > 0))?;
        Ok(Self { sample_depth: self.sample_depth + 1, sample_bytes, ..spec })
    }
}

/// The length of a string, of bytes or of an array, against what msgpack can say.
#[inline]
pub(crate) fn check_len(len: usize) -> Result<()> {
    if u32::try_from(len).is_ok() { Ok(()) } else { Err(DecodeError::TooLong { len }.into()) }
}
