//! What a sample costs as there are more of them, in more shards: the same samples under many names.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use atdata::Dataset;
use atdata::order::Order;
use atdata::shard::Contents;
use atdata::{DictSample, ShardWriter};
use tempfile::TempDir;

use crate::measure::Options;
use crate::training::{resident, tell_memory};

/// How many shards there are, and samples in each.
const SCALES: [(usize, u64); 6] =
    [(10, 10_000), (1000, 1000), (1000, 10_000), (10_000, 1000), (10_000, 10_000), (100_000, 1000)];
/// Samples that are read of each scale.
const READ: usize = 20_000;

pub(crate) fn run(options: &Options) {
    if !options.wants("training, scale") {
        return;
    }
    let scales: Vec<Scale> = SCALES
        .into_iter()
        .filter(|(shards, _)| !options.quick || *shards <= 1000)
        .map(|(shards, a_shard)| Scale::new(shards, a_shard))
        .collect();
    of_a_sample(options, &scales);
    of_a_choice(options, &scales);
}

/// A dataset of so many shards, each with its contents.
struct Scale {
    _folder: TempDir,
    shards: usize,
    samples: u64,
    dataset: Dataset<DictSample>,
}

impl Scale {
    fn new(shards: usize, a_shard: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        link_shards(folder.path(), shards, a_shard);
        let pattern = format!("{}/n-{{000000..{:06}}}.tar", folder.path().display(), shards - 1);
        let dataset = Dataset::open(pattern.as_str()).unwrap();
        let before = resident();
        let samples = dataset.len().unwrap() as u64;
        tell_memory(&format!("{shards} shards of {a_shard} samples, opened and counted"), before);
        Self { _folder: folder, shards, samples, dataset }
    }

    fn name(&self) -> String {
        format!("{} samples in {} shards", self.samples, self.shards)
    }

    /// Numbers at random.
    fn picks(&self, count: usize) -> Vec<usize> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((u128::from(state) * u128::from(self.samples)) >> 64).unwrap()
        };
        (0..count).map(|_| next()).collect()
    }
}

/// All have the same cost, as far as caches have the shards: what grows is how many of them are opened again.
fn of_a_sample(options: &Options, scales: &[Scale]) {
    let count = options.samples(READ);
    let Some(mut table) = options.table("training, scale", count, 0) else { return };
    for (number, scale) in scales.iter().enumerate() {
        let picks = scale.picks(count);
        let name = format!("select(1000 numbers), {}", scale.name());
        let read = move || -> u64 {
            let select = |numbers: &[usize]| black_box(scale.dataset.select(numbers).unwrap()).len() as u64;
            picks.chunks(1000).map(select).sum()
        };
        if number == 0 {
            table.base(&name, read);
        } else {
            table.row(&name, read);
        }
        for (kind, order) in [("blocks:256x64", Order::blocks(256, 64)), ("global", Order::Global)] {
            // With the plan of the epoch, which is built with each loader.
            table.row(&format!("loader, {kind}, 1 thread, {}", scale.name()), move || {
                let loader = scale.dataset.plan().seed(1).batch(250).order(order).threads(1).load_samples().unwrap();
                loader.take(count / 250).map(|step| black_box(step.unwrap().batch).len() as u64).sum()
            });
        }
    }
    table.print();
    let before = resident();
    if let Some(largest) = scales.last() {
        black_box(largest.dataset.select(&largest.picks(count)).unwrap());
        tell_memory(&format!("{count} samples read of {}", largest.name()), before);
    }
}

/// Every other sample, chosen before the plan.
fn of_a_choice(options: &Options, scales: &[Scale]) {
    let Some(largest) = scales.iter().max_by_key(|scale| scale.samples) else { return };
    let wanted = usize::try_from(largest.samples).unwrap();
    let choose = || largest.dataset.only((0..largest.samples).step_by(2)).unwrap();
    let chosen = choose();
    let planned = || chosen.plan().seed(1).batch(250).build().unwrap();
    let plan = planned();
    let Some(mut table) = options.table("training, scale of a choice", wanted, 0) else { return };
    table.base("counting to so many", || (0..largest.samples).step_by(2).map(black_box).count() as u64);
    table.row("only(every other)", || choose().len().unwrap() as u64);
    table.row("its plan", || planned().steps());
    table.row("a thousand batches of it, as numbers", || {
        (0..1000).map(|step| black_box(plan.global_slots(step)).len() as u64).sum()
    });
    table.print();
    let before = resident();
    let chosen = black_box(choose());
    tell_memory(&format!("every other of {}", largest.name()), before);
    drop(chosen);
}

/// So many names for shards of `a_shard` samples, with contents; file systems limit how many names a file has.
pub(crate) fn link_shards(folder: &Path, count: usize, a_shard: u64) {
    const A_FILE: usize = 1000;
    let named = |number: usize| folder.join(format!("n-{number:06}.tar"));
    for first in (0..count).step_by(A_FILE) {
        let path: PathBuf = named(first);
        let samples = (0..a_shard).map(|number| DictSample::from_iter([("number", i64::try_from(number).unwrap())]));
        ShardWriter::builder(&path).contents(true).write_all(samples).unwrap();
        for number in first + 1..(first + A_FILE).min(count) {
            let other = named(number);
            std::fs::hard_link(Contents::path_of(&path), Contents::path_of(&other)).unwrap();
            std::fs::hard_link(&path, &other).unwrap();
        }
    }
}
