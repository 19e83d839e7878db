//! Input of commands: opening shards, and decoding what is in them.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use atdata::field::Cursor;
use atdata::shard::{Group, ShardReader};
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Error, PackField, ReadOptions, Result};

/// A shard that is being read.
pub(crate) struct Input {
    pub(crate) reader: ShardReader,
    size: Size,
}

enum Size {
    File(u64),
    /// What standard input or a server gave so far.
    Stream {
        count: Arc<AtomicU64>,
        is_stdin: bool,
    },
}

impl Input {
    pub(crate) fn open(shard: &Shard, options: &ReadOptions) -> Result<Self> {
        let Some(path) = shard.path() else {
            let count = Arc::new(AtomicU64::new(0));
            let bytes = Counted { inner: shard.bytes(options)?, count: Arc::clone(&count) };
            let reader = ShardReader::from_reader(&shard.redacted(), bytes, options)?;
            let is_stdin = shard.url() == "-";
            return Ok(Self { reader, size: Size::Stream { count, is_stdin } });
        };
        // Its errors say what to do about a missing file or a folder.
        Dataset::<DictSample>::open(shard)?;
        let reader = ShardReader::open(path, options)?;
        Ok(Self { reader, size: Size::File(std::fs::metadata(path).map_or(0, |data| data.len())) })
    }

    /// Ends reading; the size of the shard as it is stored. Where it was a sound stream, what follows the archive is
    /// read as well, or the program that pipes it here would die of a closed pipe.
    pub(crate) fn close(self, sound: bool) -> u64 {
        drop(self.reader);
        match self.size {
            Size::File(bytes) => bytes,
            Size::Stream { count, is_stdin } => {
                let rest = if sound && is_stdin { io::copy(&mut io::stdin(), &mut io::sink()).unwrap_or(0) } else { 0 };
                count.load(Ordering::Relaxed) + rest
            }
        }
    }
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(buffer)?;
        self.count.fetch_add(len as u64, Ordering::Relaxed);
        Ok(len)
    }
}

/// What a group of members is.
pub(crate) enum Content<'a> {
    /// A sample, the bytes it was packed in, and how many bytes follow it.
    Sample { sample: DictSample, trailing: usize },
    /// Members without a packed sample, as plain `WebDataset` has them, and the error that typed readers give.
    Plain(&'a Group, Error),
}

/// Decodes a group. One whose payload a dot in the key hides is an error, not plain `WebDataset`.
pub(crate) fn decode(group: &Group) -> Result<Content<'_>> {
    let payload = match group.payload() {
        Ok(payload) => payload,
        Err(error) if group.fields.iter().any(|(name, _)| name.ends_with(".msgpack")) => return Err(error),
        Err(error) => return Ok(Content::Plain(group, error)),
    };
    let mut cursor = Cursor::shared(payload);
    let sample = DictSample::read(&mut cursor)?;
    Ok(Content::Sample { sample, trailing: cursor.remaining().len() })
}

/// Adds where the group is to an error about it.
pub(crate) fn locate(error: Error, shard: &str, group: &Group) -> Error {
    error.with_key(&group.key).with_offset(group.offset).with_shard(shard)
}
