//! What the decoders under the feature `image` take alone, and what the crate `image` takes, which stands on the same ones:
//!
//! ```sh
//! cargo run --release --manifest-path atdata/benches/decoders/Cargo.toml
//! ```
//! One picture of 256 x 256 as JPEG, PNG and lossless WebP; best of 11 rounds, by turns.
#![allow(clippy::unwrap_used, reason = "a bench has nobody to report to")]

use std::hint::black_box;
use std::io::Cursor;
use std::time::Instant;

use image::ImageFormat;
use image_webp::WebPDecoder;
use zune_core::bytestream::ZCursor;
use zune_jpeg::JpegDecoder;

const PHOTO: &[u8] = include_bytes!("../../throughput/photo.jpg");
const PICTURES: u32 = 200;
const ROUNDS: usize = 11;

fn main() {
    let photo = image::load_from_memory(PHOTO).unwrap().to_rgb8();
    let encoded = |format| {
        let mut bytes = Vec::new();
        photo.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    };
    let (png, webp) = (encoded(ImageFormat::Png), encoded(ImageFormat::WebP));
    let mut buffer = vec![0; photo.as_raw().len()];
    println!("{:<6}{:>16}{:>16}{:>8}", "", "decoder alone", "crate `image`", "ratio");
    compare("JPEG", PHOTO, |bytes| {
        JpegDecoder::new(ZCursor::new(bytes)).decode_into(&mut buffer).unwrap();
        black_box(&buffer);
    });
    compare("PNG", &png, |bytes| {
        let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
        reader.next_frame(&mut buffer).unwrap();
        black_box(&buffer);
    });
    compare("WebP", &webp, |bytes| {
        WebPDecoder::new(Cursor::new(bytes)).unwrap().read_image(&mut buffer).unwrap();
        black_box(&buffer);
    });
}

fn compare(name: &str, bytes: &[u8], mut alone: impl FnMut(&[u8])) {
    let mut by_image = |bytes: &[u8]| {
        black_box(image::load_from_memory(bytes).unwrap().to_rgb8());
    };
    let (mut best_alone, mut best_image) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        best_alone = best_alone.min(seconds(bytes, &mut alone));
        best_image = best_image.min(seconds(bytes, &mut by_image));
    }
    let each = |seconds: f64| f64::from(PICTURES) / seconds;
    println!("{name:<6}{:>14.0}/s{:>14.0}/s{:>8.2}", each(best_alone), each(best_image), best_alone / best_image);
}

fn seconds(bytes: &[u8], decode: &mut dyn FnMut(&[u8])) -> f64 {
    let start = Instant::now();
    (0..PICTURES).for_each(|_| decode(bytes));
    start.elapsed().as_secs_f64()
}
