//! A workaround for Parquet footers: a word that some writers get wrong in the metadata at the end of a file.
//!
//! fastparquet, which pandas writes with in Python's atdata, gives empty lists the element type 0, such as the list of row
//! groups of a frame without rows. The crate `parquet` refuses it since 59 (it read it before:
//! <https://github.com/apache/arrow-rs/issues/8826>), other readers do not look at it. Here it becomes the type that all
//! lists have which can be empty there, that of structs.

use bytes::Bytes;

const STRUCT: u8 = 12;

/// Containers inside each other; the metadata need six.
const MAX_DEPTH: usize = 16;

/// The same file with such lists mended; `None` if it has none.
pub(crate) fn mend(file: &Bytes) -> Option<Bytes> {
    // The metadata, their length, and the magic.
    let end = file.len().checked_sub(8)?;
    let len = u32::from_le_bytes(*file.get(end..)?.first_chunk()?);
    let start = end.checked_sub(usize::try_from(len).ok()?)?;
    let mut walk = Walk { bytes: file.get(start..end)?, at: 0, untyped: Vec::new() };
    walk.fields(0)?;
    if walk.untyped.is_empty() {
        return None;
    }
    let untyped = walk.untyped;
    let mut mended = file.to_vec();
    for at in untyped {
        *mended.get_mut(start + at)? = STRUCT;
    }
    Some(mended.into())
}

/// A walk through a struct in Thrift's compact protocol, which notes the heads of empty lists without a type.
pub(super) struct Walk<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) untyped: Vec<usize>,
}

impl Walk<'_> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// A number that may be negative: its sign is the lowest bit.
    pub(super) fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn fields(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            // The upper half counts on from the last field; without it the number of the field follows.
            if head >> 4 == 0 {
                self.varint()?;
            }
            // A boolean field is its type.
            if !matches!(head & 0x0f, 1 | 2) {
                self.value(head & 0x0f, depth)?;
            }
        }
    }

    pub(super) fn value(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            1..=3 => self.byte().map(drop),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let len = self.varint()?;
                self.skip(usize::try_from(len).ok()?)
            }
            9 | 10 => self.list(depth + 1),
            STRUCT => self.fields(depth + 1),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        let head = self.byte()?;
        if head == 0 {
            self.untyped.push(self.at - 1);
        }
        let len = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        // Each element takes a byte at least, so this ends with the metadata.
        (0..len).try_for_each(|_| self.value(head & 0x0f, depth))
    }

    fn skip(&mut self, len: usize) -> Option<()> {
        self.at = self.at.checked_add(len).filter(|&at| at <= self.bytes.len())?;
        Some(())
    }
}
