//! The checkpoint: a folder with a file for each rank, and in it a line for each shard that is done.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::atomic::{Lines, check_regular, whole_lines};
use crate::error::{Cause, Error, ErrorKind, Printable, Result, kind_of_io};
use crate::shard::numbered_path;
use crate::source::Shard;

#[derive(Debug, thiserror::Error)]
enum CheckpointError {
    #[error("cannot {what} the checkpoint")]
    Io { what: &'static str, source: io::Error },
    #[error(
        "the checkpoint is of another dataset, or of another state of it: its shard {number} is \"{}\", and not \"{}\"; \
         remove the folder to begin anew, or name another",
        Printable(.expected), Printable(.found)
    )]
    Other { number: usize, expected: String, found: String },
    #[error(
        "the checkpoint is of other work: of shard {number} that wrote {expected}, and this writes {found}; name another \
         folder, one for each function, or remove it to begin anew"
    )]
    OtherWork { number: usize, expected: String, found: String },
}

impl Cause for CheckpointError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => kind_of_io(source),
            Self::Other { .. } | Self::OtherWork { .. } => ErrorKind::Conflict,
        }
    }
}

/// Pieces of a shard that are looked at, of so many bytes; of one that is no larger, all of it.
const PIECES: u64 = 8;
const PIECE: u64 = 16 << 10;
/// What files of a checkpoint end with.
const SUFFIX: &str = "done";
/// What stands for the size of an output that is not there, because nothing was to be written.
const NO_OUTPUT: &str = "-";

pub(super) struct Checkpoint {
    path: PathBuf,
    file: Mutex<Lines>,
    /// What is done, and of what.
    work: Work,
    done: BTreeSet<usize>,
}

/// What a checkpoint is of.
struct Work {
    /// Of each shard what a line says of it.
    shards: Vec<String>,
    /// The names of outputs, where there are any.
    pattern: Option<PathBuf>,
}

impl Checkpoint {
    /// With what all ranks have done before, of a function that writes shards of these names, or none.
    pub(super) fn open(folder: &Path, shards: &[Shard], rank: u64, pattern: Option<&Path>) -> Result<Self> {
        let at = |what, source, path: &Path| {
            Error::from(CheckpointError::Io { what, source }).with_shard(&path.to_string_lossy())
        };
        fs::create_dir_all(folder).map_err(|source| at("make", source, folder))?;
        let work = Work { shards: shards.iter().map(told).collect(), pattern: pattern.map(Path::to_owned) };
        let mut done = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(|source| at("read", source, folder))? {
            let path = entry.map_err(|source| at("read", source, folder))?.path();
            if path.extension().is_some_and(|end| end == SUFFIX) {
                let bytes = fs::read(&path).map_err(|source| at("read", source, &path))?;
                work.add_lines(&bytes, &mut done).map_err(|error| error.with_shard(&path.to_string_lossy()))?;
            }
        }
        let path = folder.join(format!("rank-{rank:06}.{SUFFIX}"));
        let file = Lines::open(&path).map_err(|source| at("write", source, &path))?;
        Ok(Self { path, file: Mutex::new(file), work, done })
    }

    /// Shards that were done when it was opened.
    pub(super) fn done(&self) -> &BTreeSet<usize> {
        &self.done
    }

    /// Another shard is done, and its output is there.
    pub(super) fn add(&self, number: usize) -> Result<()> {
        let line = self.work.line(number)?;
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.append(line.as_bytes()).map_err(|source| {
            Error::from(CheckpointError::Io { what: "write", source }).with_shard(&self.path.to_string_lossy())
        })
    }
}

impl Work {
    /// Where the output of a shard is, and its name as lines have it.
    fn output(&self, number: usize) -> Result<Option<(PathBuf, String)>> {
        let Some(pattern) = &self.pattern else { return Ok(None) };
        let path = numbered_path(pattern, number)?;
        let name = in_line(&path.file_name().unwrap_or_default().to_string_lossy());
        Ok(Some((path, name)))
    }

    fn line(&self, number: usize) -> Result<String> {
        let told = self.shards.get(number).map(String::as_str).unwrap_or_default();
        let Some((path, name)) = self.output(number)? else { return Ok(format!("{number}\t{told}\n")) };
        let size = size_of_output(&path).map_or_else(|| NO_OUTPUT.to_owned(), |size| size.to_string());
        Ok(format!("{number}\t{told}\t{name}\t{size}\n"))
    }

    fn add_lines(&self, bytes: &[u8], done: &mut BTreeSet<usize>) -> Result<()> {
        for line in String::from_utf8_lossy(whole_lines(bytes)).lines() {
            let mut columns = line.split('\t');
            let Some(number) = columns.next().and_then(|number| number.parse::<usize>().ok()) else { continue };
            let (Some(state), Some(name)) = (columns.next(), columns.next()) else { continue };
            let expected = format!("{state}\t{name}");
            match self.shards.get(number) {
                Some(found) if *found == expected => {}
                found => {
                    let named = |told: &str| told.replacen('\t', " ", 1);
                    let found = found.map_or_else(|| "none".to_owned(), |found| named(found));
                    return Err(CheckpointError::Other { number, expected: named(&expected), found }.into());
                }
            }
            if self.has_output(number, columns.next().zip(columns.next()))? {
                done.insert(number);
            }
        }
        Ok(())
    }

    /// Whether the output that a line tells of is there, which has to be one of this work.
    fn has_output(&self, number: usize, told: Option<(&str, &str)>) -> Result<bool> {
        let output = self.output(number)?;
        let (expected, found) = (told.map(|(name, _)| name), output.as_ref().map(|(_, name)| name.as_str()));
        if expected != found {
            let named = |name: Option<&str>| name.map_or_else(|| "no shard".to_owned(), |name| format!("{name:?}"));
            let (expected, found) = (named(expected), named(found));
            return Err(CheckpointError::OtherWork { number, expected, found }.into());
        }
        Ok(match (output, told) {
            (Some((path, _)), Some((_, size))) if size != NO_OUTPUT => {
                size_of_output(&path).is_some_and(|found| size.parse() == Ok(found))
            }
            _ => true,
        })
    }
}

fn size_of_output(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|found| found.len())
}

/// A name without what ends a column or a line.
fn in_line(name: &str) -> String {
    name.replace(['\n', '\r', '\t'], " ")
}

/// What tells a shard from another: its name without the folder and, of a file, its size and the CRC-32C of some pieces,
/// among them its begin and its end. Not its time, which is another on each machine that has a copy.
pub(in crate::dataset) fn told(shard: &Shard) -> String {
    let name = shard.redacted();
    let name = name.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default();
    let state = shard.path().and_then(|path| state(path).ok()).unwrap_or_default();
    format!("{state}\t{}", in_line(name))
}

fn state(path: &Path) -> io::Result<String> {
    check_regular(path)?;
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let pieces = if size <= PIECES * PIECE { size.div_ceil(PIECE) } else { PIECES };
    let (mut crc, mut piece) = (0, Vec::new());
    for number in 0..pieces {
        // Small files are covered without a gap, and of large ones pieces are evenly apart.
        let at = size.saturating_sub(PIECE) / (pieces - 1).max(1) * number;
        let at = if number + 1 == pieces { size.saturating_sub(PIECE) } else { at };
        file.seek(SeekFrom::Start(at))?;
        piece.clear();
        (&file).take(PIECE).read_to_end(&mut piece)?;
        crc = crc32c::crc32c_append(crc, &piece);
    }
    Ok(format!("{size} {crc:08x}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "these are tests")]
    use std::io::Write as _;

    use super::*;

    fn done(folder: &Path, shards: &[Shard]) -> Vec<usize> {
        Checkpoint::open(folder, shards, 1, None).unwrap().done().iter().copied().collect()
    }

    #[test]
    fn a_line_of_which_a_part_was_written_is_no_part_of_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let shards: Vec<Shard> = (0..20).map(|n| Shard::from_path(format!("größe-{n}.tar"))).collect();
        let open = || Checkpoint::open(folder.path(), &shards, 0, None).unwrap();
        let checkpoint = open();
        checkpoint.add(3).unwrap();
        // As a disk that was full for a moment leaves it.
        let line = checkpoint.work.line(1).unwrap();
        let file = || File::options().append(true).open(&checkpoint.path).unwrap();
        file().write_all(b"1").unwrap();
        checkpoint.add(2).unwrap();
        assert_eq!(done(folder.path(), &shards), [2, 3]);
        // Cut anywhere, a letter of a name in two.
        for cut in 1..line.len() {
            file().write_all(line.as_bytes().get(..cut).unwrap()).unwrap();
            assert_eq!(done(folder.path(), &shards), [2, 3], "{cut}");
            drop(open());
            assert!(fs::read_to_string(&checkpoint.path).unwrap().ends_with("-2.tar\n"));
        }
    }

    #[test]
    fn what_is_changed_behind_the_begin_is_another_state() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        let of = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            state(&path).unwrap()
        };
        for size in [1_usize, 1000, 1 << 16, 100_001, 1 << 20] {
            let mut bytes = vec![7; size];
            let before = of(&bytes);
            // A sample of other bytes, and the end.
            let from = if size > 1 << 17 { size - 1000 } else { size / 2 };
            bytes.get_mut(from..).unwrap().fill(8);
            assert_ne!(of(&bytes), before, "{size}");
        }
    }
}
