//! The shards that are written to.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::atomic::{AtomicFile, folder_of, sync_folder};
use crate::barecat::error::BarecatError;
use crate::barecat::node::MAX_SHARDS;
use crate::barecat::shards::shard_path;

/// Bytes that are kept until they are worth a call of the system.
const BUFFER: usize = 1 << 20;

/// Where the bytes of an archive end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tail {
    pub(super) shard: u32,
    pub(super) end: u64,
}

#[derive(Debug)]
pub(super) struct Output {
    archive: PathBuf,
    limit: u64,
    at: Tail,
    target: Target,
    buffer: Vec<u8>,
    /// Whether a write has failed, and nobody knows what of it is there.
    is_broken: bool,
}

#[derive(Debug)]
enum Target {
    /// Shards of an archive that is made: the last of them, and those that are full.
    New { file: AtomicFile, full: Vec<AtomicFile> },
    /// Shards of one that is extended. What is behind `committed` no row speaks of.
    Old { file: File, committed: Option<Tail>, is_new: bool },
}

impl Output {
    /// The shards of an archive to be.
    pub(super) fn create(archive: &Path, limit: u64) -> Result<Self, BarecatError> {
        let file = begin_new(archive, 0)?;
        let target = Target::New { file, full: Vec::new() };
        Ok(Self::new(archive, limit, Tail { shard: 0, end: 0 }, target))
    }

    /// The shards of an archive that is there, from its end on.
    pub(super) fn append(archive: &Path, limit: u64, tail: Tail) -> Result<Self, BarecatError> {
        let (file, is_new) = open_old(archive, tail)?;
        Ok(Self::new(archive, limit, tail, Target::Old { file, committed: Some(tail), is_new }))
    }

    fn new(archive: &Path, limit: u64, at: Tail, target: Target) -> Self {
        Self { archive: archive.to_owned(), limit, at, target, buffer: Vec::with_capacity(BUFFER), is_broken: false }
    }

    /// That no write has failed: what it lost is not known.
    pub(super) fn check(&self) -> Result<(), BarecatError> {
        if self.is_broken {
            let text = "a write to the archive has failed before; nothing more is added to it";
            return Err(BarecatError::Refused(text.to_owned()));
        }
        Ok(())
    }

    /// Where a file of that size goes: its shard and the offset.
    pub(super) fn place(&mut self, size: u64) -> Result<(u32, u64), BarecatError> {
        self.check()?;
        if size > self.limit {
            return Err(BarecatError::TooLarge { size, limit: self.limit });
        }
        let fits = self.at.end.checked_add(size).is_some_and(|end| end <= self.limit);
        if !fits && self.at.end > 0 {
            self.next_shard()?;
        }
        Ok((self.at.shard, self.at.end))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), BarecatError> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            self.write_through(bytes)?;
        } else {
            self.buffer.extend_from_slice(bytes);
        }
        self.at.end += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), BarecatError> {
        let buffer = std::mem::take(&mut self.buffer);
        self.write_through(&buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<(), BarecatError> {
        let written = match &mut self.target {
            Target::New { file, .. } => file.write_all(bytes),
            Target::Old { file, .. } => file.write_all(bytes),
        };
        self.is_broken |= written.is_err();
        written.map_err(|source| self.failed("write", source))
    }

    fn failed(&self, what: &'static str, source: io::Error) -> BarecatError {
        failed(&shard_path(&self.archive, self.at.shard), what, source)
    }

    fn next_shard(&mut self) -> Result<(), BarecatError> {
        let shard = self.at.shard + 1;
        if shard >= MAX_SHARDS {
            let text = format!("an archive has at most {MAX_SHARDS} shards: raise their limit of {} bytes", self.limit);
            return Err(BarecatError::Refused(text));
        }
        self.sync()?;
        let at = Tail { shard, end: 0 };
        let archive = &self.archive;
        match &mut self.target {
            Target::New { file, full } => {
                file.park().map_err(|source| failed(file.target(), "name", source))?;
                full.push(std::mem::replace(file, begin_new(archive, shard)?));
            }
            Target::Old { file, is_new, .. } => (*file, *is_new) = open_old(archive, at)?,
        }
        self.at = at;
        Ok(())
    }

    /// Makes durable what was written.
    pub(super) fn sync(&mut self) -> Result<(), BarecatError> {
        self.flush()?;
        let synced = match &mut self.target {
            Target::New { file, .. } => file.sync(),
            Target::Old { file, is_new, .. } => file
                .sync_data()
                .and_then(|()| if std::mem::take(is_new) { sync_folder(folder_of(&self.archive)) } else { Ok(()) }),
        };
        self.is_broken |= synced.is_err();
        synced.map_err(|source| self.failed("write", source))
    }

    /// The rows are there that speak of all bytes so far.
    pub(super) fn committed(&mut self) {
        if let Target::Old { committed, .. } = &mut self.target {
            // Until the archive is locked again, what is behind it may be somebody else's.
            *committed = None;
        }
    }

    /// Takes nothing more.
    pub(super) fn give_up(&mut self) {
        self.is_broken = true;
    }

    /// Goes on where the archive ends now.
    pub(super) fn go_on(&mut self, tail: Tail) -> Result<(), BarecatError> {
        if let Target::Old { file, committed, is_new } = &mut self.target {
            if tail != self.at {
                (*file, *is_new) = open_old(&self.archive, tail)?;
                self.at = tail;
            }
            *committed = Some(tail);
        }
        Ok(())
    }

    /// All shards of an archive that is made, durable.
    pub(super) fn finish(mut self) -> Result<Vec<AtomicFile>, BarecatError> {
        if self.is_broken {
            let text = "a write to the archive has failed before; it is not made";
            return Err(BarecatError::Refused(text.to_owned()));
        }
        self.sync()?;
        let Target::New { file, full } = &mut self.target else { return Ok(Vec::new()) };
        let mut files = std::mem::take(full);
        // What is left in its place is dropped with the rest, and is gone.
        let last = std::mem::replace(
            file,
            AtomicFile::create(&shard_path(&self.archive, self.at.shard))
                .map_err(|source| failed(&self.archive, "make", source))?,
        );
        files.push(last);
        Ok(files)
    }
}

impl Drop for Output {
    /// Takes back what no row speaks of, as long as nobody else may write.
    fn drop(&mut self) {
        let Target::Old { committed: Some(committed), .. } = &self.target else { return };
        for shard in committed.shard + 1..=self.at.shard {
            let _ = std::fs::remove_file(shard_path(&self.archive, shard));
        }
        let last = shard_path(&self.archive, committed.shard);
        if let Ok(file) = File::options().write(true).open(last) {
            let _ = file.set_len(committed.end);
        }
    }
}

fn failed(shard: &Path, what: &'static str, source: io::Error) -> BarecatError {
    BarecatError::ShardIo { what, shard: shard.to_string_lossy().into_owned(), source }
}

/// That the shard is no symlink: what it leads to is somebody's, a tar archive perhaps.
fn no_link(path: &Path) -> Result<(), BarecatError> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(BarecatError::Refused(format!(
            "the shard \"{}\" is a symlink, and what it leads to is not written; make another archive",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn begin_new(archive: &Path, shard: u32) -> Result<AtomicFile, BarecatError> {
    let path = shard_path(archive, shard);
    no_link(&path)?;
    AtomicFile::create(&path).map_err(|source| failed(&path, "make", source))
}

/// The shard, at its end; whether it was not there.
fn open_old(archive: &Path, tail: Tail) -> Result<(File, bool), BarecatError> {
    let path = shard_path(archive, tail.shard);
    no_link(&path)?;
    if tail.end == 0
        && let Ok(file) = File::options().write(true).create_new(true).open(&path)
    {
        return Ok((file, true));
    }
    let open = || {
        let mut file = File::options().write(true).open(&path)?;
        file.seek(SeekFrom::Start(tail.end))?;
        Ok((file, false))
    };
    open().map_err(|source| failed(&path, "open", source))
}
