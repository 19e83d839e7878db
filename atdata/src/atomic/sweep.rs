//! What killed writes left: finished where it was decided already, removed otherwise.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::hidden::{Owner, REPLACED, UNNAMED, is_own_file};
use super::journal::{ABORT, COMMIT, Decision, Journal, PENDING};

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
    /// Files that were left alone: their process runs, or may run on another machine, another user has them, they cannot be
    /// removed, or a journal speaks of them that cannot be followed.
    pub left: Vec<PathBuf>,
}

/// Finishes or removes what killed writes left in `folder`, not in the folders below it. Files of processes that run are
/// left alone; with `of_others` only those of this machine are, so that files go which another wrote that is known to
/// be no more. What another user wrote is left to that one in any case: a journal says what to rename and to remove.
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

/// The journals in `folder` of writes that were killed while their shards got their names: of the shards that it names
/// some are new, and others are what they replace, or not there. Nothing is changed: [`sweep`] finishes what they speak of.
///
/// # Errors
/// As of [`sweep`].
pub fn unfinished(folder: impl AsRef<Path>) -> crate::error::Result<Vec<PathBuf>> {
    let folder = folder.as_ref();
    journals(folder).map_err(|error| crate::error::Error::from(error).with_shard(&folder.to_string_lossy()))
}

fn journals(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if is_unfinished(&entry) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file is the journal of a write that was killed. One that waits for another says nothing without that.
fn is_unfinished(entry: &fs::DirEntry) -> bool {
    let name = entry.file_name();
    let Some(owner) = Owner::of(&name).filter(|owner| owner.is_dead()) else { return false };
    match owner.ending {
        COMMIT | ABORT => true,
        PENDING => {
            let journal = is_own_file(entry).then(|| Journal::read(entry.path()).ok().flatten()).flatten();
            journal.is_some_and(|journal| matches!(journal.decision(), Decision::By(_)))
        }
        _ => false,
    }
}

/// A journal in `folder` that speaks of a file whose name is one of those that are meant, whoever wrote it: that write has not
/// ended, or was killed and could not be [swept](sweep).
#[cfg(feature = "barecat")]
pub(crate) fn journal_in(folder: &Path, is_meant: impl Fn(&[u8]) -> bool) -> io::Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let is_journal = Owner::of(&file_name).is_some_and(|owner| matches!(owner.ending, COMMIT | ABORT | PENDING));
        // A pipe of that name would be waited for.
        if !is_journal || !entry.file_type()?.is_file() {
            continue;
        }
        // What is gone now has ended, and what cannot be read says nothing.
        let Ok(Some(journal)) = Journal::read(entry.path()) else { continue };
        if journal.steps.iter().any(|step| is_meant(step.target.as_os_str().as_encoded_bytes())) {
            return Ok(Some(entry.path()));
        }
    }
    Ok(None)
}

/// Tells who is about to read the shards in `folder` that they may be of two writes.
pub(crate) fn warn_of_unfinished(folder: &Path) {
    // That a folder cannot be listed is told where its shards are looked for.
    for journal in journals(folder).unwrap_or_default() {
        log::warn!(
            "{}: a write was killed while its shards got their names, and those beside it may be of two writes:              `atdata::shard::sweep`, or `atdata gc`, finishes it",
            journal.display()
        );
    }
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
            COMMIT | ABORT | PENDING | UNNAMED | REPLACED if !is_dead || !is_own_file(&entry) => {
                swept.left.push(entry.path());
            }
            COMMIT | ABORT | PENDING => journals.push((owner.id(), entry.path())),
            UNNAMED | REPLACED => files.push((owner.id(), entry.path())),
            _ => {}
        }
    }
    let mut kept = Vec::new();
    for (process, path) in journals {
        if !settle(path, &mut swept)? {
            kept.push(process);
        }
    }
    for (process, path) in files {
        if kept.contains(&process) {
            swept.left.push(path);
            continue;
        }
        match fs::remove_file(&path) {
            Ok(()) => swept.removed.push(path),
            // What a journal spoke of is gone already.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => swept.left.push(path),
        }
    }
    swept.left.sort();
    swept.removed.sort();
    Ok(swept)
}

/// Does what the journal says; `false` where it says nothing that can be done.
fn settle(path: PathBuf, swept: &mut Swept) -> io::Result<bool> {
    let journal = match Journal::read(path.clone()) {
        Ok(journal) => journal,
        // Another one of them spoke of it.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    match journal {
        Some(journal) if journal.is_pending() => match journal.decision() {
            Decision::By(decides) => return settle(decides, swept),
            Decision::Nothing => {
                journal.take_back();
                swept.taken_back.push(path);
            }
            Decision::Unknown => {
                swept.left.push(path);
                return Ok(false);
            }
        },
        Some(journal) if journal.is_abort() => {
            journal.take_back();
            swept.taken_back.push(path);
        }
        Some(journal) => {
            if !journal.finish()? {
                swept.left.push(path);
                return Ok(false);
            }
            swept.finished.push(path);
        }
        None => {
            swept.left.push(path);
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::hidden::hidden_beside;
    use super::*;

    /// A hidden name of ours, of a process that is no more.
    fn of_the_dead(folder: &Path, ending: &str) -> PathBuf {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let path = hidden_beside(&folder.join("a.tar"), ending);
        let (own, dead) = (format!("-{}-", std::process::id()), format!("-{}-", child.id()));
        path.with_file_name(path.file_name().unwrap().to_str().unwrap().replace(&own, &dead))
    }

    #[test]
    fn what_a_journal_speaks_of_that_cannot_be_read_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let journal = of_the_dead(folder.path(), COMMIT);
        let process = Owner::of(journal.file_name().unwrap()).unwrap().id();
        fs::write(&journal, b"atdata journal 2\n").unwrap();
        let other = of_the_dead(folder.path(), UNNAMED);
        let shard = journal.with_extension(UNNAMED);
        assert_eq!(Owner::of(shard.file_name().unwrap()).unwrap().id(), process);
        for path in [&other, &shard] {
            fs::write(path, b"samples").unwrap();
        }
        let swept = sweep(folder.path(), false).unwrap();
        let mut left = vec![journal, shard];
        left.sort();
        assert_eq!((swept.left, swept.removed), (left, vec![other]));
    }

    #[test]
    fn a_journal_that_is_a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, elsewhere) = (folder.path().join("mine.tar"), folder.path().join("journal"));
        fs::write(&mine, b"samples").unwrap();
        let hidden = of_the_dead(folder.path(), UNNAMED);
        let mut bytes = b"atdata journal 1\n".to_vec();
        for name in [hidden.file_name().unwrap().to_str().unwrap(), "mine.tar", ""] {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
        }
        fs::write(&elsewhere, bytes).unwrap();
        let journal = of_the_dead(folder.path(), ABORT);
        std::os::unix::fs::symlink(&elsewhere, &journal).unwrap();
        let swept = sweep(folder.path(), false).unwrap();
        assert_eq!((swept.left, swept.taken_back), (vec![journal], vec![]));
        assert!(mine.exists());
    }

    /// Only an administrator can give a file to somebody else.
    #[test]
    fn what_another_user_wrote_is_left_to_that_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = of_the_dead(folder.path(), UNNAMED);
        fs::write(&path, b"samples").unwrap();
        let is_of_another = std::os::unix::fs::chown(&path, Some(12_345), None).is_ok();
        let swept = sweep(folder.path(), true).unwrap();
        assert_eq!(path.exists(), is_of_another);
        assert_eq!(swept.left.len() + swept.removed.len(), 1);
    }
}
