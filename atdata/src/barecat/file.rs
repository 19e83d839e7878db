//! A file of an archive, read as one.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::archive::Archive;
use super::node::{Entry, FileInfo};
use super::path::normalise;
use super::shards::Shard;
use crate::error::{Error, Result};

/// A file of an archive, with a place of its own to read at. Its bytes are not held against the checksum, which is one of the
/// whole file: [`Archive::get`] does.
#[derive(Debug)]
pub struct ArchiveFile {
    shard: Arc<Shard>,
    entry: Entry,
    at: u64,
    archive: String,
    path: String,
}

impl Archive {
    /// Opens a file for reading parts of it.
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub fn open_file(&self, path: &str) -> Result<ArchiveFile> {
        let path = normalise(path);
        let entry = self.entry(&path)?;
        let shard = self.shard_of(&entry).and_then(|shard| shard.check(&entry).map(|()| Arc::clone(shard)));
        let shard = shard.map_err(|cause| self.failed_at(&path, cause))?;
        let archive = self.path().to_string_lossy().into_owned();
        Ok(ArchiveFile { shard, entry, at: 0, archive, path: path.into_owned() })
    }
}

impl ArchiveFile {
    /// The bytes of a row.
    pub(super) fn of(archive: &Archive, file: &FileInfo) -> Result<Self> {
        let entry = Entry::from(file);
        let shard = archive.shard_of(&entry).and_then(|shard| shard.check(&entry).map(|()| Arc::clone(shard)));
        let shard = shard.map_err(|cause| archive.failed_at(&file.path, cause))?;
        let name = archive.path().to_string_lossy().into_owned();
        Ok(Self { shard, entry, at: 0, archive: name, path: file.path.clone() })
    }

    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        self.entry.size
    }
}

impl Read for ArchiveFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.shard.read_part(&self.entry, buffer, self.at);
        let failed = |cause| Error::from(cause).with_key(&self.path).with_shard(&self.archive).into_io();
        let read = read.map_err(failed)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for ArchiveFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.entry.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at =
            at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place before the begin of the file"))?;
        Ok(self.at)
    }
}
