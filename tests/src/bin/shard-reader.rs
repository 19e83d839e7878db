//! Another process that reads shards: `shard-reader URL [CACHE]`, where CACHE is a folder that others use as well.
//!
//! A process of its own, because certificates and credentials come from the environment, which is not to be changed in the
//! process of other tests, and because a cache is shared by processes. Prints `read COUNT`, or the kind and text of the error.

use atdata::source::Cache;
use atdata::{Dataset, ReadOptions, Result};
use atdata_tests::remote::labels;
use atdata_tests::types::Text;

/// With room for a few shards alone, so that each pass evicts what another process may be reading.
const CACHE_BYTES: u64 = 60_000;

fn read(url: &str, cache: Option<&str>) -> Result<usize> {
    let dataset = Dataset::<Text>::open(url)?;
    let Some(folder) = cache else {
        let samples = dataset.ordered().collect::<Result<Vec<_>>>()?;
        return Ok(labels(samples.into_iter().map(Ok)).len());
    };
    let dataset = dataset.with_options(ReadOptions::new().cache(Cache::new(folder).max_bytes(CACHE_BYTES)));
    let passes = (0..5).map(|seed| dataset.shuffled(seed).collect::<Result<Vec<_>>>());
    let samples = passes.collect::<Result<Vec<_>>>()?;
    Ok(samples.into_iter().map(|pass| labels(pass.into_iter().map(Ok)).len()).sum())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let read = match arguments.as_slice() {
        [url] => read(url, None),
        [url, cache] => read(url, Some(cache)),
        _ => panic!("expected URL [CACHE], found {arguments:?}"),
    };
    match read {
        Ok(count) => println!("read {count}"),
        Err(error) => println!("{:?} {error:#}", error.kind()),
    }
}
