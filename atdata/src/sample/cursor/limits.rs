//! Limits of nesting and allocation: what hostile input may take of the stack and of memory before it is refused.

use crate::error::Result;
use crate::sample::{Cursor, DecodeError};

/// Containers inside containers, as in the reader of Python atdata: one without elements is not entered and not counted.
pub(crate) const MAX_DEPTH: u16 = 1022;

/// Samples inside samples of a recursive type. Lower than [`MAX_DEPTH`], for generated readers have large stack frames.
pub(crate) const MAX_SAMPLE_DEPTH: u16 = 128;

/// Sizes of the samples that are read inside each other, added up. The frame of a generated reader holds each field of
/// its type and some copies, up to some ten times its size in a debug build; a thread has 2 MiB unless it asks for more,
/// and the deepest value inside the last sample needs a part of them.
pub(crate) const MAX_SAMPLE_BYTES: usize = 64 << 10;

/// Memory that a list may take on the word of its header alone.
const TRUSTED_BYTES: usize = 64 << 10;

/// What a member may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of one that was decompressed.
    pub(crate) max_member: u64,
}

/// What readers have that were told nothing else.
impl Default for Limits {
    fn default() -> Self {
        Self { max_member: 1 << 30 }
    }
}

impl Cursor<'_> {
    /// How many elements to make room for where a header promises `len`.
    ///
    /// Each is at least one byte, so a header that promises more bytes than are left is known to lie. One that promises
    /// less may lie as well, and so may all the lists around it: the deeper, the less is believed.
    pub(crate) fn trusted_len<T>(&self, len: usize) -> usize {
        let trusted = TRUSTED_BYTES / size_of::<T>().max(1) / (usize::from(self.depth) + 1);
        len.min(self.rest.len()).min(trusted)
    }

    /// Runs `read` one container deeper, within the limit that keeps hostile nesting off the stack.
    #[inline]
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_DEPTH }.into());
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// [`nested`](Self::nested) for a container of `len` elements, which costs no level if there are none.
    #[inline]
    pub(crate) fn nested_elements<T>(&mut self, len: usize, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if len == 0 { read(self) } else { self.nested(read) }
    }

    #[inline]
    pub(crate) fn nested_sample<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.nested_sample_of(size_of::<T>(), read)
    }

    /// The same for one that is so large, whatever is made of it: one that goes into columns is refused where it is refused
    /// alone.
    #[inline]
    pub(crate) fn nested_sample_of<T>(&mut self, size: usize, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.sample_depth >= MAX_SAMPLE_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_SAMPLE_DEPTH }.into());
        }
        // The outermost one is of the size that its author chose.
        let size = if self.sample_depth == 0 { 0 } else { size };
        if self.sample_bytes + size > MAX_SAMPLE_BYTES {
            return Err(DecodeError::TooLarge { depth: self.sample_depth }.into());
        }
        self.sample_bytes += size;
        self.sample_depth += 1;
        let value = self.nested(read);
        self.sample_depth -= 1;
        self.sample_bytes -= size;
        value
    }
}
