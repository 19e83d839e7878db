//! One xz stream, of which all that was decoded is given before its end or damage is told.

use std::io::{self, BufRead, Read};

use lzma_rust2::{Action, Status, XzReader, XzStream};

use super::Compression;
use super::compressed::Compressed;
use super::streams::Stream;

/// A block that declares a larger dictionary is refused; `xz -9` needs 65 MiB.
const MEMORY_KIB: u32 = 256 << 10;

/// Where the flags of the first block are: behind the header of the stream and the size of the block's own.
const FLAGS: usize = 13;

/// A stream. The decoder's own reader takes the data chunk by chunk, of up to 2 MiB, and gives nothing of one that is cut; that
/// which is fed with bytes as they come gives all but what the last 20 of them may say. It knows no two filters in a row.
pub(crate) enum Xz {
    Fed(Box<Fed>),
    Whole(Box<XzReader<Compressed>>),
}

pub(crate) struct Fed {
    source: Compressed,
    stream: XzStream,
    /// What is wrong with the data behind the bytes that were given.
    failed: Option<io::Error>,
}

impl Stream for Xz {
    const COMPRESSION: Compression = Compression::Xz;

    fn begin(mut source: Compressed) -> io::Result<Self> {
        // The low bits say how many filters there are before that of LZMA2: of the first block, as of all that one program writes.
        let flags = source.peek(FLAGS + 1)?.get(FLAGS).copied();
        if flags.is_some_and(|flags| flags & 3 > 1) {
            return Ok(Self::Whole(Box::new(XzReader::new_mem_limit(source, false, MEMORY_KIB))));
        }
        Ok(Self::Fed(Box::new(Fed { source, stream: XzStream::new_mem_limit(false, MEMORY_KIB), failed: None })))
    }

    fn end(self) -> Compressed {
        match self {
            Self::Fed(fed) => fed.source,
            Self::Whole(reader) => reader.into_inner(),
        }
    }
}

impl Read for Xz {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Fed(fed) => fed.read(buffer),
            Self::Whole(reader) => reader.read(buffer),
        }
    }
}

impl Read for Fed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            let input = self.source.fill_buf()?;
            let action = if input.is_empty() { Action::Finish } else { Action::Run };
            let before = self.stream.total_out();
            match self.stream.process(input, buffer, action) {
                Ok(done) => {
                    let has_moved = done.bytes_consumed > 0;
                    self.source.consume(done.bytes_consumed);
                    if done.bytes_produced > 0 || done.status == Status::StreamEnd {
                        return Ok(done.bytes_produced);
                    }
                    if !has_moved {
                        return Err(io::Error::new(io::ErrorKind::InvalidData, "the xz data leads nowhere"));
                    }
                }
                Err(error) => {
                    self.failed = Some(error);
                    let produced = usize::try_from(self.stream.total_out() - before).unwrap_or(0);
                    if produced > 0 {
                        return Ok(produced);
                    }
                }
            }
        }
    }
}
