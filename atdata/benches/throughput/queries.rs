//! A query that few samples of many shards match, with manifests and without.

use std::hint::black_box;
use std::path::Path;

use atdata::query::Predicate;
use atdata::{Dataset, DictSample, ReadOptions, ShardWriter, Value};

use crate::measure::Options;

/// Shards that differ in what they have, so that one of a hundred has what is asked for.
const SHARDS: u32 = 1000;
const A_SHARD: u32 = 100;
/// Bytes of each sample that nobody asks for.
const IMAGE: usize = 4 << 10;

pub(crate) fn run(options: &Options) {
    if !options.wants("queries") {
        return;
    }
    let shards = if options.quick { SHARDS / 10 } else { SHARDS };
    let folder = tempfile::tempdir().unwrap();
    let (bytes, samples) = (write(folder.path(), shards), (shards * A_SHARD) as usize);
    let pattern = format!("{}/q-{{000000..{:06}}}.tar", folder.path().display(), shards - 1);
    let open = |manifests| {
        let dataset = Dataset::<DictSample>::open(pattern.as_str()).unwrap();
        dataset.with_options(ReadOptions::new().manifests(manifests))
    };
    let predicate = Predicate::<DictSample>::parse("part = 7 and score > 0.9").unwrap();
    // As many in each way, or the times say nothing.
    let expected = open(false).query(&predicate).unwrap().len().unwrap();
    assert_eq!(open(true).query(&predicate).unwrap().len().unwrap(), expected);
    println!("{}", open(true).explain(&predicate).unwrap().totals());
    let Some(mut table) = options.table("queries, one shard of a hundred", samples, bytes) else { return };
    // Each opens the dataset anew: what is known of it is part of the work.
    let chosen = |manifests| open(manifests).query(&predicate).unwrap().len().unwrap() as u64;
    table.base("query, all samples asked", || chosen(false));
    table.row("query, with manifests", || chosen(true));
    table.row("explain", || open(true).explain(&predicate).unwrap().totals().left_out);
    let read = |manifests| {
        let chosen = open(manifests).query(&predicate).unwrap();
        chosen.ordered().map(|sample| black_box(sample.unwrap()).len() as u64).sum::<u64>()
    };
    table.base("query, all samples asked, and what matches read", || read(false));
    table.row("query, with manifests, and what matches read", || read(true));
    table.print();
}

/// The bytes of the shards.
fn write(folder: &Path, shards: u32) -> u64 {
    let mut bytes = 0;
    for shard in 0..shards {
        let sample = |number: u32| {
            DictSample::from_iter([
                ("image", Value::from(vec![7_u8; IMAGE])),
                ("part", Value::from(i64::from(shard % 100))),
                ("score", Value::from(f64::from(number) / f64::from(A_SHARD))),
            ])
        };
        let path = folder.join(format!("q-{shard:06}.tar"));
        ShardWriter::builder(&path).contents(true).manifest(true).write_all((0..A_SHARD).map(sample)).unwrap();
        bytes += std::fs::metadata(&path).unwrap().len();
    }
    bytes
}
