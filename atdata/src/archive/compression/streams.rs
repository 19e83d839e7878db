//! Streams of gzip, bzip2 or xz behind one another, read as one.

use std::io::{self, Read};

use super::Compression;
use super::compressed::Compressed;

/// A xz block that declares a larger dictionary is refused; `xz -9` needs 65 MiB.
const XZ_MEMORY_KIB: u32 = 256 << 10;

/// The decoder of one stream, which reads no byte behind it.
pub(crate) trait Stream: Read {
    const COMPRESSION: Compression;

    fn begin(source: Compressed) -> Self;
    fn end(self) -> Compressed;
}

impl Stream for flate2::bufread::GzDecoder<Compressed> {
    const COMPRESSION: Compression = Compression::Gzip;

    fn begin(source: Compressed) -> Self {
        Self::new(source)
    }

    fn end(self) -> Compressed {
        self.into_inner()
    }
}

impl Stream for bzip2::bufread::BzDecoder<Compressed> {
    const COMPRESSION: Compression = Compression::Bzip2;

    fn begin(source: Compressed) -> Self {
        Self::new(source)
    }

    fn end(self) -> Compressed {
        self.into_inner()
    }
}

impl Stream for lzma_rust2::XzReader<Compressed> {
    const COMPRESSION: Compression = Compression::Xz;

    fn begin(source: Compressed) -> Self {
        Self::new_mem_limit(source, false, XZ_MEMORY_KIB)
    }

    fn end(self) -> Compressed {
        self.into_inner()
    }
}

/// The decoders' own readers of many streams take padding, or what else follows, for a damaged stream; each in its way.
pub(crate) struct Streams<S> {
    /// `None` at the end.
    stream: Option<S>,
}

impl<S: Stream> Streams<S> {
    pub(crate) fn new(source: Compressed) -> Self {
        Self { stream: Some(S::begin(source)) }
    }
}

impl<S: Stream> Read for Streams<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(stream) = &mut self.stream {
            let got = stream.read(buffer)?;
            if got > 0 {
                return Ok(got);
            }
            let Some(mut source) = self.stream.take().map(S::end) else { break };
            if source.begins_another(S::COMPRESSION)? {
                self.stream = Some(S::begin(source));
            }
        }
        Ok(0)
    }
}
