//! Samples that outlive their place in the reader.

use std::sync::Arc;

use bytes::Bytes;

use crate::archive::compression::Compression;
use crate::archive::input::{Partial, Placed};
use crate::archive::tar::TarError;
use crate::dataset::take::{Begins, Take};
use crate::error::{Error, Result};
use crate::raw;
use crate::shard::RawSample;

/// How much of a sample is prefetched: a small one as a whole, of a large one what is read before its arrays.
const PREFETCHED: usize = 1024;

/// A raw sample that outlives its place in the reader.
pub(super) struct Held {
    shard: Arc<str>,
    key: Box<str>,
    offset: u64,
    payload: Payload,
}

/// The bytes of a held sample, or where they are.
enum Payload {
    Here(Bytes),
    There(Placed),
}

impl Held {
    /// A sample whose payload is in memory.
    pub(super) fn here(raw: &RawSample<'_>, shard: Arc<str>) -> Self {
        Self::new(raw, shard, Payload::Here(raw.to_bytes()))
    }

    /// A sample whose payload was left where it is.
    pub(super) fn there(raw: &RawSample<'_>, shard: Arc<str>, placed: Placed) -> Self {
        Self::new(raw, shard, Payload::There(placed))
    }

    fn new(raw: &RawSample<'_>, shard: Arc<str>, payload: Payload) -> Self {
        Self { shard, key: raw.key().into(), offset: raw.offset(), payload }
    }

    /// Reads a payload that was left where it is, so that its file need not be open.
    pub(super) fn fetch(&mut self) -> Result<()> {
        if let Payload::There(placed) = &self.payload {
            let mut bytes = Vec::new();
            self.read(placed, &mut bytes)?;
            self.payload = Payload::Here(bytes.into());
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
            Payload::Here(bytes) => bytes.len(),
            Payload::There(placed) => placed.len(),
        };
        (payload + self.key.len()) as u64
    }

    /// Says that the sample is read soon: it lies anywhere in memory.
    pub(super) fn prefetch(&self) {
        raw::prefetch(self.key.as_bytes());
        if let Payload::Here(bytes) = &self.payload {
            raw::prefetch(bytes.get(..PREFETCHED).unwrap_or(bytes));
        }
    }

    /// The sample; its payload is read into `buffer` if it was left where it is.
    pub(super) fn as_raw<'a>(&'a self, buffer: &'a mut Vec<u8>) -> Result<RawSample<'a>> {
        match &self.payload {
            Payload::Here(bytes) => Ok(self.with_payload(bytes, Some(bytes))),
            Payload::There(placed) => {
                self.read(placed, buffer)?;
                Ok(self.with_payload(buffer, None))
            }
        }
    }

    fn with_payload<'a>(&'a self, payload: &'a [u8], owner: Option<&'a Bytes>) -> RawSample<'a> {
        RawSample::of_parts(&self.shard, &self.key, self.offset, payload, owner)
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
