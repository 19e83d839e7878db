//! What may be wrong with contents, and with a shard by what its contents say.

use std::sync::Arc;

use crate::error::{Cause, Error, ErrorKind, Printable, kind_of_io};
use crate::store::PACK;

#[derive(Debug, thiserror::Error)]
pub(super) enum ContentsError {
    #[error("expected the contents of a shard, which begin with `ATDXIDX1`, found another file")]
    Foreign,
    #[error(
        "expected contents of version 1, found version {found}: make them again with `atdata index-shards`, or read them with a newer atdata"
    )]
    Version { found: u32 },
    #[error("damaged contents, {what}: make them again with `atdata index-shards`")]
    Damaged { what: &'static str },
    #[error("damaged contents, expected {expected} bytes, found {found}: make them again with `atdata index-shards`")]
    Length { expected: u64, found: u64 },
    #[error(
        "its contents, \"{}\", are of another state of the shard, {what}: {}",
        Printable(.sidecar), advice(.sidecar, *.told)
    )]
    Stale { sidecar: Arc<str>, what: String, told: Told },
    #[error("the shard has changed since it was read to find its samples, {what}: open the dataset anew")]
    Changed { what: String, told: Told },
    #[error("expected the contents of a shard, found {found} bytes, more than the {shard} of the shard itself")]
    Large { found: u64, shard: u64 },
    #[error(
        "the shard is {compression} data, in which no sample can be read without those before it: write it as `.tar` for random access"
    )]
    Compressed { compression: String },
    #[error("the member with the field `{}` is a link or sparse, which contents cannot name: copy the shard, which makes files of them, by `atdata reshard` or `Rewrite::reshard`", Printable(.field))]
    Odd { field: String },
    #[error(
        "refused to hold {found} bytes that stand before a sample, or within it, and belong to none; the limit is that of one member, \
         which `ReadOptions::max_member` sets (the program by --max-member)"
    )]
    Between { found: u64 },
    #[error("contents hold fewer than {limit} {what}, found more: write smaller shards")]
    TooMany { what: &'static str, limit: u64 },
    #[error("contents hold {what} of up to {limit} bytes, found {found}: give shorter names to members")]
    Long { what: &'static str, found: usize, limit: usize },
    #[error(
        "the shard can be read as a whole only, from its begin: copy it to a file with `atdata cp`, or name a URL whose server \
         knows ranges, in place of a blob or of one for which an entry has a SHA-256"
    )]
    Unranged,
    #[error("no sample {number} in the shard, which has {len}")]
    OutOfRange { number: u64, len: u64 },
    #[error("cannot {what} the contents of the shard")]
    Io { what: &'static str, source: std::io::Error },
}

impl Cause for ContentsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Foreign | Self::Damaged { .. } | Self::Length { .. } | Self::Large { .. } => ErrorKind::Corrupt,
            Self::Unranged
            | Self::Version { .. }
            | Self::Compressed { .. }
            | Self::Odd { .. }
            | Self::Between { .. }
            | Self::TooMany { .. }
            | Self::Long { .. } => ErrorKind::Unsupported,
            Self::Stale { .. } | Self::Changed { .. } => ErrorKind::Conflict,
            Self::OutOfRange { .. } => ErrorKind::NotFound,
            Self::Io { source, .. } => kind_of_io(source),
        }
    }
}

/// What shows that contents are of another state of their shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The size of the shard, its end, its first and its last header: contents that disagree with them are never kept.
    Ends,
    /// A header of a sample, or its key.
    Header,
    /// The bytes of a sample, whose headers are those that it had.
    Bytes,
    /// The same of all samples that were looked at.
    AllBytes,
}

/// What to do about contents that are of something else.
fn advice(sidecar: &str, told: Told) -> String {
    let force = if told == Told::Ends { "" } else { " --force" };
    if sidecar.ends_with(PACK) {
        format!("make them again with `atdata index-shards --pack{force}` where the shards are files")
    } else if sidecar.contains("://") {
        format!(
            "make them again with `atdata index-shards{force}` where the shard is a file, and put them there in place of \
             these, or remove these there"
        )
    } else {
        format!("make them again with `atdata index-shards{force}`, or remove that file")
    }
}

/// Whether an error is about a shard as a whole, or what is kept beside it.
pub(crate) fn is_of_shard(error: &Error) -> bool {
    error.cause::<ContentsError>().is_some() && !is_other_bytes(error)
}

/// Whether an error says of one sample that its bytes are others, with the headers that it had.
pub(crate) fn is_other_bytes(error: &Error) -> bool {
    use ContentsError::{Changed, Stale};
    matches!(error.cause(), Some(Stale { told: Told::Bytes, .. } | Changed { told: Told::Bytes, .. }))
}

/// The error that says so of one sample, where those of others are others as well: the shard was replaced.
pub(crate) fn as_of_shard(mut error: Error) -> Error {
    if let Some(ContentsError::Stale { told, .. } | ContentsError::Changed { told, .. }) = error.cause_mut() {
        *told = Told::AllBytes;
    }
    error
}

pub(super) fn damaged(what: &'static str) -> Error {
    ContentsError::Damaged { what }.into()
}
