//! A published schema becomes a type when the crate is built, and reads shards.
//!
//! Change a dtype in `schemas/published/atdata.example/Photo@1.2.0.json`, and this no longer compiles: the compiler names
//! the field.

use atdata::ndarray::{Array3, Array4};
use atdata::{Dataset, Result};

include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

fn photo(label: &str, shade: u8) -> Photo {
    Photo {
        image: Array3::from_elem((4, 6, 3), shade),
        label: label.to_owned(),
        boxes: vec![Box { left: 1, top: 1, width: 4, height: 2 }],
        taken_at: None,
    }
}

fn mean(pixels: &Array4<u8>) -> u64 {
    let sum: u64 = pixels.iter().copied().map(u64::from).sum();
    sum / pixels.len() as u64
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let shard = folder.path().join("photos.tar");
    Dataset::write(&shard, [photo("cat", 10), photo("dog", 30)])?;

    for batch in Dataset::<Photo>::open(&shard)?.ordered().batches(2) {
        let batch: PhotoBatch = batch?;
        let pixels: &Array4<u8> = &batch.image;
        println!("{} photographs of {:?}, mean {}", batch.len(), batch.label, mean(pixels));
    }
    println!("{}", <Photo as atdata::Packable>::SCHEMA);
    Ok(())
}
