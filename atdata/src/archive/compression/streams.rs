//! Streams of one compression behind one another, read as one.

use std::io::{self, Read};

use super::Compression;
use super::compressed::Compressed;

/// The decoder of one stream, which reads no byte behind it.
pub(crate) trait Stream: Read + Sized {
    const COMPRESSION: Compression;

    fn begin(source: Compressed) -> io::Result<Self>;
    fn end(self) -> Compressed;
}

impl Stream for flate2::bufread::GzDecoder<Compressed> {
    const COMPRESSION: Compression = Compression::Gzip;

    fn begin(source: Compressed) -> io::Result<Self> {
        Ok(Self::new(source))
    }

    fn end(self) -> Compressed {
        self.into_inner()
    }
}

impl Stream for bzip2::bufread::BzDecoder<Compressed> {
    const COMPRESSION: Compression = Compression::Bzip2;

    fn begin(source: Compressed) -> io::Result<Self> {
        Ok(Self::new(source))
    }

    fn end(self) -> Compressed {
        self.into_inner()
    }
}

/// The decoders' own readers of many streams take padding, or what else follows, for a damaged stream; each in its way.
pub(crate) struct Streams<S> {
    state: State<S>,
}

enum State<S> {
    /// The next byte is the first of a stream.
    Before(Compressed),
    Inside(S),
    Ended,
}

impl<S: Stream> Streams<S> {
    pub(crate) fn new(source: Compressed) -> Self {
        Self { state: State::Before(source) }
    }

    /// Ends the stream that was read, and goes to the begin of the next one if there is one.
    fn step(&mut self) -> io::Result<()> {
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Before(source) => State::Inside(S::begin(source)?),
            State::Inside(stream) => {
                let mut source = stream.end();
                if source.begins_another(S::COMPRESSION)? { State::Before(source) } else { State::Ended }
            }
            State::Ended => State::Ended,
        };
        Ok(())
    }
}

impl<S: Stream> Read for Streams<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match &mut self.state {
                State::Ended => return Ok(0),
                State::Inside(stream) => match stream.read(buffer)? {
                    0 => {}
                    got => return Ok(got),
                },
                State::Before(_) => {}
            }
            self.step()?;
        }
    }
}
