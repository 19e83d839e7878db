//! The loader: the batches of a plan, read and decoded by threads, given in order, or as they are ready.

mod ahead;
mod gather;
mod lend;
mod queue;
#[cfg(feature = "stream")]
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::dataset::catalog::Catalog;
use crate::dataset::decode::Decodes;
use crate::dataset::plan::error::PlanError;
use crate::dataset::plan::{Loading, Plan, Progress};
use crate::dataset::policy::{Guard, Skipping};
use crate::error::{Error, Result};

pub(super) use self::gather::{Gather, List, Stack};
use self::gather::{Made, Maker, Treatment};
pub(super) use self::lend::New;
use self::queue::Queue;
#[cfg(feature = "stream")]
pub use self::stream::LoaderStream;
#[cfg(feature = "records")]
use super::plan::Token;

/// A batch of a rank.
#[derive(Debug)]
#[non_exhaustive]
pub struct Step<B> {
    /// Number of the global batch that it is a piece of, counted from the begin of the plan.
    pub number: u64,
    /// Its samples.
    pub batch: B,
    /// How many there are, of which some may be padding.
    pub rows: usize,
    /// The rows that only fill the batch: [`Tail::Pad`](crate::dataset::Tail::Pad).
    pub padding: Vec<usize>,
    /// The keys of the rows, if they were asked for: [`keys`](crate::dataset::PlanBuilder::keys).
    pub keys: Vec<String>,
    /// Samples of the batch that were left out, which were bad: see [`Dataset::on_error`](crate::Dataset::on_error).
    pub skipped: usize,
}

/// An iterator over the batches of one rank, from [`PlanBuilder::load`](crate::dataset::PlanBuilder::load).
///
/// Threads read and decode batches ahead of it, as many as its memory allows; they come in the order of the plan, whatever
/// the number of threads, unless that is [`relaxed`](crate::dataset::PlanBuilder::relaxed). An error does not end it: it stands for the batch that could not be made, which names shard and
/// sample, and the next one follows. A panic of a function of the caller's, such as that of a `map`, is such an error, of
/// kind [`Caller`](crate::ErrorKind::Caller). Where a quarantine cannot be written the error comes behind the batch, which is
/// lost only to a [budget](crate::dataset::Policy::at_most) that is spent.
///
/// Dropping it, at any moment, ends the threads, each after the sample that it is at, and waits for that.
pub struct Loader<B> {
    plan: Plan,
    make: Arc<dyn Maker<B>>,
    queue: Arc<Queue<B>>,
    threads: Vec<JoinHandle<()>>,
    /// Steps that were delivered, errors among them: how many, and of the plan's.
    delivered: u64,
    given: Progress,
    /// Whether it said that there are no more.
    ended: bool,
    /// How many there are.
    steps: u64,
    guard: Guard,
    /// What went wrong beside the last batch.
    pending: Option<Error>,
}

impl<B: Send + 'static> Loader<B> {
    pub(super) fn start<T: 'static>(
        plan: Plan,
        catalog: Arc<Catalog>,
        decodes: Decodes<T>,
        gather: impl Gather<T, Out = B>,
        skipping: Option<&Arc<Skipping>>,
    ) -> Result<Self> {
        let guard = Guard::new(skipping);
        let treatment = Treatment { skips: guard.skips(), digests: guard.wants_digests() };
        let Loading { threads, rank, .. } = plan.loading();
        let steps = plan.batches(rank);
        let queue = Arc::new(Queue::new(&plan));
        let make: Arc<dyn Maker<B>> = Arc::new(gather::Job::new(plan.clone(), catalog, decodes, gather, treatment));
        let given = plan.progress();
        let mut loader = Self {
            plan,
            make,
            queue,
            threads: Vec::new(),
            delivered: 0,
            given,
            ended: false,
            steps,
            guard,
            pending: None,
        };
        loader.spawn(threads)?;
        Ok(loader)
    }

    /// Starts threads, as many as there are batches for.
    fn spawn(&mut self, threads: usize) -> Result<()> {
        let left = usize::try_from(self.steps - self.delivered).unwrap_or(usize::MAX);
        for number in 0..threads.min(left) {
            let (make, queue) = (Arc::clone(&self.make), Arc::clone(&self.queue));
            let work = move || {
                while let Some(step) = queue.claim() {
                    queue.finish(step, make.make(step, &|| queue.is_stopped()));
                }
            };
            let thread = thread::Builder::new().name(format!("atdata-load-{number}")).spawn(work);
            // Those that were started end with the loader.
            self.threads.push(thread.map_err(|source| PlanError::Thread { source })?);
        }
        Ok(())
    }
}

impl<B> Loader<B> {
    /// What is being loaded.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Steps that were given, errors among them.
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Samples that were left out of the batches that were given, which were bad: see
    /// [`Dataset::on_error`](crate::Dataset::on_error).
    pub fn skipped(&self) -> u64 {
        self.guard.skipped()
    }

    /// Whether there is a batch to come, or what there is in place of one: an error, or nothing any more.
    fn has_next(&mut self) -> std::result::Result<(), Option<Error>> {
        if self.guard.is_over() {
            return Err(None);
        }
        // Of what was given already: no batch is lost for it.
        if let Some(error) = self.pending.take() {
            return Err(Some(error));
        }
        if self.delivered == self.steps {
            self.ended = true;
            return Err(self.guard.end().err());
        }
        Ok(())
    }

    /// A batch, once it is decided what becomes of its bad samples.
    fn give(&mut self, step: u64, made: Result<Made<B>>) -> Result<Step<B>> {
        self.delivered += 1;
        self.given.give(step);
        let Made { step, bad, .. } = made?;
        self.guard.saw(step.rows as u64);
        for bad in bad {
            if let Some(error) = self.guard.judge(bad) {
                if self.guard.is_over() {
                    return Err(error);
                }
                self.pending.get_or_insert(error);
            }
        }
        Ok(step)
    }

    /// Where the run stands: behind the last batch that was given, whatever was read ahead. Once the iterator has given
    /// `None` it is that of the epoch's end, also for a rank that had nothing of the last batch.
    #[cfg(feature = "records")]
    pub fn token(&self) -> Result<Token> {
        if self.ended { self.plan.token(self.plan.steps()) } else { self.plan.token_at(self.given) }
    }
}

impl<B> Iterator for Loader<B> {
    type Item = Result<Step<B>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(other) = self.has_next() {
            return other.map(Err);
        }
        let (step, made) = if self.threads.is_empty() {
            let step = self.given.low();
            (step, self.make.make(step, &|| false))
        } else {
            self.queue.take()
        };
        Some(self.give(step, made))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.steps - self.delivered + u64::from(self.pending.is_some());
        let left = usize::try_from(if self.guard.is_over() { 0 } else { left }).ok();
        // A budget of bad samples may end it at any batch, and saving the last of them may fail behind the last.
        let least = if self.guard.skips() { 0 } else { left.unwrap_or(usize::MAX) };
        (least, left.and_then(|left| left.checked_add(usize::from(self.guard.skips()))))
    }
}

impl<B> Drop for Loader<B> {
    fn drop(&mut self) {
        self.queue.stop();
        for thread in self.threads.drain(..) {
            // What panics in it has become an error.
            let _ = thread.join();
        }
    }
}

impl<B> fmt::Debug for Loader<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loader")
            .field("delivered", &self.delivered)
            .field("steps", &self.steps)
            .field("threads", &self.threads.len())
            .finish_non_exhaustive()
    }
}
