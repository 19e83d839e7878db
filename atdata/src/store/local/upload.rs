//! Uploads to the local store: a file on its way into the folder.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::sidecar::has_manifest;
use super::{LocalError, failed, remove_sidecars};
use crate::atomic::{self, Aside, AtomicFile, folder_of, sync_folder};
use crate::error::{Error, Result};
use crate::source::manifest_paths;
use crate::store::Upload;

/// Each nameless file is an open one, and processes may hold but some hundred of them.
const MAX_OPEN: usize = 128;

/// A file that was synced; `None` once it is on its way to its name.
type Synced = Arc<Mutex<Option<AtomicFile>>>;

#[derive(Debug)]
pub(super) struct LocalUpload {
    state: State,
    path: PathBuf,
    /// Folders that were not there before.
    made: Vec<PathBuf>,
}

#[derive(Debug)]
enum State {
    Writing(AtomicFile),
    Synced(Synced),
}

impl LocalUpload {
    pub(super) fn create(path: &Path) -> Result<Self, LocalError> {
        if let Some(found) = atomic::irregular(path) {
            return Err(LocalError::Irregular { found });
        }
        let folder = folder_of(path);
        let made = folder.ancestors().take_while(|folder| !folder.exists()).map(PathBuf::from).collect();
        fs::create_dir_all(folder).map_err(failed("cannot make the folder of the shard"))?;
        let file = match AtomicFile::create(path) {
            Err(error) if atomic::out_of_handles(&error) && park_all_but(0) => AtomicFile::create(path),
            created => created,
        };
        let file = file.map_err(failed("cannot begin the shard"))?;
        Ok(Self { state: State::Writing(file), path: path.into(), made })
    }

    fn named(&self, error: impl Into<Error>) -> Error {
        error.into().with_shard(&self.path.to_string_lossy())
    }

    fn sync_file(&mut self) -> Result<Synced> {
        let file = match &mut self.state {
            State::Synced(file) => return Ok(Arc::clone(file)),
            State::Writing(file) => file,
        };
        let written = file.sync();
        written.map_err(|error| self.named(failed("cannot write the shard")(error)))?;
        let synced = Arc::new(Mutex::new(None));
        if let State::Writing(file) = std::mem::replace(&mut self.state, State::Synced(Arc::clone(&synced))) {
            *locked(&synced) = Some(file);
        }
        locked(&OPEN).push_back(Arc::downgrade(&synced));
        park_all_but(MAX_OPEN);
        Ok(synced)
    }

    /// Names must not be lost with the power; neither must those of the folders they are in.
    fn sync_folders(&self, target: &Path) -> io::Result<()> {
        sync_folder(folder_of(target))?;
        self.made.iter().try_for_each(|folder| sync_folder(folder_of(folder)))
    }
}

impl Upload for LocalUpload {
    fn sync(&mut self) -> Result<()> {
        self.sync_file().map(drop)
    }

    fn commit(mut self: Box<Self>) -> Result<()> {
        let synced = self.sync_file()?;
        let Some(file) = locked(&synced).take() else { return Ok(()) };
        let target = file.target().to_owned();
        // Somebody may have tidied up what looked like an empty folder.
        let folder = fs::create_dir_all(folder_of(&target));
        let named = folder.and_then(|()| {
            // A kill must not leave the new shard with what was said of the old one.
            let [header, _] = manifest_paths(&target);
            let aside = if has_manifest(&target) { Aside::take(&header)? } else { None };
            let named = file.commit()?;
            aside.into_iter().for_each(Aside::remove);
            Ok(named)
        });
        let durable = named.and_then(|_| {
            remove_sidecars(&target);
            self.sync_folders(&target)
        });
        durable.map_err(|error| self.named(failed("cannot give the finished shard its name")(error)))
    }
}

impl Write for LocalUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Writing(file) => file.write(bytes),
            State::Synced(_) => Err(io::Error::other("the shard has ended: it was synced")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Files of the process that are synced and still open, oldest first, whatever store they go to.
static OPEN: Mutex<VecDeque<Weak<Mutex<Option<AtomicFile>>>>> = Mutex::new(VecDeque::new());

/// Closes the oldest files that wait for their names, until `keep` are open; false if there were none to close. One that
/// cannot be closed fails when it is to get its name.
fn park_all_but(keep: usize) -> bool {
    let mut open = locked(&OPEN);
    open.retain(|file| file.strong_count() > 0);
    let parked = open.len().saturating_sub(keep);
    for file in open.drain(..parked).filter_map(|file| file.upgrade()) {
        if let Some(file) = &mut *locked(&file) {
            let _ = file.park();
        }
    }
    parked > 0
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
