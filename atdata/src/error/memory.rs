//! Memory for what the input says the size of: too little of it is an error, and not the end of the process.

use std::sync::Arc;

use bytes::Bytes;

use super::{Cause, ErrorKind};

/// What is smaller is no question of what the input says: a process that lacks it cannot go on in any case.
const SMALL: usize = 1 << 16;

/// Values that may go behind many without being asked for: without room for them a buffer would double.
const BEHIND: usize = 4096;

/// What has to be left beside a large allocation, for all the small ones of which none can say that there was no memory.
const SPARE: usize = 8 << 20;

/// What allocators set apart at a time for the small pieces of a thread: glibc fails to where that is not left, though they fit.
#[cfg(feature = "json")]
const APART: usize = 64 << 20;

/// There is not enough memory for one value.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error(
    "not enough memory for {size} bytes in {}: let the process have more, or refuse such members by \
     `ReadOptions::max_member` (the program by --max-member)",
    if *.is_one { "one piece" } else { "the pieces that values take" }
)]
pub(crate) struct NoMemory {
    size: usize,
    is_one: bool,
}

impl NoMemory {
    pub(crate) fn of(size: usize) -> Self {
        Self { size, is_one: true }
    }
}

impl Cause for NoMemory {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unsupported
    }
}

/// Makes room for `more` values behind those that are there, and for a little that goes behind many of them, such as padding.
pub(crate) fn room<T>(buffer: &mut Vec<T>, more: usize) -> Result<(), NoMemory> {
    let more = if more < SMALL { more } else { more.saturating_add(BEHIND) };
    // Half as much again may be too much where what is asked for is not.
    let made = buffer.try_reserve(more).or_else(|_| buffer.try_reserve_exact(more));
    checked::<T>(made.is_ok(), more)
}

/// Whether enough is left beside an allocation of so many bytes.
pub(crate) fn is_any_left(size: usize) -> bool {
    if size < SPARE {
        return true;
    }
    let mut spare = Vec::<u8>::new();
    let is_left = spare.try_reserve_exact(SPARE).is_ok();
    // Or a compiler may see that nobody writes to it, and ask for none.
    std::hint::black_box(&spare);
    is_left
}

fn checked<T>(is_made: bool, len: usize) -> Result<(), NoMemory> {
    let size = len.saturating_mul(size_of::<T>());
    if is_made && is_any_left(size) { Ok(()) } else { Err(NoMemory::of(size)) }
}

/// A buffer for `len` values, which is no larger.
pub(crate) fn buffer<T>(len: usize) -> Result<Vec<T>, NoMemory> {
    let mut buffer = Vec::new();
    let made = buffer.try_reserve_exact(len);
    checked::<T>(made.is_ok(), len).map(|()| buffer)
}

/// Appends a copy of `bytes`.
pub(crate) fn append(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), NoMemory> {
    if bytes.len() > SMALL {
        room(out, bytes.len())?;
    }
    out.extend_from_slice(bytes);
    Ok(())
}

/// Whether there is as much memory, in whatever pieces, for what takes it without asking. It is asked for and given back.
#[cfg(feature = "json")]
pub(crate) fn ask(size: usize) -> Result<(), NoMemory> {
    if size < SPARE {
        return Ok(());
    }
    let spare = buffer::<u8>(size.saturating_add(APART)).map_err(|_| NoMemory { size, is_one: false })?;
    // Or a compiler may see that nobody writes to it, and ask for none.
    std::hint::black_box(&spare);
    Ok(())
}

/// Appends a value, of which there may be as many as the input says.
#[inline]
pub(crate) fn push<T>(values: &mut Vec<T>, value: T) -> Result<(), NoMemory> {
    if values.len() == values.capacity() {
        grow(values)?;
    }
    values.push(value);
    Ok(())
}

#[cold]
fn grow<T>(values: &mut Vec<T>) -> Result<(), NoMemory> {
    room(values, values.len().max(4))
}

/// A copy of `bytes`.
pub(crate) fn copied(bytes: &[u8]) -> Result<Bytes, NoMemory> {
    if bytes.len() <= SMALL {
        return Ok(Bytes::copy_from_slice(bytes));
    }
    let mut copy = buffer(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy.into())
}

/// A copy of `text`.
#[inline]
pub(crate) fn copied_text(text: &str) -> Result<String, NoMemory> {
    if text.len() <= SMALL { Ok(text.to_owned()) } else { long_text(text) }
}

/// A copy of `text` that is shared. There is no way to ask for its memory alone; so it is asked for before, and given back.
#[inline]
pub(crate) fn shared_text(text: &str) -> Result<Arc<str>, NoMemory> {
    if text.len() > SMALL {
        drop(long_text(text)?);
    }
    Ok(text.into())
}

#[cold]
fn long_text(text: &str) -> Result<String, NoMemory> {
    let mut copy = String::new();
    checked::<u8>(copy.try_reserve_exact(text.len()).is_ok(), text.len())?;
    copy.push_str(text);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_no_machine_has_is_an_error() {
        let error = room(&mut vec![1_u64], usize::MAX / 16).unwrap_err();
        assert!(error.to_string().contains("--max-member"), "{error}");
        assert!(buffer::<u64>(usize::MAX / 4).is_err() && buffer::<u8>(isize::MAX as usize).is_err());
        let text = "x".repeat(SMALL + 1);
        assert_eq!(copied_text(&text).unwrap(), text);
        assert_eq!(copied(text.as_bytes()).unwrap(), text);
        let mut out = b"a".to_vec();
        append(&mut out, text.as_bytes()).unwrap();
        assert_eq!(out.len(), SMALL + 2);
    }
}
