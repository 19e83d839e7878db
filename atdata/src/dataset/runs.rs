//! Runs: samples that lie near each other in a shard, read at once.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::dataset::catalog::{Catalog, IsStopped, NEVER};
use crate::error::Result;
use crate::shard::{Keys, Picked, Picker, Piece};
use crate::source::{Pending, Ranges};

/// How far apart samples may be that are read at once, and how much that may be.
#[derive(Debug, Clone, Copy)]
struct Near {
    gap: u64,
    most: u64,
}

/// How far apart samples are at most that are read at once: so many bytes between them are read as well.
pub(super) fn gap(is_asked: bool) -> u64 {
    if is_asked { ON_SERVERS.gap } else { IN_FILES.gap }
}

/// How much is read at once, at most.
pub(super) fn most(is_asked: bool) -> u64 {
    if is_asked { ON_SERVERS.most } else { IN_FILES.most }
}

/// To pass over what a call of the system takes as long for costs nothing; more than that in one piece gains nothing.
const IN_FILES: Near = Near { gap: 4 << 10, most: 1 << 20 };
/// What a server sends while the next request would be on its way.
const ON_SERVERS: Near = Near { gap: 64 << 10, most: 8 << 20 };

/// Bytes that are on their way from servers at a time.
const AHEAD: u64 = 64 << 20;
/// A single sample of this size in a file is read when it is its turn, into memory that is used again: nothing is gained by reading it
/// before.
const LARGE: u64 = 16 << 10;

/// Samples of one shard that are read at once.
#[derive(Debug)]
pub(super) struct Run {
    shard: usize,
    /// Bytes of the shard.
    range: Range<u64>,
    /// Which they are in the list that the runs were made of.
    pub(super) samples: Range<usize>,
}

/// Runs for all samples of a list, which is in order; each is in one of them. What contents cannot place is one of its own
/// without bytes: [`Catalog::read`] says what is wrong. Of bytes that nobody wants, between samples, all of them have no
/// more than `room`.
pub(super) fn runs(catalog: &Catalog, sorted: &[u64], mut room: u64, is_stopped: IsStopped<'_>) -> Vec<Run> {
    if catalog.is_remote() {
        let mut shards: Vec<usize> = sorted.iter().map(|sample| catalog.locate(*sample).0).collect();
        shards.dedup();
        catalog.ask_for(&shards, is_stopped);
    }
    let mut runs: Vec<Run> = Vec::new();
    // What cannot be had of a shard is asked for once, and not for each of its samples.
    let mut at: Option<(usize, Option<Arc<Picker>>)> = None;
    for (place, sample) in sorted.iter().enumerate() {
        let (shard, number) = catalog.locate(*sample);
        if at.as_ref().is_none_or(|(last, _)| *last != shard) {
            at = Some((shard, catalog.picker(shard, is_stopped).ok()));
        }
        let picker = at.as_ref().and_then(|(_, picker)| picker.as_ref());
        let extent = picker.and_then(|picker| picker.extent(number).ok()).unwrap_or(0..0);
        let near = if catalog.asks_for(shard) { ON_SERVERS } else { IN_FILES };
        let last = runs.last_mut().and_then(|run| Some((run.gap_to(shard, &extent, near)?, run)));
        match last.filter(|(gap, _)| *gap <= room) {
            Some((gap, run)) => {
                room -= gap;
                run.range.end = run.range.end.max(extent.end);
                run.samples.end = place + 1;
            }
            None => runs.push(Run { shard, range: extent, samples: place..place + 1 }),
        }
    }
    runs
}

impl Run {
    /// What lies between it and a sample that may be read with it.
    fn gap_to(&self, shard: usize, extent: &Range<u64>, near: Near) -> Option<u64> {
        let takes = self.shard == shard
            && !self.is_alone()
            && !extent.is_empty()
            && (self.range.start..=self.range.end.saturating_add(near.gap)).contains(&extent.start)
            && extent.end.max(self.range.end) - self.range.start <= near.most;
        takes.then(|| extent.start.saturating_sub(self.range.end))
    }

    /// Whether nothing is known of its only sample but its number.
    pub(super) fn is_alone(&self) -> bool {
        self.range.is_empty()
    }

    /// Bytes that are read.
    pub(super) fn bytes(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Whether its bytes are asked for at a server.
    pub(super) fn is_asked(&self, catalog: &Catalog) -> bool {
        catalog.asks_for(self.shard)
    }

    /// Whether it is a large sample alone in a file, which is left for its turn.
    pub(super) fn is_late(&self, catalog: &Catalog) -> bool {
        !self.is_asked(catalog) && self.samples.len() == 1 && self.bytes() >= LARGE
    }

    /// Asks for its bytes.
    pub(super) fn start(&self, catalog: &Catalog, is_stopped: IsStopped<'_>) -> Result<AskedRun> {
        let picker = catalog.picker(self.shard, is_stopped)?;
        let ranges = catalog.ranges(self.shard, &picker, is_stopped)?;
        let pending = ranges.start(self.range.clone());
        Ok(AskedRun { picker, ranges, pending, from: self.range.start, start: catalog.start_of(self.shard) })
    }
}

/// A run that was asked for.
#[derive(Debug)]
pub(super) struct AskedRun {
    picker: Arc<Picker>,
    ranges: Arc<Ranges>,
    pending: Pending,
    from: u64,
    /// The number of the shard's first sample.
    start: u64,
}

impl AskedRun {
    /// Waits for its bytes, unless that is given up.
    pub(super) fn wait(self, is_stopped: &dyn Fn() -> bool) -> Result<RunBytes> {
        let read = self.ranges.finish(self.pending, is_stopped);
        let bytes = read.map_err(|error| error.with_shard(self.picker.name()))?;
        let piece = Piece { from: self.from, bytes: bytes.into() };
        Ok(RunBytes { picker: self.picker, piece, start: self.start })
    }
}

/// The bytes of a run.
#[derive(Debug)]
pub(super) struct RunBytes {
    picker: Arc<Picker>,
    piece: Piece,
    start: u64,
}

impl RunBytes {
    /// A sample of the run by its number, counted over all shards; `keys` are for this run alone.
    pub(super) fn take(&self, sample: u64, keys: &mut Keys) -> Result<Picked> {
        // There is no sample of the other number.
        self.picker.take(sample.checked_sub(self.start).unwrap_or(u64::MAX), &self.piece, keys)
    }
}

/// What is done with a run, and with what was asked for of it.
type EachRun<'a> = &'a mut dyn FnMut(&Run, Result<Option<AskedRun>>) -> Result<()>;

/// Hands runs to `each` in order, with what was asked for, nothing of one that is alone. Where they are on servers some are on their way
/// while others are made.
pub(super) fn in_turn(
    catalog: &Catalog,
    mut runs: impl Iterator<Item = Run>,
    is_stopped: IsStopped<'_>,
    each: EachRun<'_>,
) -> Result<()> {
    let (mut asked, mut ahead, is_asked) = (VecDeque::new(), 0, catalog.is_asked());
    loop {
        while asked.is_empty() || (is_asked && ahead < AHEAD) {
            let Some(run) = runs.next() else { break };
            ahead += run.bytes();
            let on_its_way = if run.is_alone() { Ok(None) } else { run.start(catalog, is_stopped).map(Some) };
            asked.push_back((run, on_its_way));
        }
        let Some((run, on_its_way)) = asked.pop_front() else { return Ok(()) };
        ahead -= run.bytes();
        each(&run, on_its_way)?;
    }
}

/// Hands all samples of a list, which is in order, to `each`, with their places in the list.
pub(super) fn read_all(
    catalog: &Catalog,
    sorted: &[u64],
    each: &mut dyn FnMut(usize, Picked) -> Result<()>,
) -> Result<()> {
    // What is between samples counts among what is on its way, and is gone with its run.
    let runs = runs(catalog, sorted, u64::MAX, NEVER).into_iter();
    in_turn(catalog, runs, NEVER, &mut |run, asked| {
        let (read, mut keys) = (asked?.map(|run| run.wait(NEVER)).transpose()?, Keys::default());
        for (place, sample) in run.samples.clone().zip(sorted.get(run.samples.clone()).unwrap_or_default()) {
            let picked = match &read {
                Some(read) => read.take(*sample, &mut keys)?,
                None => catalog.read(*sample)?,
            };
            each(place, picked)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dataset::Dataset;
    use crate::sample::DictSample;

    /// What lies between the samples that are read is in memory as well.
    #[test]
    fn no_more_is_read_between_samples_than_there_is_room_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("n.tar");
        Dataset::write(&path, (0..100_i64).map(|number| DictSample::from_iter([("number", number)]))).unwrap();
        let catalog = Dataset::<DictSample>::open(&path).unwrap().shards.catalog_or_scan().unwrap();
        let sorted: Vec<u64> = (0..100).step_by(2).collect();
        let each = |room| {
            let runs = runs(&catalog, &sorted, room, NEVER);
            let places: Vec<usize> = runs.iter().flat_map(|run| run.samples.clone()).collect();
            assert_eq!(places, (0..sorted.len()).collect::<Vec<_>>());
            (runs.len(), runs.iter().map(Run::bytes).sum::<u64>())
        };
        let (alone, wanted) = each(0);
        assert_eq!((alone, wanted), (50, 50 * 1024));
        // One sample lies between two.
        assert_eq!(each(10 * 1024), (40, wanted + 10 * 1024));
        assert_eq!(each(10 * 1024 + 1023), (40, wanted + 10 * 1024));
        assert_eq!(each(u64::MAX), (1, 99 * 1024));
    }
}
