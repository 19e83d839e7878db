//! Contents: where each sample of a shard lies, in a sidecar `NAME.tar.atx` beside it.

mod build;
mod format;
mod pick;
mod scan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::atomic::AtomicFile;
use crate::error::{Cause, Error, ErrorKind, Printable, Result, kind_of_io};
use crate::raw;
use crate::source::ReadOptions;
use crate::store::sidecar_of;

pub(crate) use self::build::{Builder, Place};
pub(crate) use self::format::Kind;
use self::format::{HEAD, Head, Segment, padded};
pub(crate) use self::pick::{Picked, Picker};

/// Where each sample and member of a shard lies, with keys and checksums: with it samples are found by number and by key
/// without reading the shard.
///
/// It is a cache of what the shard says, and never believed against it: each sample that is read by way of it is held
/// against its key, its size, the CRC-32C of its header and, where it has been computed, of its bytes. Where they differ
/// the shard was changed since, which is an error of kind [`Conflict`](ErrorKind::Conflict).
///
/// The form of the file is in the documentation of formats, [`docs::format`](crate::docs).
///
/// ```
/// use atdata::shard::Contents;
/// use atdata::{Dataset, DictSample, ReadOptions};
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("numbers.tar");
/// # Dataset::write(&path, (0..5_i64).map(|number| DictSample::from_iter([("number", number)])))?;
/// let contents = Contents::scan(&path, &ReadOptions::new())?;
/// contents.save(&path)?;
/// let sample = contents.sample(3)?;
/// assert_eq!((sample.members[0].field.as_str(), contents.find(&sample.key)?), ("msgpack", Some(3)));
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
pub struct Contents {
    head: Head,
    bytes: Bytes,
}

/// A sample, as the contents of its shard have it. Offsets are those of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamplePlace {
    /// The key.
    pub key: String,
    /// Where the first header of its first member begins.
    pub start: u64,
    /// Where its last member ends, with its padding.
    pub end: u64,
    /// Its members, in the order of the archive.
    pub members: Vec<MemberPlace>,
}

/// A member of a sample, as the contents of its shard have it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberPlace {
    /// The member's name without the key and its dot, in lower case: `msgpack` for the packed sample.
    pub field: String,
    /// Where its content begins.
    pub data: u64,
    /// Length of the content.
    pub size: u64,
    /// CRC-32C of the block of the header before its content.
    pub header_crc32c: u32,
    /// CRC-32C of the content, where it has been computed.
    pub crc32c: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
enum ContentsError {
    #[error("expected the contents of a shard, which begin with `ATDXIDX1`, found another file")]
    Foreign,
    #[error(
        "expected contents of version 1, found version {found}: make them again with `atdata index-shards`, or read them with a newer atdata"
    )]
    Version { found: u32 },
    #[error("damaged contents, {what}: make them again with `atdata index-shards`")]
    Damaged { what: &'static str },
    #[error("damaged contents, expected {expected} bytes, found {found}: make them again with `atdata index-shards`")]
    Length { expected: u64, found: u64 },
    #[error(
        "its contents, \"{}\", are of another state of the shard, {what}: make them again with `atdata index-shards`, or remove that file",
        Printable(.sidecar)
    )]
    Stale { sidecar: String, what: String },
    #[error(
        "the shard is {compression} data, in which no sample can be read without those before it: write it as `.tar` for random access"
    )]
    Compressed { compression: String },
    #[error("the member with the field `{}` is a link or sparse, which contents cannot name: copy the shard with `ShardWriter::write_dataset`", Printable(.field))]
    Odd { field: String },
    #[error("contents hold fewer than {limit} {what}, found more: write smaller shards")]
    TooMany { what: &'static str, limit: u64 },
    #[error("no sample {number} in the shard, which has {len}")]
    OutOfRange { number: u64, len: u64 },
    #[error("cannot {what} the contents of the shard")]
    Io { what: &'static str, source: std::io::Error },
}

impl Cause for ContentsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Foreign | Self::Damaged { .. } | Self::Length { .. } => ErrorKind::Corrupt,
            Self::Version { .. } | Self::Compressed { .. } | Self::Odd { .. } | Self::TooMany { .. } => {
                ErrorKind::Unsupported
            }
            Self::Stale { .. } => ErrorKind::Conflict,
            Self::OutOfRange { .. } => ErrorKind::NotFound,
            Self::Io { source, .. } => kind_of_io(source),
        }
    }
}

fn damaged(what: &'static str) -> Error {
    ContentsError::Damaged { what }.into()
}

impl Contents {
    /// Where the contents of the shard at `path` are kept: at its whole name with `.atx` behind it.
    pub fn path_of(path: &Path) -> PathBuf {
        sidecar_of(path)
    }

    /// The contents of the shard at `path`, a tar file that is not compressed, by reading all of it.
    ///
    /// # Errors
    /// Whatever is wrong with the shard, be it only that its archive does not end as it should: see
    /// [`Dataset::len`](crate::Dataset::len). Where a group has a `msgpack` member, those without it are passed over;
    /// where none has, each group is a sample.
    /// [`Unsupported`](ErrorKind::Unsupported) of compressed shards, and of hard links and sparse members.
    pub fn scan(path: &Path, options: &ReadOptions) -> Result<Self> {
        Self::scan_with(path, options, &mut |_| ())
    }

    /// [`scan`](Self::scan), which tells after each sample how far in the shard it is, in bytes.
    pub fn scan_with(path: &Path, options: &ReadOptions, progress: &mut dyn FnMut(u64)) -> Result<Self> {
        scan::scan(path, options, progress)
    }

    /// The contents that are kept beside the shard at `path`, if there are any, held against the shard: its size, its first
    /// and its last header.
    ///
    /// # Errors
    /// [`Corrupt`](ErrorKind::Corrupt) for a file that is damaged or something else, and
    /// [`Conflict`](ErrorKind::Conflict) for the contents of another state of the shard; they name the sidecar.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let sidecar = Self::path_of(path);
        let at = |error: Error| error.with_shard(&sidecar.to_string_lossy());
        let Some((bytes, _)) = read(&sidecar, None)? else { return Ok(None) };
        let contents = Self::from_bytes(bytes).map_err(at)?;
        let shard = File::open(path).map_err(|source| ContentsError::Io { what: "find the shard of", source });
        let shard = shard.map_err(|error| Error::from(error).with_shard(&path.to_string_lossy()))?;
        pick::check(&contents, &shard, &sidecar).map_err(|error| error.with_shard(&path.to_string_lossy()))?;
        Ok(Some(contents))
    }

    /// Contents from the bytes of a sidecar, whose lengths and checksums are verified.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        let bytes = bytes.into();
        let head = Head::parse(&bytes)?;
        head.check_length(bytes.len() as u64)?;
        let contents = Self { head, bytes };
        for (segment, crc) in Segment::ALL.into_iter().zip(contents.head.crcs) {
            if crc32c::crc32c(contents.segment(segment)) != crc {
                return Err(damaged(segment.mismatch()));
            }
        }
        Ok(contents)
    }

    /// The bytes of the sidecar.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Keeps the contents beside the shard at `path`, whole or not at all; an older sidecar is replaced.
    pub fn save(&self, path: &Path) -> Result<()> {
        let sidecar = Self::path_of(path);
        let write = || {
            let mut file = AtomicFile::create(&sidecar)?;
            file.write_all(&self.bytes)?;
            file.sync()?;
            file.commit()
        };
        write().map(|_| ()).map_err(|source| {
            Error::from(ContentsError::Io { what: "write", source }).with_shard(&sidecar.to_string_lossy())
        })
    }

    /// Samples of the shard.
    pub fn samples(&self) -> u64 {
        self.head.samples
    }

    /// Members of all its samples.
    pub fn members(&self) -> u64 {
        self.head.members
    }

    pub(crate) fn kind(&self) -> Kind {
        self.head.kind
    }

    /// Size of the shard, in bytes.
    pub fn shard_size(&self) -> u64 {
        self.head.shard_size
    }

    /// SHA-256 of what is in the shard: keys, fields, places, sizes, and checksums of the headers; not of the samples'
    /// bytes. The same for a sidecar that was written with the shard and for one that a scan made.
    pub fn digest(&self) -> [u8; 32] {
        self.head.digest
    }

    /// Where a sample is, by its number in the shard.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) past the end, [`Corrupt`](ErrorKind::Corrupt) of damaged contents.
    pub fn sample(&self, number: u64) -> Result<SamplePlace> {
        let start = self.start(number)?;
        let first = self.first_member(number)?;
        let count =
            self.first_member(number + 1)?.checked_sub(first).ok_or_else(|| damaged("a sample has no members"))?;
        let mut members = Vec::new();
        for member in first..first + count {
            members.push(self.member(start, member)?);
        }
        let end = members.last().and_then(|last: &MemberPlace| padded(last.data.checked_add(last.size)?));
        let end =
            end.filter(|end| *end <= self.head.shard_size).ok_or_else(|| damaged("a sample ends behind the shard"))?;
        Ok(SamplePlace { key: self.key(number)?, start, end, members })
    }

    /// The number of the first sample with that key.
    pub fn find(&self, key: &str) -> Result<Option<u64>> {
        let table = self.segment(Segment::Table);
        let slots = table.len() / format::SLOT;
        let hash = format::hash(key.as_bytes());
        let mut slot = format::slot_of(hash, slots);
        for _ in 0..slots {
            let Some(&[a, b, c, d, print]) = table.get(slot * format::SLOT..).and_then(<[u8]>::first_chunk) else {
                break;
            };
            let Some(number) = u32::from_le_bytes([a, b, c, d]).checked_sub(1) else { break };
            if print == format::print_of(hash) && self.key(u64::from(number))? == key {
                return Ok(Some(u64::from(number)));
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
        }
        Ok(None)
    }

    /// The key of a sample.
    pub fn key(&self, number: u64) -> Result<String> {
        if number >= self.head.samples {
            return Err(ContentsError::OutOfRange { number, len: self.head.samples }.into());
        }
        let run = self.u32(Segment::Runs, number / format::RUN)?;
        let keys = self.segment(Segment::Keys).get(run as usize..).ok_or_else(|| damaged("a key is not there"))?;
        format::key(keys, number % format::RUN).ok_or_else(|| damaged("a key is not there"))
    }

    fn segment(&self, segment: Segment) -> &[u8] {
        self.bytes.get(self.head.range(segment)).unwrap_or_default()
    }

    fn u32(&self, segment: Segment, at: u64) -> Result<u32> {
        let bytes = usize::try_from(at).ok().and_then(|at| self.segment(segment).get(at * 4..)?.first_chunk());
        bytes.map(|bytes| u32::from_le_bytes(*bytes)).ok_or_else(|| damaged("it says less than it has samples"))
    }

    /// Where what follows a sample begins, if nothing is left out between samples.
    fn behind(&self, number: u64) -> Result<u64> {
        if number + 1 == self.head.samples { Ok(self.head.end) } else { self.start(number + 1) }
    }

    fn start(&self, number: u64) -> Result<u64> {
        if number >= self.head.samples {
            return Err(ContentsError::OutOfRange { number, len: self.head.samples }.into());
        }
        let starts = self.segment(Segment::Starts);
        let start = usize::try_from(number).ok().and_then(|at| starts.get(at * 8..)?.first_chunk());
        start.map(|bytes| u64::from_le_bytes(*bytes)).ok_or_else(|| damaged("it says less than it has samples"))
    }

    fn first_member(&self, number: u64) -> Result<u64> {
        // Where each sample has one member, which is so where only packed samples are written, it is not said.
        if self.segment(Segment::First).is_empty() {
            Ok(number)
        } else {
            self.u32(Segment::First, number).map(u64::from)
        }
    }

    fn member(&self, start: u64, number: u64) -> Result<MemberPlace> {
        let absent = || damaged("it says less than it has members");
        let at = usize::try_from(number).map_err(|_| absent())?;
        let bytes: &[u8; format::MEMBER] = self
            .segment(Segment::Members)
            .get(at * format::MEMBER..)
            .and_then(<[u8]>::first_chunk)
            .ok_or_else(absent)?;
        let format::Member { blocks, header_crc32c, size, field } = format::Member::parse(bytes);
        let data = start.checked_add(u64::from(blocks) * format::BLOCK).ok_or_else(absent)?;
        let field = format::text(self.segment(Segment::Fields), field).ok_or_else(|| damaged("a field has no name"))?;
        let has_crcs = !self.segment(Segment::Crcs).is_empty();
        let crc32c = if has_crcs { Some(self.u32(Segment::Crcs, number)?) } else { None };
        Ok(MemberPlace { field: field.to_owned(), data, size, header_crc32c, crc32c })
    }
}

/// The first bytes of a sidecar, or all of it, and its length; `None` where there is none.
fn read(sidecar: &Path, most: Option<usize>) -> Result<Option<(Bytes, u64)>> {
    let fail = |source| Error::from(ContentsError::Io { what: "read", source }).with_shard(&sidecar.to_string_lossy());
    let file = match File::open(sidecar) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(fail)?,
    };
    // What is allocated is what is there.
    let there = file.metadata().map_err(fail)?.len();
    let len = usize::try_from(there).unwrap_or(usize::MAX).min(most.unwrap_or(usize::MAX));
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len).map_err(|_| fail(std::io::ErrorKind::OutOfMemory.into()))?;
    raw::read_plain(&file, 0, &mut bytes, len).map_err(fail)?;
    Ok(Some((bytes.into(), there)))
}

/// What the begin of a sidecar says: enough to plan with, in one small read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) kind: Kind,
    /// Whether there is anything between the samples.
    pub(crate) gaps: bool,
    pub(crate) samples: u64,
    pub(crate) shard_size: u64,
    pub(crate) digest: [u8; 32],
    /// CRC-32C of the checksums of all contents.
    pub(crate) checksums: u32,
}

impl From<&Head> for Summary {
    fn from(head: &Head) -> Self {
        let Head { kind, gaps, samples, shard_size, digest, .. } = *head;
        let checksums = head.crcs.last().copied().unwrap_or_default();
        Self { kind, gaps, samples, shard_size, digest, checksums }
    }
}

impl Summary {
    /// Of the shard at `path`, if it has a sidecar.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>> {
        let sidecar = Contents::path_of(path);
        let Some((bytes, len)) = read(&sidecar, Some(HEAD))? else { return Ok(None) };
        let head = Head::parse(&bytes).and_then(|head| head.check_length(len).map(|()| head));
        let head = head.map_err(|error| error.with_shard(&sidecar.to_string_lossy()))?;
        let found = std::fs::metadata(path).map_err(|source| ContentsError::Io { what: "find the shard of", source });
        let found = found.map_err(|error| Error::from(error).with_shard(&path.to_string_lossy()))?.len();
        if found != head.shard_size {
            return Err(stale_size(&sidecar, head.shard_size, found).with_shard(&path.to_string_lossy()));
        }
        let shard = File::open(path).map_err(|source| ContentsError::Io { what: "find the shard of", source });
        let checked = shard.map_err(Error::from).and_then(|shard| pick::check_end(&head, &shard, &sidecar));
        checked.map_err(|error| error.with_shard(&path.to_string_lossy()))?;
        Ok(Some(Self::from(&head)))
    }
}

impl From<&Contents> for Summary {
    fn from(contents: &Contents) -> Self {
        Self::from(&contents.head)
    }
}

fn stale_size(sidecar: &Path, expected: u64, found: u64) -> Error {
    let what = format!("which had {expected} bytes and now has {found}");
    ContentsError::Stale { sidecar: sidecar.to_string_lossy().into_owned(), what }.into()
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents")
            .field("samples", &self.head.samples)
            .field("members", &self.head.members)
            .field("shard_size", &self.head.shard_size)
            .finish_non_exhaustive()
    }
}
