//! The msgpack decoder, over borrowed bytes: every length is checked against what is there before it is believed.

mod limits;
mod partial;
mod pass;
#[cfg(test)]
mod tests;

use std::str::Utf8Error;

use bytes::Bytes;

use crate::archive::input::Partial;
use crate::array::{ArraySpec, DynArray};
use crate::error::{ErrorKind, NoMemory, Result, copied};
use crate::sample::error::{EXTENSION, describe};
use crate::sample::{DecodeError, SourceFields};

pub(crate) use limits::{Limits, MAX_DEPTH, MAX_SAMPLE_BYTES, MAX_SAMPLE_DEPTH};
pub(crate) use partial::FarBytes;
pub(crate) use pass::Mark;

/// A position in the msgpack bytes of one sample.
///
/// Own [`PackField`](crate::PackField) types read their value through it; strings and bytes are borrowed from the input.
///
/// ```
/// use atdata::field::Cursor;
///
/// let mut cursor = Cursor::new(b"\xa3cat\x2a");
/// assert_eq!(cursor.read_str()?, "cat");
/// assert_eq!(cursor.read_u64()?, 42);
/// assert_eq!(cursor.read_u64().unwrap_err().to_string(), "the msgpack value ends at byte 5, where 1 more is due");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    /// What is not read yet, rather than an index: each pattern on it is the check of bounds as well.
    rest: &'a [u8],
    /// Where `rest` ends in the whole input, for the positions that errors name.
    len: usize,
    /// What is behind `rest`, if that is not all there is.
    partial: Option<&'a Partial>,
    owner: Option<&'a Bytes>,
    depth: u16,
    sample_depth: u16,
    /// Whether types of serde's are asked for the form that people read.
    #[cfg(feature = "serde")]
    is_readable: bool,
    /// Sizes of the types of the samples inside the outermost.
    sample_bytes: usize,
    /// Here rather than an argument of every reader: lists, maps and `Option` hand it through without knowing of arrays.
    spec: ArraySpec,
    /// Whose fields the outermost sample has, where they are not those of the type that is read.
    source: Option<&'static SourceFields>,
    /// Those of the reader that the sample is of, for members that are decoded later.
    limits: Limits,
}

/// The kinds of msgpack values, as a dynamic reader meets them; lengths are checked against nothing yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Head {
    Nil,
    Bool(bool),
    UInt(u64),
    Int(i64),
    Float(f64),
    Str(usize),
    Bin(usize),
    List(usize),
    Map(usize),
}

/// Bytes as text, if they are: what long ones cost to check is most of what a sample of text costs to decode.
#[inline]
fn utf8(bytes: &[u8]) -> std::result::Result<&str, Utf8Error> {
    // The fast check does not say where the text ends.
    simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes))
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            len: bytes.len(),
            partial: None,
            owner: None,
            depth: 0,
            sample_depth: 0,
            #[cfg(feature = "serde")]
            is_readable: false,
            sample_bytes: 0,
            spec: ArraySpec::ANY,
            source: None,
            limits: Limits::default(),
        }
    }

    /// Whether types of serde's are asked for the form that people read.
    #[cfg(feature = "serde")]
    pub(crate) const fn is_readable(&self) -> bool {
        self.is_readable
    }

    #[cfg(feature = "serde")]
    pub(crate) const fn set_readable(&mut self, is_readable: bool) {
        self.is_readable = is_readable;
    }

    /// At the start of `bytes`, which [`read_shared`](Self::read_shared) can then share instead of copying.
    #[inline]
    pub fn shared(bytes: &'a Bytes) -> Self {
        Self { owner: Some(bytes), ..Self::new(bytes) }
    }

    /// At the start of `bytes`, which are a part of `owner` if that is known.
    #[inline]
    pub(crate) fn with_owner(bytes: &'a [u8], owner: Option<&'a Bytes>) -> Self {
        Self { owner, ..Self::new(bytes) }
    }

    /// The same, over a sample of a reader with those limits.
    #[inline]
    pub(crate) fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The limits of the reader that the sample is of.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Bytes read so far.
    #[inline]
    pub fn position(&self) -> usize {
        self.len - self.rest.len()
    }

    /// Bytes not read yet.
    #[inline]
    pub fn remaining(&self) -> &'a [u8] {
        if self.partial.is_none() { self.rest } else { self.read_rest() }
    }

    /// Those of the bytes not read yet that are in memory, all but of a large sample in a file.
    #[inline]
    pub(crate) fn here(&self) -> &'a [u8] {
        self.rest
    }

    /// Says whose fields the outermost sample has, `None` for the very type that is read.
    ///
    /// It holds for every reader of that sample, and not only for the first: one that stumbles reads it again.
    #[inline]
    pub(crate) fn set_source(&mut self, source: Option<&'static SourceFields>) {
        self.source = source;
        self.spec = ArraySpec::ANY;
    }

    /// Whose fields the sample has that is read now.
    #[inline]
    pub(crate) fn source(&self) -> Option<&'static SourceFields> {
        match self.source {
            None => None,
            // Samples inside the outermost have the fields of their own types.
            source => source.filter(|_| self.sample_depth == 1),
        }
    }

    /// Reads `null` if it is next, and says whether it was.
    #[inline]
    pub fn read_nil(&mut self) -> bool {
        match self.rest {
            [0xc0, rest @ ..] => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads a boolean.
    #[inline]
    pub fn read_bool(&mut self) -> Result<bool> {
        match self.rest {
            [0xc2, rest @ ..] => {
                self.rest = rest;
                Ok(false)
            }
            [0xc3, rest @ ..] => {
                self.rest = rest;
                Ok(true)
            }
            _ => Err(self.wrong_type("a boolean")),
        }
    }

    /// Reads an integer that is not negative.
    #[inline]
    pub fn read_u64(&mut self) -> Result<u64> {
        self.integer_u64("u64")
    }

    /// Reads an integer up to `i64::MAX`.
    #[inline]
    pub fn read_i64(&mut self) -> Result<i64> {
        self.integer_i64("i64")
    }

    /// Reads a float of either width, or an integer, as Python writes `1` into a float field.
    #[inline]
    pub fn read_f64(&mut self) -> Result<f64> {
        // A double is what all writers of the format write. The other forms are apart, so that this one is inlined alone.
        match self.rest {
            [0xcb, rest @ ..] => {
                let (bits, rest) = self.fixed::<8>(rest)?;
                self.rest = rest;
                Ok(f64::from_be_bytes(bits))
            }
            _ => self.other_f64(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "what Python does with an integer that is used as a float")]
    fn other_f64(&mut self) -> Result<f64> {
        match self.rest {
            [0xca, rest @ ..] => {
                let (bits, rest) = self.fixed::<4>(rest)?;
                self.rest = rest;
                Ok(f32::from_be_bytes(bits).into())
            }
            _ => match self.integer().map_err(|error| self.unless_integer(error, "a float"))? {
                Head::Int(value) => Ok(value as f64),
                Head::UInt(value) => Ok(value as f64),
                _ => Err(self.wrong_type("a float")),
            },
        }
    }

    /// Reads text, borrowed from the input.
    #[inline]
    pub fn read_str(&mut self) -> Result<&'a str> {
        let Some(len) = self.str_len()? else { return Err(self.wrong_type("a string")) };
        self.take_str(len)
    }

    /// Reads bytes, borrowed from the input.
    #[inline]
    pub fn read_bytes(&mut self) -> Result<&'a [u8]> {
        self.read_bytes_of("bytes")
    }

    /// Bytes that are to be what is `expected`.
    #[inline]
    pub(crate) fn read_bytes_of(&mut self, expected: &'static str) -> Result<&'a [u8]> {
        let Some(len) = self.bin_len()? else { return Err(self.wrong_type(expected)) };
        self.take(len)
    }

    /// Reads bytes as a handle: shared with the input where the cursor knows its owner, copied otherwise.
    pub fn read_shared(&mut self) -> Result<Bytes> {
        if let Some(bytes) = self.read_own_bytes()? {
            return Ok(bytes.into());
        }
        let bytes = self.read_bytes()?;
        Ok(self.share(bytes)?)
    }

    /// Reads the head of a list: the number of values that follow.
    #[inline]
    pub fn read_list_len(&mut self) -> Result<usize> {
        let (len, rest) = match self.rest {
            [marker @ 0x90..=0x9f, rest @ ..] => (usize::from(marker & 0x0f), rest),
            [0xdc, rest @ ..] => self.len16(rest)?,
            [0xdd, rest @ ..] => self.len32(rest)?,
            _ => return Err(self.wrong_list()),
        };
        self.rest = rest;
        Ok(len)
    }

    /// Reads the head of a map: the number of key-value pairs that follow.
    #[inline]
    pub fn read_map_len(&mut self) -> Result<usize> {
        let (len, rest) = match self.rest {
            [marker @ 0x80..=0x8f, rest @ ..] => (usize::from(marker & 0x0f), rest),
            [0xde, rest @ ..] => self.len16(rest)?,
            [0xdf, rest @ ..] => self.len32(rest)?,
            _ => return Err(self.wrong_type("a map")),
        };
        self.rest = rest;
        Ok(len)
    }

    /// Reads a map key, which must be a string.
    #[inline]
    pub fn read_key(&mut self) -> Result<&'a str> {
        let len = self.key_len()?;
        self.take_str(len)
    }

    #[inline]
    fn key_len(&mut self) -> Result<usize> {
        match self.str_len()? {
            Some(len) => Ok(len),
            None => Err(self.wrong_key()),
        }
    }

    #[cold]
    fn wrong_key(&self) -> crate::error::Error {
        match self.rest.first() {
            Some(&marker) => DecodeError::KeyType { found: describe(marker) }.into(),
            None => self.truncated(1),
        }
    }

    /// Runs `read` with what the sample type declares of the arrays in this field.
    #[inline]
    pub(crate) fn with_spec<T>(&mut self, spec: ArraySpec, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.spec, spec);
        // Also after an error, for the same cursor reads on where a row is read again.
        let value = read(self);
        self.spec = outer;
        value
    }

    #[inline]
    pub(crate) fn spec(&self) -> ArraySpec {
        self.spec
    }

    /// A cursor over `bytes`, as deep inside of other values as this one.
    pub(crate) fn within<'b>(&self, bytes: &'b Bytes) -> Cursor<'b> {
        let Self { depth, sample_depth, sample_bytes, spec, source, limits, .. } = *self;
        Cursor { depth, sample_depth, sample_bytes, spec, source, limits, ..Cursor::shared(bytes) }
    }

    pub(crate) fn share(&self, bytes: &'a [u8]) -> Result<Bytes, NoMemory> {
        match self.owner {
            // A slice of the owner by construction; an empty one may sit past its end, which `slice_ref` allows for.
            Some(owner) => Ok(owner.slice_ref(bytes)),
            None => copied(bytes),
        }
    }

    /// Reads the head of any value; the bytes of a string or the elements of a container come next.
    pub(crate) fn head(&mut self) -> Result<Head> {
        let Some(&marker) = self.rest.first() else { return Err(self.truncated(1)) };
        match marker {
            0xc0 => {
                self.take(1)?;
                Ok(Head::Nil)
            }
            0xc2 | 0xc3 => self.read_bool().map(Head::Bool),
            0xca | 0xcb => self.read_f64().map(Head::Float),
            // The marker says that there is a length, so the default of either line is never taken.
            0xa0..=0xbf | 0xd9..=0xdb => Ok(Head::Str(self.str_len()?.unwrap_or_default())),
            0xc4..=0xc6 => Ok(Head::Bin(self.bin_len()?.unwrap_or_default())),
            0x90..=0x9f | 0xdc | 0xdd => self.read_list_len().map(Head::List),
            0x80..=0x8f | 0xde | 0xdf => self.read_map_len().map(Head::Map),
            _ => self.integer().map_err(|error| self.unless_integer(error, "a msgpack value")),
        }
    }

    /// Takes `len` bytes.
    #[inline]
    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(len) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => self.take_far(len),
        }
    }

    /// An integer that is not negative; errors name the narrower type `expected` that it is read for.
    #[inline]
    pub(crate) fn integer_u64(&mut self, expected: &'static str) -> Result<u64> {
        match self.small_integer() {
            Some(value) => Ok(value.into()),
            None => self.wide_u64(expected),
        }
    }

    fn wide_u64(&mut self, expected: &'static str) -> Result<u64> {
        match self.integer()? {
            Head::Int(value) => Err(DecodeError::IntRange { value: value.into(), expected }.into()),
            Head::UInt(value) => Ok(value),
            _ => Err(self.wrong_type("an integer")),
        }
    }

    /// An integer up to `i64::MAX`; errors name the narrower type `expected` that it is read for.
    #[inline]
    pub(crate) fn integer_i64(&mut self, expected: &'static str) -> Result<i64> {
        match self.small_integer() {
            Some(value) => Ok(value.into()),
            None => self.wide_i64(expected),
        }
    }

    fn wide_i64(&mut self, expected: &'static str) -> Result<i64> {
        match self.integer()? {
            Head::Int(value) => Ok(value),
            Head::UInt(value) => {
                i64::try_from(value).map_err(|_| DecodeError::IntRange { value: value.into(), expected }.into())
            }
            _ => Err(self.wrong_type("an integer")),
        }
    }

    /// Takes `len` bytes of text.
    #[inline]
    pub(crate) fn take_str(&mut self, len: usize) -> Result<&'a str> {
        utf8(self.take(len)?).map_err(|source| DecodeError::Utf8 { source }.into())
    }

    /// An integer from 0 to 127, which is its own byte, if it is next: so small that it is read in place.
    #[inline]
    fn small_integer(&mut self) -> Option<u8> {
        match self.rest {
            [value @ 0x00..=0x7f, rest @ ..] => {
                self.rest = rest;
                Some(*value)
            }
            _ => None,
        }
    }

    fn integer(&mut self) -> Result<Head> {
        let (head, rest) = match self.rest {
            [value @ 0x00..=0x7f, rest @ ..] => (Head::UInt((*value).into()), rest),
            [value @ 0xe0..=0xff, rest @ ..] => (Head::Int(i64::from(value.cast_signed())), rest),
            [0xcc, rest @ ..] => {
                self.fixed::<1>(rest).map(|(b, rest)| (Head::UInt(u8::from_be_bytes(b).into()), rest))?
            }
            [0xcd, rest @ ..] => {
                self.fixed::<2>(rest).map(|(b, rest)| (Head::UInt(u16::from_be_bytes(b).into()), rest))?
            }
            [0xce, rest @ ..] => {
                self.fixed::<4>(rest).map(|(b, rest)| (Head::UInt(u32::from_be_bytes(b).into()), rest))?
            }
            [0xcf, rest @ ..] => self.fixed::<8>(rest).map(|(b, rest)| (Head::UInt(u64::from_be_bytes(b)), rest))?,
            [0xd0, rest @ ..] => {
                self.fixed::<1>(rest).map(|(b, rest)| (Head::Int(i8::from_be_bytes(b).into()), rest))?
            }
            [0xd1, rest @ ..] => {
                self.fixed::<2>(rest).map(|(b, rest)| (Head::Int(i16::from_be_bytes(b).into()), rest))?
            }
            [0xd2, rest @ ..] => {
                self.fixed::<4>(rest).map(|(b, rest)| (Head::Int(i32::from_be_bytes(b).into()), rest))?
            }
            [0xd3, rest @ ..] => self.fixed::<8>(rest).map(|(b, rest)| (Head::Int(i64::from_be_bytes(b)), rest))?,
            _ => return Err(self.wrong_type("an integer")),
        };
        self.rest = rest;
        // One form for each value, so that the caller need not care how it was written.
        Ok(match head {
            Head::Int(value) => u64::try_from(value).map_or(head, Head::UInt),
            head => head,
        })
    }

    #[inline]
    fn str_len(&mut self) -> Result<Option<usize>> {
        let (len, rest) = match self.rest {
            [marker @ 0xa0..=0xbf, rest @ ..] => (usize::from(marker & 0x1f), rest),
            [0xd9, rest @ ..] => self.len8(rest)?,
            [0xda, rest @ ..] => self.len16(rest)?,
            [0xdb, rest @ ..] => self.len32(rest)?,
            _ => return Ok(None),
        };
        self.rest = rest;
        Ok(Some(len))
    }

    #[inline]
    fn bin_len(&mut self) -> Result<Option<usize>> {
        let (len, rest) = match self.rest {
            [0xc4, rest @ ..] => self.len8(rest)?,
            [0xc5, rest @ ..] => self.len16(rest)?,
            [0xc6, rest @ ..] => self.len32(rest)?,
            _ => return Ok(None),
        };
        self.rest = rest;
        Ok(Some(len))
    }

    #[inline]
    fn len8(&self, rest: &'a [u8]) -> Result<(usize, &'a [u8])> {
        self.fixed::<1>(rest).map(|(bytes, rest)| (usize::from(u8::from_be_bytes(bytes)), rest))
    }

    #[inline]
    fn len16(&self, rest: &'a [u8]) -> Result<(usize, &'a [u8])> {
        self.fixed::<2>(rest).map(|(bytes, rest)| (usize::from(u16::from_be_bytes(bytes)), rest))
    }

    #[inline]
    fn len32(&self, rest: &'a [u8]) -> Result<(usize, &'a [u8])> {
        let (bytes, rest) = self.fixed::<4>(rest)?;
        // A length that no address space holds is past the end all the same.
        Ok((usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX), rest))
    }

    #[inline]
    fn fixed<const N: usize>(&self, rest: &'a [u8]) -> Result<([u8; N], &'a [u8])> {
        match rest.split_first_chunk::<N>() {
            Some((bytes, rest)) => Ok((*bytes, rest)),
            // With the marker, which `self.rest` still has: nothing is consumed before all of a value's head is there.
            None => Err(self.truncated(N + 1)),
        }
    }

    #[cold]
    fn truncated(&self, needed: usize) -> crate::error::Error {
        DecodeError::Truncated { at: self.len, needed: needed - self.rest.len().min(needed) }.into()
    }

    #[cold]
    pub(crate) fn wrong_type(&self, expected: &'static str) -> crate::error::Error {
        match self.rest.first() {
            None => self.truncated(1),
            Some(&marker) => match describe(marker) {
                EXTENSION => DecodeError::Extension { found: EXTENSION }.into(),
                found => DecodeError::WrongType { expected, found }.into(),
            },
        }
    }

    #[cold]
    fn wrong_list(&self) -> crate::error::Error {
        // The commonest wrong type: `Vec<f32>` for what Python has as an array. A look ahead, on a copy, tells.
        match self.clone().read_bytes() {
            Ok(bytes) if DynArray::is_array(bytes) => {
                DecodeError::WrongType { expected: "a list", found: "an array (for an `ndarray::Array` field)" }.into()
            }
            _ => self.wrong_type("a list"),
        }
    }

    /// The error of `integer`, in the words of a caller who would have taken more than integers.
    #[cold]
    fn unless_integer(&self, error: crate::error::Error, expected: &'static str) -> crate::error::Error {
        // 0xc1 is no value in msgpack, so it is corrupt; that the input ends early stays what it is.
        if error.kind() == ErrorKind::SchemaMismatch || self.rest.first() == Some(&0xc1) {
            self.wrong_type(expected)
        } else {
            error
        }
    }
}
