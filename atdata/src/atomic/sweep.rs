//! What killed writes left: finished where it was decided already, removed otherwise.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::hidden::{Owner, REPLACED, UNNAMED};
use super::journal::{ABORT, COMMIT, Journal};

/// What was done with the hidden files of writes that were killed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Swept {
    /// Files that were removed.
    pub removed: Vec<PathBuf>,
    /// Journals of writes that were finished, for their shards had begun to get their names.
    pub finished: Vec<PathBuf>,
    /// Journals of writes that were taken back, as they had begun to be.
    pub taken_back: Vec<PathBuf>,
    /// Files that were left alone: their process runs, or may run on another machine.
    pub left: Vec<PathBuf>,
}

/// Finishes or removes what killed writes left in `folder`, not in the folders below it. Files of processes that run are
/// left alone; with `of_others` only those of this machine are, so that files go which another wrote that is known to
/// be no more.
///
/// A write to the same folder does the same first.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) and [`Permission`](crate::ErrorKind::Permission) of the folder.
pub fn sweep(folder: impl AsRef<Path>, of_others: bool) -> crate::error::Result<Swept> {
    let folder = folder.as_ref();
    sweep_folder(folder, of_others)
        .map_err(|error| crate::error::Error::from(error).with_shard(&folder.to_string_lossy()))
}

/// [`sweep`] before a write, which it must not keep from anything.
pub(crate) fn sweep_dead(folder: &Path) {
    match sweep_folder(folder, false) {
        Ok(swept) => {
            for path in &swept.finished {
                log::warn!("{}: finished a write that was killed while its shards got their names", path.display());
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => log::warn!("{}: cannot look for what killed writes left: {error}", folder.display()),
    }
}

fn sweep_folder(folder: &Path, of_others: bool) -> io::Result<Swept> {
    let mut swept = Swept::default();
    let (mut journals, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(owner) = Owner::of(&name) else { continue };
        let is_dead = owner.is_dead() || (of_others && !owner.is_here());
        match owner.ending {
            COMMIT | ABORT | UNNAMED | REPLACED if !is_dead => swept.left.push(entry.path()),
            COMMIT | ABORT => journals.push(entry.path()),
            UNNAMED | REPLACED => files.push(entry.path()),
            _ => {}
        }
    }
    for path in journals {
        settle(folder, path, &mut swept)?;
    }
    for path in files {
        // What a journal spoke of is gone already.
        if fs::remove_file(&path).is_ok() {
            swept.removed.push(path);
        }
    }
    swept.left.sort();
    swept.removed.sort();
    Ok(swept)
}

fn settle(folder: &Path, path: PathBuf, swept: &mut Swept) -> io::Result<()> {
    match Journal::read(folder, path.clone())? {
        Some(journal) if journal.is_abort() => {
            journal.take_back();
            swept.taken_back.push(path);
        }
        Some(journal) => {
            journal.finish()?;
            swept.finished.push(path);
        }
        None => swept.left.push(path),
    }
    Ok(())
}
