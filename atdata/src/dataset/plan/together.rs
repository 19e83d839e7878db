//! How many steps are read together: as many as make neighbours of samples, within what memory allows.

use super::{Plan, Sizes};
use crate::dataset::runs::gap;
use crate::order::Order;

/// What is read of files at least, where it lies in one piece anyway.
const OF_FILES: u64 = 256 << 10;
/// What is on its way from servers, so that there are always requests to wait for.
const OF_SERVERS: u64 = 16 << 20;
/// Where one sample of so many in a row is wanted, reading them in the order of the shards pays.
const SPARSE: u128 = 4;

impl Plan {
    /// Steps whose samples a rank's loader reads together, at most: each sample alone is a read, and neighbours are one.
    ///
    /// Of the stored order any steps are neighbours; of blocks those of the same window; of a global order only so many
    /// that they are a good part of all samples, which pays where they are on a server.
    pub(in crate::dataset) fn together(&self) -> u64 {
        let bytes = self.batch_bytes().max(1);
        // A quarter, beside which there may be another one for the next steps.
        let share = self.loading.memory / 4 - self.room();
        let most = (share / bytes).clamp(1, self.steps().max(1));
        let few = if self.loading.is_remote { most.min(OF_SERVERS.div_ceil(bytes)) } else { 1 };
        let piece = u128::from(self.batch / self.ranks.max(1)).max(1);
        match self.order {
            Order::Stored if self.loading.is_remote => few,
            Order::Stored => most.min(OF_FILES.div_ceil(bytes)),
            // Of files each sample by itself was read faster than pieces of which most is wanted only later.
            Order::Global if !self.loading.is_remote => 1,
            Order::Global if u128::from(most) * piece * SPARSE >= u128::from(self.samples()) => most,
            Order::Global => few,
            Order::Blocks { block, window } => {
                let window = u64::from(block.get()) * u64::from(window.get());
                let of_lane = self.of_lane().max(1);
                let steps = most.min(window.div_ceil(of_lane));
                // Of the positions of its lanes a rank has a part, if it shares them with others.
                let lanes = u128::from((self.lanes.count() / self.ranks.max(1)).max(1));
                let (wanted, walked) = (u128::from(steps) * piece / lanes, u128::from(steps) * u128::from(of_lane));
                if wanted * SPARSE >= walked.max(u128::from(window)) { steps.max(few) } else { few }
            }
        }
    }

    /// How many bytes may be read that lie between samples, of the steps that are read together.
    pub(in crate::dataset) fn room(&self) -> u64 {
        self.loading.memory / 16
    }

    /// How many there are of them at most.
    pub(super) fn between(&self) -> u64 {
        if self.order == Order::Stored && self.lanes.count() == 1 {
            return 0;
        }
        let rows = (self.batch / self.ranks.max(1)).saturating_mul(self.together());
        self.room().min(rows.saturating_mul(gap(self.loading.is_remote))).min(Sizes::total(&self.sizes.bytes))
    }

    /// Whether more is read than the batches that are being made.
    pub(super) fn reads_ahead(&self) -> bool {
        self.loading.is_remote || self.together() > 1
    }

    /// What batches may take that are ready or being made.
    pub(in crate::dataset) fn memory_of_batches(&self) -> u64 {
        if self.reads_ahead() { self.loading.memory / 2 } else { self.loading.memory }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::dataset::{Plan, PlanBuilder, ShardSize};
    use crate::order::Order;

    /// A thousand shards of 10,000 samples of `bytes` each.
    fn plan(bytes: u64, of: impl FnOnce(PlanBuilder<()>) -> PlanBuilder<()>) -> Plan {
        let shards = vec![ShardSize { samples: 10_000, bytes: 10_000 * bytes }; 1000];
        of(Plan::of(shards).batch(256)).build().unwrap()
    }

    #[test]
    fn what_lies_together_is_read_together() {
        // 256 KiB are a batch of 1 KiB, or 32 of 32 bytes.
        assert_eq!(plan(1024, |of| of.order(Order::Stored)).together(), 1);
        assert_eq!(plan(32, |of| of.order(Order::Stored)).together(), 32);
        // A window of blocks, if memory has room for a good part of it, and the rank for which it is read wants that.
        let blocks = Order::blocks(256, 512);
        assert_eq!(plan(1024, |of| of.order(blocks)).together(), 512);
        assert_eq!(plan(150_000, |of| of.order(blocks)).together(), 1);
        assert_eq!(plan(1024, |of| of.order(blocks).ranks(4)).together(), 512);
        assert_eq!(plan(1024, |of| of.order(blocks).ranks(8)).together(), 1);
        assert_eq!(plan(1024, |of| of.order(blocks).ranks(8).lanes(8)).together(), 4096);
        // A global order has no neighbours, unless most of it fits into memory, and requests are what takes time.
        assert_eq!(plan(1024, |of| of).together(), 1);
        assert_eq!(plan(64, |of| of).together(), 1);
        let mut remote = plan(64, |of| of);
        remote.loading.is_remote = true;
        assert_eq!(remote.together(), 12_288);
        // With what lies between the samples, of which a server sends up to 64 KiB for each, it is no more than memory has.
        assert!(remote.peak_memory() <= remote.loading.memory, "{}", remote.peak_memory());
        let memory = 10 << 20;
        let small = plan(1024, |of| of.order(blocks).memory(memory));
        assert_eq!((small.together(), small.peak_memory() <= 2 * memory), (1, true));
        let large = plan(1024, |of| of.order(blocks));
        assert!(large.peak_memory() <= (1 << 30) + large.batch_bytes());
    }
}
