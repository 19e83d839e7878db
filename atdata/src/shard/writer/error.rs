//! What a write can fail with.

use std::{fmt, io};

use crate::atomic;
use crate::error::{Cause, Error, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("no samples to write: give at least one")]
    Empty,
    #[error("expected the path of a file, found that of a folder: add a name such as `data.tar`")]
    NoName,
    #[error("expected a regular file or a free name, found {found}, which is not to be replaced: name a file")]
    Irregular { found: &'static str },
    #[error("an earlier sample could not be written, so the shard cannot be whole: start the write again")]
    Broken,
    #[error(
        "contents are written beside files that are not compressed, not of {of}: leave them out, or write `.tar` files"
    )]
    NoContents { of: &'static str },
    #[cfg(feature = "manifest")]
    #[error(
        "a manifest has values of each sample, and this one is copied as its members: leave it out, and make it when the shards are \
         written, by `Dataset::write_manifests` (the program by `atdata manifest build`)"
    )]
    NoValues,
    #[error("the sample's encoder removed bytes that it did not write: it may only append to the buffer it is given")]
    Shortened,
    #[error(
        "samples are appended as further shards, which have numbers, and this is one file: set `max_count` or `max_bytes` \
         (the program with --max-count, --max-bytes)"
    )]
    AppendToOne,
    #[error(
        "a file of that name is there, and is to be left alone: write to another name, remove it, or let it be replaced (without \
         `no_clobber`, in the program without --no-clobber)"
    )]
    There,
    #[error("the name was free when the write began, and another write has taken it meanwhile: append again")]
    Taken,
    #[error(
        "a write goes on behind the shards that were whole when it ended, and this is one shard: set `max_count` or \
         `max_bytes` (the program with --max-count, --max-bytes)"
    )]
    ResumeOne,
    #[error("a write goes on where its shards are files, not objects of a store: write to a folder, and copy that")]
    ResumeStore,
    #[error("{step}")]
    Io {
        step: Step,
        #[source]
        source: io::Error,
    },
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Folder,
    Create,
    Write,
    Contents,
    Manifest,
    Commit,
    Stage,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "cannot make the folder of the shard",
            Self::Create => "cannot begin the shard",
            Self::Write => "cannot write the shard",
            Self::Contents => "cannot write the contents of the shard",
            Self::Manifest => "cannot write the manifest of the shard",
            Self::Stage => "cannot keep the finished shard for a write that goes on",
            Self::Commit => "cannot give the finished shard its name",
        })
    }
}

impl Cause for WriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => atomic::kind_of(source),
            Self::Taken | Self::There => ErrorKind::Conflict,
            _ => ErrorKind::InvalidInput,
        }
    }
}

/// Names the sample, where the caller gave it its key.
#[cold]
pub(super) fn within(error: Error, key: Option<&str>) -> Error {
    key.into_iter().fold(error, Error::with_key)
}

/// A store's own error is told as it is.
pub(super) fn failed(step: Step, source: io::Error, shard: &str) -> Error {
    match source.downcast::<Error>() {
        Ok(own) => own,
        Err(source) => WriteError::Io { step, source }.into(),
    }
    .with_shard(shard)
}
