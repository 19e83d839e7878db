//! The local store: shards in a folder of this machine.

mod sidecar;
mod upload;

use std::path::{Component, Path, PathBuf};
use std::{fs, io};

use self::sidecar::remove_sidecars;
pub(crate) use self::sidecar::{PACK, SIDECAR, is_sidecar, remove_contents, remove_manifest, sidecar_of};
use self::upload::LocalUpload;
use super::{Store, Upload, check_inside, check_prefix};
use crate::atomic;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::home::home_folder;
use crate::source::Shard;

/// A folder whose files are shards, at `{root}/{name}`; their URLs are absolute paths.
///
/// An object appears whole, under its name, when its upload is committed, and is on the disk by then; one that was there
/// is replaced. What a killed process leaves is at most hidden files (`.name.….tmp`) where the system has no nameless
/// ones. Folders are made with the first object that goes into them, and stay.
///
/// Names and URLs cannot lead out of the folder: `..`, absolute parts, drives and backslashes are refused. Symlinks are
/// followed, though: one inside of the folder leads where it leads, for only those who may write there can have made it.
///
/// ```
/// use std::sync::Arc;
///
/// use atdata::store::LocalStore;
/// use atdata::{DictSample, ShardWriter};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let root = dir.path();
/// let store = Arc::new(LocalStore::new(root));
/// let mut sample = DictSample::new();
/// sample.insert("text", "one");
/// let written = ShardWriter::in_store(store, "texts/train").write_all([sample])?;
/// assert!(written.shards[0].path.starts_with(root.join("texts/train")));
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalStore {
    root: PathBuf,
    any_names: bool,
}

#[derive(Debug, thiserror::Error)]
enum LocalError {
    #[error("the store's folder {} is not absolute, and the working folder is not to be found: name the whole path", .root.display())]
    Relative { root: PathBuf },
    #[error("the path of the store's folder, {}, is not text in UTF-8, as URLs are: name another folder", .root.display())]
    Encoding { root: PathBuf },
    #[error("expected the URL of a file below {}, the folder of the store, found another", .root.display())]
    Foreign { root: PathBuf },
    #[error(
        "expected a regular file or a free name, found {found}, which is not to be replaced: choose another prefix"
    )]
    Irregular { found: &'static str },
    #[error("the part \"{}\" of the name is none that Windows keeps as it is: {mend}", crate::error::Printable(.part))]
    Windows { part: String, mend: &'static str },
    #[error("{step}")]
    Io {
        step: &'static str,
        #[source]
        source: io::Error,
    },
}

impl Cause for LocalError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => atomic::kind_of(source),
            _ => ErrorKind::InvalidInput,
        }
    }
}

fn failed(step: &'static str) -> impl Fn(io::Error) -> LocalError {
    move |source| LocalError::Io { step, source }
}

impl LocalStore {
    /// The store in `root`, which need not exist yet; a relative path is taken from the working folder of now.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // What cannot be made absolute is told with the first write.
        let absolute = std::path::absolute(&root);
        Self { root: absolute.unwrap_or(root), any_names: false }
    }

    /// The same store, which takes names that readers of patterns and URLs would take for something else, with `%`, `:` or
    /// `{`: for copies, of which nothing is told but their path. They cannot lead out of the folder either.
    #[must_use]
    pub fn any_names(mut self) -> Self {
        self.any_names = true;
        self
    }

    /// The store in the folder that Python's library takes as well: `~/.atdata/data`.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) for an account without a home folder.
    pub fn in_home() -> Result<Self> {
        Ok(Self::new(home_folder("shards")?.join("data")))
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.root.clone(), |path, part| path.join(part))
    }

    /// The file at `url`, if that is below the folder.
    fn file_at(&self, url: &str) -> Option<PathBuf> {
        let shard = Shard::from_url(url).ok()?;
        let path = shard.path()?;
        self.named_below(&self.root, path).or_else(|| {
            // The same folder may have other names, by `..` or a link on the way to it; then the file has to be in it, with
            // all links followed.
            let root = self.root.canonicalize().ok()?;
            let folder = path.parent().filter(|_| is_plain(path))?.canonicalize().ok()?;
            self.named_below(&root, &folder.join(path.file_name()?))
        })
    }

    fn named_below(&self, root: &Path, path: &Path) -> Option<PathBuf> {
        let parts: Option<Vec<&str>> = path.strip_prefix(root).ok()?.components().map(normal_part).collect();
        let name = parts?.join("/");
        check_prefix(&name).ok()?;
        Some(self.path(&name))
    }

    fn check_root(&self) -> Result<(), LocalError> {
        if !self.root.is_absolute() {
            return Err(LocalError::Relative { root: self.root.clone() });
        }
        if self.root.to_str().is_none() {
            return Err(LocalError::Encoding { root: self.root.clone() });
        }
        Ok(())
    }
}

impl Store for LocalStore {
    fn url(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    fn object_url(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    /// Sixteen hexadecimal digits: by Python's eight, one in a hundred who has written ten thousand times would replace
    /// shards of an earlier write.
    fn unique(&self) -> String {
        let mut digits = uuid::Uuid::new_v4().simple().to_string();
        digits.truncate(16);
        digits
    }

    fn create(&self, name: &str) -> Result<Box<dyn Upload>> {
        if self.any_names {
            check_inside(name)?;
        } else {
            check_prefix(name)?;
        }
        if cfg!(windows) {
            name.split('/').try_for_each(check_for_windows)?;
        }
        self.check_root()?;
        let path = self.path(name);
        let begun =
            LocalUpload::create(&path).map_err(|cause| Error::from(cause).with_shard(&path.to_string_lossy()))?;
        Ok(Box::new(begun))
    }

    fn remove(&self, url: &str) -> Result<bool> {
        let foreign = || Error::from(LocalError::Foreign { root: self.root.clone() });
        let path = self.file_at(url).ok_or_else(|| foreign().with_shard(&crate::net::url::redacted(url)))?;
        let failed = |error| Error::from(failed("cannot remove the shard")(error)).with_shard(&path.to_string_lossy());
        let is_none =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
        match fs::symlink_metadata(&path) {
            Err(error) if is_none(&error) => return Ok(false),
            // No file is removed as one, and what is beside a folder is none of its.
            Ok(data) if !data.is_dir() => remove_sidecars(&path),
            _ => {}
        }
        // What was said of a shard goes before it: a kill must not leave it for the next one of that name.
        match fs::remove_file(&path) {
            Err(error) if is_none(&error) => Ok(false),
            removed => removed.map(|()| true).map_err(failed),
        }
    }

    fn holds(&self, url: &str) -> bool {
        self.file_at(url).is_some()
    }
}

/// Whether a path is the whole path of a file, whatever the folders on the way to it.
fn is_plain(path: &Path) -> bool {
    path.is_absolute() && path.file_name().is_some_and(|name| name != "..")
}

fn normal_part(part: Component<'_>) -> Option<&str> {
    match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    }
}

/// Whether a file gets the name it is given: there `nul` is a device, and `a.` the file `a`.
fn check_for_windows(part: &str) -> Result<(), LocalError> {
    const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];
    let refused = |mend| Err(LocalError::Windows { part: part.to_owned(), mend });
    if part.ends_with(['.', ' ']) {
        return refused("leave out the dot or space at its end");
    }
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().filter_map(|device| stem.strip_prefix(device)).any(|number| {
        let mut digits = number.chars();
        matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
    });
    if numbered || DEVICES.contains(&stem.as_str()) {
        return refused("it is the name of a device, so write another");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
