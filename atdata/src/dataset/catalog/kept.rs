//! What was used of the shards last, up to a limit.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// What was made for shards, each by its number; what came first goes first.
pub(super) struct Kept<V>(Mutex<State<V>>);

struct State<V> {
    by_shard: Vec<Option<Arc<V>>>,
    order: VecDeque<(usize, usize)>,
    size: usize,
    limit: usize,
}

impl<V> Kept<V> {
    /// Of so many shards; of each value its size counts.
    pub(super) fn new(shards: usize, limit: usize) -> Self {
        let by_shard = std::iter::repeat_with(|| None).take(shards).collect();
        Self(Mutex::new(State { by_shard, order: VecDeque::new(), size: 0, limit }))
    }

    pub(super) fn get(&self, shard: usize) -> Option<Arc<V>> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.by_shard.get(shard).and_then(Option::as_ref).map(Arc::clone)
    }

    /// What there is room for, without anything that would go.
    pub(super) fn room(&self) -> usize {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.limit.saturating_sub(state.size)
    }

    pub(super) fn put(&self, shard: usize, value: &Arc<V>, size: usize) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = state.by_shard.get_mut(shard) else { return };
        if place.replace(Arc::clone(value)).is_some() {
            // Two threads had it made at the same time.
            return;
        }
        state.order.push_back((shard, size));
        state.size += size;
        while state.order.len() > 1 && state.size > state.limit {
            let Some((oldest, size)) = state.order.pop_front() else { break };
            if let Some(place) = state.by_shard.get_mut(oldest) {
                *place = None;
            }
            state.size -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_first_goes_first() {
        let kept = Kept::new(5, 10);
        for shard in 0..5 {
            kept.put(shard, &Arc::new(shard), 4);
        }
        assert_eq!(kept.room(), 2);
        let there: Vec<_> = (0..6).filter_map(|shard| kept.get(shard)).map(|value| *value).collect();
        assert_eq!(there, [3, 4]);
        // One that is larger than all that may be there is there until another one is.
        kept.put(0, &Arc::new(7), 100);
        assert_eq!((kept.get(0).as_deref(), kept.get(4).as_deref()), (Some(&7), None));
        kept.put(1, &Arc::new(8), 1);
        assert_eq!((kept.get(0).as_deref(), kept.get(1).as_deref()), (None, Some(&8)));
    }
}
