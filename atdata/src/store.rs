//! Stores, where shards are kept: a folder, a bucket.

mod carry;
mod copy;
mod local;
mod name;
#[cfg(feature = "s3")]
mod s3;
mod several;

use std::fmt;
use std::io::Write;

#[cfg_attr(not(feature = "_index"), allow(unused_imports))]
pub(crate) use self::carry::{Before, Carried};
#[cfg_attr(not(feature = "atmosphere"), allow(unused_imports))]
pub(crate) use self::carry::{is_header, is_rows, without_provenance};
pub use self::copy::{Copied, Copy, copy, copy_all, sha256_of};
pub use self::local::LocalStore;
pub(crate) use self::local::{PACK, SIDECAR, is_sidecar, remove_contents, remove_manifest, sidecar_of};
#[cfg(feature = "s3")]
pub(crate) use self::name::NameError;
pub(crate) use self::name::{check_inside, check_prefix};
#[cfg(feature = "s3")]
pub use self::s3::S3Store;
#[cfg_attr(not(feature = "_index"), allow(unused_imports))]
pub(crate) use self::several::AT_ONCE;
pub(crate) use self::several::several;
pub use crate::home::home_folder;

use crate::error::Result;
use crate::source::ReadOptions;

/// A place that keeps shards under names, and gives each a URL.
///
/// Calls block, and may come from many threads at once. The checks that every store has to pass are in
/// `conformance::store`, behind the feature `conformance`.
pub trait Store: fmt::Debug + Send + Sync {
    /// The store as errors and listings name it: the URL of its root, without secrets.
    fn url(&self) -> String;

    /// The URL of the object `name`, as it stands in the entries of an index.
    fn object_url(&self, name: &str) -> String;

    /// A text that makes the names of one write differ from those of all others.
    fn unique(&self) -> String {
        uuid::Uuid::new_v4().hyphenated().to_string()
    }

    /// Begins the object `name`: parts divided by `/`, none of them empty, `.` or `..`. It appears when the upload is
    /// [committed](Upload::commit).
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another name.
    fn create(&self, name: &str) -> Result<Box<dyn Upload>>;

    /// Removes the object at `url`, with what lies beside a shard: its manifest, its contents; whether it was there.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a URL that is not of this store.
    fn remove(&self, url: &str) -> Result<bool>;

    /// The URL under which programs without credentials of their own may try to read what is at `url`; it need not lead
    /// into this store.
    fn read_url(&self, url: &str) -> String {
        url.to_owned()
    }

    /// `options`, with what it takes to read the shards of this store: its endpoint and credentials.
    fn read_options(&self, options: ReadOptions) -> ReadOptions {
        options
    }

    /// The URL of an object that an old index names by `url`, which has no scheme, if this store may have it: the
    /// deprecated `Repo` of Python wrote `bucket/path`.
    fn legacy_url(&self, url: &str) -> Option<String> {
        let _ = url;
        None
    }

    /// Whether `url` is the URL of an object of this store, there or not.
    fn holds(&self, url: &str) -> bool;
}

/// An object on its way into a store. Dropping it discards it.
pub trait Upload: Write + fmt::Debug + Send {
    /// Waits until all bytes are where they will stay; to be called once, after the last of them.
    fn sync(&mut self) -> Result<()>;

    /// Makes a synced object appear under its name, whole, in place of one that has it.
    fn commit(self: Box<Self>) -> Result<()>;
}
