//! Many small samples: what one sample costs, whatever it holds.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use atdata::{Dataset, DictSample, ReadOptions};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::data::{Shard, Text, TextBatch, TextRef, text};
use crate::measure::Options;
use crate::naive;
use crate::python::Python;

pub(crate) fn run(options: &Options) {
    if !options.wants("text") {
        return;
    }
    let samples = options.samples(200_000);
    let shard = Shard::write(text(samples));
    read(options, samples, &shard);
    other_ways(options, samples, &shard);
}

fn read(options: &Options, samples: usize, shard: &Shard) {
    // Longer than the table, which asks it.
    let mut python = Python::able(&shard.path, "texts");
    let Some(mut table) = options.table("text", samples, shard.bytes) else { return };
    table.base("tar crate, buffered, and rmp-serde, owned", || naive_sum(naive::buffered(&shard.path)));
    table.row("the same, not buffered", || naive_sum(File::open(&shard.path).unwrap()));
    table.row("read() of the file, 256 KiB at a time", || shard.read(256 << 10));
    table.is_limit("read");
    table.row_with_aim("ordered(): owned samples", 10.0, || sum_owned(shard.open().ordered()));
    #[cfg(feature = "serde")]
    table.row("deserialize(): owned, by serde's derive", || {
        let texts = shard.open::<Text>().deserialize::<naive::Text>().ordered();
        texts.map(Result::unwrap).map(|sample| weight(&sample.text, sample.label)).sum()
    });
    table.row_with_aim("raw(), view::<TextRef>(): borrowed samples", 18.0, || borrowed(&shard.open()));
    table.row("raw(): not decoded", || raw(&shard.open()));
    table.row("batches(256)", || sum_batches(shard.open::<Text>().batches(256)));
    if let Some(python) = &mut python {
        table.row("Python: atdata", || python.run("texts"));
    }
    table.print();
}

fn other_ways(options: &Options, samples: usize, shard: &Shard) {
    let gzipped = shard.folder().join("data.tar.gz");
    let mut encoder = GzEncoder::new(File::create(&gzipped).unwrap(), Compression::fast());
    encoder.write_all(&shard.content()).unwrap();
    encoder.finish().unwrap();
    let dated = with_times(shard);
    let Some(mut table) = options.table("text, other ways", samples, shard.bytes) else { return };

    table.base("tar crate, buffered, and rmp-serde, owned", || naive_sum(naive::buffered(&shard.path)));
    table.row("len()", || shard.open::<Text>().len().unwrap() as u64);
    table.row("raw(): not decoded", || raw(&shard.open()));
    table.row("raw(), three headers a sample, as Python writes", || raw(&Dataset::open(&dated).unwrap()));
    table.row("raw(), mapped", || raw(&shard.open().with_options(ReadOptions::new().map_unchanging_files(true))));
    table.row("raw(), mapped, three headers a sample", || {
        raw(&Dataset::open(&dated).unwrap().with_options(ReadOptions::new().map_unchanging_files(true)))
    });
    table.row("len(), mapped", || {
        let dataset = shard.open::<Text>().with_options(ReadOptions::new().map_unchanging_files(true));
        dataset.len().unwrap() as u64
    });
    table.row("shuffled(1).batches(256), mapped", || {
        let dataset = shard.open::<Text>().with_options(ReadOptions::new().map_unchanging_files(true));
        sum_batches(dataset.shuffled(1).batches(256))
    });
    table.row("shuffled(1).batches(256)", || sum_batches(shard.open::<Text>().shuffled(1).batches(256)));
    let mapped = || shard.open::<Text>().with_options(ReadOptions::new().map_unchanging_files(true));
    table.row("ordered(), mapped", || sum_owned(mapped().ordered()));
    table.row("batches(256), mapped", || sum_batches(mapped().batches(256)));
    table.row("ordered(), gzip", || sum_owned(Dataset::open(&gzipped).unwrap().ordered()));
    table.row("tar crate and rmp-serde, gzip", || {
        naive_sum(flate2::read::GzDecoder::new(File::open(&gzipped).unwrap()))
    });
    table.print();
}

/// The same samples as Python writes them: behind an extended header with the time.
fn with_times(shard: &Shard) -> PathBuf {
    let path = shard.folder().join("dated.tar");
    let mut archive = tar::Builder::new(BufWriter::new(File::create(&path).unwrap()));
    let mut samples = shard.open::<DictSample>().raw();
    while let Some(raw) = samples.next() {
        let raw = raw.unwrap();
        archive.append_pax_extensions([("mtime", &b"1772368496.789012"[..])]).unwrap();
        let mut header = tar::Header::new_ustar();
        header.set_size(raw.payload().len() as u64);
        archive.append_data(&mut header, format!("{}.msgpack", raw.key()), raw.payload()).unwrap();
    }
    archive.into_inner().unwrap().flush().unwrap();
    path
}

fn naive_sum(archive: impl std::io::Read) -> u64 {
    let mut sum = 0;
    naive::for_each(archive, |sample: naive::Text| sum += weight(&sample.text, sample.label));
    sum
}

fn sum_owned(samples: impl Iterator<Item = atdata::Result<Text>>) -> u64 {
    samples.map(Result::unwrap).map(|sample| weight(&sample.text, sample.label)).sum()
}

fn borrowed(dataset: &Dataset<DictSample>) -> u64 {
    let mut samples = dataset.raw();
    let mut sum = 0;
    while let Some(raw) = samples.next() {
        let sample = raw.unwrap().view::<TextRef<'_>>().unwrap();
        sum += weight(sample.text, sample.label);
    }
    sum
}

fn raw(dataset: &Dataset<DictSample>) -> u64 {
    let mut samples = dataset.raw();
    let mut sum = 0;
    while let Some(raw) = samples.next() {
        sum += raw.unwrap().payload().len() as u64;
    }
    sum
}

fn sum_batches(batches: impl Iterator<Item = atdata::Result<TextBatch>>) -> u64 {
    batches
        .map(Result::unwrap)
        .map(|batch| batch.text.len() as u64 + batch.label.iter().sum::<i64>().unsigned_abs())
        .sum()
}

fn weight(text: &str, label: i64) -> u64 {
    text.len() as u64 + label.unsigned_abs()
}
