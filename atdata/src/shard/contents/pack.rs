//! Packs: the contents of all shards of a folder in one file, which one read opens.

mod form;
mod names;
#[cfg(test)]
mod tests;
mod write;

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use self::form::{ENTRY, Entry, Head, MAGIC};
pub(crate) use self::names::Names;
pub(crate) use self::write::PackWriter;
use super::check::{End, check_end, other};
use super::format::BLOCK;
use super::{Contents, Summary, Told};
use crate::error::{Cause, Error, ErrorKind, Printable, Result, kind_of_io};
use crate::source::{Glance, Ranges, ReadOptions, Shard};
use crate::store::PACK;

/// What is read of a pack at first: of a small one all that says where the contents are.
const FIRST: u64 = 64 << 10;
/// Bytes that a server may send to say where contents are.
const MOST_ASKED: u64 = 1 << 30;

#[derive(Debug, thiserror::Error)]
enum PackError {
    #[error("expected the contents of the shards of a folder, which begin with `ATDXPCK1`, found another file")]
    Foreign,
    #[error(
        "expected packed contents of version 1, found version {found}: make them again with `atdata index-shards --pack`, or read them with a newer atdata"
    )]
    Version { found: u32 },
    #[error("damaged packed contents, {what}: make them again with `atdata index-shards --pack`")]
    Damaged { what: &'static str },
    #[error(
        "damaged packed contents, expected {expected} bytes, found {found}: make them again with `atdata index-shards --pack`"
    )]
    Length { expected: u64, found: u64 },
    #[error("expected a catalogue of up to {limit} bytes, found {found}: pack the shards of several folders")]
    Large { found: u64, limit: u64 },
    #[error("the packed contents are others than when they were first looked at: open the dataset anew")]
    Changed,
    #[error("a pack cannot name \"{}\": rename the shard, or index it without `--pack`", Printable(.name))]
    Name { name: String },
    #[error("a pack has no more than {limit} {what}: put the shards into several folders")]
    Many { what: &'static str, limit: u64 },
    #[error("cannot {what} the packed contents of shards")]
    Io { what: &'static str, source: io::Error },
}

impl Cause for PackError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Foreign | Self::Damaged { .. } | Self::Length { .. } => ErrorKind::Corrupt,
            Self::Version { .. } | Self::Large { .. } | Self::Many { .. } => ErrorKind::Unsupported,
            Self::Changed => ErrorKind::Conflict,
            Self::Name { .. } => ErrorKind::InvalidInput,
            Self::Io { source, .. } => kind_of_io(source),
        }
    }
}

fn damaged(what: &'static str) -> PackError {
    PackError::Damaged { what }
}

/// When a file was last changed, in nanoseconds since 1970; 0 if the system does not tell.
pub(crate) fn modified(data: &Metadata) -> u64 {
    let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// The contents of the shards of a folder. Like those beside a shard they are believed in nothing that is not held against
/// the shard when it is read.
#[derive(Debug)]
pub(crate) struct Pack {
    name: Arc<str>,
    ranges: Arc<Ranges>,
    len: u64,
    entries: Vec<u8>,
}

impl Pack {
    /// The one that is where the shard is, and the names of its shards; `None` where there is none.
    pub(crate) fn beside(shard: &Shard, options: &ReadOptions) -> Result<Option<(Self, Names)>> {
        let Some(place) = shard.sibling(PACK) else { return Ok(None) };
        Self::open(&place, options)
    }

    /// The one in a folder.
    pub(crate) fn in_folder(folder: &Path) -> Result<Option<(Self, Names)>> {
        Self::open(&Shard::from_path(folder.join(PACK)), &ReadOptions::new())
    }

    fn open(place: &Shard, options: &ReadOptions) -> Result<Option<(Self, Names)>> {
        let name: Arc<str> = place.redacted().into();
        let ranges = match Ranges::open_uncached(place, options) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            ranges => ranges.map_err(|error| error.with_shard(&name))?,
        };
        let Some(ranges) = ranges else { return Ok(None) };
        Self::read(&name, ranges).map_err(|error| error.with_shard(&name))
    }

    fn read(name: &Arc<str>, ranges: Ranges) -> Result<Option<(Self, Names)>> {
        let begin = match ranges.glance(0, FIRST, &|| false) {
            // A bucket that does not list what it has refuses what it does not have.
            Err(error) if ranges.is_remote() && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Permission) => {
                return Ok(None);
            }
            begin => begin?,
        };
        // A server that sends all of a file whatever it is asked for would send all of a shard for each sample.
        let Some(Glance { mut bytes, len, .. }) = begin.filter(|glance| glance.is_ranged) else { return Ok(None) };
        if ranges.is_remote() && !bytes.starts_with(MAGIC) {
            log::info!("{name}: passed over, for it is something else than the contents of shards");
            return Ok(None);
        }
        let head = Head::parse(&bytes, len)?;
        let catalog = head.catalog();
        if ranges.is_remote() && catalog > MOST_ASKED {
            return Err(PackError::Large { found: catalog, limit: MOST_ASKED }.into());
        }
        if (bytes.len() as u64) < catalog {
            bytes.extend_from_slice(&ranges.read(bytes.len() as u64..catalog, &|| false)?);
        }
        let (entries, names) = segments(&head, bytes)?;
        Ok(Some((Self { name: Arc::clone(name), ranges: Arc::new(ranges), len, entries }, names)))
    }

    fn entry(&self, at: usize) -> Result<Entry> {
        let bytes = self.entries.get(at.saturating_mul(ENTRY)..).and_then(<[u8]>::first_chunk);
        let entry = bytes.map(Entry::parse).filter(|entry| entry.is_within(self.len));
        let entry = entry.ok_or_else(|| damaged("it says of a shard what cannot be"));
        entry.map_err(|error| Error::from(error).with_shard(&self.name))
    }

    /// What is said of a shard, by its place among the names.
    pub(crate) fn summary(&self, at: usize) -> Result<Summary> {
        self.entry(at).map(|entry| entry.summary)
    }

    /// Whether a shard may be the one of that place: a file by its size and when it was changed, or its size, its end and its
    /// last header.
    /// Of one on a server nothing is asked before it is read.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) of one that has changed, [`NotFound`](ErrorKind::NotFound) of one that is not there.
    pub(crate) fn check(&self, at: usize, shard: &Shard, options: &ReadOptions) -> Result<()> {
        let Some(path) = shard.path() else { return Ok(()) };
        let entry = self.entry(at)?;
        let of_shard = |error: Error| error.with_shard(&shard.redacted());
        let data = fs::metadata(path).map_err(|error| of_shard(error.into()))?;
        if data.len() == entry.summary.shard_size && entry.modified > 0 && entry.modified == modified(&data) {
            return Ok(());
        }
        // A copy has another time.
        let ranges = Ranges::open_uncached(shard, options).map_err(of_shard)?;
        ranges.map_or(Ok(()), |ranges| self.check_ends(&entry, &ranges)).map_err(of_shard)
    }

    fn check_ends(&self, entry: &Entry, shard: &Ranges) -> Result<()> {
        let end = End { shard_size: entry.summary.shard_size, at: entry.end, trailing: entry.trailing };
        if let Some(found) = shard.glance(entry.end, BLOCK, &|| false)? {
            check_end(end, &found, Some(&self.name))?;
        }
        if entry.summary.samples > 0 {
            let header = shard.read(entry.last..entry.last.saturating_add(BLOCK), &|| false)?;
            if crc32c::crc32c(&header) != entry.last_crc {
                return Err(other(Some(&self.name), "whose last header was another".to_owned(), Told::Ends));
            }
        }
        Ok(())
    }

    /// The contents of a shard, which are what was said of them; servers are waited for unless that is given up.
    pub(crate) fn contents(&self, at: usize, is_stopped: &dyn Fn() -> bool) -> Result<Contents> {
        self.contents_within(at, usize::MAX, is_stopped)
    }

    /// The same, of which no more is in memory than `room` says: of larger ones in a file blocks are read.
    pub(crate) fn contents_within(&self, at: usize, room: usize, is_stopped: &dyn Fn() -> bool) -> Result<Contents> {
        let Entry { at, len, summary, .. } = self.entry(at)?;
        let read = if len > room as u64 && !self.ranges.is_remote() {
            Contents::by_blocks(Arc::clone(&self.ranges), at, len)
        } else {
            self.ranges.read(at..at + len, is_stopped).and_then(Contents::from_bytes)
        };
        let contents = read.map_err(|error| error.with_shard(&self.name))?;
        if Summary::from(&contents) != summary {
            return Err(Error::from(PackError::Changed).with_shard(&self.name));
        }
        let (sidecar, unseen) = (Some(Arc::clone(&self.name)), self.ranges.is_remote());
        Ok(Contents { sidecar, unseen, ..contents })
    }
}

/// What is said of the shards, and their names.
fn segments(head: &Head, mut catalog: Vec<u8>) -> Result<(Vec<u8>, Names), PackError> {
    let cut = || damaged("it is cut in its catalogue");
    let lengths = head.lengths().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    let [of_shards, of_ends, of_names] = lengths;
    if usize::try_from(head.catalog()).map_or(true, |catalog_len| catalog.len() < catalog_len) {
        return Err(cut());
    }
    // What is kept is the larger part, in the memory that it was read to.
    let mut ends = catalog.split_off(form::HEAD + of_shards.next_multiple_of(8));
    let mut names = ends.split_off(of_ends.next_multiple_of(8));
    names.truncate(of_names);
    ends.truncate(of_ends);
    catalog.truncate(form::HEAD + of_shards);
    catalog.drain(..form::HEAD);
    catalog.shrink_to_fit();
    for (segment, crc) in [&catalog, &ends, &names].into_iter().zip(head.crcs) {
        if crc32c::crc32c(segment) != crc {
            return Err(damaged("the checksum of its catalogue does not match"));
        }
    }
    Ok((catalog, Names::of_pack(ends, names)?))
}
