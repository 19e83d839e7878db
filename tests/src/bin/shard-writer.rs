//! Writes a dataset of several shards, for a test that kills it: `shard-writer PATTERN SHARDS LABEL`.
//!
//! Each shard holds two samples, all of them with the same label, by which datasets are told apart.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a part of a test")]

use atdata::ShardWriter;
use atdata_tests::types::Text;

fn main() {
    let args: Vec<_> = std::env::args().collect();
    let shards: i64 = args[2].parse().unwrap();
    let label = args[3].parse().unwrap();
    let mut writer = ShardWriter::builder(&args[1]).max_count(2).build().unwrap();
    for sample in 0..2 * shards {
        writer.write(&Text { text: format!("sample {sample}"), label }).unwrap();
    }
    writer.finish().unwrap();
}
