//! A struct becomes a dataset: define it, write it in shards, read it back in batches.
//!
//! Needs nothing but Rust: `cargo run --release --example quickstart`.

use std::time::Instant;

use atdata::{Dataset, Packable, Result, ShardWriter};
use ndarray::{Array3, Array4};

/// One labelled photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.0.0")]
struct Photo {
    /// Pixels, red, green and blue.
    #[packable(shape = [224, 224, 3], dims = ["height", "width", "channel"])]
    image: Array3<u8>,
    label: String,
    confidence: f64,
}

const PHOTOS: u16 = 1000;

fn photo(number: u16) -> Photo {
    let [low, _] = number.to_le_bytes();
    Photo {
        image: Array3::from_elem((224, 224, 3), low),
        label: if number.is_multiple_of(3) { "dog" } else { "cat" }.to_owned(),
        confidence: f64::from(number) / f64::from(PHOTOS),
    }
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;

    // Write: at most 300 samples in a shard. The shards appear whole, all at once, when `finish` returns.
    let started = Instant::now();
    let mut writer = ShardWriter::builder(folder.path().join("photos-%06d.tar")).max_count(300).build()?;
    for number in 0..PHOTOS {
        writer.write_with_key(&format!("{number:06}"), &photo(number))?;
    }
    let written = writer.finish()?;
    println!("wrote {} samples to {} shards:", written.samples(), written.shards.len());
    for shard in &written.shards {
        let name = shard.path.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "  {name}  {:>4} samples  {:>9} bytes  sha256 {}…",
            shard.samples,
            shard.bytes,
            short(&shard.sha256_hex().unwrap_or_default())
        );
    }
    print_rate("written and synced", written.bytes(), started);

    // Read: a pattern names the shards; a seed fixes the order, on this machine and on every other.
    let photos = Dataset::<Photo>::open(folder.path().join("photos-{000000..000003}.tar").to_string_lossy().as_ref())?;
    println!("\n{}\n", photos.describe());

    let started = Instant::now();
    let (mut batches, mut pixels) = (0, 0);
    for batch in photos.shuffled(42).batches(32) {
        let batch: PhotoBatch = batch?;
        let images: &Array4<u8> = &batch.image;
        batches += 1;
        pixels += images.len();
    }
    println!("{batches} shuffled batches of up to 32, each one tensor such as (32, 224, 224, 3)");
    print_rate("read", pixels as u64, started);

    // Stages apply in the order they are called; single samples are found by key or position.
    let sure_dogs = photos.filter(|photo| photo.label == "dog" && photo.confidence > 0.5);
    println!("\n{} of {} photos are surely dogs", sure_dogs.len()?, photos.len()?);
    let one = photos.get("000777")?;
    println!("photo 000777 is a {} with confidence {}", one.label, one.confidence);
    Ok(())
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn print_rate(what: &str, bytes: u64, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{what}: {:.0} MB in {:.0} ms, {:.2} GB/s",
        bytes as f64 / 1e6,
        seconds * 1e3,
        bytes as f64 / seconds / 1e9
    );
}
