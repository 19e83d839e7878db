//! Building contents, sample by sample.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::format::{self, BLOCK, HEAD, Head, Kind, LONGEST, LONGEST_IN_ALL, MOST, Member, RUN, Segment, padded};
use super::{Contents, ContentsError};
use crate::error::Result;
use crate::shard::PAYLOAD;

/// First line of what the digest is of.
const HEADING: &[u8] = b"atdata contents 1\n";

/// A member, wherever the word of it comes from: a writer or a scan.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) field: &'a str,
    pub(crate) data: u64,
    pub(crate) size: u64,
    pub(crate) header_crc32c: u32,
    /// Of its content, where that was read.
    pub(crate) crc32c: Option<u32>,
}

/// Contents that are being built; about 40 bytes a sample.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    starts: Vec<u64>,
    /// Number of the first member of each sample.
    first: Vec<u32>,
    members: Vec<u8>,
    crcs: Vec<u8>,
    /// Members whose content was not read: if there are any there are no checksums of any.
    unread: u64,
    fields: Vec<u8>,
    numbers: HashMap<String, u16>,
    keys: Vec<u8>,
    runs: Vec<u8>,
    hashes: Vec<u64>,
    last_key: String,
    end: u64,
    count: u64,
    /// How many samples have a `msgpack` member.
    packed: usize,
    /// Whether there are groups that were left out.
    others: bool,
    gaps: bool,
    trailing: bool,
}

fn check_long(what: &'static str, found: usize, limit: usize) -> Result<(), ContentsError> {
    if found > limit { Err(ContentsError::Long { what, found, limit }) } else { Ok(()) }
}

fn too_many(what: &'static str, limit: u64) -> ContentsError {
    ContentsError::TooMany { what, limit }
}

impl Builder {
    /// Appends a sample, whose first header is at `start`.
    pub(crate) fn push<'a>(
        &mut self,
        start: u64,
        key: &str,
        members: impl IntoIterator<Item = Place<'a>>,
    ) -> Result<()> {
        let samples = u32::try_from(self.starts.len() + 1).ok().filter(|n| u64::from(*n) < MOST - 1);
        samples.ok_or_else(|| too_many("samples", MOST))?;
        self.first.push(u32::try_from(self.count).map_err(|_| too_many("members", MOST))?);
        self.gaps |= !self.starts.is_empty() && start != self.end;
        self.starts.push(start);
        let (mut is_packed, mut names) = (false, 0);
        for place in members {
            is_packed |= place.field == PAYLOAD;
            names += place.field.len();
            check_long("names of the fields of a sample", names, LONGEST_IN_ALL)?;
            self.push_member(start, place)?;
        }
        self.packed += usize::from(is_packed);
        self.push_key(key)
    }

    /// Notes that there is a group without a `msgpack` member that is left out.
    pub(crate) fn leave_out(&mut self) {
        self.others = true;
    }

    /// Notes that something was refused, wherever that is: for who asks for all of a shard it is not all of it.
    pub(super) fn refuse(&mut self) {
        self.gaps = true;
    }

    /// Where a sample whose first header is at `start` begins, if what stands before it belongs to no sample, such as a folder: it is
    /// read with that then, and passed over, so that there is nothing between the samples.
    pub(super) fn begin_of(&self, start: u64) -> u64 {
        if self.starts.is_empty() || self.gaps { start } else { self.end }
    }

    /// Where the last sample ends.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Notes that the archive does not end there.
    pub(super) fn goes_on(&mut self) {
        self.trailing = true;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    fn kind(&self) -> Kind {
        match self.packed {
            packed if packed == self.starts.len() && self.others => Kind::PackedAmongOthers,
            packed if packed == self.starts.len() => Kind::Packed,
            0 if !self.others => Kind::Plain,
            _ => Kind::Mixed,
        }
    }

    fn push_member(&mut self, start: u64, place: Place<'_>) -> Result<()> {
        let blocks = u32::try_from(place.data.saturating_sub(start) / BLOCK);
        let blocks = blocks.map_err(|_| too_many("bytes in a sample", MOST * BLOCK))?;
        if place.size > Member::MOST_SIZE {
            return Err(too_many("bytes in a member", Member::MOST_SIZE).into());
        }
        let field = self.number_of(place.field)?;
        Member { blocks, header_crc32c: place.header_crc32c, size: place.size, field }.write(&mut self.members);
        self.unread += u64::from(place.crc32c.is_none());
        self.crcs.extend_from_slice(&place.crc32c.unwrap_or_default().to_le_bytes());
        self.end = place.data.checked_add(place.size).and_then(padded).unwrap_or(u64::MAX);
        self.count += 1;
        if self.count < MOST { Ok(()) } else { Err(too_many("members", MOST).into()) }
    }

    fn number_of(&mut self, field: &str) -> Result<u16> {
        if let Some(number) = self.numbers.get(field) {
            return Ok(*number);
        }
        check_long("the name of a field", field.len(), LONGEST)?;
        let limit = u64::from(u16::MAX);
        let number = u16::try_from(self.numbers.len()).map_err(|_| too_many("different fields", limit))?;
        format::push_varint(&mut self.fields, field.len());
        self.fields.extend_from_slice(field.as_bytes());
        self.numbers.insert(field.to_owned(), number);
        Ok(number)
    }

    fn push_key(&mut self, key: &str) -> Result<()> {
        check_long("a key", key.len(), LONGEST)?;
        if (self.starts.len() as u64 - 1).is_multiple_of(RUN) {
            let at = u32::try_from(self.keys.len()).map_err(|_| too_many("bytes of keys", MOST))?;
            self.runs.extend_from_slice(&at.to_le_bytes());
            self.last_key.clear();
        }
        let shared = self.last_key.bytes().zip(key.bytes()).take_while(|(one, other)| one == other).count();
        let rest = key.as_bytes().get(shared..).unwrap_or_default();
        format::push_varint(&mut self.keys, shared);
        format::push_varint(&mut self.keys, rest.len());
        self.keys.extend_from_slice(rest);
        self.hashes.push(format::hash(key.as_bytes()));
        self.last_key.clear();
        self.last_key.push_str(key);
        Ok(())
    }

    /// The contents of a shard of so many bytes; the builder is as new.
    pub(crate) fn finish(&mut self, shard_size: u64) -> Contents {
        let built = std::mem::take(self);
        let kind = built.kind();
        let samples = built.starts.len() as u64;
        let starts: Vec<u8> = built.starts.iter().chain([&built.end]).flat_map(|at| at.to_le_bytes()).collect();
        let count = u32::try_from(built.count).unwrap_or(u32::MAX);
        let first: Vec<u8> =
            if built.first.iter().zip(0..).all(|(first, sample)| *first == sample) && built.count == samples {
                Vec::new()
            } else {
                built.first.iter().chain([&count]).flat_map(|at| at.to_le_bytes()).collect()
            };
        let names = format::names(&built.fields).unwrap_or_default();
        let table = table(&built.hashes);
        let crcs = if built.unread > 0 { Vec::new() } else { built.crcs };
        let segments = [starts, first, built.members, built.fields, built.keys, built.runs, table, crcs];
        let mut hash = Sha256::new().chain_update(HEADING).chain_update(shard_size.to_le_bytes());
        for segment in segments.iter().take(Segment::DIGESTED) {
            hash.update((segment.len() as u64).to_le_bytes());
            hash.update(segment);
        }
        let head = Head {
            kind,
            gaps: built.gaps,
            trailing: built.trailing,
            end: built.end.min(shard_size),
            shard_size,
            samples,
            members: built.count,
            digest: hash.finalize().into(),
            lengths: segments.each_ref().map(|segment| segment.len() as u64),
            crcs: segments.each_ref().map(|segment| crc32c::crc32c(segment)),
        };
        let mut bytes = Vec::with_capacity(HEAD + segments.iter().map(|segment| segment.len() + 8).sum::<usize>());
        bytes.extend_from_slice(&head.to_bytes());
        for segment in segments {
            bytes.extend_from_slice(&segment);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        Contents::in_memory(head, bytes.into(), names)
    }
}

/// The table by the hashes of the keys: of several samples with one key the first is found first.
fn table(hashes: &[u64]) -> Vec<u8> {
    let slots = usize::try_from(format::slots(hashes.len() as u64)).unwrap_or(usize::MAX);
    let mut table = vec![0; slots.saturating_mul(format::SLOT)];
    for (number, hash) in (1_u32..).zip(hashes) {
        let mut slot = format::slot_of(*hash, slots);
        loop {
            let at = slot * format::SLOT;
            let Some(place) = table.get_mut(at..at + format::SLOT) else { break };
            if place.iter().take(4).all(|byte| *byte == 0) {
                let [a, b, c, d] = number.to_le_bytes();
                place.copy_from_slice(&[a, b, c, d, format::print_of(*hash)]);
                break;
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
        }
    }
    table
}
