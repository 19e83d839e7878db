//! The form of a sidecar: little-endian, usable where it lies.

use std::ops::Range;

use super::{ContentsError, damaged};
use crate::error::Result;
use crate::order::mix;

pub(super) const MAGIC: &[u8; 8] = b"ATDXIDX1";
pub(super) const VERSION: u32 = 1;
/// Bytes of the head.
pub(super) const HEAD: usize = 256;
/// Keys that are written as what differs from the one before; behind them one is whole again.
pub(super) const RUN: u64 = 16;
/// Bytes of a slot of the hash table: the number of a sample plus 1, and a byte of its key's hash.
pub(super) const SLOT: usize = 5;
/// Bytes of a member.
pub(super) const MEMBER: usize = 16;
/// Offsets of data count from the sample's start in blocks.
pub(super) const BLOCK: u64 = 512;
/// Bytes of a key, and of the name of a field: a few bytes of a sidecar may say one for each sample and member.
pub(super) const LONGEST: usize = 64 << 10;
/// Bytes of the names of all fields of a sample.
pub(super) const LONGEST_IN_ALL: usize = 16 << 20;
/// Numbers of samples and members have 32 bits, one of which means none.
pub(super) const MOST: u64 = u32::MAX as u64;

const LENGTHS: usize = 72;
const CRCS: usize = LENGTHS + 8 * Segment::ALL.len();
const END: usize = CRCS + 4 * Segment::ALL.len();
/// Flags.
pub(super) const GAPS: u32 = 1 << 3;
pub(super) const TRAILING: u32 = 1 << 4;
const HEAD_CRC: usize = HEAD - 4;

/// The parts of a sidecar behind its head, in order; each begins at a multiple of 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    Starts,
    First,
    Members,
    Fields,
    Keys,
    Runs,
    Table,
    Crcs,
}

impl Segment {
    pub(super) const ALL: [Self; 8] =
        [Self::Starts, Self::First, Self::Members, Self::Fields, Self::Keys, Self::Runs, Self::Table, Self::Crcs];
    /// What the digest is of.
    pub(super) const DIGESTED: usize = 6;

    pub(super) fn mismatch(self) -> &'static str {
        match self {
            Self::Starts => "the checksum of its starts does not match",
            Self::First => "the checksum of its first members does not match",
            Self::Members => "the checksum of its members does not match",
            Self::Fields => "the checksum of its fields does not match",
            Self::Keys => "the checksum of its keys does not match",
            Self::Runs => "the checksum of its runs of keys does not match",
            Self::Table => "the checksum of its table does not match",
            Self::Crcs => "the checksum of its checksums does not match",
        }
    }
}

/// What the samples of a shard are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kind {
    /// Each has a `msgpack` member.
    #[default]
    Packed,
    /// The same of those that the contents have; others, without it, are left out.
    PackedAmongOthers,
    /// None has one: each is its members.
    Plain,
    /// Some have one.
    Mixed,
}

impl Kind {
    /// Of the two bits of the flags that it has.
    pub(super) fn of_bits(bits: u32) -> Self {
        match bits & 3 {
            0 => Self::Packed,
            1 => Self::PackedAmongOthers,
            2 => Self::Plain,
            _ => Self::Mixed,
        }
    }

    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Packed => 0,
            Self::PackedAmongOthers => 1,
            Self::Plain => 2,
            Self::Mixed => 3,
        }
    }
}

/// The head of a sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: Kind,
    /// Whether there is anything between the samples.
    pub(super) gaps: bool,
    /// Whether there is anything behind the last one, so that the archive does not end there.
    pub(super) trailing: bool,
    /// Where the last sample ends.
    pub(super) end: u64,
    pub(super) shard_size: u64,
    pub(super) samples: u64,
    pub(super) members: u64,
    pub(super) digest: [u8; 32],
    pub(super) lengths: [u64; Segment::ALL.len()],
    pub(super) crcs: [u32; Segment::ALL.len()],
}

impl Head {
    /// Its lengths are those that the numbers of samples and members ask for, and fit into 64 bits.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let head: &[u8; HEAD] = match bytes.first_chunk() {
            Some(head) if head.starts_with(MAGIC) => head,
            None if bytes.starts_with(MAGIC) => return Err(damaged("it is cut in its head")),
            _ => return Err(ContentsError::Foreign.into()),
        };
        let version = u32_at(head, 8);
        if version != VERSION {
            return Err(ContentsError::Version { found: version }.into());
        }
        if crc32c::crc32c(head.get(..HEAD_CRC).unwrap_or_default()) != u32_at(head, HEAD_CRC) {
            return Err(damaged("the checksum of its head does not match"));
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(head.get(40..72).unwrap_or(&[0; 32]));
        let flags = u32_at(head, 12);
        let mut parsed = Self {
            kind: Kind::of_bits(flags >> 1),
            gaps: flags & GAPS != 0,
            trailing: flags & TRAILING != 0,
            end: u64_at(head, END),
            shard_size: u64_at(head, 16),
            samples: u64_at(head, 24),
            members: u64_at(head, 32),
            digest,
            lengths: [0; 8],
            crcs: [0; 8],
        };
        for (at, (length, crc)) in parsed.lengths.iter_mut().zip(&mut parsed.crcs).enumerate() {
            (*length, *crc) = (u64_at(head, LENGTHS + 8 * at), u32_at(head, CRCS + 4 * at));
        }
        if parsed.is_consistent() { Ok(parsed) } else { Err(damaged("its lengths contradict each other")) }
    }

    fn is_consistent(&self) -> bool {
        let Self { samples, members, .. } = *self;
        let [starts, first, places, _, keys, runs, table, crcs] = self.lengths;
        let total = self.lengths.iter().try_fold(0_u64, |sum, length| sum.checked_add(*length));
        total.is_some_and(|total| total < u64::MAX / 2)
            && self.end <= self.shard_size
            && samples < MOST
            && members < MOST
            && starts == 8 * (samples + 1)
            && (first == 4 * (samples + 1) || (first == 0 && members == samples))
            && places == MEMBER as u64 * members
            && keys <= MOST
            && runs == 4 * samples.div_ceil(RUN)
            && table == SLOT as u64 * slots(samples)
            && (crcs == 0 || crcs == 4 * members)
    }

    pub(super) fn check_length(&self, found: u64) -> Result<()> {
        let expected = HEAD as u64 + self.lengths.iter().map(|length| length.next_multiple_of(8)).sum::<u64>();
        if found == expected { Ok(()) } else { Err(ContentsError::Length { expected, found }.into()) }
    }

    /// Where a segment is in the file, whose length was checked.
    pub(super) fn range(&self, segment: Segment) -> Range<usize> {
        let mut at = HEAD;
        for (other, length) in Segment::ALL.into_iter().zip(self.lengths) {
            let length = usize::try_from(length).unwrap_or(0);
            if other == segment {
                return at..at + length;
            }
            at += length.next_multiple_of(8);
        }
        at..at
    }

    pub(super) fn to_bytes(self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let flags = u32::from(self.lengths.last().is_some_and(|crcs| *crcs > 0))
            | self.kind.bits() << 1
            | if self.gaps { GAPS } else { 0 }
            | if self.trailing { TRAILING } else { 0 };
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(place) = head.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        put(0, MAGIC);
        put(8, &VERSION.to_le_bytes());
        put(12, &flags.to_le_bytes());
        put(16, &self.shard_size.to_le_bytes());
        put(24, &self.samples.to_le_bytes());
        put(32, &self.members.to_le_bytes());
        put(40, &self.digest);
        put(END, &self.end.to_le_bytes());
        for (at, (length, crc)) in self.lengths.iter().zip(self.crcs).enumerate() {
            put(LENGTHS + 8 * at, &length.to_le_bytes());
            put(CRCS + 4 * at, &crc.to_le_bytes());
        }
        let crc = crc32c::crc32c(head.get(..HEAD_CRC).unwrap_or_default());
        if let Some(place) = head.get_mut(HEAD_CRC..) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
        head
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// With its padding in the archive.
pub(super) fn padded(size: u64) -> Option<u64> {
    size.checked_next_multiple_of(BLOCK)
}

/// A member: where its data begins, in blocks from its sample's start; the checksum of its header; 48 bits of size; the
/// number of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) blocks: u32,
    pub(super) header_crc32c: u32,
    pub(super) size: u64,
    pub(super) field: u16,
}

impl Member {
    pub(super) const MOST_SIZE: u64 = (1 << 48) - 1;

    pub(super) fn parse(bytes: &[u8; MEMBER]) -> Self {
        let last = u64_at(bytes, 8);
        Self {
            blocks: u32_at(bytes, 0),
            header_crc32c: u32_at(bytes, 4),
            size: last & Self::MOST_SIZE,
            field: (last >> 48) as u16,
        }
    }

    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.blocks.to_le_bytes());
        out.extend_from_slice(&self.header_crc32c.to_le_bytes());
        out.extend_from_slice(&(self.size | u64::from(self.field) << 48).to_le_bytes());
    }
}

/// Slots of the table: seven of ten are in use.
pub(super) fn slots(samples: u64) -> u64 {
    samples * 10 / 7 + 1
}

/// The hash of a key: eight bytes at a time through the finalizer of `SplitMix64`.
pub(super) fn hash(key: &[u8]) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = key.len() as u64 ^ STEP;
    for chunk in key.chunks(8) {
        let mut word = [0; 8];
        word.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        hash = mix(hash ^ u64::from_le_bytes(word)).wrapping_mul(STEP);
    }
    mix(hash)
}

/// Where the search for a hash begins; below `slots`.
pub(super) fn slot_of(hash: u64, slots: usize) -> usize {
    usize::try_from((u128::from(hash) * slots as u128) >> 64).unwrap_or(0)
}

pub(super) fn print_of(hash: u64) -> u8 {
    hash.to_le_bytes()[0]
}

/// A number in groups of seven bits, the lowest first.
pub(super) fn push_varint(out: &mut Vec<u8>, mut n: usize) {
    loop {
        let [low, ..] = n.to_le_bytes();
        n >>= 7;
        if n == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(super) fn varint(bytes: &mut &[u8]) -> Option<usize> {
    let mut n = 0_usize;
    for shift in (0..28).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        n |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

/// Where the names of fields are, each of which begins with its length; `None` if they are no such list.
pub(super) fn names(all: &[u8]) -> Option<Vec<Range<u32>>> {
    let (mut names, mut rest) = (Vec::new(), all);
    while !rest.is_empty() {
        let len = varint(&mut rest).filter(|len| *len <= LONGEST)?;
        let start = all.len() - rest.len();
        let (name, behind) = rest.split_at_checked(len)?;
        std::str::from_utf8(name).ok()?;
        names.push(u32::try_from(start).ok()?..u32::try_from(start + len).ok()?);
        rest = behind;
    }
    Some(names)
}
