//! Archives over tar files, whose shards are links to these and whose bytes stay where they are.

use std::path::{Path, PathBuf};

use super::bulk::Bulk;
use crate::barecat::error::BarecatError;
use crate::barecat::node::{Entry, MAX_SHARDS, Metadata};
use crate::barecat::path::checked;
use crate::barecat::schema::NO_LIMIT;
use crate::error::{Error, Result};

/// A file of a tar file.
#[derive(Debug)]
pub(crate) struct TarFile {
    pub(crate) path: String,
    /// Where its bytes are.
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) crc32c: u32,
}

/// Writes an index and links to the tar files; all errors name the archive, and the path in it.
pub(crate) fn write_over_tars(archive: &Path, tars: &[(&Path, &[TarFile])]) -> Result<()> {
    let failed = |cause: BarecatError| Error::from(cause).with_shard(&archive.to_string_lossy());
    if u32::try_from(tars.len()).is_ok_and(|count| count > MAX_SHARDS) {
        return Err(failed(BarecatError::Refused(format!("an archive has up to {MAX_SHARDS} shards"))));
    }
    let mut bulk = Box::new(Bulk::create(archive, NO_LIMIT, false).map_err(failed)?);
    for (shard, (_, files)) in (0_u32..).zip(tars) {
        for TarFile { path, offset, size, crc32c } in *files {
            let entry = Entry { shard, offset: *offset, size: *size, crc32c: Some(*crc32c) };
            let mut insert = || {
                let path = checked(path)?;
                bulk.check_file(&path)?;
                bulk.insert_file(&path, entry, &Metadata::default())
            };
            insert().map_err(|cause| Error::from(cause).with_key(path).with_shard(&archive.to_string_lossy()))?;
        }
    }
    let targets = tars.iter().map(|(path, _)| target(archive, path)).collect::<Result<Vec<_>, _>>();
    targets.and_then(|targets| bulk.finish_over(&targets)).map_err(failed)
}

/// What a link beside the archive says: the name of a neighbour, so that both can be moved, or the whole path.
fn target(archive: &Path, tar: &Path) -> Result<PathBuf, BarecatError> {
    let failed = |source| BarecatError::Io { what: "find the tar file", source };
    let whole = tar.canonicalize().map_err(failed)?;
    let folder = crate::atomic::folder_of(archive).canonicalize().map_err(failed)?;
    Ok(match whole.file_name() {
        Some(name) if whole.parent() == Some(&*folder) => PathBuf::from(name),
        _ => whole,
    })
}
