//! Mixing: draws from several sources by weights, with exactly so many of each in every block of draws.
//!
//! Which source a draw is of depends on seed, epoch and the number of the draw alone, and so does which of its samples: the
//! first `len` draws of a source are all of its samples in an order of its own, the next ones all of them in another. What
//! is kept of it is a table of a block and an order of each source.

use std::sync::Arc;

use super::permutation::Permutation;
use super::recent::Recent;
use super::runs::Runs;
use super::{EpochOrder, Order, key};

/// What the permutation of a block is keyed for, and what the orders of sources are.
const OF_BLOCK: u64 = 3;
const OF_SOURCE: u64 = 4;

/// Why weights are none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum WeightError {
    #[error("expected at least one dataset to mix, found none")]
    NoSources,
    #[error("expected a weight above zero of dataset {source_number}, found {weight}")]
    Weight { source_number: usize, weight: f64 },
    #[error("expected a block of at least one draw, found 0")]
    NoBlock,
    #[error(
        "the weight of dataset {source_number}, {weight}, is less than one draw of the {block} of a block: {}leave it out",
        .needed.map_or_else(String::new, |needed| format!("take blocks of {needed} draws, or "))
    )]
    TooSmall {
        source_number: usize,
        weight: f64,
        block: u32,
        /// Draws of a block that would do, if a block may have so many.
        needed: Option<f64>,
    },
}

/// How many draws of a block each source has, by the largest remainder.
pub(crate) fn quotas(weights: &[f64], block: u32) -> Result<Vec<u32>, WeightError> {
    if weights.is_empty() {
        return Err(WeightError::NoSources);
    }
    if block == 0 {
        return Err(WeightError::NoBlock);
    }
    let is_none = |weight: f64| !weight.is_finite() || weight <= 0.0;
    if let Some((source_number, weight)) = weights.iter().copied().enumerate().find(|(_, weight)| is_none(*weight)) {
        return Err(WeightError::Weight { source_number, weight });
    }
    // By the largest, so that no sum is beyond what a number holds.
    let largest = weights.iter().copied().fold(0.0, f64::max);
    let total: f64 = weights.iter().map(|weight| weight / largest).sum();
    let shares: Vec<f64> = weights.iter().map(|weight| weight / largest / total * f64::from(block)).collect();
    // A share is at most the block.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let mut quotas: Vec<u32> = shares.iter().map(|share| share.floor() as u32).collect();
    let mut by_remainder: Vec<usize> = (0..shares.len()).collect();
    let remainder = |source: &usize| shares.get(*source).map_or(0.0, |share| share.fract());
    by_remainder.sort_by(|one, other| remainder(other).total_cmp(&remainder(one)).then(one.cmp(other)));
    let left = u64::from(block).saturating_sub(quotas.iter().copied().map(u64::from).sum());
    for source in by_remainder.into_iter().cycle().take(usize::try_from(left).unwrap_or(0)) {
        if let Some(quota) = quotas.get_mut(source) {
            *quota += 1;
        }
    }
    let too_small = quotas.iter().position(|quota| *quota == 0).and_then(|at| Some((at, *weights.get(at)?)));
    match too_small {
        Some((source_number, weight)) => {
            let needed = Some((total * (largest / weight)).ceil()).filter(|needed| *needed <= f64::from(u32::MAX));
            Err(WeightError::TooSmall { source_number, weight, block, needed })
        }
        None => Ok(quotas),
    }
}

/// When a mixture ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Stop {
    /// With the last sample of the dataset that is used up first: no sample comes twice.
    #[default]
    FirstExhausted,
    /// With the last sample of the dataset that is used up last: each sample comes at least once, those of the others again
    /// and again.
    AllExhausted,
    /// With so many samples.
    Samples(u64),
}

/// What is drawn from: samples by their numbers, and how many draws of a block it has.
#[derive(Debug)]
struct Source {
    runs: Runs,
    quota: u64,
    seed: u64,
    /// Its orders, by how often it was used up before.
    orders: Recent<EpochOrder>,
}

/// A mixture of an epoch.
#[derive(Debug)]
pub(crate) struct Mixed {
    sources: Vec<Source>,
    block: u64,
    order: Order,
    seed: u64,
    epoch: u64,
    len: u64,
    tables: Recent<Table>,
}

/// Of each draw of a block the source, and how many draws of that are before it.
#[derive(Debug)]
struct Table {
    draws: Vec<(u32, u32)>,
}

impl Mixed {
    /// Of sources that have samples, with their quotas; `None` if there are more draws than can be counted.
    pub(crate) fn new(sources: Vec<(Runs, u32)>, order: Order, seed: u64, epoch: u64, stop: Stop) -> Option<Self> {
        let block = sources.iter().map(|(_, quota)| u64::from(*quota)).sum();
        let source = |(number, (runs, quota)): (u64, (Runs, u32))| {
            let seed = key(&[seed, epoch, OF_SOURCE, number]);
            Source { runs, quota: u64::from(quota), seed, orders: Recent::default() }
        };
        let sources: Vec<Source> = (0..).zip(sources).map(source).collect();
        let mut mixed = Self { sources, block, order, seed, epoch, len: 0, tables: Recent::default() };
        let mut ends = Vec::with_capacity(mixed.sources.len());
        for (number, source) in mixed.sources.iter().enumerate() {
            if let Stop::Samples(_) = stop {
                break;
            }
            ends.push(mixed.position(number, source.runs.len().checked_sub(1)?)?.checked_add(1)?);
        }
        mixed.len = match stop {
            Stop::FirstExhausted => ends.into_iter().min()?,
            Stop::AllExhausted => ends.into_iter().max()?,
            Stop::Samples(samples) => samples,
        };
        Some(mixed)
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    fn table(&self, block: u64) -> Arc<Table> {
        self.tables.get(block, || {
            let mixed = Permutation::new(self.block, key(&[self.seed, self.epoch, OF_BLOCK, block]));
            let mut ends = Vec::with_capacity(self.sources.len());
            let mut end = 0;
            for source in &self.sources {
                end += source.quota;
                ends.push(end);
            }
            let mut before = vec![0_u32; self.sources.len()];
            let draw = |place: u64| {
                let cell = mixed.at(place);
                let source = ends.partition_point(|end| *end <= cell);
                let count = before.get_mut(source).map_or(0, |before| std::mem::replace(before, *before + 1));
                (u32::try_from(source).unwrap_or(u32::MAX), count)
            };
            Table { draws: (0..self.block).map(draw).collect() }
        })
    }

    /// The position of a draw of a source, by how many are before it.
    fn position(&self, number: usize, draw: u64) -> Option<u64> {
        let quota = self.sources.get(number)?.quota;
        let (block, before) = (draw.checked_div(quota)?, draw % quota);
        let start = block.checked_mul(self.block)?;
        let wanted = (u32::try_from(number).ok()?, u32::try_from(before).ok()?);
        let place = self.table(block).draws.iter().position(|draw| *draw == wanted)?;
        start.checked_add(place as u64)
    }

    /// The order of a source that was used up so often.
    fn order(&self, source: &Source, times: u64) -> Arc<EpochOrder> {
        source.orders.get(times, || EpochOrder::new(self.order, source.runs.len(), source.seed, times))
    }

    /// The number of the sample at a position below the length.
    pub(super) fn at(&self, position: u64, walk: &mut MixedWalk) -> Option<u64> {
        let (block, place) = (position.checked_div(self.block)?, position % self.block);
        let table = match &walk.table {
            Some((of, table)) if *of == block => table,
            _ => &walk.table.insert((block, self.table(block))).1,
        };
        let (number, before) = *table.draws.get(usize::try_from(place).ok()?)?;
        let number = usize::try_from(number).ok()?;
        let source = self.sources.get(number)?;
        let draw = block * source.quota + u64::from(before);
        let (times, within) = (draw.checked_div(source.runs.len())?, draw % source.runs.len());
        walk.sources.resize_with(self.sources.len(), || None);
        let kept = walk.sources.get_mut(number)?;
        if kept.as_ref().is_none_or(|kept| kept.times != times) {
            *kept = Some(SourceWalk { times, order: self.order(source, times), group: None });
        }
        let SourceWalk { order, group, .. } = kept.as_mut()?;
        source.runs.at(order.at_within(within, group)?)
    }

    /// The first position of a sample from one on.
    pub(super) fn position_from(&self, sample: u64, from: u64) -> Option<u64> {
        let mut first: Option<u64> = None;
        for (number, source) in self.sources.iter().enumerate() {
            for place in source.runs.places_of(sample) {
                first = first.into_iter().chain(self.draw_from(number, source, place, from)).min();
            }
        }
        first
    }

    /// The first position, from one on, of what is at a place of a source.
    fn draw_from(&self, number: usize, source: &Source, place: u64, from: u64) -> Option<u64> {
        let len = source.runs.len();
        // All draws of the blocks before come before it.
        let mut times = from.checked_div(self.block)?.checked_mul(source.quota)?.checked_div(len)?;
        loop {
            let within = self.order(source, times).position_of(place)?;
            let position = self.position(number, times.checked_mul(len)?.checked_add(within)?)?;
            if position >= self.len {
                return None;
            }
            if position >= from {
                return Some(position);
            }
            times += 1;
        }
    }
}

/// What answers for positions near to each other have in common.
#[derive(Debug, Clone, Default)]
pub(super) struct MixedWalk {
    table: Option<(u64, Arc<Table>)>,
    sources: Vec<Option<SourceWalk>>,
}

#[derive(Debug, Clone)]
struct SourceWalk {
    times: u64,
    order: Arc<EpochOrder>,
    group: Option<(u64, Permutation)>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use std::collections::BTreeMap;

    use super::*;
    use crate::order::Rng;

    #[test]
    fn quotas_are_those_of_the_largest_remainder() {
        assert_eq!(quotas(&[0.7, 0.2, 0.1], 10_000).unwrap(), [7000, 2000, 1000]);
        assert_eq!(quotas(&[7.0, 2.0, 1.0], 10).unwrap(), [7, 2, 1]);
        assert_eq!(quotas(&[1.0, 1.0, 1.0], 10).unwrap(), [4, 3, 3]);
        assert_eq!(quotas(&[f64::MAX, f64::MAX], 10).unwrap(), [5, 5]);
        assert_eq!(quotas(&[3.0], 10).unwrap(), [10]);
    }

    #[test]
    fn weights_that_are_none_are_refused() {
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = quotas(&[1.0, weight], 100).unwrap_err();
            assert!(matches!(error, WeightError::Weight { source_number: 1, .. }), "{error}");
        }
        assert_eq!(quotas(&[], 100), Err(WeightError::NoSources));
        assert_eq!(quotas(&[1.0], 0), Err(WeightError::NoBlock));
        let error = quotas(&[1.0, 0.0004], 1000).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the weight of dataset 1, 0.0004, is less than one draw of the 1000 of a block: take blocks of 2501 draws, or leave \
             it out"
        );
        assert!(quotas(&[1.0, 0.0004], 2501).is_ok());
        for tiny in [5e-324, 1e-12] {
            let error = quotas(&[1.0, tiny], 1000).unwrap_err().to_string();
            assert!(error.ends_with("of the 1000 of a block: leave it out"), "{error}");
        }
    }

    /// Each block has exactly its quotas, each sample of a source comes once before any comes again, and the stop rules
    /// stop where they say.
    #[test]
    fn every_mixture_keeps_its_promises() {
        let mut rng = Rng::new(5);
        for case in 0..60 {
            let count = 1 + rng.below(4);
            let weights: Vec<f64> = (0..count).map(|_| f64::from(u32::try_from(1 + rng.below(50)).unwrap())).collect();
            let block = [16, 50, 97][rng.below(3)];
            let Ok(quotas) = quotas(&weights, block) else { continue };
            assert_eq!(quotas.iter().sum::<u32>(), block);
            let lens: Vec<u64> = (0..count).map(|_| 1 + rng.below(120) as u64).collect();
            let sources = || {
                let mut start = 0;
                let one = |(len, quota): (&u64, &u32)| {
                    let runs = Runs::new([(start, *len)]).unwrap();
                    start += len;
                    (runs, *quota)
                };
                lens.iter().zip(&quotas).map(one).collect::<Vec<_>>()
            };
            let order = [Order::Global, Order::Stored, Order::blocks(4, 3)][rng.below(3)];
            for stop in [Stop::FirstExhausted, Stop::AllExhausted, Stop::Samples(500)] {
                let mixed = EpochOrder::mixed(Mixed::new(sources(), order, case, 2, stop).unwrap());
                let all: Vec<u64> = (0..mixed.len()).map(|position| mixed.at(position).unwrap()).collect();
                let of = |sample: u64| {
                    let mut end = 0;
                    lens.iter().position(|len| {
                        end += len;
                        sample < end
                    })
                };
                for whole in all.chunks_exact(block as usize) {
                    for (number, quota) in quotas.iter().enumerate() {
                        let drawn = whole.iter().filter(|sample| of(**sample) == Some(number)).count();
                        assert_eq!(drawn, *quota as usize, "case {case}");
                    }
                }
                let mut used = Vec::new();
                for (number, len) in lens.iter().enumerate() {
                    let own: Vec<u64> = all.iter().copied().filter(|sample| of(*sample) == Some(number)).collect();
                    for round in own.chunks(usize::try_from(*len).unwrap()) {
                        let times = round.iter().fold(BTreeMap::<u64, u32>::new(), |mut times, sample| {
                            *times.entry(*sample).or_default() += 1;
                            times
                        });
                        assert!(times.values().all(|times| *times == 1), "case {case}: a sample came again too soon");
                    }
                    used.push(own.len() as u64 >= *len);
                }
                let last = of(*all.last().unwrap()).unwrap();
                match stop {
                    Stop::FirstExhausted => {
                        assert_eq!(used.iter().filter(|used| **used).count(), 1, "case {case}");
                        assert!(used[last]);
                    }
                    Stop::AllExhausted => {
                        assert!(used.iter().all(|used| *used), "case {case}");
                        let before = all[..all.len() - 1].iter().filter(|sample| of(**sample) == Some(last)).count();
                        assert!((before as u64) < lens[last]);
                    }
                    Stop::Samples(samples) => assert_eq!(mixed.len(), samples),
                }
                // A walk, from anywhere, says the same as each alone; and the way back leads to where it first was.
                let mut walk = mixed.walk();
                for position in (0..mixed.len()).rev() {
                    assert_eq!(walk.at(position), Some(all[usize::try_from(position).unwrap()]));
                }
                for sample in 0..lens.iter().sum() {
                    let first = all.iter().position(|found| *found == sample).map(|at| at as u64);
                    assert_eq!(mixed.position_of(sample), first, "case {case}");
                    let from = rng.below(all.len());
                    let next = all[from..].iter().position(|found| *found == sample).map(|at| (from + at) as u64);
                    assert_eq!(mixed.position_from(sample, from as u64), next, "case {case}: from {from}");
                }
            }
        }
    }

    #[test]
    fn seeds_and_epochs_are_other_mixtures() {
        let of = |seed, epoch| {
            let sources = vec![(Runs::new([(0, 100)]).unwrap(), 7), (Runs::new([(100, 100)]).unwrap(), 3)];
            let mixed = EpochOrder::mixed(Mixed::new(sources, Order::Global, seed, epoch, Stop::Samples(60)).unwrap());
            (0..60).map(|position| mixed.at(position).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(of(1, 1), of(1, 1));
        assert!(of(1, 1) != of(1, 2) && of(1, 1) != of(2, 1) && of(1, 2) != of(2, 1));
    }

    #[test]
    fn a_mixture_of_too_many_is_none() {
        let sources = vec![(Runs::new([(0, 1 << 62)]).unwrap(), 1), (Runs::new([(1 << 62, 5)]).unwrap(), 99)];
        assert!(Mixed::new(sources, Order::Stored, 1, 1, Stop::AllExhausted).is_none());
    }
}
