//! The encoders of a build with compression.

use std::io::{self, Write};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use lzma_rust2::{XzOptions, XzWriter};
use zstd::stream::write::Encoder as ZstdEncoder;

use super::codec::{Codec, Compressor, Encoder};

pub(super) const BUILT: bool = true;

/// The encoder of a codec, into `out`.
pub(super) fn encoder<W: Write + Send + 'static>(codec: Codec, out: W) -> io::Result<Encoder<W>> {
    Ok(match codec {
        Codec::Plain => Encoder::Plain(out),
        Codec::Gzip => Encoder::Compressed(Box::new(GzEncoder::new(out, flate2::Compression::new(6)))),
        Codec::Bzip2 => Encoder::Compressed(Box::new(BzEncoder::new(out, bzip2::Compression::best()))),
        Codec::Xz => Encoder::Compressed(Box::new(XzWriter::new(out, XzOptions::with_preset(6))?)),
        Codec::Zstd => {
            let mut encoder = ZstdEncoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)?;
            // As the program `zstd` does; the library leaves it out.
            encoder.include_checksum(true)?;
            Encoder::Compressed(Box::new(encoder))
        }
    })
}

impl<W: Write> Compressor<W> for GzEncoder<W> {
    fn finish(self: Box<Self>) -> io::Result<W> {
        (*self).finish()
    }
}

impl<W: Write> Compressor<W> for BzEncoder<W> {
    fn finish(self: Box<Self>) -> io::Result<W> {
        (*self).finish()
    }
}

impl<W: Write> Compressor<W> for XzWriter<W> {
    fn finish(self: Box<Self>) -> io::Result<W> {
        (*self).finish()
    }
}

impl<W: Write> Compressor<W> for ZstdEncoder<'static, W> {
    fn finish(self: Box<Self>) -> io::Result<W> {
        (*self).finish()
    }
}
