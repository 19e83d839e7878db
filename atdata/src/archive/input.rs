//! The input of an archive: where its bytes are read from, one after the other.

use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::readahead::{Filled, KEPT, ReadAhead};
use crate::raw;

/// A stream, or a file that can be read from anywhere.
pub(crate) enum Input {
    Stream(Box<dyn Read + Send>),
    File(FileAt),
}

impl Input {
    pub(crate) fn stream(reader: impl Read + Send + 'static) -> Self {
        Self::Stream(Box::new(reader))
    }

    /// The file that it is.
    pub(super) fn file(&self) -> Option<&Arc<File>> {
        match self {
            Self::Stream(_) => None,
            Self::File(file) => Some(&file.file),
        }
    }

    /// Where it ends, if that can be known before.
    pub(super) fn end(&self) -> Option<u64> {
        match self {
            Self::Stream(_) => None,
            Self::File(file) => file.file.metadata().ok().map(|data| data.len()),
        }
    }

    /// Whether it has all bytes before `to`, if that can be known before.
    pub(super) fn reaches(&mut self, to: u64) -> Option<bool> {
        match self {
            Self::Stream(_) => None,
            Self::File(file) => file.least_end(to).ok().map(|end| end >= to),
        }
    }

    /// Appends `len` bytes to `buffer`, which has room for them; fewer are the last ones.
    pub(super) fn read_into(&mut self, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
        match self {
            Self::Stream(reader) => reader.by_ref().take(len as u64).read_to_end(buffer).map(drop),
            Self::File(file) => file.read_into(buffer, len),
        }
    }

    /// The bytes that come next, at least `want` of them unless the file ends before, if they were read ahead into a
    /// buffer that has room for `kept` bytes before them.
    pub(super) fn read_ahead(&mut self, kept: usize, want: u64) -> Option<Filled> {
        match self {
            Self::Stream(_) => None,
            Self::File(file) => file.read_ahead(kept, want),
        }
    }

    /// Gives back a buffer of what was read ahead.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        if let Self::File(FileAt { ahead: Some(ahead), .. }) = self {
            ahead.give_back(buffer);
        }
    }

    /// Passes over up to `len` bytes without reading them; how many it were.
    pub(crate) fn jump(&mut self, len: u64) -> io::Result<u64> {
        match self {
            Self::Stream(_) => Ok(0),
            Self::File(file) => file.jump(len),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stream(reader) => reader.read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

/// A place in a file. Others may read the same handle elsewhere at the same time.
pub(crate) struct FileAt {
    file: Arc<File>,
    at: u64,
    /// Where it ended when that was asked last.
    end: u64,
    ahead: Option<ReadAhead>,
}

impl FileAt {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self::reading_ahead(file, None)
    }

    /// Reads ahead for who wants one part of the file after the other.
    pub(crate) fn reading_ahead(file: Arc<File>, ahead: Option<ReadAhead>) -> Self {
        Self { file, at: 0, end: 0, ahead }
    }

    fn read_ahead(&mut self, kept: usize, want: u64) -> Option<Filled> {
        let ahead = self.ahead.as_mut()?;
        if kept > KEPT || want > ahead.chunk() as u64 {
            ahead.stop();
            return None;
        }
        let filled = ahead.take(&self.file, self.at)?;
        self.at += (filled.buffer.len() - filled.start) as u64;
        Some(filled)
    }

    /// What lies ahead is not what comes next.
    fn leave(&mut self) {
        if let Some(ahead) = &mut self.ahead {
            ahead.stop();
        }
    }

    fn read_into(&mut self, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
        if self.ahead.as_ref().is_some_and(ReadAhead::is_running) {
            self.leave();
        }
        let before = buffer.len();
        let outcome = raw::read_plain(&self.file, self.at, buffer, len);
        self.at += (buffer.len() - before) as u64;
        outcome.map(drop)
    }

    fn jump(&mut self, len: u64) -> io::Result<u64> {
        self.leave();
        let to = self.at.saturating_add(len);
        let rest = self.least_end(to)?.saturating_sub(self.at);
        let moved = rest.min(len);
        self.at += moved;
        Ok(moved)
    }

    /// Where the file ends, or a place from `to` on before which it did not end: asking costs as much as reading a little.
    ///
    /// Of a file that became shorter since, reading tells.
    fn least_end(&mut self, to: u64) -> io::Result<u64> {
        if to > self.end {
            self.end = self.file.metadata()?.len();
        }
        Ok(self.end)
    }
}

impl Read for FileAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = raw::read_at(&self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What is read beside the bytes that are asked for: what follows large ones in a sample is mostly small.
const BESIDE: usize = 4096;

/// How many pieces of a range are kept beside each other; what takes more is read better as a whole.
const PIECES: usize = 8;

/// A range of a file, to be read when it is wanted; the file is open until then.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    file: Arc<File>,
    at: u64,
    len: usize,
}

impl Placed {
    pub(super) fn new(file: Arc<File>, at: u64, len: usize) -> Self {
        Self { file, at, len }
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The file that is kept open.
    pub(crate) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Puts the bytes in the place of what `buffer` holds.
    ///
    /// # Errors
    /// Those of reading, and that the file became shorter.
    pub(crate) fn read_into(&self, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.clear();
        let found = raw::read_plain(&self.file, self.at, buffer, self.len)?;
        if found == self.len {
            return Ok(());
        }
        let wanted = self.len;
        let what = format!("expected {wanted} bytes at {}, found {found}: the file was cut while it was read", self.at);
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, what))
    }
}

/// A range of a file of which only the begin is in memory, read piece by piece as it is asked for.
///
/// Who [is refused](Self::has_refused) anything of it reads the whole range and begins anew, so that what is wrong is
/// told as it always is.
#[derive(Debug)]
pub(crate) struct Partial {
    placed: Placed,
    /// What was read, for as long as anything borrows from it.
    pieces: [OnceLock<Vec<u8>>; PIECES],
    refused: AtomicBool,
}

impl Partial {
    pub(crate) fn new(placed: Placed) -> Self {
        Self { placed, pieces: Default::default(), refused: AtomicBool::new(false) }
    }

    /// How many bytes the whole range has.
    pub(crate) fn len(&self) -> usize {
        self.placed.len
    }

    /// Whether anything could not be had.
    pub(crate) fn has_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// The bytes from `at` on, at least `len` of them; `None` where that cannot be had.
    pub(crate) fn read(&self, at: usize, len: usize) -> Option<&[u8]> {
        let piece = self.pieces.iter().find(|piece| piece.get().is_none());
        let bytes = piece.and_then(|_| self.piece(at, len, len.saturating_add(BESIDE)));
        self.refused.fetch_or(bytes.is_none(), Ordering::Relaxed);
        piece?.set(bytes?).ok()?;
        piece?.get().map(Vec::as_slice)
    }

    /// All bytes from `at` on.
    pub(crate) fn read_own(&self, at: usize) -> Option<Vec<u8>> {
        let bytes = self.piece(at, 0, usize::MAX);
        self.refused.fetch_or(bytes.is_none(), Ordering::Relaxed);
        bytes
    }

    fn piece(&self, at: usize, least: usize, most: usize) -> Option<Vec<u8>> {
        let len = self.len().checked_sub(at).filter(|rest| *rest >= least)?.min(most);
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).ok()?;
        let (file, place) = self.place(at);
        raw::read_plain(file, place, &mut bytes, len).ok().filter(|found| *found == len)?;
        Some(bytes)
    }

    /// The file, and where in it the byte at `at` is.
    pub(crate) fn place(&self, at: usize) -> (&File, u64) {
        (&self.placed.file, self.placed.at + at as u64)
    }
}
