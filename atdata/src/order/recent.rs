//! What was made last of something that is large, and the same for a long stretch of positions.

use std::sync::{Arc, Mutex, PoisonError};

/// What was made last, for threads that are near to each other.
#[derive(Debug)]
pub(super) struct Recent<V>(Mutex<Vec<(u64, Arc<V>)>>);

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V> Recent<V> {
    const KEPT: usize = 4;

    /// What is kept under that number, or is made for it.
    pub(super) fn get(&self, number: u64, make: impl FnOnce() -> V) -> Arc<V> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept.iter().find(|(of, _)| *of == number) {
            return Arc::clone(found);
        }
        // With the lock: others want the same.
        let value = Arc::new(make());
        if kept.len() == Self::KEPT {
            kept.remove(0);
        }
        kept.push((number, Arc::clone(&value)));
        value
    }
}
