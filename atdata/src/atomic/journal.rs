//! What is to be done with the hidden files of a write whose shards get their names together, for whoever comes after a
//! process that was killed meanwhile.
//!
//! A journal is a hidden file in the folder of the shards. As long as it ends in `.commit` the write is going to be
//! finished: each hidden file gets its name, what had the name before goes. As long as it ends in `.abort` it is going to
//! be taken back. Without a journal no file has got its name yet, or all have.
//!
//! A write into several folders has one of these, and in each of the other folders a journal that ends in `.pending`, there
//! before it and gone before it: of what that speaks the one decides that it names, and without it nothing has been done.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::hidden::{Owner, REPLACED, UNNAMED, hidden_beside, hidden_name, is_own};
use super::{folder_of, sync_folder};

pub(super) const COMMIT: &str = "commit";
pub(super) const ABORT: &str = "abort";
pub(super) const PENDING: &str = "pending";

const MAGIC: &[u8] = b"atdata journal 1\n";
/// With the paths of other journals and an empty one before the files: of those that wait for this one, or of the one that
/// this one waits for.
const MAGIC_OF_SEVERAL: &[u8] = b"atdata journal 2\n";
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
    /// The journals in other folders.
    others: Vec<PathBuf>,
    pub(super) steps: Vec<Step>,
}

/// What became of the write that a journal waits for the decision of.
pub(super) enum Decision {
    /// The journal that says it.
    By(PathBuf),
    /// None: nothing was done.
    Nothing,
    /// It cannot be looked for.
    Unknown,
}

impl Journal {
    /// The path of a new journal in `folder`.
    pub(super) fn path_in(folder: &Path, ending: &str) -> PathBuf {
        hidden_beside(&folder.join("atdata"), ending)
    }

    /// Writes the journal of `steps`, durably.
    pub(super) fn write(path: PathBuf, others: Vec<PathBuf>, steps: Vec<Step>) -> io::Result<Self> {
        let folder = folder_of(&path).to_owned();
        let mut bytes = if others.is_empty() { MAGIC } else { MAGIC_OF_SEVERAL }.to_vec();
        let mut push = |name: &Path| {
            bytes.extend_from_slice(name.as_os_str().as_encoded_bytes());
            bytes.push(0);
        };
        if !others.is_empty() {
            for other in &others {
                push(other);
            }
            push(Path::new(""));
        }
        for Step { hidden, target, old } in &steps {
            for name in [hidden, target, old.as_ref().unwrap_or(&PathBuf::new())] {
                push(name);
            }
        }
        let draft = hidden_name(&folder.join("atdata"));
        let written = File::create_new(&draft).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            sync_folder(&folder)
        });
        if let Err(error) = written {
            let _ = fs::remove_file(&draft);
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        Ok(Self { path, folder, others, steps })
    }

    /// Reads the journal at `path`. `None` for what is none: names that lead elsewhere, or that are not ours to move.
    pub(super) fn read(path: PathBuf) -> io::Result<Option<Self>> {
        if fs::metadata(&path)?.len() > MAX_BYTES {
            return Ok(None);
        }
        let bytes = fs::read(&path)?;
        let read = || {
            if let Some(rest) = bytes.strip_prefix(MAGIC) {
                return Some((Vec::new(), steps(rest)?));
            }
            let (others, rest) = others(bytes.strip_prefix(MAGIC_OF_SEVERAL)?, path.file_name()?)?;
            Some((others, steps(rest)?))
        };
        let Some((others, steps)) = read() else { return Ok(None) };
        let folder = folder_of(&path).to_owned();
        Ok(Some(Self { path, folder, others, steps }))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether another journal decides what becomes of its files.
    pub(super) fn is_pending(&self) -> bool {
        self.path.extension() == Some(OsStr::new(PENDING))
    }

    /// The journal that decides it.
    pub(super) fn decision(&self) -> Decision {
        let [by] = self.others.as_slice() else { return Decision::Unknown };
        for ending in [COMMIT, ABORT] {
            let path = by.with_extension(ending);
            match fs::symlink_metadata(&path) {
                Ok(found) if is_own(&found) => return Decision::By(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                _ => return Decision::Unknown,
            }
        }
        // A disk that is not there has no journals either.
        if folder_of(by).is_dir() { Decision::Nothing } else { Decision::Unknown }
    }

    /// The journals that wait for this one and are still there; `None` where one cannot be read.
    fn waiting(&self) -> Option<Vec<Self>> {
        let mut waiting = Vec::new();
        for path in &self.others {
            match fs::symlink_metadata(path) {
                Ok(found) if is_own(&found) => {
                    let journal = Self::read(path.clone()).ok().flatten()?;
                    // Each says of the other that it belongs to it, so that none speaks of a folder of somebody else's.
                    let is_ours = matches!(journal.others.as_slice(), [by] if by.file_stem() == self.path.file_stem());
                    waiting.push(Some(journal).filter(|_| is_ours)?);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound && folder_of(path).is_dir() => {}
                _ => return None,
            }
        }
        Some(waiting)
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

    /// Goes on where a killed process stopped: all files have their names afterwards. False where some are in a folder that
    /// cannot be looked at; the journal stays then.
    pub(super) fn finish(self) -> io::Result<bool> {
        let Some(waiting) = self.waiting() else { return Ok(false) };
        for journal in waiting {
            journal.give_names()?;
            journal.close()?;
        }
        self.give_names()?;
        self.close()?;
        Ok(true)
    }

    fn give_names(&self) -> io::Result<()> {
        for step in &self.steps {
            if fs::symlink_metadata(self.folder.join(&step.hidden)).is_ok() {
                fs::rename(self.folder.join(&step.hidden), self.folder.join(&step.target))?;
            }
        }
        sync_folder(&self.folder)
    }

    /// Removes what had the names before, and the journal.
    ///
    /// # Errors
    /// Of one that waits for another alone: it has to be gone for good before that one is.
    pub(super) fn close(self) -> io::Result<()> {
        for old in self.steps.iter().filter_map(|step| step.old.as_ref()) {
            let _ = fs::remove_file(self.folder.join(old));
        }
        let removed = fs::remove_file(&self.path);
        if self.is_pending() { removed.and_then(|()| sync_folder(&self.folder)) } else { Ok(()) }
    }

    /// From now on whoever finds the journal takes the write back.
    pub(super) fn turn(&mut self) -> io::Result<()> {
        let path = self.path.with_extension(ABORT);
        fs::rename(&self.path, &path)?;
        self.path = path;
        // What other folders are told must not be forgotten here.
        if self.others.is_empty() { Ok(()) } else { sync_folder(&self.folder) }
    }

    /// Takes back the names of all files that have theirs, and removes the others. Journals that wait for this one are
    /// taken back by whoever finds them, if they cannot be now.
    pub(super) fn take_back(self) {
        if !self.is_pending() {
            self.waiting().unwrap_or_default().into_iter().for_each(Self::take_back);
        }
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

/// The paths of other journals of the same process as that of this `name`, and what is behind them.
fn others<'b>(bytes: &'b [u8], name: &OsStr) -> Option<(Vec<PathBuf>, &'b [u8])> {
    let own = Owner::of(name)?;
    let (mut paths, mut rest) = (Vec::new(), bytes);
    loop {
        let at = rest.iter().position(|byte| *byte == 0)?;
        let (path, behind) = rest.split_at_checked(at)?;
        rest = behind.get(1..)?;
        if path.is_empty() {
            break;
        }
        let path = Path::new(text(path)?);
        let other = Owner::of(path.file_name()?).filter(|other| path.is_absolute() && other.id() == own.id())?;
        // One decides, and the others wait for it.
        if (other.ending == PENDING) == (own.ending == PENDING) {
            return None;
        }
        paths.push(path.to_owned());
    }
    (!paths.is_empty()).then_some((paths, rest))
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
    let text = text(bytes)?;
    let path = Path::new(text);
    let is_plain = bytes.is_empty() || path.file_name() == Some(text);
    is_plain.then(|| path.to_owned())
}

#[cfg_attr(unix, allow(clippy::unnecessary_wraps, reason = "all bytes are names here"))]
fn text(bytes: &[u8]) -> Option<&OsStr> {
    #[cfg(unix)]
    let text = <OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes);
    #[cfg(not(unix))]
    let text = OsStr::new(std::str::from_utf8(bytes).ok()?);
    Some(text)
}
