//! Samples that outlive their place in the reader.

use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use crate::archive::compression::Compression;
use crate::archive::input::{Partial, Placed};
use crate::archive::tar::TarError;
use crate::dataset::take::{Begins, Take};
use crate::error::{Error, Result};
use crate::raw;
use crate::sample::Limits;
use crate::shard::RawSample;

/// How much of a sample is prefetched: a small one as a whole, of a large one what is read before its arrays.
const PREFETCHED: usize = 1024;

/// Up to that many bytes a payload is copied again by what is decoded from it, so that its memory can be used again.
/// Larger ones are shared.
const COPIED: usize = 16 << 10;

/// The bytes in that memory, unless they would leave most of it empty: a buffer is bounded by what the samples take.
fn copied(bytes: &[u8], mut memory: Vec<u8>) -> Vec<u8> {
    if memory.capacity() > 2 * bytes.len() {
        return bytes.to_vec();
    }
    memory.clear();
    memory.reserve_exact(bytes.len());
    memory.extend_from_slice(bytes);
    memory
}

/// A raw sample that outlives its place in the reader.
pub(super) struct Held {
    shard: Arc<str>,
    key: String,
    offset: u64,
    payload: Payload,
    limits: Limits,
}

/// The bytes of a held sample, or where they are.
enum Payload {
    /// Shared with the shard, or to be shared with what is decoded.
    Shared(Bytes),
    /// A small one, copied to memory that is used again.
    Copied(Vec<u8>),
    There(Placed),
}

/// Memory of a sample that is held no longer, for the next one: a buffer takes one for each that it gives.
#[derive(Default)]
pub(super) struct Spare {
    key: String,
    payload: Vec<u8>,
}

impl Held {
    /// A sample whose payload is in memory, copied to what is spare.
    pub(super) fn here(raw: &RawSample<'_>, shard: Arc<str>, spare: &mut Spare) -> Result<Self> {
        let payload = if raw.is_shared() || raw.payload().len() > COPIED {
            Payload::Shared(raw.to_bytes()?)
        } else {
            Payload::Copied(copied(raw.payload(), mem::take(&mut spare.payload)))
        };
        Ok(Self::new(raw, shard, payload, spare))
    }

    /// A sample whose payload was left where it is.
    pub(super) fn there(raw: &RawSample<'_>, shard: Arc<str>, placed: Placed) -> Self {
        Self::new(raw, shard, Payload::There(placed), &mut Spare::default())
    }

    fn new(raw: &RawSample<'_>, shard: Arc<str>, payload: Payload, spare: &mut Spare) -> Self {
        let mut key = mem::take(&mut spare.key);
        key.clear();
        key.push_str(raw.key());
        Self { shard, key, offset: raw.offset(), payload, limits: raw.limits() }
    }

    /// Gives its memory back.
    pub(super) fn spare(self, spare: &mut Spare) {
        spare.key = self.key;
        if let Payload::Copied(bytes) = self.payload {
            spare.payload = bytes;
        }
    }

    /// Reads a payload that was left where it is, so that its file need not be open.
    pub(super) fn fetch(&mut self) -> Result<()> {
        if let Payload::There(placed) = &self.payload {
            let mut bytes = Vec::new();
            self.read(placed, &mut bytes)?;
            self.payload = Payload::Shared(bytes.into());
        }
        Ok(())
    }

    fn read(&self, placed: &Placed, buffer: &mut Vec<u8>) -> Result<()> {
        placed.read_into(buffer).map_err(|error| {
            let error = Error::from(TarError::read(Compression::None, error));
            error.with_key(&self.key).with_offset(self.offset).with_shard(&self.shard)
        })
    }

    /// What the sample takes of a buffer, however it is held; an empty one takes its place.
    pub(super) fn size(&self) -> u64 {
        let payload = match &self.payload {
            Payload::Shared(bytes) => bytes.len(),
            Payload::Copied(bytes) => bytes.len(),
            Payload::There(placed) => placed.len(),
        };
        (payload + self.key.len()) as u64
    }

    /// Says that the sample is read soon: it lies anywhere in memory.
    pub(super) fn prefetch(&self) {
        raw::prefetch(self.key.as_bytes());
        let bytes = match &self.payload {
            Payload::Shared(bytes) => &**bytes,
            Payload::Copied(bytes) => bytes,
            Payload::There(_) => return,
        };
        raw::prefetch(bytes.get(..PREFETCHED).unwrap_or(bytes));
    }

    /// The sample; its payload is read into `buffer` if it was left where it is.
    pub(super) fn as_raw<'a>(&'a self, buffer: &'a mut Vec<u8>) -> Result<RawSample<'a>> {
        match &self.payload {
            Payload::Shared(bytes) => Ok(self.with_payload(bytes, Some(bytes))),
            Payload::Copied(bytes) => Ok(self.with_payload(bytes, None)),
            Payload::There(placed) => {
                self.read(placed, buffer)?;
                Ok(self.with_payload(buffer, None))
            }
        }
    }

    fn with_payload<'a>(&'a self, payload: &'a [u8], owner: Option<&'a Bytes>) -> RawSample<'a> {
        RawSample::of_parts(&self.shard, &self.key, self.offset, payload, owner).limited(self.limits)
    }

    /// What is taken of the sample; of a payload that was left where it is no more is read than that.
    pub(super) fn take_by_begin<T: Take>(
        &self,
        buffer: &mut Vec<u8>,
        begins: &mut Begins,
        take: &mut T,
    ) -> Result<T::Taken> {
        let tries = matches!(self.payload, Payload::There(_)) && begins.may_try();
        if tries && let Payload::There(placed) = &self.payload {
            let partial = Partial::new(placed.clone());
            if let Some(begin) = partial.read(0, 0)
                && let Some(taken) = Begins::take(take, &partial, self.with_payload(begin, None))
            {
                return Ok(taken);
            }
        }
        let taken = take.take(&self.as_raw(buffer)?);
        if tries && taken.is_ok() {
            begins.pause();
        }
        taken
    }
}
