//! What one would write without this library: the `tar` crate, `read_to_end`, rmp-serde, `ndarray::stack`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use ndarray::{Array1, Array2, Array3, Array4, Axis};
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Deserialize)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) label: i64,
}

#[derive(Deserialize)]
pub(crate) struct Image {
    #[serde(with = "serde_bytes")]
    image: Vec<u8>,
    label: String,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are those in the shard")]
pub(crate) struct Features {
    #[serde(with = "serde_bytes")]
    features: Vec<u8>,
    label: i64,
    source: String,
}

/// The archive through a buffer of 1 MiB: a system call for each header would make the comparison too easy.
pub(crate) fn buffered(path: &Path) -> impl Read {
    BufReader::with_capacity(1 << 20, File::open(path).unwrap())
}

/// Each sample of an archive, owned.
pub(crate) fn for_each<S: DeserializeOwned>(archive: impl Read, mut f: impl FnMut(S)) {
    let mut archive = tar::Archive::new(archive);
    let mut payload = Vec::new();
    for entry in archive.entries().unwrap() {
        payload.clear();
        entry.unwrap().read_to_end(&mut payload).unwrap();
        f(rmp_serde::from_slice(&payload).unwrap());
    }
}

pub(crate) struct FeaturesBatch {
    pub(crate) features: Array2<f32>,
    pub(crate) label: Vec<i64>,
    pub(crate) source: Vec<String>,
}

pub(crate) fn for_each_features_batch(path: &Path, size: usize, mut f: impl FnMut(FeaturesBatch)) {
    let mut rows = Vec::new();
    for_each(buffered(path), |sample: Features| {
        rows.push(sample);
        if rows.len() == size {
            f(stack_features(&std::mem::take(&mut rows)));
        }
    });
    if !rows.is_empty() {
        f(stack_features(&rows));
    }
}

fn stack_features(rows: &[Features]) -> FeaturesBatch {
    let floats = |row: &Features| -> Array1<f32> {
        elements(&row.features, 1).chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    };
    let arrays: Vec<_> = rows.iter().map(floats).collect();
    let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
    FeaturesBatch {
        features: ndarray::stack(Axis(0), &views).unwrap(),
        label: rows.iter().map(|row| row.label).collect(),
        source: rows.iter().map(|row| row.source.clone()).collect(),
    }
}

pub(crate) struct ImageBatch {
    pub(crate) image: Array4<u8>,
    pub(crate) label: Vec<String>,
}

pub(crate) fn for_each_image_batch(path: &Path, size: usize, mut f: impl FnMut(ImageBatch)) {
    let mut rows = Vec::new();
    for_each(buffered(path), |sample: Image| {
        rows.push(sample);
        if rows.len() == size {
            f(stack_images(&std::mem::take(&mut rows)));
        }
    });
    if !rows.is_empty() {
        f(stack_images(&rows));
    }
}

fn stack_images(rows: &[Image]) -> ImageBatch {
    let pixels = |row: &Image| Array3::from_shape_vec((224, 224, 3), elements(&row.image, 3).to_vec()).unwrap();
    let arrays: Vec<_> = rows.iter().map(pixels).collect();
    let views: Vec<_> = arrays.iter().map(|array| array.view()).collect();
    ImageBatch {
        image: ndarray::stack(Axis(0), &views).unwrap(),
        label: rows.iter().map(|row| row.label.clone()).collect(),
    }
}

/// What is behind the header of an array: a typestr of three bytes, its length, the rank, and eight bytes for each
/// dimension.
fn elements(array: &[u8], ndim: usize) -> &[u8] {
    &array[5 + 8 * ndim..]
}
