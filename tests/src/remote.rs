//! Datasets to be put on servers.

use std::io::Read;
use std::path::Path;

use atdata::source::Shard;
use atdata::{Dataset, ErrorKind, ReadOptions, ShardWriter};

use crate::types::Text;

pub fn text(label: i64) -> Text {
    Text { text: format!("text {label} {}", "x".repeat(2000)), label }
}

/// Shards `d-0.tar` and so on, of ten samples of 2 kB each, labelled in their order.
pub fn write_shards(folder: &Path, shards: i64) {
    let builder = ShardWriter::builder(folder.join("d-%d.tar")).max_count(10);
    builder.write_all((0..shards * 10).map(text)).unwrap();
}

/// The pattern of such shards.
pub fn pattern(base: &str, shards: i64) -> String {
    format!("{base}d-{{0..{}}}.tar", shards - 1)
}

/// The labels that are read, in order; every sample's text is checked.
#[track_caller]
pub fn labels(samples: impl Iterator<Item = atdata::Result<Text>>) -> Vec<i64> {
    let check = |sample: Text| {
        assert_eq!(sample, text(sample.label));
        sample.label
    };
    samples.map(|sample| check(sample.unwrap())).collect()
}

/// Reads every way there is, and compares with what was written.
#[track_caller]
pub fn check_reads(dataset: &Dataset<Text>, shards: i64) {
    let all: Vec<i64> = (0..shards * 10).collect();
    assert_eq!(labels(dataset.ordered()), all);
    let mut shuffled = labels(dataset.shuffled(42));
    assert_ne!(shuffled, all);
    shuffled.sort_unstable();
    assert_eq!(shuffled, all);
    let batched: Vec<i64> = dataset.batches(7).flat_map(|batch| batch.unwrap().label).collect();
    assert_eq!(batched, all);
    assert_eq!(labels(dataset.head(12).unwrap().into_iter().map(Ok)), all[..12]);
    let last = dataset.iter().with_keys().last().unwrap().unwrap();
    assert_eq!(dataset.get(&last.0).unwrap(), last.1);
    assert_eq!(dataset.len().unwrap(), all.len());
    assert_eq!(dataset.select(&[15, 3]).unwrap(), [text(15), text(3)]);
    check_parts(&dataset.shards()[0], dataset.read_options());
}

/// Reads parts of a shard alone, and compares with the whole.
#[track_caller]
fn check_parts(shard: &Shard, options: &ReadOptions) {
    let mut whole = Vec::new();
    shard.bytes(options).unwrap().read_to_end(&mut whole).unwrap();
    for range in [0..1, 512..1024, 700..whole.len(), 0..whole.len(), 9..9] {
        let part = shard.read_at(range.start as u64..range.end as u64, options).unwrap();
        assert_eq!(part, whole[range.clone()], "{range:?}");
    }
    let len = whole.len() as u64;
    for range in [len - 10..len + 1, len + 10..len + 20] {
        let error = shard.read_at(range.clone(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{range:?}: {error}");
    }
}
