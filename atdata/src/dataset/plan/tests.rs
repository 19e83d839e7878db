#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use super::*;
use crate::error::ErrorKind;
use crate::order::Rng;

fn shards(sizes: &[u64]) -> Vec<ShardSize> {
    sizes.iter().map(|samples| ShardSize { samples: *samples, bytes: samples * 1000 + 1024 }).collect()
}

fn numbers(slots: &[Slot]) -> Vec<u64> {
    slots.iter().map(|slot| slot.sample).collect()
}

/// What a plan of any topology keeps: each sample exactly once an epoch but for the tail, ranks that share each global
/// batch in order, and a sequence of global batches that the ranks have no part in.
#[test]
fn every_topology_has_each_sample_once() {
    let mut rng = Rng::new(1);
    let mut below = |n: usize| rng.below(n) as u64;
    for case in 0..1500 {
        let lanes = [1, 1, 2, 4, 6][usize::try_from(below(5)).unwrap()];
        let batch = lanes * (1 + below(8));
        let mut sizes = vec![batch.max(lanes) + below(40)];
        for _ in 0..=below(6) {
            sizes.push(below(80));
        }
        let order = [Order::Stored, Order::Global, Order::blocks(5, 3), Order::blocks(16, 4)];
        let order = order[usize::try_from(below(4)).unwrap()];
        let tail = [Tail::Drop, Tail::Pad, Tail::Uneven][usize::try_from(below(3)).unwrap()];
        let (seed, epoch) = (below(9), below(5));
        let total: u64 = sizes.iter().sum();
        let ranks: Vec<u64> =
            (1..=batch).filter(|ranks| batch % ranks == 0 && (lanes == 1 || lanes % ranks == 0)).collect();
        let mut whole: Option<Vec<Vec<Slot>>> = None;
        for ranks in ranks {
            let builder = Plan::of(shards(&sizes)).seed(seed).epoch(epoch).order(order);
            let plan = builder.ranks(ranks).batch(batch).tail(tail).lanes(lanes).build().unwrap();
            let name =
                format!("case {case}: {total} samples, {order}, {tail}, batch {batch}, {ranks} ranks, {lanes} lanes");
            let global: Vec<Vec<Slot>> = (0..plan.steps()).map(|step| plan.global_slots(step)).collect();
            for (step, slots) in (0..).zip(&global) {
                let pieces: Vec<Vec<Slot>> = (0..ranks).map(|rank| plan.slots(rank, step)).collect();
                assert_eq!(&pieces.concat(), slots, "{name}");
                if tail != Tail::Uneven {
                    assert!(pieces.iter().all(|piece| piece.len() as u64 == batch / ranks), "{name}");
                }
                for slot in slots.iter().filter(|slot| !slot.padding) {
                    assert_eq!(plan.step_of(slot.sample), Some(step), "{name}");
                }
            }
            for rank in 0..ranks {
                let rows: u64 = (0..plan.batches(rank)).map(|step| plan.slots(rank, step).len() as u64).sum();
                assert_eq!(plan.rows_left(rank), rows, "{name}: rank {rank}");
            }
            assert_eq!(plan.rows_left(ranks), 0, "{name}");
            let mut times_of = BTreeMap::<u64, u32>::new();
            for slot in global.iter().flatten().filter(|slot| !slot.padding) {
                *times_of.entry(slot.sample).or_default() += 1;
            }
            assert!(
                times_of.values().all(|times| *times == 1) && times_of.keys().all(|sample| *sample < total),
                "{name}"
            );
            let lost = total - times_of.len() as u64;
            assert!(if tail == Tail::Drop { lost < batch + lanes } else { lost == 0 }, "{name}: {lost} lost");
            assert!(plan.global_slots(plan.steps()).is_empty() && plan.slots(ranks, 0).is_empty(), "{name}");
            match &whole {
                Some(whole) => assert_eq!(&global, whole, "{name}"),
                None => whole = Some(global),
            }
        }
    }
}

#[test]
fn each_epoch_and_seed_is_another_order() {
    let of = |seed, epoch| {
        let plan = Plan::of(shards(&[500])).seed(seed).epoch(epoch).batch(500).build().unwrap();
        numbers(&plan.global_slots(0))
    };
    assert_eq!(of(7, 3), of(7, 3));
    let all: std::collections::BTreeSet<_> =
        (0..4).flat_map(|seed| (0..4).map(move |epoch| (seed, epoch))).map(|(seed, epoch)| of(seed, epoch)).collect();
    assert_eq!(all.len(), 16);
}

#[test]
fn reads_are_runs_of_neighbours_in_a_shard() {
    let plan = Plan::of(shards(&[10, 0, 5, 7])).order(Order::Stored).batch(6).tail(Tail::Uneven).build().unwrap();
    let read = |shard, first, samples| PlannedRead { shard, first, samples };
    let reads: Vec<_> = (0..4).map(|step| plan.reads(0, step)).collect();
    let third = vec![read(2, 2, 3), read(3, 0, 3)];
    assert_eq!(reads, [vec![read(0, 0, 6)], vec![read(0, 6, 4), read(2, 0, 2)], third, vec![read(3, 3, 4)]]);
    let Cost { bytes, requests, shards } = plan.cost(0, 1);
    assert_eq!((bytes, requests, shards), (4 * 11_024 / 10 + 2 * 6024 / 5, 2, 2));
    assert_eq!(
        (plan.locate(0), plan.locate(10), plan.locate(21), plan.locate(22)),
        (Some((0, 0)), Some((2, 0)), Some((3, 6)), None)
    );
}

#[test]
fn a_plan_says_why_it_is_not_even() {
    let plan = |tail, ranks| Plan::of(shards(&[70, 33])).ranks(ranks).batch(16).tail(tail).build().unwrap();
    assert_eq!(plan(Tail::Drop, 8).uneven(), None);
    let uneven = plan(Tail::Uneven, 8);
    let why = "7 samples are left for the last batch of 16: ranks have 0 to 2 of it, and 4 ranks have one batch less";
    assert_eq!(uneven.uneven().unwrap(), why);
    assert_eq!([0, 3, 4, 7].map(|rank| uneven.batches(rank)), [7, 7, 6, 6]);
    let shown = uneven.to_string();
    assert_eq!(
        shown.lines().take(4).collect::<Vec<_>>(),
        [
            "order    global, seed 0, epoch 0",
            "samples  103 in 2 shards, 105 kB",
            "batches  7 of 16: 2 for each of 8 ranks",
            &format!("tail     uneven: {why}"),
        ]
    );
    let shown = plan(Tail::Pad, 2).to_string();
    assert!(shown.contains("tail     pad: 9 rows of the last batch are samples of the begin"), "{shown}");
    let shown = plan(Tail::Drop, 2).to_string();
    assert!(shown.contains("tail     drop: 7 samples are left out"), "{shown}");
}

#[test]
fn numbers_that_do_not_fit_are_refused_with_those_that_do() {
    let of = |samples: u64| Plan::of(shards(&[samples]));
    let cases = [
        (of(100).batch(10).ranks(0), "expected at least one rank, found 0"),
        (of(100), "expected the samples of a global batch, found none: write `.batch(256)` (`--batch 256`)"),
        (of(100).batch(0), "expected the samples of a global batch, found 0: write `.batch(256)` (`--batch 256`)"),
        (
            of(100).batch(10).ranks(4),
            "a global batch of 10 cannot be cut into 4 equal pieces, one a rank: take 8 or 12 samples",
        ),
        (
            of(100).batch(3).ranks(4),
            "a global batch of 3 cannot be cut into 4 equal pieces, one a rank: take 4 or 8 samples",
        ),
        (
            of(100).batch(10).lanes(4),
            "a global batch of 10 has no equal parts of 4 lanes: take a multiple of 4 samples",
        ),
        (
            of(100).batch(12).lanes(6).ranks(4),
            "4 ranks cannot share 6 lanes: take a number of lanes that 4 divides, such as 4",
        ),
        (of(3).batch(4).lanes(4).tail(Tail::Uneven), "expected from 1 to 3 lanes, one sample each at least, found 4"),
        (
            of(100).batch(101),
            "a global batch of 101 is more than the 100 samples of the dataset: take a smaller one, or `Tail::Uneven` (`--tail \
             uneven`) for one short batch",
        ),
        (of(0).batch(1), "the dataset has no samples to plan with"),
        (of(1 << 54).batch(1), "a plan has at most 9007199254740992 samples, found 18014398509481984"),
    ];
    for (builder, expected) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, expected));
    }
    assert_eq!(of(10).batch(64).tail(Tail::Uneven).build().unwrap().steps(), 1);
    let error = of(10).batch(5).load_samples().unwrap_err();
    assert_eq!(error.to_string(), "a plan of sizes alone has nothing to load: begin with `dataset.plan()`");
}

/// A billion samples in 10,000 shards: the plan is made in milliseconds and takes less than a megabyte.
#[test]
fn a_plan_does_not_grow_with_the_samples() {
    let sizes = vec![ShardSize { samples: 100_000, bytes: 1 << 31 }; 10_000];
    for order in [Order::Global, Order::blocks(256, 512)] {
        let builder = Plan::of(sizes.clone()).seed(1).ranks(64).batch(4096).order(order);
        let plan = builder.build().unwrap();
        assert_eq!(plan.slots(63, plan.steps() - 1).len(), 64);
        let memory = 8 * (plan.sizes.samples.capacity() + plan.sizes.bytes.capacity()) + (256 << 10);
        assert!(memory < 1 << 20, "{memory}");
    }
}

#[test]
fn a_batch_of_more_than_all_costs_no_more_than_all() {
    let sizes = shards(&[60, 40]);
    for batch in [u64::from(u32::MAX), 1 << 53] {
        let plan = Plan::of(sizes.clone()).batch(batch).tail(Tail::Uneven).build().unwrap();
        assert_eq!((plan.steps(), plan.batches(0), plan.slots(0, 0).len()), (1, 1, 100));
        let plan = Plan::of(sizes.clone()).ranks(1 << 10).batch(1 << 50).tail(Tail::Uneven).build().unwrap();
        assert_eq!((plan.batches(0), plan.batches(1)), (1, 0));
        assert!(plan.uneven().is_some());
    }
}
