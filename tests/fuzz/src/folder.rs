//! A folder of a thread, for targets whose input is a file that stands beside others.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().unwrap();
}

/// Does something in an empty folder of that name.
pub(crate) fn within(name: &str, work: impl FnOnce(&Path)) {
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path).unwrap();
        }
        std::fs::create_dir(&path).unwrap();
        work(&path);
    });
}

/// All that is in a folder, and below it.
#[cfg(feature = "barecat")]
pub(crate) fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            }
            found.push(entry.path());
        }
    }
    found.sort();
    found
}
