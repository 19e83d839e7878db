//! The samples of a shard with their places, for manifests.

use std::path::Path;

use crate::dataset::Dataset;
use crate::dataset::walk::Walk;
use crate::error::{Error, Result};
use crate::manifest::{Builder, ManifestError, Row};
use crate::sample::{DictSample, Packable, SampleLayout};
use crate::shard::{Contents, PAYLOAD};
use crate::source::{ReadOptions, Shard};

/// A sample of a shard, and where its content lies: that of the packed member, or those of all members, of which the first begins
/// there.
pub(super) struct Sample<'s> {
    pub(super) key: &'s str,
    pub(super) offset: u64,
    pub(super) size: u64,
    /// Whether it is members as they are, none of them packed.
    pub(super) is_plain: bool,
    values: Given<'s>,
    /// The packed sample as its type packs it now, with what is behind other names, or is not there and has a default.
    again: fn(&[u8]) -> Result<Vec<u8>>,
}

enum Given<'s> {
    Packed(&'s [u8]),
    Read(&'s DictSample),
}

impl Sample<'_> {
    /// What a manifest has of it.
    pub(super) fn row(&self, builder: &Builder) -> Result<Row> {
        match self.values {
            Given::Packed(packed) => {
                let row = builder.row(packed);
                if row.as_ref().is_ok_and(|row| !builder.misses(row)) {
                    return row;
                }
                match (self.again)(packed) {
                    Ok(packed) => {
                        let read = builder.row(&packed)?;
                        let is_same = row.is_ok_and(|row| row.has_same(&read));
                        Ok(if is_same { read } else { read.read_by_type() })
                    }
                    // It is about another field, of which nothing is said here.
                    Err(error) => row.map_err(|_| error),
                }
            }
            Given::Read(sample) => builder.row_of(sample.iter()).map(Row::read_by_type),
        }
    }
}

/// Shows all samples of a shard in order, and tells of the bytes that were read.
pub(super) fn walk<S: Packable + 'static>(
    shard: &Shard,
    path: &Path,
    options: &ReadOptions,
    progress: &(dyn Fn(u64) + Sync),
    each: &mut dyn FnMut(&Sample<'_>) -> Result<()>,
) -> Result<()> {
    let places = Places::of(path, options)?;
    let again = |packed: &[u8]| S::unpack(packed).map(|sample| sample.pack());
    let mut show = Shown { places, number: 0, at: 0, shard, progress, each, again };
    let dataset = Dataset::<S>::open(shard.clone())?.with_options(options.clone());
    if matches!(S::LAYOUT, SampleLayout::Packed) {
        let mut samples = Walk::new(dataset.strict());
        while samples.advance()? {
            samples.read_current(|raw| show.next(raw.key(), Given::Packed(raw.payload())))?;
        }
        return show.end();
    }
    let mut samples = dataset.of_raw(dataset.strict());
    while let Some(next) = samples.next_kept(|raw| raw.key().to_owned()) {
        let (key, sample) = next?;
        let sample = DictSample::from_sample(&sample).map_err(|error| error.with_key(&key))?;
        show.next(&key, Given::Read(&sample))?;
    }
    show.end()
}

/// Where the samples are: by the contents beside the shard, or by its headers.
struct Places(Contents);

impl Places {
    fn of(path: &Path, options: &ReadOptions) -> Result<Self> {
        let there = Contents::open(path).unwrap_or_else(|error| {
            log::info!("its headers are read: {error:#}");
            None
        });
        there.map_or_else(|| Contents::scan_places(path, options), Ok).map(Self)
    }
}

struct Shown<'a> {
    places: Places,
    /// Of the next sample.
    number: u64,
    /// Bytes that were told of.
    at: u64,
    shard: &'a Shard,
    progress: &'a (dyn Fn(u64) + Sync),
    each: &'a mut dyn FnMut(&Sample<'_>) -> Result<()>,
    again: fn(&[u8]) -> Result<Vec<u8>>,
}

impl Shown<'_> {
    fn next(&mut self, key: &str, values: Given<'_>) -> Result<()> {
        let at = |error: Error| error.with_key(key).with_shard(&self.shard.redacted());
        let other = || at(ManifestError::Changed.into());
        if self.number >= self.places.0.samples() {
            return Err(other());
        }
        let place = self.places.0.sample(self.number).map_err(at)?;
        if place.key != key {
            return Err(other());
        }
        let payload = place.members.iter().find(|member| member.field == PAYLOAD);
        let (offset, size) = match (payload, place.members.first()) {
            (Some(payload), _) => (payload.data, payload.size),
            (None, Some(first)) => (first.data, place.members.iter().map(|member| member.size).sum()),
            (None, None) => (place.start, 0),
        };
        (self.each)(&Sample { key, offset, size, is_plain: payload.is_none(), values, again: self.again })
            .map_err(|error| error.with_key(key).with_shard(&self.shard.redacted()))?;
        self.number += 1;
        (self.progress)(place.end.saturating_sub(self.at));
        self.at = place.end.max(self.at);
        Ok(())
    }

    fn end(&self) -> Result<()> {
        if self.number != self.places.0.samples() {
            return Err(Error::from(ManifestError::Changed).with_shard(&self.shard.redacted()));
        }
        (self.progress)(self.places.0.shard_size().saturating_sub(self.at));
        Ok(())
    }
}
