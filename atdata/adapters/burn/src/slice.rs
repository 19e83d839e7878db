//! A part of the rows of each epoch, by which burn splits a loader among devices.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use atdata::ErrorKind;
use atdata::dataset::{Loader, Token};
use burn_core::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn_core::data::dataset::DatasetError;
use burn_core::tensor::Device;

use crate::feed::{Feed, lock, progress};
use crate::items::Items;

/// Rows of an epoch of a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    start: u64,
    end: u64,
}

impl Window {
    pub(crate) fn whole(items: u64) -> Self {
        Self { start: 0, end: items }
    }

    /// The rows from `start` to `end` of these, counted from the first; what is beyond them is not there.
    pub(crate) fn part(self, start: usize, end: usize) -> Self {
        let at = |row: usize| self.start.saturating_add(row as u64).min(self.end);
        Self { start: at(start), end: at(end).max(at(start)) }
    }

    fn len(self) -> u64 {
        self.end - self.start
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "samples of the batch at the {edge} of a slice were left out for being bad, so that it cannot be told which of its rows \
     are the slice's: slice at a multiple of {rows} rows, or share the batches by the ranks of the plan"
)]
struct EdgeError {
    edge: &'static str,
    rows: u64,
}

/// A loader of some rows of each epoch.
pub(crate) struct Slice<T, O> {
    feed: Arc<Feed<T, O>>,
    /// Where the next epoch begins; the first one perhaps within it.
    next: Mutex<Token>,
    device: Device,
    /// Rows of a whole epoch.
    items: u64,
    window: Window,
}

impl<T, O> Slice<T, O> {
    pub(crate) fn new(feed: Arc<Feed<T, O>>, next: Token, device: Device, items: u64, window: Window) -> Self {
        Self { feed, next: Mutex::new(next), device, items, window }
    }

    fn share(&self, device: Device, window: Window) -> Self {
        Self::new(Arc::clone(&self.feed), lock(&self.next).clone(), device, self.items, window)
    }
}

impl<T: Send + 'static, O> Slice<T, O> {
    fn begin(&self) -> atdata::Result<Part<'_, T, O>> {
        let mut next = lock(&self.next);
        let mut token = next.clone();
        let mut plan = self.feed.plan(&token).build()?;
        if plan.steps() == 0 {
            token = token.next_epoch();
            plan = self.feed.plan(&token).build()?;
        }
        let rows = plan.batch() / plan.ranks();
        // What a run that was resumed has done already is not there any more.
        let gone = self.items.saturating_sub(plan.rows_left(plan.rank()));
        let start = self.window.start.max(gone);
        let first = (start - gone) / rows;
        // By the places of rows, which batches that come as they are ready do not tell.
        let step = usize::try_from(first).ok().and_then(|first| plan.steps_of(plan.rank()).nth(first));
        let loader =
            self.feed.plan(&plan.token(step.unwrap_or_else(|| plan.steps()))?).relaxed(false).load_samples()?;
        *next = token.next_epoch();
        let begin = gone + first * rows;
        Ok(Part { slice: self, loader, rows, begin, start, gathered: Items::new() })
    }
}

impl<T, O> DataLoader<O> for Slice<T, O>
where
    T: Send + Sync + 'static,
    O: 'static,
{
    fn iter<'a>(&'a self) -> Box<dyn DataLoaderIterator<O> + 'a> {
        match self.begin() {
            Ok(part) => Box::new(part),
            Err(error) => Box::new(Failed { error: Some(error), total: self.window.len(), _of: PhantomData }),
        }
    }

    fn num_items(&self) -> usize {
        usize::try_from(self.window.len()).unwrap_or(usize::MAX)
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<O>> {
        Arc::new(self.share(device.clone(), self.window))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<O>> {
        Arc::new(self.share(self.device.clone(), self.window.part(start, end)))
    }
}

/// The iterator of a slice: rows of the batches of the plan, in batches of as many.
struct Part<'a, T, O> {
    slice: &'a Slice<T, O>,
    loader: Loader<Vec<T>>,
    /// Rows of a batch.
    rows: u64,
    /// The row that the loader began at.
    begin: u64,
    /// The first row that is wanted.
    start: u64,
    gathered: Items<T>,
}

impl<T, O> Part<'_, T, O> {
    /// The row that the loader is at. Not every error is in the place of a batch: one may be of what was given before.
    fn at(&self) -> u64 {
        self.begin + self.loader.delivered() * self.rows
    }

    /// Takes what is wanted of the next batch; `None` when there is none.
    fn gather(&mut self) -> Option<atdata::Result<()>> {
        let (at, end) = (self.at(), self.slice.window.end);
        if at >= end {
            return None;
        }
        let step = match self.loader.next()? {
            Ok(step) => step,
            Err(error) => return Some(Err(error)),
        };
        let within = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let (first, last) = (within(self.start.saturating_sub(at)), within(end - at));
        // The last batch of an epoch may be a short one.
        let has_edge = first > 0 || (end < self.slice.items && last < within(self.rows));
        if step.skipped > 0 && has_edge {
            let edge = if first > 0 { "begin" } else { "end" };
            let error = EdgeError { edge, rows: self.rows };
            return Some(Err(atdata::Error::new(ErrorKind::InvalidInput, error)));
        }
        self.gathered.push(step, first, last);
        Some(Ok(()))
    }
}

impl<T, O> Iterator for Part<'_, T, O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
        while self.gathered.len() < rows {
            match self.gather() {
                Some(Ok(())) => {}
                Some(Err(error)) => return Some(Err(DatasetError::new(error))),
                None if self.gathered.len() == 0 => return None,
                None => break,
            }
        }
        let items = self.gathered.take(rows);
        Some(self.slice.feed.make(items, &self.slice.device).map_err(DatasetError::new))
    }
}

impl<T, O> DataLoaderIterator<O> for Part<'_, T, O> {
    fn progress(&self) -> Progress {
        let Window { start, end } = self.slice.window;
        let read = self.at().max(self.start).min(end).saturating_sub(start);
        progress(read.saturating_sub(self.gathered.len() as u64), end - start)
    }
}

/// In place of an iterator that could not be had: why not.
struct Failed<O> {
    error: Option<atdata::Error>,
    total: u64,
    _of: PhantomData<O>,
}

impl<O> Iterator for Failed<O> {
    type Item = Result<O, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.error.take().map(|error| Err(DatasetError::new(error)))
    }
}

impl<O> DataLoaderIterator<O> for Failed<O> {
    fn progress(&self) -> Progress {
        progress(0, self.total)
    }
}
