//! Parts: some bytes of a shard, wherever it is, without reading the rest.

use std::fs::File;
use std::ops::Range;
#[cfg(feature = "http")]
use std::sync::Arc;

use bytes::Bytes;

#[cfg(feature = "http")]
use super::remote::{Fetch, Fetched, PartOnItsWay};
use super::{Place, ReadOptions, Shard};
use crate::atomic::check_regular;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::raw;

#[derive(Debug, thiserror::Error)]
enum PartError {
    #[error("expected bytes {start} to {end}, found the end of the shard behind {found} of them")]
    Short { start: u64, end: u64, found: u64 },
    #[error("expected a range that does not end before it begins, found {start} to {end}")]
    Backwards { start: u64, end: u64 },
    #[error("a stream can only be read from its begin: name a file or a URL")]
    Stream,
    #[error("not enough memory for {len} bytes")]
    NoMemory { len: u64 },
}

impl Cause for PartError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Short { .. } => ErrorKind::Corrupt,
            Self::Backwards { .. } => ErrorKind::InvalidInput,
            Self::Stream | Self::NoMemory { .. } => ErrorKind::Unsupported,
        }
    }
}

impl Shard {
    /// The bytes of the shard in `range`, as they are stored: of a compressed one compressed.
    ///
    /// A file is read just there, and a server asked for just that part, with the retries of all that is remote. A blob of
    /// the AT Protocol is read as a whole, for only the whole can be held against its name, and so is a shard whose entry or
    /// record says which SHA-256 it has; so is whatever is kept in a [cache](ReadOptions::cache), once.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) if the shard ends before the range does,
    /// [`Unsupported`](ErrorKind::Unsupported) of standard input.
    pub fn read_at(&self, range: Range<u64>, options: &ReadOptions) -> Result<Bytes> {
        self.part(range, options).map_err(|error| error.with_shard(&self.redacted()))
    }

    fn part(&self, range: Range<u64>, options: &ReadOptions) -> Result<Bytes> {
        #[cfg(not(feature = "http"))]
        let _ = options;
        if range.end <= range.start {
            let Range { start, end } = range;
            return if start == end { Ok(Bytes::new()) } else { Err(PartError::Backwards { start, end }.into()) };
        }
        match self.place() {
            Place::File(path) => {
                check_regular(path)?;
                part_of_file(&File::open(path)?, range)
            }
            Place::Stdin => Err(PartError::Stream.into()),
            Place::Made(made) => whole(made.part(range.start, range.end)?, &range),
            #[cfg(feature = "http")]
            Place::Remote(address) if options.remote().cache.is_some() || self.is_checked(address) => {
                match self.fetch(address, options).and_then(Fetch::wait)? {
                    Fetched::File(file) => part_of_file(&file, range),
                    Fetched::Stream(download) => part_of_stream(download, range),
                }
            }
            #[cfg(feature = "http")]
            Place::Remote(address) => {
                let (options, first) = (self.remote_options(options), Arc::default());
                let part = PartOnItsWay::start(address, &options, &first, range.clone()).wait()?;
                whole(part.bytes, &range)
            }
        }
    }
}

fn part_of_file(file: &File, range: Range<u64>) -> Result<Bytes> {
    let there = file.metadata()?.len().saturating_sub(range.start).min(range.end - range.start);
    let mut bytes = Vec::new();
    let len = usize::try_from(there).map_err(|_| PartError::NoMemory { len: there })?;
    bytes.try_reserve_exact(len).map_err(|_| PartError::NoMemory { len: there })?;
    raw::read_plain(file, range.start, &mut bytes, len)?;
    whole(bytes, &range)
}

/// To its end, where it is checked.
#[cfg(feature = "http")]
fn part_of_stream(mut stream: impl std::io::Read, range: Range<u64>) -> Result<Bytes> {
    use std::io::Read as _;

    let mut bytes = Vec::new();
    std::io::copy(&mut stream.by_ref().take(range.start), &mut std::io::sink())?;
    stream.by_ref().take(range.end - range.start).read_to_end(&mut bytes)?;
    std::io::copy(&mut stream, &mut std::io::sink())?;
    whole(bytes, &range)
}

fn whole(bytes: Vec<u8>, range: &Range<u64>) -> Result<Bytes> {
    let (found, Range { start, end }) = (bytes.len() as u64, range.clone());
    if found < end - start { Err(Error::from(PartError::Short { start, end, found })) } else { Ok(bytes.into()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_part_of_a_file_is_read_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        std::fs::write(&path, b"0123456789").unwrap();
        let (shard, options) = (Shard::from_path(&path), ReadOptions::new());
        assert_eq!(shard.read_at(2..5, &options).unwrap(), "234");
        assert_eq!(shard.read_at(0..10, &options).unwrap(), "0123456789");
        assert_eq!(shard.read_at(99..99, &options).unwrap(), "");
        for (start, end, kind) in
            [(8, 11, ErrorKind::Corrupt), (11, u64::MAX, ErrorKind::Corrupt), (5, 2, ErrorKind::InvalidInput)]
        {
            let error = shard.read_at(start..end, &options).unwrap_err();
            assert_eq!((error.kind(), error.shard()), (kind, path.to_str()), "{error}");
        }
        let error = Shard::from_path(folder.path().join("no")).read_at(0..1, &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let stdin = Shard::from_url("-").unwrap();
        assert_eq!(stdin.read_at(0..1, &options).unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
