//! Targets of copies: a folder, or the prefix of a bucket.

use atdata::index::InsertOptions;
use atdata::source::Shard;
use atdata::store::{LocalStore, Store};
use atdata::{Error, ErrorKind, Result};

pub(crate) enum Place {
    Folder(LocalStore),
    #[cfg(feature = "s3")]
    Bucket(Box<atdata::store::S3Store>),
}

impl Place {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.starts_with("s3://") {
            return Self::bucket(text);
        }
        // What is another kind of URL is refused with what can be done.
        if Shard::from_url(text)?.path().is_none() {
            let message = format!("expected a folder or s3://bucket/prefix, found {}", Shard::from_url(text)?);
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(Self::Folder(LocalStore::new(text)))
    }

    #[cfg(feature = "s3")]
    fn bucket(url: &str) -> Result<Self> {
        atdata::store::S3Store::from_url(url, atdata::source::S3Config::from_env())
            .map(|store| Self::Bucket(Box::new(store)))
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(url: &str) -> Result<Self> {
        // The error names the feature that is not there.
        Err(Shard::from_url(&format!("{url}/x")).err().unwrap_or_else(|| Error::new(ErrorKind::Unsupported, "no S3")))
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
