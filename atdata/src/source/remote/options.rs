//! Options of remote shards: how they are read.

#[cfg(feature = "atmosphere")]
use std::sync::OnceLock;

use super::cache::Cache;
#[cfg(feature = "atmosphere")]
use crate::atproto::Atmosphere;
#[cfg(feature = "atmosphere")]
use crate::error::Result;
use crate::net::retry::Retry;
use crate::source::Terms;
#[cfg(feature = "s3")]
use crate::source::s3::S3Config;

/// The part of the options of reading that is about remote shards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RemoteOptions {
    pub(crate) shards_ahead: usize,
    pub(crate) bytes_ahead: usize,
    pub(crate) retry: Retry,
    pub(crate) cache: Option<Cache>,
    #[cfg(feature = "s3")]
    pub(crate) s3: S3Config,
    /// Of the shard that is asked for.
    pub(super) terms: Terms,
    /// Finds the servers that have blobs; that of the public network unless told otherwise.
    #[cfg(feature = "atmosphere")]
    pub(crate) atmosphere: Option<Atmosphere>,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            shards_ahead: 3,
            bytes_ahead: 64 << 20,
            retry: Retry::new(),
            cache: None,
            terms: Terms::default(),
            #[cfg(feature = "s3")]
            s3: S3Config::from_env(),
            #[cfg(feature = "atmosphere")]
            atmosphere: None,
        }
    }
}

/// Less than what comes in one piece from the network would only make it wait.
const SMALLEST_SHARE: usize = 64 << 10;

impl RemoteOptions {
    /// The same for a shard on these terms.
    pub(crate) fn on(&self, terms: Terms) -> Self {
        Self { terms, ..self.clone() }
    }

    /// The client that finds blobs.
    #[cfg(feature = "atmosphere")]
    pub(super) fn atmosphere(&self) -> Result<Atmosphere> {
        static PUBLIC: OnceLock<Atmosphere> = OnceLock::new();
        match self.atmosphere.as_ref().or_else(|| PUBLIC.get()) {
            Some(atmosphere) => Ok(atmosphere.clone()),
            // Shared, for what it remembers.
            None => Atmosphere::anonymous().map(|atmosphere| PUBLIC.get_or_init(|| atmosphere).clone()),
        }
    }

    /// How many bytes of one shard may wait to be read.
    pub(super) fn share(&self) -> usize {
        let share = self.bytes_ahead / self.shards_ahead.saturating_add(1);
        // What one reservation can be at most is far above what is sensible.
        share.clamp(SMALLEST_SHARE, u32::MAX as usize)
    }
}
