//! The file that lies beside a shard and says where its samples are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The ending of its name, behind the whole name of its shard.
pub(crate) const SIDECAR: &str = ".atx";

/// The name of the file that says so of all shards of its folder.
pub(crate) const PACK: &str = "_contents.atxp";

pub(crate) fn sidecar_of(shard: &Path) -> PathBuf {
    let mut name = OsString::from(shard);
    name.push(SIDECAR);
    name.into()
}

/// Whether it is such a file, by its name: patterns such as `*` match it as well.
pub(crate) fn is_sidecar(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == PACK || name.as_encoded_bytes().ends_with(SIDECAR.as_bytes()))
}

/// That of a shard which was replaced: readers would refuse it.
pub(crate) fn remove_sidecar(shard: &Path) {
    let sidecar = sidecar_of(shard);
    match fs::remove_file(&sidecar) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            log::warn!("{}: of a shard that was replaced, cannot be removed: {error}", sidecar.display());
        }
        _ => {}
    }
}
