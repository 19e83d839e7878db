//! What a loader reads together is what each sample alone would be: for orders, ranks, lanes, sizes and memory at random.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::path::Path;

use atdata::dataset::{Tail, Written};
use atdata::order::Order;
use atdata::{Dataset, Packable, ShardWriter};
use proptest::prelude::*;

#[derive(Packable, Debug, Clone, PartialEq)]
struct Sample {
    number: i64,
    text: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(layout = "members")]
struct Plain {
    #[packable(member = "cls")]
    number: i64,
    #[packable(member = "txt")]
    text: String,
}

/// How samples lie in shards.
#[derive(Debug, Clone)]
struct Data {
    sizes: Vec<usize>,
    a_shard: u64,
    contents: bool,
    plain: bool,
}

fn data() -> impl Strategy<Value = Data> {
    // Most are small, some larger than what is read at once in one piece of a batch.
    let size = prop_oneof![6 => 0_usize..900, 2 => 900_usize..6000, 1 => 16_000_usize..70_000];
    (prop::collection::vec(size, 1..120), 1_u64..40, any::<bool>(), any::<bool>())
        .prop_map(|(sizes, a_shard, contents, plain)| Data { sizes, a_shard, contents, plain })
}

/// How they are loaded.
#[derive(Debug, Clone)]
struct Run {
    order: Order,
    ranks: u64,
    lanes: u64,
    piece: u64,
    tail: Tail,
    threads: usize,
    memory: u64,
}

fn run() -> impl Strategy<Value = Run> {
    let order = prop_oneof![
        Just(Order::Stored),
        Just(Order::Global),
        (1_u32..12, 1_u32..6).prop_map(|(block, window)| Order::blocks(block, window)),
    ];
    let tail = prop_oneof![Just(Tail::Drop), Just(Tail::Pad), Just(Tail::Uneven)];
    let memory = prop_oneof![Just(1_u64), Just(40_000), Just(400_000), Just(1 << 30)];
    (order, 1_u64..4, any::<bool>(), 1_u64..9, tail, 0_usize..4, memory).prop_map(
        |(order, ranks, lanes, piece, tail, threads, memory)| {
            let lanes = if lanes { ranks } else { 1 };
            Run { order, ranks, lanes, piece, tail, threads, memory }
        },
    )
}

fn text(number: usize, size: usize) -> String {
    format!("{number} ").repeat(size / 3 + 1)
}

fn written<S: Packable>(folder: &Path, data: &Data, samples: impl Iterator<Item = S>) -> Written {
    let builder = ShardWriter::builder(folder.join("n-%03d.tar")).max_count(data.a_shard).contents(data.contents);
    builder.write_all(samples).unwrap()
}

fn write(folder: &Path, data: &Data) -> String {
    let numbered =
        data.sizes.iter().enumerate().map(|(number, size)| (i64::try_from(number).unwrap(), text(number, *size)));
    let written = if data.plain {
        written(folder, data, numbered.map(|(number, text)| Plain { number, text }))
    } else {
        written(folder, data, numbered.map(|(number, text)| Sample { number, text }))
    };
    let last = written.shards.len() - 1;
    format!("{}/n-{{000..{last:03}}}.tar", folder.display())
}

/// What the loader of each rank gives, and what is in the plan.
fn check<S: Packable + Clone + PartialEq + std::fmt::Debug + Send + 'static>(
    dataset: &Dataset<S>,
    run: &Run,
    expected: &[S],
) -> Result<(), TestCaseError> {
    for rank in 0..run.ranks {
        let builder = dataset
            .plan()
            .seed(7)
            .order(run.order)
            .ranks(run.ranks)
            .rank(rank)
            .lanes(run.lanes)
            .batch(run.piece * run.ranks)
            .tail(run.tail)
            .threads(run.threads)
            .memory(run.memory);
        let Ok(plan) = builder.build() else { return Ok(()) };
        let mut steps = 0;
        for (step, found) in (0..).zip(builder.load_samples().unwrap()) {
            let found = found.unwrap();
            let slots = plan.slots(rank, step);
            let rows = slots.iter().map(|slot| &expected[usize::try_from(slot.sample).unwrap()]);
            prop_assert!(found.batch.iter().eq(rows), "rank {rank}, step {step}");
            steps += 1;
        }
        prop_assert_eq!(steps, plan.batches(rank));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_read_together_is_what_each_alone_would_be(data in data(), runs in prop::collection::vec(run(), 1..4)) {
        let folder = tempfile::tempdir().unwrap();
        let pattern = write(folder.path(), &data);
        let all = data.sizes.iter().enumerate().map(|(number, size)| (i64::try_from(number).unwrap(), text(number, *size)));
        for run in &runs {
            if data.plain {
                let expected: Vec<Plain> = all.clone().map(|(number, text)| Plain { number, text }).collect();
                check(&Dataset::open(pattern.as_str()).unwrap(), run, &expected)?;
            } else {
                let expected: Vec<Sample> = all.clone().map(|(number, text)| Sample { number, text }).collect();
                check(&Dataset::open(pattern.as_str()).unwrap(), run, &expected)?;
            }
        }
    }

    /// Neighbours, far ones, the same twice, in any order.
    #[test]
    fn what_is_selected_is_what_is_there(data in data(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..60)) {
        let folder = tempfile::tempdir().unwrap();
        let pattern = write(folder.path(), &Data { plain: false, ..data.clone() });
        let dataset = Dataset::<Sample>::open(pattern.as_str()).unwrap();
        let picks: Vec<usize> = picks.iter().map(|pick| pick.index(data.sizes.len())).collect();
        let found = dataset.select(&picks).unwrap();
        let expected: Vec<Sample> = picks
            .iter()
            .map(|at| Sample { number: i64::try_from(*at).unwrap(), text: text(*at, data.sizes[*at]) })
            .collect();
        prop_assert_eq!(&found, &expected);
        if let Some(first) = picks.first() {
            prop_assert_eq!(&dataset.at(*first).unwrap(), &expected[0]);
        }
    }
}
