//! Shuffling by a seed: the shards first, then the samples through a buffer.

use std::fmt;
use std::fs::File;
use std::sync::{Arc, Weak};

use crate::dataset::held::{Held, Spare};
use crate::dataset::raw::RawSamples;
use crate::dataset::shards::Shards;
use crate::dataset::take::{Begins, Take};
use crate::dataset::warning::ShardWarning;
use crate::error::Result;
use crate::order::Rng;
use crate::shard::PassedOver;

const BUFFER_BYTES: u64 = 1 << 30;

/// How many shards are kept open for samples that were left in them: a process may open 1024 files, often no more.
const OPEN: usize = 128;

/// How to shuffle.
///
/// The shards are put in random order, all of them; then samples go through a buffer of
/// [`buffer`](Self::buffer) samples (10,000 unless told otherwise), from which a random one is taken each time. A
/// sample can so come out at most a buffer's length before its place among the shuffled shards, or any time after it.
///
/// The order depends on the seed, the list of shards and their content, and on nothing else: it is the same on every
/// machine, for any number of threads, in whatever way the shards are read.
///
/// The buffer holds samples as they are in the shards, not decoded: of mapped shards only handles, and of large samples
/// in files that are not compressed only their places, to be read when they are drawn, so that they cost page cache and
/// no memory of their own; of all others copies. Where samples are large it holds fewer of them, as many as fit
/// [`buffer_bytes`](Self::buffer_bytes), so that memory is bounded. It is filled before the first sample is drawn:
/// to draw from a few samples while it fills, as `WebDataset` does, would give the first shard's samples out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Shuffle {
    seed: u64,
    buffer: usize,
    bytes: u64,
}

impl Shuffle {
    /// By this seed, with a buffer of 10,000 samples.
    pub fn new(seed: u64) -> Self {
        Self { seed, buffer: 10_000, bytes: BUFFER_BYTES }
    }

    /// With a buffer of this many samples; 1 shuffles the shards only.
    pub fn buffer(mut self, samples: usize) -> Self {
        self.buffer = samples.max(1);
        self
    }

    /// With packed samples of at most so many bytes in the buffer, 1 GiB unless told otherwise, though at least one. It
    /// counts what the samples take in the shards, be they mapped or copied: the order is a part of what it decides.
    pub fn buffer_bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }
}

/// Samples in random order.
pub(super) struct ShuffleBuffer {
    source: RawSamples,
    rng: Rng,
    held: Vec<Held>,
    spare: Spare,
    /// Of all that are held.
    bytes: u64,
    shuffle: Shuffle,
    shard: Arc<str>,
    /// The files that are open for what is held, or were, the newest last.
    open: Vec<Weak<File>>,
    /// The payload of the drawn sample, if that was left in its shard.
    buffer: Vec<u8>,
    /// Whether such a payload may be read in part.
    in_part: bool,
    begins: Begins,
    exhausted: bool,
}

impl ShuffleBuffer {
    /// Where the samples are decoded `in_part`, no more is read of large ones than that.
    pub(super) fn new(shards: &Shards, shuffle: Shuffle, in_part: bool) -> Self {
        let mut rng = Rng::new(shuffle.seed);
        let order = rng.permutation(shards.list().len());
        let source = shards.raw_in(order).leaving_large();
        Self {
            source,
            rng,
            held: Vec::new(),
            spare: Spare::default(),
            bytes: 0,
            shuffle,
            shard: "".into(),
            open: Vec::new(),
            buffer: Vec::new(),
            in_part,
            begins: Begins::default(),
            exhausted: false,
        }
    }

    pub(super) fn warnings(&self) -> &[ShardWarning] {
        self.source.warnings()
    }

    pub(super) fn passed_over(&self) -> &PassedOver {
        self.source.passed_over()
    }

    /// What is taken of a random sample of the buffer, once that is full or the shards are used up. An error of a shard
    /// comes at once.
    pub(super) fn take_next<T: Take>(&mut self, take: &mut T) -> Option<Result<T::Taken>> {
        while !self.exhausted && self.held.len() < self.shuffle.buffer && self.bytes < self.shuffle.bytes.max(1) {
            match self.source.advance() {
                Ok(true) => {
                    if let Err(error) = self.hold() {
                        return Some(Err(error));
                    }
                }
                Ok(false) => self.exhausted = true,
                Err(error) => return Some(Err(error)),
            }
        }
        if self.held.is_empty() {
            return None;
        }
        let index = self.rng.below(self.held.len());
        let drawn = self.held.swap_remove(index);
        self.bytes -= drawn.size();
        self.look_ahead();
        let taken = if self.in_part {
            drawn.take_by_begin(&mut self.buffer, &mut self.begins, take)
        } else {
            drawn.as_raw(&mut self.buffer).and_then(|raw| take.take(&raw))
        };
        drawn.spare(&mut self.spare);
        Some(taken)
    }

    /// Prepares for the sample that is drawn next, if one more is held by then: it lies anywhere in memory.
    fn look_ahead(&self) {
        let next = self.rng.clone().below(self.held.len() + 1);
        if let Some(held) = self.held.get(next) {
            held.prefetch();
        }
    }

    fn hold(&mut self) -> Result<()> {
        let Some(raw) = self.source.current() else { return Ok(()) };
        if *self.shard != *raw.shard() {
            self.shard = raw.shard().into();
        }
        let shard = Arc::clone(&self.shard);
        let held = match self.source.placed() {
            None => Held::here(&raw, shard, &mut self.spare)?,
            Some(placed) => {
                let may_stay = may_open(&mut self.open, placed.file());
                let mut held = Held::there(&raw, shard, placed);
                if !may_stay {
                    held.fetch()?;
                }
                held
            }
        };
        self.bytes += held.size();
        self.held.push(held);
        Ok(())
    }
}

/// Whether a file may be kept open beside those that are.
fn may_open(open: &mut Vec<Weak<File>>, file: &Arc<File>) -> bool {
    if open.last().is_some_and(|last| std::ptr::eq(last.as_ptr(), Arc::as_ptr(file))) {
        return true;
    }
    if open.len() >= OPEN {
        open.retain(|file| file.strong_count() > 0);
    }
    let may = open.len() < OPEN;
    if may {
        open.push(Arc::downgrade(file));
    }
    may
}

impl fmt::Debug for ShuffleBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShuffleBuffer")
            .field("held", &self.held.len())
            .field("shuffle", &self.shuffle)
            .finish_non_exhaustive()
    }
}
