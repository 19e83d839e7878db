//! Contents: where each sample of a shard lies, in a sidecar `NAME.tar.atx` beside it.

mod beside;
mod build;
mod check;
mod format;
mod held;
mod keys;
#[cfg(feature = "barecat")]
mod made;
mod pack;
mod part;
mod pick;
mod problem;
mod scan;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::io::Write as _;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use crate::atomic::{AtomicFile, check_regular};
use crate::error::{Error, Result};
use crate::shard::PAYLOAD;
use crate::source::{ReadOptions, Shard};
use crate::store::sidecar_of;

pub(crate) use self::build::{Builder, Place};
pub(crate) use self::format::Kind;
use self::format::{Head, Segment, padded};
use self::held::Held;
pub(crate) use self::keys::{Keys, hash_of};
pub(crate) use self::pack::{Names, Pack, PackWriter, modified};
pub(crate) use self::part::MemberPart;
pub(crate) use self::pick::{Picked, Picker, Piece};
use self::problem::{ContentsError, Told, damaged};
pub(crate) use self::problem::{as_of_shard, is_of_shard, is_other_bytes};

/// Where each sample and member of a shard lies, with keys and checksums: with it samples are found by number and by key
/// without reading the shard.
///
/// It is a cache of what the shard says, and never believed against it: each sample that is read by way of it is held
/// against its key, its size, the CRC-32C of its header and, where it has been computed, of its bytes. Where they differ
/// the shard was changed since, which is an error of kind [`Conflict`](crate::ErrorKind::Conflict).
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
    held: Held,
    /// The names of the fields, one behind the other.
    fields: Bytes,
    /// Where each segment is.
    at: [Range<usize>; Segment::ALL.len()],
    /// Where in their segment the names of the fields are.
    names: Arc<[Range<u32>]>,
    /// The file or object that they were read from, if they were.
    sidecar: Option<Arc<str>>,
    /// Whether nobody has asked the server of the shard for its size and its end.
    unseen: bool,
}

/// A sample, as the contents of its shard have it. Offsets are those of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SamplePlace {
    /// The key.
    pub key: String,
    /// Where the first header of its first member begins, or that of what stands before it and belongs to no sample, such as a folder:
    /// in shards whose samples are their members it is read with the sample, and passed over.
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
    /// [`Unsupported`](crate::ErrorKind::Unsupported) of compressed shards, and of hard links and sparse members.
    pub fn scan(path: &Path, options: &ReadOptions) -> Result<Self> {
        Self::scan_with(path, options, &mut |_| ())
    }

    /// [`scan`](Self::scan), which tells after each sample how far in the shard it is, in bytes.
    pub fn scan_with(path: &Path, options: &ReadOptions, progress: &mut dyn FnMut(u64)) -> Result<Self> {
        scan::scan(path, options, &scan::Checksums::Read, progress)
    }

    /// [`scan_with`](Self::scan_with), which reads the headers of the shard and nothing else: what it takes depends on the number of
    /// members, and not on their sizes. There are no checksums of what members hold, so that only damage of headers and of places is
    /// noticed when a sample is read.
    pub fn scan_headers(path: &Path, options: &ReadOptions, progress: &mut dyn FnMut(u64)) -> Result<Self> {
        Self::scan_known(path, options, &|_| None, progress)
    }

    /// The contents of a shard whose bytes are made when they are read; `None` of what is no such.
    #[cfg_attr(not(feature = "barecat"), allow(clippy::unnecessary_wraps, reason = "nothing is made without archives"))]
    pub(crate) fn of_made(shard: &Shard) -> Result<Option<Self>> {
        #[cfg(feature = "barecat")]
        if let Some(made) = shard.made()
            && let Some(view) = made.as_any().downcast_ref()
        {
            let contents = made::contents(view, made.size());
            return contents.map(Some).map_err(|error| error.with_shard(&shard.redacted()));
        }
        let _ = shard;
        Ok(None)
    }

    /// The same, with the CRC-32C that somebody else knows of the content of a member, by where it begins. If one is not known
    /// there are none.
    pub(crate) fn scan_known(
        path: &Path,
        options: &ReadOptions,
        known: &dyn Fn(u64) -> Option<u32>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self> {
        scan::scan(path, options, &scan::Checksums::Known(known), progress)
    }

    /// Where samples are in the archive of a shard, compressed or not, read from its headers: for who keeps no contents.
    #[cfg(feature = "manifest")]
    pub(crate) fn scan_places(path: &Path, options: &ReadOptions) -> Result<Self> {
        scan::scan(path, options, &scan::Checksums::None, &mut |_| ())
    }

    /// The contents that are kept beside the shard at `path`, or with those of others in its folder, if there are any, held
    /// against the shard: its size, its first and its last header.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a file that is damaged or something else, and
    /// [`Conflict`](crate::ErrorKind::Conflict) for the contents of another state of the shard; they name the sidecar.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        if let Some(contents) = Self::open_alone(path)? {
            return Ok(Some(contents));
        }
        let (shard, options) = (Shard::from_path(path), ReadOptions::new());
        let Some((pack, names)) = Pack::beside(&shard, &options)? else { return Ok(None) };
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(at) = name.and_then(|name| names.find(name, 0)) else { return Ok(None) };
        let contents = pack.contents(at, &|| false)?;
        contents.check(&shard)?;
        Ok(Some(contents))
    }

    /// The same, of what is kept of that shard alone.
    pub(crate) fn open_alone(path: &Path) -> Result<Option<Self>> {
        let shard = Shard::from_path(path);
        let Some(contents) = Self::beside(&shard, &ReadOptions::new(), &|| false)? else { return Ok(None) };
        contents.check(&shard)?;
        Ok(Some(contents))
    }

    /// Whether the shard may be the one that they are of: by its size, its first and its last header.
    pub(crate) fn check(&self, shard: &Shard) -> Result<()> {
        let ranges = check::open(shard, &ReadOptions::new(), &|| false)?;
        check::check(self, &ranges, &|| false).map_err(|error| error.with_shard(&shard.redacted()))
    }

    /// The contents that are kept beside a shard, wherever it is, if there are any; not held against it yet. Servers are
    /// waited for unless that is given up.
    pub(crate) fn beside(shard: &Shard, options: &ReadOptions, is_stopped: &dyn Fn() -> bool) -> Result<Option<Self>> {
        beside::contents(shard, options, is_stopped)
    }

    /// The same of a file, of which no more is in memory than `room` says: of larger ones blocks are read.
    pub(crate) fn beside_within(
        shard: &Shard,
        options: &ReadOptions,
        room: usize,
        is_stopped: &dyn Fn() -> bool,
    ) -> Result<Option<Self>> {
        match shard.path() {
            Some(path) => beside::of_file(path, room),
            None => Self::beside(shard, options, is_stopped),
        }
    }

    /// Contents from the bytes of a sidecar, whose lengths and checksums are verified.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        let bytes = bytes.into();
        let head = Head::parse(&bytes)?;
        head.check_length(bytes.len() as u64)?;
        let segment = |segment| bytes.get(head.range(segment)).unwrap_or_default();
        for (own, crc) in Segment::ALL.into_iter().zip(head.crcs) {
            if crc32c::crc32c(segment(own)) != crc {
                return Err(damaged(own.mismatch()));
            }
        }
        let names = format::names(segment(Segment::Fields)).ok_or_else(|| damaged("a field has no name"))?;
        Ok(Self::in_memory(head, bytes.clone(), names))
    }

    fn in_memory(head: Head, bytes: Bytes, names: Vec<Range<u32>>) -> Self {
        let fields = bytes.slice(head.range(Segment::Fields));
        Self::new(head, Held::Whole(bytes), fields, names)
    }

    /// Of the head of these bytes, whose lengths were checked, and the places of the names in them.
    fn new(head: Head, bytes: Held, fields: Bytes, names: Vec<Range<u32>>) -> Self {
        let at = Segment::ALL.map(|segment| head.range(segment));
        Self { head, held: bytes, fields, at, names: names.into(), sidecar: None, unseen: false }
    }

    /// The bytes of the sidecar.
    pub fn as_bytes(&self) -> &[u8] {
        // Those that are read by blocks are the catalogue's, which gives them to nobody.
        self.held.whole().map(Bytes::as_ref).unwrap_or_default()
    }

    /// Keeps the contents beside the shard at `path`, whole or not at all; an older sidecar is replaced.
    pub fn save(&self, path: &Path) -> Result<()> {
        let sidecar = Self::path_of(path);
        let write = || {
            check_regular(&sidecar)?;
            let mut file = AtomicFile::create(&sidecar)?;
            file.write_all(self.as_bytes())?;
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
    /// [`NotFound`](crate::ErrorKind::NotFound) past the end, [`Corrupt`](crate::ErrorKind::Corrupt) of damaged contents.
    pub fn sample(&self, number: u64) -> Result<SamplePlace> {
        let start = self.start(number)?;
        let first = self.first_member(number)?;
        let count =
            self.first_member(number + 1)?.checked_sub(first).ok_or_else(|| damaged("a sample has no members"))?;
        let (mut members, mut end, mut names) = (Vec::new(), start, 0);
        for member in first..first + count {
            let member = self.member_at(start, member)?;
            names += member.field.len();
            // Each has a header, so that whatever is read of them is no more than there is in the shard.
            if member.data.checked_sub(format::BLOCK).is_none_or(|header| header < end) {
                return Err(damaged("its members are in one another"));
            }
            if names > format::LONGEST_IN_ALL {
                return Err(damaged("the names of its fields are too long"));
            }
            end = member.data.checked_add(member.size).and_then(padded).unwrap_or(u64::MAX);
            members.push(member.owned());
        }
        if members.is_empty() || end > self.head.shard_size {
            return Err(damaged("a sample ends behind the shard"));
        }
        Ok(SamplePlace { key: self.key(number)?, start, end, members })
    }

    /// The number of the first sample with that key.
    pub fn find(&self, key: &str) -> Result<Option<u64>> {
        self.find_hashed(format::hash(key.as_bytes()), key)
    }

    /// [`find`](Self::find), for who asks several for the same key.
    pub(crate) fn find_hashed(&self, hash: u64, key: &str) -> Result<Option<u64>> {
        let mut found = None;
        let _ = self.each_hashed(hash, key, &mut |number| {
            found = Some(number);
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Tells the numbers of all samples with that key, in order, until it is told to stop.
    pub(crate) fn each_hashed(
        &self,
        hash: u64,
        key: &str,
        then: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let slots = self.place(Segment::Table).len() / format::SLOT;
        let mut keys = Keys::default();
        let mut slot = format::slot_of(hash, slots);
        for _ in 0..slots {
            let Some([a, b, c, d, print]) = self.fixed(Segment::Table, slot * format::SLOT)? else { break };
            let Some(number) = u32::from_le_bytes([a, b, c, d]).checked_sub(1) else { break };
            if u64::from(number) >= self.head.samples {
                return Err(damaged("its table names a sample that is not there"));
            }
            if print == format::print_of(hash)
                && self.key_in(u64::from(number), &mut keys)? == key.as_bytes()
                && then(u64::from(number)).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The key of a sample.
    pub fn key(&self, number: u64) -> Result<String> {
        let mut keys = Keys::default();
        let key = self.key_in(number, &mut keys)?;
        std::str::from_utf8(key).map(str::to_owned).map_err(|_| damaged("a key is not there"))
    }

    /// Tells the keys of all samples, in order.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) of damaged contents.
    pub fn each_key(&self, mut then: impl FnMut(&str)) -> Result<()> {
        let mut keys = Keys::default();
        for number in 0..self.samples() {
            let key = self.key_in(number, &mut keys)?;
            then(std::str::from_utf8(key).map_err(|_| damaged("a key is not there"))?);
        }
        Ok(())
    }

    #[cfg(test)]
    fn segment(&self, segment: Segment) -> &[u8] {
        self.as_bytes().get(self.place(segment)).unwrap_or_default()
    }

    /// Where a segment is.
    fn place(&self, segment: Segment) -> Range<usize> {
        self.at.get(segment as usize).cloned().unwrap_or_default()
    }

    fn has(&self, segment: Segment) -> bool {
        !self.place(segment).is_empty()
    }

    /// `N` bytes of a segment, if it has them.
    fn fixed<const N: usize>(&self, segment: Segment, at: usize) -> Result<Option<[u8; N]>> {
        self.held.fixed(segment, &self.place(segment), at).map_err(|error| self.of_sidecar(error))
    }

    /// The bytes of a segment from one on, at least so many if there are.
    fn rest(&self, segment: Segment, at: usize, least: usize) -> Result<Option<Cow<'_, [u8]>>> {
        self.held.rest(segment, &self.place(segment), at, least).map_err(|error| self.of_sidecar(error))
    }

    /// An error of reading them.
    fn of_sidecar(&self, error: Error) -> Error {
        match &self.sidecar {
            Some(sidecar) => error.with_shard(sidecar),
            None => error,
        }
    }

    fn u32(&self, segment: Segment, at: u64) -> Result<u32> {
        let absent = || damaged("it says less than it has samples");
        let at = usize::try_from(at).ok().and_then(|at| at.checked_mul(4)).ok_or_else(absent)?;
        self.fixed(segment, at)?.map(u32::from_le_bytes).ok_or_else(absent)
    }

    /// Where what follows a sample begins, if nothing is left out between samples.
    fn behind(&self, number: u64) -> Result<u64> {
        if number + 1 == self.head.samples { Ok(self.head.end) } else { self.start(number + 1) }
    }

    fn start(&self, number: u64) -> Result<u64> {
        if number >= self.head.samples {
            return Err(ContentsError::OutOfRange { number, len: self.head.samples }.into());
        }
        let absent = || damaged("it says less than it has samples");
        let at = usize::try_from(number).ok().and_then(|at| at.checked_mul(8)).ok_or_else(absent)?;
        self.fixed(Segment::Starts, at)?.map(u64::from_le_bytes).ok_or_else(absent)
    }

    fn first_member(&self, number: u64) -> Result<u64> {
        // Where each sample has one member, which is so where only packed samples are written, it is not said.
        if self.has(Segment::First) { self.u32(Segment::First, number).map(u64::from) } else { Ok(number) }
    }

    /// Where a sample is that has no other member than a packed one.
    fn lone(&self, number: u64) -> Result<Option<Lone>> {
        if self.has(Segment::First) {
            return Ok(None);
        }
        let start = self.start(number)?;
        let place = self.member_at(start, number)?;
        if place.data < start.saturating_add(format::BLOCK) || place.field != PAYLOAD {
            return Ok(None);
        }
        let end = place.data.checked_add(place.size).and_then(padded).filter(|end| *end <= self.head.shard_size);
        let end = end.ok_or_else(|| damaged("a sample ends behind the shard"))?;
        let Located { data, size, header_crc32c, crc32c, .. } = place;
        Ok(Some(Lone { start, end, data, size, header_crc32c, crc32c }))
    }

    fn name(&self, field: u16) -> Option<&str> {
        let Range { start, end } = self.names.get(usize::from(field))?.clone();
        std::str::from_utf8(self.fields.get(start as usize..end as usize)?).ok()
    }

    fn member_at(&self, start: u64, number: u64) -> Result<Located<'_>> {
        let absent = || damaged("it says less than it has members");
        let at = usize::try_from(number).ok().and_then(|at| at.checked_mul(format::MEMBER)).ok_or_else(absent)?;
        let bytes = self.fixed(Segment::Members, at)?.ok_or_else(absent)?;
        let format::Member { blocks, header_crc32c, size, field } = format::Member::parse(&bytes);
        let data = start.checked_add(u64::from(blocks) * format::BLOCK).ok_or_else(absent)?;
        let field = self.name(field).ok_or_else(|| damaged("a field has no name"))?;
        let crc32c = if self.has(Segment::Crcs) { Some(self.u32(Segment::Crcs, number)?) } else { None };
        Ok(Located { data, size, header_crc32c, crc32c, field })
    }
}

impl Located<'_> {
    fn owned(&self) -> MemberPlace {
        let Self { data, size, header_crc32c, crc32c, field } = *self;
        MemberPlace { field: field.to_owned(), data, size, header_crc32c, crc32c }
    }
}

/// A [`MemberPlace`] whose name is where it was found.
struct Located<'a> {
    data: u64,
    size: u64,
    header_crc32c: u32,
    crc32c: Option<u32>,
    field: &'a str,
}

/// A sample that is one packed member.
struct Lone {
    start: u64,
    end: u64,
    data: u64,
    size: u64,
    header_crc32c: u32,
    crc32c: Option<u32>,
}

/// What the begin of a sidecar says: enough to plan with, in one small read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Summary {
    pub(crate) kind: Kind,
    /// Whether there is anything between the samples, or a group was refused.
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
    /// Of the shard, if it has a sidecar, which is held against its size and its end.
    pub(crate) fn open(shard: &Shard, options: &ReadOptions) -> Result<Option<Self>> {
        beside::summary(shard, options)
    }
}

impl From<&Contents> for Summary {
    fn from(contents: &Contents) -> Self {
        Self::from(&contents.head)
    }
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
