//! A cache with expiry: answers that are good for a while.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Values by name, each for so long, and no more than so many.
#[derive(Debug)]
pub(in crate::atproto) struct Cache<V> {
    values: Mutex<HashMap<String, (Instant, V)>>,
    most: usize,
    time: Duration,
}

impl<V: Clone> Cache<V> {
    pub(in crate::atproto) fn new(most: usize, time: Duration) -> Self {
        Self { values: Mutex::default(), most, time }
    }

    pub(in crate::atproto) fn get(&self, name: &str) -> Option<V> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(name).filter(|(since, _)| since.elapsed() < self.time).map(|(_, value)| value.clone())
    }

    pub(in crate::atproto) fn put(&self, name: &str, value: V) {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.most && !values.contains_key(name) {
            values.retain(|_, (since, _)| since.elapsed() < self.time);
            // The oldest one makes room.
            let oldest = values.iter().min_by_key(|(_, (since, _))| *since).map(|(name, _)| name.clone());
            if let Some(oldest) = oldest.filter(|_| values.len() >= self.most) {
                values.remove(&oldest);
            }
        }
        values.insert(name.to_owned(), (Instant::now(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let cache = Cache::new(2, Duration::from_secs(60));
        for (name, value) in [("a", 1), ("b", 2), ("b", 3), ("c", 4)] {
            cache.put(name, value);
        }
        assert_eq!((cache.get("a"), cache.get("b"), cache.get("c")), (None, Some(3), Some(4)));
    }

    #[test]
    fn what_is_old_is_asked_for_again() {
        let cache = Cache::new(2, Duration::ZERO);
        cache.put("a", 1);
        assert_eq!(cache.get("a"), None);
    }
}
