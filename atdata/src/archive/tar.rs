//! The tar format: headers, extended headers, and the member stream.

pub(crate) mod emit;
mod header;
mod pax;
mod scan;
mod sparse;

use std::{fmt, io};

use crate::error::{Cause, Error, ErrorKind, Printable};

use super::compression::Compression;

pub(crate) use scan::Scan;

/// Headers, data and their padding are multiples of it.
const BLOCK: u64 = 512;

/// Length of data with its padding; `None` where a header claims more than any archive has.
#[inline]
fn padded(size: u64) -> Option<u64> {
    Some(size.checked_add(BLOCK - 1)? & !(BLOCK - 1))
}

/// Something about a shard that did not stop the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The archive ends at a member boundary without its two zero blocks: it may have been cut there.
    MissingEnd {
        /// Where the zero blocks should have begun.
        offset: u64,
    },
    /// One zero block, which ends the archive, but data behind it: members may be lost.
    LoneZeroBlock {
        /// Where the zero block is.
        offset: u64,
    },
    /// Data behind the two zero blocks that end the archive. Where they are a hole, as an incomplete download leaves
    /// it, members are lost; the same is found where archives were put one behind the other.
    DataAfterEnd {
        /// Where the first byte is that is not zero.
        offset: u64,
    },
}

impl Warning {
    /// Where in the (decompressed) shard it is.
    pub fn offset(&self) -> u64 {
        let (Self::MissingEnd { offset } | Self::LoneZeroBlock { offset } | Self::DataAfterEnd { offset }) = *self;
        offset
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingEnd { offset } => {
                write!(f, "expected the end-of-archive blocks at {offset}, found the end of the file")
            }
            Self::LoneZeroBlock { offset } => {
                write!(f, "expected a second zero block behind the one at {offset}, found other data")
            }
            Self::DataAfterEnd { offset } => {
                write!(
                    f,
                    "expected nothing but zeros behind the end of the archive, found data at {offset}, which is not read: \
                     the archive has a hole, or other data were appended to it"
                )
            }
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TarError {
    #[error("empty file: expected a tar archive")]
    Empty,
    #[error("expected a tar header or the magic number of gzip, bzip2, xz or zstd, found `{found}`")]
    NotTar { found: String },
    #[cfg(not(feature = "compression"))]
    #[error(
        "the shard is {compression} data, which this build cannot read; enable the feature `compression` of atdata"
    )]
    NotBuilt { compression: Compression },
    #[error("expected a tar header in the {compression} data, found `{found}`")]
    NoTarInside { compression: Compression, found: String },
    #[error("cannot read the shard")]
    Read(#[source] io::Error),
    /// What a reader of this library, such as one of remote shards, has to say itself.
    #[error(transparent)]
    Source(Error),
    #[error("cannot decompress the shard: the {compression} data is damaged or cut short")]
    Decompress { compression: Compression, source: io::Error },
    #[error("refused to decompress the shard: the {compression} data asks for too much memory")]
    Memory { compression: Compression, source: io::Error },
    #[error("header checksum mismatch: the header says {stored:o}, its bytes add up to {found:o} (octal)")]
    Checksum { stored: u64, found: u32 },
    #[error("expected a number in the {field} field of the header, found `{found}`")]
    Number { field: &'static str, found: String },
    #[error("truncated header: expected 512 bytes, found {found}")]
    ShortHeader { found: u64 },
    #[error(
        "member {} is truncated: expected {size} bytes of data ({padded} with padding), found {found}",
        Printable(member)
    )]
    ShortData { member: String, size: u64, padded: u64, found: u64 },
    #[error("the size of member {} is absurd: {size} bytes", Printable(member))]
    Absurd { member: String, size: u64 },
    #[error("expected an extended header of at most {limit} bytes, found {size}")]
    LongExtension { size: u64, limit: u64 },
    #[error("expected one extended header of type `{kind}` per member, found a second one")]
    SecondExtension { kind: char },
    #[error("expected a member behind its extended header, found the end of the archive")]
    LoneExtension,
    #[error("malformed extended header: {0}")]
    Pax(&'static str),
    #[error("sparse members in the PAX form are not supported; write the archive without sparse files")]
    SparsePax,
    #[error("malformed map of the sparse member: {0}")]
    SparseMap(&'static str),
    #[error("refused to expand a sparse member to {size} bytes; the limit is {limit}")]
    SparseSize { size: u64, limit: u64 },
    #[error("{0}")]
    End(Warning),
}

impl Cause for TarError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read(error) => match error.kind() {
                io::ErrorKind::NotFound => ErrorKind::NotFound,
                io::ErrorKind::PermissionDenied => ErrorKind::Permission,
                _ => ErrorKind::Io,
            },
            Self::Source(error) => error.kind(),
            #[cfg(not(feature = "compression"))]
            Self::NotBuilt { .. } => ErrorKind::Unsupported,
            Self::SparsePax | Self::SparseSize { .. } | Self::Memory { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Corrupt,
        }
    }
}

impl TarError {
    /// What a failed read means: a decompressor reports bad data as an I/O error too.
    pub(crate) fn read(compression: Compression, source: io::Error) -> Self {
        use io::ErrorKind as Io;
        let source = match source.downcast::<Error>() {
            Ok(own) => return Self::Source(own),
            Err(source) => source,
        };
        if compression == Compression::None || source.raw_os_error().is_some() {
            return Self::Read(source);
        }
        match source.kind() {
            Io::InvalidData | Io::InvalidInput | Io::UnexpectedEof | Io::Other => {
                Self::Decompress { compression, source }
            }
            Io::Unsupported | Io::OutOfMemory => Self::Memory { compression, source },
            _ => Self::Read(source),
        }
    }
}
