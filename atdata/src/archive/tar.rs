//! The tar format: headers, extended headers, and the member stream.

pub(crate) mod emit;
mod header;
mod pax;
mod scan;
mod sparse;
mod warning;

use std::io;

use crate::error::{Cause, Error, ErrorKind, Printable, kind_of_io};

use super::compression::Compression;

pub(crate) use scan::{Again, Fault, Large, Scan};
pub(crate) use warning::escaped;
pub use warning::{Passed, PassedOver, Reason, Warning};

/// Headers, data and their padding are multiples of it.
const BLOCK: u64 = 512;

/// Name and size of a file, if the block is the sound header of one that no other header need say anything of: where that
/// is so, [`Scan`] makes the same of it.
#[inline]
pub(crate) fn plain_header(block: &[u8; 512]) -> Option<(&[u8], u64)> {
    let header::Header { size, name, .. } = header::Header::parse(block).filter(|_| header::Header::is_plain(block))?;
    Some((block.get(..name)?, size))
}

/// Whether the block is a sound header of a member.
#[cfg(feature = "barecat")]
pub(crate) fn is_header(block: &[u8; 512]) -> bool {
    header::Header::parse(block).is_some()
}

/// Length of data with its padding; `None` where a header claims more than any archive has.
#[inline]
fn padded(size: u64) -> Option<u64> {
    Some(size.checked_add(BLOCK - 1)? & !(BLOCK - 1))
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TarError {
    #[error("empty file: expected a tar archive")]
    Empty,
    #[error("expected a tar header or the magic number of gzip, bzip2, xz or zstd, found `{found}`{hint}")]
    NotTar { found: String, hint: &'static str },
    #[cfg(not(feature = "compression"))]
    #[error(
        "the shard is {compression} data, which this build cannot read; enable the feature `compression` of atdata"
    )]
    NotBuilt { compression: Compression },
    #[error("expected a tar header in the {compression} data, found `{found}`{hint}")]
    NoTarInside { compression: Compression, found: String, hint: &'static str },
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
    #[error("expected a member behind its extended header, found the end of the archive")]
    LoneExtension,
    #[error("malformed extended header: {0}")]
    Pax(&'static str),
    #[error("malformed map of the sparse member: {0}")]
    SparseMap(&'static str),
    #[error(
        "refused to expand a sparse member to {size} bytes; the limit is {limit}, which `ReadOptions::max_member` sets (the \
         program with --max-member)"
    )]
    SparseSize { size: u64, limit: u64 },
    #[error(
        "refused to hold a member of {size} bytes; the limit is {limit}, which `ReadOptions::max_member` sets (the program \
         with --max-member)"
    )]
    LargeMember { size: u64, limit: u64 },
    #[error(
        "not enough memory for the {size} bytes of the member {}: let the process have more, or refuse members of that \
         size by `ReadOptions::max_member` (the program by --max-member)",
        Printable(member)
    )]
    NoMemory { member: String, size: u64 },
    #[error(
        "not enough memory to read on: let the process have more, or refuse large members by `ReadOptions::max_member` \
         (the program by --max-member)"
    )]
    NoRoom,
    #[error(
        "the {compression} data is damaged: expected another stream or its end at byte {at} of it, found other data"
    )]
    Between { compression: Compression, at: u64 },
    #[error("{0}")]
    End(Warning),
}

/// What a file is that is no archive of ours, by its first bytes; empty where that is not known.
fn hint(head: &[u8]) -> &'static str {
    match head {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => ": a zip archive, such as an npz file",
        [b'P', b'A', b'R', b'1', ..] => ": a Parquet file",
        [0x04, 0x22, 0x4d, 0x18, ..] => ": lz4 data, which is not read; write gzip, bzip2 or xz",
        [0x1f, 0x8b, ..] => ": gzip data",
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => ": perhaps a zlib stream, which is no gzip file",
        [0x89, b'H', b'D', b'F', ..] => ": an HDF5 file",
        [b'7', b'z', 0xbc, 0xaf, ..] => ": a 7z archive",
        [b'R', b'a', b'r', b'!', ..] => ": a rar archive",
        [b'<', b'?', b'x', b'm', b'l', ..] => ": an XML page, perhaps the error of a server",
        [b'<', b'!' | b'h' | b'H', ..] => ": an HTML page, perhaps the error or the login of a server",
        [b'{' | b'[', ..] => ": JSON, perhaps the error of a server",
        _ => "",
    }
}

impl Cause for TarError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read(error) => kind_of_io(error),
            Self::Source(error) => error.kind(),
            #[cfg(not(feature = "compression"))]
            Self::NotBuilt { .. } => ErrorKind::Unsupported,
            Self::SparseSize { .. }
            | Self::LargeMember { .. }
            | Self::NoMemory { .. }
            | Self::NoRoom
            | Self::Memory { .. } => ErrorKind::Unsupported,
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
        // Of a buffer of ours; that of a decompressor says what it is about.
        if source.kind() == Io::OutOfMemory && source.get_ref().is_none() {
            return Self::NoRoom;
        }
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
