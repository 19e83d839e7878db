//! The output of a write, which takes the bytes of a shard: a file of its own, or an object on its way into a store.

use std::io::{self, Write};

use crate::atomic::AtomicFile;
use crate::error::Error;
use crate::store::Upload;

/// Dropping it discards it. Errors of a store travel within those of I/O.
#[derive(Debug)]
pub(super) enum Output {
    File(AtomicFile),
    Upload(Box<dyn Upload>),
}

impl Output {
    /// Makes the bytes durable: to be called once, after the last of them.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.sync(),
            Self::Upload(upload) => upload.sync().map_err(Error::into_io),
        }
    }

    /// Closes the file, if it is one; stores see to that themselves.
    pub(super) fn park(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.park(),
            Self::Upload(_) => Ok(()),
        }
    }

    /// Gives the shard its name, alone.
    pub(super) fn commit(self) -> io::Result<()> {
        match self {
            Self::File(file) => file.commit().map(|_| ()),
            Self::Upload(upload) => upload.commit().map_err(Error::into_io),
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Upload(upload) => upload.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
