//! Targets of copies: a folder, or the prefix of a bucket.

use std::path::{Path, PathBuf};

use atdata::index::InsertOptions;
use atdata::source::{Shard, path_to_write, shard_suffix};
use atdata::store::{LocalStore, Store};
use atdata::{Error, ErrorKind, Result};

pub(crate) enum Place {
    Folder(LocalStore),
    #[cfg(feature = "s3")]
    Bucket(Box<atdata::store::S3Store>),
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if is_bucket(text) {
            return Self::bucket(text);
        }
        Ok(Self::Folder(LocalStore::new(path_to_write(text)?)))
    }

    /// The place of a copy that gets a name of its own, and that name, where the last part is that of a shard.
    pub(crate) fn parse_file(text: &str) -> Result<Option<(Self, String)>> {
        if is_bucket(text) {
            let Some((folder, name)) = split_last(text).filter(|(_, name)| shard_suffix(name).is_some()) else {
                return Ok(None);
            };
            return Ok(Some((Self::parse(folder)?, name.to_owned())));
        }
        // The path and not the text, in which a name may be escaped.
        let path = path_to_write(text)?;
        if path.is_dir() {
            return Ok(None);
        }
        let Some(whole) = path.to_str() else {
            let message = "a copy gets a name that is text in UTF-8: write another one, or a folder that is there";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(text));
        };
        let name = whole.rsplit(std::path::is_separator).next();
        let name = name.filter(|name| shard_suffix(name).is_some());
        Ok(name.map(|name| (Self::Folder(LocalStore::new(folder_of(&path))), name.to_owned())))
    }

    #[cfg(feature = "s3")]
    fn bucket(url: &str) -> Result<Self> {
        atdata::store::S3Store::from_url(url, atdata::source::S3Config::from_env())
            .map(|store| Self::Bucket(Box::new(store)))
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(url: &str) -> Result<Self> {
        // The error names the feature that is not there.
        let refused = atdata::source::Shard::from_url(&format!("{url}/x")).err();
        Err(refused.unwrap_or_else(|| Error::new(ErrorKind::Unsupported, "no S3")))
    }

    /// The same place, in which files get the names that they have, whatever these are.
    pub(crate) fn with_any_names(self) -> Self {
        match self {
            Self::Folder(store) => Self::Folder(store.any_names()),
            #[cfg(feature = "s3")]
            Self::Bucket(store) => Self::Bucket(Box::new(store.any_names())),
        }
    }

    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Folder(store) => store,
            #[cfg(feature = "s3")]
            Self::Bucket(store) => &**store,
        }
    }

    /// The options with this place as the store.
    pub(crate) fn insert_into(self, options: InsertOptions, name: &str) -> InsertOptions {
        let options = options.prefix(name);
        match self {
            Self::Folder(store) => options.store(store),
            #[cfg(feature = "s3")]
            Self::Bucket(store) => options.store(*store),
        }
    }
}

/// The path of what is to be written, unless it is no path.
pub(crate) fn destination(path: &Path) -> Result<PathBuf> {
    // What is no text is no URL.
    path.to_str().map_or_else(|| Ok(path.to_owned()), path_to_write)
}

/// Refuses to write over one of the shards that are read: what is not taken along would be gone.
pub(crate) fn refuse_source(dest: &Path, sources: &[Shard]) -> Result<()> {
    let whole = |path: &Path| path.canonicalize().ok();
    for source in sources {
        let Some(path) = source.path() else { continue };
        let is_of_pattern = || {
            let named = path.parent().and_then(whole) == whole(&folder_of(dest));
            named && is_named_by(&file_name(dest), &file_name(path))
        };
        if whole(path).is_some_and(|path| whole(dest) == Some(path)) || is_of_pattern() {
            let text = "this is one of the shards that are read: write to another name";
            return Err(Error::new(ErrorKind::InvalidInput, text).with_shard(&source.redacted()));
        }
    }
    Ok(())
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Whether shards that are written to a pattern such as `x-%06d.tar` may get that name.
fn is_named_by(pattern: &str, name: &str) -> bool {
    let Some((begin, rest)) = pattern.split_once('%') else { return false };
    let end = rest.trim_start_matches(|letter: char| letter.is_ascii_digit()).strip_prefix('d');
    let number = end.and_then(|end| name.strip_prefix(begin)?.strip_suffix(end));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_bucket(text: &str) -> bool {
    text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://"))
}

/// The prefix in a bucket, and the last part.
fn split_last(url: &str) -> Option<(&str, &str)> {
    url.rsplit_once('/').filter(|(prefix, _)| !prefix.ends_with([':', '/']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_copy_gets_a_name_that_is_text() {
        let refused = Place::parse_file("file:///nowhere/%FF.tar").map(|_| ()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
        assert!(refused.to_string().starts_with("file:///nowhere/%FF.tar: "), "{refused}");
    }

    #[test]
    fn names_of_a_pattern_are_known() {
        assert!(is_named_by("x-%06d.tar", "x-000001.tar") && is_named_by("%d.tar", "7.tar"));
        assert!(!is_named_by("x-%06d.tar", "x-.tar") && !is_named_by("x-%06d.tar", "x-1.tar.gz"));
        assert!(!is_named_by("x.tar", "x.tar") && !is_named_by("x-%06d.tar", "y-000001.tar"));
    }
}
