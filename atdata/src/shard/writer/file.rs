//! The shard that is being written: compressed if asked for, hashed on its way to the file.

use std::io::{self, Write};

use super::options::{Limits, ShardInfo};
use super::output::Output;
use super::target::Location;
use crate::archive::compression::{Codec, Encoder};
use crate::archive::tar::emit;
use crate::digest::{BLOCK, Digest, recycle};

/// A shard that still takes samples.
#[derive(Debug)]
pub(super) struct ShardFile {
    place: Location,
    encoder: Encoder<HashedOutput>,
    samples: u64,
    /// Bytes of the members so far, before compression.
    members: u64,
}

/// A shard that is whole, but has no name yet.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) info: ShardInfo,
    pub(super) output: Output,
    /// For the next shard.
    pub(super) digest: Option<Digest>,
}

impl ShardFile {
    pub(super) fn new(place: Location, output: Output, codec: Codec, digest: Option<Digest>) -> io::Result<Self> {
        let output = HashedOutput { output, digest, bytes: 0, block: Vec::new() };
        Ok(Self { place, encoder: codec.encoder(output)?, samples: 0, members: 0 })
    }

    pub(super) fn url(&self) -> &str {
        &self.place.url
    }

    /// Bytes of the members so far, before compression.
    pub(super) fn members(&self) -> u64 {
        self.members
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
        if let Some(file) = self.encoder.as_plain() {
            return file.write_block(block);
        }
        self.encoder.write_all(block)?;
        block.clear();
        Ok(())
    }

    /// Writes the last `block` and the end of the archive.
    pub(super) fn finish(mut self, block: &mut Vec<u8>) -> io::Result<Finished> {
        emit::push_end(block, self.members);
        self.write_block(block)?;
        let mut out = self.encoder.finish()?;
        out.write_own_block()?;
        // The last blocks are hashed meanwhile.
        out.output.sync()?;
        let Location { path, url } = self.place;
        let sha256 = out.digest.as_mut().map(Digest::finish);
        let info = ShardInfo { path, url, samples: self.samples, bytes: out.bytes, sha256 };
        Ok(Finished { info, output: out.output, digest: out.digest })
    }
}

/// An output that knows the digest of what was written to it.
#[derive(Debug)]
struct HashedOutput {
    output: Output,
    digest: Option<Digest>,
    bytes: u64,
    /// Gathers the small writes of an encoder.
    block: Vec<u8>,
}

impl HashedOutput {
    fn write_block(&mut self, block: &mut Vec<u8>) -> io::Result<()> {
        self.output.write_all(block)?;
        self.bytes += block.len() as u64;
        match &mut self.digest {
            Some(digest) => digest.update(block),
            None => recycle(block),
        }
        Ok(())
    }

    fn write_own_block(&mut self) -> io::Result<()> {
        let mut block = std::mem::take(&mut self.block);
        let written = self.write_block(&mut block);
        self.block = block;
        written
    }
}

impl Write for HashedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.block.extend_from_slice(bytes);
        if self.block.len() >= BLOCK {
            self.write_own_block()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
