//! Commit: the shards of one write become visible together, or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use super::file::Finished;
use super::options::ShardInfo;
use super::output::Output;
use super::{Step, failed};
use crate::atomic::{AtomicFile, commit_all, folder_of, sweep_dead, sync_folder};
use crate::digest::Digest;
use crate::error::Result;
use crate::store::{Store, remove_sidecar};

/// Each unnamed shard holds an open file, and processes may hold but some hundred of them.
pub(super) const MAX_OPEN: usize = 128;

/// Shards that are whole. Dropped without [`commit`](Self::commit) it takes back all it did.
#[derive(Debug)]
pub(super) struct Commit {
    /// What the shards go to, if not to files.
    store: Option<Arc<dyn Store>>,
    shards: Vec<Shard>,
    /// How many of them hold no open file: the first ones.
    parked: usize,
    /// Made for this write, outermost first.
    folders: Vec<PathBuf>,
    /// Where what killed writes left was looked for.
    swept: Vec<PathBuf>,
}

#[derive(Debug)]
struct Shard {
    info: ShardInfo,
    state: State,
    /// What lies beside it and appears with it.
    sidecar: Option<AtomicFile>,
}

#[derive(Debug)]
enum State {
    Pending(Output),
    /// An object of a store that has its name, or may have it. It is removed when a later one fails to get its own.
    Named,
}

impl Commit {
    pub(super) fn new(store: Option<Arc<dyn Store>>) -> Self {
        Self { store, shards: Vec::new(), parked: 0, folders: Vec::new(), swept: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.shards.len()
    }

    /// Makes the folder of `path`, and remembers what it made.
    pub(super) fn make_folder(&mut self, path: &Path) -> io::Result<()> {
        let folder = folder_of(path);
        // Looked for before they are made: `create_dir_all` does not say which it made, and others' are not to be removed.
        let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).map(PathBuf::from).collect();
        self.folders.extend(missing.into_iter().rev());
        fs::create_dir_all(folder)?;
        if !self.swept.iter().any(|swept| swept == folder) {
            self.swept.push(folder.to_owned());
            sweep_dead(folder);
        }
        Ok(())
    }

    /// Takes a shard, and hands back its digest for the next one. Beyond [`MAX_OPEN`] the oldest is parked.
    pub(super) fn push(&mut self, finished: Finished, sidecar: Option<AtomicFile>) -> Result<Option<Digest>> {
        let Finished { info, output, digest } = finished;
        self.shards.push(Shard { info, state: State::Pending(output), sidecar });
        if self.shards.len() - self.parked > MAX_OPEN {
            self.park_next()?;
        }
        Ok(digest)
    }

    /// Closes all files that are open; false if none is.
    pub(super) fn park_all(&mut self) -> Result<bool> {
        let any = self.parked < self.shards.len();
        while self.parked < self.shards.len() {
            self.park_next()?;
        }
        Ok(any)
    }

    /// A parked shard is a hidden file beside its future name, which a kill leaves behind: so as few as may be.
    fn park_next(&mut self) -> Result<()> {
        if let Some(Shard { info, state: State::Pending(output), sidecar }) = self.shards.get_mut(self.parked) {
            let parked = output.park().and_then(|()| sidecar.as_mut().map_or(Ok(()), AtomicFile::park));
            parked.map_err(|error| failed(Step::Commit, error, &info.url))?;
        }
        self.parked += 1;
        Ok(())
    }

    /// Gives all shards their names, durably. None has it before: what they replace is whole until here. Should one fail
    /// to get its name, none has it.
    pub(super) fn commit(mut self) -> Result<Vec<ShardInfo>> {
        let mut files = Vec::new();
        for Shard { info, state, .. } in &mut self.shards {
            match std::mem::replace(state, State::Named) {
                State::Pending(Output::File(file)) => files.push(file),
                // A store that does not answer may have given it.
                State::Pending(output) => output.commit().map_err(|error| failed(Step::Commit, error, &info.url))?,
                State::Named => {}
            }
        }
        if !files.is_empty() {
            let count = files.len();
            files.extend(self.shards.iter_mut().filter_map(|shard| shard.sidecar.take()));
            let alone = if files.len() > count { 0..0 } else { 0..count };
            commit_all(files).map_err(|(number, error)| {
                let url = self.shards.get(number % count).map_or("", |shard| &shard.info.url);
                failed(Step::Commit, error, url)
            })?;
            self.shards.get(alone).into_iter().flatten().for_each(|shard| remove_sidecar(&shard.info.path));
        }
        // A name is an entry of its folder: without this a power cut may leave the files without their names.
        self.sync_folders()?;
        // From here on dropping takes nothing back.
        self.folders.clear();
        Ok(std::mem::take(&mut self.shards).into_iter().map(|shard| shard.info).collect())
    }

    /// Those that new folders were made in.
    fn sync_folders(&self) -> Result<()> {
        let mut folders: Vec<_> = self.folders.iter().map(|folder| folder_of(folder)).collect();
        folders.sort_unstable();
        folders.dedup();
        folders.into_iter().try_for_each(|folder| {
            sync_folder(folder).map_err(|error| failed(Step::Commit, error, &folder.to_string_lossy()))
        })
    }
}

impl Drop for Commit {
    fn drop(&mut self) {
        // The hidden files go with their handles.
        for shard in self.shards.drain(..) {
            if let (State::Named, Some(store)) = (&shard.state, &self.store) {
                take_back(&**store, &shard.info.url);
            }
        }
        for folder in self.folders.iter().rev() {
            // Fails where someone else put something there meanwhile, which is as it should be.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Nobody is left to be told, but whoever reads the log.
fn take_back(store: &dyn Store, url: &str) {
    if let Err(error) = store.remove(url) {
        log::warn!("{url}: of a write that failed, cannot be removed: {error:#}");
    }
}
