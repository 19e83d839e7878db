//! Settings of a plan, whatever it is of, and what is wrong with them.

#[cfg(feature = "records")]
use std::fmt;
use std::sync::Arc;

use super::error::PlanError;
#[cfg(feature = "records")]
use super::token::{Identity, Token};
use super::{Loading, Plan, ShardSize, Sizes, Tail};
use crate::dataset::catalog;
use crate::dataset::compose::Shape;
use crate::error::Result;
use crate::order::{Lanes, Order};

/// Whole numbers up to here are exact wherever JSON is read.
const MOST_SAMPLES: u64 = 1 << 53;
const MEMORY: u64 = 1 << 30;

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) seed: Option<u64>,
    pub(super) epoch: Option<u64>,
    pub(super) ranks: u64,
    pub(super) batch: Option<u64>,
    pub(super) tail: Option<Tail>,
    pub(super) order: Option<Order>,
    pub(super) lanes: Option<u64>,
    pub(super) loading: Loading,
    #[cfg(feature = "records")]
    pub(super) token: Option<Token>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: None,
            epoch: None,
            ranks: 1,
            batch: None,
            tail: None,
            order: None,
            lanes: None,
            loading: Loading {
                threads: catalog::threads(),
                memory: MEMORY,
                keys: false,
                relaxed: false,
                rank: 0,
                is_remote: false,
            },
            #[cfg(feature = "records")]
            token: None,
        }
    }
}

impl Settings {
    /// With what the token says, where that is of this dataset and contradicts nothing.
    #[cfg(feature = "records")]
    pub(super) fn resumed(mut self, token: &Token, identity: &Identity, is_typed: bool) -> Result<Self> {
        let mut differences = token.differences(identity, is_typed);
        take("order", &mut self.order, token.order(), &mut differences);
        take("seed", &mut self.seed, token.seed(), &mut differences);
        take("epoch", &mut self.epoch, token.epoch(), &mut differences);
        take("tail", &mut self.tail, token.tail(), &mut differences);
        take("number of lanes", &mut self.lanes, token.lanes(), &mut differences);
        let batch = *self.batch.get_or_insert(token.batch());
        if batch != token.batch() && (!token.beyond().is_empty() || token.rank().is_some()) {
            differences.push(format!(
                "its batches were given as they were ready, and it goes on with batches of {} only, and not of {batch}",
                token.batch()
            ));
        }
        let ours = (self.loading.rank, self.ranks);
        if let Some((rank, ranks)) = token.rank().filter(|rank| *rank != ours) {
            differences.push(format!(
                "it is that of rank {rank} of {ranks}, each of which gave batches as they were ready and goes on with its own \
                 token, and not with that of rank {} of {}",
                ours.0, ours.1
            ));
        }
        if differences.is_empty() { Ok(self) } else { Err(PlanError::OtherRun { differences }.into()) }
    }

    /// The plan of shards of these sizes, of which the parts have so many samples each.
    pub(super) fn plan(&self, sizes: &[ShardSize], shape: &Shape, lens: &[u64]) -> Result<Plan> {
        let sums = |of: fn(&ShardSize) -> u64| {
            let mut sum = 0_u64;
            let ends = sizes.iter().map(|size| {
                sum = sum.saturating_add(of(size));
                sum
            });
            std::iter::once(0).chain(ends).collect::<Vec<u64>>()
        };
        let sizes = Sizes { samples: sums(|of| of.samples), bytes: sums(|of| of.bytes) };
        check_count(Sizes::total(&sizes.samples))?;
        let (order, seed, epoch) =
            (self.order.unwrap_or(Order::Global), self.seed.unwrap_or(0), self.epoch.unwrap_or(0));
        let epoch_order = shape.order(lens, order, seed, epoch)?;
        let samples = epoch_order.len();
        let (batch, tail, lanes) = self.check(samples)?;
        let mean = shape.mean(&sizes.means(lens))?;
        #[cfg(feature = "records")]
        let (from, given) =
            self.token.as_ref().map_or_else(Default::default, |token| (token.position(), token.beyond()));
        #[cfg(not(feature = "records"))]
        let (from, given) = Default::default();
        Ok(Plan {
            order,
            seed,
            epoch,
            epoch_order: Arc::new(epoch_order),
            sizes: Arc::new(sizes),
            mean,
            ranks: self.ranks,
            batch,
            tail,
            lanes: Lanes::new(samples, lanes),
            from,
            given,
            #[cfg(feature = "records")]
            alone: self.ranks > 1
                && (self.loading.relaxed || self.token.as_ref().is_some_and(|token| token.rank().is_some())),
            loading: self.loading,
            composition: shape.told()?.map(Arc::from),
            #[cfg(feature = "records")]
            identity: None,
        })
    }

    /// The global batch, the tail and the lanes, if all numbers fit together.
    fn check(&self, samples: u64) -> Result<(u64, Tail, u64), PlanError> {
        let (ranks, tail, lanes) = (self.ranks, self.tail.unwrap_or_default(), self.lanes.unwrap_or(1));
        let batch = self.batch.filter(|batch| *batch > 0).ok_or(PlanError::NoBatch { given: self.batch.is_some() })?;
        if ranks == 0 {
            return Err(PlanError::NoRanks);
        }
        if samples == 0 {
            return Err(PlanError::NoSamples);
        }
        check_count(samples.max(batch))?;
        if lanes == 0 || lanes > samples {
            return Err(PlanError::LaneCount { lanes, samples });
        }
        if !batch.is_multiple_of(ranks) {
            let below = (batch - batch % ranks).max(ranks);
            let above = batch.next_multiple_of(ranks);
            let above = if above == below { above.saturating_add(ranks) } else { above };
            return Err(PlanError::BatchOfRanks { batch, ranks, below, above });
        }
        if !batch.is_multiple_of(lanes) {
            return Err(PlanError::BatchOfLanes { batch, lanes });
        }
        if lanes > 1 && !lanes.is_multiple_of(ranks) {
            return Err(PlanError::Lanes { lanes, ranks });
        }
        if batch > samples && tail != Tail::Uneven {
            return Err(PlanError::BatchOfDataset { batch, samples });
        }
        Ok((batch, tail, lanes))
    }
}

fn check_count(samples: u64) -> Result<(), PlanError> {
    if samples > MOST_SAMPLES { Err(PlanError::TooMany { samples, limit: MOST_SAMPLES }) } else { Ok(()) }
}

/// Takes over what the token says; what was given and is another is told.
#[cfg(feature = "records")]
fn take<V: PartialEq + fmt::Display>(what: &str, given: &mut Option<V>, of_token: V, told: &mut Vec<String>) {
    match given {
        Some(given) if *given != of_token => told.push(format!("its {what} is {of_token}, and not {given}")),
        _ => *given = Some(of_token),
    }
}
