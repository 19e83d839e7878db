//! Large arrays: how near batches come to copying memory.

use std::hint::black_box;

use atdata::{Batches, Packable, ReadOptions};

use crate::data::{FloatImage, Image, ImageBatch, Shard, images};
use crate::measure::Options;
use crate::naive;
use crate::python::Python;

const BATCH: usize = 32;
/// So many are more than a processor's cache holds.
const LARGE: usize = 256;
const PIXELS: usize = 224 * 224 * 3;

pub(crate) fn run(options: &Options) {
    if !options.wants("images") {
        return;
    }
    let samples = options.samples(2000);
    // All packed samples, one behind the other; each holds its pixels and a few bytes more.
    let payloads: Vec<u8> = images(samples).iter().flat_map(Packable::pack).collect();
    let [batch_len, large_len] = [BATCH, LARGE].map(|batch| batch * payloads.len() / samples);
    let shard = Shard::write(images(samples));
    let mut python = Python::able(&shard.path, "images");
    let Some(mut table) = options.table("images", samples, (samples * PIXELS) as u64) else { return };

    table.base("memcpy: to_vec of the payloads of 32, in memory", || {
        payloads.chunks(batch_len).map(|part| black_box(part.to_vec()).len() as u64).sum()
    });
    table.is_limit("memcpy");
    table.row("read() of the file to a buffer for 32, reused", || shard.read(batch_len));
    table.is_limit("read");
    table.row_with_aim("batches(32)", 0.8, || sum(shard.open::<Image>().batches(BATCH)));
    table.row("batches(32), mapped", || {
        sum(shard.open::<Image>().with_options(ReadOptions::new().map_unchanging_files(true)).batches(BATCH))
    });
    table.row("read() of the file to a buffer for 256, reused", || shard.read(large_len));
    table.row("batches(256)", || sum(shard.open::<Image>().batches(LARGE)));
    table.row("batches(256), that come back", || recycled(shard.open::<Image>().batches(LARGE)));
    table.row("batches(256), mapped", || {
        sum(shard.open::<Image>().with_options(ReadOptions::new().map_unchanging_files(true)).batches(LARGE))
    });
    table.row("batches(32), cast to f32: four times the bytes", || {
        shard.open::<FloatImage>().batches(BATCH).map(|batch| black_box(batch.unwrap()).image.len() as u64).sum()
    });
    table.row("shuffled(1).batches(32)", || sum(shard.open::<Image>().shuffled(1).batches(BATCH)));
    table.row("shuffled(1).batches(32), mapped", || {
        sum(shard
            .open::<Image>()
            .with_options(ReadOptions::new().map_unchanging_files(true))
            .shuffled(1)
            .batches(BATCH))
    });
    table.row("ordered(): owned samples", || {
        shard.open::<Image>().ordered().map(|sample| black_box(sample.unwrap()).image.len() as u64).sum()
    });
    table.row("tar crate, rmp-serde, ndarray::stack", || {
        let mut sum = 0;
        naive::for_each_image_batch(&shard.path, BATCH, |batch| sum += (batch.image.len() + batch.label.len()) as u64);
        sum
    });
    table.row("len()", || shard.open::<Image>().len().unwrap() as u64);
    if let Some(python) = &mut python {
        table.row("Python: atdata, batches of 32", || python.run("images"));
    }
    table.print();
}

fn sum(batches: impl Iterator<Item = atdata::Result<ImageBatch>>) -> u64 {
    batches.map(|batch| black_box(batch.unwrap()).image.len() as u64).sum()
}

fn recycled(mut batches: Batches<Image>) -> u64 {
    let mut sum = 0;
    while let Some(batch) = batches.next() {
        let batch = black_box(batch.unwrap());
        sum += batch.image.len() as u64;
        batches.recycle(batch);
    }
    sum
}
