//! The header of an array on the wire, parsed and held against the bytes that follow it.
//!
//! Layout (little-endian): length of the dtype string `u8`, the string, number of dimensions `u8`, one `i64` per
//! dimension, then the elements in C order, in the byte order that the dtype string names.

use std::borrow::Cow;

use atdata_schema::Dtype;

use crate::array::{ArrayError, Descr, Order, npy};
use crate::error::{NoMemory, buffer};

/// numpy's limit.
pub(super) const MAX_NDIM: usize = 64;

/// An array as it lies in the bytes of a sample: checked, not decoded.
#[derive(Debug, Clone)]
pub(crate) struct RawArray<'a> {
    pub(crate) descr: Descr<'a>,
    sizes: Sizes<'a>,
    fortran: bool,
    data: &'a [u8],
}

#[derive(Debug, Clone)]
enum Sizes<'a> {
    /// As on the wire, each one checked to be a size.
    Words(&'a [[u8; 8]]),
    Parsed(Vec<usize>),
}

impl<'a> RawArray<'a> {
    /// Parses either form; after this, sizes are not negative, and the data are exactly as long as they say.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, ArrayError> {
        let raw = if bytes.starts_with(npy::MAGIC) { Self::parse_npy(bytes) } else { Self::parse_compact(bytes) }?;
        raw.check_size()?;
        Ok(raw)
    }

    /// Parses the header at the `begin` of an array in the compact form, whose data need not all be there: what is there
    /// is the data of what this gives, beside where in the `len` bytes all of it begins. `None` for what it cannot be sure
    /// of, which [`parse`](Self::parse) tells.
    pub(crate) fn parse_begin(begin: &'a [u8], len: usize) -> Option<(Self, usize)> {
        if begin.starts_with(npy::MAGIC) {
            return None;
        }
        let raw = Self::parse_compact(begin).ok()?;
        let start = begin.len() - raw.data.len();
        (raw.expected_size().ok()? == len.checked_sub(start)?).then_some((raw, start))
    }

    /// Parts that are known to fit.
    pub(crate) fn of_parts(descr: Descr<'a>, shape: &[usize], data: &'a [u8]) -> Self {
        Self { descr, sizes: Sizes::Parsed(shape.to_vec()), fortran: false, data }
    }

    /// The same, of elements of which the first dimension runs fastest.
    pub(crate) fn of_parts_in_fortran(descr: Descr<'a>, shape: &[usize], data: &'a [u8]) -> Self {
        Self { fortran: true, ..Self::of_parts(descr, shape, data) }
    }

    /// Where the elements are in the bytes that this was parsed from.
    pub(crate) fn place_in(&self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.data.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
        start..start + self.data.len()
    }

    /// Whether the first dimension runs fastest.
    pub(crate) fn is_fortran(&self) -> bool {
        self.fortran
    }

    pub(super) fn parse_compact(bytes: &'a [u8]) -> Result<Self, ArrayError> {
        let too_short = |part, needed| ArrayError::TooShort { part, len: bytes.len(), needed };
        let (&len, rest) = bytes.split_first().ok_or_else(|| too_short("dtype", 2))?;
        let len = usize::from(len);
        let (descr, rest) = rest.split_at_checked(len).ok_or_else(|| too_short("dtype", len + 2))?;
        let (&ndim, rest) = rest.split_first().ok_or_else(|| too_short("number of dimensions", len + 2))?;
        let ndim = usize::from(ndim);
        let (words, data) = rest.split_at_checked(ndim * 8).ok_or_else(|| too_short("shape", len + 2 + ndim * 8))?;
        if ndim > MAX_NDIM {
            return Err(ArrayError::Rank { ndim });
        }
        let (words, _) = words.as_chunks::<8>();
        for (axis, word) in words.iter().enumerate() {
            let size = i64::from_le_bytes(*word);
            if size < 0 {
                return Err(ArrayError::Negative { axis, size });
            }
        }
        Ok(Self { descr: parse_descr(descr)?, sizes: Sizes::Words(words), fortran: false, data })
    }

    pub(super) fn parse_npy(bytes: &'a [u8]) -> Result<Self, ArrayError> {
        let npy::Header { descr, fortran, shape, data } = npy::parse(bytes)?;
        if shape.len() > MAX_NDIM {
            return Err(ArrayError::Rank { ndim: shape.len() });
        }
        let mut raw = Self { descr, sizes: Sizes::Parsed(shape), fortran, data };
        // numpy reads as many bytes as the shape asks for and ignores the rest.
        let expected = raw.expected_size()?;
        raw.data = data.get(..expected).unwrap_or(data);
        Ok(raw)
    }

    fn check_size(&self) -> Result<(), ArrayError> {
        let expected = self.expected_size()?;
        if expected == self.data.len() {
            return Ok(());
        }
        let (item_size, found) = (self.descr.item_size(), self.data.len());
        Err(ArrayError::Size { shape: self.shape().collect(), item_size, expected, found })
    }

    pub(super) fn expected_size(&self) -> Result<usize, ArrayError> {
        let item_size = self.descr.item_size();
        match &self.sizes {
            Sizes::Words(words) => total_size(item_size, words.iter().copied().map(size)),
            Sizes::Parsed(sizes) => total_size(item_size, sizes.iter().copied()),
        }
    }

    pub(crate) fn ndim(&self) -> usize {
        match &self.sizes {
            Sizes::Words(words) => words.len(),
            Sizes::Parsed(sizes) => sizes.len(),
        }
    }

    pub(crate) fn shape(&self) -> impl Iterator<Item = usize> + Clone + use<'_> {
        let (words, sizes): (&[[u8; 8]], &[usize]) = match &self.sizes {
            Sizes::Words(words) => (words, &[]),
            Sizes::Parsed(sizes) => (&[], sizes),
        };
        words.iter().copied().map(size).chain(sizes.iter().copied())
    }

    /// How many bytes the elements take.
    pub(crate) fn byte_len(&self) -> usize {
        self.data.len()
    }

    /// The bytes of the elements, if they are in C order.
    pub(crate) fn in_place(&self) -> Option<&'a [u8]> {
        (!self.fortran || self.ndim() <= 1).then_some(self.data)
    }

    /// The bytes of the elements in C order; copied only where an npy file has them in Fortran order.
    pub(crate) fn data(&self) -> Result<Cow<'a, [u8]>, NoMemory> {
        match self.in_place() {
            Some(data) => Ok(Cow::Borrowed(data)),
            None => {
                let mut data = buffer(self.data.len())?;
                self.extend(&mut data);
                Ok(Cow::Owned(data))
            }
        }
    }

    /// Appends the bytes of the elements in C order.
    pub(crate) fn extend(&self, out: &mut Vec<u8>) {
        match self.in_place() {
            Some(data) => out.extend_from_slice(data),
            None => c_order(self.data, &self.shape().collect::<Vec<_>>(), self.descr.item_size(), out),
        }
    }

    /// The dtype and byte order, if it is one that Rust has a type for.
    pub(crate) fn plain(&self) -> Option<(Dtype, Order)> {
        match self.descr {
            Descr::Plain(dtype, order) => Some((dtype, order)),
            _ => None,
        }
    }
}

/// A size beyond the address space saturates, and then fails the check against the data.
#[inline]
fn size(word: [u8; 8]) -> usize {
    usize::try_from(u64::from_le_bytes(word)).unwrap_or(usize::MAX)
}

/// Bytes of all elements. Sizes of zero, be it of the elements, do not hide the others: an array of shape `(0, 2^62, 4)`
/// is not one that any library can hold.
#[inline]
fn total_size(item_size: usize, sizes: impl Iterator<Item = usize>) -> Result<usize, ArrayError> {
    let mut bytes = item_size.max(1);
    let mut empty = item_size == 0;
    for size in sizes {
        if size == 0 {
            empty = true;
        } else {
            bytes =
                bytes.checked_mul(size).filter(|&bytes| isize::try_from(bytes).is_ok()).ok_or(ArrayError::Overflow)?;
        }
    }
    Ok(if empty { 0 } else { bytes })
}

fn parse_descr(bytes: &[u8]) -> Result<Descr<'_>, ArrayError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Descr::parse(text),
        Err(_) => Err(ArrayError::Dtype { found: String::from_utf8_lossy(bytes).into_owned() }),
    }
}

/// Appends elements in Fortran order (first axis fastest) in C order (last axis fastest).
fn c_order(data: &[u8], shape: &[usize], item_size: usize, out: &mut Vec<u8>) {
    out.reserve(data.len());
    let mut index = vec![0; shape.len()];
    for _ in 0..data.len().checked_div(item_size).unwrap_or(0) {
        let mut stride = item_size;
        let mut at = 0;
        for (&i, &size) in index.iter().zip(shape) {
            at += i * stride;
            stride *= size;
        }
        out.extend_from_slice(data.get(at..at + item_size).unwrap_or_default());
        for (i, &size) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < size {
                break;
            }
            *i = 0;
        }
    }
}

/// The header of the compact form for an array of these sizes.
pub(crate) fn write_header(typestr: &str, shape: &[usize], out: &mut Vec<u8>) {
    // Typestrs are a few bytes long, and arrays have at most 64 dimensions.
    out.push(u8::try_from(typestr.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(typestr.as_bytes());
    out.push(u8::try_from(shape.len()).unwrap_or(u8::MAX));
    for &size in shape {
        out.extend_from_slice(&(size as u64).to_le_bytes());
    }
}

/// Length of that header.
pub(crate) fn header_len(typestr: &str, ndim: usize) -> usize {
    2 + typestr.len() + 8 * ndim
}
