//! The raw sample: as it is in the shard, not decoded.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::archive::input::Partial;
use crate::archive::tar::Warning;
use crate::error::{Error, Result, copied};
use crate::sample::{Cursor, FieldSpan, Limits, spans};

/// What was odd about a shard, for whoever keeps what was taken from it: known once it was read to its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Oddity(Arc<OnceLock<(Box<str>, Warning)>>);

impl Oddity {
    pub(super) fn tell(&self, shard: &str, warning: &Warning) {
        // One is enough to know of.
        let _ = self.0.set((shard.into(), warning.clone()));
    }

    /// The shard, and what was odd about it.
    pub(crate) fn told(&self) -> Option<(&str, &Warning)> {
        self.0.get().map(|(shard, warning)| (&**shard, warning))
    }

    /// Whether both are of one reader.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Where a sample is.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) shard: &'a str,
    pub(super) key: &'a str,
    pub(super) offset: u64,
}

/// The packed bytes of one sample, borrowed from the reader until its next step.
#[derive(Clone, Copy)]
pub struct RawSample<'a> {
    place: Place<'a>,
    payload: &'a [u8],
    owner: Option<&'a Bytes>,
    others: usize,
    oddity: Option<&'a Oddity>,
    /// The whole of a payload of which only the begin is here, for decoding alone.
    partial: Option<&'a Partial>,
    limits: Limits,
}

impl<'a> RawSample<'a> {
    #[inline]
    pub(super) fn new(place: Place<'a>, payload: &'a [u8], owner: Option<&'a Bytes>) -> Self {
        Self { place, payload, owner, others: 0, oddity: None, partial: None, limits: Limits::default() }
    }

    /// The same, one of several members of its sample, from a shard whose oddities are told there.
    #[inline]
    pub(super) fn among(self, others: usize, oddity: &'a Oddity) -> Self {
        Self { others, oddity: Some(oddity), ..self }
    }

    /// The same, of a reader with those limits.
    #[inline]
    pub(crate) fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Those of the reader.
    #[inline]
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// A sample whose payload was taken out of its shard; `owner` as for a cursor.
    pub(crate) fn of_parts(
        shard: &'a str,
        key: &'a str,
        offset: u64,
        payload: &'a [u8],
        owner: Option<&'a Bytes>,
    ) -> Self {
        Self::new(Place { shard, key, offset }, payload, owner)
    }

    pub(crate) fn oddity(&self) -> Option<&'a Oddity> {
        self.oddity
    }

    /// How many members the sample has beside the `msgpack` one; 0 for one that went through a shuffle buffer, where
    /// it is not known.
    pub fn other_members(&self) -> usize {
        self.others
    }

    /// A cursor at the start of the payload; values that it shares keep the shard alive, not a read buffer.
    #[inline]
    pub(crate) fn cursor(&self) -> Cursor<'a> {
        Cursor::with_owner(self.payload, self.owner).with_rest(self.partial).with_limits(self.limits)
    }

    /// The same, whose payload is the begin of this one.
    pub(crate) fn begin_of(self, partial: &'a Partial) -> Self {
        Self { partial: Some(partial), ..self }
    }

    /// Whether the payload is all that the sample has, and not the begin of it.
    pub(crate) fn is_whole(&self) -> bool {
        self.partial.is_none()
    }

    /// The sample's key.
    #[inline]
    pub fn key(&self) -> &'a str {
        self.place.key
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
        self.place.offset
    }

    /// Name of the shard.
    #[inline]
    pub fn shard(&self) -> &'a str {
        self.place.shard
    }

    /// Where the values of the fields are in the [`payload`](Self::payload), in order. It begins where the data of its
    /// member does: 512 bytes behind [`offset`](Self::offset) unless that member has extended headers.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if it is no map, or ends early.
    pub fn spans(&self) -> Result<Vec<FieldSpan<'a>>> {
        spans(self.payload)
    }

    /// Whether the payload is a part of a shard that is in memory for as long as anybody asks for it.
    pub(crate) fn is_shared(&self) -> bool {
        self.owner.is_some()
    }

    /// The payload for keeps: a handle to the shard where it is mapped or in memory; where it is streamed a copy, so
    /// that no read buffer stays alive for it.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where there is no memory for a copy.
    pub fn to_bytes(&self) -> Result<Bytes> {
        match self.owner {
            Some(owner) => Ok(owner.slice_ref(self.payload)),
            None => copied(self.payload).map_err(|error| self.located(error.into())),
        }
    }

    fn located(&self, error: Error) -> Error {
        error.with_key(self.key()).with_offset(self.offset()).with_shard(self.shard())
    }
}

impl fmt::Debug for RawSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSample")
            .field("shard", &self.place.shard)
            .field("key", &self.place.key)
            .field("payload_len", &self.payload.len())
            .field("offset", &self.place.offset)
            .finish()
    }
}
