//! Walking the map of a sample: the keys a type knows, in any order, the usual order fast.

use std::collections::HashSet;

use crate::error::Result;
use crate::sample::error::MAX_NAMES;
use crate::sample::{Cursor, DecodeError, FieldKey, SourceFields};

impl FieldKey {
    /// Passes over the key if it is next, and says whether it was.
    #[inline]
    fn is_next(&self, cursor: &mut Cursor<'_>) -> bool {
        match cursor.here().first_chunk() {
            Some(bytes) if (u64::from_le_bytes(*bytes) ^ self.word) & self.mask != 0 => false,
            Some(_) if self.encoded.len() <= 8 => cursor.take(self.encoded.len()).is_ok(),
            _ => cursor.strip_prefix(self.encoded),
        }
    }
}

/// The pairs of a sample's map that are still to come.
#[derive(Debug)]
pub struct Fields<'a> {
    /// All of them, for an error to look at.
    pairs: &'a [u8],
    len: usize,
    keys: &'static [FieldKey],
    left: usize,
    expected: usize,
    allow_unknown: bool,
    /// The type that was written, if it is not the one that is read.
    source: Option<&'static SourceFields>,
    /// The first 64 fields of that type which were there.
    seen: u64,
}

impl<'a> Fields<'a> {
    /// Reads the head of the map.
    #[inline]
    pub fn open(cursor: &mut Cursor<'a>, keys: &'static [FieldKey], allow_unknown: bool) -> Result<Self> {
        let len = cursor.read_map_len()?;
        let pairs = cursor.here();
        let fields = Self { pairs, len, keys, left: len, expected: 0, allow_unknown, source: None, seen: 0 };
        match cursor.source() {
            None => Ok(fields),
            Some(source) => Ok(fields.of_source(source)),
        }
    }

    fn of_source(mut self, source: &'static SourceFields) -> Self {
        self.keys = source.keys().unwrap_or(self.keys);
        self.allow_unknown = true;
        self.source = Some(source);
        self.expect(0);
        self
    }

    /// Says which field probably comes next. What is declared of the source's fields is looked up only in the search,
    /// so where anything is, none is expected.
    fn expect(&mut self, index: usize) {
        self.expected = if self.source.is_some_and(SourceFields::is_strict) { usize::MAX } else { index };
    }

    /// The number of the next field, in declaration order; its value comes next in the cursor.
    #[inline]
    pub fn next(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<usize>> {
        if self.left == 0 {
            return self.end();
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

    #[inline]
    fn end(&self) -> Result<Option<usize>> {
        match self.source {
            None => Ok(None),
            Some(source) => source.check_seen(self.seen).map(|()| None),
        }
    }

    fn search(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<usize>> {
        while self.left > 0 {
            self.left -= 1;
            let name = cursor.read_key()?;
            if let Some(index) = self.keys.iter().position(|key| key.name() == name) {
                self.expect(index + 1);
                if let Some(source) = self.source {
                    cursor.set_spec(source.spec(index));
                    self.seen |= SourceFields::bit(index);
                }
                return Ok(Some(index));
            }
            if !self.allow_unknown {
                return Err(self.unknown(name));
            }
            cursor.skip().map_err(|error| error.in_entry(name))?;
        }
        self.end()
    }
}

impl Fields<'_> {
    /// The type has no such field, which may be one under another name.
    #[cold]
    fn unknown(&self, name: &str) -> crate::error::Error {
        let known: Vec<_> = self.keys.iter().map(FieldKey::name).collect();
        // Of a sample that is damaged further on nothing is said.
        let absent = self.absent().unwrap_or_default();
        DecodeError::UnknownField { name: name.to_owned(), known, absent }.into()
    }

    /// The fields of the type that the map does not have.
    fn absent(&self) -> Result<Vec<&'static str>> {
        let mut absent: Vec<_> = self.keys.iter().map(FieldKey::name).collect();
        let mut cursor = Cursor::new(self.pairs);
        for _ in 0..self.len {
            let key = cursor.read_key()?;
            absent.retain(|name| *name != key);
            cursor.skip()?;
        }
        Ok(absent)
    }
}

/// The map did not have a field: an error that says what was there instead.
#[cold]
pub(crate) fn missing_field(name: &'static str, sample: &[u8]) -> crate::error::Error {
    crate::error::Error::from(DecodeError::MissingField { present: keys_of(sample).unwrap_or_default() }).in_field(name)
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
