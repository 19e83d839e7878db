//! Scanning: the field of samples in shards that can only be read from their begin, such as compressed ones.

use std::collections::HashMap;

use bytes::Bytes;

use super::read::{Each, told};
use super::walk::{self, Pieces, Seen, Stop, Wanted};
use super::{ColumnError, Source};
use crate::dataset::walk::Walk;
use crate::error::{Error, Result};
use crate::shard::RawSample;

/// One pass over the shards.
pub(super) struct Scan {
    walk: Walk,
    position: usize,
    wanted: Wanted,
    source: Source,
}

impl Scan {
    pub(super) fn new(source: &Source, wanted: &Wanted) -> Self {
        let source = source.clone();
        Self { walk: Walk::new(source.shards.strict()), position: 0, wanted: wanted.clone(), source }
    }

    /// Samples that were passed.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Tells what the samples of a range have, which is not before the position; how many there were of them.
    pub(super) fn read(&mut self, from: usize, to: usize, each: Each<'_>) -> Result<usize> {
        let mut read = 0;
        while self.position < to {
            let Some(made) = self.walk.advance_numbered()? else { break };
            if self.position >= from {
                made?;
                if let Some(raw) = self.walk.current() {
                    self.look(&raw, each)?;
                }
                read += 1;
            }
            self.position += 1;
        }
        Ok(read)
    }

    /// Tells what samples have that are chosen in any order.
    pub(super) fn read_at(&mut self, samples: &[usize], each: Each<'_>) -> Result<()> {
        let Some(last) = samples.iter().max() else { return Ok(()) };
        // What is before its turn waits for it: no more of a sample than the field.
        let mut waiting: HashMap<usize, Option<Kept>> = samples.iter().map(|sample| (*sample, None)).collect();
        while self.position <= *last {
            let Some(made) = self.walk.advance_numbered()? else {
                return Err(ColumnError::OutOfRange { found: *last, len: self.position }.into());
            };
            if let Some(place) = waiting.get_mut(&self.position) {
                made?;
                if let Some(raw) = self.walk.current() {
                    let (seen, pieces) = self.find(&raw)?;
                    *place = Some(Kept::of(&raw, seen, &pieces)?);
                }
            }
            self.position += 1;
        }
        for sample in samples {
            if let Some(Some(kept)) = waiting.get(sample) {
                told(&kept.seen, &kept.pieces, each).map_err(|error| kept.locate(self.source.in_field(error)))?;
            }
        }
        Ok(())
    }

    /// How many samples there are.
    pub(super) fn count(mut self) -> Result<usize> {
        // Those that cannot be made have a number, too.
        while self.walk.advance_numbered()?.is_some() {
            self.position += 1;
        }
        Ok(self.position)
    }

    fn look(&self, raw: &RawSample<'_>, each: Each<'_>) -> Result<()> {
        let (seen, pieces) = self.find(raw)?;
        told(&seen, &pieces, each).map_err(|error| raw.locate(self.source.in_field(error)))
    }

    fn find(&self, raw: &RawSample<'_>) -> Result<(Seen, Pieces)> {
        let (payload, mut pieces) = (raw.to_bytes()?, Pieces::default());
        let len = payload.len();
        pieces.push(0, payload.clone());
        match walk::find(&pieces, len, &self.wanted) {
            Ok(Seen::Missing) => {
                let found = self.source.anew(&payload, &self.wanted).map_err(|error| raw.locate(error))?;
                Ok(found.unwrap_or((Seen::Missing, pieces)))
            }
            Ok(seen) => Ok((seen, pieces)),
            Err(Stop::Bad(error)) => Err(raw.locate(self.source.in_field(error))),
            // All of it is here.
            Err(Stop::Need(_)) => Err(raw.locate(ColumnError::Overflow.into())),
        }
    }
}

/// The field of a sample that waits for its turn, and which sample that is.
struct Kept {
    seen: Seen,
    pieces: Pieces,
    shard: Box<str>,
    key: Box<str>,
    offset: u64,
}

impl Kept {
    /// Holds no more of the sample than the field.
    fn of(raw: &RawSample<'_>, seen: Seen, pieces: &Pieces) -> Result<Self> {
        let mut own = Pieces::default();
        if let Seen::Value(range) | Seen::Array { elements: range, .. } = &seen {
            let bytes: Bytes = crate::error::copied(pieces.get(range).unwrap_or_default())?;
            own.push(range.start, bytes);
        }
        let (shard, key, offset) = (raw.shard().into(), raw.key().into(), raw.offset());
        Ok(Self { seen, pieces: own, shard, key, offset })
    }

    fn locate(&self, error: Error) -> Error {
        error.with_key(&self.key).with_shard(&self.shard).with_offset(self.offset)
    }
}
