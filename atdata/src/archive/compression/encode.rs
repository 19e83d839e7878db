//! Compression: the writing side, streams that are compressed on the way.
//!
//! As in Python the end of the file name decides: `gz` (also `.tgz`), `bz2` and `xz` compress, and so does `zst`, which
//! Python reads through the program `zstd`; anything else is plain. Levels are those of Python for bzip2 (9) and xz (6);
//! gzip is written at 6, the default of zlib, rather than at Python's 9, which takes much longer for files that are
//! hardly smaller; zstd at 3, its default, with checksums. No header holds a time or a name: the same samples give the
//! same bytes.

use std::io::{self, Write};
use std::path::Path;

use super::built::{BUILT, encoder};
use super::codec::{Codec, Encoder};
use crate::error::{Cause, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum CodecError {
    #[error("`{name}` asks for compression, which this build cannot do; enable the feature `compression` of atdata")]
    NotBuilt { name: String },
}

impl Cause for CodecError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotBuilt { .. } => ErrorKind::Unsupported,
        }
    }
}

impl Codec {
    /// The codec that the name of `path` asks for.
    pub(crate) fn of(path: &Path) -> Result<Self, CodecError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let suffixes =
            [("gz", Self::Gzip), ("bz2", Self::Bzip2), ("xz", Self::Xz), ("zst", Self::Zstd), ("zstd", Self::Zstd)];
        match suffixes.into_iter().find(|(suffix, _)| name.ends_with(suffix)) {
            None => Ok(Self::Plain),
            Some((_, codec)) if BUILT => Ok(codec),
            Some(_) => Err(CodecError::NotBuilt { name: name.into_owned() }),
        }
    }

    pub(crate) fn encoder<W: Write + Send + 'static>(self, out: W) -> io::Result<Encoder<W>> {
        encoder(self, out)
    }
}

#[cfg(all(test, feature = "compression"))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use std::io::Read;

    use super::*;

    #[test]
    fn the_end_of_the_name_decides() {
        let codec = |name: &str| Codec::of(Path::new(name)).unwrap();
        assert_eq!(codec("d.gz/a.tar"), Codec::Plain);
        assert_eq!(codec("a.tar.gz"), Codec::Gzip);
        assert_eq!(codec("a.tgz"), Codec::Gzip);
        assert_eq!(codec("a.tar.bz2"), Codec::Bzip2);
        assert_eq!(codec("a.txz"), Codec::Xz);
        assert_eq!(codec("d/a.tar.zst"), Codec::Zstd);
        assert_eq!(codec("a.tar.zstd"), Codec::Zstd);
    }

    #[test]
    fn what_was_compressed_is_read_back() {
        let bytes: Vec<u8> = (0..200_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let packed = |codec: Codec| {
            let mut encoder = codec.encoder(Vec::new()).unwrap();
            bytes.chunks(1 << 16).for_each(|chunk| encoder.write_all(chunk).unwrap());
            encoder.finish().unwrap()
        };
        let unpacked = |reader: &mut dyn Read| {
            let mut out = Vec::new();
            reader.read_to_end(&mut out).unwrap();
            out
        };
        let (gzip, bzip2, xz) = (packed(Codec::Gzip), packed(Codec::Bzip2), packed(Codec::Xz));
        let zstd = packed(Codec::Zstd);
        assert_eq!(packed(Codec::Plain), bytes);
        assert_eq!(gzip[4..8], [0; 4], "no time in the header");
        assert!(unpacked(&mut flate2::read::GzDecoder::new(&gzip[..])) == bytes);
        assert!(unpacked(&mut bzip2::read::BzDecoder::new(&bzip2[..])) == bytes);
        assert!(unpacked(&mut lzma_rust2::XzReader::new(&xz[..], false)) == bytes);
        assert_eq!(zstd[4] & 4, 4, "the frame has a checksum");
        assert!(unpacked(&mut zstd::stream::read::Decoder::new(&zstd[..]).unwrap()) == bytes);
    }
}
