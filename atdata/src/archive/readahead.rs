//! Reading ahead of who reads a file from its begin to its end, on a thread of its own: copying out of the page cache
//! takes about as long as decoding small samples, and so both take as long as one.

use std::fs::File;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use crate::raw;

/// How much is read at a time: little enough to stay in a processor's cache, enough to be worth a wake-up.
pub(crate) const CHUNK: usize = 1 << 19;

/// How much that is held stays in the window when it moves on, and is not taken out of it.
pub(super) const KEPT: usize = 1 << 14;

/// Bytes of a file lie in memory as they lie in the file, modulo this: some processors copy many times slower between
/// addresses that are off by less.
pub(super) const ALIGN: usize = 64;

/// Buffers beside the one that is in use.
const BUFFERS: usize = 2;

/// So many times in a row was the next of the file wanted when it begins: who looks at the first sample wants no thread.
const IN_A_ROW: u32 = 4;

/// Who jumps more often than that has no use for what lies ahead.
const STARTS: u32 = 4;

/// Whether, and since when, a file is read ahead.
pub(crate) struct ReadAhead {
    chunk: usize,
    in_a_row: u32,
    starts: u32,
    running: Option<Running>,
}

/// Bytes of the file, as many as a chunk has unless it is the last one.
pub(super) struct Filled {
    /// The bytes are behind the first `start`, of which at least [`KEPT`] are room for what goes before them.
    pub(super) buffer: Vec<u8>,
    pub(super) start: usize,
    pub(super) outcome: io::Result<()>,
    /// Whether nothing is behind it that could be read.
    pub(super) is_last: bool,
}

impl ReadAhead {
    /// `chunk` is [`CHUNK`] but in tests.
    pub(crate) fn new(chunk: usize) -> Self {
        Self { chunk, in_a_row: 0, starts: 0, running: None }
    }

    /// How much is read at a time.
    pub(super) fn chunk(&self) -> usize {
        self.chunk
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// The bytes from `at` on, which is where the ones before ended; `None` where they are not read ahead.
    pub(super) fn take(&mut self, file: &Arc<File>, at: u64) -> Option<Filled> {
        if self.running.is_none() {
            self.in_a_row = self.in_a_row.saturating_add(1);
            if self.in_a_row < IN_A_ROW || self.starts >= STARTS || !has_cores() {
                return None;
            }
            self.starts += 1;
            self.running = Running::start(Arc::clone(file), at, self.chunk);
        }
        let filled = self.running.as_ref().and_then(|running| running.filled.recv().ok());
        if filled.is_none() {
            self.stop();
        }
        filled
    }

    /// Gives back a buffer that is not used any more.
    pub(super) fn give_back(&mut self, buffer: Vec<u8>) {
        if let Some(empty) = self.running.as_ref().and_then(|running| running.empty.as_ref()) {
            // A thread that is gone has read the last chunk.
            let _ = empty.send(buffer);
        }
    }

    /// The next bytes that are wanted are others than those that are next in the file.
    pub(super) fn stop(&mut self) {
        self.running = None;
        self.in_a_row = 0;
    }
}

/// A second core, without which there is nothing to be won.
fn has_cores() -> bool {
    static CORES: OnceLock<bool> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().is_ok_and(|cores| cores.get() > 1))
}

struct Running {
    empty: Option<Sender<Vec<u8>>>,
    filled: Receiver<Filled>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// `None` where the system has no thread to give.
    fn start(file: Arc<File>, at: u64, chunk: usize) -> Option<Self> {
        let (empty, buffers) = mpsc::channel();
        let (out, filled) = mpsc::channel();
        (0..BUFFERS).try_for_each(|_| empty.send(Vec::new())).ok()?;
        let read = move || read(&file, at, chunk, &buffers, &out);
        let thread = thread::Builder::new().name("atdata-read".into()).spawn(read).ok()?;
        Some(Self { empty: Some(empty), filled, thread: Some(thread) })
    }
}

impl Drop for Running {
    /// Waits for what is being read, one chunk at most, so that nobody has the file open any more.
    fn drop(&mut self) {
        self.empty = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, all that it had would be gone just as well.
            let _ = thread.join();
        }
    }
}

/// Fills buffers as they come, until the end of the file or of who wants them.
fn read(file: &File, mut at: u64, chunk: usize, buffers: &Receiver<Vec<u8>>, out: &Sender<Filled>) {
    while let Ok(mut bytes) = buffers.recv() {
        let Some((start, outcome)) = read_chunk(file, at, chunk, &mut bytes) else { return };
        let got = bytes.len() - start;
        at += got as u64;
        let is_last = got < chunk || outcome.is_err();
        if out.send(Filled { buffer: bytes, start, outcome, is_last }).is_err() || is_last {
            return;
        }
    }
}

/// Where the bytes begin in the buffer, and whether they could be read; `None` where there is no memory for them, which who
/// reads them without this thread will say.
fn read_chunk(file: &File, at: u64, chunk: usize, buffer: &mut Vec<u8>) -> Option<(usize, io::Result<()>)> {
    let room = KEPT + ALIGN;
    buffer.truncate(room);
    buffer.try_reserve_exact(room + chunk - buffer.len()).ok()?;
    let start = KEPT + lead(buffer, at);
    buffer.resize(start, 0);
    Some((start, raw::read_plain(file, at, buffer, chunk).map(drop)))
}

/// How many bytes go before the byte at that offset in a file, for both to lie alike.
pub(super) fn lead(buffer: &[u8], offset: u64) -> usize {
    let offset = usize::try_from(offset % ALIGN as u64).unwrap_or(0);
    offset.wrapping_sub(buffer.as_ptr().addr()) % ALIGN
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    fn file(len: usize) -> (tempfile::NamedTempFile, Arc<File>, Vec<u8>) {
        let bytes: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let opened = Arc::new(File::open(file.path()).unwrap());
        (file, opened, bytes)
    }

    /// All that is read ahead from the begin on.
    fn all(ahead: &mut ReadAhead, file: &Arc<File>) -> Vec<u8> {
        let mut found = Vec::new();
        while let Some(Filled { buffer, start, outcome, is_last }) = ahead.take(file, found.len() as u64) {
            outcome.unwrap();
            assert!(start >= KEPT);
            found.extend_from_slice(buffer.get(start..).unwrap());
            if is_last {
                break;
            }
            ahead.give_back(buffer);
        }
        found
    }

    fn started(chunk: usize) -> ReadAhead {
        ReadAhead { in_a_row: IN_A_ROW, ..ReadAhead::new(chunk) }
    }

    #[test]
    fn chunks_are_those_of_the_file_in_order() {
        for len in [0, 1, 999, 1000, 1001, 30_000] {
            let (_kept, file, bytes) = file(len);
            assert!(all(&mut started(1000), &file) == bytes, "{len}");
        }
    }

    #[test]
    fn nothing_is_read_ahead_of_who_wants_little_or_jumps() {
        let (_kept, file, _) = file(100_000);
        let mut ahead = ReadAhead::new(1000);
        for _ in 1..IN_A_ROW {
            assert!(ahead.take(&file, 0).is_none());
        }
        for _ in 0..STARTS {
            ahead.in_a_row = IN_A_ROW;
            assert!(ahead.take(&file, 5000).is_some());
            ahead.stop();
        }
        ahead.in_a_row = IN_A_ROW;
        assert!(ahead.take(&file, 0).is_none());
    }
}
