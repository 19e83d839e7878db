//! Archives whose shards are links to tar files: which file is which shard, and what the index has of it.

use std::collections::HashMap;
use std::path::PathBuf;

use super::archive::Archive;
use super::node::{FILE_COLUMNS, FileInfo, file};
use super::path::normalise;
use super::shards::{last_shard, shard_path};
use crate::error::Result;

impl Archive {
    /// The numbers of the shards by the files that they are, links followed; those that are not there are left out.
    pub(crate) fn files_of_shards(&self) -> Result<HashMap<PathBuf, u32>> {
        let Some(last) = last_shard(self.path()).map_err(|cause| self.failed(cause))? else {
            return Ok(HashMap::new());
        };
        let found =
            (0..=last).filter_map(|number| Some((shard_path(self.path(), number).canonicalize().ok()?, number)));
        Ok(found.collect())
    }

    /// The files of a shard; `None` if they are more than `count`, or their paths longer than `bytes`.
    pub(crate) fn files_of(&self, shard: u32, count: usize, bytes: u64) -> Result<Option<Vec<FileInfo>>> {
        self.with(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("SELECT {FILE_COLUMNS} FROM files WHERE shard=?1"))?;
            let (mut rows, mut files, mut left) = (statement.query([shard])?, Vec::new(), bytes);
            while let Some(row) = rows.next()? {
                // Of a damaged index SQLite may give the same rows for ever.
                if files.len() == count {
                    return Ok(None);
                }
                let file: FileInfo = file(row)?;
                let Some(fewer) = left.checked_sub(file.path.len() as u64) else { return Ok(None) };
                left = fewer;
                files.push(file);
            }
            Ok(Some(files))
        })
    }

    /// Whether a path is that of a member: its name, maybe in a directory of its shard.
    pub(crate) fn is_path_of(path: &str, member: &str) -> bool {
        let member = normalise(member);
        path.strip_suffix(&*member).is_some_and(|front| front.is_empty() || front.ends_with('/'))
    }
}
