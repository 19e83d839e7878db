//! Small arrays in batches.

use std::hint::black_box;

use crate::data::{Features, FeaturesBatch, Shard, features};
use crate::measure::Options;
use crate::naive;
use crate::python::Python;

const BATCH: usize = 256;

pub(crate) fn run(options: &Options) {
    if !options.wants("features") {
        return;
    }
    let samples = options.samples(50_000);
    let shard = Shard::write(features(samples));
    let mut python = Python::able(&shard.path, "features");
    let Some(mut table) = options.table("features", samples, shard.bytes) else { return };

    table.base("tar crate, buffered, rmp-serde, ndarray::stack", || {
        let mut sum = 0;
        naive::for_each_features_batch(&shard.path, BATCH, |batch| {
            let batch = black_box(batch);
            sum += (batch.features.len() + batch.label.len() + batch.source.len()) as u64;
        });
        sum
    });
    table.row("read() of the file, 256 KiB at a time", || shard.read(256 << 10));
    table.is_limit("read");
    table.row_with_aim("batches(256)", 8.0, || sum(shard.open::<Features>().batches(BATCH)));
    table.row("shuffled(1).batches(256)", || sum(shard.open::<Features>().shuffled(1).batches(BATCH)));
    table.row("ordered(): owned samples", || {
        shard.open::<Features>().ordered().map(|sample| black_box(sample.unwrap()).features.len() as u64).sum()
    });
    if let Some(python) = &mut python {
        table.row("Python: atdata, batches of 256", || python.run("features"));
    }
    table.print();
}

fn sum(batches: impl Iterator<Item = atdata::Result<FeaturesBatch>>) -> u64 {
    let size = |batch: FeaturesBatch| (batch.features.len() + batch.label.len() + batch.source.len()) as u64;
    batches.map(|batch| size(black_box(batch.unwrap()))).sum()
}
