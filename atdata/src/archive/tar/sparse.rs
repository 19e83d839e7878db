//! Sparse members: the data has no holes, a map says where its parts belong. In the old GNU form the map is in headers,
//! in the PAX forms 0.0 and 0.1 in records, in the form 1.0 at the begin of the data.

use super::header::{Block, number};
use super::{BLOCK, TarError};
use crate::error::buffer;

const NO_NUMBER: TarError = TarError::SparseMap("expected a number, found something else");
const MISSING: TarError = TarError::SparseMap("it is shorter than it says");

/// Where each part of the data belongs, and how long it is.
type Parts = Vec<(u64, u64)>;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sparse {
    size: u64,
    parts: Parts,
    /// Whether the map is at the begin of the data.
    in_data: bool,
}

impl Sparse {
    /// The map in the header; whether blocks with more of it follow is [`goes_on`](Self::goes_on).
    pub(crate) fn of_header(block: &Block) -> Result<Self, TarError> {
        let size = number(&block[483..495]).ok_or(NO_NUMBER)?;
        let mut sparse = Self { size, ..Self::default() };
        sparse.extend(&block[386..482])?;
        Ok(sparse)
    }

    /// Whether a block with more of the map follows the header.
    pub(crate) fn goes_on(block: &Block) -> bool {
        block[482] != 0
    }

    /// Adds the map of a block behind the header.
    pub(crate) fn extend_by(&mut self, block: &Block) -> Result<(), TarError> {
        self.extend(&block[..504])
    }

    /// Whether another block follows one behind the header.
    pub(crate) fn goes_on_behind(block: &Block) -> bool {
        block[504] != 0
    }

    /// A file whose map is in PAX records.
    pub(crate) fn of_parts(size: u64, parts: Parts) -> Self {
        Self { size, parts, in_data: false }
    }

    /// A file whose map is at the begin of its data.
    pub(crate) fn of_data(size: u64) -> Self {
        Self { size, parts: Vec::new(), in_data: true }
    }

    /// Size of the file with its holes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    fn extend(&mut self, entries: &[u8]) -> Result<(), TarError> {
        let (entries, _) = entries.as_chunks::<24>();
        for entry in entries {
            match number(&entry[..12]).zip(number(&entry[12..])) {
                Some((_, 0)) => {}
                Some(part) => self.parts.push(part),
                None => return Err(NO_NUMBER),
            }
        }
        Ok(())
    }

    /// The file with its holes: `data` dealt out to its places. A few bytes of map can claim any size, so that is
    /// limited. `member` is its name, for errors.
    pub(crate) fn expand(&self, member: &str, data: &[u8], limit: u64) -> Result<Vec<u8>, TarError> {
        let size = usize::try_from(self.size).ok().filter(|_| self.size <= limit);
        let size = size.ok_or(TarError::SparseSize { size: self.size, limit })?;
        let (map, data) = if self.in_data { map_of(data)? } else { (Vec::new(), data) };
        let no_memory = |_| TarError::NoMemory { member: member.to_owned(), size: self.size };
        let mut file = buffer(size).map_err(no_memory)?;
        file.resize(size, 0);
        let mut rest = data;
        for (offset, len) in self.parts.iter().chain(&map) {
            let place = usize::try_from(*offset)
                .ok()
                .zip(usize::try_from(*len).ok())
                .and_then(|(offset, len)| file.get_mut(offset..offset.checked_add(len)?));
            let Some(place) = place else { return Err(TarError::SparseMap("a part lies outside of the file")) };
            let Some((part, left)) = rest.split_at_checked(place.len()) else {
                return Err(TarError::SparseMap("its parts are longer than the data"));
            };
            place.copy_from_slice(part);
            rest = left;
        }
        if rest.is_empty() { Ok(file) } else { Err(TarError::SparseMap("its parts are shorter than the data")) }
    }
}

/// The map at the begin of `data`, and the data behind it: decimal numbers, one a line, first that of the parts, then of
/// each offset and length, filled up to a whole block.
fn map_of(data: &[u8]) -> Result<(Parts, &[u8]), TarError> {
    let mut used = 0;
    let mut next = || {
        let rest = data.get(used..).unwrap_or_default();
        // No number has more digits.
        let line = rest.iter().take(21).position(|byte| *byte == b'\n').ok_or(MISSING)?;
        used += line + 1;
        decimal(rest.get(..line).unwrap_or_default()).ok_or(NO_NUMBER)
    };
    let count = next()?;
    let mut parts = Vec::new();
    for _ in 0..count {
        // What there is ends before a count that only claims to be large.
        let part = (next()?, next()?);
        parts.extend((part.1 > 0).then_some(part));
    }
    let behind = used.next_multiple_of(usize::try_from(BLOCK).unwrap_or(512));
    Ok((parts, data.get(behind..).ok_or(MISSING)?))
}

/// A number of decimal digits alone.
pub(crate) fn decimal(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok().filter(|_| text.iter().all(u8::is_ascii_digit))?;
    digits.parse().ok()
}
