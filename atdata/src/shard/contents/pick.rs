//! Picking: samples of a shard by way of its contents, which are not believed.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::check;
use super::format::{BLOCK, Kind, padded};
use super::{Contents, ContentsError, Keys, Lone, MemberPlace, SamplePlace, Told, damaged};
use crate::archive::key;
use crate::archive::tar::{TarError, plain_header};
use crate::error::{Error, ErrorKind, Result, room};
use crate::sample::{Limits, SampleLayout};
use crate::shard::PAYLOAD;
use crate::shard::group::large_group;
use crate::shard::reader::{RawSample, ShardReader};
use crate::source::{Ranges, ReadOptions, Seen, Shard};

/// Bytes of zeros that end an archive.
const END: usize = 1024;

/// What the headers and the padding of a member may have before they count as something else.
const HEADERS: u64 = 8 * BLOCK;
/// What is never refused for what it takes.
const SMALL: u64 = 1 << 20;

/// What it takes to find samples of a shard by their numbers, and to make them of its bytes; its file is apart.
#[derive(Debug)]
pub(crate) struct Picker {
    name: Arc<str>,
    contents: Arc<Contents>,
    options: Arc<ReadOptions>,
    layout: SampleLayout,
}

/// Some bytes of a shard, as many as there were of those that were asked for.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Where in the shard they begin.
    pub(crate) from: u64,
    pub(crate) bytes: Bytes,
}

impl Piece {
    /// The bytes in a range of the shard, as far as they are here.
    fn get(&self, range: &Range<u64>) -> Bytes {
        let at = |offset: u64| usize::try_from(offset.saturating_sub(self.from)).unwrap_or(usize::MAX);
        let (from, to) = (at(range.start).min(self.bytes.len()), at(range.end).min(self.bytes.len()));
        self.bytes.slice(from..to.max(from))
    }
}

/// A sample that was read.
#[derive(Debug)]
pub(crate) struct Picked {
    shard: Arc<str>,
    key: Box<str>,
    offset: u64,
    payload: Bytes,
    /// Whether it may be kept for what is decoded from it, and is not a small part of what was read.
    is_shared: bool,
    limits: Limits,
}

impl Picked {
    pub(crate) fn raw(&self) -> RawSample<'_> {
        let owner = self.is_shared.then_some(&self.payload);
        RawSample::of_parts(&self.shard, &self.key, self.offset, &self.payload, owner).limited(self.limits)
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.payload.len() as u64
    }
}

impl Picker {
    /// Of the shard that the contents are of.
    pub(crate) fn new(
        shard: &Shard,
        contents: Arc<Contents>,
        options: &Arc<ReadOptions>,
        layout: SampleLayout,
    ) -> Self {
        Self { name: shard.redacted().into(), contents, options: Arc::clone(options), layout }
    }

    /// The shard to be read here and there, which is held against the contents: its size, its first and its last header.
    /// What is fetched as a whole for that is waited for unless that is given up. Of a server it is to be the version that
    /// was `seen` before.
    pub(crate) fn open(&self, shard: &Shard, seen: &Seen, is_stopped: &dyn Fn() -> bool) -> Result<Ranges> {
        let ranges = check::open(shard, &self.options, is_stopped)?.seen_by(seen);
        check::check(&self.contents, &ranges, is_stopped).map_err(|error| error.with_shard(&self.name))?;
        Ok(ranges)
    }

    /// Bytes that one member may have in memory.
    pub(super) fn max_member(&self) -> u64 {
        self.options.max_member
    }

    /// The shard's name, as errors give it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The sample of that number as it is packed, held against its contents: key, sizes and checksums; unless that is given
    /// up while a server is waited for.
    pub(crate) fn read(&self, ranges: &Ranges, number: u64, is_stopped: &dyn Fn() -> bool) -> Result<Picked> {
        let range = self.extent(number)?;
        let read = ranges.finish(ranges.start(range.clone()), is_stopped);
        let bytes = read.map_err(|error| self.at(number, error))?;
        self.take(number, &Piece { from: range.start, bytes: bytes.into() }, &mut Keys::default())
    }

    /// Whether any of some other samples of the shard is what its contents say: of one that was written anew, with the
    /// headers that it had, none is. True where there is no other.
    pub(crate) fn has_sound(&self, ranges: &Ranges, number: u64, is_stopped: &dyn Fn() -> bool) -> bool {
        let last = self.contents.samples().saturating_sub(1);
        let others = [0, last / 4, last / 2, last - last / 4, last].into_iter().filter(|other| *other != number);
        last == 0 || others.into_iter().any(|other| self.read(ranges, other, is_stopped).is_ok())
    }

    /// Which bytes of the shard are read for a sample: none of one with a member that is too large to be held.
    pub(crate) fn extent(&self, number: u64) -> Result<Range<u64>> {
        let extent = match self.lone(number) {
            Ok(Some(lone)) => Ok((lone.start..lone.end, lone.size, 0)),
            Ok(None) => self.contents.sample(number).and_then(|place| {
                let extent = self.extent_of(&place)?;
                if self.reads_payload() {
                    return Ok((extent, payload_of(&place).map_or(0, |(_, member)| member.size), 0));
                }
                self.check_between(&place, &extent)?;
                let largest = place.members.iter().map(|member| member.size).max();
                Ok((extent, largest.unwrap_or(0), self.together(&place)))
            }),
            Err(error) => Err(error),
        };
        let (extent, size, together) = extent.map_err(|error| match &self.contents.sidecar {
            Some(sidecar) => error.with_shard(sidecar),
            None => error.with_shard(&self.name),
        })?;
        let limit = self.options.max_member;
        if size > limit {
            return Err(self.at(number, TarError::LargeMember { size, limit }.into()));
        }
        if together > limit {
            return Err(self.at(number, large_group(limit)));
        }
        Ok(extent)
    }

    /// What is read with a sample, and is none of it, is held as well.
    fn check_between(&self, place: &SamplePlace, extent: &Range<u64>) -> Result<()> {
        let own = place.members.iter().map(|member| member.size.saturating_add(HEADERS)).fold(0, u64::saturating_add);
        let found = (extent.end - extent.start).saturating_sub(own);
        if found > self.options.max_member.max(SMALL) { Err(ContentsError::Between { found }.into()) } else { Ok(()) }
    }

    /// How many bytes of the sample's members are held together, where it is made of them.
    fn together(&self, place: &SamplePlace) -> u64 {
        let needs = |member: &&MemberPlace| match self.layout {
            SampleLayout::Members(table) => table.needs(&member.field),
            _ => true,
        };
        place.members.iter().filter(needs).map(|member| member.size).fold(0, u64::saturating_add)
    }

    fn extent_of(&self, place: &SamplePlace) -> Result<Range<u64>> {
        if !self.reads_payload() {
            return Ok(place.start..place.end.max(place.start));
        }
        let (from, member) = payload_of(place).ok_or_else(|| damaged("a sample has no place for its `msgpack`"))?;
        let end = member.data + member.size;
        Ok(from..padded(end).unwrap_or(end).min(self.contents.shard_size()))
    }

    /// The sample of that number out of bytes that were read, which its [`extent`](Self::extent) is within; held against
    /// its contents. `keys` are for this shard alone.
    pub(crate) fn take(&self, number: u64, piece: &Piece, keys: &mut Keys) -> Result<Picked> {
        self.take_from(number, piece, keys).map_err(|error| self.at(number, error))
    }

    pub(super) fn at(&self, number: u64, error: Error) -> Error {
        let error = match self.contents.key(number) {
            Ok(key) => error.with_key(&key),
            Err(_) => error,
        };
        error.with_shard(&self.name)
    }

    fn take_from(&self, number: u64, piece: &Piece, keys: &mut Keys) -> Result<Picked> {
        let (range, place) = match self.lone(number)? {
            Some(lone) => {
                let range = lone.start..lone.end;
                let bytes = piece.get(&range);
                if let Some(picked) = self.take_lone(number, &lone, &bytes, piece, keys)? {
                    return Ok(picked);
                }
                (range, self.contents.sample(number)?)
            }
            None => {
                let place = self.contents.sample(number)?;
                (self.extent_of(&place)?, place)
            }
        };
        let bytes = piece.get(&range);
        let picked = if self.reads_payload() {
            self.take_payload(&place, &bytes)?
        } else {
            self.take_members(number, &place, bytes.into())?
        };
        Ok(picked)
    }

    /// Whether the `msgpack` member alone is the sample.
    pub(crate) fn reads_payload(&self) -> bool {
        match self.layout {
            SampleLayout::Packed => true,
            SampleLayout::Any => self.contents.kind() == Kind::Packed,
            SampleLayout::Members(_) | SampleLayout::Group => false,
        }
    }

    fn lone(&self, number: u64) -> Result<Option<Lone>> {
        if self.reads_payload() { self.contents.lone(number) } else { Ok(None) }
    }

    pub(super) fn changed(&self, what: &str, from: u64) -> Error {
        check::other(self.contents.sidecar.as_ref(), format!("{what} of the sample at {from}"), Told::Header)
    }

    pub(super) fn other_bytes(&self, from: u64) -> Error {
        check::other(self.contents.sidecar.as_ref(), format!("other bytes of the sample at {from}"), Told::Bytes)
    }

    /// The common case: one header that says all of one member. `None` of others, such as one with a long name.
    fn take_lone(
        &self,
        number: u64,
        lone: &Lone,
        bytes: &Bytes,
        piece: &Piece,
        keys: &mut Keys,
    ) -> Result<Option<Picked>> {
        let Lone { start, data, size, .. } = *lone;
        if data != start + BLOCK || size > self.options.max_member {
            return Ok(None);
        }
        let changed = |what: &str| self.changed(what, start);
        let header = bytes.first_chunk::<512>().filter(|header| crc32c::crc32c(*header) == lone.header_crc32c);
        let header = header.ok_or_else(|| changed("another header"))?;
        let Some((name, found)) = plain_header(header) else { return Ok(None) };
        let Some(split) = key::split(name).filter(|split| split.field == PAYLOAD.as_bytes()) else { return Ok(None) };
        if found != size {
            return Err(changed("another size"));
        }
        if split.key != self.contents.key_in(number, keys)? {
            return Err(changed("another key"));
        }
        let Ok(key) = std::str::from_utf8(split.key) else { return Ok(None) };
        let end = usize::try_from(size).ok().and_then(|size| size.checked_add(512)).filter(|end| *end <= bytes.len());
        let payload = bytes.slice(512..end.ok_or_else(|| changed("other bytes"))?);
        if lone.crc32c.is_some_and(|crc| crc != crc32c::crc32c(&payload)) {
            return Err(self.other_bytes(start));
        }
        let is_shared = payload.len() >= piece.bytes.len() / 2;
        let (shard, limits) = (Arc::clone(&self.name), Limits { max_member: self.options.max_member });
        Ok(Some(Picked { shard, key: key.into(), offset: start, payload, is_shared, limits }))
    }

    /// All members of the sample, and what they make.
    fn take_members(&self, number: u64, place: &SamplePlace, mut bytes: Vec<u8>) -> Result<Picked> {
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
                return Err(self.other_bytes(from));
            }
        }
        // As an archive of its own, so that its end is one.
        room(&mut bytes, END)?;
        bytes.resize(bytes.len() + END, 0);
        let mut reader = ShardReader::from_bytes(&self.name, bytes.into(), &self.options)?;
        reader.read_as(self.layout);
        reader.advance().map_err(|error| error.behind(from))?;
        let raw = reader.current().ok_or_else(|| self.changed("no members", from))?;
        if raw.key() != place.key {
            return Err(self.changed("another key", from));
        }
        let (key, payload) = (raw.key().into(), raw.to_bytes()?);
        let (shard, offset) = (Arc::clone(&self.name), from + raw.offset());
        Ok(Picked { shard, key, offset, payload, is_shared: true, limits: raw.limits() })
    }

    fn take_payload(&self, place: &SamplePlace, bytes: &Bytes) -> Result<Picked> {
        let (from, member) = payload_of(place).ok_or_else(|| damaged("a sample has no place for its `msgpack`"))?;
        let changed = |what: &str| self.changed(what, from);
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
            return Err(self.other_bytes(from));
        }
        let payload = bytes.slice(at..at + raw.payload().len());
        let (shard, offset) = (Arc::clone(&self.name), from + raw.offset());
        Ok(Picked { shard, key: raw.key().into(), offset, payload, is_shared: false, limits: raw.limits() })
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
