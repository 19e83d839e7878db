//! The payload of an array in a field: found, and told from bytes that are none.

use crate::array::{ArrayError, DynArray, NPY_MAGIC, RawArray};
use crate::error::{Error, Result};
use crate::sample::Cursor;

/// The array in a field.
#[inline]
pub(crate) fn read_raw<'a>(cursor: &mut Cursor<'a>) -> Result<RawArray<'a>> {
    let bytes = cursor.read_bytes_of("an array")?;
    RawArray::parse(bytes).map_err(|error| unless_no_array(error, bytes))
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
