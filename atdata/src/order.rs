//! Order: which sample stands at which position of an epoch, as a function of seed and epoch that stores nothing.
//!
//! Everything here is arithmetic on numbers: no file is read, no crate decides, and the same arguments give the same
//! order on every machine. [`Order::VERSION`] is part of what is promised: where an order changes, so does it.
//!
//! ```
//! use atdata::order::{EpochOrder, Order};
//!
//! let order = EpochOrder::new(Order::Global, 1_000_000_000, 7, 3);
//! let sample = order.at(0).unwrap();
//! assert_eq!(order.position_of(sample), Some(0));
//! ```

mod blocks;
mod lanes;
mod mixed;
mod permutation;
mod recent;
mod rng;
mod runs;
mod set;
#[cfg(test)]
mod tests;

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

pub use self::mixed::Stop;
pub use self::permutation::Permutation;

use self::blocks::Blocks;
pub(crate) use self::lanes::Lanes;
use self::mixed::MixedWalk;
pub(crate) use self::mixed::{Mixed, WeightError, quotas};
pub(crate) use self::rng::{Rng, mix};
pub(crate) use self::runs::{Runs, Stretch, Window};
pub(crate) use self::set::{MakeSet, NumberSet};

/// How the samples of an epoch are ordered.
///
/// | order | memory of the reader | reads | a batch of 256 out of 1,000 shards mixes |
/// |---|---|---|---|
/// | [`Stored`](Self::Stored) | a batch | one after the other | 1 or 2 shards |
/// | [`Blocks`](Self::Blocks), 512 of 256 samples | a window | each block once, one request a block; each sample alone, if there is no room for a window | 160 shards |
/// | [`Global`](Self::Global) | a batch | each sample alone, one request a sample | 226 shards, as many as chance gives |
///
/// Local disks and page caches serve `Global`; object stores want `Blocks`, whose window is best no smaller than the
/// global batch counted in blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// As the samples are in the shards.
    Stored,
    /// All samples at random places: a keyed permutation of their numbers.
    Global,
    /// Blocks of neighbouring samples at random places, and the samples of `window` blocks at a time mixed among
    /// themselves.
    Blocks {
        /// Samples of a block, over all shards as if they were one; only the last block is shorter.
        block: NonZeroU32,
        /// Blocks that are mixed with each other.
        window: NonZeroU32,
    },
}

impl Order {
    /// The version of all orders: 1. A token of another version is refused.
    pub const VERSION: u32 = 1;

    /// [`Blocks`](Self::Blocks) of `block` samples, `window` of them at a time; of 0 it makes 1.
    pub fn blocks(block: u32, window: u32) -> Self {
        let at_least_one = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self::Blocks { block: at_least_one(block), window: at_least_one(window) }
    }
}

/// `stored`, `global`, `blocks:256x512`; the form that tokens have, and the program takes.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => f.pad("stored"),
            Self::Global => f.pad("global"),
            Self::Blocks { block, window } => f.pad(&format!("blocks:{block}x{window}")),
        }
    }
}

/// Why a text is no [`Order`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected `stored`, `global`, or `blocks:256x512` for windows of 512 blocks of 256 samples, found `{0}`")]
pub struct OrderError(String);

impl std::str::FromStr for Order {
    type Err = OrderError;

    fn from_str(text: &str) -> Result<Self, OrderError> {
        let blocks = |sizes: &str| {
            let (block, window) = sizes.split_once('x')?;
            Some(Self::Blocks { block: block.parse().ok()?, window: window.parse().ok()? })
        };
        match text {
            "stored" => Ok(Self::Stored),
            "global" => Ok(Self::Global),
            _ => text.strip_prefix("blocks:").and_then(blocks).ok_or_else(|| OrderError(text.escape_debug().collect())),
        }
    }
}

/// The order of one epoch of a dataset: a bijection between positions and numbers of samples, both ways.
///
/// It holds at most 256 KiB, whatever the dataset's size; see [`Permutation`].
#[derive(Debug, Clone)]
pub struct EpochOrder {
    len: u64,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Stored,
    Global(Permutation),
    Blocks(Blocks),
    /// The order of places among runs.
    Runs(Runs, Box<EpochOrder>),
    Mixed(Arc<Mixed>),
}

impl EpochOrder {
    /// Of `len` samples. Seed and epoch are hashed together, so that no epoch of one seed is that of another.
    pub fn new(order: Order, len: u64, seed: u64, epoch: u64) -> Self {
        let kind = match order {
            Order::Stored => Kind::Stored,
            Order::Global => Kind::Global(Permutation::new(len, key(&[seed, epoch]))),
            Order::Blocks { block, window } => Kind::Blocks(Blocks::new(len, block, window, seed, epoch)),
        };
        Self { len, kind }
    }

    /// Of the samples that are in these runs, which may have some of them more than once.
    pub(crate) fn of_runs(order: Order, runs: Runs, seed: u64, epoch: u64) -> Self {
        let len = runs.len();
        Self { len, kind: Kind::Runs(runs, Box::new(Self::new(order, len, seed, epoch))) }
    }

    /// Of a mixture.
    pub(crate) fn mixed(mixed: Mixed) -> Self {
        Self { len: mixed.len(), kind: Kind::Mixed(Arc::new(mixed)) }
    }

    /// How many positions there are, one of each sample.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The sample at a position; `None` past the end. For many positions see [`walk`](Self::walk).
    pub fn at(&self, position: u64) -> Option<u64> {
        self.walk().at(position)
    }

    /// The position of a sample: when it is first seen. `None` of a number that no sample has.
    pub fn position_of(&self, sample: u64) -> Option<u64> {
        let is_below = sample < self.len;
        match &self.kind {
            Kind::Stored => is_below.then_some(sample),
            Kind::Global(permutation) => is_below.then(|| permutation.position_of(sample)),
            Kind::Blocks(blocks) => is_below.then(|| blocks.position_of(sample)),
            Kind::Runs(runs, order) => runs.places_of(sample).filter_map(|place| order.position_of(place)).min(),
            Kind::Mixed(mixed) => mixed.position_from(sample, 0),
        }
    }

    /// The first position of a sample from one on.
    pub(crate) fn position_from(&self, sample: u64, from: u64) -> Option<u64> {
        match &self.kind {
            Kind::Runs(runs, order) => {
                let positions = runs.places_of(sample).filter_map(|place| order.position_of(place));
                positions.filter(|position| *position >= from).min()
            }
            Kind::Mixed(mixed) => mixed.position_from(sample, from),
            Kind::Stored | Kind::Global(_) | Kind::Blocks(_) => {
                self.position_of(sample).filter(|position| *position >= from)
            }
        }
    }

    /// Answers for positions that are near to each other, at less cost than one by one.
    pub fn walk(&self) -> Walk<'_> {
        Walk { order: self, group: None, mixed: None }
    }

    /// The sample at a position of an order that is no mixture; `group` keeps the window of blocks that it was in.
    fn at_within(&self, position: u64, group: &mut Option<(u64, Permutation)>) -> Option<u64> {
        if position >= self.len {
            return None;
        }
        match &self.kind {
            Kind::Stored => Some(position),
            Kind::Global(permutation) => Some(permutation.at(position)),
            Kind::Blocks(blocks) => Some(blocks.at(position, group)),
            Kind::Runs(runs, order) => runs.at(order.at_within(position, group)?),
            Kind::Mixed(mixed) => mixed.at(position, &mut MixedWalk::default()),
        }
    }
}

/// See [`EpochOrder::walk`]: it keeps the window of blocks that the last position was in.
#[derive(Debug, Clone)]
pub struct Walk<'a> {
    order: &'a EpochOrder,
    group: Option<(u64, Permutation)>,
    mixed: Option<MixedWalk>,
}

impl Walk<'_> {
    /// The sample at a position; `None` past the end.
    pub fn at(&mut self, position: u64) -> Option<u64> {
        match &self.order.kind {
            Kind::Mixed(mixed) if position < self.order.len => mixed.at(position, self.mixed.get_or_insert_default()),
            _ => self.order.at_within(position, &mut self.group),
        }
    }
}

/// What a key is made of is hashed one after the other: a sum would make epoch 1 of seed 42 epoch 0 of seed 43.
fn key(parts: &[u64]) -> u64 {
    const START: u64 = 0x243f_6a88_85a3_08d3;
    parts.iter().fold(START, |hash, part| rng::mix(hash ^ rng::mix(part.wrapping_add(rng::STEP))))
}
