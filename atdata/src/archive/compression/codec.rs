//! Codecs, and the encoders that they make: what a build with compression and one without have in common.

use std::fmt;
use std::io::{self, Write};

/// How a shard is compressed when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// A stream that has an end, which makes its output whole.
pub(crate) trait Compressor<W>: Write {
    /// Ends the stream.
    fn finish(self: Box<Self>) -> io::Result<W>;
}

/// Compresses what is written to it into `W`.
pub(crate) enum Encoder<W: Write> {
    Plain(W),
    /// The compression costs far more than the call by way of a table.
    #[cfg_attr(not(feature = "compression"), expect(dead_code, reason = "nothing compresses then"))]
    Compressed(Box<dyn Compressor<W> + Send>),
}

impl<W: Write> Encoder<W> {
    /// The output itself, if nothing is compressed on the way to it.
    pub(crate) fn as_plain(&mut self) -> Option<&mut W> {
        match self {
            Self::Plain(out) => Some(out),
            Self::Compressed(_) => None,
        }
    }

    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.write_all(bytes),
            Self::Compressed(out) => out.write_all(bytes),
        }
    }

    /// Ends the stream. Only this makes the output whole.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(out) => Ok(out),
            Self::Compressed(out) => out.finish(),
        }
    }
}

impl<W: Write> fmt::Debug for Encoder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Compressed(_) => "Compressed",
        })
    }
}
