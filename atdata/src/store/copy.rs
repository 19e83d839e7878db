//! Shards as bytes: their digest, and copies of them.

use std::io::{Read, Write};

use sha2::{Digest, Sha256};

use super::Store;
use crate::error::{Error, Result};
use crate::shard::ReadOptions;
use crate::source::Shard;

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

/// A shard that was copied, or looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Where it is now.
    pub url: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

impl Copied {
    /// The digest in lower-case hexadecimal, as `sha256sum` prints it.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// Reads a shard as it is stored, wherever it is; its SHA-256 and its size. `progress` is told of bytes as they are read.
pub fn sha256_of(shard: &Shard, options: &ReadOptions, progress: &mut dyn FnMut(u64)) -> Result<([u8; 32], u64)> {
    through(shard, options, progress, |_| Ok(()))
}

/// Copies a shard into a store as it is, compressed or not, and hashes it on the way. It appears whole, as `name`, or not
/// at all. `progress` is told of bytes as they are read.
pub fn copy(
    shard: &Shard,
    options: &ReadOptions,
    store: &dyn Store,
    name: &str,
    progress: &mut dyn FnMut(u64),
) -> Result<Copied> {
    let url = store.object_url(name);
    let written = |error: Error| error.with_shard(&crate::source::redacted(&url));
    let mut upload = store.create(name).map_err(written)?;
    let (sha256, bytes) =
        through(shard, options, progress, |chunk| upload.write_all(chunk).map_err(|error| written(error.into())))?;
    upload.sync().map_err(written)?;
    upload.commit().map_err(written)?;
    Ok(Copied { url, bytes, sha256 })
}

fn through(
    shard: &Shard,
    options: &ReadOptions,
    progress: &mut dyn FnMut(u64),
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<([u8; 32], u64)> {
    let read = |error: Error| error.with_shard(&shard.redacted());
    let mut source = shard.bytes(options)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; CHUNK];
    loop {
        let len = source.read(&mut buffer).map_err(|error| read(error.into()))?;
        let Some(chunk) = buffer.get(..len).filter(|chunk| !chunk.is_empty()) else { break };
        hash.update(chunk);
        take(chunk)?;
        bytes += len as u64;
        progress(len as u64);
    }
    Ok((hash.finalize().into(), bytes))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
