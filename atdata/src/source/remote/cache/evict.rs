//! Eviction: making room in the cache.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Cache, names};

/// A shard that could go.
struct Candidate {
    used: SystemTime,
    bytes: u64,
    path: PathBuf,
}

impl Cache {
    /// Removes what a kill left behind, and the shards that were not used for longest, until the rest is within the limit.
    pub(super) fn evict(&self) -> io::Result<()> {
        let all = OpenOptions::new().create(true).truncate(false).write(true).open(self.lock_file())?;
        // One after the other: two at the same time would each remove as much as one has to.
        all.lock()?;
        for entry in fs::read_dir(self.temporary())?.flatten() {
            remove_unused(&entry.path());
        }
        let Some(limit) = self.max_bytes else { return Ok(()) };
        let mut shards = self.shards()?;
        shards.sort_by_key(|shard| shard.used);
        let mut bytes: u64 = shards.iter().map(|shard| shard.bytes).sum();
        for shard in shards {
            if bytes <= limit {
                break;
            }
            if remove_unused(&shard.path) {
                bytes -= shard.bytes;
                // Only an empty folder can be removed so.
                let _ = shard.path.parent().map(fs::remove_dir);
            }
        }
        Ok(())
    }

    fn shards(&self) -> io::Result<Vec<Candidate>> {
        let mut shards = Vec::new();
        for folder in fs::read_dir(&self.folder)?.flatten() {
            // What does not look like a shard of ours is nobody's to remove.
            let is_ours = folder.file_name().to_str().is_some_and(|name| name.len() == 32);
            let entries = fs::read_dir(folder.path()).into_iter().filter(|_| is_ours).flatten();
            shards.extend(entries.flatten().filter_map(|entry| candidate(&entry)));
        }
        Ok(shards)
    }
}

fn candidate(entry: &DirEntry) -> Option<Candidate> {
    names::parse(entry.file_name().to_str()?)?;
    let data = entry.metadata().ok()?;
    Some(Candidate { used: data.modified().ok()?, bytes: data.len(), path: entry.path() })
}

/// Removes a file that nobody has locked.
fn remove_unused(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    file.try_lock().is_ok() && fs::remove_file(path).is_ok()
}
