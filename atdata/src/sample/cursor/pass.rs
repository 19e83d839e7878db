//! Passing over what is not read: values, bytes that are known, and back again.

use bytes::Bytes;

use super::Head;
use crate::error::{Result, copied};
use crate::sample::Cursor;

/// A place in a sample, of which not all need be in memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark<'a> {
    rest: &'a [u8],
    len: usize,
}

impl<'a> Mark<'a> {
    /// What is in memory from there on.
    #[inline]
    pub(crate) fn here(self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Cursor<'a> {
    /// Passes over one value of any type: what is not read as anything is held against nothing but the form of msgpack.
    /// Map keys are strings and nesting has its limit, but text need not be UTF-8.
    pub fn skip(&mut self) -> Result<()> {
        match self.head()? {
            Head::Str(len) | Head::Bin(len) => self.skip_bytes(len),
            // A length that lies ends at the end of the input: each element is a byte at least, and nothing is reserved.
            Head::List(len) => self.nested_elements(len, |cursor| (0..len).try_for_each(|_| cursor.skip())),
            Head::Map(len) => self.nested_elements(len, |cursor| {
                (0..len).try_for_each(|_| {
                    cursor.key_len().and_then(|len| cursor.take(len))?;
                    cursor.skip()
                })
            }),
            _ => Ok(()),
        }
    }

    /// Passes over `prefix` if it is next, and says whether it was.
    #[inline]
    pub(crate) fn strip_prefix(&mut self, prefix: &[u8]) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// This place, to come back to.
    #[inline]
    pub(crate) fn mark(&self) -> Mark<'a> {
        Mark { rest: self.rest, len: self.len }
    }

    /// Back to a place.
    #[inline]
    pub(crate) fn rewind(&mut self, mark: Mark<'a>) {
        (self.rest, self.len) = (mark.rest, mark.len);
    }

    /// A copy of the next value, if it is sound and nothing that is read here can be shared.
    pub(crate) fn own_next(&self) -> Option<Bytes> {
        if self.owner.is_some() || self.partial.is_some() {
            return None;
        }
        let mut behind = self.clone();
        behind.skip().ok()?;
        let len = self.rest.len() - behind.rest.len();
        // Without memory for all of it the values say so that there is none for.
        self.rest.get(..len).and_then(|bytes| copied(bytes).ok())
    }
}
