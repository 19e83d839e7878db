//! Memory of batches that comes back: at the same places, for any number of threads, and no more of it than is in use.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use atdata::dataset::{Buffers, Policy, Ring, Tail};
use atdata::{Dataset, Packable, ShardWriter};
use ndarray::{Array1, Array2};

#[derive(Packable, Clone)]
struct Signal {
    number: i64,
    values: Array1<i64>,
}

const LEN: usize = 300;
const BATCH: usize = 16;

fn signal(number: i64) -> Signal {
    Signal { number, values: Array1::from_elem(LEN, number) }
}

fn write(folder: &Path, count: i64) -> Dataset<Signal> {
    let builder = ShardWriter::builder(folder.join("s-%d.tar")).max_count(500).contents(true);
    builder.write_all((0..count).map(signal)).unwrap().open().unwrap()
}

/// A ring that counts how often there was nothing in it.
struct Counting {
    ring: Ring<SignalBatch>,
    made: AtomicUsize,
}

impl Counting {
    fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { ring: Ring::new(most), made: AtomicUsize::new(0) })
    }
}

impl Buffers<SignalBatch> for Counting {
    fn take(&self) -> Option<SignalBatch> {
        let taken = self.ring.take();
        self.made.fetch_add(usize::from(taken.is_none()), Ordering::Relaxed);
        taken
    }

    fn give_back(&self, batch: SignalBatch) {
        self.ring.give_back(batch);
    }
}

#[test]
fn batches_are_read_into_the_same_memory_again() {
    let folder = tempfile::tempdir().unwrap();
    let signals = write(folder.path(), 2000);
    for threads in [0_usize, 1, 3] {
        // Those that are ready or being made, the one that is held, and the one that is exchanged for it.
        let most = 2 * threads + 3;
        let counting = Counting::new(most);
        let (mut places, mut steps) = (HashSet::new(), 0);
        for epoch in 0..4 {
            let plan = signals.plan().seed(1).epoch(epoch).batch(BATCH as u64).threads(threads);
            for step in plan.load_into(&counting).unwrap() {
                let batch = step.unwrap().batch;
                for (number, values) in batch.number.iter().zip(batch.values.outer_iter()) {
                    assert!(values.iter().all(|value| value == number));
                }
                places.insert((batch.values.as_ptr(), batch.number.as_ptr()));
                steps += 1;
            }
        }
        assert_eq!(steps, 4 * (2000 / BATCH));
        let made = counting.made.load(Ordering::Relaxed);
        assert!(made <= most, "{threads} threads: {made}");
        assert!(places.len() <= made, "{threads} threads: {} places of {made} batches", places.len());
        assert_eq!(counting.ring.free(), made, "all came back");
    }
}

#[test]
fn memory_of_the_caller_is_what_is_read_into() {
    let folder = tempfile::tempdir().unwrap();
    let signals = write(folder.path(), 200);
    let mine: Vec<SignalBatch> = (0..4)
        .map(|_| SignalBatch { number: Vec::with_capacity(BATCH), values: Array2::zeros((BATCH, LEN)) })
        .collect();
    let place = |batch: &SignalBatch| batch.values.as_ptr() as usize;
    let places: HashSet<usize> = mine.iter().map(place).collect();
    let ring = Arc::new(Ring::of(mine));
    let plan = || signals.plan().batch(BATCH as u64).threads(1).tail(Tail::Uneven);
    let mut rows = 0;
    for step in plan().load_into(&ring).unwrap() {
        let step = step.unwrap();
        assert!(places.contains(&place(&step.batch)), "also of the last one, which is short");
        assert_eq!(step.batch.values.nrows(), step.rows);
        rows += step.rows;
    }
    assert_eq!((rows, ring.free()), (200, 4));
    // One that is kept is the caller's; others are dropped by another thread, behind the loader, and beyond what the ring keeps.
    let mut loader = plan().load_into(&ring).unwrap();
    let kept = loader.next().unwrap().unwrap().batch.keep();
    let held: Vec<_> = loader.map(|step| step.unwrap().batch).collect();
    assert_eq!((ring.free(), held.len()), (0, 12));
    std::thread::spawn(move || drop(held)).join().unwrap();
    assert_eq!((ring.free(), kept.len()), (4, BATCH));
    // A loader that is dropped early gives back what it has ready.
    let mut loader = plan().load_into(&ring).unwrap();
    drop(loader.next());
    drop(loader);
    assert_eq!(ring.free(), 4);
}

/// What an earlier batch held is in no other one, also where samples were left out.
#[test]
fn nothing_of_an_earlier_batch_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let signals = write(folder.path(), 300);
    let odd = signals.try_map(|signal| if signal.number % 7 == 3 { Err("odd") } else { Ok(signal) });
    let odd = odd.on_error(Policy::skip()).unwrap();
    let ring = Arc::new(Ring::new(9));
    let mut seen = Vec::new();
    for step in odd.plan().seed(3).batch(10).threads(2).load_into(&ring).unwrap() {
        let step = step.unwrap();
        assert_eq!((step.batch.number.len(), step.batch.values.nrows()), (step.rows, step.rows));
        seen.extend_from_slice(&step.batch.number);
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..300).filter(|n| n % 7 != 3).collect::<Vec<_>>());
}
