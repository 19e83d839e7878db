//! What is to be done with the hidden files of a write whose shards get their names together, for whoever comes after a
//! process that was killed meanwhile.
//!
//! A journal is a hidden file in the folder of the shards. As long as it ends in `.commit` the write is going to be
//! finished: each hidden file gets its name, what had the name before goes. As long as it ends in `.abort` it is going to
//! be taken back. Without a journal no file has got its name yet, or all have.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::hidden::{Owner, REPLACED, UNNAMED, hidden_beside, hidden_name};
use super::sync_folder;

pub(super) const COMMIT: &str = "commit";
pub(super) const ABORT: &str = "abort";

const MAGIC: &[u8] = b"atdata journal 1\n";
/// Names of as many shards as there may be, and no more memory than that.
const MAX_BYTES: u64 = 256 << 20;

/// One file of a folder that is to get its name. All three are names in that folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) hidden: PathBuf,
    pub(super) target: PathBuf,
    /// Where what had the name before is kept; `None` where it was free.
    pub(super) old: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    folder: PathBuf,
    pub(super) steps: Vec<Step>,
}

impl Journal {
    /// Writes the journal of `steps` in `folder`, durably.
    pub(super) fn write(folder: &Path, steps: Vec<Step>) -> io::Result<Self> {
        let mut bytes = MAGIC.to_vec();
        for Step { hidden, target, old } in &steps {
            for name in [hidden, target, old.as_ref().unwrap_or(&PathBuf::new())] {
                bytes.extend_from_slice(name.as_os_str().as_encoded_bytes());
                bytes.push(0);
            }
        }
        let base = folder.join("atdata");
        let (path, draft) = (hidden_beside(&base, COMMIT), hidden_name(&base));
        let written = File::create_new(&draft).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            sync_folder(folder)
        });
        if let Err(error) = written {
            let _ = fs::remove_file(&draft);
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self { path, folder: folder.to_owned(), steps })
    }

    /// Reads the journal at `path`. `None` for what is none: names that lead elsewhere, or that are not ours to move.
    pub(super) fn read(folder: &Path, path: PathBuf) -> io::Result<Option<Self>> {
        if fs::metadata(&path)?.len() > MAX_BYTES {
            return Ok(None);
        }
        let bytes = fs::read(&path)?;
        let steps = bytes.strip_prefix(MAGIC).and_then(steps);
        Ok(steps.map(|steps| Self { path, folder: folder.to_owned(), steps }))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn is_abort(&self) -> bool {
        self.path.extension() == Some(OsStr::new(ABORT))
    }

    /// Gives the file of `step` its name.
    pub(super) fn name(&self, step: &Step) -> io::Result<()> {
        let (hidden, target) = (self.folder.join(&step.hidden), self.folder.join(&step.target));
        if let Some(old) = &step.old {
            // Where the file system has no second names, the old file cannot be brought back.
            match fs::hard_link(&target, self.folder.join(old)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(hidden, target)
    }

    /// Goes on where a killed process stopped: all files have their names afterwards.
    pub(super) fn finish(self) -> io::Result<()> {
        for step in &self.steps {
            if fs::symlink_metadata(self.folder.join(&step.hidden)).is_ok() {
                fs::rename(self.folder.join(&step.hidden), self.folder.join(&step.target))?;
            }
        }
        sync_folder(&self.folder)?;
        self.close();
        Ok(())
    }

    /// Removes what had the names before, and the journal.
    pub(super) fn close(self) {
        for old in self.steps.iter().filter_map(|step| step.old.as_ref()) {
            let _ = fs::remove_file(self.folder.join(old));
        }
        let _ = fs::remove_file(&self.path);
    }

    /// From now on whoever finds the journal takes the write back.
    pub(super) fn turn(&mut self) -> io::Result<()> {
        let path = self.path.with_extension(ABORT);
        fs::rename(&self.path, &path)?;
        self.path = path;
        Ok(())
    }

    /// Takes back the names of all files that have theirs, and removes the others.
    pub(super) fn take_back(self) {
        for Step { hidden, target, old } in &self.steps {
            let (hidden, target) = (self.folder.join(hidden), self.folder.join(target));
            let is_named = fs::symlink_metadata(&hidden).is_err();
            match old.as_ref().map(|old| self.folder.join(old)) {
                Some(old) if is_named => drop(fs::rename(old, &target)),
                Some(old) => drop(fs::remove_file(old)),
                None if is_named => drop(fs::remove_file(&target)),
                None => {}
            }
            let _ = fs::remove_file(hidden);
        }
        let _ = sync_folder(&self.folder);
        let _ = fs::remove_file(&self.path);
    }
}

/// The steps of a journal, if all their names are plain ones and the hidden ones ours.
fn steps(bytes: &[u8]) -> Option<Vec<Step>> {
    let names: Vec<_> = bytes.strip_suffix(b"\0")?.split(|byte| *byte == 0).map(name).collect::<Option<_>>()?;
    let is_ours = |name: &Path, ending| {
        Owner::of(name.file_name().unwrap_or_default()).is_some_and(|owner| owner.ending == ending)
    };
    let (steps, rest) = names.as_chunks::<3>();
    let steps = steps.iter().map(|[hidden, target, old]| {
        let old = Some(old).filter(|old| !old.as_os_str().is_empty());
        let is_right =
            is_ours(hidden, UNNAMED) && old.is_none_or(|old| is_ours(old, REPLACED)) && !target.as_os_str().is_empty();
        is_right.then(|| Step { hidden: hidden.clone(), target: target.clone(), old: old.cloned() })
    });
    if rest.is_empty() { steps.collect() } else { None }
}

/// A name without folders.
fn name(bytes: &[u8]) -> Option<PathBuf> {
    #[cfg(unix)]
    let text = <OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes);
    #[cfg(not(unix))]
    let text = OsStr::new(std::str::from_utf8(bytes).ok()?);
    let path = Path::new(text);
    let is_plain = bytes.is_empty() || path.file_name() == Some(text);
    is_plain.then(|| path.to_owned())
}
