//! Partners: the samples that those of a batch are joined with, read together before the batch is made.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use crate::dataset::catalog::{Catalog, IsStopped, NEVER};
use crate::dataset::plan::error::PlanError;
use crate::dataset::runs::{AskedRun, Run, in_turn, runs};
use crate::error::Result;
use crate::shard::{Keys, Picked};

/// Where partners are found by their keys.
pub(super) trait Fetch: Send + Sync {
    /// Reads those of samples with these keys, as far as that is worth it. What is wrong with one is told by whoever reads it alone.
    fn fetch(&self, keys: &[String], reading: Reading<'_>) -> Fetched;
}

/// How much may be read beforehand, and whether to go on.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) most: u64,
    pub(super) is_stopped: IsStopped<'a>,
}

impl Reading<'_> {
    /// Where no plan says how much.
    pub(super) fn of_select() -> Self {
        Self { most: 128 << 20, is_stopped: NEVER }
    }

    /// Beside samples that are read one after the other.
    pub(super) fn of_window() -> Self {
        Self { most: 32 << 20, is_stopped: NEVER }
    }
}

/// What was read for one join: samples by their keys, and for the dataset that they are of if that is a join itself.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    pub(super) found: HashMap<Box<str>, Picked>,
    /// Whether there was no room for some.
    pub(super) is_full: bool,
    pub(super) inner: Partners,
}

/// What was read for each of the joins of a dataset, in their order.
#[derive(Debug, Default)]
pub(super) struct Partners(Vec<Fetched>);

impl Partners {
    pub(super) fn fetch(joins: &[Arc<dyn Fetch>], keys: &[String], reading: Reading<'_>) -> Self {
        let reading = Reading { most: reading.most / joins.len().max(1) as u64, ..reading };
        Self(joins.iter().map(|join| join.fetch(keys, reading)).collect())
    }

    /// Whether there was no room for some of them.
    pub(super) fn is_full(&self) -> bool {
        self.0.iter().any(|fetched| fetched.is_full || fetched.inner.is_full())
    }

    /// Of the join with that number.
    pub(super) fn of(&self, join: usize) -> Option<&Fetched> {
        self.0.get(join)
    }
}

/// Reads samples of a catalogue, given with their keys, those that lie near each other at once and in the order of the shards: as many
/// as are allowed. Large ones that lie alone in a file are left for their turn, as are those that cannot be read. And whether there was no room for some.
pub(super) fn read_together(
    catalog: &Catalog,
    mut wanted: Vec<(u64, &str)>,
    Reading { most, is_stopped }: Reading<'_>,
) -> (HashMap<Box<str>, Picked>, bool) {
    wanted.sort_unstable();
    wanted.dedup();
    let sorted: Vec<u64> = wanted.iter().map(|(sample, _)| *sample).collect();
    let runs = runs(catalog, &sorted, most / 4, is_stopped);
    let (mut left, is_full) = (most, Cell::new(false));
    let worth = runs.into_iter().filter(|run| {
        if run.is_alone() || run.is_late(catalog) {
            return false;
        }
        let fits = run.bytes() <= left;
        is_full.set(is_full.get() || !fits);
        left -= if fits { run.bytes() } else { 0 };
        fits
    });
    let mut found = HashMap::with_capacity(wanted.len());
    let mut keep = |run: &Run, asked: AskedRun| -> Result<()> {
        let (read, mut keys) = (asked.wait(is_stopped)?, Keys::default());
        for (sample, key) in wanted.get(run.samples.clone()).unwrap_or_default() {
            if let Ok(picked) = read.take(*sample, &mut keys) {
                found.insert((*key).into(), picked);
            }
        }
        Ok(())
    };
    // What is not read, or no longer wanted, is asked for by whoever comes for it alone.
    let _ = in_turn(catalog, worth, is_stopped, &mut |run, asked| {
        if is_stopped() {
            return Err(PlanError::Cancelled.into());
        }
        if let Ok(Some(asked)) = asked {
            let _ = keep(run, asked);
        }
        Ok(())
    });
    (found, is_full.get())
}
