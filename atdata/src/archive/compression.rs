//! Compressed shards: recognised by their first bytes when they are read, by the end of their name when written.

#[cfg_attr(not(feature = "compression"), path = "compression/plain.rs")]
mod built;
mod codec;
#[cfg(feature = "compression")]
mod compressed;
mod decode;
mod encode;
#[cfg(feature = "compression")]
mod streams;
#[cfg(feature = "compression")]
mod xz;
#[cfg(feature = "compression")]
mod zstd;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub(crate) use codec::{Codec, Encoder};
pub(crate) use decode::peek;

/// Bytes needed to recognise a compression.
pub(crate) const MAGIC_LEN: usize = 6;

/// What a shard is compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "uncompressed",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        })
    }
}

impl Compression {
    /// The compression whose magic number `head` begins with. A name's suffix does not matter.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // Behind `BZh` comes the block size; a member name could begin with the letters alone.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            // A frame, or a skippable frame before it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Where bytes begin, in the compressed data, that belong to no stream: known once the last stream was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tail(Arc<OnceLock<u64>>);

impl Tail {
    pub(crate) fn offset(&self) -> Option<u64> {
        self.0.get().copied()
    }

    #[cfg(feature = "compression")]
    fn is_at(&self, offset: u64) {
        // There is one end.
        let _ = self.0.set(offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_no_compression() {
        for head in [&b""[..], b"BZh", b"BZhello", b"a.msgp", b"(\xb5/", b"P*M"] {
            assert_eq!(Compression::of(head), Compression::None);
        }
    }
}
