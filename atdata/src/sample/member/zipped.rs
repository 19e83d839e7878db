//! Members that are compressed by themselves: `meta.json.gz`.

use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use bytes::Bytes;

use super::error::MemberError;
use super::name::uncompressed;
use crate::archive::compression::{Codec, Compression, Tail};
use crate::archive::input::Input;
use crate::error::{NoMemory, Result, is_any_left};

/// The content of a member, decompressed if its name says that it is compressed.
pub(super) fn unzip(name: &str, content: &Bytes, limit: u64) -> Result<Bytes> {
    if uncompressed(name).1.is_none() {
        return Ok(content.clone());
    }
    let damaged = |source: Box<dyn std::error::Error + Send + Sync>| MemberError::Damaged {
        name: name.to_owned(),
        expected: "what its name says it is compressed with",
        source,
    };
    let compression = Compression::of(content);
    if compression == Compression::None {
        return Err(damaged("it begins with no magic number of a compression".into()).into());
    }
    let source = Input::stream(Cursor::new(content.clone()));
    let tail = Tail::default();
    let decoder = compression.decoder(source, &tail)?;
    let mut plain = Vec::new();
    match decoder.take(limit.saturating_add(1)).read_to_end(&mut plain) {
        Err(error) if error.kind() == ErrorKind::OutOfMemory && error.get_ref().is_none() => {
            return Err(NoMemory::of(plain.len()).into());
        }
        read => {
            read.map_err(|error| damaged(error.into()))?;
        }
    }
    if !is_any_left(plain.len()) {
        return Err(NoMemory::of(plain.len()).into());
    }
    if plain.len() as u64 > limit {
        return Err(MemberError::TooLarge { name: name.to_owned(), limit }.into());
    }
    // Padding is none: where there is something else, it is not this content alone.
    if let Some(offset) = tail.offset() {
        return Err(damaged(format!("what follows at byte {offset} is none of it").into()).into());
    }
    Ok(plain.into())
}

/// The content of a member as its name says it is compressed.
pub(super) fn zip(name: &str, content: Bytes) -> Result<Bytes> {
    let Some(ending) = uncompressed(name).1 else { return Ok(content) };
    let codec = Codec::of(Path::new(&format!("member.{ending}")))?;
    let failed = |error: std::io::Error| MemberError::Damaged {
        name: name.to_owned(),
        expected: "what its name says it is compressed with",
        source: error.into(),
    };
    let mut encoder = codec.encoder(Vec::new()).map_err(failed)?;
    encoder.write_all(&content).map_err(failed)?;
    Ok(encoder.finish().map_err(failed)?.into())
}
