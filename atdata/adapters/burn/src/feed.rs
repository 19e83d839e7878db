//! How the batches of a run are loaded and made, and what loaders have in common.

use std::sync::{Mutex, MutexGuard, PoisonError};

use atdata::dataset::{Loader, Plan, PlanBuilder, Token};
use burn_core::data::dataloader::Progress;
use burn_core::tensor::Device;

use crate::items::{Items, Stacked};

/// How batches are loaded and made.
pub(crate) struct Feed<T, O> {
    pub(crate) plan: PlanBuilder<T>,
    pub(crate) open: Box<Open<T, O>>,
    pub(crate) make: Box<Make<T, O>>,
}

pub(crate) type Open<T, O> = dyn Fn(&PlanBuilder<T>) -> atdata::Result<Box<dyn Batches<O>>> + Send + Sync;
/// A batch of samples that were put together anew.
pub(crate) type Make<T, O> = dyn Fn(Items<T>, &Device) -> atdata::Result<O> + Send + Sync;

impl<T, O> Feed<T, O> {
    /// The plan from a token of the run on, whatever epoch the run began with.
    pub(crate) fn plan(&self, token: &Token) -> PlanBuilder<T> {
        self.plan.clone().epoch(token.epoch()).resume(token)
    }

    pub(crate) fn make(&self, items: Items<T>, device: &Device) -> atdata::Result<O> {
        (self.make)(items, device)
    }
}

/// What is left of an epoch, whatever its batches are loaded as.
pub(crate) trait Batches<O> {
    fn next(&mut self, device: &Device) -> Option<atdata::Result<O>>;
    fn plan(&self) -> &Plan;
    fn delivered(&self) -> u64;
    fn token(&self) -> atdata::Result<Token>;
}

pub(crate) struct Loading<B, F> {
    pub(crate) loader: Loader<B>,
    pub(crate) make: F,
}

impl<B, O, F: Fn(Stacked<B>, &Device) -> O> Batches<O> for Loading<B, F> {
    fn next(&mut self, device: &Device) -> Option<atdata::Result<O>> {
        let step = self.loader.next()?;
        Some(step.map(|step| (self.make)(step.into(), device)))
    }

    fn plan(&self) -> &Plan {
        self.loader.plan()
    }

    fn delivered(&self) -> u64 {
        self.loader.delivered()
    }

    fn token(&self) -> atdata::Result<Token> {
        self.loader.token()
    }
}

/// What is in it is whole at any time, whoever panicked.
pub(crate) fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn progress(processed: u64, total: u64) -> Progress {
    let [processed, total] = [processed, total].map(|items| usize::try_from(items).unwrap_or(usize::MAX));
    Progress::new(processed, total, Some("items".to_owned()))
}
