//! Logs: files that whole lines are appended to, durably, whatever kills the process.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

/// A log that lines are appended to.
#[derive(Debug)]
pub(crate) struct Lines {
    file: File,
}

impl Lines {
    /// The log at `path`, which is made where there is none. What a kill left of a line is cut off.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::open_if(path, |_| Ok(()))
    }

    /// The same, for one process at a time, as long as it is open: an error of kind `WouldBlock` if another has it.
    pub(crate) fn open_alone(path: &Path) -> io::Result<Self> {
        Self::open_if(path, lock)
    }

    fn open_if(path: &Path, check: impl FnOnce(&File) -> io::Result<()>) -> io::Result<Self> {
        // Not to append alone: what a kill left of a line is cut off, which needs the right to write anywhere.
        let mut file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
        check(&file)?;
        cut_torn(&mut file)?;
        Ok(Self { file })
    }

    /// All that is in it.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes a line in one call, so that it is whole or the last one; where that fails, nothing of it stays.
    pub(crate) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let end = cut_torn(&mut self.file)?;
        let written = self.file.write_all(line).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // Whoever writes the next one looks again.
            let _ = self.file.set_len(end);
        }
        written
    }
}

/// Takes the file for this process alone. A child that some thread starts has what its parent has, for the moment before it runs
/// its own program: so short a while is waited.
fn lock(file: &File) -> io::Result<()> {
    const TRIES: usize = 50;
    for _ in 1..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            taken => return taken.map_err(io::Error::from),
        }
    }
    file.try_lock().map_err(io::Error::from)
}

/// Cuts off what is left of a line, or what follows would be a part of it; gives the end, where the next one is written.
fn cut_torn(file: &mut File) -> io::Result<u64> {
    let len = file.seek(SeekFrom::End(0))?;
    let Some(last) = len.checked_sub(1) else { return Ok(0) };
    file.seek(SeekFrom::Start(last))?;
    let mut byte = [0];
    file.read_exact(&mut byte)?;
    if byte == *b"\n" {
        return Ok(len);
    }
    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let whole = whole_lines(&bytes).len() as u64;
    file.set_len(whole)?;
    file.seek(SeekFrom::Start(whole))
}

/// Without what is left of a line behind the last one.
pub(crate) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    bytes.get(..end).unwrap_or_default()
}
