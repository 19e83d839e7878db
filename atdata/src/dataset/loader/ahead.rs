//! Reading ahead: the samples of some steps are read together, those that lie near each other at once.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};

use crate::dataset::catalog::{Catalog, IsStopped};
use crate::dataset::contained::contained;
use crate::dataset::plan::{Plan, Slot};
use crate::dataset::policy::is_of_data;
use crate::dataset::runs::{AskedRun, Run, RunBytes, runs};
use crate::error::{Error, Result};
use crate::shard::{Keys, Picked, is_other_bytes};

/// The samples of a rank's steps.
pub(super) struct Ahead {
    plan: Plan,
    catalog: Arc<Catalog>,
    rank: u64,
    steps: u64,
    /// Steps that are read together, at most.
    together: u64,
    spans: Mutex<Spans>,
}

/// Steps that are read together, in order; each begins where the one before ends.
struct Spans {
    open: VecDeque<Arc<Span>>,
    /// The first step of the next one, and how many it has: the first batch does not wait for others.
    next: u64,
    size: u64,
}

/// Some steps whose samples are read together, by all threads that come for them.
struct Span {
    steps: Range<u64>,
    /// Steps that nobody has asked for yet.
    left: AtomicU64,
    /// Looked up by who comes first, while nobody but those who wait for it is kept waiting.
    reads: OnceLock<Reads>,
}

/// What a span reads.
struct Reads {
    slots: Vec<Slot>,
    /// Where the slots of each step begin, and where the last ones end.
    starts: Vec<usize>,
    /// Of each slot the run that it is in.
    run_of: Vec<u32>,
    runs: Vec<Part>,
    /// The next run that nobody reads yet.
    next: AtomicUsize,
    done: Mutex<usize>,
    all_done: Condvar,
}

/// A run, asked for, and read. What cannot be read together is read alone, where the error is told.
struct Part {
    run: Run,
    asked: Mutex<Option<AskedRun>>,
    read: OnceLock<Option<RunBytes>>,
}

impl Ahead {
    pub(super) fn new(plan: Plan, catalog: Arc<Catalog>) -> Self {
        let rank = plan.loading().rank;
        let spans = Mutex::new(Spans { open: VecDeque::new(), next: 0, size: 1 });
        Self { steps: plan.end(rank), together: plan.together(), plan, catalog, rank, spans }
    }

    /// The samples of a step, in the order of its rows; each step is asked for once. Waits until they are read, unless it
    /// is stopped.
    pub(super) fn step<'a>(&'a self, step: u64, is_stopped: IsStopped<'a>) -> StepSamples<'a> {
        let (span, behind) = self.span_of(step);
        let reads = span.reads(self, is_stopped);
        // What comes later is asked for before this is waited for, but not before the first batch is there.
        if let Some(behind) = behind.as_ref().filter(|_| span.steps.start > 0) {
            behind.reads(self, is_stopped);
        }
        reads.read(&self.catalog, is_stopped);
        if let Some(behind) = behind {
            behind.reads(self, is_stopped);
        }
        let places = reads.places(&span.steps, step);
        StepSamples { catalog: &self.catalog, is_stopped, span, places, keys: Keys::default(), keys_of: None }
    }

    /// The span of a step, and of samples on servers the one behind it. Nothing is read or asked for here.
    fn span_of(&self, step: u64) -> (Arc<Span>, Option<Arc<Span>>) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let is_asked = self.catalog.is_asked();
        while spans.next <= step || (is_asked && spans.open.len() < 2 && spans.next < self.steps) {
            let end = spans.next.saturating_add(spans.size).min(self.steps).max(spans.next + 1);
            // Steps that were given before are not asked for.
            let left = (spans.next..end).filter(|step| !self.plan.is_given(*step)).count() as u64;
            if left > 0 {
                let span = Arc::new(Span::new(spans.next..end, left));
                spans.open.push_back(span);
            }
            spans.next = end;
            spans.size = spans.size.saturating_mul(2).min(self.together);
        }
        let at = spans.open.iter().position(|span| span.steps.contains(&step));
        let nth = |at: Option<usize>| spans.open.get(at?).map(Arc::clone);
        // Steps are asked for once, each in a span that is there until its last one was.
        let span = nth(at).unwrap_or_else(|| Arc::new(Span::new(step..step + 1, 1)));
        let behind = nth(at.map(|at| at + 1)).filter(|_| is_asked);
        if span.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            spans.open.retain(|other| !Arc::ptr_eq(other, &span));
        }
        (span, behind)
    }
}

impl Span {
    fn new(steps: Range<u64>, left: u64) -> Self {
        Self { left: AtomicU64::new(left), steps, reads: OnceLock::new() }
    }

    /// What it reads, which of servers is asked for. Without a lock on anything else: servers may take their time to say
    /// where samples are.
    fn reads(&self, ahead: &Ahead, is_stopped: IsStopped<'_>) -> &Reads {
        self.reads.get_or_init(|| Reads::new(ahead, self.steps.clone(), is_stopped))
    }
}

impl Reads {
    fn new(ahead: &Ahead, steps: Range<u64>, is_stopped: IsStopped<'_>) -> Self {
        let (mut slots, mut starts) = (Vec::new(), vec![0]);
        for step in steps.clone() {
            if !ahead.plan.is_given(step) {
                slots.extend(ahead.plan.slots(ahead.rank, step));
            }
            starts.push(slots.len());
        }
        let mut order: Vec<(u64, u32)> = slots.iter().map(|slot| slot.sample).zip(0..).collect();
        order.sort_unstable();
        let sorted: Vec<u64> = order.iter().map(|(sample, _)| *sample).collect();
        let runs = runs(&ahead.catalog, &sorted, ahead.plan.room(), is_stopped);
        let mut run_of = vec![u32::MAX; slots.len()];
        for (number, run) in (0_u32..).zip(&runs) {
            for (_, place) in order.get(run.samples.clone()).unwrap_or_default() {
                if let Some(run_of) = run_of.get_mut(*place as usize) {
                    *run_of = number;
                }
            }
        }
        let is_one = steps.end - steps.start == 1;
        let part = |run: Run| {
            let is_asked = run.is_asked(&ahead.catalog);
            let is_late = is_one && run.is_late(&ahead.catalog);
            let asked = (is_asked && !run.is_alone()).then(|| run.start(&ahead.catalog, is_stopped).ok()).flatten();
            let read = OnceLock::new();
            if is_late || run.is_alone() {
                let _ = read.set(None);
            }
            Part { run, asked: Mutex::new(asked), read }
        };
        Self {
            slots,
            starts,
            run_of,
            runs: runs.into_iter().map(part).collect(),
            next: AtomicUsize::new(0),
            done: Mutex::new(0),
            all_done: Condvar::new(),
        }
    }

    /// The slots of a step, which is one of these.
    fn places(&self, steps: &Range<u64>, step: u64) -> Range<usize> {
        let at = usize::try_from(step.saturating_sub(steps.start)).unwrap_or(usize::MAX);
        let start = |at: usize| self.starts.get(at).copied().unwrap_or(self.slots.len());
        start(at)..start(at.saturating_add(1))
    }

    /// Reads what nobody reads yet, and waits for the others. Once it is stopped nothing more is read.
    fn read(&self, catalog: &Catalog, is_stopped: IsStopped<'_>) {
        while let Some(part) = self.runs.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if part.read.get().is_none() {
                let read = if is_stopped() { None } else { contained(|| part.fetch(catalog, is_stopped)).ok() };
                let _ = part.read.set(read);
            }
            let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
            *done += 1;
            if *done == self.runs.len() {
                self.all_done.notify_all();
            }
        }
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while *done < self.runs.len() {
            done = self.all_done.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Part {
    fn fetch(&self, catalog: &Catalog, is_stopped: IsStopped<'_>) -> Result<RunBytes> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take();
        asked.map_or_else(|| self.run.start(catalog, is_stopped), Ok)?.wait(is_stopped)
    }
}

/// The samples of a step, made one by one of what was read.
pub(super) struct StepSamples<'a> {
    catalog: &'a Catalog,
    is_stopped: IsStopped<'a>,
    span: Arc<Span>,
    places: Range<usize>,
    keys: Keys,
    /// The run that the keys are of.
    keys_of: Option<u32>,
}

impl StepSamples<'_> {
    /// How many are left.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The numbers of those that are left.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        let slots = self.span.reads.get().and_then(|reads| reads.slots.get(self.places.clone()));
        slots.unwrap_or_default().iter().map(|slot| slot.sample)
    }

    /// The key of a sample, if that can be told.
    pub(super) fn key_of(&self, sample: u64) -> Option<String> {
        self.catalog.key(sample, self.is_stopped).ok()
    }

    /// Whether an error of picking a sample is about that one alone. What has no key is about the shard, or what is kept
    /// beside it; and where no other sample of a shard has the bytes that it had, the shard was replaced.
    pub(super) fn is_of_sample(&self, sample: u64, error: &Error) -> bool {
        let is_alone = || self.catalog.is_alone(sample, self.is_stopped).unwrap_or(false);
        is_of_data(error) && error.key().is_some() && (!is_other_bytes(error) || is_alone())
    }

    fn pick(&mut self, sample: u64, run: u32) -> Result<Picked> {
        let part = self.span.reads.get().and_then(|reads| reads.runs.get(run as usize));
        let Some(Some(read)) = part.and_then(|part| part.read.get()) else {
            return self.catalog.read_unless(sample, self.is_stopped);
        };
        if self.keys_of != Some(run) {
            (self.keys, self.keys_of) = (Keys::default(), Some(run));
        }
        read.take(sample, &mut self.keys)
    }
}

impl Iterator for StepSamples<'_> {
    type Item = (Slot, Result<Picked>);

    fn next(&mut self) -> Option<Self::Item> {
        let place = self.places.next()?;
        let reads = self.span.reads.get()?;
        let (slot, run) = (*reads.slots.get(place)?, *reads.run_of.get(place)?);
        Some((slot, self.pick(slot.sample, run)))
    }
}
