//! How a dataset is written: what a writer is told before it begins.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::{CopyError, ShardWriter, Written};
use crate::dataset::own_or_samples;
use crate::error::Result;
#[cfg(feature = "manifest")]
use crate::manifest::Fields;
use crate::sample::Packable;
#[cfg(feature = "manifest")]
use crate::sample::{DictSample, SampleLayout};
use crate::shard::{Listener, ShardSink, WriteOptions};
use crate::store::Store;

#[derive(Debug)]
pub(super) enum Target {
    Files(PathBuf),
    Store(Arc<dyn Store>, String),
}

/// Options of a [`ShardWriter`].
#[must_use]
pub struct ShardWriterBuilder<S> {
    pub(super) target: Target,
    pub(super) options: WriteOptions,
    pub(super) listener: Option<Box<dyn Listener<S>>>,
}

impl<S: Packable> ShardWriterBuilder<S> {
    /// At most this many samples in a shard; 100,000 if only bytes are limited.
    pub fn max_count(mut self, samples: u64) -> Self {
        self.options = self.options.max_count(samples);
        self
    }

    /// At most this many bytes in a shard, those of the file itself, unless one sample alone is larger; 3 GB if only the
    /// count is limited. Of compressed shards the bytes before compression are counted, so that files are smaller.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.options = self.options.max_bytes(bytes);
        self
    }

    /// The time of modification that the archive gives its members, in seconds since 1970. Fixed times and keys make
    /// equal samples equal files.
    pub fn mtime(mut self, seconds: u64) -> Self {
        self.options = self.options.mtime(seconds);
        self
    }

    /// Whether shards are hashed while they are written: see [`WriteOptions::sha256`].
    pub fn sha256(mut self, yes: bool) -> Self {
        self.options = self.options.sha256(yes);
        self
    }

    /// Whether the contents of each shard are written beside it: see [`WriteOptions::contents`].
    pub fn contents(mut self, yes: bool) -> Self {
        self.options = self.options.contents(yes);
        self
    }

    /// Whether the manifest of each shard is written beside it: see [`WriteOptions::manifest`].
    ///
    /// ```
    /// use atdata::manifest::{Aggregate, Manifest};
    /// use atdata::{Packable, ShardWriter};
    ///
    /// #[derive(Packable)]
    /// struct Photo {
    ///     label: String,
    ///     confidence: f64,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// let photos = [("cat", 0.9), ("dog", 0.4)].map(|(label, confidence)| Photo { label: label.into(), confidence });
    /// ShardWriter::builder(dir.path().join("photos.tar")).manifest(true).write_all(photos)?;
    ///
    /// let manifest = Manifest::open(dir.path().join("photos.manifest.json"))?;
    /// assert!(matches!(manifest.aggregate("confidence"), Some(Aggregate::Numeric { max: Some(0.9), .. })));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[cfg(feature = "manifest")]
    pub fn manifest(mut self, yes: bool) -> Self {
        self.options = self.options.manifest(yes);
        self
    }

    /// How many shards are compressed, hashed and written at a time: see [`WriteOptions::threads`].
    pub fn threads(mut self, threads: usize) -> Self {
        self.options = self.options.threads(threads);
        self
    }

    /// Whether the shards are added to those that are there of the same pattern: see [`WriteOptions::append`].
    ///
    /// ```
    /// use atdata::{Dataset, DictSample, ShardWriter};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let samples = |from: i64, to: i64| (from..to).map(|number| DictSample::from_iter([("number", number)]));
    /// let writer = || ShardWriter::builder(dir.path().join("numbers-%06d.tar")).max_count(10).append(true);
    /// assert_eq!(writer().write_all(samples(0, 25))?.shards.len(), 3);
    /// let added = writer().write_all(samples(25, 30))?;
    /// assert!(added.paths()[0].ends_with("numbers-000003.tar"));
    /// let pattern = dir.path().join("numbers-{000000..000003}.tar");
    /// assert_eq!(Dataset::<DictSample>::open(pattern.to_str().unwrap())?.len()?, 30);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn append(mut self, yes: bool) -> Self {
        self.options = self.options.append(yes);
        self
    }

    /// Whether a write that is killed goes on where it was when the same is written again: see [`WriteOptions::resume`] and
    /// [`ShardWriter::resumed`].
    pub fn resume(mut self, yes: bool) -> Self {
        self.options = self.options.resume(yes);
        self
    }

    /// Whether files that have the names of the shards are left alone, in place of being replaced: see
    /// [`WriteOptions::no_clobber`].
    pub fn no_clobber(mut self, yes: bool) -> Self {
        self.options = self.options.no_clobber(yes);
        self
    }

    /// What is written, in words, where a write may go on: see [`WriteOptions::work`].
    pub fn work(mut self, work: impl Into<String>) -> Self {
        self.options = self.options.work(work);
        self
    }

    /// Tells `listener` of each sample that is written, and where.
    pub fn listener(mut self, listener: impl Listener<S> + 'static) -> Self {
        self.listener = Some(Box::new(listener));
        self
    }

    /// With these options in place of those that were set.
    pub(crate) fn with_options(mut self, options: WriteOptions) -> Self {
        self.options = options;
        self
    }

    /// The writer. Nothing is visible in the file system or the store yet.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for names and options that do not fit together;
    /// [`Conflict`](crate::ErrorKind::Conflict) where a write is to [go on](Self::resume) that was another, or that another
    /// process is at; the file system's own.
    pub fn build(self) -> Result<ShardWriter<S>> {
        if self.listener.is_some() && self.options.resumes() {
            return Err(CopyError::Listener.into());
        }
        let (mut sink, store) = match self.target {
            Target::Files(pattern) => (ShardSink::create(&pattern, &self.options)?, None),
            Target::Store(store, prefix) => {
                (ShardSink::in_store(Arc::clone(&store), &prefix, &self.options)?, Some(store))
            }
        };
        if self.listener.is_some() {
            sink.remember();
        }
        #[cfg(feature = "manifest")]
        if self.options.wants_manifest() {
            sink.describe_fields(manifest_fields::<S>());
        }
        let passed = sink.resumed();
        Ok(ShardWriter { sink, store, sources: Vec::new(), left_out: 0, passed, listener: self.listener })
    }

    /// [`write_all`](Self::write_all) for samples that are only lent.
    pub fn write_refs<'a>(self, samples: impl IntoIterator<Item = &'a S>) -> Result<Written>
    where
        S: 'a,
    {
        self.build()?.write_each::<&S>(samples.into_iter().map(Ok))
    }

    /// Writes all samples and finishes. Of a write that [goes on](WriteOptions::resume) these are all of its samples again, in
    /// the same order: those that an earlier run wrote are passed over.
    pub fn write_all(self, samples: impl IntoIterator<Item = S>) -> Result<Written> {
        self.build()?.write_each::<S>(samples.into_iter().map(Ok))
    }

    /// [`write_all`](Self::write_all) for samples whose making can fail: the first failure ends the write and leaves
    /// nothing behind. An error of this library is given as it is, so a dataset's own iterator can be written; any other
    /// is the source of one of kind [`Caller`](crate::ErrorKind::Caller).
    pub fn try_write_all<E>(self, samples: impl IntoIterator<Item = std::result::Result<S, E>>) -> Result<Written>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let own = |sample: std::result::Result<S, E>| sample.map_err(|error| own_or_samples(error.into()));
        self.build()?.write_each::<S>(samples.into_iter().map(own))
    }
}

/// What manifests have of a type.
#[cfg(feature = "manifest")]
pub(in crate::dataset) fn manifest_fields<S: Packable>() -> Fields {
    match S::LAYOUT {
        SampleLayout::Any => Fields::of_values(S::SCHEMA.name),
        // What is copied as it is shows its fields.
        SampleLayout::Group => Fields::of_values(DictSample::SCHEMA.name),
        _ => Fields::of_schema(S::SCHEMA),
    }
}

impl<S> fmt::Debug for ShardWriterBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardWriterBuilder")
            .field("target", &self.target)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
