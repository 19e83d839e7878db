//! The encoder of a build without compression.

use std::io::{self, Write};

use super::codec::{Codec, Encoder};

pub(super) const BUILT: bool = false;

/// The encoder of a codec, into `out`; [`Codec::of`] refuses those that are not built.
pub(super) fn encoder<W: Write + Send + 'static>(codec: Codec, out: W) -> io::Result<Encoder<W>> {
    match codec {
        Codec::Plain => Ok(Encoder::Plain(out)),
        _ => Err(io::ErrorKind::Unsupported.into()),
    }
}
