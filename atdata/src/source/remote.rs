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

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

pub use cache::Cache;
pub(crate) use fetch::{Fetch, Fetched};
pub(crate) use options::RemoteOptions;
pub(crate) use part::{FirstVersion, Part, PartOnItsWay};
pub(crate) use request::Address;
#[cfg(feature = "atmosphere")]
pub(super) use request::BlobAddress;
pub(super) use request::HttpAddress;
#[cfg(feature = "s3")]
pub(super) use request::S3Address;

use crate::error::Result;
use crate::net::failure::Failure;

/// How often one who waits looks whether that is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// Waits for what a task of the runtime makes, as long as that is not given up.
fn wait_for<T>(made: &Receiver<Result<T>>, is_stopped: &dyn Fn() -> bool) -> Result<T> {
    loop {
        // Before anything is waited for: whoever gives up has many to give up.
        if is_stopped() {
            return Err(Failure::Stopped.at_once());
        }
        match made.recv_timeout(LOOK) {
            Ok(made) => return made,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Failure::Stopped.at_once()),
        }
    }
}
