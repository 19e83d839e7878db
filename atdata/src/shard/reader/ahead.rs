//! Prefetch: shards that are fetched before they are asked for.

#[cfg(feature = "http")]
use std::collections::VecDeque;

use crate::error::Result;
use crate::shard::ShardReader;
#[cfg(feature = "http")]
use crate::source::Fetched;
use crate::source::{Place, ReadOptions, Shard};

/// The remote shards that come next, on their way in the order in which they will be read.
///
/// Nothing is fetched ahead before the second sample is asked for: who wants one sample, to see what is there, does not
/// want the shards behind it.
#[derive(Default)]
pub(crate) struct Ahead {
    #[cfg(feature = "http")]
    fetches: VecDeque<(usize, Result<crate::source::Fetch>)>,
    /// Where the first shard is that was not looked at yet.
    next: usize,
}

impl Ahead {
    /// Opens the shard at `position` of the order.
    pub(crate) fn open(&mut self, position: usize, shard: &Shard, options: &ReadOptions) -> Result<ShardReader> {
        self.next = self.next.max(position + 1);
        match shard.place() {
            Place::File(path) => ShardReader::open(path, options),
            Place::Stdin => ShardReader::from_reader("-", std::io::stdin(), options),
            Place::Made(made) => ShardReader::from_reader(&shard.redacted(), made.reader(), options),
            #[cfg(feature = "http")]
            Place::Remote(address) => {
                let name = shard.redacted();
                let is_next = self.fetches.front().is_some_and(|(at, _)| *at == position);
                let fetch = if is_next { self.fetches.pop_front() } else { None };
                let fetch = fetch.map_or_else(|| shard.fetch(address, options), |(_, fetch)| fetch);
                match fetch.and_then(crate::source::Fetch::wait).map_err(|error| error.with_shard(&name))? {
                    // Whether the bytes are the right ones is known behind the last of them.
                    Fetched::Stream(download) if shard.is_checked(address) => {
                        ShardReader::from_reader(&name, download, &options.clone().whole())
                    }
                    Fetched::Stream(download) => ShardReader::from_reader(&name, download, options),
                    Fetched::File(file) => ShardReader::from_kept_file(&name, file, options),
                }
            }
        }
    }

    /// Starts fetching what comes behind the shard that is being read; `shard_at` gives the order.
    #[cfg(feature = "http")]
    pub(crate) fn fill<'a>(&mut self, shard_at: impl Fn(usize) -> Option<&'a Shard>, options: &ReadOptions) {
        while self.fetches.len() < options.remote().shards_ahead
            && let Some(shard) = shard_at(self.next)
        {
            if let Place::Remote(address) = shard.place() {
                self.fetches.push_back((self.next, shard.fetch(address, options)));
            }
            self.next += 1;
        }
    }

    #[cfg(not(feature = "http"))]
    #[expect(clippy::unused_self, reason = "there is nothing that could be fetched")]
    pub(crate) fn fill<'a>(&mut self, _: impl Fn(usize) -> Option<&'a Shard>, _: &ReadOptions) {}
}
