//! Writing msgpack as Python's `msgpack` does: doubles, the shortest integer, `bin` for bytes.
//!
//! The forms are `rmp`'s. It writes to anything that may fail; a `Vec` cannot, so its results are dropped here, once.

use rmp::encode as rmp;

#[inline]
pub(crate) fn write_nil(out: &mut Vec<u8>) {
    let _ = rmp::write_nil(out);
}

#[inline]
pub(crate) fn write_bool(value: bool, out: &mut Vec<u8>) {
    let _ = rmp::write_bool(out, value);
}

#[inline]
pub(crate) fn write_u64(value: u64, out: &mut Vec<u8>) {
    let _ = rmp::write_uint(out, value);
}

#[inline]
pub(crate) fn write_i64(value: i64, out: &mut Vec<u8>) {
    let _ = rmp::write_sint(out, value);
}

#[inline]
pub(crate) fn write_f64(value: f64, out: &mut Vec<u8>) {
    let _ = rmp::write_f64(out, value);
}

#[inline]
pub(crate) fn write_str(value: &str, out: &mut Vec<u8>) {
    let _ = rmp::write_str_len(out, length(value.len()));
    out.extend_from_slice(value.as_bytes());
}

#[inline]
pub(crate) fn write_bin(value: &[u8], out: &mut Vec<u8>) {
    write_bin_header(value.len(), out);
    out.extend_from_slice(value);
}

/// The head of `len` bytes that the caller appends.
#[inline]
pub(crate) fn write_bin_header(len: usize, out: &mut Vec<u8>) {
    let _ = rmp::write_bin_len(out, length(len));
}

/// The head of a list of `len` values that the caller appends.
#[inline]
pub(crate) fn write_list_len(len: usize, out: &mut Vec<u8>) {
    let _ = rmp::write_array_len(out, length(len));
}

/// The head of a map of `len` pairs that the caller appends.
#[inline]
pub(crate) fn write_map_len(len: usize, out: &mut Vec<u8>) {
    let _ = rmp::write_map_len(out, length(len));
}

/// msgpack's lengths are 32 bits wide. Writers check samples before they pack them (`PackField::check`); for one that
/// was not checked the length saturates, and readers find the value truncated.
#[inline]
fn length(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
