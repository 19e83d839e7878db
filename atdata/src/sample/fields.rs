//! Walking the map of a sample: the keys a type knows, in any order, the usual order fast.

use std::collections::HashSet;

use crate::error::Result;
use crate::sample::error::MAX_NAMES;
use crate::sample::{Cursor, DecodeError};

/// A field name, and the same as a msgpack string.
#[derive(Debug, Clone, Copy)]
pub struct FieldKey {
    name: &'static str,
    encoded: &'static [u8],
    /// The first eight bytes of the latter, and which of them there are: most keys are compared by these alone.
    word: u64,
    mask: u64,
}

impl FieldKey {
    /// `encoded` is `name` as msgpack.
    pub const fn new(name: &'static str, encoded: &'static [u8]) -> Self {
        let (mut word, mut mask, mut at) = (0, 0, 0);
        let mut left = encoded;
        while let (Some((&byte, rest)), true) = (left.split_first(), at < 8) {
            word |= (byte as u64) << (8 * at);
            mask |= 0xff << (8 * at);
            left = rest;
            at += 1;
        }
        Self { name, encoded, word, mask }
    }

    /// Passes over the key if it is next, and says whether it was.
    #[inline]
    fn is_next(&self, cursor: &mut Cursor<'_>) -> bool {
        match cursor.remaining().first_chunk() {
            Some(bytes) if (u64::from_le_bytes(*bytes) ^ self.word) & self.mask != 0 => false,
            Some(_) if self.encoded.len() <= 8 => cursor.take(self.encoded.len()).is_ok(),
            _ => cursor.strip_prefix(self.encoded),
        }
    }
}

/// The pairs of a sample's map that are still to come.
#[derive(Debug)]
pub struct Fields {
    keys: &'static [FieldKey],
    left: usize,
    expected: usize,
    allow_unknown: bool,
}

impl Fields {
    /// Reads the head of the map.
    #[inline]
    pub fn open(cursor: &mut Cursor<'_>, keys: &'static [FieldKey], allow_unknown: bool) -> Result<Self> {
        Ok(Self { keys, left: cursor.read_map_len()?, expected: 0, allow_unknown })
    }

    /// The number of the next field, in declaration order; its value comes next in the cursor.
    #[inline]
    pub fn next(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<usize>> {
        if self.left == 0 {
            return Ok(None);
        }
        // Writers keep the declaration order: comparing one key's bytes saves decoding and looking it up.
        if let Some(key) = self.keys.get(self.expected)
            && key.is_next(cursor)
        {
            self.left -= 1;
            self.expected += 1;
            return Ok(Some(self.expected - 1));
        }
        self.search(cursor)
    }

    fn search(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<usize>> {
        while self.left > 0 {
            self.left -= 1;
            let name = cursor.read_key()?;
            if let Some(index) = self.keys.iter().position(|key| key.name == name) {
                self.expected = index + 1;
                return Ok(Some(index));
            }
            if !self.allow_unknown {
                let known = self.keys.iter().map(|key| key.name).collect();
                return Err(DecodeError::UnknownField { name: name.to_owned(), known }.into());
            }
            cursor.skip().map_err(|error| error.in_entry(name))?;
        }
        Ok(None)
    }
}

/// The map did not have a field: an error that says what was there instead.
#[cold]
pub(crate) fn missing_field(name: &'static str, sample: &[u8]) -> crate::Error {
    crate::Error::from(DecodeError::MissingField { present: keys_of(sample).unwrap_or_default() }).in_field(name)
}

/// The keys of a sample, for an error message: as many as fit a line.
fn keys_of(sample: &[u8]) -> Result<Vec<String>> {
    let mut cursor = Cursor::new(sample);
    let mut keys = Vec::new();
    for _ in 0..cursor.read_map_len()?.min(MAX_NAMES + 1) {
        keys.push(cursor.read_key()?.to_owned());
        cursor.skip()?;
    }
    Ok(keys)
}

/// Whether a key of the map at the cursor is there twice.
pub(crate) fn repeats_a_key(cursor: &mut Cursor<'_>) -> Result<bool> {
    let mut seen = HashSet::new();
    for _ in 0..cursor.read_map_len()? {
        if !seen.insert(cursor.read_key()?) {
            return Ok(true);
        }
        cursor.skip()?;
    }
    Ok(false)
}
