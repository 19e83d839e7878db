//! The S3 store: shards in a bucket.

mod parts;
mod upload;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use object_store::ObjectStoreExt;
use object_store::path::Path;

use self::upload::S3Upload;
use super::{NameError, SIDECAR, Store, Upload, check_inside, check_prefix, is_sidecar};
use crate::error::{Cause, Error, ErrorKind, Result, kind_of_io};
use crate::net::Retry;
use crate::net::runtime::wait;
use crate::source::{Address, ObjectWriter, Place, ReadOptions, S3Config, Shard, manifest_names, shard_suffix, told};

/// Small objects of a store that wait for their commits may take so many bytes of memory; others go to the server before.
const HELD: usize = 64 << 20;

/// Bytes of a key: the limit of S3.
const MAX_KEY: usize = 1024;

/// A bucket of S3, or a part of one: objects at `s3://{bucket}/{prefix}/{name}`, on AWS or another server that speaks its
/// protocol.
///
/// The bytes of an object go to the server while they are written, in parts of 8 MiB (from the thousandth on of twice as
/// many, from the two-thousandth of four times as many, and so on, up to the 5 TiB that an object may have). Up to 32 MiB
/// of parts are on their way at a time, or one that is larger, and one is being filled: an upload takes 40 MiB at most
/// while parts are of 8 MiB. What fits into one part is sent as a whole with the commit; 64 MiB of such objects
/// wait in memory for one store and its clones, what is more goes to the server as the one part of an upload.
///
/// An object appears whole with its commit. A dropped or failed upload is aborted: no parts of it are left on the server
/// if that can still be reached. Those of a killed process stay, invisible, and cost what storage costs: a lifecycle rule
/// `AbortIncompleteMultipartUpload` of the bucket removes them.
///
/// Requests that fail for a passing reason are made again, see [`retry`](Self::retry). It works from synchronous code,
/// inside of any async runtime, and from many threads at once. `Debug` and errors show no credentials.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use atdata::source::S3Config;
/// use atdata::store::S3Store;
/// use atdata::{DictSample, ShardWriter};
///
/// let config = S3Config::with_keys("access key", "secret key").endpoint("http://localhost:9000");
/// let store = Arc::new(S3Store::new("datasets", config));
/// let mut writer = ShardWriter::<DictSample>::in_store(store, "texts/train").max_count(1000).build()?;
/// # let sample = DictSample::new();
/// writer.write(&sample)?;
/// let written = writer.finish()?;
/// assert!(written.shards[0].url.starts_with("s3://datasets/texts/train/data--"));
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct S3Store {
    bucket: String,
    /// What all keys begin with; empty for the whole bucket.
    prefix: String,
    config: S3Config,
    retry: Retry,
    cache_local: bool,
    any_names: bool,
    shared: Arc<Shared>,
}

/// What clones have in common.
#[derive(Default)]
struct Shared {
    writer: OnceLock<ObjectWriter>,
    held: AtomicUsize,
}

#[derive(Debug, thiserror::Error)]
enum S3StoreError {
    #[error("expected `s3://bucket` or `s3://bucket/prefix`, found {}: {what}", crate::net::url::redacted(.url))]
    Url { url: String, what: &'static str },
    #[error("expected the name of a bucket, found \"{}\"", crate::error::Printable(.bucket))]
    Bucket { bucket: String },
    #[error("expected the URL of an object below {store}, found another")]
    Foreign { store: String },
    #[error("a key may have 1024 bytes, found {length}: choose a shorter prefix")]
    Long { length: usize },
    #[error("no client takes such a key: {0}")]
    Key(String),
    #[error("the object is larger than 5 TiB, more than S3 takes: limit the bytes of a shard")]
    Large,
    #[error("an earlier part could not be sent, so the object cannot be whole: start the upload again")]
    Broken,
    #[error("the object has ended: it was synced")]
    Ended,
    #[error("the temporary file of the upload cannot be {0}")]
    Scratch(&'static str, #[source] std::io::Error),
    #[error("a task of the upload failed")]
    Task(#[source] tokio::task::JoinError),
}

impl Cause for S3StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Scratch(_, source) => kind_of_io(source),
            Self::Task(_) => ErrorKind::Io,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl S3Store {
    /// The store that is `bucket`, as a whole. Nothing is asked of the server yet, and of the environment neither.
    pub fn new(bucket: impl Into<String>, config: S3Config) -> Self {
        Self {
            bucket: bucket.into(),
            prefix: String::new(),
            config,
            retry: Retry::new(),
            cache_local: false,
            any_names: false,
            shared: Arc::default(),
        }
    }

    /// The store at `s3://bucket` or `s3://bucket/prefix`, with or without a slash at its end.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for another URL, or a prefix that no name may have.
    pub fn from_url(url: &str, config: S3Config) -> Result<Self> {
        let malformed = |what| Error::from(S3StoreError::Url { url: url.to_owned(), what });
        let rest = url.strip_prefix("s3://").ok_or_else(|| malformed("another scheme, or none"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        check_bucket(bucket)?;
        if !prefix.is_empty() {
            check_prefix(prefix)?;
        }
        Ok(Self { prefix: prefix.to_owned(), ..Self::new(bucket, config) })
    }

    /// Whether an object is written to a temporary file first, and sent when it is whole: nothing of a write that fails
    /// reaches the server, and a slow server does not slow down what makes the samples of a shard.
    pub fn cache_local(mut self, yes: bool) -> Self {
        self.cache_local = yes;
        self
    }

    /// The same store, which takes names that readers of patterns and URLs of other kinds would take for something else, with
    /// `%`, `#` or `{`: for copies. A key is taken as it is by whoever reads it from an `s3://` URL.
    pub fn any_names(mut self) -> Self {
        self.any_names = true;
        self
    }

    fn check_name(&self, name: &str) -> Result<(), NameError> {
        if self.any_names { check_inside(name) } else { check_prefix(name) }
    }

    /// How often and when a request is made again. A request that sends a part may take five times as long as a server
    /// may be silent.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self.shared = Arc::default();
        self
    }

    fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    fn key_at(&self, url: &str) -> Option<String> {
        let shard = Shard::from_url(url).ok()?;
        let Place::Remote(address) = shard.place() else { return None };
        let Address::S3(address) = &**address else { return None };
        let name = if self.prefix.is_empty() {
            address.key.as_str()
        } else {
            address.key.strip_prefix(&self.prefix)?.strip_prefix('/')?
        };
        (address.bucket == self.bucket && self.check_name(name).is_ok()).then(|| address.key.clone())
    }

    fn writer(&self) -> Result<ObjectWriter> {
        if let Some(writer) = self.shared.writer.get() {
            return Ok(writer.clone());
        }
        check_bucket(&self.bucket)?;
        let writer = self.config.writer(&self.bucket, &self.retry)?;
        let checked = writer.clone();
        wait(async move { checked.check_credentials().await })??;
        Ok(self.shared.writer.get_or_init(|| writer).clone())
    }

    fn begin(&self, key: &str) -> Result<S3Upload> {
        if key.len() > MAX_KEY {
            return Err(S3StoreError::Long { length: key.len() }.into());
        }
        let upload = S3Upload::new(self.writer()?.client, path(key)?, Arc::clone(&self.shared));
        if self.cache_local { upload.cached() } else { Ok(upload) }
    }
}

impl Store for S3Store {
    fn url(&self) -> String {
        if self.prefix.is_empty() {
            format!("s3://{}", self.bucket)
        } else {
            format!("s3://{}/{}", self.bucket, self.prefix)
        }
    }

    fn object_url(&self, name: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.key(name))
    }

    fn create(&self, name: &str) -> Result<Box<dyn Upload>> {
        self.check_name(name)?;
        let url = self.object_url(name);
        let begun = self.begin(&self.key(name)).map_err(|error| error.with_shard(&url))?;
        Ok(Box::new(begun.at(url)))
    }

    fn remove(&self, url: &str) -> Result<bool> {
        let foreign = || Error::from(S3StoreError::Foreign { store: self.url() });
        let remove = |key: String| {
            let (client, path) = (self.writer()?.client, path(&key)?);
            let beside = beside(&key)?;
            wait(async move {
                // Servers say of any object that it was deleted, there or not.
                match client.head(&path).await {
                    Err(object_store::Error::NotFound { .. }) => return Ok(false),
                    // Who may not read may still remove; whether it was there is not told to them.
                    Err(object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }) => {
                    }
                    head => drop(head.map_err(|error| told(&error))?),
                }
                // The header of a manifest first: nobody looks for the rest without it.
                for path in beside {
                    upload::delete(&client, &path).await.map_err(|error| told(&error))?;
                }
                upload::delete(&client, &path).await.map_err(|error| told(&error))
            })?
        };
        let removed = self.key_at(url).ok_or_else(foreign).and_then(remove);
        removed.map_err(|error| error.with_shard(&crate::net::url::redacted(url)))
    }

    /// With an endpoint of its own the URL of the object there, not signed: `{endpoint}/{bucket}/{key}`.
    fn read_url(&self, url: &str) -> String {
        let plain = self.key_at(url).and_then(|key| self.config.plain_url(&self.bucket, &key));
        plain.unwrap_or_else(|| url.to_owned())
    }

    fn read_options(&self, options: ReadOptions) -> ReadOptions {
        options.s3(self.config.clone())
    }

    /// `s3://` before what names bucket and key. That need not be the bucket of this store: its credentials are tried.
    fn legacy_url(&self, url: &str) -> Option<String> {
        let is_relative = !url.starts_with(['/', '.', '~']) && !url.contains(['\\', ':']);
        let (bucket, key) = url.split_once('/')?;
        (is_relative && check_bucket(bucket).is_ok() && !key.is_empty()).then(|| format!("s3://{url}"))
    }

    fn holds(&self, url: &str) -> bool {
        self.key_at(url).is_some()
    }
}

impl fmt::Debug for S3Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store")
            .field("url", &self.url())
            .field("config", &self.config)
            .field("retry", &self.retry)
            .field("cache_local", &self.cache_local)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Takes room for `bytes`, if there is.
    fn hold(self: &Arc<Self>, bytes: usize) -> Option<Room> {
        let fits = |held: usize| held.checked_add(bytes).filter(|&held| held <= HELD);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Room { shared: Arc::clone(self), bytes })
    }
}

/// Room in memory that is taken, until it is dropped.
struct Room {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shared.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What may lie beside a shard.
fn beside(key: &str) -> Result<Vec<Path>> {
    if is_sidecar(std::path::Path::new(key)) {
        return Ok(Vec::new());
    }
    // Of another name, such as `a`, the manifest would be that of `a.tar`.
    let manifest = shard_suffix(key).map(|_| manifest_names(key));
    let all = manifest.into_iter().flatten().chain([format!("{key}{SIDECAR}")]);
    all.filter(|key| key.len() <= MAX_KEY).map(|key| path(&key)).collect()
}

fn path(key: &str) -> Result<Path> {
    Ok(Path::parse(key).map_err(|error| S3StoreError::Key(error.to_string()))?)
}

/// Not all that AWS demands: other servers are less strict.
fn check_bucket(bucket: &str) -> Result<(), S3StoreError> {
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if bucket.is_empty() || !bucket.chars().all(sound) || bucket.starts_with('.') {
        // What stands before an `@` may be a secret.
        let shown =
            if bucket.contains(['@', ':']) { "one with credentials, which belong into `S3Config`" } else { bucket };
        return Err(S3StoreError::Bucket { bucket: shown.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn store(url: &str) -> S3Store {
        S3Store::from_url(url, S3Config::with_keys("ID", "SECRET").endpoint("http://localhost:9000/")).unwrap()
    }

    #[test]
    fn a_store_is_a_bucket_or_a_part_of_one() {
        for (url, expected) in [("s3://b", "s3://b"), ("s3://b/", "s3://b"), ("s3://b/a/p/", "s3://b/a/p")] {
            assert_eq!(store(url).url(), expected);
        }
        assert_eq!(store("s3://b/a").object_url("x/y.tar"), "s3://b/a/x/y.tar");
        assert_eq!(store("s3://b").object_url("x/y.tar"), "s3://b/x/y.tar");
        for bad in ["b/a", "s3:/b", "s3://", "s3:///a", "s3://me:pass@b/a", "s3://b//a", "s3://b/../a", "http://b/a"] {
            let error = S3Store::from_url(bad, S3Config::anonymous()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad}");
            assert!(!error.to_string().contains("pass"), "{error}");
        }
    }

    #[test]
    fn urls_of_others_are_not_held() {
        let store = store("s3://b/a");
        assert!(store.holds("s3://b/a/x.tar") && store.holds("s3://b/a/x/y.tar"));
        for other in
            ["s3://b/x.tar", "s3://b/ab/x.tar", "s3://c/a/x.tar", "s3://b/a/../x.tar", "/b/a/x.tar", "s3://b/a"]
        {
            assert!(!store.holds(other), "{other}");
            assert_eq!(store.remove(other).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn urls_for_reading_lead_to_the_endpoint() {
        assert_eq!(store("s3://b").read_url("s3://b/a b/x.tar"), "http://localhost:9000/b/a%20b/x.tar");
        assert_eq!(store("s3://b").read_url("s3://c/x.tar"), "s3://c/x.tar");
        let aws = S3Store::new("b", S3Config::with_keys("ID", "SECRET"));
        assert_eq!(aws.read_url("s3://b/x.tar"), "s3://b/x.tar");
    }

    #[test]
    fn old_urls_without_a_scheme_name_bucket_and_key() {
        let store = store("s3://b/a");
        let shards = "hive/sets/atdata--0--{000000..000003}.tar";
        assert_eq!(store.legacy_url(shards), Some(format!("s3://{shards}")));
        for other in ["/abs/x.tar", "./x.tar", "x.tar", "~/x.tar", "s3://b/x", "C:\\x\\y", "C:/x", "b/", "a b/x"] {
            assert_eq!(store.legacy_url(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_shown_has_no_secrets() {
        assert!(!format!("{:?}", store("s3://b")).contains("SECRET"));
    }

    #[test]
    fn small_objects_share_what_memory_there_is() {
        let shared = Arc::new(Shared::default());
        let most = shared.hold(HELD - 1).unwrap();
        let rest = shared.hold(1).unwrap();
        assert!(shared.hold(1).is_none() && shared.hold(usize::MAX).is_none());
        drop((most, rest));
        assert!(shared.hold(HELD).is_some());
    }
}
