//! What hostile input may take of the stack and of memory before it is refused.

use crate::error::Result;
use crate::sample::{Cursor, DecodeError};

/// Containers inside containers, as in the reader of Python atdata: one without elements is not entered and not counted.
pub(crate) const MAX_DEPTH: u16 = 1022;

/// Samples inside samples of a recursive type. Lower than [`MAX_DEPTH`], for generated readers have large stack frames.
pub(crate) const MAX_SAMPLE_DEPTH: u16 = 128;

/// Stack that samples inside samples may take. How large the frame of a generated reader is depends on the fields of its
/// type; a thread has 2 MiB unless it asks for more, and the deepest value inside the last sample needs a part of them.
const MAX_SAMPLE_STACK: usize = 768 << 10;

/// Memory that a list may take on the word of its header alone.
const TRUSTED_BYTES: usize = 64 << 10;

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
        let local = 0_u8;
        let stack = (&raw const local).addr();
        if self.sample_depth == 0 {
            self.stack = stack;
        } else if self.sample_depth >= MAX_SAMPLE_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_SAMPLE_DEPTH }.into());
        } else if self.stack.abs_diff(stack) > MAX_SAMPLE_STACK {
            return Err(DecodeError::TooLarge { depth: self.sample_depth }.into());
        }
        self.sample_depth += 1;
        let value = self.nested(read);
        self.sample_depth -= 1;
        value
    }
}
