//! Datasets: an ordered list of shards, and the type that their samples are read as.

mod access;
mod batches;
mod catalog;
mod column;
mod compose;
mod contained;
mod decode;
mod describe;
mod each;
mod held;
#[cfg(feature = "records")]
mod infer;
mod join;
mod loader;
#[cfg(feature = "manifest")]
mod manifests;
mod partners;
mod plan;
mod policy;
mod process;
mod quarantine;
mod query;
mod raw;
mod replay;
mod rewrite;
mod ring;
mod runs;
mod samples;
mod shards;
mod shuffle;
mod take;
#[cfg(feature = "records")]
mod upgrade;
mod view;
mod walk;
mod warning;
mod window;
mod write;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use atdata_schema::Schema;

use crate::error::{Cause, ErrorKind, Printable, Result, kind_of_io};
pub use crate::order::Stop;
use crate::sample::{DictSample, PackField as _, Packable};
use crate::shard::Group;
use crate::source::{IntoShards, ReadOptions, Shard};

use decode::Decode;
use policy::Skipping;

pub use batches::{Batches, KeyedBatches};
pub use catalog::{IndexOptions, Indexed, Packed};
#[cfg(feature = "json")]
pub use column::References;
pub use column::{Chunks, Column, ColumnName, ColumnValue, Optional, Ragged};
pub use compose::{ComposedSamples, Composition, Mix};
pub use describe::Description;
pub use each::ReadEach;
#[cfg(feature = "records")]
pub use infer::Inferred;
#[cfg(feature = "stream")]
pub use loader::LoaderStream;
pub use loader::{Loader, Step};
#[cfg(feature = "manifest")]
pub use manifests::{ManifestCheck, ManifestOptions, Manifested};
#[cfg(feature = "records")]
pub use plan::Token;
pub use plan::{Cost, Plan, PlanBuilder, PlannedRead, ShardSize, Slot, Tail, TailError};
pub use policy::Policy;
pub use process::{ProcessShards, Processed};
pub use quarantine::{Quarantined, QuarantinedBatch};
#[cfg(feature = "manifest")]
pub use query::{ExplainedShard, ExplainedTotals, Explanation, HowAsked, LeftOutBy, Pruned, WhyRead};
pub use raw::RawSamples;
pub use replay::{Replay, Replayed};
pub use rewrite::{Rewrite, Subset};
pub use ring::{Buffers, Lent, Ring};
pub use samples::{Keyed, Samples};
pub use shards::Shards;
pub use shuffle::Shuffle;
pub use warning::ShardWarning;
pub use write::{ShardWriter, ShardWriterBuilder, Written};

/// An ordered list of shards whose samples are read as `T`.
///
/// Opening one reads nothing yet. Samples come in the order of the shards and, in each, of the archive
/// ([`ordered`](Self::ordered)), or shuffled by a seed ([`shuffled`](Self::shuffled)); one by one, or stacked into
/// [batches](Samples::batches). Stages ([`filter`](Self::filter), [`map`](Self::map)) apply in the order in which they
/// were called, to whatever the dataset gives: samples, batches, single samples by key.
///
/// ```
/// use atdata::{Dataset, Packable};
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Caption {
///     text: String,
///     stars: i64,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("captions.tar");
/// let samples = (0..10).map(|i| Caption { text: format!("caption {i}"), stars: i % 3 });
/// Dataset::write(&path, samples)?;
///
/// let captions = Dataset::<Caption>::open(&path)?;
/// assert_eq!(captions.len()?, 10);
/// for batch in captions.filter(|c| c.stars > 0).shuffled(42).batches(4) {
///     let batch = batch?;
///     assert_eq!(batch.text.len(), batch.stars.len());
/// }
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
pub struct Dataset<T = DictSample> {
    shards: Shards,
    decode: Decode<T>,
    /// What the samples are in the shards, whatever is made of them.
    schema: &'static Schema,
    len: Arc<OnceLock<usize>>,
    /// What becomes of bad samples, if they are not given as errors.
    skipping: Option<Arc<Skipping>>,
    /// What its samples are joined with, or asked, as tokens have to know it.
    joined: Option<Arc<str>>,
}

#[derive(Debug, thiserror::Error)]
enum DatasetError {
    #[error("a dataset needs at least one shard")]
    NoShards,
    #[error("no such shard; {0}")]
    NotFound(String),
    #[error("cannot look at the shard")]
    Io { source: std::io::Error },
    #[cfg(feature = "barecat")]
    #[error(
        "it is to have a digest or a size that is known, and is an archive of several files, of which neither speaks: name the \
         archive without them, or make tar shards of it by `atdata cp`"
    )]
    Pinned,
    #[error("it is a folder; {0}")]
    Folder(String),
    #[error("no sample has the key \"{}\"", Printable(.key))]
    NoKey { key: String },
    #[error("the dataset that it is joined with has no sample of the key \"{}\" any more: open both anew", Printable(.key))]
    NoPartner { key: String },
    #[error("no samples at {indices:?}; the dataset has {len}")]
    OutOfRange { indices: Vec<usize>, len: usize },
    #[error(
        "the shards have {found} samples, and {expected} by their contents: make these anew with `atdata index-shards`"
    )]
    OtherContents { found: u64, expected: u64 },
    #[error("a batch holds at least one sample, not 0")]
    EmptyBatch,
    #[error("the samples to write ended with an error")]
    Samples { source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the mapping function failed")]
    Map { source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the function of the shard failed")]
    Shard { source: Box<dyn std::error::Error + Send + Sync> },
}

impl Cause for DatasetError {
    fn kind(&self) -> ErrorKind {
        match self {
            #[cfg(feature = "barecat")]
            Self::Pinned => ErrorKind::Unsupported,
            Self::NoShards | Self::Folder(_) | Self::EmptyBatch => ErrorKind::InvalidInput,
            Self::NotFound(_) | Self::NoKey { .. } | Self::NoPartner { .. } | Self::OutOfRange { .. } => {
                ErrorKind::NotFound
            }
            Self::OtherContents { .. } => ErrorKind::Conflict,
            Self::Io { source } => kind_of_io(source),
            Self::Samples { .. } | Self::Map { .. } | Self::Shard { .. } => ErrorKind::Caller,
        }
    }
}

impl<S> Dataset<S> {
    /// A dataset of these shards: a path or pattern (`"data-{000000..000009}.tar"`), or a list of them.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a malformed pattern or no shards at all,
    /// [`NotFound`](ErrorKind::NotFound) for the first local shard that does not exist.
    pub fn open(shards: impl IntoShards) -> Result<Self>
    where
        S: Packable + 'static,
    {
        let given = shards.pattern().map(Arc::from);
        let shards = with_archives(shards.into_shards()?)?;
        if shards.is_empty() {
            return Err(DatasetError::NoShards.into());
        }
        for shard in &shards {
            check_exists(shard).map_err(|error| error.with_shard(&shard.redacted()))?;
        }
        Ok(Self {
            shards: Shards::new(shards, given, S::LAYOUT),
            decode: Decode::direct(S::read),
            schema: S::SCHEMA,
            len: Arc::default(),
            skipping: None,
            joined: None,
        })
    }
}

/// The shards, of which archives of barecat are several.
#[cfg(feature = "barecat")]
fn with_archives(shards: Vec<Shard>) -> Result<Vec<Shard>> {
    use crate::barecat::{Archive, SampleOptions, is_archive};
    let is_one = |shard: &Shard| shard.path().is_some_and(is_archive);
    if !shards.iter().any(is_one) {
        return Ok(shards);
    }
    let mut all = Vec::with_capacity(shards.len());
    for shard in shards {
        let Some(path) = shard.path().filter(|path| is_archive(path)) else {
            all.push(shard);
            continue;
        };
        // They would be those of the index, which says nothing of the bytes of the shards.
        if shard.has_terms_of_bytes() {
            return Err(crate::error::Error::from(DatasetError::Pinned).with_shard(&shard.redacted()));
        }
        let guarded = shard.is_guarded();
        let made = Archive::open(path)?.into_shards(&SampleOptions::new())?;
        all.extend(made.into_iter().map(|made| made.on(|terms| terms.guarded = guarded)));
    }
    Ok(all)
}

#[cfg(not(feature = "barecat"))]
#[allow(clippy::unnecessary_wraps, reason = "the same as with archives")]
fn with_archives(shards: Vec<Shard>) -> Result<Vec<Shard>> {
    Ok(shards)
}

/// Finds a missing shard now, and not hours into a run.
fn check_exists(shard: &Shard) -> Result<()> {
    let Some(path) = shard.path() else { return Ok(()) };
    match std::fs::metadata(path) {
        Ok(data) if data.is_dir() => Err(DatasetError::Folder(what_is_in(path)).into()),
        Ok(_) => Ok(()),
        Err(error) if is_missing(&error) => Err(DatasetError::NotFound(hint(path)).into()),
        Err(source) => Err(DatasetError::Io { source }.into()),
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    // The second is of a path that goes on behind a file.
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

/// What a path that does not exist was probably meant to be: a pattern, or one of the files that there are.
fn hint(path: &Path) -> String {
    let told = how_to_write(&path.to_string_lossy());
    if !told.is_empty() {
        return told.to_owned();
    }
    match path.read_link() {
        Ok(target) => format!("it is a link, and \"{}\" is not there", Printable(&target.to_string_lossy())),
        Err(_) => crate::near::beside(path),
    }
}

fn how_to_write(name: &str) -> &'static str {
    if name.contains(['*', '?']) {
        "`*` and `?` are not expanded here, but by `load_dataset`: or list the shards with braces, such as \
         \"data-{000000..000009}.tar\""
    } else if name.contains('{') {
        "braces are expanded in strings and not in paths, and hold a list or a range: \"data-{000000..000009}.tar\""
    } else if name.contains("%0") || name.contains("%d") {
        "`%06d` names shards that are written; to read them write \"data-{000000..000009}.tar\""
    } else if name.starts_with('~') {
        "`~` is expanded in strings and not in paths: write the whole path"
    } else {
        ""
    }
}

/// The first and the last shard in a folder, to name what was probably meant.
fn what_is_in(folder: &Path) -> String {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut shards: Vec<_> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".tar") || name.contains(".tgz"))
        .collect();
    shards.sort();
    let quoted = |name: &String| format!("\"{}\"", Printable(name));
    match shards.as_slice() {
        [] => "name the shards in it, which are tar files; it has none".to_owned(),
        [only] => format!("name the shard in it, {}, or load it with `load_dataset`", quoted(only)),
        [first, .., last] => {
            let (first, last) = (quoted(first), quoted(last));
            format!("name the shards in it, from {first} to {last}, or load it with `load_dataset`")
        }
    }
}

impl Dataset<Group> {
    /// All members of the samples of these shards.
    fn of_groups(shards: &Shards) -> Self {
        Self {
            shards: shards.of_groups(),
            decode: Decode::direct(Group::read),
            schema: Group::SCHEMA,
            len: Arc::default(),
            skipping: None,
            joined: None,
        }
    }
}

impl<T> Dataset<T> {
    /// The same dataset, its shards read with other options.
    #[must_use]
    pub fn with_options(mut self, options: ReadOptions) -> Self {
        self.shards = self.shards.with_options(options);
        // What one set of options counts, another may refuse.
        self.len = Arc::default();
        self
    }

    /// The shards, in order.
    pub fn shards(&self) -> &[Shard] {
        self.shards.list()
    }

    /// The shards and how they are read, without the type of the samples.
    pub fn untyped(&self) -> &Shards {
        &self.shards
    }

    /// The path or pattern that it was opened with, where that was one text.
    #[cfg(feature = "_index")]
    pub(crate) fn given(&self) -> Option<&str> {
        self.shards.given()
    }

    /// How its shards are read.
    pub fn read_options(&self) -> &ReadOptions {
        self.shards.options()
    }

    /// Whether it gives what its shards hold: no stage, no view.
    pub fn is_plain(&self) -> bool {
        self.decode.is_plain()
    }

    /// All samples, in order.
    ///
    /// An error does not end the iterator: after a sample that does not fit the type comes the next sample, after a
    /// damaged shard the next shard. What to do about it is the caller's choice: `?` stops at the first, and
    /// [`on_error`](Self::on_error) leaves out what is bad within a budget.
    pub fn ordered(&self) -> Samples<T> {
        let samples = Samples::ordered(self.raw(), self.decode.clone()).skipping(self.skipping.as_ref());
        // Known since they were joined; where it is not any longer each is found alone, which tells what is wrong.
        let catalog = if self.decode.joins() { self.shards.catalog().ok().flatten() } else { None };
        match catalog {
            Some(catalog) => samples.in_order_of(catalog),
            None => samples,
        }
    }

    /// What the dataset gives of these samples, whose groups are known before they are decoded.
    pub(crate) fn of_raw(&self, raw: RawSamples) -> Samples<T> {
        Samples::grouped(raw, self.decode.clone())
    }

    /// The same as [`ordered`](Self::ordered).
    pub fn iter(&self) -> Samples<T> {
        self.ordered()
    }

    /// All samples, in an order that depends on the seed and the dataset alone; see [`Shuffle`].
    pub fn shuffled(&self, seed: u64) -> Samples<T> {
        self.shuffle(Shuffle::new(seed))
    }

    /// [`shuffled`](Self::shuffled), with a buffer of another size.
    pub fn shuffle(&self, shuffle: Shuffle) -> Samples<T> {
        Samples::shuffled(&self.shards, shuffle, self.decode.clone()).skipping(self.skipping.as_ref())
    }

    /// All samples as they are in the shards, in order, for reading without owning: no stage applies.
    pub fn raw(&self) -> RawSamples {
        self.shards.raw()
    }

    /// [`raw`](Self::raw), but whatever is odd about a shard is an error: for what counts and copies.
    pub(crate) fn strict(&self) -> RawSamples {
        self.shards.strict()
    }

    /// The samples for which `keep` is true.
    ///
    /// Each is decoded as a whole to be shown to `keep`, and its arrays are copied once more where they are stacked into
    /// a batch: what is decided by few of the fields is decided without both by [`matching`](Self::matching) and
    /// [`filter_by`](Self::filter_by).
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self
    where
        T: 'static,
    {
        self.with_decode(self.decode.filter(keep))
    }

    /// The samples, each turned into something else.
    pub fn map<U>(&self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Dataset<U>
    where
        T: 'static,
    {
        self.with_decode(self.decode.map(f))
    }

    /// The samples, each turned into something else or dropped.
    pub fn filter_map<U>(&self, f: impl Fn(T) -> Option<U> + Send + Sync + 'static) -> Dataset<U>
    where
        T: 'static,
    {
        self.with_decode(self.decode.filter_map(move |sample| Ok(f(sample))))
    }

    /// The samples, each turned into something else by a function that can fail. Its errors get the sample's key and
    /// shard; those that are no [`Error`](crate::Error) already are of kind [`Caller`](ErrorKind::Caller).
    pub fn try_map<U, E>(&self, f: impl Fn(T) -> std::result::Result<U, E> + Send + Sync + 'static) -> Dataset<U>
    where
        T: 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.with_decode(self.decode.try_map(move |sample| {
            f(sample).map_err(|error| own_or(error.into(), |source| DatasetError::Map { source }))
        }))
    }

    fn with_decode<U>(&self, decode: Decode<U>) -> Dataset<U> {
        Dataset {
            shards: self.shards.clone(),
            decode,
            schema: self.schema,
            len: Arc::default(),
            skipping: self.skipping.clone(),
            joined: self.joined.clone(),
        }
    }
}

impl<T> Dataset<T> {
    /// The same samples, each made into something with what they are joined with; or asked something.
    fn with_joined<U>(&self, decode: Decode<U>, with: &str) -> Dataset<U> {
        let joined = self.joined.as_deref().map_or_else(|| with.to_owned(), |before| format!("{before}, {with}"));
        Dataset { joined: Some(joined.into()), ..self.with_decode(decode) }
    }
}

/// An error of this library that went through a caller's function stays what it is; others become a source.
fn own_or(
    error: Box<dyn std::error::Error + Send + Sync>,
    wrap: impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> DatasetError,
) -> crate::error::Error {
    match error.downcast::<crate::error::Error>() {
        Ok(own) => *own,
        Err(other) => wrap(other).into(),
    }
}

/// [`own_or`] for the samples of a write.
pub(crate) fn own_or_samples(error: Box<dyn std::error::Error + Send + Sync>) -> crate::error::Error {
    own_or(error, |source| DatasetError::Samples { source })
}

/// [`own_or`] for a function that is called with a shard.
fn own_or_shard(error: Box<dyn std::error::Error + Send + Sync>) -> crate::error::Error {
    own_or(error, |source| DatasetError::Shard { source })
}

impl<S> Dataset<S> {
    /// All samples in order, `size` to a batch; the last batch holds what is left.
    pub fn batches(&self, size: usize) -> Batches<S>
    where
        S: Packable + 'static,
    {
        self.ordered().batches(size)
    }
}

impl<T> IntoIterator for &Dataset<T> {
    type Item = Result<T>;
    type IntoIter = Samples<T>;

    fn into_iter(self) -> Samples<T> {
        self.ordered()
    }
}

impl<T> fmt::Debug for Dataset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("sample_type", &std::any::type_name::<T>())
            .field("shards", &self.shards.list())
            .field("options", self.shards.options())
            .finish_non_exhaustive()
    }
}
