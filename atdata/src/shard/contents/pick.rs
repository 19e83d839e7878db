//! Picking: one sample of a shard by way of its contents, which are not believed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::format::{BLOCK, Head, Kind, padded};
use super::{Contents, ContentsError, MemberPlace, SamplePlace, damaged, stale_size};
use crate::error::{Error, ErrorKind, Result};
use crate::raw;
use crate::sample::SampleLayout;
use crate::shard::PAYLOAD;
use crate::shard::reader::{RawSample, ShardReader};
use crate::source::ReadOptions;

/// Bytes of zeros that end an archive.
const END: usize = 1024;

/// Reads samples of a shard by their numbers.
#[derive(Debug)]
pub(crate) struct Picker {
    name: Arc<str>,
    sidecar: PathBuf,
    file: File,
    contents: Arc<Contents>,
    options: ReadOptions,
    layout: SampleLayout,
}

/// A sample that was read.
#[derive(Debug)]
pub(crate) struct Picked {
    shard: Arc<str>,
    key: Box<str>,
    offset: u64,
    payload: Bytes,
}

impl Picked {
    pub(crate) fn raw(&self) -> RawSample<'_> {
        RawSample::of_parts(&self.shard, &self.key, self.offset, &self.payload, Some(&self.payload))
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.payload.len() as u64
    }
}

impl Picker {
    /// Of the shard at `path`, which is held against the contents: its size, its first and its last header.
    pub(crate) fn open(
        path: &Path,
        contents: Arc<Contents>,
        options: &ReadOptions,
        layout: SampleLayout,
    ) -> Result<Self> {
        let name: Arc<str> = path.to_string_lossy().into();
        let sidecar = Contents::path_of(path);
        let file = File::open(path).map_err(|source| ContentsError::Io { what: "find the shard of", source });
        let file = file.map_err(|error| Error::from(error).with_shard(&name))?;
        check(&contents, &file, &sidecar).map_err(|error| error.with_shard(&name))?;
        Ok(Self { name, sidecar, file, contents, options: options.clone(), layout })
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The sample of that number as it is packed, held against its contents: key, sizes and checksums.
    pub(crate) fn read(&self, number: u64) -> Result<Picked> {
        let place = self.contents.sample(number).map_err(|error| error.with_shard(&self.sidecar.to_string_lossy()))?;
        let read = if self.reads_payload() { self.read_payload(&place) } else { self.read_members(number, &place) };
        read.map_err(|error| error.with_key(&place.key).with_shard(&self.name))
    }

    /// Whether the `msgpack` member alone is the sample.
    fn reads_payload(&self) -> bool {
        match self.layout {
            SampleLayout::Packed => true,
            SampleLayout::Any => self.contents.kind() == Kind::Packed,
            SampleLayout::Members(_) | SampleLayout::Group => false,
        }
    }

    fn changed(&self, what: &str, from: u64) -> Error {
        let what = format!("{what} of the sample at {from}");
        ContentsError::Stale { sidecar: self.sidecar.to_string_lossy().into_owned(), what }.into()
    }

    /// All members of the sample, and what they make.
    fn read_members(&self, number: u64, place: &SamplePlace) -> Result<Picked> {
        let from = place.start;
        // A part of a sample would read as one, if the contents could say where it begins and ends.
        let is_neighbour = |other: Option<u64>| match other.filter(|other| *other < self.contents.samples()) {
            Some(other) => self.contents.key(other).map(|key| key == place.key),
            None => Ok(false),
        };
        if self.contents.behind(number)? != place.end
            || is_neighbour(number.checked_sub(1))?
            || is_neighbour(number.checked_add(1))?
        {
            return Err(damaged("a sample is not all that has its key"));
        }
        let mut bytes = read(&self.file, from, place.end.max(from))?;
        for member in &place.members {
            let within = |at: u64| at.checked_sub(from).and_then(|at| usize::try_from(at).ok());
            let header = member.data.checked_sub(BLOCK).and_then(within);
            let header = header.and_then(|at| bytes.get(at..)?.first_chunk::<512>());
            if header.map(|header| crc32c::crc32c(header)) != Some(member.header_crc32c) {
                return Err(self.changed("another header", from));
            }
            let content = within(member.data).zip(within(member.data.saturating_add(member.size)));
            let content = content.and_then(|(from, to)| bytes.get(from..to));
            let content = content.ok_or_else(|| damaged("a member is not within its sample"))?;
            if member.crc32c.is_some_and(|crc| crc != crc32c::crc32c(content)) {
                return Err(self.changed("other bytes", from));
            }
        }
        // As an archive of its own, so that its end is one.
        bytes.resize(bytes.len() + END, 0);
        let mut reader = ShardReader::from_bytes(&self.name, bytes.into(), &self.options)?;
        reader.read_as(self.layout);
        reader.advance().map_err(|error| error.behind(from))?;
        let raw = reader.current().ok_or_else(|| self.changed("no members", from))?;
        if raw.key() != place.key {
            return Err(self.changed("another key", from));
        }
        let (key, payload) = (raw.key().into(), raw.to_bytes());
        Ok(Picked { shard: Arc::clone(&self.name), key, offset: from + raw.offset(), payload })
    }

    fn read_payload(&self, place: &SamplePlace) -> Result<Picked> {
        let (from, member) = payload_of(place).ok_or_else(|| damaged("a sample has no place for its `msgpack`"))?;
        let changed = |what: &str| self.changed(what, from);
        let end = member.data + member.size;
        let bytes = read(&self.file, from, padded(end).unwrap_or(end).min(self.contents.shard_size()))?;
        let bytes = Bytes::from(bytes);
        let header = member.data - from - BLOCK;
        let header = usize::try_from(header).ok().and_then(|at| bytes.get(at..)?.first_chunk::<512>());
        if header.map(|header| crc32c::crc32c(header)) != Some(member.header_crc32c) {
            return Err(changed("another header"));
        }
        // The headers are sound, then, or never were: what they say is what the reader of whole shards would make of them.
        let mut reader = ShardReader::from_bytes(&self.name, bytes.clone(), &self.options)?;
        reader.begin_next().map_err(|error| match error.kind() {
            ErrorKind::Corrupt | ErrorKind::SchemaMismatch => changed("other members"),
            _ => error.behind(from),
        })?;
        let raw = reader.current().ok_or_else(|| changed("no header"))?;
        if raw.key() != place.key {
            return Err(changed("another key"));
        }
        let at = raw.payload().as_ptr().addr().wrapping_sub(bytes.as_ptr().addr());
        if raw.payload().len() as u64 != member.size || at as u64 != member.data - from {
            return Err(changed("another size"));
        }
        if member.crc32c.is_some_and(|crc| crc != crc32c::crc32c(raw.payload())) {
            return Err(changed("other bytes"));
        }
        let payload = bytes.slice(at..at + raw.payload().len());
        Ok(Picked { shard: Arc::clone(&self.name), key: raw.key().into(), offset: from + raw.offset(), payload })
    }
}

/// The packed sample's place, and where what leads to it begins: behind the member before it.
fn payload_of(place: &SamplePlace) -> Option<(u64, &MemberPlace)> {
    let at = place.members.iter().position(|member| member.field == PAYLOAD)?;
    let member = place.members.get(at)?;
    let from = match at.checked_sub(1).and_then(|before| place.members.get(before)) {
        None => place.start,
        Some(before) => padded(before.data.checked_add(before.size)?)?,
    };
    let end = member.data.checked_add(member.size)?;
    let is_there = from.checked_add(BLOCK)? <= member.data && end <= place.end;
    is_there.then_some((from, member))
}

/// No more than there is: `to` is within the shard's size, which was checked.
fn read(file: &File, from: u64, to: u64) -> Result<Vec<u8>> {
    let failed = |source| Error::from(ContentsError::Io { what: "read the sample by", source });
    let len = usize::try_from(to - from).map_err(|_| failed(std::io::ErrorKind::OutOfMemory.into()))?;
    let mut bytes: Vec<u8> = Vec::new();
    raw::read_plain(file, from, &mut bytes, len).map_err(failed)?;
    Ok(bytes)
}

/// Whether the archive ends there, or has nothing else: archives are padded, so that a sample can be appended to one and
/// leave its size.
pub(super) fn is_end(shard: &File, at: u64, size: u64) -> Result<bool> {
    Ok(read(shard, at, at.saturating_add(BLOCK).min(size).max(at))?.iter().all(|byte| *byte == 0))
}

/// Whether the shard ends where it did.
pub(super) fn check_end(head: &Head, shard: &File, sidecar: &Path) -> Result<()> {
    if head.trailing || is_end(shard, head.end, head.shard_size)? {
        return Ok(());
    }
    let what = format!("which ended at {} and goes on there now", head.end);
    Err(ContentsError::Stale { sidecar: sidecar.to_string_lossy().into_owned(), what }.into())
}

/// Whether the shard may be the one that the contents are of, by what costs little to look at.
pub(super) fn check(contents: &Contents, shard: &File, sidecar: &Path) -> Result<()> {
    let failed = |source| Error::from(ContentsError::Io { what: "hold the shard against", source });
    let found = shard.metadata().map_err(failed)?.len();
    if found != contents.shard_size() {
        return Err(stale_size(sidecar, contents.shard_size(), found));
    }
    check_end(&contents.head, shard, sidecar)?;
    let Some(last) = contents.samples().checked_sub(1) else { return Ok(()) };
    let (first, last) = (contents.sample(0)?, contents.sample(last)?);
    for (member, which) in [(first.members.first(), "first"), (last.members.last(), "last")] {
        let member = member.ok_or_else(|| damaged("a sample has no members"))?;
        let at = member.data.checked_sub(BLOCK).ok_or_else(|| damaged("a member has no header"))?;
        let header = read(shard, at, member.data.min(found).max(at))?;
        if crc32c::crc32c(&header) != member.header_crc32c {
            let what = format!("whose {which} header was another");
            return Err(ContentsError::Stale { sidecar: sidecar.to_string_lossy().into_owned(), what }.into());
        }
    }
    Ok(())
}
