//! Options of inserting: how datasets come into an index.

use std::fmt;
use std::sync::Arc;

use crate::error::redact::unsecret;
use crate::sample::{DictSample, Value};
use crate::shard::WriteOptions;
use crate::store::Store;
use atdata_schema::SchemaReference;

/// How a dataset is inserted into an index: built by `InsertOptions::new().version("1.0.0").tags(["images"])`.
#[derive(Clone, Default)]
#[must_use]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct InsertOptions {
    pub(super) schema_ref: Option<String>,
    pub(super) version: Option<String>,
    pub(super) replace: bool,
    pub(super) forget: Vec<String>,
    pub(super) checksums: bool,
    pub(super) lenient: bool,
    pub(super) metadata: DictSample,
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) prefix: Option<String>,
    pub(super) write: WriteOptions,
    pub(super) rewrite: bool,
    pub(super) progress: Option<Arc<dyn Fn(u64) + Send + Sync>>,
}

impl InsertOptions {
    /// The type's own schema, a label without a version, the store of the repository.
    pub fn new() -> Self {
        Self::default()
    }

    /// The reference of the entry, kept to the letter, in place of that of the sample type. The schema that it leads to
    /// is not stored; whoever gives it has done so.
    pub fn schema_ref(mut self, reference: impl Into<String>) -> Self {
        self.schema_ref = Some(reference.into());
        self
    }

    /// [`schema_ref`](Self::schema_ref), of what publishing gave.
    pub fn schema(self, reference: &SchemaReference) -> Self {
        self.schema_ref(reference.as_str())
    }

    /// The version of the label.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Whether a label of this name and version that leads to another dataset is to lead to this one from now on. Without
    /// it that is an error: who reads a version is to find what was there.
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    /// Whether files that are registered where they are, in no store, are read for their SHA-256 and size. Others have
    /// them in any case.
    pub fn checksums(mut self, checksums: bool) -> Self {
        self.checksums = checksums;
        self
    }

    /// Whether shards are taken that do not end as they should: without their end, or with data or a hole behind it. Unless
    /// told otherwise that is an error wherever they are read for their [checksums](Self::checksums) or copied into a store;
    /// other damage is one in any case.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.lenient = lenient;
        self
    }

    /// What else is to be known of the dataset. `checksums` are added by the index.
    pub fn metadata(mut self, metadata: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Self {
        for (name, value) in metadata {
            self.metadata.insert(name, value);
        }
        self
    }

    /// What is not to be known any more of shards that are registered already: names of their metadata. All else stays when
    /// they are inserted again; `checksums` always do.
    pub fn without_metadata<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.forget.extend(names.into_iter().map(Into::into));
        self
    }

    /// What the dataset is, for its label and its metadata.
    pub fn description(self, description: impl Into<String>) -> Self {
        self.metadata([("description", Value::Str(description.into()))])
    }

    /// Words to find the dataset by.
    pub fn tags<T: Into<String>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        let tags = tags.into_iter().map(|tag| Value::Str(tag.into())).collect();
        self.metadata([("tags", Value::List(tags))])
    }

    /// Its licence.
    pub fn license(self, license: impl Into<String>) -> Self {
        self.metadata([("license", Value::Str(license.into()))])
    }

    /// Where its shards are copied to, in place of the repository's store.
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// What the names of its shards begin with in the store; by default the dataset's name.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Is told of bytes as they are copied.
    pub fn progress(mut self, tell: impl Fn(u64) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(tell));
        self
    }

    /// At most this many samples in a shard. With a limit an inserted dataset is written anew, its keys kept, in place of
    /// being copied shard by shard. [`Index::write_samples`](crate::index::Index::write_samples) takes 10,000 where
    /// nothing is said.
    pub fn max_count(mut self, samples: u64) -> Self {
        self.write = self.write.max_count(samples);
        self.rewrite = true;
        self
    }

    /// Whether the [manifest](crate::manifest) of each shard that is written is put beside it in the store. Shards that are copied
    /// as they are take along what they have.
    #[cfg(feature = "manifest")]
    pub fn manifest(mut self, yes: bool) -> Self {
        self.write = self.write.manifest(yes);
        self
    }

    /// At most this many bytes in a shard; 3 GB where nothing is said.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.write = self.write.max_bytes(bytes);
        self.rewrite = true;
        self
    }
}

impl fmt::Debug for InsertOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertOptions")
            .field("schema_ref", &self.schema_ref.as_deref().map(unsecret))
            .field("version", &self.version)
            .field("replace", &self.replace)
            .field("checksums", &self.checksums)
            .field("lenient", &self.lenient)
            .field("metadata", &format_args!("{}", unsecret(&format!("{:?}", self.metadata))))
            .field("store", &self.store.as_ref().map(|store| store.url()))
            .field("prefix", &self.prefix)
            .field("write", &self.write)
            .finish_non_exhaustive()
    }
}
