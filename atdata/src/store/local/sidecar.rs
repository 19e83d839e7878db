//! The file that lies beside a shard and says where its samples are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The ending of its name, behind the whole name of its shard.
const SUFFIX: &str = ".atx";

pub(crate) fn sidecar_of(shard: &Path) -> PathBuf {
    let mut name = OsString::from(shard);
    name.push(SUFFIX);
    name.into()
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
