//! The plan of an epoch: which samples are in which batch of which rank, known before the first byte is read.

mod builder;
#[cfg(test)]
mod composed;
pub(super) mod error;
mod progress;
mod settings;
mod show;
#[cfg(test)]
mod tests;
mod together;
#[cfg(feature = "records")]
mod token;

use std::sync::Arc;

use crate::order::{EpochOrder, Lanes, Order};

pub use self::builder::PlanBuilder;
#[cfg(feature = "records")]
pub(super) use self::builder::data_of;
pub(super) use self::progress::{Beyond, Progress};
pub use self::show::TailError;
#[cfg(feature = "records")]
use self::token::Identity;
#[cfg(feature = "records")]
pub use self::token::Token;

/// What becomes of the samples at the end of an epoch that do not fill a global batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Tail {
    /// They are left out, others in each epoch. All ranks have the same number of batches, all full.
    #[default]
    Drop,
    /// The batch is filled with samples of the begin of the same epoch, which are flagged. All ranks have the same number
    /// of batches, all full.
    Pad,
    /// The last batch is shorter, and ranks may have less of it or nothing.
    Uneven,
}

/// A shard, as far as a plan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardSize {
    /// Samples in it.
    pub samples: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A row of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Slot {
    /// Number of the sample, counted over all shards in their order.
    pub sample: u64,
    /// Whether the sample only fills the batch, and is in another batch of the epoch as well: [`Tail::Pad`].
    pub padding: bool,
}

/// Samples of a shard that lie beside each other and are read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedRead {
    /// Number of the shard.
    pub shard: usize,
    /// Number of the first sample in the shard.
    pub first: u64,
    /// How many there are.
    pub samples: u64,
}

/// What a batch costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Bytes that are read, by the mean of each shard.
    pub bytes: u64,
    /// Requests: runs of samples that lie beside each other in a shard.
    pub requests: u64,
    /// Different shards.
    pub shards: u64,
}

/// The plan of an epoch, or of the rest of one.
///
/// The global batch comes first: batch `t` of the whole job has the positions from `t * batch` on of the epoch's
/// [order](crate::order), and a rank has its contiguous piece of it. So the sequence of global batches is the same for any
/// number of ranks and threads, and where a run stands is a number: see [`Token`].
///
/// A plan is a value: nothing of the epoch is stored in it, whatever the number of samples, and nothing is read by asking
/// it. It takes 16 bytes a shard, and up to 256 KiB for its order; of a mixture up to 1 MiB for each dataset.
///
/// ```
/// use atdata::dataset::{Plan, ShardSize, Tail};
///
/// let shards = vec![ShardSize { samples: 100_000, bytes: 1 << 30 }; 10_000];
/// let plan = Plan::of(shards).seed(7).epoch(3).ranks(8).batch(256).tail(Tail::Drop).build()?;
/// assert_eq!((plan.samples(), plan.steps()), (1_000_000_000, 3_906_250));
/// // The same samples, however many ranks there are.
/// let all: Vec<_> = (0..8).flat_map(|rank| plan.slots(rank, 17)).collect();
/// assert_eq!(plan.global_slots(17), all);
/// assert_eq!(plan.slots(2, 17).len(), 32);
/// println!("{plan}");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Plan {
    order: Order,
    seed: u64,
    epoch: u64,
    epoch_order: Arc<EpochOrder>,
    sizes: Arc<Sizes>,
    /// Bytes of a sample, in parts of 2 to the power of [`PARTS`].
    mean: u128,
    ranks: u64,
    batch: u64,
    tail: Tail,
    lanes: Lanes,
    /// Positions that were consumed before.
    from: u64,
    /// What a run that gives batches as they are ready gave before, of the steps from there on.
    given: Beyond,
    /// Whether where the rank stands is said of no other, for each gives batches as they are ready.
    #[cfg(feature = "records")]
    alone: bool,
    loading: Loading,
    /// What of which parts it has, where it is not one dataset as it is.
    composition: Option<Arc<str>>,
    #[cfg(feature = "records")]
    identity: Option<Arc<Identity>>,
}

/// Of a byte, so that means of small samples are exact enough.
const PARTS: u32 = 20;

/// Samples and bytes before each shard, and in all.
#[derive(Debug)]
struct Sizes {
    samples: Vec<u64>,
    bytes: Vec<u64>,
}

impl Sizes {
    fn shards(&self) -> usize {
        self.samples.len().saturating_sub(1)
    }

    /// Bytes of a sample of each part, by their mean, in parts of 2 to the power of [`PARTS`]; parts have so many samples
    /// each, and all of their shards.
    fn means(&self, lens: &[u64]) -> Vec<u128> {
        let at = |sample: u64| self.samples.partition_point(|start| *start < sample);
        let before = |sample: u64| self.bytes.get(at(sample)).copied().unwrap_or_else(|| Self::total(&self.bytes));
        let mut end = 0_u64;
        let of_part = |len: &u64| {
            let start = end;
            end = end.saturating_add(*len);
            (u128::from(before(end).saturating_sub(before(start))) << PARTS) / u128::from(*len).max(1)
        };
        lens.iter().map(of_part).collect()
    }

    fn total(sums: &[u64]) -> u64 {
        sums.last().copied().unwrap_or(0)
    }

    /// The shard of a sample, and the sample's number in it.
    fn locate(&self, sample: u64) -> (usize, u64) {
        let shard = self.samples.partition_point(|start| *start <= sample).saturating_sub(1);
        (shard, sample - self.samples.get(shard).copied().unwrap_or(0))
    }

    /// Between two entries of the sums.
    fn of(sums: &[u64], shard: usize) -> u64 {
        sums.get(shard + 1).zip(sums.get(shard)).map_or(0, |(end, start)| end - start)
    }
}

/// How a plan is loaded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loading {
    pub(super) threads: usize,
    pub(super) memory: u64,
    pub(super) keys: bool,
    /// Whether batches are given as they are ready.
    pub(super) relaxed: bool,
    pub(super) rank: u64,
    /// Whether samples are asked for at servers, range by range.
    pub(super) is_remote: bool,
}

impl Loading {
    /// Batches that are ready or being made at a time: so that each thread has one ahead of it.
    pub(super) fn window(&self) -> u64 {
        2 * self.threads as u64 + 1
    }
}

impl Plan {
    /// A plan of shards of these sizes, without a dataset.
    pub fn of(shards: impl IntoIterator<Item = ShardSize>) -> PlanBuilder<()> {
        PlanBuilder::of_sizes(shards.into_iter().collect())
    }

    /// Samples of an epoch: all of the dataset, or as many as a [composition](crate::dataset::Composition) or a
    /// [mixture](crate::dataset::Mix) has.
    pub fn samples(&self) -> u64 {
        self.epoch_order.len()
    }

    /// Samples that are in the shards.
    fn stored(&self) -> u64 {
        Sizes::total(&self.sizes.samples)
    }

    /// What of which datasets an epoch has, where it is not one dataset as it is: they are named by numbers.
    pub fn composition(&self) -> Option<&str> {
        self.composition.as_deref()
    }

    /// Shards of the dataset, or of all datasets.
    pub fn shards(&self) -> usize {
        self.sizes.shards()
    }

    /// How many ranks there are.
    pub fn ranks(&self) -> u64 {
        self.ranks
    }

    /// Which of the ranks loads.
    pub fn rank(&self) -> u64 {
        self.loading.rank
    }

    /// Samples of a global batch.
    pub fn batch(&self) -> u64 {
        self.batch
    }

    /// The order of the samples.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The seed of the order.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of the epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// What becomes of the samples that do not fill a batch.
    pub fn tail(&self) -> Tail {
        self.tail
    }

    /// Positions of the epoch that were consumed before the first step.
    pub fn position(&self) -> u64 {
        self.from
    }

    /// Positions that a lane has of each global batch.
    fn of_lane(&self) -> u64 {
        self.batch / self.lanes.count()
    }

    /// Positions of each lane that were consumed before.
    fn done(&self) -> u64 {
        self.from / self.lanes.count()
    }

    /// Global batches that are left of the epoch: the steps of the whole job. The first has the number 0.
    pub fn steps(&self) -> u64 {
        match self.tail {
            Tail::Drop => self.lanes.shortest().saturating_sub(self.done()) / self.of_lane(),
            Tail::Pad | Tail::Uneven => self.lanes.longest().saturating_sub(self.done()).div_ceil(self.of_lane()),
        }
    }

    /// Batches that are left of a rank: all [`steps`](Self::steps), but with [`Tail::Uneven`] one less of a rank that the last
    /// one has nothing for, and without those that were [given before](Self::is_given).
    pub fn batches(&self, rank: u64) -> u64 {
        let end = self.end(rank);
        end - self.given.count(end)
    }

    /// The numbers of the steps that are left of a rank, in order.
    pub fn steps_of(&self, rank: u64) -> impl Iterator<Item = u64> {
        (0..self.end(rank)).filter(|step| !self.is_given(*step))
    }

    /// Whether the batch of a step was given before, by a run that gives batches as they are ready:
    /// [`relaxed`](PlanBuilder::relaxed). It is not given again.
    pub fn is_given(&self, step: u64) -> bool {
        self.given.has(step)
    }

    /// Behind the last step of a rank.
    pub(in crate::dataset) fn end(&self, rank: u64) -> u64 {
        let steps = self.steps();
        match steps.checked_sub(1) {
            Some(last) if self.tail == Tail::Uneven && self.slots(rank, last).is_empty() => last,
            _ => steps,
        }
    }

    /// Rows that a rank has in the batches that are left, those that only fill one included.
    pub fn rows_left(&self, rank: u64) -> u64 {
        let Some(last) = self.end(rank).checked_sub(1).filter(|_| rank < self.ranks) else { return 0 };
        // Lanes differ by one sample at most, so that no batch is short but the last.
        let full = (last - self.given.count(last)).saturating_mul(self.batch / self.ranks);
        let short = if self.is_given(last) { 0 } else { self.slots(rank, last).len() as u64 };
        full.saturating_add(short)
    }

    /// The rows of a global batch, in order; none behind the last one.
    pub fn global_slots(&self, step: u64) -> Vec<Slot> {
        self.rows(step, 0, self.batch)
    }

    /// The rows of a rank's batch, in order; none behind the last one.
    pub fn slots(&self, rank: u64, step: u64) -> Vec<Slot> {
        let piece = self.batch / self.ranks;
        if rank >= self.ranks { Vec::new() } else { self.rows(step, rank * piece, (rank + 1) * piece) }
    }

    fn rows(&self, step: u64, from: u64, to: u64) -> Vec<Slot> {
        if step >= self.steps() {
            return Vec::new();
        }
        let (of_lane, before) = (self.of_lane(), self.done() + step * self.of_lane());
        let mut walk = self.epoch_order.walk();
        let mut rows = Vec::with_capacity(usize::try_from((to - from).min(self.samples())).unwrap_or(0));
        for lane in from / of_lane..to.div_ceil(of_lane) {
            let (start, len) = (self.lanes.start(lane), self.lanes.len(lane));
            let left = if self.tail == Tail::Pad { of_lane } else { len.saturating_sub(before).min(of_lane) };
            let first = from.saturating_sub(lane * of_lane);
            for within in first..(to - lane * of_lane).min(left) {
                let place = before + within;
                let padding = place >= len;
                // Each lane is filled with its own, so that all stay equal.
                let place = if padding { place.checked_rem(len).unwrap_or(0) } else { place };
                rows.extend(walk.at(start + place).map(|sample| Slot { sample, padding }));
            }
        }
        rows
    }

    /// Where a sample is: the number of its shard, and its number in that.
    pub fn locate(&self, sample: u64) -> Option<(usize, u64)> {
        (sample < self.stored()).then(|| self.sizes.locate(sample))
    }

    /// When a sample is first seen in the epoch: the number of the step, if it is one of those that are left.
    pub fn step_of(&self, sample: u64) -> Option<u64> {
        // A sample that comes again may be earlier in a lane that begins later.
        let in_lane = |lane: u64| {
            let start = self.lanes.start(lane);
            let place = self.epoch_order.position_from(sample, start)? - start;
            Some(place).filter(|place| *place < self.lanes.len(lane))
        };
        let place = (0..self.lanes.count()).filter_map(in_lane).min()?.checked_sub(self.done())?;
        Some(place / self.of_lane()).filter(|step| *step < self.steps() && !self.is_given(*step))
    }

    /// What a rank's batch reads, in the order of the shards; a sample that is in it twice is read once.
    pub fn reads(&self, rank: u64, step: u64) -> Vec<PlannedRead> {
        let mut samples: Vec<u64> = self.slots(rank, step).into_iter().map(|slot| slot.sample).collect();
        samples.sort_unstable();
        samples.dedup();
        let mut reads: Vec<PlannedRead> = Vec::new();
        for sample in samples {
            let (shard, number) = self.sizes.locate(sample);
            match reads.last_mut() {
                Some(last) if last.shard == shard && last.first + last.samples == number => last.samples += 1,
                _ => reads.push(PlannedRead { shard, first: number, samples: 1 }),
            }
        }
        reads
    }

    /// What a rank's batch costs.
    pub fn cost(&self, rank: u64, step: u64) -> Cost {
        let (mut cost, mut before) = (Cost::default(), None);
        for PlannedRead { shard, samples, .. } in self.reads(rank, step) {
            let (of_shard, bytes) = (Sizes::of(&self.sizes.samples, shard), Sizes::of(&self.sizes.bytes, shard));
            let part = u128::from(bytes) * u128::from(samples) / u128::from(of_shard.max(1));
            cost.bytes += u64::try_from(part).unwrap_or(u64::MAX);
            cost.requests += 1;
            cost.shards += u64::from(before != Some(shard));
            before = Some(shard);
        }
        cost
    }

    /// Bytes of a rank's batch as they are in the shards, by the mean of the samples: of a
    /// [mixture](crate::dataset::Mix) by its weights, of a [composition](crate::dataset::Composition) of the dataset whose
    /// samples are the largest, for there are batches of that one alone.
    pub fn batch_bytes(&self) -> u64 {
        let bytes = self.mean.saturating_mul(u128::from(self.batch / self.ranks));
        u64::try_from((bytes.saturating_add(1 << (PARTS - 1))) >> PARTS).unwrap_or(u64::MAX)
    }

    /// Bytes of samples that a rank's loader holds at most, by the mean of [`batch_bytes`](Self::batch_bytes): those of the
    /// batches that are ready or being made, within the limit of the loader, of the one that the caller has, and of what is
    /// read together with what comes later, with what lies in between. What they are [joined](crate::Dataset::inner_join) with is
    /// not counted: up to an eighth of the limit.
    pub fn peak_memory(&self) -> u64 {
        let batches = self.loading.window().min((self.memory_of_batches() / self.batch_bytes().max(1)).max(1));
        let ahead = if self.reads_ahead() { 2 * self.together() } else { 0 };
        let batches = self.batch_bytes().saturating_mul(batches.saturating_add(1).saturating_add(ahead));
        if self.reads_ahead() { batches.saturating_add(2 * self.between()) } else { batches }
    }

    /// Why the ranks cannot have the same, if that is so.
    pub fn uneven(&self) -> Option<String> {
        let last = self.steps().checked_sub(1).filter(|_| self.tail == Tail::Uneven)?;
        let pieces: Vec<usize> = (0..self.ranks).map(|rank| self.slots(rank, last).len()).collect();
        let (fewest, most) = (pieces.iter().min()?, pieces.iter().max()?);
        if fewest == most {
            return None;
        }
        let left: usize = pieces.iter().sum();
        let without = pieces.iter().filter(|len| **len == 0).count();
        let fewer = match without {
            0 => String::new(),
            1 => ", and 1 rank has one batch less".to_owned(),
            _ => format!(", and {without} ranks have one batch less"),
        };
        Some(format!(
            "{left} samples are left for the last batch of {}: ranks have {fewest} to {most} of it{fewer}",
            self.batch
        ))
    }

    pub(super) fn loading(&self) -> Loading {
        self.loading
    }

    /// What is given of its steps before a run begins.
    pub(super) fn progress(&self) -> Progress {
        Progress::of(self.given)
    }

    /// The position behind so many steps.
    #[cfg(feature = "records")]
    fn position_after(&self, steps: u64) -> u64 {
        self.from.saturating_add(steps.min(self.steps()).saturating_mul(self.batch))
    }
}
