//! Commit: the shards of one write become visible together, or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use super::beside::Beside;
use super::error::{Step, WriteError, failed};
use super::file::Finished;
use super::options::ShardInfo;
use super::output::Output;
use super::staging::{Staged, Staging};
use super::target::Location;
use crate::atomic::{
    Aside, AtomicFile, commit_all, folder_of, hold_folder, hold_folder_soon, is_same, sweep_dead, sync_folder,
};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::net::url::redacted;
use crate::store::{Store, Upload};

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
    /// Where whole shards wait, if the write goes on after a kill.
    staging: Option<Staging>,
    /// Why no file is to be replaced, if none is.
    free: Option<Free>,
}

/// Why names have to be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Free {
    /// The shards are added to others, behind which these names are.
    Added,
    /// What is there is to be left alone.
    NoClobber,
}

#[derive(Debug)]
struct Shard {
    info: ShardInfo,
    state: State,
    /// What lies beside it and appears with it.
    sidecars: Vec<(Beside, AtomicFile)>,
    /// The same of a shard in a store, each with its URL.
    objects: Vec<(String, Option<Box<dyn Upload>>)>,
}

#[derive(Debug)]
enum State {
    Pending(Output),
    /// A file that waits in the staging.
    Staged(Staged),
    /// An object of a store that has its name, or may have it. It is removed when a later one fails to get its own.
    Named,
}

impl Commit {
    pub(super) fn new(store: Option<Arc<dyn Store>>) -> Self {
        Self { store, shards: Vec::new(), parked: 0, folders: Vec::new(), swept: Vec::new(), staging: None, free: None }
    }

    /// No file is replaced.
    pub(super) fn keep_what_is_there(&mut self, free: Free) {
        self.free = Some(free);
    }

    /// An error where a shard would replace the file at `path`, which is to be left alone: before its samples are written.
    pub(super) fn check_name(&self, path: &Path) -> Result<(), WriteError> {
        let is_there = self.free == Some(Free::NoClobber) && fs::symlink_metadata(path).is_ok();
        if is_there { Err(WriteError::There) } else { Ok(()) }
    }

    /// Whole shards wait there from now on; those of earlier runs are called as `place` says.
    pub(super) fn stage(&mut self, mut staging: Staging, place: impl Fn(usize) -> Location) {
        for (number, staged) in staging.found.drain(..).enumerate() {
            let Location { path, url } = place(number);
            let (samples, bytes, sha256) = (staged.samples, staged.bytes, staged.sha256);
            let info = ShardInfo { path, url, samples, bytes, sha256, replaced: false };
            self.shards.push(Shard { info, state: State::Staged(staged), sidecars: Vec::new(), objects: Vec::new() });
        }
        self.staging = Some(staging);
    }

    /// Samples of the shards that are whole.
    pub(super) fn samples(&self) -> u64 {
        self.shards.iter().map(|shard| shard.info.samples).sum()
    }

    /// Where the bytes of the next shard go until it has its name, where that is not beside that.
    pub(super) fn staged_path(&self, number: usize) -> Option<PathBuf> {
        self.staging.as_ref().map(|staging| staging.path(number))
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
    pub(super) fn push(
        &mut self,
        finished: Finished,
        sidecars: Vec<(Beside, AtomicFile)>,
        objects: Vec<(String, Box<dyn Upload>)>,
    ) -> Result<Option<Digest>> {
        let objects = objects.into_iter().map(|(url, upload)| (url, Some(upload))).collect();
        let Finished { info, output, digest } = finished;
        if let Some(staging) = &mut self.staging {
            let staged = staging.keep(self.shards.len(), &info, output, sidecars)?;
            self.shards.push(Shard { info, state: State::Staged(staged), sidecars: Vec::new(), objects });
            return Ok(digest);
        }
        self.shards.push(Shard { info, state: State::Pending(output), sidecars, objects });
        if self.shards.len() - self.parked > MAX_OPEN {
            self.park_next()?;
        }
        Ok(digest)
    }

    /// Closes all files that are open; false if none is.
    pub(super) fn park_all(&mut self) -> Result<bool> {
        let any = self.staging.is_none() && self.parked < self.shards.len();
        while self.parked < self.shards.len() {
            self.park_next()?;
        }
        Ok(any)
    }

    /// A parked shard is a hidden file beside its future name, which a kill leaves behind: so as few as may be.
    fn park_next(&mut self) -> Result<()> {
        if let Some(Shard { info, state: State::Pending(output), sidecars, .. }) = self.shards.get_mut(self.parked) {
            let mut sidecars = sidecars.iter_mut();
            let parked = output.park().and_then(|()| sidecars.try_for_each(|(_, sidecar)| sidecar.park()));
            parked.map_err(|error| failed(Step::Commit, error, &info.url))?;
        }
        self.parked += 1;
        Ok(())
    }

    /// Gives all shards their names, durably. None has it before: what they replace is whole until here. Should one fail
    /// to get its name, none has it.
    pub(super) fn commit(mut self) -> Result<Vec<ShardInfo>> {
        let (mut files, mut beside, mut written) = (Files::default(), Files::default(), Vec::new());
        let mut stale = Vec::new();
        for (number, Shard { info, state, sidecars, objects }) in self.shards.iter_mut().enumerate() {
            match std::mem::replace(state, State::Named) {
                State::Pending(Output::File(file)) => {
                    stale.push(Beside::ManifestHeader.path_of(&info.path));
                    files.push(number, file);
                    for (kind, sidecar) in sidecars.drain(..) {
                        beside.push(number, sidecar);
                        written.push(kind);
                    }
                }
                // A store that does not answer may have given it.
                State::Pending(output) => {
                    output.commit().map_err(|error| failed(Step::Commit, error, &info.url))?;
                    // Behind their shard, of which nothing is said until then.
                    for (url, upload) in objects {
                        let named = upload.take().map_or(Ok(()), Upload::commit);
                        named.map_err(|error| error.with_shard(&redacted(url)))?;
                    }
                }
                State::Staged(staged) => {
                    let header = Beside::ManifestHeader.path_of(&info.path);
                    let is_own =
                        |(kind, from): &(Beside, PathBuf)| *kind == Beside::ManifestHeader && is_same(from, &header);
                    if !staged.sidecars.iter().any(is_own) {
                        stale.push(header.clone());
                    }
                    let mut named = files.push_staged(number, &staged.path, &info.path);
                    for (kind, from) in &staged.sidecars {
                        named = named.and_then(|()| beside.push_staged(number, from, &kind.path_of(&info.path)));
                        written.push(*kind);
                    }
                    named.map_err(|error| failed(Step::Commit, error, &info.url))?;
                }
                State::Named => {}
            }
        }
        // Of a write that was killed all shards may have their names, and what goes beside them not.
        if self.store.is_none() {
            let held = files.hold_folders(self.free.is_some());
            match self.free {
                Some(free) => self.check_free(&files, free)?,
                None => self.note_replaced(&files),
            }
            // A kill must not leave a new shard with what was said of the old one: nothing is said of it meanwhile. Where
            // this fails all is as it was.
            let aside = stale.iter().map(|header| put_aside(header)).collect::<Result<Vec<_>>>()?;
            files.append(beside);
            let Files { numbers, files } = files;
            commit_all(files).map_err(|(number, error)| {
                let shard = numbers.get(number).and_then(|number| self.shards.get(*number));
                failed(Step::Commit, error, shard.map_or("", |shard| &shard.info.url))
            })?;
            aside.into_iter().flatten().for_each(Aside::remove);
            self.shards.iter().for_each(|shard| Beside::remove_others(&written, &shard.info.path));
            drop(held);
        }
        // A name is an entry of its folder: without this a power cut may leave the files without their names.
        self.sync_folders()?;
        // From here on dropping takes nothing back.
        self.folders.clear();
        if let Some(staging) = self.staging.take() {
            staging.close();
        }
        Ok(std::mem::take(&mut self.shards).into_iter().map(|shard| shard.info).collect())
    }

    /// An error if somebody has the names of the files.
    fn check_free(&self, files: &Files, free: Free) -> Result<()> {
        match files.numbers.iter().zip(&files.files).find(|(_, file)| fs::symlink_metadata(file.target()).is_ok()) {
            None => Ok(()),
            Some((number, _)) => {
                let url = self.shards.get(*number).map_or("", |shard| &shard.info.url);
                let error = if free == Free::Added { WriteError::Taken } else { WriteError::There };
                Err(Error::from(error).with_shard(url))
            }
        }
    }

    /// Notes which shards take the name of a file that is there.
    fn note_replaced(&mut self, files: &Files) {
        for (number, file) in files.numbers.iter().zip(&files.files) {
            if let Some(shard) = self.shards.get_mut(*number) {
                shard.info.replaced = fs::symlink_metadata(file.target()).is_ok();
            }
        }
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
        // Goes with its folder, if there is nothing in it.
        self.staging = None;
        // The hidden files go with their handles.
        for shard in self.shards.drain(..) {
            if let (State::Named, Some(store)) = (&shard.state, &self.store) {
                for url in [&shard.info.url].into_iter().chain(named_of(&shard.objects)) {
                    take_back(&**store, url);
                }
            }
        }
        for folder in self.folders.iter().rev() {
            // Fails where someone else put something there meanwhile, which is as it should be.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The URLs of those that have their names, or may have them.
fn named_of(objects: &[(String, Option<Box<dyn Upload>>)]) -> impl Iterator<Item = &String> {
    objects.iter().filter(|(_, upload)| upload.is_none()).map(|(url, _)| url)
}

fn put_aside(header: &Path) -> Result<Option<Aside>> {
    Aside::take(header).map_err(|error| failed(Step::Manifest, error, &header.to_string_lossy()))
}

/// Files that are to get their names, and the numbers of the shards that they belong to.
#[derive(Debug, Default)]
struct Files {
    numbers: Vec<usize>,
    files: Vec<AtomicFile>,
}

impl Files {
    fn push(&mut self, number: usize, file: AtomicFile) {
        self.numbers.push(number);
        self.files.push(file);
    }

    /// One that waits, unless it has its name already: of a write that was killed when all had theirs.
    fn push_staged(&mut self, number: usize, staged: &Path, path: &Path) -> io::Result<()> {
        if !is_same(staged, path) {
            self.push(number, AtomicFile::staged(staged, path)?);
        }
        Ok(())
    }

    /// Holds the folders of all, so that no other write gives names there meanwhile: of two to the same names each gives or
    /// takes back all of its own, and none of the other's. Unless they `must` be free one file needs none of that, which has
    /// its name in one step, and folders that somebody else holds for long, perhaps the caller, are not waited for.
    fn hold_folders(&self, must: bool) -> Vec<fs::File> {
        if !must && self.files.len() < 2 {
            return Vec::new();
        }
        let mut folders: Vec<_> = self.files.iter().map(|file| folder_of(file.target())).collect();
        // In one order, so that two writes do not wait for each other.
        folders.sort_unstable();
        folders.dedup();
        folders.into_iter().filter_map(if must { hold_folder } else { hold_folder_soon }).collect()
    }

    fn append(&mut self, mut other: Self) {
        self.numbers.append(&mut other.numbers);
        self.files.append(&mut other.files);
    }
}

/// Nobody is left to be told, but whoever reads the log.
fn take_back(store: &dyn Store, url: &str) {
    if let Err(error) = store.remove(url) {
        log::warn!("{url}: of a write that failed, cannot be removed: {error:#}");
    }
}
