//! Publishes a dataset as blobs of the account that `ATDATA_HANDLE` and `ATDATA_PASSWORD` (an app password) name, at the
//! server `ATDATA_PDS_URL`. `examples/federation/run` does all of it, on a network that it starts for it.

use atdata::atmosphere::{Atmosphere, PublishOptions};
use atdata::{Dataset, Packable, Result, ShardWriter};
use ndarray::Array3;

/// One labelled photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.0.0")]
struct Photo {
    #[packable(shape = [32, 32, 3], dims = ["height", "width", "channel"])]
    image: Array3<f32>,
    label: String,
    confidence: f64,
}

fn photos() -> impl Iterator<Item = Photo> {
    (0_u16..200).map(|i| Photo {
        image: Array3::from_elem((32, 32, 3), f32::from(i)),
        label: if i % 3 == 0 { "dog" } else { "cat" }.into(),
        confidence: 0.9,
    })
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let written = ShardWriter::builder(folder.path().join("photos-%06d.tar")).max_count(80).build()?;
    let dataset = fill(written)?;

    let network = Atmosphere::from_env()?;
    let options = PublishOptions::new().version("1.0.0").description("photographs").tags(["images"]).license("MIT");
    let published = network.publish_dataset("photos", &dataset, &options)?;
    println!("published  {}", published.uri);
    println!("schema     {}", published.record.schema_ref);
    println!("shards     {} blobs", published.record.storage.len());
    Ok(())
}

fn fill(mut writer: ShardWriter<Photo>) -> Result<Dataset<Photo>> {
    for photo in photos() {
        writer.write(&photo)?;
    }
    writer.finish()?.open()
}
