//! Zstandard streams: several frames and skippable frames, with their checksums verified.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Compression;
use super::compressed::Compressed;

/// A frame with a larger window is refused: 128 MiB is what `zstd --long` makes and what `zstd -d` accepts.
const MAX_WINDOW: u64 = 1 << 27;

/// A stream that keeps its last failure: the decoder makes "damaged data" of it.
struct Watched {
    inner: Compressed,
    failed: Option<io::Error>,
}

impl Watched {
    fn keep<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.failed = Some(error);
            kind.into()
        })
    }

    /// What went wrong: the stream, or else what the decoder found in it.
    fn cause(&mut self, kind: io::ErrorKind, error: FrameDecoderError) -> io::Error {
        self.failed.take().unwrap_or_else(|| io::Error::new(kind, error))
    }
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        self.keep(read)
    }
}

/// The frames of a stream, as one stream.
pub(crate) struct Frames {
    source: Watched,
    decoder: FrameDecoder,
    inside: bool,
    /// At the end, whatever follows.
    ended: bool,
}

impl Frames {
    pub(crate) fn new(source: Compressed) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self { source: Watched { inner: source, failed: None }, decoder, inside: false, ended: false }
    }

    /// Begins the next frame; `false` at the end of the stream.
    fn next_frame(&mut self) -> io::Result<bool> {
        while self.source.inner.begins_another(Compression::Zstd)? {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.inner.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error @ FrameDecoderError::WindowSizeTooBig { .. }) => {
                    return Err(self.source.cause(io::ErrorKind::Unsupported, error));
                }
                Err(error) => return Err(self.source.cause(io::ErrorKind::InvalidData, error)),
            }
        }
        self.ended = true;
        Ok(false)
    }

    /// The decoder computes the checksum but leaves the comparison to its caller.
    fn end_frame(&mut self) -> io::Result<()> {
        self.inside = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(stored), Some(found)) if stored != found => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("zstd checksum mismatch: expected {stored:08x}, found {found:08x}"),
            )),
            _ => Ok(()),
        }
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.ended || (!self.inside && !self.next_frame()?) {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let decoded = self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1));
                decoded.map_err(|error| self.source.cause(io::ErrorKind::InvalidData, error))?;
            }
            let got = self.decoder.read(buffer)?;
            if got > 0 {
                return Ok(got);
            }
            self.end_frame()?;
        }
    }
}
