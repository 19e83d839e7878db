//! Checks of datasets in a store.

use std::sync::Arc;

use crate::conformance::{Outcome, holds, same};
use crate::dataset::{Dataset, ShardWriter, Written};
use crate::error::Result;
use crate::sample::DictSample;
use crate::store::Store;

fn sample(number: i64) -> DictSample {
    let mut sample = DictSample::new();
    sample.insert("number", number);
    sample.insert("text", format!("sample {number} {}", "x".repeat(3000)));
    sample
}

fn write(store: &Arc<dyn Store>) -> Result<ShardWriter<DictSample>> {
    let mut writer = ShardWriter::in_store(Arc::clone(store), "set/train").max_count(40).mtime(0).build()?;
    for number in 0..100 {
        writer.write_with_key(&format!("k{number}"), &sample(number))?;
    }
    Ok(writer)
}

fn check(store: &dyn Store, written: &Written) -> Outcome {
    same(
        "how many samples the shards have",
        written.shards.iter().map(|info| info.samples).collect(),
        vec![40, 40, 20],
    )?;
    for info in &written.shards {
        holds(&format!("{} is a URL of the store", info.url), store.holds(&info.url))?;
        let found = super::read(store, &info.url)?.map(|bytes| bytes.len() as u64);
        same("the size of a shard", found, Some(info.bytes))?;
    }
    let dataset: Dataset<DictSample> = written.open()?;
    for (number, read) in (0..).zip(dataset.iter().with_keys()) {
        let (key, found) = read?;
        same("a key", key, format!("k{number}"))?;
        same("a sample", found, sample(number))?;
    }
    same("how many samples there are", dataset.len()?, 100)
}

pub(super) fn shards_are_written_into_it_and_read_again(store: &Arc<dyn Store>) -> Outcome {
    check(&**store, &write(store)?.finish()?)
}

pub(super) fn a_write_that_is_given_up_leaves_nothing(store: &Arc<dyn Store>) -> Outcome {
    let written = write(store)?.finish()?;
    drop(write(store)?);
    check(&**store, &written)?;
    for info in &written.shards {
        same("what `remove` says of a shard", store.remove(&info.url)?, true)?;
    }
    Ok(())
}

pub(super) fn two_writes_to_one_prefix_do_not_meet(store: &Arc<dyn Store>) -> Outcome {
    let (one, two) = (write(store)?, write(store)?);
    let (one, two) = (one.finish()?, two.finish()?);
    holds("no shard has the name of another", one.urls().iter().all(|url| !two.urls().contains(url)))?;
    check(&**store, &one)?;
    check(&**store, &two)
}
