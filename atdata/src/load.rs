//! From a name to typed datasets: paths, folders, patterns and URLs.

mod dict;
mod error;
mod files;
mod find;
mod split;
mod wildcards;

pub use self::dict::{DatasetDict, Iter};
use self::error::LoadError;
pub use self::files::{DataFiles, IntoDataFiles};
use self::find::Group;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::sample::Packable;
use crate::shard::ReadOptions;

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
/// | `https://host/train-{0..9}.tar`, `s3://bucket/train.tar` | what the server has, asked when it is read; `*` is not expanded |
///
/// A `~` at the beginning of a path is the home folder.
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
/// Splits are in the order of their first shards.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) where there is no such file or folder, or there are no shards in it, with
/// what there is instead; [`InvalidInput`](crate::ErrorKind::InvalidInput) for a malformed pattern;
/// [`Unsupported`](crate::ErrorKind::Unsupported) for URLs that are not read. Servers are not asked before the first
/// sample.
pub fn load_dataset<S: Packable + 'static>(path: &str) -> Result<DatasetDict<S>> {
    Loader::new().load(path)
}

/// [`load_dataset`], with files named split by split, and with options.
///
/// ```no_run
/// use atdata::{DictSample, Loader, ReadOptions};
///
/// let loader = Loader::new()
///     .data_files([("train", vec!["a-*.tar", "b-*.tar"]), ("test", vec!["c.tar"])])
///     .options(ReadOptions::new().require_end(true));
/// let train = loader.load_split::<DictSample>("s3://bucket/photos", "train")?;
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Loader {
    files: Option<DataFiles>,
    options: ReadOptions,
}

impl Loader {
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

    /// How the shards are read.
    pub fn options(mut self, options: ReadOptions) -> Self {
        self.options = options;
        self
    }

    /// All splits of the dataset that `path` names; see [`load_dataset`].
    ///
    /// # Errors
    /// Those of [`load_dataset`].
    pub fn load<S: Packable + 'static>(&self, path: &str) -> Result<DatasetDict<S>> {
        let splits = self.find(path)?.into_iter().map(|(split, shards)| Ok((split, self.open(shards)?)));
        Ok(DatasetDict::new(splits.collect::<Result<_>>()?))
    }

    /// One split of the dataset that `path` names.
    ///
    /// # Errors
    /// Those of [`load_dataset`], and [`NotFound`](crate::ErrorKind::NotFound) with the splits that there are.
    pub fn load_split<S: Packable + 'static>(&self, path: &str, split: &str) -> Result<Dataset<S>> {
        self.load(path)?.into_split(split).map_err(|error| error.with_shard(&crate::source::redacted(path)))
    }

    fn find(&self, path: &str) -> Result<Vec<Group>> {
        match &self.files {
            Some(files) => files.find(path),
            None => find::splits(path),
        }
    }

    fn open<S: Packable + 'static>(&self, shards: Vec<crate::source::Shard>) -> Result<Dataset<S>> {
        Ok(Dataset::open(shards)?.with_options(self.options.clone()))
    }
}
