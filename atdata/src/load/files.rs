//! Files that are given by name, split by split.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::LoadError;
use super::find::{self, Group};
use super::split;
use crate::error::Result;
use crate::net::url::split_scheme;
use crate::source::{ReadOptions, Shard};

/// The files of each split: what [`IntoDataFiles`] makes of texts, lists and maps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataFiles(Vec<(String, Vec<String>)>);

impl DataFiles {
    fn add(&mut self, split: String, mut patterns: Vec<String>) {
        match self.0.iter_mut().find(|(known, _)| *known == split) {
            Some((_, known)) => known.append(&mut patterns),
            None => self.0.push((split, patterns)),
        }
    }

    fn merged(all: impl IntoIterator<Item = Self>) -> Self {
        let mut merged = Self::default();
        all.into_iter().flat_map(|files| files.0).for_each(|(split, patterns)| merged.add(split, patterns));
        merged
    }

    /// The shards of each split; relative names are looked for below `base`.
    pub(super) fn find(&self, base: &str, options: &ReadOptions) -> Result<Vec<Group>> {
        if self.0.is_empty() {
            return Err(LoadError::NoFiles { name: split::DEFAULT.into() }.into());
        }
        self.0.iter().map(|(split, patterns)| Ok((split.clone(), shards(split, patterns, base, options)?))).collect()
    }
}

fn shards(split: &str, patterns: &[String], base: &str, options: &ReadOptions) -> Result<Vec<Shard>> {
    if patterns.is_empty() {
        return Err(LoadError::NoFiles { name: split.to_owned() }.into());
    }
    let found: Vec<_> =
        patterns.iter().map(|pattern| find::shards(&joined(base, pattern), options)).collect::<Result<_>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// `name` below `base`, a folder or a URL, unless it says itself where it is.
fn joined(base: &str, name: &str) -> String {
    let is_whole = name == "-" || name.starts_with(['/', '~']) || Path::new(name).is_absolute();
    if base.is_empty() || is_whole || split_scheme(name).is_some_and(|(_, rest)| rest.starts_with('/')) {
        return name.to_owned();
    }
    // The query of a URL, which may be a signature, stays behind the path.
    let is_http = split_scheme(base).is_some_and(|(scheme, _)| scheme.to_ascii_lowercase().starts_with("http"));
    let end = base.find('?').filter(|_| is_http).unwrap_or(base.len());
    let (folder, query) = base.split_at(end);
    format!("{}/{name}{query}", folder.strip_suffix('/').unwrap_or(folder))
}

/// What names the files of a dataset, split by split.
///
/// | given | meaning |
/// |---|---|
/// | `&str`, `String` | a file of the split `train`; braces and wildcards are expanded |
/// | `("test", files)` | files of another split: one, or a list |
/// | arrays, slices and vectors of those | all of them, in order |
/// | a `BTreeMap` from splits to files | the same |
pub trait IntoDataFiles {
    /// The files, in order.
    fn into_data_files(self) -> DataFiles;
}

impl IntoDataFiles for DataFiles {
    fn into_data_files(self) -> DataFiles {
        self
    }
}

impl IntoDataFiles for String {
    fn into_data_files(self) -> DataFiles {
        DataFiles(vec![(split::DEFAULT.to_owned(), vec![self])])
    }
}

impl IntoDataFiles for &str {
    fn into_data_files(self) -> DataFiles {
        self.to_owned().into_data_files()
    }
}

impl IntoDataFiles for &String {
    fn into_data_files(self) -> DataFiles {
        self.clone().into_data_files()
    }
}

impl<K: Into<String>, F: IntoDataFiles> IntoDataFiles for (K, F) {
    fn into_data_files(self) -> DataFiles {
        let (split, files) = self;
        let patterns = files.into_data_files().0.into_iter().flat_map(|(_, patterns)| patterns);
        DataFiles(vec![(split.into(), patterns.collect())])
    }
}

impl<F: IntoDataFiles> IntoDataFiles for Vec<F> {
    fn into_data_files(self) -> DataFiles {
        DataFiles::merged(self.into_iter().map(F::into_data_files))
    }
}

impl<F: IntoDataFiles + Clone> IntoDataFiles for &Vec<F> {
    fn into_data_files(self) -> DataFiles {
        self.as_slice().into_data_files()
    }
}

impl<F: IntoDataFiles + Clone> IntoDataFiles for &[F] {
    fn into_data_files(self) -> DataFiles {
        DataFiles::merged(self.iter().cloned().map(F::into_data_files))
    }
}

impl<F: IntoDataFiles, const N: usize> IntoDataFiles for [F; N] {
    fn into_data_files(self) -> DataFiles {
        DataFiles::merged(self.into_iter().map(F::into_data_files))
    }
}

impl<F: IntoDataFiles + Clone, const N: usize> IntoDataFiles for &[F; N] {
    fn into_data_files(self) -> DataFiles {
        self.as_slice().into_data_files()
    }
}

impl<K: Into<String>, F: IntoDataFiles> IntoDataFiles for BTreeMap<K, F> {
    fn into_data_files(self) -> DataFiles {
        DataFiles::merged(self.into_iter().map(<(K, F)>::into_data_files))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splits(files: impl IntoDataFiles) -> Vec<(String, Vec<String>)> {
        files.into_data_files().0
    }

    fn split(name: &str, files: &[&str]) -> (String, Vec<String>) {
        (name.into(), files.iter().map(|&file| file.into()).collect())
    }

    #[test]
    fn files_without_a_split_are_for_training() {
        assert_eq!(splits("a.tar"), [split("train", &["a.tar"])]);
        assert_eq!(splits(["a.tar", "b.tar"]), [split("train", &["a.tar", "b.tar"])]);
        assert_eq!(splits(vec!["a.tar".to_owned()]), [split("train", &["a.tar"])]);
        assert!(splits(Vec::<String>::new()).is_empty());
    }

    #[test]
    fn splits_are_in_the_order_in_which_they_were_given() {
        let expected = [split("test", &["t.tar", "u.tar"]), split("b", &["x.tar"])];
        assert_eq!(splits([("test", vec!["t.tar"]), ("b", vec!["x.tar"]), ("test", vec!["u.tar"])]), expected);
        assert_eq!(splits(("empty", Vec::<String>::new())), [split("empty", &[])]);
        let map = BTreeMap::from([("b", ["x.tar"]), ("a", ["y.tar"])]);
        assert_eq!(splits(map), [split("a", &["y.tar"]), split("b", &["x.tar"])]);
    }

    #[test]
    fn relative_names_are_below_the_base() {
        for (base, name, whole) in [
            ("data", "a/x.tar", "data/a/x.tar"),
            ("data/", "x.tar", "data/x.tar"),
            ("/", "x.tar", "/x.tar"),
            ("", "x.tar", "x.tar"),
            ("data", "/x.tar", "/x.tar"),
            ("data", "~/x.tar", "~/x.tar"),
            ("data", "s3://b/x.tar", "s3://b/x.tar"),
            ("data", "file:/x.tar", "file:/x.tar"),
            ("data", "-", "-"),
            ("data", "run:1.tar", "data/run:1.tar"),
            ("s3://b/d?/", "x-{0..9}.tar", "s3://b/d?/x-{0..9}.tar"),
            ("https://h/d?token=1", "x.tar", "https://h/d/x.tar?token=1"),
        ] {
            assert_eq!(joined(base, name), whole, "{base} {name}");
        }
    }
}
