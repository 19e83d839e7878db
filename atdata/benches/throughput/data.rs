//! The samples, and shards of them.

use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};

use atdata::{Dataset, Packable};
use ndarray::{Array1, Array3};
use tempfile::TempDir;

#[derive(Packable, Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) label: i64,
}

#[derive(Packable, Debug)]
#[packable(name = "Text")]
pub(crate) struct TextRef<'a> {
    pub(crate) text: &'a str,
    pub(crate) label: i64,
}

#[derive(Packable, Debug, Clone, PartialEq)]
pub(crate) struct Image {
    pub(crate) image: Array3<u8>,
    pub(crate) label: String,
}

/// An image as models take it.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(name = "Image")]
pub(crate) struct FloatImage {
    #[packable(cast)]
    pub(crate) image: Array3<f32>,
    pub(crate) label: String,
}

/// An image without its pixels.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(view_of = Image)]
pub(crate) struct Labelled {
    pub(crate) label: String,
}

#[derive(Packable, Debug, Clone, PartialEq)]
#[allow(clippy::struct_field_names, reason = "the array is what the sample is about")]
pub(crate) struct Features {
    pub(crate) features: Array1<f32>,
    pub(crate) label: i64,
    pub(crate) source: String,
}

/// `i` of `n`, as label, size or pixel.
fn number<T: TryFrom<usize>>(i: usize, n: usize) -> T {
    T::try_from(i % n).unwrap_or_else(|_| unreachable!("the remainder fits"))
}

pub(crate) fn text(samples: usize) -> Vec<Text> {
    let words = ["sample", "shard", "lens", "index", "of", "a", "wide", "dataset", "with", "some", "plain", "text"];
    let text = |i: usize| {
        let mut text: String = (0..80).map(|word| words[(i + word * word) % words.len()]).collect::<Vec<_>>().join(" ");
        text.truncate(200);
        text
    };
    (0..samples).map(|i| Text { text: text(i), label: number(i, 1000) }).collect()
}

pub(crate) fn images(samples: usize) -> Vec<Image> {
    let pixel = |i: usize, (y, x, c): (usize, usize, usize)| number(y * 7 + x * 3 + c * 11 + i, 256);
    let image = |i: usize| Array3::from_shape_fn((224, 224, 3), |at| pixel(i, at));
    (0..samples).map(|i| Image { image: image(i), label: format!("class {}", i % 1000) }).collect()
}

pub(crate) fn features(samples: usize) -> Vec<Features> {
    let value = |i: usize, at: usize| f32::from(number::<u16>(i * 31 + at * 17, 4096)) / 4096.0;
    let features = |i: usize| Array1::from_shape_fn(128, |at| value(i, at));
    let sample = |i| Features { features: features(i), label: number(i, 10), source: format!("camera {}", i % 50) };
    (0..samples).map(sample).collect()
}

/// One plain shard in a folder of its own.
pub(crate) struct Shard {
    folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
}

impl Shard {
    pub(crate) fn write<S: Packable + 'static>(samples: Vec<S>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.tar");
        let bytes = Dataset::write(&path, samples).unwrap().bytes();
        Self { folder, path, bytes }
    }

    pub(crate) fn open<S: Packable + 'static>(&self) -> Dataset<S> {
        Dataset::open(&self.path).unwrap()
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }

    /// Reads the file and does nothing with it: what no reader that copies can be faster than.
    pub(crate) fn read(&self, step: usize) -> u64 {
        let mut file = File::open(&self.path).unwrap();
        let mut buffer = vec![0; step];
        let mut sum = 0;
        loop {
            match file.read(&mut buffer).unwrap() {
                0 => return sum,
                len => sum += black_box(len) as u64,
            }
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}
