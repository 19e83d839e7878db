//! A view of one small field in a large sample: what is not asked for should cost nothing.

use std::hint::black_box;

use atdata::{Dataset, DictSample, Packable};

use crate::data::{Image, Labelled, LabelledBatch, Shard, images};
use crate::measure::Options;

pub(crate) fn run(options: &Options) {
    if !options.wants("views") {
        return;
    }
    let samples = options.samples(2000);
    let shard = Shard::write(images(samples));
    let Some(mut table) = options.table("views: labels of images", samples, shard.bytes) else { return };

    table.base("ordered(): whole images", || whole(&shard.open()));
    table.row("map(): whole images, then their labels", || {
        labels(shard.open::<Image>().map(|image| Labelled { label: image.label }).ordered())
    });
    table.row("as_type::<Labelled>().ordered()", || labels(shard.open::<Image>().as_type().ordered()));
    table.row("as_type::<Labelled>().batches(256)", || batches(&shard.open::<Image>().as_type()));
    table.row("project::<Labelled>().ordered()", || labels(shard.open::<Image>().project().ordered()));
    table.row("as_type::<Labelled>() of DictSample", || labels(shard.open::<DictSample>().as_type().ordered()));
    table.row("as_type::<Labelled>().len()", || shard.open::<Image>().as_type::<Labelled>().len().unwrap() as u64);
    table.base("raw(): not decoded", || raw(&shard.open()));
    table.row("as_type::<Labelled>().ordered()", || labels(shard.open::<Image>().as_type().ordered()));
    table.print();
    say_what_is_touched(&shard);
}

fn whole(dataset: &Dataset<Image>) -> u64 {
    dataset.ordered().map(|image| black_box(image.unwrap()).label.len() as u64).sum()
}

fn labels(views: impl Iterator<Item = atdata::Result<Labelled>>) -> u64 {
    views.map(|view| black_box(view.unwrap()).label.len() as u64).sum()
}

fn batches(dataset: &Dataset<Labelled>) -> u64 {
    dataset.batches(256).map(|batch: atdata::Result<LabelledBatch>| black_box(batch.unwrap()).label.len() as u64).sum()
}

fn raw(dataset: &Dataset<DictSample>) -> u64 {
    let mut samples = dataset.raw();
    let mut sum = 0;
    while let Some(raw) = samples.next() {
        sum += raw.unwrap().payload().len() as u64;
    }
    sum
}

/// A reader of the view looks at all of a sample but the content of what it passes over.
fn say_what_is_touched(shard: &Shard) {
    let first = shard.open::<Image>().head(1).unwrap().remove(0);
    let sample = first.pack();
    let mut field = Vec::new();
    atdata::PackField::write(&first.image, &mut field);
    // Marker and length.
    let passed_over = field.len() - 5;
    println!("  of the {} bytes of a sample, {} are looked at", sample.len(), sample.len() - passed_over);
}
