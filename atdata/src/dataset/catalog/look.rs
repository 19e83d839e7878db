//! Looking for what is kept of the contents of shards: beside each of them, or in one file for all of a folder.

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::at_once;
use super::entry::{Entry, Reading, Where};
use crate::error::{ErrorKind, Result};
use crate::sample::SampleLayout;
use crate::shard::{Kind, Names, Pack, Summary};
use crate::store::several;

/// Sidecars that a thread looks at before it tells of them, and shards that are in a pack.
const TOGETHER: usize = 64;
const PACKED_TOGETHER: usize = 1024;

/// Where the contents of some shards may be.
pub(super) struct Look {
    reading: Arc<Reading>,
    packs: Vec<Arc<Pack>>,
    /// Of each shard the pack that has its contents, and its place in that; empty if there is no pack.
    placed: Vec<Option<(u32, u32)>>,
}

/// A pack while shards are looked for in it.
struct Opened {
    pack: Arc<Pack>,
    names: Names,
    /// The place that comes next if they are asked for in order.
    next: usize,
}

impl Look {
    /// Opens the packs of the folders that the shards are in. Of servers those of further folders are asked for as long as
    /// there are any.
    pub(super) fn new(reading: &Arc<Reading>) -> Result<Self> {
        let (mut packs, mut placed) = (Vec::<Opened>::new(), Vec::new());
        let (mut known, mut last, mut asks) = (HashMap::new(), None, true);
        for (number, shard) in reading.shards.iter().enumerate() {
            let Some((folder, name)) = shard.home().filter(|_| !shard.is_pinned()) else { continue };
            let of_folder = match last.filter(|(of, _)| *of == folder) {
                Some((_, found)) => found,
                None => match known.get(folder).copied() {
                    Some(found) => found,
                    None if shard.path().is_none() && !asks => None,
                    None => {
                        let found = Pack::beside(shard, &reading.options)?.map(|(pack, names)| {
                            packs.push(Opened { pack: Arc::new(pack), names, next: 0 });
                            packs.len() - 1
                        });
                        asks &= shard.path().is_some() || found.is_some();
                        known.insert(folder, found);
                        found
                    }
                },
            };
            last = Some((folder, of_folder));
            let place = of_folder.and_then(|at| {
                let opened = packs.get_mut(at)?;
                let place = opened.names.find(&name, opened.next)?;
                opened.next = place + 1;
                Some((u32::try_from(at).ok()?, u32::try_from(place).ok()?))
            });
            if place.is_some() {
                placed.resize(number, None);
                placed.push(place);
            }
        }
        let packs = packs.into_iter().map(|opened| opened.pack).collect();
        Ok(Self { reading: Arc::clone(reading), packs, placed })
    }

    /// What is kept of the shard of that number, if anything is.
    pub(super) fn of(&self, number: usize) -> Result<Option<Entry>> {
        let Some(shard) = self.reading.shards.get(number) else { return Ok(None) };
        let options = &self.reading.options;
        let entry = |place| Some(Entry::new(number, place, &self.reading));
        let packed = self.placed.get(number).copied().flatten();
        let stale = match packed.and_then(|(pack, at)| Some((self.packs.get(pack as usize)?, at))) {
            None => None,
            Some((pack, at)) => match pack.check(at as usize, shard, options) {
                Ok(()) => return Ok(entry(Where::Packed { pack: Arc::clone(pack), at })),
                // Of a shard that was written anew there may be contents beside it.
                Err(error) if error.kind() == ErrorKind::Conflict => Some(error),
                Err(error) => return Err(error),
            },
        };
        match (Summary::open(shard, options)?, stale) {
            (Some(summary), _) => Ok(entry(Where::Beside(Box::new(summary)))),
            (None, Some(stale)) => Err(stale),
            (None, None) => Ok(None),
        }
    }

    /// What is kept of the shards of these numbers; `None` if there is nothing of one that is of use.
    pub(super) fn all(&self, numbers: Range<usize>) -> Result<Option<Vec<Entry>>> {
        let of_part = |numbers: Range<usize>| {
            let mut entries = Vec::with_capacity(numbers.len());
            for number in numbers {
                let entry = self.of(number)?;
                let Some(entry) = entry.filter(|entry| unfit(&entry.summary(), self.reading.layout).is_none()) else {
                    return Ok(None);
                };
                entries.push(entry);
            }
            Ok(Some(entries))
        };
        let is_remote = self.reading.shards.first().is_some_and(|shard| shard.path().is_none());
        let together = match (self.packs.is_empty(), is_remote) {
            (false, _) => PACKED_TOGETHER,
            (true, true) => 1,
            (true, false) => TOGETHER,
        };
        if numbers.len() <= together {
            return of_part(numbers);
        }
        let parts: Vec<Range<usize>> =
            numbers.clone().step_by(together).map(|first| first..(first + together).min(numbers.end)).collect();
        let (mut all, mut outcome) = (Vec::with_capacity(numbers.len()), Ok(true));
        let work = |part: &Range<usize>, _: &mut dyn FnMut(u64)| of_part(part.clone());
        several(&parts, self.threads(), work, &mut |_| (), &mut |_, found| {
            match found {
                Ok(Some(mut entries)) if matches!(outcome, Ok(true)) => all.append(&mut entries),
                Ok(None) if matches!(outcome, Ok(true)) => outcome = Ok(false),
                Err(error) if matches!(outcome, Ok(true)) => outcome = Err(error),
                _ => {}
            }
            if matches!(outcome, Ok(true)) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        outcome.map(|all_have| all_have.then_some(all))
    }

    /// How many are looked at at a time.
    pub(super) fn threads(&self) -> usize {
        at_once(&self.reading.shards)
    }
}

/// Why contents of that kind do not say where the samples are of a type with that layout.
pub(super) fn unfit(summary: &Summary, layout: SampleLayout) -> Option<&'static str> {
    let reads_payload = matches!((layout, summary.kind), (SampleLayout::Packed, _) | (SampleLayout::Any, Kind::Packed));
    if summary.gaps && !reads_payload {
        return Some(
            "there is something else than samples in the shard, such as groups that are damaged: `atdata inspect` tells which, \
             `atdata convert` writes it anew; contents that an older atdata made of a shard with folders are made again by \
             `atdata index-shards --force`, those in a pack by `atdata index-shards --pack --force`",
        );
    }
    match (layout, summary.kind) {
        (SampleLayout::Packed, Kind::Plain) => Some(
            "no sample of the shard is packed: read it by a type with `#[packable(layout = \"members\")]`, as `DictSample` or as `Group`",
        ),
        (SampleLayout::Packed, Kind::PackedAmongOthers) | (_, Kind::Packed | Kind::Plain) => None,
        (_, Kind::PackedAmongOthers | Kind::Mixed) => {
            Some("some samples of the shard are packed and others are not: write them anew with `atdata convert`")
        }
    }
}
