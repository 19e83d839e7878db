//! One Zstandard frame, by the C library: decompression is what a reader of such shards waits for, and what is written in
//! Rust takes two to three times as long.

use std::io::{self, Read};

use zstd::stream::read::Decoder;
use zstd::zstd_safe::zstd_sys::ZSTD_ErrorCode;

use super::Compression;
use super::compressed::Compressed;
use super::streams::Stream;

/// A frame with a larger window is refused: 128 MiB, as a power of two, is what `zstd --long` makes and what `zstd -d`
/// accepts.
const MAX_WINDOW_LOG: u32 = 27;

/// A frame, or a skippable one, which is a stream of no bytes. Its checksum is verified.
pub(crate) struct Frame(Decoder<'static, Compressed>);

impl Stream for Frame {
    const COMPRESSION: Compression = Compression::Zstd;

    fn begin(source: Compressed) -> io::Result<Self> {
        let mut decoder = Decoder::with_buffer(source)?.single_frame();
        decoder.window_log_max(MAX_WINDOW_LOG)?;
        Ok(Self(decoder))
    }

    fn end(self) -> Compressed {
        self.0.into_inner()
    }
}

impl Read for Frame {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(told)
    }
}

/// Gives errors of the library, which are all of one kind, the kind that says what to think of the data. An error of the
/// source stays what it is.
fn told(error: io::Error) -> io::Error {
    let Some(found) = error.get_ref().and_then(|found| found.downcast_ref::<zstd::Error>()) else { return error };
    let kind = if found.is(ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge) {
        io::ErrorKind::Unsupported
    } else if found.is(ZSTD_ErrorCode::ZSTD_error_memory_allocation) {
        io::ErrorKind::OutOfMemory
    } else {
        io::ErrorKind::InvalidData
    };
    io::Error::new(kind, format!("zstd: {found}"))
}
