//! The files that lie beside a shard: where its samples are, and what is in them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::source::{MANIFEST_HEADER, MANIFEST_SAMPLES, manifest_paths, shard_suffix};

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
    path.file_name().is_some_and(|name| {
        let ends_with = |ending: &str| name.as_encoded_bytes().ends_with(ending.as_bytes());
        name == PACK || [SIDECAR, MANIFEST_HEADER, MANIFEST_SAMPLES].into_iter().any(ends_with)
    })
}

/// Those of a shard which was replaced: readers would refuse them, or believe them.
pub(crate) fn remove_sidecars(shard: &Path) {
    remove_contents(shard);
    remove_manifest(shard);
}

/// Its contents.
pub(crate) fn remove_contents(shard: &Path) {
    remove(&sidecar_of(shard));
}

/// Its manifest.
pub(crate) fn remove_manifest(shard: &Path) {
    // Of another name, such as `a`, it would be that of `a.tar`.
    if !has_manifest(shard) {
        return;
    }
    // The header goes first: without it nobody looks for the rows.
    for path in manifest_paths(shard) {
        remove(&path);
    }
}

/// Whether a manifest of that name is that of the shard: its name ends as one of a shard.
pub(super) fn has_manifest(shard: &Path) -> bool {
    shard.file_name().is_some_and(|name| shard_suffix(&name.to_string_lossy()).is_some())
}

fn remove(sidecar: &Path) {
    match fs::remove_file(sidecar) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            log::warn!("{}: of a shard that was replaced, cannot be removed: {error}", sidecar.display());
        }
        _ => {}
    }
}
