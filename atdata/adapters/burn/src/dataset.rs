//! Random access: a dataset of shards as a `Dataset` of burn's.

use std::error::Error as _;
use std::fmt;

use atdata::Dataset;
use burn_core::data::dataset::{self, DatasetError};

/// Samples of shards by their number, as burn's [`Dataset`](dataset::Dataset): for what burn makes of one, its transforms,
/// samplers and its own loaders.
///
/// An item costs one read of its own bytes. [`get_many`](dataset::Dataset::get_many), by which burn's loaders ask for a batch, is
/// one pass: what lies near each other in a shard is one read, and of a server the reads are in parallel. An epoch by way of
/// burn's loaders has their order, their threads, and no token; [`PlanDataLoader`](crate::PlanDataLoader) has those of atdata.
///
/// ```
/// use atdata::{Dataset, Packable};
/// use atdata_burn::ShardDataset;
/// use burn::data::dataset::Dataset as _;
/// use burn::data::dataset::transform::ShuffledDataset;
///
/// #[derive(Packable, Clone, Debug, PartialEq)]
/// struct Caption {
///     text: String,
/// }
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("captions.tar");
/// # Dataset::write(&path, (0..10).map(|i| Caption { text: format!("caption {i}") }))?;
/// let captions = ShardDataset::new(Dataset::<Caption>::open(&path)?)?;
/// assert_eq!((captions.len(), captions.get(7)?.text.as_str()), (10, "caption 7"));
/// let some = captions.get_many(vec![8, 1, 8])?;
/// assert_eq!((some[0] == some[2], some[1].text.as_str()), (true, "caption 1"));
/// assert_eq!(ShuffledDataset::with_seed(captions, 42).len(), 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ShardDataset<T> {
    dataset: Dataset<T>,
    len: usize,
}

impl<T> ShardDataset<T> {
    /// The samples of a dataset, with the stages that it has. Shards that have their
    /// [contents](atdata::shard::Contents) beside them are asked for these alone; others are read once, here.
    ///
    /// # Errors
    /// [`Unsupported`](atdata::ErrorKind::Unsupported) of what has no samples by number without being read from its start: a
    /// dataset with a filter, shards that are compressed, and those of servers without contents. Those of reading the contents.
    pub fn new(dataset: Dataset<T>) -> atdata::Result<Self> {
        // What a plan needs to know of the shards is what random access needs as well, and is kept with them.
        match dataset.plan().batch(1).build() {
            Ok(plan) => {
                let len = usize::try_from(plan.samples()).unwrap_or(usize::MAX);
                Ok(Self { dataset, len })
            }
            // Of no samples there is no plan, but it is a dataset.
            Err(_) if dataset.is_empty().unwrap_or(false) => Ok(Self { dataset, len: 0 }),
            Err(error) => Err(error),
        }
    }

    /// The dataset of atdata.
    pub fn inner(&self) -> &Dataset<T> {
        &self.dataset
    }
}

/// An index that is out of range is an error, of kind [`NotFound`](atdata::ErrorKind::NotFound), and no panic.
impl<T: Send + Sync> dataset::Dataset<T> for ShardDataset<T> {
    fn get(&self, index: usize) -> Result<T, DatasetError> {
        self.dataset.at(index).map_err(DatasetError::new)
    }

    fn get_many(&self, indexes: Vec<usize>) -> Result<Vec<T>, DatasetError> {
        self.dataset.select(&indexes).map_err(DatasetError::new)
    }

    fn len(&self) -> usize {
        self.len
    }
}

impl<T> fmt::Debug for ShardDataset<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardDataset").field("len", &self.len).finish_non_exhaustive()
    }
}

/// The error of atdata that an error of burn's data was made of: with its kind, shard, key and offset.
///
/// ```
/// use atdata::{Dataset, DictSample, ErrorKind};
/// use atdata_burn::{ShardDataset, error_of};
/// use burn::data::dataset::Dataset as _;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("numbers.tar");
/// # Dataset::write(&path, (0..10_i64).map(|i| DictSample::from_iter([("number", i)])))?;
/// let numbers = ShardDataset::new(Dataset::<DictSample>::open(&path)?)?;
/// let error = numbers.get(10).unwrap_err();
/// assert_eq!(error_of(&error).map(atdata::Error::kind), Some(ErrorKind::NotFound));
/// # Ok::<(), atdata::Error>(())
/// ```
pub fn error_of(error: &DatasetError) -> Option<&atdata::Error> {
    error.source()?.downcast_ref()
}
