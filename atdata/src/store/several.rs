//! Several at once: work on shards, a few at a time, whose results come in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread::Builder;

/// Few enough for the memory that uploads take, and enough that no server is waited for by all.
pub(crate) const AT_ONCE: usize = 4;

enum Step<R> {
    Bytes(u64),
    Done(usize, R),
}

/// Does `work` for each of the items, `at_once` at a time, and shows what came of them to `each`, in their order. When
/// that breaks off no further one is begun; what came of those under way is shown all the same.
///
/// `progress` and `each` are called by the calling thread. Where no more threads can be had there are fewer, and where
/// there is none it does the work as well.
pub(crate) fn several<T: Sync, R: Send>(
    items: &[T],
    at_once: usize,
    work: impl Fn(&T, &mut dyn FnMut(u64)) -> R + Sync,
    progress: &mut dyn FnMut(u64),
    each: &mut dyn FnMut(usize, R) -> ControlFlow<()>,
) {
    let next = AtomicUsize::new(0);
    let (steps, arrived) = channel();
    std::thread::scope(|scope| {
        let worker = || {
            let (steps, next, work) = (steps.clone(), &next, &work);
            move || {
                while let number = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(item) = items.get(number)
                {
                    // The calling thread listens until all have ended.
                    let done = work(item, &mut |bytes| drop(steps.send(Step::Bytes(bytes))));
                    drop(steps.send(Step::Done(number, done)));
                }
            }
        };
        let wanted = at_once.max(1).min(items.len());
        let thread = || Builder::new().name("atdata-several".into()).spawn_scoped(scope, worker());
        let started = (0..wanted).map_while(|_| thread().ok()).count();
        if started == 0 {
            worker()();
        }
        drop(steps);
        let (mut early, mut wanted) = (BTreeMap::new(), 0);
        for step in arrived {
            match step {
                Step::Bytes(bytes) => progress(bytes),
                Step::Done(number, done) => drop(early.insert(number, done)),
            }
            while let Some(done) = early.remove(&wanted) {
                if each(wanted, done).is_break() {
                    next.store(items.len(), Ordering::Relaxed);
                }
                wanted += 1;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_come_in_order_though_several_are_under_way() {
        let items: Vec<usize> = (0..8).collect();
        // Each waits for three others: one after the other none would end.
        let barrier = Barrier::new(AT_ONCE);
        let (mut bytes, mut seen) = (0, Vec::new());
        let work = |item: &usize, tell: &mut dyn FnMut(u64)| {
            tell(1);
            barrier.wait();
            // Those that began last end first.
            std::thread::sleep(std::time::Duration::from_millis(8 - *item as u64));
            *item
        };
        several(&items, AT_ONCE, work, &mut |more| bytes += more, &mut |number, item| {
            seen.push((number, item));
            ControlFlow::Continue(())
        });
        assert_eq!(seen, items.iter().map(|&item| (item, item)).collect::<Vec<_>>());
        assert_eq!(bytes, 8);
    }

    #[test]
    fn none_is_begun_behind_a_failure_and_those_under_way_are_shown() {
        let items: Vec<usize> = (0..1000).collect();
        let (begun, mut seen) = (AtomicUsize::new(0), Vec::new());
        let work = |item: &usize, _: &mut dyn FnMut(u64)| {
            begun.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(std::time::Duration::from_millis(1));
            *item
        };
        several(&items, AT_ONCE, work, &mut |_| {}, &mut |number, _| {
            seen.push(number);
            if number == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert_eq!(seen, (0..begun.load(Ordering::Relaxed)).collect::<Vec<_>>());
        assert!(seen.len() < items.len(), "{}", seen.len());
        several(&[] as &[usize], 0, |_, _| (), &mut |_| {}, &mut |_, ()| ControlFlow::Continue(()));
    }
}
