//! Partners: the samples that those of a batch are joined with, read together before the batch is made.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::dataset::catalog::{Catalog, IsStopped, NEVER};
use crate::dataset::decode::Decode;
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
    fn of_window() -> Self {
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
    fn is_full(&self) -> bool {
        self.0.iter().any(|fetched| fetched.is_full || fetched.inner.is_full())
    }

    /// Of the join with that number.
    pub(super) fn of(&self, join: usize) -> Option<&Fetched> {
        self.0.get(join)
    }
}

/// What samples that are read one after the other are joined with, read together for some of them at a time.
#[derive(Debug)]
pub(super) struct Window {
    /// Where those samples are.
    catalog: Arc<Catalog>,
    keys: HashSet<Box<str>>,
    partners: Partners,
    /// How many samples asked for what was read for this one.
    used: usize,
    /// Number of the sample behind it.
    next: Option<u64>,
    /// Samples of the next one: the first sample does not wait for others.
    size: u64,
    /// Whether something is wrong with where the samples are said to be: it would be with each of those that follow.
    is_given_up: bool,
}

impl Window {
    /// Samples that have a window, at most.
    const MOST: u64 = 1024;

    pub(super) fn new(catalog: Arc<Catalog>) -> Self {
        let (keys, partners) = (HashSet::new(), Partners::default());
        Self { catalog, keys, partners, used: 0, next: None, size: 1, is_given_up: false }
    }

    /// What a sample may be joined with. Where it is in none of the windows, or something is wrong with one, partners are read alone.
    pub(super) fn of<T>(&mut self, decode: &Decode<T>, key: &str) -> Option<&Partners> {
        if !self.keys.contains(key) && !self.is_given_up {
            let slid = self.slide(decode, key);
            self.is_given_up = !matches!(slid, Ok(true));
        }
        let is_there = self.keys.contains(key);
        self.used += usize::from(is_there);
        is_there.then_some(&self.partners)
    }

    #[cfg(test)]
    pub(super) fn has_read(&self) -> bool {
        self.next.is_some()
    }

    /// To the samples from that one on, if it is there.
    #[cold]
    fn slide<T>(&mut self, decode: &Decode<T>, key: &str) -> Result<bool> {
        // Those before were read for nothing where filters dropped most samples.
        let is_wasted = self.used * 2 < self.keys.len();
        // Not both in memory.
        (self.partners, self.keys, self.used) = (Partners::default(), HashSet::new(), 0);
        let Some(first) = self.first(key)? else { return Ok(false) };
        self.size = if is_wasted { (self.size / 4).max(1) } else { self.size };
        let mut keys = Vec::new();
        self.catalog.each_key_of(first, self.size, &mut |_, key| {
            keys.push(key.to_owned());
            Ok(())
        })?;
        self.next = Some(first + keys.len() as u64);
        self.partners = decode.fetch(&keys, Reading::of_window());
        self.keys = keys.into_iter().map(Into::into).collect();
        self.size = if self.partners.is_full() { (self.size / 2).max(1) } else { (self.size * 2).min(Self::MOST) };
        Ok(true)
    }

    /// The number of the sample with that key, which mostly is the one behind the last window.
    fn first(&self, key: &str) -> Result<Option<u64>> {
        match self.next.filter(|next| *next < self.catalog.samples()) {
            Some(next) if self.catalog.key(next, NEVER)? == key => Ok(Some(next)),
            _ => self.catalog.find(key),
        }
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
