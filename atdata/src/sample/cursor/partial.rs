//! Samples of which only the begin is in memory: what is asked for is read from their file, what is passed over is not.
//!
//! Errors are not the last word: whoever meets one reads the whole sample and decodes it anew.

use std::fs::File;
use std::io;

use bytes::Bytes;

use crate::archive::input::Partial;
use crate::error::{Error, Result};
use crate::raw;
use crate::sample::Cursor;

/// Bytes in a field that are not all in memory.
pub(crate) struct FarBytes<'a> {
    /// What is here of them.
    pub(crate) begin: &'a [u8],
    pub(crate) len: usize,
    at: usize,
    partial: &'a Partial,
}

impl<'a> Cursor<'a> {
    /// The same, of which `partial` is the whole.
    #[inline]
    pub(crate) fn with_rest(self, partial: Option<&'a Partial>) -> Self {
        Self { partial, ..self }
    }

    /// Whether not all of the sample is in memory.
    #[inline]
    pub(crate) fn is_partial(&self) -> bool {
        self.partial.is_some()
    }

    /// Takes bytes that do not end where memory does.
    #[cold]
    pub(super) fn take_far(&mut self, len: usize) -> Result<&'a [u8]> {
        self.move_to(self.position(), len)?;
        let Some((bytes, rest)) = self.rest.split_at_checked(len) else { return Err(self.truncated(len)) };
        self.rest = rest;
        Ok(bytes)
    }

    /// Passes over bytes, without reading those that are not in memory.
    #[inline]
    pub(crate) fn skip_bytes(&mut self, len: usize) -> Result<()> {
        match self.rest.get(len..) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => self.skip_far(len),
        }
    }

    #[cold]
    fn skip_far(&mut self, len: usize) -> Result<()> {
        let to = self.position().saturating_add(len);
        match self.partial {
            Some(partial) if partial.len() == to => (self.rest, self.len) = (&[], to),
            Some(_) => self.move_to(to, 1)?,
            None => return Err(self.truncated(len)),
        }
        Ok(())
    }

    /// Brings the bytes from `at` on into memory, at least `len` of them.
    fn move_to(&mut self, at: usize, len: usize) -> Result<()> {
        let there = self.partial.and_then(|partial| partial.read(at, len));
        let Some(bytes) = there else { return Err(self.truncated(len)) };
        (self.rest, self.len) = (bytes, at + bytes.len());
        Ok(())
    }

    /// All that is not read yet.
    #[cold]
    pub(super) fn read_rest(&self) -> &'a [u8] {
        match self.partial {
            Some(partial) if self.len < partial.len() => {
                let at = self.position();
                partial.read(at, partial.len() - at).unwrap_or(self.rest)
            }
            _ => self.rest,
        }
    }

    /// All that is not read yet in memory of its own, of a sample that is not all in memory.
    pub(crate) fn own_rest(&self) -> Result<Bytes> {
        let at = self.position();
        let bytes = self.partial.and_then(|partial| partial.read_own(at));
        bytes.map(Bytes::from).ok_or_else(|| self.cut())
    }

    /// What is in memory does not do.
    #[cold]
    pub(crate) fn cut(&self) -> Error {
        self.truncated(self.rest.len() + 1)
    }

    /// The bytes that come next, if some of them are not in memory.
    #[inline]
    pub(crate) fn far_bytes(&self) -> Option<FarBytes<'a>> {
        self.partial.and_then(|partial| self.find_far_bytes(partial))
    }

    #[cold]
    fn find_far_bytes(&self, partial: &'a Partial) -> Option<FarBytes<'a>> {
        let mut ahead = self.clone();
        let len = ahead.bin_len().ok()??;
        let at = ahead.position();
        let is_there = partial.len().checked_sub(at).is_some_and(|rest| rest >= len);
        (is_there && len > ahead.rest.len()).then_some(FarBytes { begin: ahead.rest, len, at, partial })
    }

    /// The bytes that come next in memory of their own, if some of them are still in their file: no other copy of them
    /// is made then.
    #[inline]
    pub(crate) fn read_own_bytes(&mut self) -> Result<Option<Vec<u8>>> {
        match self.far_bytes() {
            None => Ok(None),
            Some(bytes) => self.read_far_bytes(&bytes).map(Some),
        }
    }

    #[cold]
    fn read_far_bytes(&mut self, bytes: &FarBytes<'a>) -> Result<Vec<u8>> {
        let mut own = Vec::new();
        own.try_reserve_exact(bytes.len).map_err(|_| self.cut())?;
        self.take_far_bytes(bytes, 0, |file, at, len| raw::read_plain(file, at, &mut own, len))?;
        Ok(own)
    }

    /// Takes those bytes, of which `read` reads all from `start` on: it is told the file, the place and their number, and
    /// says how many there were.
    pub(crate) fn take_far_bytes(
        &mut self,
        bytes: &FarBytes<'a>,
        start: usize,
        read: impl FnOnce(&File, u64, usize) -> io::Result<usize>,
    ) -> Result<()> {
        let (file, at) = bytes.partial.place(bytes.at + start);
        let len = bytes.len - start;
        match read(file, at, len) {
            Ok(read) if read == len => self.skip_bytes(bytes.at - self.position() + bytes.len),
            _ => Err(self.cut()),
        }
    }
}
