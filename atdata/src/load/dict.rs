//! `DatasetDict`: the datasets of one name, a split each.

use std::fmt;

use super::LoadError;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::sample::DictSample;

/// The splits of a dataset, in order: `train`, `test` and the like, each a [`Dataset`].
///
/// ```
/// use atdata::{Dataset, DictSample, load_dataset};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let root = dir.path().to_str().unwrap();
/// # for name in ["train-000000.tar", "test-000000.tar"] {
/// #     let sample: DictSample = [("text", "a cat")].into_iter().collect();
/// #     Dataset::write(dir.path().join(name), [sample])?;
/// # }
/// let splits = load_dataset::<DictSample>(root)?;
/// assert_eq!(splits.names().collect::<Vec<_>>(), ["test", "train"]);
/// assert_eq!(splits.split("train")?.len()?, 1);
///
/// let error = splits.split("validation").unwrap_err();
/// assert_eq!(error.to_string(), "there is no split \"validation\"; there are \"test\" and \"train\"");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
pub struct DatasetDict<T = DictSample> {
    splits: Vec<(String, Dataset<T>)>,
}

impl<T> DatasetDict<T> {
    /// Names are in `splits` once each.
    pub(super) fn new(splits: Vec<(String, Dataset<T>)>) -> Self {
        Self { splits }
    }

    /// The dataset of a split, if there is one of that name.
    pub fn get(&self, name: &str) -> Option<&Dataset<T>> {
        self.splits.iter().find(|(split, _)| split == name).map(|(_, dataset)| dataset)
    }

    /// The dataset of a split.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the splits that there are.
    pub fn split(&self, name: &str) -> Result<&Dataset<T>> {
        self.get(name).ok_or_else(|| self.missing(name).into())
    }

    /// The same as [`split`](Self::split), for who needs no other.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the splits that there are.
    pub fn into_split(mut self, name: &str) -> Result<Dataset<T>> {
        match self.splits.iter().position(|(split, _)| split == name) {
            Some(at) => Ok(self.splits.swap_remove(at).1),
            None => Err(self.missing(name).into()),
        }
    }

    /// The dataset, where there is but one split, whatever its name.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with the splits if there are several.
    pub fn only(&self) -> Result<&Dataset<T>> {
        match self.splits.as_slice() {
            [(_, dataset)] => Ok(dataset),
            _ => Err(self.several().into()),
        }
    }

    /// The same as [`only`](Self::only), owned.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with the splits if there are several.
    pub fn into_only(self) -> Result<Dataset<T>> {
        match <[_; 1]>::try_from(self.splits) {
            Ok([(_, dataset)]) => Ok(dataset),
            Err(splits) => Err(Self { splits }.several().into()),
        }
    }

    /// The splits with their names, in order.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(self.splits.iter())
    }

    /// The names of the splits, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        self.splits.iter().map(|(name, _)| name.as_str())
    }

    /// How many splits there are.
    pub fn len(&self) -> usize {
        self.splits.len()
    }

    /// Whether there is none, which does not happen where [`load_dataset`](crate::load_dataset) gave it.
    pub fn is_empty(&self) -> bool {
        self.splits.is_empty()
    }

    /// How many shards each split has, in order.
    pub fn num_shards(&self) -> impl ExactSizeIterator<Item = (&str, usize)> {
        self.splits.iter().map(|(name, dataset)| (name.as_str(), dataset.shards().len()))
    }

    /// The same change for each dataset: another type, a filter, other options.
    ///
    /// ```no_run
    /// use atdata::{DictSample, load_dataset};
    ///
    /// let splits = load_dataset::<DictSample>("data/*.tar")?;
    /// let labelled = splits.map_datasets(|_, dataset| dataset.filter(|sample| sample.get("label").is_some()));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    #[must_use]
    pub fn map_datasets<U>(self, mut change: impl FnMut(&str, Dataset<T>) -> Dataset<U>) -> DatasetDict<U> {
        let changed = self.splits.into_iter().map(|(name, dataset)| {
            let dataset = change(&name, dataset);
            (name, dataset)
        });
        DatasetDict { splits: changed.collect() }
    }

    fn missing(&self, name: &str) -> LoadError {
        LoadError::NoSplit { name: name.to_owned(), present: self.listed() }
    }

    fn several(&self) -> LoadError {
        LoadError::SeveralSplits { present: self.listed() }
    }

    fn listed(&self) -> Vec<String> {
        self.names().map(str::to_owned).collect()
    }
}

/// The splits of a [`DatasetDict`] with their names.
pub struct Iter<'a, T>(std::slice::Iter<'a, (String, Dataset<T>)>);

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = (&'a str, &'a Dataset<T>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, dataset)| (name.as_str(), dataset))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(name, dataset)| (name.as_str(), dataset))
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<'a, T> IntoIterator for &'a DatasetDict<T> {
    type Item = (&'a str, &'a Dataset<T>);
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for DatasetDict<T> {
    type Item = (String, Dataset<T>);
    type IntoIter = std::vec::IntoIter<(String, Dataset<T>)>;

    fn into_iter(self) -> Self::IntoIter {
        self.splits.into_iter()
    }
}

impl<T> fmt::Debug for DatasetDict<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
