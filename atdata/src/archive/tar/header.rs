//! The 512-byte header of a member.

use super::TarError;
use crate::raw;

pub(crate) type Block = [u8; 512];

/// What a header stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    /// Old GNU form, with the map of its data in the header and perhaps in blocks behind it.
    Sparse,
    /// PAX records for the next file.
    Pax,
    /// PAX records for all that follow.
    PaxGlobal,
    /// The name of the next file, in the GNU form.
    LongName,
    LongLink,
    /// Something else with data: to be passed over.
    Other,
    /// Another name of an earlier file. Whatever the size of it and of those below says, no data follows.
    HardLink,
    SymbolicLink,
    Folder,
    /// A device or a pipe.
    Special,
}

impl Kind {
    /// Whether it stands before another header, of which it says something.
    pub(crate) fn extends(self) -> bool {
        matches!(self, Self::Pax | Self::PaxGlobal | Self::LongName | Self::LongLink)
    }

    pub(crate) fn has_data(self) -> bool {
        !matches!(self, Self::HardLink | Self::SymbolicLink | Self::Folder | Self::Special)
    }
}

/// What counts of a header whose checksum holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    /// Length of the name at the header's begin.
    pub(crate) name: usize,
    /// Length of the name at [`LINK`] that a link points to.
    pub(crate) link: usize,
    /// Length of the prefix at [`PREFIX`] that goes before the name; 0 where there is none.
    pub(crate) prefix: usize,
}

pub(crate) const LINK: usize = 157;
pub(crate) const PREFIX: usize = 345;

impl Header {
    /// Whether a header, if it is sound, is that of a file whose whole name begins the header.
    #[inline]
    pub(crate) fn is_plain(block: &Block) -> bool {
        matches!(block[156], b'0' | b'7') && block[PREFIX] == 0
    }

    /// Whether a header, if it is sound, is an extended one for the next file.
    #[inline]
    pub(crate) fn is_pax(block: &Block) -> bool {
        block[156] == b'x'
    }

    /// `None` for a header that is damaged: [`explain`] tells how.
    #[inline]
    pub(crate) fn parse(block: &Block) -> Option<Self> {
        let found = sum(block);
        if checksum(block)? != u64::from(found) && checksum(block)? != signed_sum(block, found)? {
            return None;
        }
        let name = until_nul(&block[..100]);
        let kind = match block[156] {
            0 if name.checked_sub(1).and_then(|last| block.get(last)) == Some(&b'/') => Kind::Folder,
            b'0' | 0 | b'7' => Kind::File,
            b'1' => Kind::HardLink,
            b'2' => Kind::SymbolicLink,
            b'5' => Kind::Folder,
            b'3' | b'4' | b'6' => Kind::Special,
            b'x' | b'X' => Kind::Pax,
            b'g' => Kind::PaxGlobal,
            b'L' => Kind::LongName,
            b'K' => Kind::LongLink,
            b'S' => Kind::Sparse,
            _ => Kind::Other,
        };
        let link = if matches!(kind, Kind::HardLink | Kind::SymbolicLink) { until_nul(&block[LINK..257]) } else { 0 };
        Some(Self { kind, size: size(block)?, name, link, prefix: prefix(block) })
    }
}

/// What is wrong with a header that did not parse.
#[cold]
pub(crate) fn explain(block: &Block) -> TarError {
    let wrong = |field, bytes: &[u8]| TarError::Number { field, found: bytes.escape_ascii().to_string() };
    let found = sum(block);
    match checksum(block) {
        None => wrong("checksum", &block[148..156]),
        Some(stored) if u64::from(found) != stored && signed_sum(block, found) != Some(stored) => {
            TarError::Checksum { stored, found }
        }
        Some(_) => wrong("size", &block[124..136]),
    }
}

#[inline]
fn size(block: &Block) -> Option<u64> {
    match octal::<11>(&block[124..135]) {
        Some(size) if matches!(block[135], 0 | b' ') => Some(size),
        _ => number(&block[124..136]),
    }
}

#[inline]
fn checksum(block: &Block) -> Option<u64> {
    match octal::<6>(&block[148..154]) {
        Some(sum) if matches!(block[154], 0 | b' ') => Some(sum),
        _ => number(&block[148..156]),
    }
}

/// Only POSIX headers have a prefix; the old GNU form keeps times and the sparse map in its place.
#[inline]
fn prefix(block: &Block) -> usize {
    if block[PREFIX] == 0 || &block[257..262] != b"ustar" || block[262] == b' ' {
        return 0;
    }
    until_nul(&block[PREFIX..500])
}

/// Some old programs added the bytes up as signed ones: a byte above 127 counts 256 less.
#[cold]
fn signed_sum(block: &Block, sum: u32) -> Option<u64> {
    let high = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(byte >> 7) * 256).sum::<i64>();
    u64::try_from(i64::from(sum) - high(&block[..148]) - high(&block[156..])).ok()
}

/// Sum of the bytes, with the checksum's own field taken as spaces.
#[inline]
pub(crate) fn sum(block: &Block) -> u32 {
    let field: u32 = block[148..156].iter().copied().map(u32::from).sum();
    raw::sum(block) - field + 8 * u32::from(b' ')
}

/// Exactly `N` octal digits; nothing else of `bytes` is looked at.
#[inline]
fn octal<const N: usize>(bytes: &[u8]) -> Option<u64> {
    let digits: &[u8; N] = bytes.first_chunk()?;
    let mut value = 0;
    let mut wrong = 0;
    for byte in digits {
        let digit = byte ^ b'0';
        wrong |= digit;
        value = (value << 3) | u64::from(digit);
    }
    (wrong < 8).then_some(value)
}

/// A number in any of its forms: octal between spaces and NULs, or base-256 when the first bit is set.
#[cold]
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    match bytes.split_first() {
        Some((first, rest)) if first & 0x80 != 0 => binary(*first, rest),
        _ => loose_octal(bytes),
    }
}

/// Two's complement, big-endian, with the marker bit in place of the second sign bit; negative numbers are refused.
fn binary(first: u8, rest: &[u8]) -> Option<u64> {
    if first & 0x40 != 0 {
        return None;
    }
    rest.iter()
        .try_fold(u64::from(first & 0x3f), |value, byte| value.checked_mul(256).map(|value| value | u64::from(*byte)))
}

/// An empty field is zero, as other readers have it.
fn loose_octal(bytes: &[u8]) -> Option<u64> {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default().trim_ascii();
    text.iter().try_fold(0_u64, |value, byte| match byte {
        b'0'..=b'7' => value.checked_mul(8).map(|value| value + u64::from(byte - b'0')),
        _ => None,
    })
}

/// Length of the text in a field that is padded with NULs, eight bytes at a time.
#[inline]
pub(crate) fn until_nul(field: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = field.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // Bit 7 of the lowest zero byte, and perhaps of bytes above it.
        let zeros = word.wrapping_sub(ONES) & !word & (ONES << 7);
        if zeros != 0 {
            return at * 8 + (zeros.trailing_zeros() / 8) as usize;
        }
    }
    let tail = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
    words.len() * 8 + tail
}
