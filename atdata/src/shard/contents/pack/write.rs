//! Writing a pack: the contents one after the other, and then their catalogue at the begin.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::form::{ENTRY, Entry, HEAD, Head, MOST, MOST_NAMES};
use super::names::is_name;
use super::{BLOCK, Contents, PackError, Summary};
use crate::atomic::{AtomicFile, check_regular, sync_folder};
use crate::error::{Error, Result};
use crate::store::PACK;

/// A pack that is being written: it appears whole, or not at all.
pub(crate) struct PackWriter {
    file: AtomicFile,
    path: PathBuf,
    head: Head,
    ends: Vec<u8>,
    names: Vec<u8>,
    entries: Vec<u8>,
    /// Shards whose contents were pushed or left out, and the numbers of the latter.
    seen: usize,
    left_out: Vec<usize>,
}

impl PackWriter {
    /// Of the shards of these names in a folder, which are in order; in place of a pack that is there.
    pub(crate) fn create<'a>(folder: &Path, names: impl Iterator<Item = &'a str>) -> Result<Self> {
        let path = folder.join(PACK);
        let at = |error: PackError| Error::from(error).with_shard(&path.to_string_lossy());
        let (mut all, mut ends, mut shards) = (Vec::new(), Vec::new(), 0);
        for name in names {
            if !is_name(name) {
                return Err(at(PackError::Name { name: name.to_owned() }));
            }
            all.extend_from_slice(name.as_bytes());
            let end = u32::try_from(all.len())
                .map_err(|_| at(PackError::Many { limit: MOST_NAMES, what: "bytes of names" }))?;
            ends.extend_from_slice(&end.to_le_bytes());
            shards += 1;
        }
        if shards > MOST {
            return Err(at(PackError::Many { limit: MOST, what: "shards" }));
        }
        check_regular(&path).map_err(|source| at(PackError::Io { what: "write", source }))?;
        let head = Head { shards, names: all.len() as u64, len: 0, crcs: [0; 3] };
        let mut writer = Self {
            file: AtomicFile::create(&path).map_err(|source| at(PackError::Io { what: "write", source }))?,
            head: Head { len: head.catalog(), ..head },
            path,
            ends,
            names: all,
            entries: Vec::with_capacity(usize::try_from(shards).unwrap_or(0) * ENTRY),
            seen: 0,
            left_out: Vec::new(),
        };
        let room = writer.head.len;
        let written = io::copy(&mut io::Read::take(io::repeat(0), room), &mut writer.file);
        written.map_err(|source| writer.failed(source))?;
        Ok(writer)
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::from(PackError::Io { what: "write", source }).with_shard(&self.path.to_string_lossy())
    }

    /// The contents of the shard whose name is next, and when that was last changed, if it is known.
    pub(crate) fn push(&mut self, contents: &Contents, modified: u64) -> Result<()> {
        let bytes = contents.as_bytes();
        let (last, last_crc) = last_header(contents)?;
        let entry = Entry {
            at: self.head.len,
            len: bytes.len() as u64,
            modified,
            end: contents.head.end,
            trailing: contents.head.trailing,
            summary: Summary::from(contents),
            last,
            last_crc,
        };
        // A multiple of 8, as all of their segments are.
        self.file.write_all(bytes).map_err(|source| self.failed(source))?;
        self.head.len += entry.len;
        entry.write(&mut self.entries);
        self.seen += 1;
        Ok(())
    }

    /// Leaves out the shard whose name is next: there is room for it in the catalogue, which stays empty.
    pub(crate) fn leave_out(&mut self) {
        self.left_out.push(self.seen);
        self.seen += 1;
    }

    /// Whether any contents were pushed.
    pub(crate) fn has_any(&self) -> bool {
        self.left_out.len() < self.seen
    }

    /// Takes the names of shards that were left out away.
    fn forget_left_out(&mut self) {
        let (mut ends, mut names) = (Vec::new(), Vec::new());
        let (mut start, mut left_out) = (0, self.left_out.iter().peekable());
        let (all, _) = self.ends.as_chunks::<4>();
        for (number, end) in all.iter().enumerate() {
            let end = u32::from_le_bytes(*end) as usize;
            if left_out.next_if_eq(&&number).is_none() {
                names.extend_from_slice(self.names.get(start..end).unwrap_or_default());
                // No more than there were.
                ends.extend_from_slice(&u32::try_from(names.len()).unwrap_or(u32::MAX).to_le_bytes());
            }
            start = end;
        }
        self.head = Head { shards: (ends.len() / 4) as u64, names: names.len() as u64, ..self.head };
        (self.ends, self.names) = (ends, names);
    }

    /// The pack under its name, durably.
    pub(crate) fn finish(mut self) -> Result<PathBuf> {
        if !self.left_out.is_empty() {
            self.forget_left_out();
        }
        let mut catalog = Vec::with_capacity(usize::try_from(self.head.catalog()).unwrap_or(0));
        let segments = [&self.entries, &self.ends, &self.names];
        self.head.crcs = segments.map(|segment| crc32c::crc32c(segment));
        catalog.extend_from_slice(&self.head.to_bytes());
        for segment in segments {
            catalog.extend_from_slice(segment);
            catalog.resize(catalog.len().next_multiple_of(8), 0);
        }
        debug_assert_eq!((catalog.len() as u64, HEAD % 8), (self.head.catalog(), 0));
        let Self { mut file, path, .. } = self;
        let write = || {
            file.put_first(&catalog)?;
            file.sync()?;
            file.commit()?;
            sync_folder(crate::atomic::folder_of(&path))
        };
        write().map_err(|source| {
            Error::from(PackError::Io { what: "write", source }).with_shard(&path.to_string_lossy())
        })?;
        Ok(path)
    }
}

/// Where the header of the last member is, and its checksum.
fn last_header(contents: &Contents) -> Result<(u64, u32)> {
    let Some(last) = contents.samples().checked_sub(1) else { return Ok((0, 0)) };
    let sample = contents.sample(last)?;
    let header = sample.members.last().and_then(|last| Some((last.data.checked_sub(BLOCK)?, last.header_crc32c)));
    Ok(header.unwrap_or_default())
}
