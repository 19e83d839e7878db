//! Which batch is made next, and which wait to be given: in order, or as they are ready, and no more than memory allows.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
#[cfg(feature = "stream")]
use std::task::{Poll, Waker};

use super::gather::Made;
use crate::dataset::plan::{Beyond, Plan, Progress};
use crate::error::Result;

/// Batches on their way from the threads to the caller.
pub(super) struct Queue<B> {
    state: Mutex<State<B>>,
    /// There is room for another batch, or none is wanted any longer.
    room: Condvar,
    /// A batch is ready.
    ready: Condvar,
    steps: u64,
    memory: u64,
    /// Batches that may be ready or being made.
    window: u64,
    /// Whether they are given as they are ready.
    relaxed: bool,
    /// What a batch counts until it is read.
    mean: u64,
    /// Beside the state, for who asks with each sample.
    stopped: AtomicBool,
}

struct State<B> {
    /// The next step that nobody makes yet.
    claimed: u64,
    /// What was given, and so the first step that the caller waits for.
    given: Progress,
    /// Batches that are ready or being made.
    open: u64,
    made: BTreeMap<u64, Result<Made<B>>>,
    /// Bytes of what is ready or being made.
    bytes: u64,
    /// Who is to be told that a batch is ready, where nobody waits for it.
    #[cfg(feature = "stream")]
    waker: Option<Waker>,
}

impl<B> Queue<B> {
    pub(super) fn new(plan: &Plan) -> Self {
        let loading = plan.loading();
        let state = State {
            claimed: 0,
            given: plan.progress(),
            open: 0,
            made: BTreeMap::new(),
            bytes: 0,
            #[cfg(feature = "stream")]
            waker: None,
        };
        Self {
            state: Mutex::new(state),
            room: Condvar::new(),
            ready: Condvar::new(),
            steps: plan.end(loading.rank),
            memory: plan.memory_of_batches(),
            window: loading.window(),
            relaxed: loading.relaxed,
            mean: plan.batch_bytes(),
            stopped: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step to make, once there is room for it; `None` if there is nothing more to do.
    ///
    /// Steps are claimed in order, and one is claimed in any case if there is no other: so what keeps a batch from being
    /// claimed is always a batch before it, which will be given.
    pub(super) fn claim(&self) -> Option<u64> {
        let mut state = self.lock();
        loop {
            while state.claimed < self.steps && state.given.has(state.claimed) {
                state.claimed += 1;
            }
            if self.is_stopped() || state.claimed == self.steps {
                return None;
            }
            let has_room = state.open < self.window
                && state.bytes.saturating_add(self.mean) <= self.memory
                // A token can tell no more of what was given before others.
                && state.claimed - state.given.low() < Beyond::MOST;
            if state.open == 0 || has_room {
                let step = state.claimed;
                state.claimed += 1;
                state.open += 1;
                state.bytes = state.bytes.saturating_add(self.mean);
                return Some(step);
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A step that was claimed is ready, or failed.
    pub(super) fn finish(&self, step: u64, made: Result<Made<B>>) {
        let mut state = self.lock();
        let bytes = made.as_ref().map_or(0, |made| made.bytes);
        state.bytes = state.bytes.saturating_sub(self.mean).saturating_add(bytes);
        state.made.insert(step, made);
        #[cfg(feature = "stream")]
        let waker = state.waker.take();
        drop(state);
        self.ready.notify_one();
        self.room.notify_all();
        #[cfg(feature = "stream")]
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The outcome of the next step, with its number, or of the first one that is ready; waits for it.
    pub(super) fn take(&self) -> (u64, Result<Made<B>>) {
        let mut state = self.lock();
        loop {
            if let Some(given) = state.give(self.relaxed) {
                drop(state);
                self.room.notify_all();
                return given;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The same for who does not wait: the waker is told when there is something new.
    #[cfg(feature = "stream")]
    pub(super) fn poll_take(&self, waker: &Waker) -> Poll<(u64, Result<Made<B>>)> {
        let mut state = self.lock();
        match state.give(self.relaxed) {
            Some(given) => {
                drop(state);
                self.room.notify_all();
                Poll::Ready(given)
            }
            None => {
                state.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }

    /// These steps were made by the caller itself.
    #[cfg(feature = "stream")]
    pub(super) fn begin_at(&self, given: Progress) {
        self.lock().given = given;
    }

    pub(super) fn stop(&self) {
        // Under the lock, so that nobody goes to sleep in between.
        let state = self.lock();
        self.stopped.store(true, Ordering::Relaxed);
        drop(state);
        self.room.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl<B> State<B> {
    /// The outcome of the step that is given next, or of the first one that is ready.
    fn give(&mut self, relaxed: bool) -> Option<(u64, Result<Made<B>>)> {
        let step = if relaxed { *self.made.keys().next()? } else { self.given.low() };
        let made = self.made.remove(&step)?;
        let bytes = made.as_ref().map_or(0, |made| made.bytes);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.open = self.open.saturating_sub(1);
        self.given.give(step);
        Some((step, made))
    }
}
