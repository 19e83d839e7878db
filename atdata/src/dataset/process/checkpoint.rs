//! The checkpoint: a folder with a file for each rank, and in it a line for each shard that is done.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Cause, Error, ErrorKind, Printable, Result, kind_of_io};
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
}

impl Cause for CheckpointError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => kind_of_io(source),
            Self::Other { .. } => ErrorKind::Conflict,
        }
    }
}

/// Bytes of a shard that are looked at.
const BEGIN: u64 = 64 << 10;
/// What files of a checkpoint end with.
const SUFFIX: &str = "done";

pub(super) struct Checkpoint {
    path: PathBuf,
    file: Mutex<File>,
    /// Of each shard what a line says of it.
    shards: Vec<String>,
    done: BTreeSet<usize>,
}

impl Checkpoint {
    /// With what all ranks have done before.
    pub(super) fn open(folder: &Path, shards: &[Shard], rank: u64) -> Result<Self> {
        let at = |what, source, path: &Path| {
            Error::from(CheckpointError::Io { what, source }).with_shard(&path.to_string_lossy())
        };
        fs::create_dir_all(folder).map_err(|source| at("make", source, folder))?;
        let shards: Vec<String> = shards.iter().map(told).collect();
        let mut done = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(|source| at("read", source, folder))? {
            let path = entry.map_err(|source| at("read", source, folder))?.path();
            if path.extension().is_some_and(|end| end == SUFFIX) {
                let text = fs::read_to_string(&path).map_err(|source| at("read", source, &path))?;
                add_lines(&text, &shards, &mut done)
                    .map_err(|error| Error::from(error).with_shard(&path.to_string_lossy()))?;
            }
        }
        let path = folder.join(format!("rank-{rank:06}.{SUFFIX}"));
        let open = || {
            let file = File::options().create(true).append(true).open(&path)?;
            // What a kill left of a line is cut off, or what follows would be a part of it.
            let text = fs::read(&path)?;
            let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            if whole < text.len() {
                file.set_len(whole as u64)?;
            }
            Ok(file)
        };
        let file = open().map_err(|source| at("write", source, &path))?;
        Ok(Self { path, file: Mutex::new(file), shards, done })
    }

    /// Shards that were done when it was opened.
    pub(super) fn done(&self) -> &BTreeSet<usize> {
        &self.done
    }

    /// Another shard is done.
    pub(super) fn add(&self, number: usize) -> Result<()> {
        let told = self.shards.get(number).map(String::as_str).unwrap_or_default();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // In one call, so that a line is whole or the last one.
        let written = file.write_all(format!("{number}\t{told}\n").as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|source| {
            Error::from(CheckpointError::Io { what: "write", source }).with_shard(&self.path.to_string_lossy())
        })
    }
}

/// What tells a shard from another: its name without the folder and, of a file, its size and the CRC-32C of its begin, for
/// archives are padded.
fn told(shard: &Shard) -> String {
    let name = shard.redacted();
    let name = name.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default();
    let state = shard.path().and_then(|path| state(path).ok()).unwrap_or_default();
    format!("{state}\t{}", name.replace(['\n', '\t'], " "))
}

fn state(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut begin = Vec::new();
    file.take(BEGIN).read_to_end(&mut begin)?;
    Ok(format!("{size} {:08x}", crc32c::crc32c(&begin)))
}

fn add_lines(text: &str, shards: &[String], done: &mut BTreeSet<usize>) -> Result<(), CheckpointError> {
    // The last one may have been cut.
    let whole = text.rfind('\n').and_then(|end| text.get(..end)).unwrap_or_default();
    for line in whole.lines() {
        let Some((number, expected)) = line.split_once('\t') else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        if !expected.contains('\t') {
            continue;
        }
        match shards.get(number) {
            Some(found) if found == expected => done.insert(number),
            found => {
                let named = |told: &str| told.replacen('\t', " ", 1);
                let found = found.map_or_else(|| "none".to_owned(), |found| named(found));
                return Err(CheckpointError::Other { number, expected: named(expected), found });
            }
        };
    }
    Ok(())
}
