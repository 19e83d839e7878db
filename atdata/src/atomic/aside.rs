//! Files that are out of the way while others get their names.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::hidden::{REPLACED, hidden_beside};

/// A file without its name: dropped it has it again. One that is left by a kill is swept.
#[derive(Debug)]
pub(crate) struct Aside {
    target: PathBuf,
    hidden: PathBuf,
    is_removed: bool,
}

impl Aside {
    /// Takes the name of a file, or of the one that a link leads to: the link stays. `None` if no regular file is there.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        let Ok(target) = fs::canonicalize(path) else { return Ok(None) };
        if !target.is_file() {
            return Ok(None);
        }
        let hidden = hidden_beside(&target, REPLACED);
        fs::rename(&target, &hidden)?;
        Ok(Some(Self { target, hidden, is_removed: false }))
    }

    /// Removes it for good.
    pub(crate) fn remove(mut self) {
        self.is_removed = true;
        if let Err(error) = fs::remove_file(&self.hidden) {
            log::warn!("{}: what was replaced cannot be removed: {error}", self.hidden.display());
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // One that somebody wrote meanwhile stays.
        if !self.is_removed && fs::symlink_metadata(&self.target).is_err() {
            let _ = fs::rename(&self.hidden, &self.target);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_file_has_its_name_again_unless_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        assert!(Aside::take(&path).unwrap().is_none());
        fs::write(&path, "old").unwrap();
        let aside = Aside::take(&path).unwrap().unwrap();
        assert!(!path.exists() && names() == 1);
        drop(aside);
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names()), ("old", 1));
        Aside::take(&path).unwrap().unwrap().remove();
        assert_eq!(names(), 0);
        // Another one came meanwhile.
        fs::write(&path, "old").unwrap();
        let aside = Aside::take(&path).unwrap().unwrap();
        fs::write(&path, "new").unwrap();
        drop(aside);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        // A name that no file can have, and a folder, are nothing that is in the way.
        assert!(Aside::take(&folder.path().join("x".repeat(300))).unwrap().is_none());
        assert!(Aside::take(folder.path()).unwrap().is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let [link, path] = ["link.json", "file.json"].map(|name| folder.path().join(name));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        Aside::take(&link).unwrap().unwrap().remove();
        assert!(link.is_symlink() && !path.exists());
    }
}
