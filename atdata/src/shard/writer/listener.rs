//! Who is told of each sample that is written, and where it went.

use crate::error::Result;

/// A member of an archive, as it was written. Offsets are those of the archive, before compression.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenMember {
    /// The member's name without the key and its dot: `msgpack` for the packed sample.
    pub field: String,
    /// Where the first of its headers begins.
    pub header: u64,
    /// Where its content begins.
    pub data: u64,
    /// Length of the content.
    pub size: u64,
    /// CRC-32C of the content.
    pub crc32c: u32,
    /// CRC-32C of the block of the header that is before the content.
    pub header_crc32c: u32,
}

/// A sample, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrittenSample<'a> {
    /// Number of the shard, counted from 0 over the write.
    pub shard: usize,
    /// Path or URL that the shard will have.
    pub url: &'a str,
    /// The key.
    pub key: &'a str,
    /// The packed sample, and what was copied beside it.
    pub members: &'a [WrittenMember],
}

impl<'a> WrittenSample<'a> {
    pub(super) fn new(shard: usize, url: &'a str, key: &'a str, members: &'a [WrittenMember]) -> Self {
        Self { shard, url, key, members }
    }
}

/// Is told of each sample of type `S` that a [`ShardWriter`](crate::ShardWriter) writes, in the order of writing: for
/// indexes, manifests and whatever else follows from samples and their places.
///
/// What it is told of is not on the disk yet, and will not be if the write fails.
pub trait Listener<S>: Send {
    /// A sample was written; `sample` is the value, where it was not copied as it was. An error ends the write.
    fn written(&mut self, place: &WrittenSample<'_>, sample: Option<&S>) -> Result<()>;
}

/// A function is one, too.
impl<S, F> Listener<S> for F
where
    F: FnMut(&WrittenSample<'_>, Option<&S>) -> Result<()> + Send,
{
    fn written(&mut self, place: &WrittenSample<'_>, sample: Option<&S>) -> Result<()> {
        self(place, sample)
    }
}
