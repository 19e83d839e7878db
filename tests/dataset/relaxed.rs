//! Batches as they are ready: each once, whatever keeps some of them waiting, and gone on with exactly.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use atdata::dataset::{Loader, Plan, PlanBuilder, Tail, Token};
use atdata::order::Order;
use atdata::{Dataset, ErrorKind, Packable, ShardWriter};

#[derive(Packable, Clone, Debug, PartialEq)]
struct Number {
    number: i64,
}

fn numbers(folder: &Path, count: i64) -> Dataset<Number> {
    let builder = ShardWriter::builder(folder.join("n-%03d.tar")).max_count(13).contents(true);
    builder.write_all((0..count).map(|number| Number { number })).unwrap().open().unwrap()
}

/// Keeps whoever comes with some numbers waiting until it is opened.
#[derive(Default)]
struct Gate {
    shut: Mutex<BTreeSet<i64>>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self, number: i64) {
        let shut = self.shut.lock().unwrap();
        drop(self.opened.wait_while(shut, |shut| shut.contains(&number)).unwrap());
    }

    fn open(&self) {
        self.shut.lock().unwrap().clear();
        self.opened.notify_all();
    }

    /// A dataset whose batches of these steps are not ready until it is opened.
    fn before(self: &Arc<Self>, data: &Dataset<Number>, plan: &Plan, rank: u64, steps: &[u64]) -> Dataset<i64> {
        let first = |step: &u64| i64::try_from(plan.slots(rank, *step)[0].sample).unwrap();
        *self.shut.lock().unwrap() = steps.iter().map(first).collect();
        let gate = Arc::clone(self);
        data.map(move |sample| {
            gate.pass(sample.number);
            sample.number
        })
    }
}

fn given(loader: &mut Loader<Vec<i64>>, count: usize) -> Vec<(u64, Vec<i64>)> {
    loader.by_ref().take(count).map(Result::unwrap).map(|step| (step.number, step.batch)).collect()
}

/// Each batch, with the number of its position.
fn planned(plan: &Plan, rank: u64) -> Vec<(u64, Vec<i64>)> {
    let slots = |step| plan.slots(rank, step).iter().map(|slot| i64::try_from(slot.sample).unwrap()).collect();
    plan.steps_of(rank).map(|step| (plan.position() / plan.batch() + step, slots(step))).collect()
}

fn sorted(mut all: Vec<(u64, Vec<i64>)>) -> Vec<(u64, Vec<i64>)> {
    all.sort();
    all
}

fn base<T>(builder: PlanBuilder<T>) -> PlanBuilder<T> {
    builder.seed(5).batch(6).tail(Tail::Uneven).memory(1 << 20)
}

#[test]
fn a_batch_that_takes_long_keeps_no_other_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), 200);
    let plan = base(data.plan()).build().unwrap();
    for stream in [false, true] {
        let gate = Arc::new(Gate::default());
        let slow = gate.before(&data, &plan, 0, &[0, 4]);
        let mut loader = base(slow.plan()).relaxed(true).threads(3).load_samples().unwrap();
        let all = planned(&plan, 0);
        let (mut seen, count) = (given(&mut loader, 20), all.len());
        assert!(seen.iter().all(|(step, _)| ![0, 4].contains(step)), "{seen:?}");
        gate.open();
        if stream {
            let mut rest = futures_util::StreamExt::collect::<Vec<_>>(loader.into_stream().unwrap());
            let rest = loop {
                let waker = std::task::Waker::noop();
                let context = &mut std::task::Context::from_waker(waker);
                if let std::task::Poll::Ready(rest) = std::future::Future::poll(std::pin::Pin::new(&mut rest), context)
                {
                    break rest;
                }
                std::thread::yield_now();
            };
            seen.extend(rest.into_iter().map(Result::unwrap).map(|step| (step.number, step.batch)));
        } else {
            seen.extend(given(&mut loader, count));
            assert!(loader.token().unwrap().rank().is_none());
            assert_eq!(loader.token().unwrap(), plan.token(plan.steps()).unwrap());
        }
        assert_eq!(sorted(seen), all, "each once");
    }
    // In the caller's thread, and by one, nothing comes before what it waits for.
    for threads in [0, 1] {
        let mut loader =
            base(data.map(|sample| sample.number).plan()).relaxed(true).threads(threads).load_samples().unwrap();
        assert_eq!(given(&mut loader, 100), planned(&plan, 0));
    }
}

/// Cut while some batches wait behind others: what is left is what was not given, for any number of ranks, relaxed or not,
/// twice in a row.
#[test]
fn a_relaxed_run_goes_on_with_exactly_what_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), 200);
    for (order, late, cut) in [
        (Order::Global, &[0_u64, 4][..], 9),
        (Order::blocks(4, 5), &[2, 3][..], 11),
        (Order::Stored, &[1][..], 1),
        (Order::Stored, &[1, 7][..], 25),
    ] {
        let plan = base(data.plan()).order(order).build().unwrap();
        let all = planned(&plan, 0);
        let gate = Arc::new(Gate::default());
        let slow = gate.before(&data, &plan, 0, late);
        let mut loader = base(slow.plan()).order(order).relaxed(true).threads(3).load_samples().unwrap();
        let mut seen = given(&mut loader, cut);
        let saved = loader.token().unwrap().to_json();
        gate.open();
        drop(loader);
        assert!(saved.len() <= 1024, "{}", saved.len());
        let token: Token = saved.parse().unwrap();
        assert_eq!((token.to_json(), token.rank()), (saved, None));
        let before = token.position() / 6;
        assert!(before <= late[0], "{order}: it stands before the first batch that was not given");

        // Some of the rest, and the rest of that.
        let rest = data.map(|sample| sample.number);
        let again = rest.plan().resume(&token).relaxed(true).threads(2).build().unwrap();
        assert_eq!(again.batches(0), (all.len() - cut) as u64, "{order}");
        let mut loader = rest.plan().resume(&token).threads(2).load_samples().unwrap();
        assert_eq!(loader.size_hint(), (all.len() - cut, Some(all.len() - cut)));
        let more = given(&mut loader, 3).into_iter().map(|(step, batch)| (before + step, batch));
        seen.extend(more);
        let token: Token = loader.token().unwrap().to_json().parse().unwrap();
        drop(loader);
        let before = token.position() / 6;
        for (ranks, relaxed) in [(1, false), (1, true), (2, false), (3, false)] {
            let mut left: Vec<Vec<(u64, Vec<i64>)>> = Vec::new();
            for rank in 0..ranks {
                let builder = rest.plan().resume(&token).ranks(ranks).rank(rank).relaxed(relaxed).threads(2);
                left.push(sorted(given(&mut builder.load_samples().unwrap(), 100)));
            }
            let mut whole = seen.clone();
            for (step, _) in left[0].clone() {
                let of = |piece: &Vec<(u64, Vec<i64>)>| piece.iter().find(|(of, _)| *of == step).cloned();
                let batch = left.iter().filter_map(of).flat_map(|(_, batch)| batch).collect();
                whole.push((before + step, batch));
            }
            assert_eq!(sorted(whole), all, "{order}, {ranks} ranks, relaxed: {relaxed}");
        }
    }
}

/// Of several ranks each stands somewhere else.
#[test]
fn each_rank_of_a_relaxed_run_has_its_own_token() {
    let folder = tempfile::tempdir().unwrap();
    let data = numbers(folder.path(), 200);
    let plan = base(data.plan()).ranks(2).build().unwrap();
    let mapped = data.map(|sample| sample.number);
    let tokens: Vec<Token> = [&[0][..], &[1, 2][..]]
        .into_iter()
        .zip(0..)
        .map(|(late, rank)| {
            let gate = Arc::new(Gate::default());
            let slow = gate.before(&data, &plan, rank, late);
            let builder = base(slow.plan()).ranks(2).rank(rank).relaxed(true).threads(3);
            let mut loader = builder.load_samples().unwrap();
            assert_eq!(loader.token().unwrap().rank(), None, "all begin at the same place");
            let mut seen = given(&mut loader, 7);
            let token: Token = loader.token().unwrap().to_json().parse().unwrap();
            gate.open();
            drop(loader);
            assert_eq!(token.rank(), Some((rank, 2)));
            let mut rest = mapped.plan().resume(&token).ranks(2).rank(rank).load_samples().unwrap();
            let before = token.position() / 6;
            seen.extend(given(&mut rest, 100).into_iter().map(|(step, batch)| (before + step, batch)));
            assert_eq!(rest.token().unwrap(), plan.token(plan.steps()).unwrap(), "all end at the same place");
            assert_eq!(sorted(seen), planned(&plan, rank));
            token
        })
        .collect();
    let refused = |builder: PlanBuilder<i64>, told: &str| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(told), "{error}");
    };
    refused(
        mapped.plan().resume(&tokens[1]).ranks(2),
        "it is that of rank 1 of 2, each of which gave batches as they were ready",
    );
    refused(mapped.plan().resume(&tokens[1]), "and not with that of rank 0 of 1");
    let other = mapped.plan().resume(&tokens[1]).ranks(2).rank(1).batch(12);
    refused(other, "it goes on with batches of 6 only, and not of 12");
    // Also of one before which all was given: its position is that of its rank alone.
    let mut loader = base(mapped.plan()).ranks(2).rank(1).relaxed(true).threads(0).load_samples().unwrap();
    given(&mut loader, 2);
    let token = loader.token().unwrap();
    assert_eq!(token.rank(), Some((1, 2)));
    let other = mapped.plan().resume(&token).ranks(2).rank(1).batch(12);
    refused(other, "it goes on with batches of 6 only, and not of 12");
    let edited = tokens[1].to_json().replace("\"1/2\"", "\"0/2\"");
    assert!(edited.parse::<Token>().unwrap_err().to_string().contains("it was edited"));
    assert_eq!(tokens[1].next_epoch().rank(), None);
}
