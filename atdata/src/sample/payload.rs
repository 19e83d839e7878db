//! The payload of an array in a field: found, and told from bytes that are none.

use ndarray::Dimension;

use crate::array::{ArrayError, ArraySpec, DynArray, Element, NPY_MAGIC, RawArray, dimension};
use crate::error::{Error, Result};
use crate::sample::Cursor;
use crate::sample::cursor::FarBytes;

/// The array in a field.
#[inline]
pub(crate) fn read_raw<'a>(cursor: &mut Cursor<'a>) -> Result<RawArray<'a>> {
    let bytes = cursor.read_bytes_of("an array")?;
    RawArray::parse(bytes).map_err(|error| unless_no_array(error, bytes))
}

/// Appends the elements of the array that comes next, if they are still in a file and what they are in memory, with no
/// other copy of them between; `accept` is told its dimensions before. False if there is no such array.
#[inline]
pub(crate) fn read_from_file<'o, T: Element, D: Dimension>(
    cursor: &mut Cursor<'_>,
    spec: ArraySpec,
    accept: impl FnOnce(D) -> Result<&'o mut Vec<T>>,
) -> Result<bool> {
    match cursor.far_bytes() {
        None => Ok(false),
        Some(bytes) => read_far(cursor, &bytes, spec, accept),
    }
}

#[cold]
fn read_far<'a, 'o, T: Element, D: Dimension>(
    cursor: &mut Cursor<'a>,
    bytes: &FarBytes<'a>,
    spec: ArraySpec,
    accept: impl FnOnce(D) -> Result<&'o mut Vec<T>>,
) -> Result<bool> {
    let Some((raw, start)) = RawArray::parse_begin(bytes.begin, bytes.len) else { return Ok(false) };
    let Some((dtype, order)) = raw.plain() else { return Ok(false) };
    if dtype != T::DTYPE || !T::IS_PLAIN {
        return Ok(false);
    }
    let out = accept(dimension(&raw, spec)?)?;
    let count = (bytes.len - start) / size_of::<T>();
    cursor.take_far_bytes(bytes, start, |file, at, _| T::extend_from_file(out, file, at, count, order))?;
    Ok(true)
}

/// The error, or that the bytes are not even the beginning of an array, as the bytes of an encoded image are not.
#[cold]
fn unless_no_array(error: ArrayError, bytes: &[u8]) -> Error {
    let begun = bytes.is_empty() || matches!(bytes.get(1), Some(b'<' | b'>' | b'|'));
    if begun || bytes.starts_with(NPY_MAGIC) || DynArray::is_array(bytes) {
        return error.into();
    }
    let start = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    ArrayError::NotAnArray { start }.into()
}
