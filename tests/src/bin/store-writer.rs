//! Another process that writes shards until it is killed: `store-writer PLACE`, where PLACE is a folder, or the endpoint of
//! an S3 server that has the bucket and the keys of the tests.
//!
//! Prints `under way` when two shards are whole and parts of the third have been sent.

use std::sync::Arc;

use atdata::source::S3Config;
use atdata::store::{LocalStore, S3Store, Store};
use atdata::{Result, ShardWriter};
use atdata_tests::remote::text;
use atdata_tests::services::{ACCESS_KEY, BUCKET, SECRET_KEY};

/// Below the prefix `killed` where it is a bucket.
fn store(place: &str) -> Result<Arc<dyn Store>> {
    if !place.starts_with("http:") {
        return Ok(Arc::new(LocalStore::new(place)));
    }
    let config = S3Config::with_keys(ACCESS_KEY, SECRET_KEY).endpoint(place);
    Ok(Arc::new(S3Store::from_url(&format!("s3://{BUCKET}/killed"), config)?))
}

fn main() -> Result<()> {
    let place = std::env::args().nth(1).unwrap_or_else(|| panic!("expected PLACE"));
    let mut writer = ShardWriter::in_store(store(&place)?, "set").max_bytes(20_000_000).build()?;
    for number in 0.. {
        writer.write(&text(number))?;
        if number == 27_000 {
            println!("under way");
        }
    }
    Ok(())
}
