//! The whole way: define a type, write a dataset, publish its schema, find it by name, iterate it.
//!
//! `ATDATA_INDEX` (`redis://host:6379/0`) says where the index is, `ATDATA_STORE` (`s3://bucket/prefix`) where the shards
//! go, and the usual `AWS_…` variables how S3 is reached. Without them an SQLite file and a folder will do:
//!
//! ```sh
//! cargo run --release -p atdata-example-workflow
//! tests/services/with redis radosgw -- cargo run --release -p atdata-example-workflow
//! ```

use std::path::Path;
use std::time::Instant;

use atdata::index::{Index, IndexBuilder, InsertOptions, Search, Sqlite};
use atdata::source::S3Config;
use atdata::store::{LocalStore, S3Store};
use atdata::{DictSample, Packable, Result, load_dataset};
use ndarray::{Array3, Array4};

// 1. Define: a struct is a sample type.

/// One labelled photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.0.0")]
struct Photo {
    #[packable(shape = [32, 32, 3])]
    image: Array3<u8>,
    label: String,
    confidence: f64,
}

fn photo(number: usize) -> Photo {
    let shade = u8::try_from(number % 256).unwrap_or(0);
    let label = if number.is_multiple_of(3) { "dog" } else { "cat" };
    Photo { image: Array3::from_elem((32, 32, 3), shade), label: label.into(), confidence: 0.9 }
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let index = open_index(folder.path())?;
    println!("index  {}", index.repository("local")?.provider().url());

    // 2. Publish the schema: once, whoever does it, and never a different one under the same version.
    let schema = index.publish_schema::<Photo>()?;
    println!("schema {schema}");

    // 3. Write: samples go straight into the store, hashed on the way; the entry appears when all shards have.
    let begin = Instant::now();
    let options = InsertOptions::new().max_count(400).version("1.0.0").description("photographs").tags(["images"]);
    let entry = index.write_samples_with("example/photos", (0..1000).map(photo), &options)?;
    println!("wrote  {} shards in {:.1?}", entry.data_urls.len(), begin.elapsed());
    entry.data_urls.iter().for_each(|url| println!("       {url}"));

    // 4. Retrieve, by name and version, and check what is there against its SHA-256.
    let found = index.get("example/photos@1.0.0")?;
    assert_eq!(found, entry);
    println!("found  {} by name; {} by tag", found.cid, index.search(&Search::new().tags(["images"]))?.len());
    let checks = index.verify(&found)?;
    println!("sound  {} of {} shards", checks.iter().filter(|check| check.is_sound()).count(), checks.len());

    // 5. Iterate, in batches, in an order that the seed decides.
    let photos = index.dataset::<Photo>("example/photos")?;
    let (mut images, mut dogs) = (0, 0);
    for batch in photos.shuffled(42).batches(64) {
        let batch: PhotoBatch = batch?;
        let stacked: &Array4<u8> = &batch.image; // (64, 32, 32, 3)
        images += stacked.shape().first().copied().unwrap_or_default();
        dogs += batch.label.iter().filter(|label| *label == "dog").count();
    }
    println!("read   {images} photographs, {dogs} of them of dogs");
    assert_eq!((images, dogs), (1000, 334));

    // Those who have no struct read it without one, by the same name.
    let untyped = index.dataset::<DictSample>("@local/example/photos")?;
    println!("fields {:?}", untyped.iter().next().transpose()?.map(|sample| sample.keys().count()));

    // What is not in any index is loaded by its path.
    let written = LocalStore::new(folder.path().join("plain"));
    let copy = InsertOptions::new().store(written).prefix("train");
    index.write_samples_with("example/plain", (0..10).map(photo), &copy)?;
    let splits = load_dataset::<Photo>(&folder.path().join("plain/**/*.tar").to_string_lossy())?;
    println!("splits {:?}", splits.names().collect::<Vec<_>>());
    Ok(())
}

/// The index that the environment names; without that, one below `folder`.
fn open_index(folder: &Path) -> Result<Index> {
    let builder = match std::env::var("ATDATA_INDEX") {
        Ok(url) => Index::builder().provider_at(&url)?,
        Err(_) => Index::builder().provider(Sqlite::open(folder.join("index.db"))?),
    };
    with_store(builder, folder)?.build()
}

fn with_store(builder: IndexBuilder, folder: &Path) -> Result<IndexBuilder> {
    Ok(match std::env::var("ATDATA_STORE") {
        Ok(url) => builder.store(S3Store::from_url(&url, S3Config::from_env())?),
        Err(_) => builder.store(LocalStore::new(folder.join("data"))),
    })
}
