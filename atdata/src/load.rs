//! Loading: from a name to typed datasets. Paths, folders, patterns and URLs, and references to indexes.

#[cfg(feature = "s3")]
mod bucket;
mod dict;
mod error;
mod files;
mod find;
mod names;
#[cfg(feature = "_index")]
#[cfg(feature = "_index")]
mod reference;
mod split;
mod wildcards;

pub use self::dict::{DatasetDict, Iter};
use self::error::LoadError;
pub use self::files::{DataFiles, IntoDataFiles};
#[cfg(feature = "_index")]
use self::reference::Lookup;
use crate::dataset::Dataset;
use crate::error::{Error, Result};
#[cfg(feature = "_index")]
use crate::index::Index;
use crate::net::url::redacted;
use crate::sample::Packable;
use crate::source::ReadOptions;
#[cfg(feature = "_index")]
use crate::source::Schemes;

/// The dataset that `path` names, split by split, its samples read as `S`; with
/// [`DictSample`](crate::DictSample) as `S` without a type.
///
/// ```no_run
/// use atdata::{Packable, load_dataset};
///
/// #[derive(Packable)]
/// struct Photo {
///     image: Vec<u8>,
///     label: String,
/// }
///
/// let photos = load_dataset::<Photo>("photos/{train,test}-*.tar")?;
/// for photo in photos.split("train")?.shuffled(42) {
///     println!("{}", photo?.label);
/// }
/// # Ok::<(), atdata::Error>(())
/// ```
///
/// # What a path may be
///
/// | path | shards |
/// |---|---|
/// | `data/{train,test}-{000..009}.tar` | what the braces [expand](crate::source::expand) to; each of the names may be any of those below |
/// | `data/train-*.tar` | the files that fit: `*` and `?` within a name, `[a-z]` for one character, `**` for any folders but those that links lead to; sorted, without those that begin with a dot |
/// | `data` | the shards directly in the folder: `.tar`, and compressed `.tar.gz`, `.tgz`, `.tar.bz2`, `.tbz2`, `.tar.xz`, `.txz`, `.tar.zst`, `.tzst`; sorted, without those that begin with a dot |
/// | `data/train.tar`, `file:///data/train.tar` | the file; one whose name is written just so is meant before any pattern |
/// | `https://host/train-{0..9}.tar`, `s3://bucket/train.tar` | what the server has, asked when it is read |
/// | `s3://bucket/data/train-*.tar`, `s3://bucket/data/` | the objects in the bucket that fit, or the shards directly in a folder, which ends in a slash; only a `*` makes a pattern of it, in which `?`, `[a-z]` and `**` mean what they mean in paths |
/// | `@local/photos`, `@local/photos@1.0.0`, `atdata://local/dataset/photos` | those of the dataset in your index, with a feature for indexes, such as `sqlite`; see [`LoadOptions::index`] for others |
/// | `at://did/collection/key`, `@handle/photos` | those that a record of the AT Protocol network names |
///
/// A `~` at the beginning of a path is the home folder. A file whose name begins like a reference is `./@file`.
///
/// # Splits
///
/// A shard belongs to the split that its file name speaks of, or else the folders between it and the part of the path
/// that was given without braces and wildcards: a word between hyphens or underscores, at the beginning before one of
/// them, or as the whole name of a folder. `train` and `training` are `train`, `test` and `testing` are `test`, `val`,
/// `valid`, `validation`, `dev` and `development` are `validation`, whatever their case. Folders above that part do not count, or all
/// data in the home of a user `test` were test data.
///
/// Where that says nothing of any shard, all belong to the split that what was given speaks of: the whole of a relative
/// path or of a URL, the last folder of an absolute path; `load_dataset("/data/photos/val")` gives the split
/// `validation`. Else they are `train`, as are shards without a word for it beside others that have one.
///
/// Splits are in the order of their first shards. A dataset that is found by a reference is one split, `train`, to which
/// [`LoadOptions::load_split`] leads by any name.
///
/// # Types
///
/// Where an index has the schema of a dataset, `S` has to be one that can read it: the type itself, under any name, an
/// older or newer version of it whose samples are its own too, or one that has some of its fields; others are passed
/// over then. Other samples are told by the first of them that is read.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) where there is no such file, folder, dataset or version, or there are no
/// shards in it, with what there is instead; [`InvalidInput`](crate::ErrorKind::InvalidInput) for a malformed pattern;
/// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) with all differences, if the schema in the index is not one that
/// `S` reads; [`Unsupported`](crate::ErrorKind::Unsupported) for URLs that are not read, or that an index of another
/// machine may not name. Servers of shards are not asked before the first sample, but for the buckets of patterns.
pub fn load_dataset<S: Packable + 'static>(path: &str) -> Result<DatasetDict<S>> {
    LoadOptions::new().load(path)
}

/// [`load_dataset`], with files named split by split, and with options.
///
/// ```no_run
/// use atdata::{DictSample, LoadOptions, ReadOptions};
///
/// let loader = LoadOptions::new()
///     .data_files([("train", vec!["a-*.tar", "b-*.tar"]), ("test", vec!["c.tar"])])
///     .options(ReadOptions::new().require_end(true));
/// let train = loader.load_split::<DictSample>("s3://bucket/photos", "train")?;
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct LoadOptions {
    files: Option<DataFiles>,
    options: ReadOptions,
    #[cfg(feature = "_index")]
    lookup: Lookup,
}

impl LoadOptions {
    /// Loads as [`load_dataset`] does.
    pub fn new() -> Self {
        Self::default()
    }

    /// The files of each split, in place of finding them and their splits. Relative names are looked for below the path
    /// that is loaded, a folder or URL; braces and wildcards are expanded.
    pub fn data_files(mut self, files: impl IntoDataFiles) -> Self {
        self.files = Some(files.into_data_files());
        self
    }

    /// How the shards are read; those of an index with the credentials of the store that has them, whatever is said
    /// here.
    pub fn options(mut self, options: ReadOptions) -> Self {
        self.options = options;
        self
    }

    /// The index in which references are looked up, in place of the one that [`Index::from_env`] opens; that is only read.
    #[cfg(feature = "_index")]
    pub fn index(mut self, index: &Index) -> Self {
        self.lookup.index = Some(index.clone());
        self
    }

    /// The client for references to the network, in place of that of the index.
    #[cfg(feature = "atmosphere")]
    pub fn atmosphere(mut self, atmosphere: &crate::atproto::Atmosphere) -> Self {
        self.lookup.atmosphere = Some(atmosphere.clone());
        self
    }

    /// What the URLs of shards may be that an index or a record names.
    ///
    /// Unless it is said, an index whose database is on this machine may name anything; one on another machine, into
    /// which others may write, what its store has, and what a [record](Schemes::of_records) may name.
    #[cfg(feature = "_index")]
    pub fn schemes(mut self, schemes: Schemes) -> Self {
        self.lookup.schemes = Some(schemes);
        self
    }

    /// Whether the type of the samples is held against the schema that an index has, the default. A sample that does not
    /// fit is an error when it is read, checked or not.
    #[cfg(feature = "_index")]
    pub fn check_schema(mut self, yes: bool) -> Self {
        self.lookup.check_schema = yes;
        self
    }

    /// All splits of the dataset that `path` names; see [`load_dataset`].
    ///
    /// # Errors
    /// Those of [`load_dataset`].
    pub fn load<S: Packable + 'static>(&self, path: &str) -> Result<DatasetDict<S>> {
        if is_reference(path) {
            return Ok(DatasetDict::new(vec![(split::DEFAULT.to_owned(), self.load_reference(path)?)]));
        }
        let splits = match &self.files {
            Some(files) => files.find(path, &self.options)?,
            None => find::splits(path, &self.options)?,
        };
        let open =
            |(split, shards): find::Group| Ok((split, Dataset::open(shards)?.with_options(self.options.clone())));
        Ok(DatasetDict::new(splits.into_iter().map(open).collect::<Result<_>>()?))
    }

    /// One split of the dataset that `path` names.
    ///
    /// # Errors
    /// Those of [`load_dataset`], and [`NotFound`](crate::ErrorKind::NotFound) with the splits that there are.
    pub fn load_split<S: Packable + 'static>(&self, path: &str, split: &str) -> Result<Dataset<S>> {
        if is_reference(path) {
            return self.load_reference(path);
        }
        self.load(path)?.into_split(split).map_err(|error| error.with_shard(&redacted(path)))
    }

    /// All that `path` names as one dataset, whatever its splits.
    ///
    /// # Errors
    /// Those of [`load_dataset`].
    pub fn load_all<S: Packable + 'static>(&self, path: &str) -> Result<Dataset<S>> {
        if is_reference(path) {
            return self.load_reference(path);
        }
        let shards = match &self.files {
            // A pattern stays one, for an index to keep.
            None if find::is_plain(path) => return Ok(Dataset::open(path)?.with_options(self.options.clone())),
            None => find::shards(path, &self.options)?,
            Some(files) => files.find(path, &self.options)?.into_iter().flat_map(|(_, shards)| shards).collect(),
        };
        Ok(Dataset::open(shards)?.with_options(self.options.clone()))
    }

    fn load_reference<S: Packable + 'static>(&self, text: &str) -> Result<Dataset<S>> {
        let found = match self.files {
            Some(_) => Err(LoadError::FilesOfReference.into()),
            #[cfg(feature = "_index")]
            None => self.lookup.load(text, &self.options),
            #[cfg(not(feature = "_index"))]
            None => Err(LoadError::NoIndexes.into()),
        };
        found.map_err(|error: Error| error.with_shard(text))
    }
}

/// Whether that is a reference, and no path or URL of shards.
fn is_reference(text: &str) -> bool {
    text.starts_with('@') || text.starts_with("at://") || text.starts_with("atdata://")
}
