//! Blocks: neighbouring samples stay near each other, at random places, and are mixed within a window.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::key;
use super::permutation::Permutation;
use super::recent::Recent;

/// What the permutation of the blocks is keyed for, and what those within windows are.
const OF_BLOCKS: u64 = 1;
const OF_WINDOW: u64 = 2;

/// Blocks of `block` samples over the numbers below `len`, in windows of `window` blocks. Only one block is short, the
/// last one, and its place is known: so is, in constant time, where each window begins.
#[derive(Debug, Clone)]
pub(super) struct Blocks {
    len: u64,
    block: u64,
    window: u64,
    seed: u64,
    epoch: u64,
    places: Permutation,
    /// What the last block lacks.
    lack: u64,
    /// Where among the places the last block is.
    short: u64,
    /// The permutations of windows: a batch is a small part of one.
    recent: Arc<Recent<Permutation>>,
}

/// The window of a position, and what it holds.
struct Window {
    number: u64,
    start: u64,
    len: u64,
    /// Where in it the short block is.
    short: Option<u64>,
}

impl Blocks {
    pub(super) fn new(len: u64, block: NonZeroU32, window: NonZeroU32, seed: u64, epoch: u64) -> Self {
        let block = u64::from(block.get());
        let count = len.div_ceil(block);
        let places = Permutation::new(count, key(&[seed, epoch, OF_BLOCKS]));
        let lack = count * block - len;
        let short = places.position_of(count.saturating_sub(1));
        Self { len, block, window: u64::from(window.get()), seed, epoch, places, lack, short, recent: Arc::default() }
    }

    /// Samples of a whole window; two factors of 32 bits.
    fn whole(&self) -> u64 {
        self.block * self.window
    }

    fn short_window(&self) -> u64 {
        self.short / self.window
    }

    fn start(&self, window: u64) -> u64 {
        let lack = if window > self.short_window() { self.lack } else { 0 };
        window.saturating_mul(self.whole()).saturating_sub(lack)
    }

    fn window(&self, number: u64) -> Window {
        let start = self.start(number);
        let len = self.start(number + 1).min(self.len) - start.min(self.len);
        let short = (number == self.short_window()).then(|| self.short - number * self.window);
        Window { number, start, len, short }
    }

    fn window_of(&self, position: u64) -> Window {
        let behind_short = position >= self.start(self.short_window() + 1);
        self.window((position + if behind_short { self.lack } else { 0 }) / self.whole())
    }

    fn mixed(&self, window: &Window) -> Permutation {
        let make = || Permutation::new(window.len, key(&[self.seed, self.epoch, OF_WINDOW, window.number]));
        Permutation::clone(&self.recent.get(window.number, make))
    }

    /// The sample at a position below `len`; `kept` has the permutation of the last window.
    pub(super) fn at(&self, position: u64, kept: &mut Option<(u64, Permutation)>) -> u64 {
        let window = self.window_of(position);
        if kept.as_ref().is_none_or(|(number, _)| *number != window.number) {
            *kept = Some((window.number, self.mixed(&window)));
        }
        let place = position - window.start;
        let within = kept.as_ref().map_or(place, |(_, mixed)| mixed.at(place));
        let (block, offset) = match window.short {
            Some(short) if within >= (short + 1) * self.block - self.lack => {
                ((within + self.lack) / self.block, (within + self.lack) % self.block)
            }
            _ => (within / self.block, within % self.block),
        };
        self.places.at(window.number * self.window + block) * self.block + offset
    }

    /// The inverse of [`at`](Self::at).
    pub(super) fn position_of(&self, sample: u64) -> u64 {
        let (block, offset) = (sample / self.block, sample % self.block);
        let place = self.places.position_of(block);
        let window = self.window(place / self.window);
        let block = place % self.window;
        let behind_short = window.short.is_some_and(|short| block > short);
        let within = block * self.block + offset - if behind_short { self.lack } else { 0 };
        window.start + self.mixed(&window).position_of(within)
    }
}
