//! Which batch is made next, and which wait to be given: in order, and no more than memory allows.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::gather::Made;
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
    /// What a batch counts until it is read.
    mean: u64,
}

struct State<B> {
    /// The next step that nobody makes yet, and the one that the caller waits for.
    claimed: u64,
    given: u64,
    made: BTreeMap<u64, Result<Made<B>>>,
    /// Bytes of what is ready or being made.
    bytes: u64,
    stopped: bool,
}

impl<B> Queue<B> {
    pub(super) fn new(steps: u64, memory: u64, window: u64, mean: u64) -> Self {
        let state = State { claimed: 0, given: 0, made: BTreeMap::new(), bytes: 0, stopped: false };
        Self { state: Mutex::new(state), room: Condvar::new(), ready: Condvar::new(), steps, memory, window, mean }
    }

    fn lock(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step to make, once there is room for it; `None` if there is nothing more to do.
    ///
    /// The one that the caller waits for is claimed in any case, and steps are claimed in order: so what keeps a batch from
    /// being claimed is always a batch before it, which will be given.
    pub(super) fn claim(&self) -> Option<u64> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.claimed == self.steps {
                return None;
            }
            let ahead = state.claimed - state.given;
            let has_room = ahead < self.window && state.bytes.saturating_add(self.mean) <= self.memory;
            if ahead == 0 || has_room {
                let step = state.claimed;
                state.claimed += 1;
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
        drop(state);
        self.ready.notify_one();
        self.room.notify_all();
    }

    /// The outcome of a step, which is the next one; waits for it.
    pub(super) fn take(&self, step: u64) -> Result<Made<B>> {
        let mut state = self.lock();
        loop {
            if let Some(made) = state.made.remove(&step) {
                let bytes = made.as_ref().map_or(0, |made| made.bytes);
                state.bytes = state.bytes.saturating_sub(bytes);
                state.given = step + 1;
                drop(state);
                self.room.notify_all();
                return made;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(super) fn stop(&self) {
        self.lock().stopped = true;
        self.room.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().stopped
    }
}
