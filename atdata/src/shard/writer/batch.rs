//! The shards of one write become visible together, or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic::{AtomicFile, folder_of, sync_folder};
use super::digest::Digest;
use super::file::Finished;
use super::options::ShardInfo;
use super::{Step, failed};
use crate::Result;

/// Each pending shard holds an open file, and processes may hold but some hundred of them.
pub(super) const MAX_PENDING: usize = 128;

/// Shards that are whole. Dropped without [`commit`](Self::commit) it takes back all it did.
#[derive(Debug, Default)]
pub(super) struct Batch {
    shards: Vec<Shard>,
    /// How many of them have their name already.
    named: usize,
    /// Made for this write, outermost first.
    folders: Vec<PathBuf>,
}

#[derive(Debug)]
struct Shard {
    info: ShardInfo,
    /// `None` once it has its name.
    file: Option<AtomicFile>,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.shards.len()
    }

    /// Makes the folder of `path`, and remembers what it made.
    pub(super) fn make_folder(&mut self, path: &Path) -> io::Result<()> {
        let folder = folder_of(path);
        let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).map(PathBuf::from).collect();
        self.folders.extend(missing.into_iter().rev());
        fs::create_dir_all(folder)
    }

    /// Takes a shard, and hands back its digest for the next one. Beyond [`MAX_PENDING`] the oldest gets its name.
    pub(super) fn push(&mut self, finished: Finished) -> Result<Digest> {
        let Finished { info, file, digest } = finished;
        self.shards.push(Shard { info, file: Some(file) });
        if self.shards.len() - self.named > MAX_PENDING {
            self.name_next()?;
        }
        Ok(digest)
    }

    /// Gives all shards their names, durably.
    pub(super) fn commit(mut self) -> Result<Vec<ShardInfo>> {
        while self.named < self.shards.len() {
            self.name_next()?;
        }
        self.sync_folders()?;
        self.folders.clear();
        Ok(std::mem::take(&mut self.shards).into_iter().map(|shard| shard.info).collect())
    }

    fn name_next(&mut self) -> Result<()> {
        if let Some(shard) = self.shards.get_mut(self.named) {
            if let Some(file) = shard.file.take() {
                file.commit().map_err(|error| failed(Step::Commit, error, &shard.info.path))?;
            }
            self.named += 1;
        }
        Ok(())
    }

    /// The folders of the shards, and those that new folders were made in.
    fn sync_folders(&self) -> Result<()> {
        let of_shards = self.shards.iter().map(|shard| folder_of(&shard.info.path));
        let mut folders: Vec<_> = of_shards.chain(self.folders.iter().map(|folder| folder_of(folder))).collect();
        folders.sort_unstable();
        folders.dedup();
        folders
            .into_iter()
            .try_for_each(|folder| sync_folder(folder).map_err(|error| failed(Step::Commit, error, folder)))
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for shard in self.shards.drain(..).take(self.named) {
            let _ = fs::remove_file(shard.info.path);
        }
        for folder in self.folders.iter().rev() {
            // Fails where someone else put something there meanwhile, which is as it should be.
            let _ = fs::remove_dir(folder);
        }
    }
}
