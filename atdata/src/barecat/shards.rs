//! The shards of an archive, each opened when it is first needed and read by positions, from any number of threads.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::connect::with_suffix;
use super::error::BarecatError;
use super::node::{Entry, MAX_SHARDS};
use crate::atomic::folder_of;
use crate::raw::{read_at, read_plain};

/// Shards whose handles are kept in one piece of memory.
const BLOCK: usize = 1000;

/// An open shard.
#[derive(Debug)]
pub(super) struct Shard {
    file: File,
    name: String,
    /// As far as it was known to reach.
    len: AtomicU64,
}

type Block = Box<[OnceLock<Arc<Shard>>]>;

/// All shards, the most that an archive may have; of those that are not open nothing is kept.
#[derive(Debug)]
pub(super) struct Shards {
    archive: PathBuf,
    blocks: Box<[OnceLock<Block>]>,
}

/// `NAME-shard-00000`
pub(super) fn shard_path(archive: &Path, number: u32) -> PathBuf {
    with_suffix(archive, &format!("-shard-{number:05}"))
}

/// The highest number of the shards that are there.
pub(super) fn last_shard(archive: &Path) -> Result<Option<u32>, BarecatError> {
    let failed = |source| BarecatError::Io { what: "list the shards", source };
    let mut prefix = archive.file_name().unwrap_or_default().to_owned();
    prefix.push("-shard-");
    let prefix = prefix.into_encoded_bytes();
    let mut last = None;
    for found in std::fs::read_dir(folder_of(archive)).map_err(failed)? {
        let name = found.map_err(failed)?.file_name().into_encoded_bytes();
        let digits = name.strip_prefix(prefix.as_slice()).filter(|digits| digits.len() == 5);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let number = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
        last = last.max(number.filter(|number| *number < MAX_SHARDS));
    }
    Ok(last)
}

impl Shards {
    pub(super) fn new(archive: &Path) -> Self {
        let blocks = (0..(MAX_SHARDS as usize).div_ceil(BLOCK)).map(|_| OnceLock::new()).collect();
        Self { archive: archive.to_owned(), blocks }
    }

    /// The shard, opened if it is not. One that is missing is looked for again the next time.
    pub(super) fn get(&self, number: u32) -> Result<&Arc<Shard>, BarecatError> {
        let number_in = number as usize % BLOCK;
        let block = self.blocks.get(number as usize / BLOCK);
        let block = block.map(|block| block.get_or_init(|| (0..BLOCK).map(|_| OnceLock::new()).collect()));
        let Some(slot) = block.and_then(|block| block.get(number_in)) else {
            return Err(BarecatError::Row { column: "shard", found: number.to_string(), expected: "at most 99999" });
        };
        if let Some(shard) = slot.get() {
            return Ok(shard);
        }
        let shard = Shard::open(&shard_path(&self.archive, number))?;
        Ok(slot.get_or_init(|| Arc::new(shard)))
    }
}

impl Shard {
    fn open(path: &Path) -> Result<Self, BarecatError> {
        let name = super::path::name(&path.to_string_lossy()).to_owned();
        let failed = |source| BarecatError::Shard { shard: name.clone(), source };
        // A pipe of that name would be waited for.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(failed(std::io::Error::other("it is no regular file")));
        }
        let file = File::open(path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        Ok(Self { file, len: AtomicU64::new(len), name })
    }

    /// How many bytes it has now.
    pub(super) fn refreshed_len(&self) -> Result<u64, BarecatError> {
        let len = self.file.metadata().map_err(|source| self.failed(source))?.len();
        self.len.store(len, Ordering::Relaxed);
        Ok(len)
    }

    /// That the shard has the bytes of the entry, as far as is known without looking.
    pub(super) fn check(&self, entry: &Entry) -> Result<(), BarecatError> {
        let end = entry.offset.checked_add(entry.size);
        if end.is_some_and(|end| end <= self.len.load(Ordering::Relaxed)) {
            return Ok(());
        }
        // It may have grown.
        let len = self.refreshed_len()?;
        if end.is_some_and(|end| end <= len) { Ok(()) } else { Err(self.beyond(entry, len)) }
    }

    fn beyond(&self, entry: &Entry, len: u64) -> BarecatError {
        BarecatError::Beyond { shard: self.name.clone(), offset: entry.offset, size: entry.size, len }
    }

    fn failed(&self, source: std::io::Error) -> BarecatError {
        BarecatError::ShardIo { what: "read", shard: self.name.clone(), source }
    }

    /// All bytes of the entry, checked.
    pub(super) fn read(&self, entry: &Entry) -> Result<Vec<u8>, BarecatError> {
        self.check(entry)?;
        let size = usize::try_from(entry.size).map_err(|_| self.failed(std::io::ErrorKind::OutOfMemory.into()))?;
        let mut bytes = Vec::new();
        let read = read_plain(&self.file, entry.offset, &mut bytes, size).map_err(|source| self.failed(source))?;
        if read < size {
            return Err(self.beyond(entry, self.refreshed_len()?));
        }
        if let Some(expected) = entry.crc32c {
            self.compare(expected, crc32c::crc32c(&bytes))?;
        }
        Ok(bytes)
    }

    pub(super) fn compare(&self, expected: u32, found: u32) -> Result<(), BarecatError> {
        if expected == found {
            return Ok(());
        }
        Err(BarecatError::Checksum { shard: self.name.clone(), expected, found })
    }

    /// Bytes of the entry from `at` on, as many as there are and there is room for.
    pub(super) fn read_part(&self, entry: &Entry, buffer: &mut [u8], at: u64) -> Result<usize, BarecatError> {
        self.check(entry)?;
        let left = usize::try_from(entry.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        let mut read = 0;
        while let Some(rest) = buffer.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match read_at(&self.file, rest, entry.offset.saturating_add(at).saturating_add(read as u64)) {
                Ok(0) => return Err(self.beyond(entry, self.refreshed_len()?)),
                Ok(more) => read += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
        Ok(read)
    }
}
