//! Folders of a disk, put into an archive.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::Writer;
use crate::atomic::folder_of;
use crate::barecat::error::BarecatError;
use crate::barecat::node::Metadata;
use crate::error::Result;

/// What of a folder is put into an archive: by its path on the disk, that in the archive, and whether it is a directory.
type Filter<'a> = &'a mut dyn FnMut(&Path, &str, bool) -> bool;

impl Writer {
    /// Adds a file or a folder with all that is in it, in order of the names, with modes, owners and times. `stored` is its path
    /// in the archive; `filter` is asked about each file and directory, and those below a directory that it refuses are not
    /// looked at.
    ///
    /// Symlinks are followed, as Python does; pipes, sockets and devices are left out and counted, and so are the files of the
    /// archive itself.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for symlinks in a circle,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for names that are no UTF-8.
    pub fn add_tree(&mut self, path: impl AsRef<Path>, stored: &str, filter: Filter<'_>) -> Result<()> {
        let own = Own::of(&self.path);
        self.tree(path.as_ref(), stored, filter, &own, &mut Vec::new())
    }

    fn tree(
        &mut self,
        path: &Path,
        stored: &str,
        filter: Filter<'_>,
        own: &Own,
        above: &mut Vec<PathBuf>,
    ) -> Result<()> {
        let failed = |what| move |source| BarecatError::Io { what, source };
        let found = fs::metadata(path).map_err(failed("look at it")).map_err(|cause| self.at(path, cause))?;
        if own.is(path) || !filter(path, stored, found.is_dir()) {
            return Ok(());
        }
        if found.is_file() {
            let file = File::open(path).map_err(failed("open it")).map_err(|cause| self.at(path, cause))?;
            return self.add_reader(stored, &metadata_of(&found), found.len(), file);
        }
        if !found.is_dir() {
            log::error!("{}: left out: it is neither a file nor a folder", path.display());
            self.added.skipped += 1;
            return Ok(());
        }
        let real = fs::canonicalize(path).map_err(failed("look at it")).map_err(|cause| self.at(path, cause))?;
        if above.contains(&real) {
            let text = "a symlink in it leads to a folder that it is in, and so on for ever; leave it out";
            return Err(self.at(path, BarecatError::Refused(text.to_owned())));
        }
        self.add_dir(stored, &metadata_of(&found))?;
        let mut names = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>())
            .map_err(failed("list it"))
            .map_err(|cause| self.at(path, cause))?;
        names.sort();
        above.push(real);
        for name in names {
            let below = path.join(&name);
            let Some(name) = name.to_str() else {
                let text = "its name is no UTF-8, which paths of an archive are; rename it, or leave it out";
                return Err(self.at(&below, BarecatError::Path(text.to_owned())));
            };
            self.tree(&below, &format!("{stored}/{name}"), filter, own, above)?;
        }
        above.pop();
        Ok(())
    }

    fn at(&self, path: &Path, cause: BarecatError) -> crate::error::Error {
        self.failed(&path.to_string_lossy(), cause)
    }
}

/// The files of the archive that is written, which are not put into it.
struct Own {
    folder: Option<PathBuf>,
    name: String,
}

impl Own {
    fn of(archive: &Path) -> Self {
        let name = archive.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { folder: fs::canonicalize(folder_of(archive)).ok(), name }
    }

    fn is(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let hidden = || name.starts_with('.') && Path::new(&*name).extension() == Some("tmp".as_ref());
        let visible = name.strip_prefix('.').filter(|_| hidden()).unwrap_or(&name);
        let is_named = visible.strip_prefix(self.name.as_str()).is_some_and(|rest| {
            rest.is_empty()
                || ["-shard-", "-journal", "-wal", "-shm", "-sqlite-index"].iter().any(|end| rest.starts_with(end))
                || hidden()
        });
        is_named && fs::canonicalize(folder_of(path)).ok() == self.folder
    }
}

#[cfg(unix)]
fn metadata_of(found: &fs::Metadata) -> Metadata {
    use std::os::unix::fs::MetadataExt;
    let mtime_ns = found.mtime().checked_mul(1_000_000_000).and_then(|time| time.checked_add(found.mtime_nsec()));
    Metadata { mode: Some(found.mode()), uid: Some(found.uid()), gid: Some(found.gid()), mtime_ns }
}

#[cfg(not(unix))]
fn metadata_of(found: &fs::Metadata) -> Metadata {
    let since = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let mtime_ns = since.and_then(|since| i64::try_from(since.as_nanos()).ok());
    Metadata { mtime_ns, ..Metadata::default() }
}
