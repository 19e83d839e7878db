//! Fetching: a shard on its way to its reader, or to the cache and from there to its reader.

use std::fs::File;
use std::io::Read;
use std::sync::mpsc::{Receiver, channel};

use super::cache::Cache;
use super::download::{Download, Stop};
use super::options::RemoteOptions;
use super::request::Address;
use super::wait_for;
use crate::error::Result;
use crate::net::client::fetcher;
use crate::net::failure::Failure;

/// A shard that was asked for. Dropping it ends the download.
pub(crate) enum Fetch {
    Stream(Download),
    Cached {
        file: Receiver<Result<File>>,
        /// Ends the download if this is dropped before the file is whole.
        _stop: Stop,
    },
}

/// What there is to read.
pub(crate) enum Fetched {
    Stream(Download),
    /// A file of the cache, whole and locked.
    File(File),
}

impl Fetched {
    pub(crate) fn into_read(self) -> Box<dyn Read + Send> {
        match self {
            Self::Stream(download) => Box::new(download),
            Self::File(file) => Box::new(file),
        }
    }
}

impl Fetch {
    /// Asks for the shard; returns at once.
    pub(crate) fn start(address: &Address, options: &RemoteOptions) -> Result<Self> {
        match &options.cache {
            Some(cache) => Self::start_cached(address, options, cache),
            None => Ok(Self::Stream(Download::start(address, options, Vec::new())?)),
        }
    }

    fn start_cached(address: &Address, options: &RemoteOptions, cache: &Cache) -> Result<Self> {
        let slot = cache.slot(&address.identity(options));
        let download = Download::start(address, options, slot.etags())?;
        let (again, again_options) = (address.clone(), options.clone());
        let (sender, file) = channel();
        let stop = download.stop();
        // Writing to disk blocks; the network goes on meanwhile, as far as there is room.
        fetcher().map_err(Failure::at_once)?.runtime.spawn_blocking(move || {
            let filled = slot.fill(download).and_then(|file| match file {
                Some(file) => Ok(file),
                // What the server confirmed was evicted a moment ago.
                None => slot.fill_new(Download::start(&again, &again_options, Vec::new())?),
            });
            // Where nobody waits any more, the file is in the cache all the same.
            let _ = sender.send(filled);
        });
        Ok(Self::Cached { file, _stop: stop })
    }

    /// Waits until there is something to read: bytes that arrive, or a whole file of the cache.
    pub(crate) fn wait(self) -> Result<Fetched> {
        self.wait_unless(&|| false)
    }

    /// The same, as long as that is not given up.
    pub(crate) fn wait_unless(self, is_stopped: &dyn Fn() -> bool) -> Result<Fetched> {
        match self {
            Self::Stream(download) => Ok(Fetched::Stream(download)),
            Self::Cached { file, _stop } => wait_for(&file, is_stopped).map(Fetched::File),
        }
    }
}
