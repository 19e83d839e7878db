//! The input of an archive: where its bytes are read from, one after the other.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

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

    /// Appends `len` bytes to `buffer`, which has room for them; fewer are the last ones, more may be if there is room.
    pub(super) fn read_into(&mut self, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
        match self {
            Self::Stream(reader) => reader.by_ref().take(len as u64).read_to_end(buffer).map(drop),
            Self::File(file) => file.read_into(buffer, len),
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
}

impl FileAt {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, at: 0 }
    }

    /// Straight into the room of `buffer`, which is not made zeros first.
    #[cfg(unix)]
    fn read_into(&mut self, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
        let wanted = buffer.len() + len;
        while buffer.len() < wanted {
            match rustix::io::pread(&*self.file, rustix::buffer::spare_capacity(buffer), self.at) {
                Ok(0) => break,
                Ok(read) => self.at += read as u64,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn read_into(&mut self, buffer: &mut Vec<u8>, len: usize) -> io::Result<()> {
        self.by_ref().take(len as u64).read_to_end(buffer).map(drop)
    }

    fn jump(&mut self, len: u64) -> io::Result<u64> {
        let rest = self.file.metadata()?.len().saturating_sub(self.at);
        let moved = rest.min(len);
        self.at += moved;
        Ok(moved)
    }
}

impl Read for FileAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

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
        buffer.try_reserve(self.len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        FileAt { file: Arc::clone(&self.file), at: self.at }.read_into(buffer, self.len)?;
        buffer.truncate(self.len);
        let found = buffer.len();
        if found == self.len {
            return Ok(());
        }
        let wanted = self.len;
        let what = format!("expected {wanted} bytes at {}, found {found}: the file was cut while it was read", self.at);
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, what))
    }
}

/// Reads from a place in a file, whatever the handle's own place is.
pub(crate) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buffer, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buffer, at);
    #[cfg(not(any(unix, windows)))]
    {
        use std::io::Seek;
        let mut file = file;
        file.seek(io::SeekFrom::Start(at))?;
        file.read(buffer)
    }
}
