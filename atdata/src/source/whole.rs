//! Small files, such as those that lie beside shards, read as a whole.

use std::io::Read as _;

use bytes::Bytes;

use super::{Glance, Place, Ranges, ReadOptions, Shard};
use crate::error::{Error, ErrorKind, Result};

/// Bytes that are read of a file before it is known how long it is.
const BEGIN: u64 = 1 << 17;

/// What is at a place.
#[derive(Debug)]
pub(crate) enum Whole {
    Nothing,
    /// More than may be read: so many bytes, or more.
    Large(u64),
    Bytes(Bytes),
}

/// All bytes at a place, if there are no more than `most`. A bucket that does not list what it has refuses what it does not
/// have, which counts as nothing.
pub(crate) fn read_whole(place: &Shard, options: &ReadOptions, most: u64) -> Result<Whole> {
    match read(place, options, most) {
        Err(error) if is_of_none(place, &error) => Ok(Whole::Nothing),
        read => read.map_err(|error| error.with_shard(&place.redacted())),
    }
}

/// Whether what is not there is told so.
pub(crate) fn is_of_none(place: &Shard, error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound || (place.path().is_none() && error.kind() == ErrorKind::Permission)
}

fn read(place: &Shard, options: &ReadOptions, most: u64) -> Result<Whole> {
    if matches!(place.place(), Place::Stdin) {
        return Ok(Whole::Nothing);
    }
    let Some(ranges) = Ranges::open_uncached(place, options)? else { return stream(place, options, most) };
    // How long it is shows before it is all here.
    let Some(Glance { mut bytes, len, .. }) = ranges.glance(0, BEGIN.min(most), &|| false)? else {
        return stream(place, options, most);
    };
    if len > most {
        return Ok(Whole::Large(len));
    }
    let begin = bytes.len() as u64;
    if begin < len {
        bytes.extend_from_slice(&ranges.read(begin..len, &|| false)?);
    }
    Ok(Whole::Bytes(bytes.into()))
}

/// From begin to end: of a server that knows no ranges, and what only the whole can be held against.
fn stream(place: &Shard, options: &ReadOptions, most: u64) -> Result<Whole> {
    let mut bytes = Vec::new();
    place.bytes(&options.clone().uncached())?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    let len = bytes.len() as u64;
    Ok(if len > most { Whole::Large(len) } else { Whole::Bytes(bytes.into()) })
}
