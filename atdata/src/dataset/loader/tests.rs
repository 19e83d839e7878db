#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};

use super::*;
use crate::dataset::{Dataset, PlanBuilder, Tail};
use crate::error::ErrorKind;
use crate::order::Order;
use crate::sample::{DictSample, Value};

fn number(sample: &DictSample) -> i64 {
    match sample.get("number") {
        Some(Value::Int(number)) => *number,
        other => panic!("{other:?}"),
    }
}

/// `count` numbered samples in shards of 13, in a folder.
fn dataset(folder: &Path, count: i64, contents: bool) -> Dataset<i64> {
    let samples = (0..count).map(|number| DictSample::from_iter([("number", number)]));
    let builder = crate::dataset::ShardWriter::builder(folder.join("n-%03d.tar")).max_count(13).contents(contents);
    let written = builder.write_all(samples).unwrap();
    written.open::<DictSample>().unwrap().map(|sample| number(&sample))
}

fn all(builder: &PlanBuilder<i64>) -> Vec<Vec<i64>> {
    builder.load_samples().unwrap().map(|step| step.unwrap().batch).collect()
}

fn planned(builder: &PlanBuilder<i64>, rank: u64) -> Vec<Vec<i64>> {
    let plan = builder.build().unwrap();
    let of_step = |step| plan.slots(rank, step).iter().map(|slot| i64::try_from(slot.sample).unwrap()).collect();
    (0..plan.batches(rank)).map(of_step).collect()
}

#[cfg(feature = "records")]
#[test]
fn a_builder_is_one_of_each_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 60, false);
    let other = data.map(|number| -number);
    for builder in [data.plan(), data.concat([&other]).plan()] {
        let builder = builder.seed(3).ranks(2).rank(1).batch(20);
        let plan = builder.build().unwrap();
        assert_eq!((plan.rank(), plan.rows_left(1)), (1, plan.steps() * 10));
        let token = plan.token(0).unwrap().next_epoch();
        let next = builder.clone().resume(&token);
        assert_eq!(all(&next), all(&builder.clone().epoch(1)));
        assert_ne!(all(&next), all(&builder));
    }
}

#[test]
fn batches_are_those_of_the_plan_for_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    for contents in [true, false] {
        let data = dataset(folder.path(), 200, contents);
        for order in [Order::Global, Order::Stored, Order::blocks(4, 5)] {
            for tail in [Tail::Drop, Tail::Pad, Tail::Uneven] {
                let builder = || data.plan().seed(3).epoch(1).ranks(3).batch(18).order(order).tail(tail);
                for rank in 0..3 {
                    let expected = planned(&builder(), rank);
                    for threads in [0, 1, 2, 5] {
                        assert_eq!(
                            all(&builder().rank(rank).threads(threads)),
                            expected,
                            "{order} {tail} {rank} {threads}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn padding_and_keys_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 20, true);
    let mut loader = data.plan().batch(8).tail(Tail::Pad).keys(true).load_samples().unwrap();
    let last = loader.by_ref().last().unwrap().unwrap();
    assert_eq!((last.number, last.rows, last.padding), (2, 8, vec![4, 5, 6, 7]));
    assert_eq!(last.keys.iter().collect::<BTreeSet<_>>().len(), 8);
    assert!(loader.next().is_none());
}

/// Each thread holds a batch that it cannot finish, and the caller goes away.
#[test]
fn a_loader_can_be_dropped_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 300, true);
    for taken in [0, 1, 2, 7, 29] {
        for threads in [1, 3] {
            let seen = Arc::new(AtomicU64::new(0));
            let counted = Arc::clone(&seen);
            let slow = data.map(move |number| {
                counted.fetch_add(1, Ordering::Relaxed);
                number
            });
            let mut loader = slow.plan().batch(10).threads(threads).load_samples().unwrap();
            for _ in 0..taken {
                loader.next().unwrap().unwrap();
            }
            drop(loader);
            let end = seen.load(Ordering::Relaxed);
            // Nobody goes on, and no more was read ahead than the window holds.
            assert!(end <= 10 * (taken + 2 * threads as u64 + 1), "{taken} {threads}: {end}");
            assert_eq!(Arc::strong_count(&seen), 2, "the threads are gone");
        }
    }
}

#[test]
fn memory_bounds_what_is_read_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 300, true);
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    // The second batch waits until the first was given; with memory for one batch nobody may begin it before.
    let data = data.map(move |number| {
        counted.fetch_add(1, Ordering::Relaxed);
        number
    });
    let mut loader = data.plan().batch(10).threads(4).memory(1).load_samples().unwrap();
    for given in 1..=5 {
        loader.next().unwrap().unwrap();
        assert!(seen.load(Ordering::Relaxed) <= 10 * (given + 1));
    }
}

#[test]
fn batches_are_made_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 40, true);
    // Passed only by two threads that are in it together.
    let both = Arc::new(Barrier::new(2));
    let data = data.map(move |number| {
        both.wait();
        number
    });
    assert_eq!(data.plan().batch(10).threads(2).load_samples().unwrap().count(), 4);
}

#[test]
fn a_panic_is_an_error_of_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 40, true);
    let data = data.map(|number| if number == 17 { panic!("cannot bear {number}") } else { number });
    for threads in [0, 3] {
        let steps: Vec<_> =
            data.plan().order(Order::Stored).batch(10).threads(threads).load_samples().unwrap().collect();
        assert_eq!(steps.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, true]);
        let error = steps[1].as_ref().unwrap_err();
        assert_eq!((error.kind(), error.shard().unwrap().ends_with("n-001.tar")), (ErrorKind::Caller, true));
        assert!(
            error.key().is_some() && error.to_string().ends_with("a function of the caller panicked: cannot bear 17")
        );
    }
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 40, false);
    let error = data.filter(|number| *number > 3).plan().batch(4).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    let error = data.plan().batch(4).ranks(2).rank(2).load_samples().unwrap_err();
    assert_eq!(error.to_string(), "there is no rank 2 of 2: they count from 0");
    #[cfg(feature = "compression")]
    {
        let path = folder.path().join("c.tar.gz");
        Dataset::write(&path, [DictSample::from_iter([("number", 1_i64)])]).unwrap();
        let error = Dataset::<DictSample>::open(&path).unwrap().plan().batch(1).build().unwrap_err();
        assert_eq!((error.kind(), error.shard()), (ErrorKind::Unsupported, path.to_str()));
    }
}

#[cfg(feature = "records")]
mod tokens {
    use super::*;
    use crate::dataset::Token;

    /// All of an undisturbed run: what each global batch had.
    fn undisturbed(data: &Dataset<i64>, batch: u64, tail: Tail, order: Order) -> Vec<Vec<i64>> {
        all(&data.plan().seed(9).epoch(2).batch(batch).tail(tail).order(order).threads(0))
    }

    /// Loads up to `stop` batches of each of `ranks`, which are put together to global ones; the token behind them.
    fn stretch(builder: impl Fn() -> PlanBuilder<i64>, ranks: u64, stop: usize, seen: &mut Vec<Vec<i64>>) -> Token {
        let mut pieces: Vec<Vec<i64>> = Vec::new();
        let mut tokens = BTreeSet::new();
        for rank in 0..ranks {
            let mut loader =
                builder().ranks(ranks).rank(rank).threads(usize::try_from(rank % 3).unwrap()).load_samples().unwrap();
            for (at, step) in loader.by_ref().take(stop).enumerate() {
                if pieces.len() == at {
                    pieces.push(Vec::new());
                }
                pieces[at].extend(step.unwrap().batch);
            }
            tokens.insert(loader.token().unwrap().to_json());
        }
        assert_eq!(tokens.len(), 1, "all ranks stand at the same place");
        seen.extend(pieces);
        tokens.first().unwrap().parse().unwrap()
    }

    #[test]
    fn a_rank_without_a_part_of_the_last_batch_is_not_ahead() {
        let folder = tempfile::tempdir().unwrap();
        let data = dataset(folder.path(), 13, true);
        let load = |rank| data.plan().ranks(2).rank(rank).batch(12).tail(Tail::Uneven).load_samples().unwrap();
        let (mut first, mut second) = (load(0), load(1));
        assert_eq!((first.plan().batches(0), first.plan().batches(1)), (2, 1));
        for position in [0, 12] {
            let tokens = [first.token().unwrap(), second.token().unwrap()];
            assert_eq!(tokens.map(|token| token.position()), [position; 2]);
            drop((first.next(), second.next()));
        }
        assert_eq!([first.token().unwrap().position(), second.token().unwrap().position()], [24, 24]);
    }

    #[test]
    fn a_plan_of_sizes_goes_on_with_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let token = dataset(folder.path(), 20, true).plan().batch(4).load_samples().unwrap().token().unwrap();
        let error = crate::dataset::Plan::of([]).resume(&token).build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }

    #[test]
    fn a_run_goes_on_with_other_ranks_as_if_nothing_had_happened() {
        let folder = tempfile::tempdir().unwrap();
        let data = dataset(folder.path(), 250, true);
        for tail in [Tail::Drop, Tail::Pad, Tail::Uneven] {
            for order in [Order::Global, Order::blocks(4, 5), Order::Stored] {
                let expected = undisturbed(&data, 12, tail, order);
                // Cut at the begin, twice at the same place, in the middle, before the last batch and behind it.
                let mut seen = Vec::new();
                let first = || data.plan().seed(9).epoch(2).batch(12).tail(tail).order(order);
                let mut token = stretch(first, 3, 0, &mut seen);
                for (ranks, stop) in [(4, 1), (1, 0), (2, 0), (6, 7), (12, 5), (3, 100), (2, 100)] {
                    token = stretch(|| data.plan().resume(&token), ranks, stop, &mut seen);
                    assert!(token.to_json().len() <= 1024);
                }
                assert_eq!(seen, expected, "{tail} {order}");
                let next = token.next_epoch();
                assert_eq!((next.epoch(), next.position()), (3, 0));
                assert_eq!(all(&data.plan().resume(&next)) == expected, order == Order::Stored);
            }
        }
    }

    #[test]
    fn another_batch_gives_exactly_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let data = dataset(folder.path(), 250, true);
        let mut seen = Vec::new();
        let token = stretch(|| data.plan().seed(1).batch(12).tail(Tail::Uneven), 2, 5, &mut seen);
        let rest = all(&data.plan().resume(&token).batch(70));
        assert_eq!(rest.iter().map(Vec::len).collect::<Vec<_>>(), [70, 70, 50]);
        let all: BTreeSet<i64> = seen.into_iter().chain(rest).flatten().collect();
        assert_eq!(all.len(), 250);
    }

    #[test]
    fn a_token_of_another_run_is_refused_with_what_differs() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let data = dataset(folders[0].path(), 250, true);
        let mut seen = Vec::new();
        let token = stretch(|| data.plan().seed(9).batch(10), 1, 3, &mut seen);
        let told = |builder: PlanBuilder<i64>| {
            let error = builder.build().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            error.to_string().strip_prefix("the token is of another run: ").unwrap().to_owned()
        };
        let resumed = || data.plan().resume(&token);
        assert_eq!(told(resumed().seed(8)), "its seed is 9, and not 8");
        assert_eq!(
            told(resumed().order(Order::Stored).epoch(3).tail(Tail::Pad).lanes(2)),
            "its order is global, and not stored; its epoch is 0, and not 3; its tail is drop, and not pad; its number of \
             lanes is 1, and not 2"
        );
        assert_eq!(resumed().seed(9).batch(10).build().unwrap().position(), 30);
        // Moved it is the same.
        let moved = folders[1].path();
        for entry in std::fs::read_dir(folders[0].path()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), moved.join(entry.file_name())).unwrap();
        }
        let open = |pattern: &str| {
            Dataset::<DictSample>::open(moved.join("x").with_file_name("").to_str().unwrap().to_owned() + pattern)
                .unwrap()
        };
        let copy = open("n-{000..019}.tar").map(|sample| number(&sample));
        assert_eq!(all(&copy.plan().resume(&token)), all(&resumed()));
        // Another shard in it, a shard less.
        let other = DictSample::from_iter([("number", 5_i64)]);
        Dataset::write(moved.join("n-004.tar"), vec![other; 13]).unwrap();
        let copy = open("n-{000..019}.tar").map(|sample| number(&sample));
        assert_eq!(
            told(copy.plan().resume(&token)),
            "its dataset has other shards, the first of which is among those from n-003.tar to n-004.tar"
        );
        let less = open("n-{000..018}.tar").map(|sample| number(&sample));
        assert_eq!(
            told(less.plan().resume(&token)),
            "its dataset has 20 shards, and not 19; its dataset has 250 samples, and not 247"
        );
    }

    #[test]
    fn a_token_that_was_edited_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let data = dataset(folder.path(), 50, true);
        let json = data.plan().seed(u64::MAX).batch(10).build().unwrap().token(2).unwrap().to_json();
        assert_eq!(json.parse::<Token>().unwrap().to_json(), json);
        let edits = [
            ("\"position\":20", "\"position\":10", "it was edited"),
            ("\"position\":20", "\"position\":-1", "no whole number as its `position`"),
            ("\"order\":\"global\"", "\"order\":\"random\"", "expected `stored`"),
            ("\"order_version\":1", "\"order_version\":2", "its `order_version` is 2, and this atdata has 1"),
            ("\"lanes\":1", "\"lanes\":1,\"more\":1", "it was edited"),
            ("{", "[", "no JSON"),
        ];
        for (from, to, expected) in edits {
            assert!(json.contains(from), "{json}");
            let error = json.replacen(from, to, 1).parse::<Token>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().contains(expected), "{error}");
        }
        assert!(
            " ".repeat(1025).parse::<Token>().unwrap_err().to_string().contains("found 1025 bytes, of at most 1024")
        );
    }
}

/// A shard that is rewritten while it is loaded is an error where it differs, and never another sample.
#[test]
fn a_shard_that_is_rewritten_meanwhile_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let data = dataset(folder.path(), 130, true);
    let mut loader = data.plan().order(Order::Stored).batch(13).threads(0).load_samples().unwrap();
    assert_eq!(loader.next().unwrap().unwrap().batch, (0..13).collect::<Vec<_>>());
    let samples: Vec<DictSample> = (1000..1013_i64).map(|number| DictSample::from_iter([("number", number)])).collect();
    Dataset::write(folder.path().join("n-004.tar"), samples).unwrap();
    let outcomes: Vec<_> = loader.map(|step| step.map(|step| step.batch)).collect();
    let failed: Vec<usize> =
        outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_err()).map(|(at, _)| at + 1).collect();
    assert_eq!(failed, [4]);
    assert!(outcomes.into_iter().flatten().flatten().all(|number| number < 1000));
}
