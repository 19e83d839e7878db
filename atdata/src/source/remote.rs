//! Remote shards, which come over a network and are fetched in the background by a small runtime of our own.
//!
//! A [`Download`](download::Download) is one shard on its way: a task of the runtime asks for it, asks again from where it broke
//! off, and hands the bytes to a reader that blocks for them, within a bound on what may wait there. Whoever reads needs
//! no runtime and may have one: nothing of this runs on it, or blocks anything but the thread that reads.

mod cache;
mod download;
mod fetch;
mod headers;
mod options;
mod part;
mod request;
mod transfer;

pub use cache::Cache;
pub(crate) use fetch::{Fetch, Fetched};
pub(crate) use options::RemoteOptions;
pub(crate) use part::{Part, PartOnItsWay};
pub(crate) use request::Address;
#[cfg(feature = "atmosphere")]
pub(super) use request::BlobAddress;
pub(super) use request::HttpAddress;
#[cfg(feature = "s3")]
pub(super) use request::S3Address;
