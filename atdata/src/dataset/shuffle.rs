//! Shuffling by a seed: the shards first, then the samples through a buffer.

use std::fmt;
use std::sync::Arc;

use crate::dataset::raw::{Held, RawSamples};
use crate::dataset::rng::Rng;
use crate::dataset::warning::ShardWarning;
use crate::error::Result;
use crate::source::{ReadOptions, Shard};

/// How to shuffle.
///
/// The shards are put in random order, all of them; then samples go through a buffer of
/// [`buffer`](Self::buffer) samples (10,000 unless told otherwise), from which a random one is taken each time. A
/// sample can so come out at most a buffer's length before its place among the shuffled shards, or any time after it.
///
/// The order depends on the seed, the list of shards and their content, and on nothing else: it is the same on every
/// machine, for any number of threads.
///
/// The buffer holds samples as they are in the shards, not decoded: of mapped shards only handles, so that they cost
/// page cache and no memory of their own; of compressed ones a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Shuffle {
    seed: u64,
    buffer: usize,
}

impl Shuffle {
    /// By this seed, with a buffer of 10,000 samples.
    pub fn new(seed: u64) -> Self {
        Self { seed, buffer: 10_000 }
    }

    /// With a buffer of this many samples; 1 shuffles the shards only.
    pub fn buffer(mut self, samples: usize) -> Self {
        self.buffer = samples.max(1);
        self
    }
}

/// Samples in random order.
pub(super) struct ShuffleBuffer {
    source: RawSamples,
    rng: Rng,
    held: Vec<Held>,
    size: usize,
    shard: Arc<str>,
    exhausted: bool,
}

impl ShuffleBuffer {
    pub(super) fn new(shards: &Arc<[Shard]>, options: &ReadOptions, shuffle: Shuffle) -> Self {
        let mut rng = Rng::new(shuffle.seed);
        let order = rng.permutation(shards.len());
        let source = RawSamples::new(Arc::clone(shards), Some(order), options.clone());
        Self { source, rng, held: Vec::new(), size: shuffle.buffer, shard: "".into(), exhausted: false }
    }

    pub(super) fn warnings(&self) -> &[ShardWarning] {
        self.source.warnings()
    }

    /// A random sample of the buffer, once that is full or the shards are used up. An error of a shard comes at once.
    pub(super) fn next(&mut self) -> Option<Result<Held>> {
        while !self.exhausted && self.held.len() < self.size {
            match self.source.advance() {
                Ok(true) => self.hold(),
                Ok(false) => self.exhausted = true,
                Err(error) => return Some(Err(error)),
            }
        }
        if self.held.is_empty() {
            return None;
        }
        let index = self.rng.below(self.held.len());
        let drawn = self.held.swap_remove(index);
        self.look_ahead();
        Some(Ok(drawn))
    }

    /// Prepares for the sample that is drawn next, if one more is held by then: it lies anywhere in memory.
    fn look_ahead(&self) {
        let next = self.rng.clone().below(self.held.len() + 1);
        if let Some(held) = self.held.get(next) {
            held.prefetch();
        }
    }

    fn hold(&mut self) {
        let Some(raw) = self.source.current() else { return };
        if *self.shard != *raw.shard() {
            self.shard = raw.shard().into();
        }
        self.held.push(Held::new(&raw, Arc::clone(&self.shard)));
    }
}

impl fmt::Debug for ShuffleBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShuffleBuffer")
            .field("held", &self.held.len())
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}
