//! The raw sample: as it is in the shard, not decoded.

use std::fmt;

use bytes::Bytes;

use crate::sample::Cursor;

/// The packed bytes of one sample, borrowed from the reader until its next step.
#[derive(Clone, Copy)]
pub struct RawSample<'a> {
    shard: &'a str,
    key: &'a str,
    payload: &'a [u8],
    offset: u64,
    owner: Option<&'a Bytes>,
}

impl<'a> RawSample<'a> {
    #[inline]
    pub(super) fn new(shard: &'a str, key: &'a str, payload: &'a [u8], owner: Option<&'a Bytes>, offset: u64) -> Self {
        Self { shard, key, payload, offset, owner }
    }

    /// A sample whose payload was taken out of its shard.
    pub(crate) fn of_parts(shard: &'a str, key: &'a str, payload: &'a Bytes, offset: u64) -> Self {
        Self { shard, key, payload, offset, owner: Some(payload) }
    }

    /// A cursor at the start of the payload; values that it shares keep the shard alive, not a read buffer.
    #[inline]
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        Cursor::with_owner(self.payload, self.owner)
    }

    /// The sample's key.
    #[inline]
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Content of the `msgpack` member.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Offset of the `msgpack` member's header in the decompressed archive; that of its first extended header where it
    /// has any, so that a reader can begin there.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Name of the shard.
    #[inline]
    pub fn shard(&self) -> &'a str {
        self.shard
    }

    /// The payload for keeps: a handle to the shard where it is mapped or in memory; where it is streamed a copy, so
    /// that no read buffer stays alive for it.
    pub fn to_bytes(&self) -> Bytes {
        match self.owner {
            Some(owner) => owner.slice_ref(self.payload),
            None => Bytes::copy_from_slice(self.payload),
        }
    }
}

impl fmt::Debug for RawSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSample")
            .field("shard", &self.shard)
            .field("key", &self.key)
            .field("payload_len", &self.payload.len())
            .field("offset", &self.offset)
            .finish()
    }
}
