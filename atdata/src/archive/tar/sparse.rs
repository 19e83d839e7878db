//! Sparse members in the old GNU form: the data has no holes, a map says where its parts belong.

use super::TarError;
use super::header::{Block, number};

/// A few bytes of map can claim any size: this much is believed, and then a multiple of the data that is there.
const TRUSTED: u64 = 16 << 20;
const MOST_HOLES: u64 = 64;

const NO_NUMBER: TarError = TarError::SparseMap("expected a number, found something else");

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sparse {
    size: u64,
    parts: Vec<(u64, u64)>,
}

impl Sparse {
    /// The map in the header, and whether blocks with more of it follow.
    pub(crate) fn of_header(block: &Block) -> Result<(Self, bool), TarError> {
        let size = number(&block[483..495]).ok_or(NO_NUMBER)?;
        let mut sparse = Self { size, parts: Vec::new() };
        sparse.extend(&block[386..482])?;
        Ok((sparse, block[482] != 0))
    }

    /// Adds the map of a block behind the header; whether another one follows.
    pub(crate) fn extend_by(&mut self, block: &Block) -> Result<bool, TarError> {
        self.extend(&block[..504])?;
        Ok(block[504] != 0)
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

    /// The file with its holes: `data` dealt out to its places.
    pub(crate) fn expand(&self, data: &[u8]) -> Result<Vec<u8>, TarError> {
        let limit = (data.len() as u64).saturating_mul(MOST_HOLES).max(TRUSTED);
        let size = usize::try_from(self.size).ok().filter(|_| self.size <= limit);
        let size = size.ok_or(TarError::SparseSize { size: self.size, limit })?;
        let mut file = vec![0; size];
        let mut rest = data;
        for (offset, len) in &self.parts {
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
