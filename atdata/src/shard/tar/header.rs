//! The 512-byte header of a member.

use super::TarError;

pub(super) type Block = [u8; 512];

/// What a header stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
    /// A link, a folder or a device: whatever its size says, no data follows.
    Bare,
}

/// What counts of a header whose checksum holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) size: u64,
    /// Length of the name at the header's begin.
    pub(super) name: usize,
    /// Length of the prefix at [`PREFIX`] that goes before the name; 0 where there is none.
    pub(super) prefix: usize,
}

pub(super) const PREFIX: usize = 345;

impl Header {
    #[inline]
    pub(super) fn parse(block: &Block) -> Result<Self, TarError> {
        verify(block)?;
        let name = until_nul(&block[..100]);
        let kind = match block[156] {
            0 if name.checked_sub(1).and_then(|last| block.get(last)) == Some(&b'/') => Kind::Bare,
            b'0' | 0 | b'7' => Kind::File,
            b'1'..=b'6' => Kind::Bare,
            b'x' | b'X' => Kind::Pax,
            b'g' => Kind::PaxGlobal,
            b'L' => Kind::LongName,
            b'K' => Kind::LongLink,
            b'S' => Kind::Sparse,
            _ => Kind::Other,
        };
        let size = match octal::<11>(&block[124..135]) {
            Some(size) if matches!(block[135], 0 | b' ') => size,
            _ => number("size", &block[124..136])?,
        };
        Ok(Self { kind, size, name, prefix: prefix(block) })
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

/// Some old programs added the bytes up as signed ones.
#[inline]
fn verify(block: &Block) -> Result<(), TarError> {
    let stored = match octal::<6>(&block[148..154]) {
        Some(sum) if matches!(block[154], 0 | b' ') => sum,
        _ => number("checksum", &block[148..156])?,
    };
    let found = sum(block);
    if u64::from(found) == stored { Ok(()) } else { verify_signed(block, stored, found) }
}

#[cold]
fn verify_signed(block: &Block, stored: u64, found: u32) -> Result<(), TarError> {
    // A byte above 127 counts 256 less.
    let high = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(byte >> 7) * 256).sum::<i64>();
    let signed = i64::from(found) - high(&block[..148]) - high(&block[156..]);
    if i64::try_from(stored) == Ok(signed) { Ok(()) } else { Err(TarError::Checksum { stored, found }) }
}

/// Sum of the bytes, with the checksum's own field taken as spaces.
///
/// The sums of four pairs of columns run side by side in a word: 64 additions of at most 510 fit in 16 bits each.
#[inline]
pub(super) fn sum(block: &Block) -> u32 {
    const LOW: u64 = 0x00ff_00ff_00ff_00ff;
    let pairs = |word: &[u8; 8]| {
        let word = u64::from_le_bytes(*word);
        (word & LOW) + ((word >> 8) & LOW)
    };
    let columns = |words: &[[u8; 8]]| words.iter().map(pairs).sum::<u64>();
    let (words, _) = block.as_chunks::<8>();
    let (field, _) = block[148..156].as_chunks::<8>();
    let add = |columns: u64| (0..4).map(|i| u32::from((columns >> (16 * i)) as u16)).sum::<u32>();
    add(columns(words)) - add(columns(field)) + 8 * u32::from(b' ')
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
pub(super) fn number(field: &'static str, bytes: &[u8]) -> Result<u64, TarError> {
    let value = match bytes.split_first() {
        Some((first, rest)) if first & 0x80 != 0 => binary(*first, rest),
        _ => loose_octal(bytes),
    };
    value.ok_or_else(|| TarError::Number { field, found: bytes.escape_ascii().to_string() })
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
pub(super) fn until_nul(field: &[u8]) -> usize {
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
