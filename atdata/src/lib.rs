//! Typed datasets for machine learning, on WebDataset tar shards.
//!
//! A struct is a sample type; `#[derive(Packable)]` gives it its bytes, its [schema](Schema) and its [batch](Batch). A
//! [`Dataset`] is an ordered list of shards whose samples are read as that type; a [`ShardWriter`] makes such shards.
//! Bytes and shards are those of the Python library atdata 0.7, in both directions.
//!
//! ```
//! use atdata::{Dataset, Packable};
//! use ndarray::{Array1, Array2, array};
//!
//! /// A sentence and its embedding.
//! #[derive(Packable, Debug, Clone, PartialEq)]
//! struct Sentence {
//!     text: String,
//!     embedding: Array1<f32>,
//! }
//!
//! # let dir = tempfile::tempdir().unwrap();
//! # let path = dir.path().join("sentences.tar");
//! let samples = (0_u8..100).map(|i| Sentence { text: format!("sentence {i}"), embedding: array![f32::from(i), 1.0] });
//! Dataset::write(&path, samples)?;
//!
//! for batch in Dataset::<Sentence>::open(&path)?.shuffled(42).batches(32) {
//!     let batch: SentenceBatch = batch?;
//!     let embeddings: &Array2<f32> = &batch.embedding; // (32, 2), one copy from shard to tensor
//!     assert_eq!(embeddings.nrows(), batch.text.len());
//! }
//! # Ok::<(), atdata::Error>(())
//! ```
//!
//! The pages in [`docs`] tell more, task by task.
//!
//! # Where things are
//!
//! | task | start at |
//! |---|---|
//! | define a sample type | the derive macro [`Packable`](derive@Packable), with its tables of attributes and types |
//! | use a type of your own as a field | the derive macro [`PackField`](derive@PackField), or the trait |
//! | read samples or batches | [`Dataset`], [`Samples`], [`Batches`] |
//! | read without owning | [`dataset::RawSamples`], [`PackableRef`], [`ArrayRef`] |
//! | read without a type | [`DictSample`], [`Value`], [`DynArray`] |
//! | keep sparse matrices, tensors, data frames | [`mod@format`] |
//! | find the samples that a predicate holds of | [`Dataset::query`], [`mod@query`], [`docs::queries`] |
//! | read one field over all samples | [`Dataset::column`], [`docs::columns`] |
//! | write shards | [`Dataset::write`], [`ShardWriter`] |
//! | ask datasets in SQL, or give them to Arrow and Parquet | the crate `atdata-sql`, [`docs::sql`] |
//! | train on an epoch that can be resumed, on several ranks | [`Dataset::plan`], [`docs::training`] |
//! | train with burn or candle | the crates `atdata-burn` and `atdata-candle`, [`docs::training`] |
//! | leave out bad samples within a budget, and read them again | [`Dataset::on_error`], [`dataset::Policy`] |
//! | put datasets together, or mix them by weights | [`Dataset::concat`], [`dataset::Mix`] |
//! | say what is in the fields of shards, beside them | `manifest`, with the feature of that name; [`docs::manifests`] |
//! | go through a dataset shard by shard, on one machine or many | [`Dataset::process_shards`] |
//! | reshard, merge, subset or shuffle datasets | [`dataset::Rewrite`] |
//! | read plain WebDataset archives | `#[packable(layout = "members")]`, [`Group`], [`docs::members`] |
//! | see samples as another type | the macro [`lens`](macro@lens), [`Dataset::as_type`], [`Dataset::project`], [`mod@lens`] |
//! | find the lenses of a program at run time | `lens::registered`, with the feature `records` |
//! | carry out lenses that an index stores | [`lens::RecordLens`] |
//! | read shards of an older version of a type | [`Dataset::upgrade`], [`lens::Migration`] |
//! | make types of schema records | `include_schema!` (feature `codegen`), or the crate `atdata-codegen` in a build script |
//! | write, read and compare schema records | [`Packable::schema_record`], [`SchemaRecord`], [`schema`] |
//! | name records and blobs by their content | [`cid`] |
//! | find shards and their splits by a path, folder or pattern | [`load_dataset`], [`LoadOptions`] |
//! | name shards | [`source::IntoShards`], [`source::expand`], [`source::collapse`] |
//! | read shards from servers | [`source::Shard::from_url`], [`ReadOptions`]; features `http` and `s3` |
//! | read and write records and blobs of the AT Protocol network | `atmosphere::Atmosphere`, with the feature `atmosphere` |
//! | test the laws of a lens | `lens::laws`, with the feature `laws` |
//! | find datasets by name, store them, write them into a store | [`mod@index`], [`store`]; features `redis`, `postgres`, `s3` |
//! | read and write archives of barecat | `barecat`, with the feature of that name |
//! | publish to the AT Protocol network and load from it | `atmosphere::Atmosphere`, with the feature `atmosphere` |
//! | test a provider, store or source of one's own | `conformance`, with the feature of that name |
//! | understand a failure | [`Error`], [`ErrorKind`] |
//!
//! # What can be relied on
//!
//! - **Input is not trusted.** Bytes from a shard are checked against what is there before they are used; bad ones are
//!   an [`Error`] that names shard, offset, key and field. Nothing in this library panics on them, runs code from them
//!   (pickles are refused), or allocates what a header merely claims; for what little is left of that with Parquet see
//!   `DataFrame::rows`.
//! - **Order is a value.** The order of samples depends on the list of shards, their content and the seed; not on
//!   threads, time or machine.
//! - **Whole or not at all.** A shard that is written appears under its name when it is complete and synced.
//! - **Blocking.** Everything here is synchronous and runs on the caller's thread, but for two helper threads (hashing,
//!   flushing) while a large shard is written, and a few that fetch remote shards: an iterator waits for those, inside and
//!   outside of any async runtime, and never runs on one. Datasets are `Send + Sync`, iterators `Send`: hand them to
//!   threads of your own, in async code through `spawn_blocking`.

extern crate self as atdata;

mod archive;
mod array;
#[cfg(feature = "atmosphere")]
pub mod atmosphere;
mod atomic;
#[cfg(feature = "atmosphere")]
mod atproto;
#[cfg(feature = "barecat")]
pub mod barecat;
#[cfg(feature = "records")]
pub mod cid;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod dataset;
mod digest;
#[cfg(doc)]
pub mod docs;
#[cfg(feature = "_index")]
mod entry;
mod error;
pub mod field;
pub mod format;
mod home;
#[cfg(feature = "_index")]
pub mod index;
pub mod lens;
pub mod load;
#[cfg(feature = "manifest")]
pub mod manifest;
mod near;
mod net;
pub mod order;
mod picture;
#[doc(hidden)]
pub mod private;
pub mod query;
mod raw;
mod sample;
pub mod shard;
pub mod source;
pub mod store;
#[cfg(feature = "_index")]
mod time;

#[doc(hidden)]
pub use private as __private_0_1_0;

pub use array::{ArrayRef, DynArray};
#[doc = include_str!("sample/derive_field.md")]
pub use atdata_derive::PackField;
#[doc = include_str!("sample/derive.md")]
// A page of `docs/`, see that module; only documentation has it, so that a build needs no file outside of `src`.
#[cfg_attr(any(doc, doctest), doc = include_str!("../docs/field-types.md"))]
pub use atdata_derive::Packable;
#[cfg(feature = "codegen")]
#[doc = include_str!("sample/include_schema.md")]
pub use atdata_derive::include_schema;
#[doc = include_str!("lens/lens.md")]
pub use atdata_derive::lens;
/// Schemas as values: records, references, comparison, versions, fingerprints.
pub use atdata_schema as schema;
#[cfg(feature = "records")]
pub use atdata_schema::SchemaRecord;
pub use atdata_schema::{Dtype, FieldType, Schema};
pub use dataset::{Batches, Dataset, Samples, ShardWriter, Shuffle, Written};
pub use error::{Error, ErrorKind, Result};
#[doc(hidden)]
pub use error::{is_printable, write_printable};
#[cfg(feature = "_index")]
pub use index::Index;
pub use lens::{Lens, PutLens, ViewOf};
pub use load::{DatasetDict, LoadOptions, load_dataset};
#[cfg(feature = "serde")]
pub use sample::bridge as serde;
pub use sample::{Batch, BatchIter, DictBatch, DictSample, PackField, Packable, PackableRef, Value};
pub use shard::Group;
pub use source::ReadOptions;
/// The crates whose types are fields of samples, in the versions that atdata has.
pub use {bytes, half, ndarray, num_complex};

/// The README's examples, run as tests.
#[cfg(all(doctest, feature = "atmosphere"))]
#[doc = include_str!("../../README.md")]
struct Readme;
