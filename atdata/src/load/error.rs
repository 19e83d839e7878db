//! Errors of loading: what can go wrong between a name and its shards.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Cause, ErrorKind, Printable, kind_of_io};
use crate::near::Listed;
#[cfg(feature = "s3")]
pub(super) use crate::near::what_there_is;
pub(super) use crate::near::{beside, what_is_in};

#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("there is no split \"{}\"; there are {}", Printable(.name), Listed(.present))]
    NoSplit { name: String, present: Vec<String> },
    #[error("there are several splits, {}: name one", Listed(.present))]
    SeveralSplits { present: Vec<String> },
    #[error("there is no such file or folder; {beside}")]
    Missing { beside: String },
    #[error("no file fits the pattern; {beside}")]
    NoMatch { beside: String },
    #[error("the folder has no shards: files that end in {}; {found}", super::names::SUFFIXES.join(", "))]
    EmptyFolder { found: String },
    #[error(
        "\"{}\" is {found}, which would wait for another process: name it alone, or move it away", .path.display()
    )]
    Irregular { path: PathBuf, found: &'static str },
    #[error("the pattern is malformed")]
    Pattern(#[source] glob::PatternError),
    #[error("cannot be looked at")]
    Io(#[source] io::Error),
    #[error("cannot look into \"{}\"", .folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error(
        "`*` is expanded in paths and in keys of S3 buckets; elsewhere list the shards with braces, such as \
         \"data-{{000000..000009}}.tar\""
    )]
    Wildcard,
    #[cfg(feature = "s3")]
    #[error("expected `s3://bucket/key`, found no bucket")]
    NoBucket,
    #[cfg(feature = "s3")]
    #[error("expected folders divided by single slashes: {0}")]
    Key(String),
    #[error("the home folder, for which `~` stands, is not known: write the whole path")]
    NoHome,
    #[cfg(feature = "_index")]
    #[error(
        "nobody's dataset: expected `@local/{0}`, or the name of another owner before it; of a file the path is `./@{0}`",
        Printable(.name)
    )]
    Unowned { name: String },
    #[cfg_attr(feature = "_index", allow(dead_code))]
    #[error(
        "this build has no indexes to look a reference up in; enable the feature `sqlite` of atdata, or another index"
    )]
    NoIndexes,
    #[cfg(all(feature = "_index", not(feature = "atmosphere")))]
    #[error(
        "it leads to the AT Protocol network, which is not read here: for a dataset of an index write `@local/name`; \
         records are read with the feature `atmosphere` of atdata"
    )]
    Network,
    #[error("a reference says itself which files there are: leave out `data_files`, or give a folder or URL")]
    FilesOfReference,
    #[error("expected files for the split \"{}\", found an empty list", Printable(.name))]
    NoFiles { name: String },
}

impl Cause for LoadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSplit { .. } | Self::Missing { .. } | Self::NoMatch { .. } | Self::EmptyFolder { .. } => {
                ErrorKind::NotFound
            }
            Self::Io(source) | Self::Folder { source, .. } => kind_of_io(source),
            Self::Wildcard => ErrorKind::Unsupported,
            #[cfg(all(feature = "_index", not(feature = "atmosphere")))]
            Self::Network => ErrorKind::Unsupported,
            #[cfg(not(feature = "_index"))]
            Self::NoIndexes => ErrorKind::Unsupported,
            _ => ErrorKind::InvalidInput,
        }
    }
}

impl LoadError {
    pub(super) fn within(folder: &Path, source: io::Error) -> Self {
        Self::Folder { folder: folder.to_owned(), source }
    }
}
