//! Lanes: an order cut into equal stretches that are gone along side by side.
//!
//! Each global batch takes the same number of samples from each lane, and a rank owns neighbouring lanes: so each machine
//! reads its own part of the order, and the global batches are the same for every number of ranks that divides the lanes.

/// `count` lanes over the positions below `len`, the first ones longer by one where they cannot be equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lanes {
    len: u64,
    count: u64,
}

impl Lanes {
    /// `count` is at least one, and made so.
    pub(crate) fn new(len: u64, count: u64) -> Self {
        Self { len, count: count.max(1) }
    }

    pub(crate) fn count(self) -> u64 {
        self.count
    }

    pub(crate) fn start(self, lane: u64) -> u64 {
        lane * (self.len / self.count) + lane.min(self.len % self.count)
    }

    pub(crate) fn len(self, lane: u64) -> u64 {
        self.len / self.count + u64::from(lane < self.len % self.count)
    }

    pub(crate) fn shortest(self) -> u64 {
        self.len / self.count
    }

    pub(crate) fn longest(self) -> u64 {
        self.len.div_ceil(self.count)
    }
}
