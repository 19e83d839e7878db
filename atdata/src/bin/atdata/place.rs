//! Targets of copies: a folder, or the prefix of a bucket.

use atdata::Result;
use atdata::index::InsertOptions;
use atdata::source::{path_to_write, shard_suffix};
use atdata::store::{LocalStore, Store};

pub(crate) enum Place {
    Folder(LocalStore),
    #[cfg(feature = "s3")]
    Bucket(Box<atdata::store::S3Store>),
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://")) {
            return Self::bucket(text);
        }
        Ok(Self::Folder(LocalStore::new(path_to_write(text)?)))
    }

    /// The place of a copy that gets a name of its own, and that name, where the last part is that of a shard.
    pub(crate) fn parse_file(text: &str) -> Result<Option<(Self, String)>> {
        let Some((folder, name)) = split_last(text) else { return Ok(None) };
        if shard_suffix(name).is_none() || path_to_write(text).is_ok_and(|path| path.is_dir()) {
            return Ok(None);
        }
        Ok(Some((Self::parse(folder)?, name.to_owned())))
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
        Err(refused.unwrap_or_else(|| atdata::Error::new(atdata::ErrorKind::Unsupported, "no S3")))
    }

    /// The same place, in which files get the names that they have, whatever these are.
    pub(crate) fn with_any_names(self) -> Self {
        match self {
            Self::Folder(store) => Self::Folder(store.any_names()),
            #[cfg(feature = "s3")]
            bucket @ Self::Bucket(_) => bucket,
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

/// The folder and the last part of a path or URL.
fn split_last(text: &str) -> Option<(&str, &str)> {
    let slashes: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    match text.rfind(slashes) {
        Some(at) => {
            let (folder, name) = (text.get(..at)?, text.get(at + 1..)?);
            Some((if folder.is_empty() { "/" } else { folder }, name)).filter(|_| !folder.ends_with([':', '/']))
        }
        None => Some((".", text)),
    }
}
