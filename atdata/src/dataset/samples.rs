//! The iterator over samples.

use std::fmt;

use crate::dataset::decode::Decode;
use crate::dataset::raw::RawSamples;
use crate::dataset::shards::Shards;
use crate::dataset::shuffle::{Shuffle, ShuffleBuffer};
use crate::dataset::warning::ShardWarning;
use crate::error::Result;
use crate::sample::{Column, Packable};
use crate::shard::RawSample;

/// An iterator over the samples of a dataset.
#[derive(Debug)]
pub struct Samples<T> {
    order: Order,
    decode: Decode<T>,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a loop has one of them, and does not move it")]
enum Order {
    Ordered(RawSamples),
    Shuffled(ShuffleBuffer),
}

impl Order {
    /// Hands the next raw sample to `f`.
    fn next_with<R>(&mut self, f: impl FnOnce(&RawSample<'_>) -> R) -> Option<Result<R>> {
        match self {
            Self::Ordered(raw) => match raw.advance() {
                Ok(true) => raw.current().map(|sample| Ok(f(&sample))),
                Ok(false) => None,
                Err(error) => Some(Err(error)),
            },
            Self::Shuffled(buffer) => match buffer.next() {
                Some(Ok(sample)) => Some(Ok(f(&sample))),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            },
        }
    }
}

impl<T> Samples<T> {
    pub(super) fn ordered(raw: RawSamples, decode: Decode<T>) -> Self {
        Self { order: Order::Ordered(raw), decode }
    }

    pub(super) fn shuffled(shards: &Shards, shuffle: Shuffle, decode: Decode<T>) -> Self {
        Self { order: Order::Shuffled(ShuffleBuffer::new(shards, shuffle)), decode }
    }

    /// The samples with their keys.
    pub fn with_keys(self) -> Keyed<T> {
        Keyed(self)
    }

    /// What was odd about the shards that were read to their end so far; each is logged as well.
    pub fn warnings(&self) -> &[ShardWarning] {
        match &self.order {
            Order::Ordered(raw) => raw.warnings(),
            Order::Shuffled(buffer) => buffer.warnings(),
        }
    }

    /// The next sample that no filter drops, with what `with` makes of its raw form.
    pub(super) fn next_kept<K>(&mut self, with: impl Fn(&RawSample<'_>) -> K) -> Option<Result<(K, T)>> {
        let Self { order, decode } = self;
        loop {
            let decoded = order.next_with(|raw| match decode.run(&mut raw.cursor()) {
                Ok(sample) => Ok(sample.map(|sample| (with(raw), sample))),
                Err(error) => Err(raw.locate(error)),
            })?;
            match decoded {
                Ok(Ok(Some(kept))) => return Some(Ok(kept)),
                Ok(Ok(None)) => {}
                Ok(Err(error)) | Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl<S: Packable> Samples<S> {
    /// Decodes the next sample into `builder`; `None` at the end.
    pub(super) fn next_into(&mut self, builder: &mut S::Builder) -> Option<Result<()>> {
        let Self { order, decode } = self;
        loop {
            let pushed = order.next_with(|raw| read_into(decode, builder, raw).map_err(|error| raw.locate(error)))?;
            match pushed {
                Ok(Ok(true)) => return Some(Ok(())),
                Ok(Ok(false)) => {}
                Ok(Err(error)) | Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// Decodes a sample into `builder`, and says whether it was kept.
#[inline]
fn read_into<S: Packable>(decode: &Decode<S>, builder: &mut S::Builder, raw: &RawSample<'_>) -> Result<bool> {
    let mut cursor = raw.cursor();
    match decode {
        Decode::Direct(_) => builder.read(&mut cursor).map(|()| true),
        Decode::View(view) => view.read_column(builder, &mut cursor, S::SCHEMA.name).map(|()| true),
        Decode::Staged(staged) => match staged(&mut cursor)? {
            Some(sample) => builder.push(sample).map(|()| true).map_err(|error| error.in_sample(S::SCHEMA.name)),
            None => Ok(false),
        },
    }
}

impl<T> Iterator for Samples<T> {
    type Item = Result<T>;

    #[inline]
    fn next(&mut self) -> Option<Result<T>> {
        self.next_kept(|_| ()).map(|kept| kept.map(|((), sample)| sample))
    }
}

/// An iterator over keys and samples.
#[derive(Debug)]
pub struct Keyed<T>(Samples<T>);

impl<T> Keyed<T> {
    /// What was odd about the shards that were read to their end so far.
    pub fn warnings(&self) -> &[ShardWarning] {
        self.0.warnings()
    }
}

impl<T> Iterator for Keyed<T> {
    type Item = Result<(String, T)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_kept(|raw| raw.key().to_owned())
    }
}

impl<T> fmt::Debug for Decode<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct(_) => "Direct",
            Self::View(_) => "View",
            Self::Staged(_) => "Staged",
        })
    }
}
