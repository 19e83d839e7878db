//! Datasets of [atdata](atdata) for [burn](https://burn.dev): typed shards behind burn's own traits.
//!
//! | burn's trait | here | what it is |
//! |---|---|---|
//! | [`DataLoader`](burn_core::data::dataloader::DataLoader) | [`PlanDataLoader`] | the epochs of a [plan](atdata::dataset::Plan): exact shares, an order that is a function of seed and epoch, threads that read ahead, a [token](atdata::dataset::Token) to go on from |
//! | [`Dataset`](burn_core::data::dataset::Dataset) | [`ShardDataset`] | samples by number, several of them in one pass |
//!
//! Both fail with burn's [`DatasetError`](burn_core::data::dataset::DatasetError), whose source is the [`atdata::Error`] that
//! names shard, sample and field: see [`error_of`]. Arrays become tensors by [`tensor_data`], without a copy.
//!
//! ```
//! use std::sync::Arc;
//!
//! use atdata::dataset::{Tail, Token};
//! use atdata::{Dataset, Packable};
//! use atdata_burn::{PlanDataLoader, Stacked, tensor_data};
//! use burn::data::dataloader::DataLoader;
//! use burn::tensor::{Device, Tensor};
//!
//! #[derive(Packable)]
//! struct Point {
//!     place: atdata::ndarray::Array1<f32>,
//!     height: f64,
//! }
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("points.tar");
//! # let point = |i: u8| Point { place: atdata::ndarray::array![f32::from(i), 1.0], height: f64::from(i) };
//! # Dataset::write(&path, (0..100).map(point))?;
//! let points = Dataset::<Point>::open(&path)?;
//! let plan = points.plan().seed(7).batch(32).tail(Tail::Uneven);
//! let tensors = |batch: Stacked<PointBatch>, device: &Device| {
//!     let place = Tensor::<2>::from_data(tensor_data(batch.batch.place), device);
//!     let height = Tensor::<1>::from_data(batch.batch.height.as_slice(), device);
//!     (place, height)
//! };
//! let loader = Arc::new(PlanDataLoader::of_batches(plan, tensors, Device::flex())?);
//! for batch in loader.iter().take(2) {
//!     let (place, height) = batch?;
//!     assert_eq!((place.dims(), height.dims()), ([32, 2], [32]));
//! }
//! let saved: String = loader.token().to_json();
//!
//! // Later, in another process: exactly the 36 points that are left of the epoch.
//! let token: Token = saved.parse()?;
//! let rest = PlanDataLoader::of_batches(points.plan().resume(&token), tensors, Device::flex())?;
//! let left: usize = rest.iter().map(|batch| batch.map_or(0, |(place, _)| place.dims()[0])).sum();
//! assert_eq!(left, 36);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dataset;
mod feed;
mod items;
mod loader;
mod slice;
mod tensor;

pub use dataset::{ShardDataset, error_of};
pub use items::Stacked;
pub use loader::PlanDataLoader;
pub use tensor::tensor_data;

/// The README's example, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
