//! Options of reading from servers: how remote shards are read.

use super::ReadOptions;
#[cfg(feature = "atmosphere")]
use crate::atproto::Atmosphere;
use crate::net::Retry;
#[cfg(feature = "s3")]
use crate::source::S3Config;
use crate::source::{Cache, RemoteOptions};

impl ReadOptions {
    /// How many remote shards are fetched ahead of the one that is being read, 3 unless told otherwise. They begin once
    /// the second sample is asked for.
    #[must_use]
    pub fn shards_ahead(mut self, shards: usize) -> Self {
        self.remote.shards_ahead = shards;
        self
    }

    /// How many bytes of remote shards may wait in memory to be read, 64 MiB unless told otherwise.
    ///
    /// That is for one iterator. The shard that is being read and each one fetched ahead have equal shares of it, though
    /// none less than 64 KiB; what is on its way from the socket, at most some 400 KiB a shard, comes on top, as does
    /// the reader's own window of 1 MiB or one member.
    #[must_use]
    pub fn bytes_ahead(mut self, bytes: usize) -> Self {
        self.remote.bytes_ahead = bytes;
        self
    }

    /// How often and when a request is made again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.remote.retry = retry;
        self
    }

    /// Keeps remote shards in a folder of this machine, from which they are then read like any local file.
    #[must_use]
    pub fn cache(mut self, cache: Cache) -> Self {
        self.remote.cache = Some(cache);
        self
    }

    /// Endpoint, region and credentials for `s3` shards; those of the environment unless told otherwise.
    #[cfg(feature = "s3")]
    #[must_use]
    pub fn s3(mut self, config: S3Config) -> Self {
        self.remote.s3 = config;
        self
    }

    /// The client that finds the servers of `at://{did}/blob/{cid}` shards; one of the public network unless told
    /// otherwise. It need not be logged in.
    #[cfg(feature = "atmosphere")]
    #[must_use]
    pub fn atmosphere(mut self, atmosphere: &Atmosphere) -> Self {
        self.remote.atmosphere = Some(atmosphere.clone());
        self
    }

    /// Endpoint and region of a bucket, wherever they are from.
    #[cfg(all(feature = "atmosphere", feature = "s3"))]
    pub(crate) fn s3_place(&self, bucket: &str) -> crate::error::Result<(Option<String>, String)> {
        self.remote.s3.public_place(bucket)
    }

    /// The region of a bucket on AWS, as its record says it.
    #[cfg(all(feature = "atmosphere", feature = "s3"))]
    pub(crate) fn s3_region(mut self, region: &str) -> Self {
        if crate::source::s3::is_region(region) {
            self.remote.s3 = self.remote.s3.region(region);
        }
        self
    }

    pub(crate) fn remote(&self) -> &RemoteOptions {
        &self.remote
    }
}
