//! Staging: where the whole shards of a write wait that goes on after a kill.
//!
//! It is a hidden folder beside the future names, with a file for each shard, and one for its contents, called by its number
//! in the write; and a log, which says what write it is of and which of the shards are whole. A shard counts once its line is
//! in the log, which is after its file is there, durably.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::beside::Beside;
use super::error::{Step, failed};
use super::options::ShardInfo;
use super::output::Output;
use crate::atomic::{AtomicFile, Lines, is_same, sweep_dead, sync_folder, whole_lines};
use crate::digest::{from_hex, hex};
use crate::error::{Cause, Error, ErrorKind, Printable, Result};

const LOG: &str = "log";
/// Begins the first line of the log.
const MAGIC: &str = "atdata resume 1";
/// Begins the line of a shard that is whole.
const SHARD: &str = "shard";
/// Begins a line with another number for the first of the shards.
const FIRST: &str = "first";
/// What stands for the digest of a shard that was not hashed.
const NO_DIGEST: &str = "-";

#[derive(Debug, thiserror::Error)]
enum StagingError {
    #[error(
        "another write is to go on from here: \"{}\", and this is \"{}\"; end that one, or remove the folder to let go of its \
         shards",
        Printable(.expected), Printable(.found)
    )]
    Other { expected: String, found: String },
    #[error("expected the log of a write that goes on, found something else: remove the folder to begin anew")]
    NoLog,
    #[error("the same is being written by another process")]
    Busy,
}

impl Cause for StagingError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Conflict
    }
}

/// A shard that is whole, and waits for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Staged {
    pub(super) samples: u64,
    pub(super) bytes: u64,
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) path: PathBuf,
    pub(super) sidecars: Vec<(Beside, PathBuf)>,
}

#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    log: Lines,
    /// The time that headers state.
    pub(super) mtime: u64,
    /// Number of the first of the shards.
    pub(super) first: usize,
    /// Those of earlier runs, in order.
    pub(super) found: Vec<Staged>,
    /// What is beside each shard.
    beside: Vec<Beside>,
    /// Whether any shard is there.
    is_used: bool,
}

/// What a write is that begins or goes on.
#[derive(Debug)]
pub(super) struct Begin {
    /// All that decides on the bytes of the shards, as one line.
    pub(super) told: String,
    pub(super) mtime: u64,
    pub(super) first: usize,
    /// What is beside each shard.
    pub(super) beside: Vec<Beside>,
}

impl Staging {
    /// Of the write to a pattern of that name, beside its first shard.
    pub(super) fn open(shard: &Path, name: &str, begin: &Begin) -> Result<Self> {
        let name: String = name.chars().take(60).collect();
        let folder = shard.with_file_name(format!(".{name}.resume"));
        let at = |error: Error| error.with_shard(&folder.to_string_lossy());
        let io = |error| failed(Step::Stage, error, &folder.to_string_lossy());
        fs::create_dir_all(&folder).map_err(io)?;
        let mut log = match Lines::open_alone(&folder.join(LOG)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(at(StagingError::Busy.into())),
            log => log.map_err(io)?,
        };
        // Where files have names from the begin on, a kill has left some.
        sweep_dead(&folder);
        let bytes = log.read().map_err(io)?;
        let (mut mtime, mut first, mut lines) = (begin.mtime, begin.first, BTreeMap::new());
        if bytes.is_empty() {
            // Of a write that was killed when it had ended.
            clear(&folder);
            let line = format!("{MAGIC}\t{mtime}\t{first}\t{}\n", begin.told);
            log.append(line.as_bytes()).and_then(|()| sync_folder(&folder)).map_err(io)?;
        } else {
            let read = Log::read(&bytes, &begin.told).map_err(|error| at(error.into()))?;
            (mtime, first, lines) = (read.mtime, read.first, read.shards);
        }
        let mut staging =
            Self { folder, log, mtime, first, found: Vec::new(), beside: begin.beside.clone(), is_used: false };
        staging.take(lines);
        Ok(staging)
    }

    /// Takes the shards of the lines that are there, up to the first that is not, and removes the others.
    fn take(&mut self, lines: BTreeMap<usize, (u64, u64, Option<[u8; 32]>)>) {
        for (number, (samples, bytes, sha256)) in lines {
            let staged = self.staged(number, samples, bytes, sha256);
            let is_there = |path: &Path| fs::metadata(path).is_ok_and(|found| found.is_file());
            let is_whole = fs::metadata(&staged.path).is_ok_and(|found| found.is_file() && found.len() == bytes)
                && staged.sidecars.iter().all(|(_, sidecar)| is_there(sidecar));
            if is_whole && number == self.found.len() {
                self.found.push(staged);
            } else {
                staged.remove();
            }
        }
        self.is_used = !self.found.is_empty();
    }

    fn staged(&self, number: usize, samples: u64, bytes: u64, sha256: Option<[u8; 32]>) -> Staged {
        let path = self.folder.join(format!("{number:06}"));
        let sidecars = self.beside.iter().map(|kind| (*kind, path.with_extension(kind.staged_ending()))).collect();
        Staged { samples, bytes, sha256, path, sidecars }
    }

    /// Where shard `number` of the write is put together.
    pub(super) fn path(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{number:06}"))
    }

    /// Whether nobody else has the name of the first shard, which `place` tells of its number.
    pub(super) fn is_free(&self, place: impl Fn(usize) -> PathBuf) -> bool {
        let place = place(self.first);
        !place.exists() || is_same(&self.path(0), &place)
    }

    /// From now on the first of the shards has another number.
    pub(super) fn renumber(&mut self, first: usize) -> Result<()> {
        let line = format!("{FIRST}\t{first}\n");
        self.log.append(line.as_bytes()).map_err(|error| self.failed(error))?;
        self.first = first;
        Ok(())
    }

    /// Keeps a shard that is whole, and remembers that it is.
    pub(super) fn keep(
        &mut self,
        number: usize,
        info: &ShardInfo,
        output: Output,
        sidecars: Vec<(Beside, AtomicFile)>,
    ) -> Result<Staged> {
        let sha256 = info.sha256.map_or_else(|| NO_DIGEST.to_owned(), |digest| hex(&digest));
        let line = format!("{SHARD}\t{number}\t{}\t{}\t{sha256}\n", info.samples, info.bytes);
        let kept = output
            .commit()
            .and_then(|()| sidecars.into_iter().try_for_each(|(_, sidecar)| sidecar.commit().map(drop)))
            .and_then(|()| sync_folder(&self.folder))
            .and_then(|()| self.log.append(line.as_bytes()));
        kept.map_err(|error| self.failed(error))?;
        self.is_used = true;
        Ok(self.staged(number, info.samples, info.bytes, info.sha256))
    }

    fn failed(&self, error: io::Error) -> Error {
        failed(Step::Stage, error, &self.folder.to_string_lossy())
    }

    /// Removes what there is, once all shards have their names. The log goes first: without it nothing is to go on, and with it
    /// nothing is done twice.
    pub(super) fn close(mut self) {
        self.is_used = false;
    }
}

impl Staged {
    fn remove(&self) {
        for path in self.sidecars.iter().map(|(_, path)| path).chain([&self.path]) {
            // What cannot be removed is replaced later, or stays where nobody looks for it.
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.is_used {
            let _ = fs::remove_file(self.folder.join(LOG));
            clear(&self.folder);
            // Fails where someone else put something there, which is as it should be.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// Removes all shards of a folder without a log.
fn clear(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = Path::new(&name).file_stem().and_then(|stem| stem.to_str());
        if number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
            // What cannot be removed is replaced later, or stays where nobody looks for it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// What a log says.
#[derive(Debug)]
struct Log {
    mtime: u64,
    first: usize,
    /// Samples, bytes and digest of each shard.
    shards: BTreeMap<usize, (u64, u64, Option<[u8; 32]>)>,
}

impl Log {
    /// Of the write that is told so.
    fn read(bytes: &[u8], told: &str) -> Result<Self, StagingError> {
        let text = std::str::from_utf8(whole_lines(bytes)).map_err(|_| StagingError::NoLog)?;
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let Some([magic, mtime, first, expected]) = lines.next().and_then(|line| <[&str; 4]>::try_from(line).ok())
        else {
            return Err(StagingError::NoLog);
        };
        let (Ok(mtime), Ok(first), true) = (mtime.parse(), first.parse(), magic == MAGIC) else {
            return Err(StagingError::NoLog);
        };
        if expected != told {
            return Err(StagingError::Other { expected: expected.to_owned(), found: told.to_owned() });
        }
        let mut log = Self { mtime, first, shards: BTreeMap::new() };
        for line in lines {
            log.add(&line).ok_or(StagingError::NoLog)?;
        }
        Ok(log)
    }

    fn add(&mut self, line: &[&str]) -> Option<()> {
        match line {
            [FIRST, first] => self.first = first.parse().ok()?,
            [SHARD, number, samples, bytes, sha256] => {
                let sha256 = if *sha256 == NO_DIGEST { None } else { Some(from_hex(sha256)?) };
                let shard = (samples.parse().ok()?, bytes.parse().ok()?, sha256);
                self.shards.insert(number.parse().ok()?, shard);
            }
            _ => return None,
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "these are tests")]
    use super::*;

    const TOLD: &str = "a-%06d.tar, max_count 2";

    #[test]
    fn a_log_is_of_one_write_and_nothing_else_is_a_log() {
        let digest = "0a".repeat(32);
        let text = format!("{MAGIC}\t17\t3\t{TOLD}\nshard\t0\t2\t10240\t{digest}\nfirst\t5\nshard\t1\t2\t20480\t-\n");
        let log = Log::read(text.as_bytes(), TOLD).unwrap();
        assert_eq!((log.mtime, log.first), (17, 5));
        assert_eq!(log.shards, BTreeMap::from([(0, (2, 10240, Some([10; 32]))), (1, (2, 20480, None))]));
        let other = Log::read(text.as_bytes(), "a-%06d.tar, max_count 3").unwrap_err();
        assert!(other.to_string().contains("\"a-%06d.tar, max_count 2\", and this is \"a-%06d.tar, max_count 3\""));
        for (from, to) in
            [(MAGIC, "atdata resume 2"), ("\t17", ""), ("shard\t1", "shard"), ("\t-", "\tab"), ("first\t5", "x")]
        {
            let error = Log::read(text.replace(from, to).as_bytes(), TOLD).unwrap_err();
            assert!(matches!(error, StagingError::NoLog), "{from}: {error}");
        }
        assert!(matches!(Log::read(b"\xff\n", TOLD), Err(StagingError::NoLog)));
    }
}
