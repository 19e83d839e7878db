//! The shard that is being written, by whoever packs the samples or by a thread of its own.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::beside::Sidecars;
use super::options::{Limits, ShardInfo, WriteOptions};
use super::output::Output;
use super::packer::{Packed, Packer};
use super::target::Location;
use super::threads::{Budget, Worker};
use crate::archive::compression::Codec;
use crate::archive::tar::emit;
use crate::digest::Digest;

/// A shard that still takes samples.
#[derive(Debug)]
pub(super) struct ShardFile {
    place: Location,
    way: Way,
    samples: u64,
    /// Bytes of the members so far, before compression.
    members: u64,
}

/// Who compresses, hashes and writes.
#[derive(Debug)]
enum Way {
    Here(Packer),
    Beside(Worker),
}

/// A shard that takes no more samples.
#[derive(Debug)]
pub(super) enum Ended {
    Whole(Box<Finished>),
    /// Whole when the thread that writes it is done.
    Waiting(Waiting),
}

/// A shard that is whole, but has no name yet.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) info: ShardInfo,
    pub(super) output: Output,
    /// For the next shard.
    pub(super) digest: Option<Digest>,
}

impl Finished {
    fn new(packed: Packed, place: Location, samples: u64) -> Self {
        let Packed { output, bytes, sha256, digest } = packed;
        let Location { path, url } = place;
        Self { info: ShardInfo { path, url, samples, bytes, sha256, replaced: false }, output, digest }
    }
}

/// A shard that a thread is still writing.
#[derive(Debug)]
pub(super) struct Waiting {
    place: Location,
    samples: u64,
    worker: Worker,
}

impl Waiting {
    pub(super) fn url(&self) -> &str {
        &self.place.url
    }

    /// Waits for it.
    pub(super) fn wait(self) -> io::Result<Finished> {
        let packed = self.worker.wait()?;
        Ok(Finished::new(packed, self.place, self.samples))
    }
}

impl ShardFile {
    pub(super) fn new(place: Location, output: Output, codec: Codec, digest: Option<Digest>) -> io::Result<Self> {
        Ok(Self { place, way: Way::Here(Packer::new(output, codec, digest)?), samples: 0, members: 0 })
    }

    /// The same, compressed, hashed and written by a thread of its own.
    pub(super) fn beside(self, budget: &Arc<Budget>) -> io::Result<Self> {
        let Self { place, way, samples, members } = self;
        let way = match way {
            Way::Here(packer) => Way::Beside(Worker::spawn(packer, budget)?),
            beside @ Way::Beside(_) => beside,
        };
        Ok(Self { place, way, samples, members })
    }

    pub(super) fn url(&self) -> &str {
        &self.place.url
    }

    #[cfg(feature = "manifest")]
    pub(super) fn path(&self) -> &std::path::Path {
        &self.place.path
    }

    /// Bytes of the members so far, before compression.
    pub(super) fn members(&self) -> u64 {
        self.members
    }

    /// Bytes of the file, were it to end here and if it is not compressed.
    pub(super) fn plain_size(&self) -> u64 {
        emit::archive_size(self.members)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// Whether a sample of `size` bytes, header and padding included, belongs in the next shard.
    pub(super) fn is_full_for(&self, size: u64, limits: Limits) -> bool {
        self.samples >= limits.count
            || (self.samples > 0 && emit::archive_size(self.members.saturating_add(size)) > limits.bytes)
    }

    /// Counts a sample; its bytes come with a later block.
    pub(super) fn count(&mut self, size: u64) {
        self.samples += 1;
        self.members += size;
    }

    /// Writes `block` and leaves an empty one in its place.
    pub(super) fn write_block(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        match &mut self.way {
            Way::Here(packer) => packer.write_block(block),
            Way::Beside(worker) => worker.write_block(block),
        }
    }

    /// Writes the last `block` and the end of the archive.
    pub(super) fn finish(self, block: &mut Vec<u8>) -> io::Result<Ended> {
        let Self { place, way, samples, members } = self;
        emit::push_end(block, members);
        match way {
            Way::Here(packer) => Ok(Ended::Whole(Finished::new(packer.finish(block)?, place, samples).into())),
            Way::Beside(mut worker) => {
                worker.finish(block)?;
                Ok(Ended::Waiting(Waiting { place, samples, worker }))
            }
        }
    }
}

/// What compresses, hashes and writes shards beside.
#[derive(Debug)]
pub(super) struct Threads {
    /// How many shards are written at a time.
    pub(super) most: usize,
    pub(super) budget: Arc<Budget>,
    pub(super) hashes: bool,
    /// Shards whose samples are all packed, in order, and what goes beside each.
    pub(super) waiting: VecDeque<(Waiting, Sidecars)>,
}

impl Threads {
    pub(super) fn new(options: &WriteOptions) -> Option<Self> {
        let most = options.worker_threads()?;
        Some(Self { most, budget: Arc::default(), hashes: options.digest().is_some(), waiting: VecDeque::new() })
    }
}
