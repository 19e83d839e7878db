//! Reading: the bytes of a field of many samples, those that lie near each other at once.
//!
//! Where the field is in a sample, the walk over its begin says. What the walk looked at in one sample is asked for of the next
//! ones, together; the walk over these tells whether that was right, and asks for the rest where it was not.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::gather::{ArrayPart, Cell};
use super::walk::{self, Pieces, Seen, Stop, Wanted};
use super::{ColumnError, Source};
use crate::dataset::catalog::{Catalog, NEVER};
use crate::dataset::runs::{gap, most};
use crate::error::{Error, Result};
use crate::sample::{PackField as _, SampleLayout, any_value, is_npy};
use crate::shard::{Keys, MemberPart, Picker};

/// Samples that are read at a time, at most.
const SAMPLES: usize = 4096;
/// Bytes that are read at a time: of files as many as a processor keeps near itself, of servers what is on its way.
const IN_FILES: u64 = 2 << 20;
const ON_SERVERS: u64 = 32 << 20;
/// Bytes of the members of all samples that are read at a time: what is asked for is never more than that, whatever they hold.
const HELD: u64 = 256 << 20;
/// Members of that size are read whole.
const SMALL: u64 = 4 << 10;
/// How far the walk looks ahead at first, in files and on servers; each time it asks for more it is twice as far.
const WINDOW: (usize, usize) = (512, 4 << 10);
const LARGEST_WINDOW: usize = 1 << 20;
/// Requests that are on their way to servers at a time.
const REQUESTS: usize = 32;
/// Shards whose contents are asked for at a time.
const AHEAD: usize = 16;

/// What is told of each sample.
pub(super) type Each<'e> = &'e mut dyn FnMut(&Cell<'_>) -> Result<()>;

/// Where the field of a sample is.
#[derive(Debug)]
enum Place {
    /// In its packed member.
    Packed(MemberPart),
    /// It is a member of its own, an array.
    Npy(MemberPart),
    /// It is a member of its own, of that name, which a codec reads.
    Decoded(MemberPart, String),
    /// Where only the reader of whole samples finds it.
    Whole,
    Missing,
}

impl Place {
    fn part(&self) -> Option<&MemberPart> {
        match self {
            Self::Packed(part) | Self::Npy(part) | Self::Decoded(part, _) => Some(part),
            Self::Whole | Self::Missing => None,
        }
    }
}

/// A sample that is being read.
struct Job {
    sample: u64,
    shard: usize,
    number: u64,
    picker: Arc<Picker>,
    place: Place,
    pieces: Pieces,
    needs: Vec<Range<usize>>,
    header: Option<Bytes>,
    is_checked: bool,
    window: usize,
    seen: Option<Seen>,
}

/// Where the field of a sample is, for who names it to others.
#[cfg(feature = "json")]
pub(super) enum Placed<'p> {
    /// Elements of an array, one after the other in a shard.
    Array {
        shard: usize,
        at: u64,
        head: &'p crate::array::ArrayHead,
    },
    /// An array that is nowhere as it is: a codec makes it.
    Nowhere,
    Cell(Cell<'p>),
}

/// Bytes that are asked for.
struct Ask {
    job: usize,
    shard: usize,
    range: Range<u64>,
    /// Where in the content they begin; `None` of the header.
    at: Option<usize>,
}

/// Reads a field.
pub(super) struct Reader<'r> {
    source: &'r Source,
    wanted: &'r Wanted,
    catalog: &'r Catalog,
    /// What was looked at in the last sample.
    guess: Option<Vec<Range<usize>>>,
    keys: (usize, Keys),
    /// The first shard whose contents were not asked for yet.
    asked: usize,
}

impl<'r> Reader<'r> {
    pub(super) fn new(source: &'r Source, wanted: &'r Wanted, catalog: &'r Catalog) -> Self {
        Self { source, wanted, catalog, guess: None, keys: (usize::MAX, Keys::default()), asked: 0 }
    }

    /// Tells what these samples have, in that order.
    pub(super) fn read(&mut self, samples: &mut dyn Iterator<Item = u64>, each: Each<'_>) -> Result<()> {
        self.each(samples, &mut |found| found.tell(each))
    }

    /// The same, with where it is.
    #[cfg(feature = "json")]
    pub(super) fn places(
        &mut self,
        samples: &mut dyn Iterator<Item = u64>,
        then: &mut dyn FnMut(Placed<'_>) -> Result<()>,
    ) -> Result<()> {
        self.each(samples, &mut |job| match (&job.seen, &job.place) {
            (Some(Seen::Array { head, elements, .. }), Place::Packed(part) | Place::Npy(part)) => {
                then(Placed::Array { shard: job.shard, at: part.data + elements.start as u64, head })
            }
            (Some(Seen::Array { .. }), _) => then(Placed::Nowhere),
            _ => job.tell(&mut |cell| then(Placed::Cell(*cell))),
        })
    }

    fn each(&mut self, samples: &mut dyn Iterator<Item = u64>, then: &mut dyn FnMut(&Job) -> Result<()>) -> Result<()> {
        let mut samples = samples.peekable();
        while samples.peek().is_some() {
            let mut jobs = self.next_jobs(&mut samples)?;
            self.run(&mut jobs)?;
            for job in &jobs {
                then(job).map_err(|error| job.located(self.source.in_field(error)))?;
            }
            let last = jobs.into_iter().rfind(|job| matches!(job.place, Place::Packed(_) | Place::Npy(_)));
            self.guess = last.map(|job| job.pieces.seen()).or(self.guess.take());
        }
        Ok(())
    }

    /// The samples that are read together next.
    fn next_jobs(&mut self, samples: &mut dyn Iterator<Item = u64>) -> Result<Vec<Job>> {
        let (mut jobs, mut bytes, mut held) = (Vec::new(), 0_u64, 0_u64);
        let budget = if self.catalog.is_asked() { ON_SERVERS } else { IN_FILES };
        // The first one says how the others are read.
        let most = if self.guess.is_none() { 1 } else { SAMPLES };
        while jobs.len() < most && bytes < budget && held < HELD {
            let Some(sample) = samples.next() else { break };
            let job = self.job(sample)?;
            bytes += job.needs.iter().map(|range| range.len() as u64).sum::<u64>();
            held += job.place.part().map_or(0, |part| part.size);
            jobs.push(job);
        }
        Ok(jobs)
    }

    fn job(&mut self, sample: u64) -> Result<Job> {
        let (shard, number) = self.catalog.locate(sample);
        if self.catalog.is_remote() && shard >= self.asked {
            let next: Vec<usize> = (shard..self.catalog.shards().min(shard + AHEAD)).collect();
            self.catalog.ask_for(&next, NEVER);
            self.asked = shard + AHEAD;
        }
        let picker = self.catalog.picker(shard, NEVER).map_err(|error| self.catalog.named(shard, error))?;
        let place = self.place(&picker, number)?;
        let is_asked = self.catalog.asks_for(shard);
        let window = if is_asked { WINDOW.1 } else { WINDOW.0 };
        let needs = self.first_needs(&place, window, &picker).map_err(|error| match place.part() {
            Some(part) => picker.locate(number, part, self.source.in_field(error)),
            None => error,
        })?;
        let pieces = Pieces::default();
        Ok(Job {
            sample,
            shard,
            number,
            picker,
            place,
            pieces,
            needs,
            header: None,
            is_checked: false,
            window,
            seen: None,
        })
    }

    /// Where the field of a sample is, as the contents have it.
    fn place(&self, picker: &Picker, number: u64) -> Result<Place> {
        if picker.reads_payload() {
            return picker.packed(number).map(Place::Packed);
        }
        let [field] = &*self.wanted.path else { return Err(ColumnError::Inside.into()) };
        match self.source.layout {
            SampleLayout::Members(table) if table.is_of_key(field) => Ok(Place::Whole),
            SampleLayout::Members(table) => {
                let found = picker.member(number, &|names| table.choose(field, names))?;
                let Some((name, part)) = found else { return Ok(Place::Missing) };
                let is_npy = self.wanted.is_array && table.is_npy(field, &name);
                Ok(if is_npy { Place::Npy(part) } else { Place::Decoded(part, name) })
            }
            SampleLayout::Any => {
                let exact = |names: &[&str]| names.iter().position(|name| **name == **field);
                let Some((name, part)) = picker.member(number, &exact)? else { return Ok(Place::Missing) };
                let is_npy = self.wanted.is_array && is_npy(&name);
                Ok(if is_npy { Place::Npy(part) } else { Place::Decoded(part, name) })
            }
            _ => Ok(Place::Whole),
        }
    }

    /// What is read of a sample at first.
    fn first_needs(&self, place: &Place, window: usize, picker: &Picker) -> Result<Vec<Range<usize>>> {
        let Some(part) = place.part() else { return Ok(Vec::new()) };
        let size = usize::try_from(part.size).map_err(|_| ColumnError::Overflow)?;
        if part.size <= SMALL || matches!(place, Place::Decoded(..)) {
            picker.check_held(part.size)?;
            return Ok(std::iter::once(0..size).collect());
        }
        let Some(guess) = &self.guess else { return Ok(std::iter::once(0..window.min(size)).collect()) };
        let within = guess.iter().map(|range| range.start.min(size)..range.end.min(size));
        let within: Vec<Range<usize>> = within.filter(|range| !range.is_empty()).collect();
        within.iter().try_for_each(|range| picker.check_held(range.len() as u64))?;
        Ok(within)
    }

    /// Reads and walks until all are found.
    fn run(&mut self, jobs: &mut [Job]) -> Result<()> {
        loop {
            let asks = asks(jobs);
            if !asks.is_empty() {
                self.fetch(asks, jobs)?;
            }
            for job in jobs.iter_mut().filter(|job| job.seen.is_none()) {
                self.step(job)?;
            }
            if jobs.iter().all(|job| job.seen.is_some()) {
                return Ok(());
            }
        }
    }

    /// Reads what is asked for.
    fn fetch(&self, mut asks: Vec<Ask>, jobs: &mut [Job]) -> Result<()> {
        asks.sort_by_key(|ask| (ask.shard, ask.range.start));
        let mut runs = self.runs(&asks).into_iter();
        let (mut on_their_way, mut bytes) = (VecDeque::new(), 0_u64);
        loop {
            // Of files each is read when it is waited for.
            let requests = if self.catalog.is_asked() { REQUESTS } else { 1 };
            while on_their_way.len() < requests && (bytes < ON_SERVERS || on_their_way.is_empty()) {
                let Some((range, of)) = runs.next() else { break };
                let Some(first) = asks.get(of.start).and_then(|ask| jobs.get(ask.job)) else { break };
                let ranges = self.catalog.ranges(first.shard, &first.picker, NEVER)?;
                bytes += range.end - range.start;
                let pending = ranges.start(range.clone());
                on_their_way.push_back((range, of, ranges, pending));
            }
            let Some((range, of, ranges, pending)) = on_their_way.pop_front() else { return Ok(()) };
            bytes -= range.end - range.start;
            let read = ranges.finish(pending, NEVER);
            let asks = asks.get(of).unwrap_or_default();
            let read = read.map_err(|error| match asks.first().and_then(|ask| jobs.get(ask.job)) {
                Some(job) => job.located(error),
                None => error,
            })?;
            let read = Bytes::from(read);
            for ask in asks {
                if let Some(job) = jobs.get_mut(ask.job) {
                    job.take(ask, range.start, &read)?;
                }
            }
        }
    }

    /// Which of them are read at once: the bytes of each, and which they are.
    fn runs(&self, asks: &[Ask]) -> Vec<(Range<u64>, Range<usize>)> {
        let mut runs: Vec<(Range<u64>, Range<usize>)> = Vec::new();
        let mut last = None;
        for (at, ask) in asks.iter().enumerate() {
            let is_asked = self.catalog.asks_for(ask.shard);
            let near = runs.last_mut().filter(|(range, _)| {
                last == Some(ask.shard)
                    && ask.range.start <= range.end.saturating_add(gap(is_asked))
                    && ask.range.end.max(range.end) - range.start <= most(is_asked)
            });
            match near {
                Some((range, of)) => {
                    range.end = range.end.max(ask.range.end);
                    of.end = at + 1;
                }
                None => runs.push((ask.range.clone(), at..at + 1)),
            }
            last = Some(ask.shard);
        }
        runs
    }

    /// Looks for the field in what is here of a sample.
    fn step(&mut self, job: &mut Job) -> Result<()> {
        if let (false, Some(header), Some(part)) = (job.is_checked, &job.header, job.place.part()) {
            if self.keys.0 != job.shard {
                self.keys = (job.shard, Keys::default());
            }
            if !job.picker.check_header(job.number, part, header, &mut self.keys.1)? {
                job.place = Place::Whole;
                job.pieces = Pieces::default();
            }
            job.is_checked = true;
        }
        match self.look(job) {
            Ok(Some(seen)) => {
                job.check_content()?;
                job.seen = Some(self.or_anew(job, seen)?);
                Ok(())
            }
            Ok(None) => Ok(()),
            Err(error) => Err(job.located(self.source.in_field(error))),
        }
    }

    /// The same, or what the type of the sample has in place of what is missing.
    fn or_anew(&self, job: &mut Job, seen: Seen) -> Result<Seen> {
        // Of members the names are known, and a default alone may stand for one.
        let may_be_there = job.picker.reads_payload() || self.source.has_default;
        if !matches!(seen, Seen::Missing) || !may_be_there || self.source.repack.is_none() {
            return Ok(seen);
        }
        let payload = self.catalog.read(job.sample)?.raw().to_bytes()?;
        let found = self.source.anew(&payload, self.wanted).map_err(|error| job.located(error))?;
        let Some((seen, pieces)) = found else { return Ok(Seen::Missing) };
        (job.place, job.pieces) = (Place::Whole, pieces);
        Ok(seen)
    }

    fn look(&self, job: &mut Job) -> Result<Option<Seen>> {
        let size = job.place.part().map_or(Ok(0), |part| usize::try_from(part.size));
        let size = size.map_err(|_| ColumnError::Overflow)?;
        job.pieces.begin();
        let found = match &job.place {
            Place::Missing => Ok(Seen::Missing),
            Place::Packed(_) => walk::find(&job.pieces, size, self.wanted),
            Place::Npy(_) => walk::array(&job.pieces, 0..size, self.wanted),
            Place::Decoded(_, name) => {
                let Some(content) = job.pieces.whole(size).cloned() else { return Ok(None) };
                job.check_content()?;
                return self.decode(&name.clone(), &content, job).map(Some);
            }
            Place::Whole => {
                let payload = self.catalog.read(job.sample)?.raw().to_bytes()?;
                let len = payload.len();
                job.pieces = Pieces::default();
                job.pieces.push(0, payload);
                walk::find(&job.pieces, len, self.wanted)
            }
        };
        match found {
            Ok(seen) => Ok(Some(seen)),
            Err(Stop::Bad(error)) => Err(error),
            Err(Stop::Need(range)) => {
                job.picker.check_held(range.len() as u64)?;
                let end = range.end.max(range.start.saturating_add(job.window).min(size));
                job.window = (job.window * 2).min(LARGEST_WINDOW);
                job.needs.push(range.start..end);
                Ok(None)
            }
        }
    }

    /// The value of a member, as it would be packed.
    fn decode(&self, name: &str, content: &Bytes, job: &mut Job) -> Result<Seen> {
        let limits = job.picker.limits();
        let field = self.wanted.path.first().map_or("", |field| &**field);
        let value = match self.source.layout {
            SampleLayout::Members(table) => table.value(field, name, content, limits)?,
            _ => Some(any_value(None, name, content, limits)?),
        };
        let Some(value) = value else { return Ok(Seen::Missing) };
        let mut packed = crate::error::buffer(value.packed_size())?;
        value.write(&mut packed);
        let len = packed.len();
        job.pieces = Pieces::default();
        job.pieces.push(0, packed.into());
        // The member was checked before it was decoded, and what is here now is no part of it.
        (job.is_checked, job.header) = (true, None);
        match walk::alone(&job.pieces, len, self.wanted) {
            Ok(seen) => Ok(seen),
            Err(Stop::Bad(error)) => Err(error),
            Err(Stop::Need(_)) => Err(ColumnError::Overflow.into()),
        }
    }
}

/// Tells what was found.
pub(super) fn told(seen: &Seen, pieces: &Pieces, each: Each<'_>) -> Result<()> {
    match seen {
        Seen::Missing => each(&Cell::Missing),
        Seen::Value(range) => each(&Cell::Value(pieces.get(range).unwrap_or_default())),
        Seen::Array { head, cut, elements } => {
            let elements = pieces.get(elements).unwrap_or_default();
            each(&Cell::Array(ArrayPart { head, cut, elements }))
        }
    }
}

/// What the samples need that are not found yet.
fn asks(jobs: &mut [Job]) -> Vec<Ask> {
    let mut asks = Vec::new();
    for (number, job) in jobs.iter_mut().enumerate() {
        let Some(part) = job.place.part() else { continue };
        let shard = job.shard;
        if job.header.is_none() && !job.is_checked {
            asks.push(Ask { job: number, shard, range: part.header(), at: None });
        }
        for need in job.needs.drain(..) {
            let range = part.data + need.start as u64..part.data + need.end as u64;
            asks.push(Ask { job: number, shard, range, at: Some(need.start) });
        }
    }
    asks
}

impl Job {
    fn tell(&self, each: Each<'_>) -> Result<()> {
        self.seen.as_ref().map_or(Ok(()), |seen| told(seen, &self.pieces, each))
    }

    /// Takes what was asked for out of what was read.
    fn take(&mut self, ask: &Ask, from: u64, read: &Bytes) -> Result<()> {
        let at = |offset: u64| usize::try_from(offset - from).unwrap_or(usize::MAX);
        let (start, end) = (at(ask.range.start), at(ask.range.end));
        if end > read.len() {
            return match self.place.part() {
                Some(part) => Err(self.picker.cut(self.number, part)),
                None => Ok(()),
            };
        }
        let bytes = read.slice(start..end);
        match ask.at {
            Some(at) => self.pieces.push(at, bytes),
            None => self.header = Some(bytes),
        }
        Ok(())
    }

    /// Holds the content against its checksum, if all of it was read anyway.
    fn check_content(&self) -> Result<()> {
        let Some(part) = self.place.part().filter(|_| self.header.is_some()) else { return Ok(()) };
        match usize::try_from(part.size).ok().and_then(|size| self.pieces.whole(size)) {
            Some(content) => self.picker.check_content(self.number, part, content),
            None => Ok(()),
        }
    }

    fn located(&self, error: Error) -> Error {
        match self.place.part() {
            Some(part) => self.picker.locate(self.number, part, error),
            None => match self.picker.contents().key(self.number) {
                Ok(key) => error.with_key(&key).with_shard(self.picker.name()),
                Err(_) => error.with_shard(self.picker.name()),
            },
        }
    }
}
