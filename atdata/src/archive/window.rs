//! The part of an archive that is in memory: all of it when it is mapped, a moving chunk when it is streamed.

use std::fs::File;
use std::io;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use super::input::{Input, Placed};
use super::readahead::{ALIGN, Filled, KEPT, lead};
use crate::error::{NoMemory, copied, is_any_left};
use crate::raw;

/// What one refill of a stream reads at least: small enough to stay in the processor's own cache until it is used.
pub(crate) const CHUNK: usize = 1 << 18;

/// How far ahead members are prefetched: what takes as long to decode as memory takes to answer, and more does no harm.
const AHEAD: u64 = 2048;

/// Larger members are long enough for the processor to see where the reading goes.
const SMALL: u64 = 4096;

/// What is read behind a jump over more than [`FAR`] or over what is left in the file, where another jump may follow.
const NEAR: usize = 4096;
const FAR: u64 = 1 << 15;

/// Offsets are those of the archive, whatever part of it is here.
pub(crate) struct Window {
    /// The window is what is behind the first `start` of them.
    bytes: Bytes,
    start: usize,
    /// Offset of the window's first byte.
    base: u64,
    /// Where more comes from; `None` once the end of the archive is in the window.
    source: Option<Input>,
    /// The same, where it is a file, for as long as the window is there.
    file: Option<Arc<File>>,
    /// Why the source ended, to be told once the bytes that came before are used up.
    failed: Option<io::Error>,
    streamed: bool,
    chunk: usize,
    /// A buffer that was taken out of the window for what was held in it, to be filled again.
    spare: Vec<u8>,
    kept: Kept,
    /// The range that is kept as a place in the file, unread but for what is held of it.
    placed: Option<(u64, usize)>,
}

/// What stays when the window moves on.
enum Kept {
    Nothing,
    /// A range that is in the window, at an offset and of a length.
    Range(u64, usize),
    /// One that was taken out of it.
    Taken(Bytes),
    /// What was in no window.
    Apart(Bytes),
}

impl Window {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self {
            bytes,
            start: 0,
            base: 0,
            source: None,
            file: None,
            failed: None,
            streamed: false,
            chunk: CHUNK,
            spare: Vec::new(),
            kept: Kept::Nothing,
            placed: None,
        }
    }

    /// `chunk` is [`CHUNK`] but in tests, which let it be as small as a byte.
    pub(crate) fn streamed(source: Input, chunk: usize) -> Self {
        let file = source.file().map(Arc::clone);
        Self { source: Some(source), file, streamed: true, chunk, ..Self::whole(Bytes::new()) }
    }

    /// Where the window ends; where the archive ends, once a refill fell short.
    #[inline]
    pub(crate) fn end(&self) -> u64 {
        self.base + (self.bytes.len() - self.start) as u64
    }

    /// Where the archive ends, as far as that is known.
    #[cold]
    pub(super) fn archive_end(&self) -> u64 {
        self.source.as_ref().and_then(Input::end).unwrap_or(self.end())
    }

    /// Whether the archive is known to end before `to`, without reading it.
    #[cold]
    pub(super) fn ends_before(&mut self, to: u64) -> bool {
        match self.source.as_mut() {
            Some(source) => source.reaches(to) == Some(false),
            None => self.end() < to,
        }
    }

    /// Whether the window cannot grow.
    fn is_complete(&self) -> bool {
        self.source.is_none() && self.failed.is_none()
    }

    /// Where that byte is in `bytes`, or would be.
    #[inline]
    fn position(&self, at: u64) -> Option<usize> {
        usize::try_from(at.checked_sub(self.base)?).ok()?.checked_add(self.start)
    }

    #[inline]
    pub(crate) fn get(&self, at: u64, len: usize) -> Option<&[u8]> {
        let start = self.position(at)?;
        self.bytes.get(start..start.checked_add(len)?)
    }

    #[inline]
    pub(crate) fn block(&self, at: u64) -> Option<&[u8; 512]> {
        self.bytes.get(self.position(at)?..)?.first_chunk()
    }

    /// Prepares for what comes some small members behind the one at `from..to`, about as much as that one takes.
    ///
    /// Processors foresee a read in one sweep, not one that takes a header and the begin of its data and jumps to the
    /// next: each sample would wait for memory twice.
    #[inline]
    pub(crate) fn look_ahead(&self, from: u64, to: u64) {
        if to - from <= SMALL
            && let (Some(start), Some(end)) = (self.position(from + AHEAD), self.position(to + AHEAD))
            && let Some(bytes) = self.bytes.get(start..end)
        {
            raw::prefetch(bytes);
        }
    }

    /// Brings `from..to` into the window, or as much of it as there is; what lies before `from` may be gone then.
    #[inline]
    pub(crate) fn ensure(&mut self, from: u64, to: u64) -> io::Result<()> {
        if to <= self.end() || self.is_complete() { Ok(()) } else { self.refill(from, to) }
    }

    #[cold]
    fn refill(&mut self, from: u64, to: u64) -> io::Result<()> {
        let first = self.keep_held(from);
        let passed = from.saturating_sub(self.end());
        if passed > 0 {
            self.skip_to(from);
        }
        if self.source.is_none() {
            return self.failed.take().map_or(Ok(()), Err);
        }
        let is_near = self.file.is_some() && (passed > FAR || self.placed.is_some());
        if passed == 0 && !is_near && self.take_ahead(first, to) {
            return if to > self.end() { self.failed.take().map_or(Ok(()), Err) } else { Ok(()) };
        }
        let chunk = if is_near { self.chunk.min(NEAR) } else { self.chunk };
        let want = usize::try_from(to - first).unwrap_or(usize::MAX).max(chunk);
        let is_there = self.source.as_mut().and_then(|source| source.reaches(to)) == Some(true);

        let (mut next, start) = self.begin_buffer(first, if is_there { want } else { chunk })?;
        let mut refused = None;
        while next.len() - start < want {
            // At most twice what has really arrived: a size that only claims to be large costs nothing.
            let got = next.len() - start;
            let most = if is_there { want } else { got.max(chunk) };
            let step = (want - got).min(most);
            if let Err(error) = reserve(&mut next, step) {
                refused = Some(error);
                break;
            }
            if self.read(step, &mut next) < step {
                break;
            }
        }
        (self.bytes, self.start, self.base) = (Bytes::from(next), start, first);
        if let Some(error) = refused {
            // What has been read is kept, so that the window is where its source is.
            return Err(error);
        }
        if to > self.end() { self.failed.take().map_or(Ok(()), Err) } else { Ok(()) }
    }

    /// Takes what was read ahead for the window, behind what is here from `first` on; whether there was any, up to `to` or
    /// the end of the file.
    fn take_ahead(&mut self, first: u64, to: u64) -> bool {
        let kept = self.position(first).and_then(|from| self.bytes.get(from..)).unwrap_or_default();
        let want = to.saturating_sub(self.end());
        let Some(source) = self.source.as_mut() else { return false };
        let Some(filled) = source.read_ahead(kept.len(), want) else { return false };
        let Filled { mut buffer, start, outcome, is_last } = filled;
        let begin = start - kept.len();
        if let Some(room) = buffer.get_mut(begin..start) {
            room.copy_from_slice(kept);
        }
        let old = mem::replace(&mut self.bytes, Bytes::from(buffer));
        (self.start, self.base) = (begin, first);
        if is_last {
            (self.source, self.failed) = (None, outcome.err());
        } else {
            source.give_back(if old.is_unique() { Vec::from(old) } else { Vec::new() });
        }
        true
    }

    /// A buffer that begins with what is here from `first` on, behind so many bytes as the second says, and has room for
    /// `len` in all: the one that there was, unless it is in use elsewhere or of another size.
    fn begin_buffer(&mut self, first: u64, len: usize) -> io::Result<(Vec<u8>, usize)> {
        let from = self.position(first).unwrap_or(usize::MAX).min(self.bytes.len());
        let kept = self.bytes.len() - from;
        let room = len.max(kept).saturating_add(ALIGN);
        // That of a large member is not kept for small ones.
        let fitting = room..=room.max(self.chunk).saturating_mul(4);
        let mut buffer = Vec::new();
        if self.bytes.is_unique() {
            buffer = Vec::from(mem::take(&mut self.bytes));
            if fitting.contains(&buffer.capacity()) {
                if kept == 0 {
                    buffer.clear();
                    let start = lead(&buffer, first);
                    buffer.resize(start, 0);
                    return Ok((buffer, start));
                }
                let start = lead(&buffer, first).min(from);
                buffer.copy_within(from.., start);
                buffer.truncate(start + kept);
                return Ok((buffer, start));
            }
            self.bytes = Bytes::from(buffer);
            buffer = Vec::new();
        }
        let spare = mem::take(&mut self.spare);
        if fitting.contains(&spare.capacity()) {
            buffer = spare;
        }
        reserve(&mut buffer, room)?;
        let start = lead(&buffer, first);
        buffer.resize(start, 0);
        buffer.extend_from_slice(self.bytes.get(from..).unwrap_or_default());
        Ok((buffer, start))
    }

    /// Appends `len` bytes, to room that is there; fewer are the last ones.
    fn read(&mut self, len: usize, buffer: &mut Vec<u8>) -> usize {
        let Some(source) = self.source.as_mut() else { return 0 };
        let before = buffer.len();
        let outcome = source.read_into(buffer, len);
        let got = buffer.len() - before;
        if got < len || outcome.is_err() {
            self.source = None;
            self.failed = outcome.err();
        }
        got
    }

    /// Reads over what lies between the window and `to`; leaves the window empty, at `to` or at the end of the archive.
    fn skip_to(&mut self, to: u64) {
        let mut at = self.end();
        match self.source.as_mut().map_or(Ok(0), |source| source.jump(to.saturating_sub(at))) {
            Ok(passed) => at += passed,
            Err(error) => (self.source, self.failed) = (None, Some(error)),
        }
        let mut old = mem::take(&mut self.bytes).try_into_mut().unwrap_or_default();
        old.clear();
        let mut scratch = Vec::from(old);
        while at < to && self.source.is_some() {
            let most = self.chunk.max(1 << 16);
            let step = usize::try_from(to - at).unwrap_or(most).min(most);
            if let Err(error) = reserve(&mut scratch, step) {
                (self.source, self.failed) = (None, Some(error));
                break;
            }
            at += self.read(step, &mut scratch) as u64;
            scratch.clear();
        }
        (self.bytes, self.start, self.base) = (Bytes::from(scratch), 0, at);
    }

    /// Offset of the first byte from `from` on that is not zero; reads no further than that.
    pub(crate) fn find_data(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        loop {
            self.ensure(at, at.saturating_add(1))?;
            let rest = self.position(at).and_then(|start| self.bytes.get(start..)).unwrap_or_default();
            if rest.is_empty() {
                return Ok(None);
            }
            if let Some(offset) = first_nonzero(rest) {
                return Ok(Some(at + offset as u64));
            }
            at += rest.len() as u64;
        }
    }

    /// Reads the source to its end, for the checksums that a decompressor verifies there.
    pub(crate) fn drain(&mut self) -> io::Result<()> {
        if self.source.is_some() {
            self.skip_to(u64::MAX);
        }
        self.failed.take().map_or(Ok(()), Err)
    }

    /// From now on a refill keeps this range, which must be in the window, until [`Self::release`].
    #[inline]
    pub(crate) fn hold(&mut self, at: u64, len: usize) {
        self.kept = Kept::Range(at, len);
    }

    /// The same, in place of what was kept before.
    #[inline]
    pub(crate) fn hold_whole(&mut self, at: u64, len: usize) {
        self.hold(at, len);
        self.placed = None;
    }

    /// Whether only the begin is held of what is kept.
    #[inline]
    pub(crate) fn is_partial(&self) -> bool {
        self.placed.is_some()
    }

    /// Keeps this range as a place in the file, if it ends there but not in the window: what is in memory is held.
    pub(crate) fn place(&mut self, at: u64, len: usize) -> bool {
        let end = at.saturating_add(len as u64);
        let can = self.file.is_some() && end > self.end() && !self.ends_before(end);
        self.placed = can.then_some((at, len));
        can
    }

    /// [`place`](Self::place), but what is here of the range is held.
    pub(crate) fn place_rest(&mut self, at: u64, len: usize) -> bool {
        let here = self.end().saturating_sub(at);
        let can = self.place(at, len);
        if can {
            self.hold(at, usize::try_from(here).unwrap_or(0));
        }
        can
    }

    /// What is kept as a place.
    pub(crate) fn placed(&self) -> Option<Placed> {
        let (Some((at, len)), Some(file)) = (self.placed, &self.file) else { return None };
        Some(Placed::new(Arc::clone(file), at, len))
    }

    /// Holds bytes that are in no window.
    pub(crate) fn hold_bytes(&mut self, bytes: Bytes) {
        self.kept = Kept::Apart(bytes);
    }

    #[inline]
    pub(crate) fn release(&mut self) {
        self.placed = None;
        if let Kept::Taken(held) | Kept::Apart(held) = mem::replace(&mut self.kept, Kept::Nothing) {
            self.keep_spare(held);
        }
    }

    /// Large buffers that come and go cost more than what is read into them.
    #[cold]
    fn keep_spare(&mut self, held: Bytes) {
        if self.streamed && held.len() > KEPT {
            let mut buffer = held.try_into_mut().unwrap_or_default();
            buffer.clear();
            self.spare = Vec::from(buffer);
        }
    }

    /// Where the window has to begin for what is held and what is from `from` on: held bytes that are many or far before
    /// are taken out of it.
    fn keep_held(&mut self, from: u64) -> u64 {
        let Kept::Range(at, len) = self.kept else { return from };
        if from <= self.end() && at <= from && from - at <= KEPT as u64 {
            return at;
        }
        let held = self.get(at, len).unwrap_or_default();
        self.kept = Kept::Taken(if len <= KEPT { Bytes::copy_from_slice(held) } else { self.bytes.slice_ref(held) });
        from
    }

    /// The held bytes, and their owner where a handle to them may outlive this window without pinning a buffer.
    #[inline]
    pub(crate) fn held(&self) -> (&[u8], Option<&Bytes>) {
        let (part, owner) = match &self.kept {
            Kept::Apart(bytes) => return (bytes, Some(bytes)),
            Kept::Taken(bytes) => (&bytes[..], bytes),
            Kept::Range(at, len) => (self.get(*at, *len).unwrap_or_default(), &self.bytes),
            Kept::Nothing => (&[][..], &self.bytes),
        };
        (part, (!self.streamed).then_some(owner))
    }

    /// A handle to a range of the window; a copy where the handle would pin a buffer more than twice its size.
    pub(crate) fn handle(&self, at: u64, len: usize) -> Result<Bytes, NoMemory> {
        let part = self.get(at, len).unwrap_or_default();
        if self.streamed && part.len() < self.bytes.len() / 2 {
            return copied(part);
        }
        Ok(self.bytes.slice_ref(part))
    }
}

/// Room for bytes whose number the input says: more than there is memory for is an error, not the end.
fn reserve(buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
    // Who fills it doubles it already.
    let is_made = buffer.try_reserve_exact(len).is_ok() && is_any_left(len);
    if is_made { Ok(()) } else { Err(io::ErrorKind::OutOfMemory.into()) }
}

fn first_nonzero(bytes: &[u8]) -> Option<usize> {
    // A fold over a piece, unlike a search, is done many bytes at a time.
    let is_zero = |piece: &[u8]| piece.iter().fold(0, |all, byte| all | byte) == 0;
    let zeros: usize = bytes.chunks(4096).take_while(|piece| is_zero(piece)).map(<[u8]>::len).sum();
    let offset = bytes.get(zeros..)?.iter().position(|byte| *byte != 0)?;
    Some(zeros + offset)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;
    use crate::archive::input::FileAt;

    /// Some processors copy several times slower from a place in a page to one a few bytes further on in another.
    #[test]
    fn bytes_lie_in_memory_as_in_their_file() {
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let file = Arc::new(File::open(file.path()).unwrap());
        for (chunk, len) in [(CHUNK, 1024), (CHUNK, 60_000), (7000, 1536), (7000, 512)] {
            let mut window = Window::streamed(Input::File(FileAt::new(Arc::clone(&file))), chunk);
            let mut at = 0;
            for step in 0_usize.. {
                let end = at + len;
                if end > bytes.len() as u64 {
                    break;
                }
                window.ensure(at, end).unwrap();
                let (from, len) = (usize::try_from(at).unwrap(), usize::try_from(len).unwrap());
                let found = window.get(at, len).unwrap();
                assert_eq!(found, bytes.get(from..from + len).unwrap());
                assert_eq!(found.as_ptr().addr() % ALIGN, from % ALIGN, "{chunk} {len} at {at}");
                window.release();
                if step % 3 == 0 {
                    window.hold(at, len);
                }
                // Now and then far enough to be passed over.
                at = end + if step % 7 == 6 { 100 << 9 } else { 0 };
                if step % 3 == 0 {
                    window.ensure(at, at + 512).unwrap();
                    assert_eq!(window.held().0, bytes.get(from..from + len).unwrap());
                }
            }
        }
    }
}
