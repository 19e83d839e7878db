//! The packer of a shard: what compresses blocks of its archive, hashes them and writes them.

use std::io::{self, Write};

use super::output::Output;
use crate::archive::compression::{Codec, Encoder};
use crate::digest::{BLOCK, Digest, recycle};

#[derive(Debug)]
pub(super) struct Packer {
    encoder: Encoder<HashedOutput>,
}

/// What a packer has made.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) output: Output,
    pub(super) bytes: u64,
    pub(super) sha256: Option<[u8; 32]>,
    /// For the next shard.
    pub(super) digest: Option<Digest>,
}

impl Packer {
    pub(super) fn new(output: Output, codec: Codec, digest: Option<Digest>) -> io::Result<Self> {
        let output = HashedOutput { output, digest, bytes: 0, block: Vec::new() };
        Ok(Self { encoder: codec.encoder(output)? })
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

    /// Writes the last block, and makes all durable.
    pub(super) fn finish(mut self, block: &mut Vec<u8>) -> io::Result<Packed> {
        self.write_block(block)?;
        let mut out = self.encoder.finish()?;
        out.write_own_block()?;
        // The last blocks are hashed meanwhile.
        out.output.sync()?;
        let sha256 = out.digest.as_mut().map(Digest::finish);
        Ok(Packed { output: out.output, bytes: out.bytes, sha256, digest: out.digest })
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
