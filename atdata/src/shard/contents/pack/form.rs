//! The form of a pack: little-endian, its catalogue at its begin, so that one read opens it.

use super::super::Summary;
use super::super::format::{GAPS, HEAD as CONTENTS, Kind, TRAILING, u32_at, u64_at};
use super::{PackError, damaged};

pub(super) const MAGIC: &[u8; 8] = b"ATDXPCK1";
const VERSION: u32 = 1;
/// Bytes of the head.
pub(super) const HEAD: usize = 64;
/// Bytes of what is said of a shard.
pub(super) const ENTRY: usize = 104;
/// Shards of a pack, so that their catalogue fits into the memory of small machines.
pub(super) const MOST: u64 = 1 << 24;
/// Bytes of all names: where they end has 32 bits.
pub(super) const MOST_NAMES: u64 = u32::MAX as u64;
const CRCS: usize = 40;
const HEAD_CRC: usize = HEAD - 4;

/// The head of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) shards: u64,
    /// Bytes of all names.
    pub(super) names: u64,
    /// Bytes of the pack.
    pub(super) len: u64,
    /// Checksums of what is said of the shards, of the ends of their names, and of the names.
    pub(super) crcs: [u32; 3],
}

impl Head {
    /// Of a pack of so many bytes.
    pub(super) fn parse(bytes: &[u8], found: u64) -> Result<Self, PackError> {
        let head: &[u8; HEAD] = match bytes.first_chunk() {
            Some(head) if head.starts_with(MAGIC) => head,
            None if bytes.starts_with(MAGIC) => return Err(damaged("it is cut in its head")),
            _ => return Err(PackError::Foreign),
        };
        let version = u32_at(head, 8);
        if version != VERSION {
            return Err(PackError::Version { found: version });
        }
        if crc32c::crc32c(head.get(..HEAD_CRC).unwrap_or_default()) != u32_at(head, HEAD_CRC) {
            return Err(damaged("the checksum of its head does not match"));
        }
        let crcs = [0, 4, 8].map(|at| u32_at(head, CRCS + at));
        let parsed = Self { shards: u64_at(head, 16), names: u64_at(head, 24), len: u64_at(head, 32), crcs };
        if parsed.len != found {
            return Err(PackError::Length { expected: parsed.len, found });
        }
        let is_sound = parsed.shards <= MOST && parsed.names <= MOST_NAMES && parsed.catalog() <= parsed.len;
        if is_sound { Ok(parsed) } else { Err(damaged("its lengths contradict each other")) }
    }

    /// Bytes before the contents: head, what is said of the shards, and their names.
    pub(super) fn catalog(&self) -> u64 {
        HEAD as u64 + self.lengths().map(|length| length.next_multiple_of(8)).iter().sum::<u64>()
    }

    /// Of what is said of the shards, of the ends of their names, and of the names; of no more than there may be.
    pub(super) fn lengths(&self) -> [u64; 3] {
        [ENTRY as u64 * self.shards, 4 * self.shards, self.names]
    }

    pub(super) fn to_bytes(self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(place) = head.get_mut(at..at + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        put(0, MAGIC);
        put(8, &VERSION.to_le_bytes());
        put(16, &self.shards.to_le_bytes());
        put(24, &self.names.to_le_bytes());
        put(32, &self.len.to_le_bytes());
        for (at, crc) in (CRCS..).step_by(4).zip(self.crcs) {
            put(at, &crc.to_le_bytes());
        }
        let crc = crc32c::crc32c(head.get(..HEAD_CRC).unwrap_or_default());
        if let Some(place) = head.get_mut(HEAD_CRC..) {
            place.copy_from_slice(&crc.to_le_bytes());
        }
        head
    }
}

/// What is said of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where its contents begin in the pack, and their length.
    pub(super) at: u64,
    pub(super) len: u64,
    /// When the shard was last changed, in nanoseconds since 1970; 0 if that is not known.
    pub(super) modified: u64,
    /// Where its last sample ends, and whether anything is behind it.
    pub(super) end: u64,
    pub(super) trailing: bool,
    pub(super) summary: Summary,
    /// Where the header of its last member is, and the CRC-32C of that; of no samples the begin, and 0.
    pub(super) last: u64,
    pub(super) last_crc: u32,
}

impl Entry {
    pub(super) fn parse(bytes: &[u8; ENTRY]) -> Self {
        let flags = u32_at(bytes, 48);
        let mut digest = [0; 32];
        digest.copy_from_slice(bytes.get(56..88).unwrap_or(&[0; 32]));
        Self {
            at: u64_at(bytes, 0),
            len: u64_at(bytes, 8),
            modified: u64_at(bytes, 16),
            end: u64_at(bytes, 40),
            trailing: flags & TRAILING != 0,
            summary: Summary {
                kind: Kind::of_bits(flags >> 1),
                gaps: flags & GAPS != 0,
                samples: u64_at(bytes, 32),
                shard_size: u64_at(bytes, 24),
                digest,
                checksums: u32_at(bytes, 52),
            },
            last: u64_at(bytes, 88),
            last_crc: u32_at(bytes, 96),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let Summary { kind, gaps, samples, shard_size, digest, checksums } = self.summary;
        let flags = kind.bits() << 1 | if gaps { GAPS } else { 0 } | if self.trailing { TRAILING } else { 0 };
        for number in [self.at, self.len, self.modified, shard_size, samples, self.end] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&flags.to_le_bytes());
        out.extend_from_slice(&checksums.to_le_bytes());
        out.extend_from_slice(&digest);
        out.extend_from_slice(&self.last.to_le_bytes());
        out.extend_from_slice(&u64::from(self.last_crc).to_le_bytes());
    }

    /// Whether its contents are in a pack of so many bytes, and no more than those of such a shard can be.
    pub(super) fn is_within(&self, pack: u64) -> bool {
        self.at.checked_add(self.len).is_some_and(|end| end <= pack)
            && self.len <= self.summary.shard_size.max(CONTENTS as u64)
            && self.end <= self.summary.shard_size
    }
}
