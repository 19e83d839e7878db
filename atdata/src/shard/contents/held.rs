//! Where the bytes of contents are: in memory, or in their file, of which the blocks are read that are asked for.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::format::{HEAD, Head, Segment, names};
use super::{Contents, damaged};
use crate::error::Result;
use crate::source::Ranges;

/// Bytes of a block: what a page cache keeps together.
const BLOCK: u64 = 4096;

/// The bytes of contents.
#[derive(Clone)]
pub(super) enum Held {
    Whole(Bytes),
    Blocks(Arc<Blocks>),
}

/// Contents in a file.
pub(super) struct Blocks {
    file: Arc<Ranges>,
    /// Where in it they begin.
    base: u64,
    /// Of each segment the number of the block that was read last, and the block: what lies together is asked for together.
    last: [Mutex<(u64, Vec<u8>)>; Segment::ALL.len()],
}

impl Held {
    /// All of them, if they are in memory.
    pub(super) fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Blocks(_) => None,
        }
    }

    /// `N` bytes of a segment, which is at `place`; `None` if it does not have them.
    pub(super) fn fixed<const N: usize>(
        &self,
        segment: Segment,
        place: &Range<usize>,
        at: usize,
    ) -> Result<Option<[u8; N]>> {
        let Some(from) = place.start.checked_add(at).filter(|from| place.end.saturating_sub(*from) >= N) else {
            return Ok(None);
        };
        match self {
            Self::Whole(bytes) => Ok(bytes.get(from..).and_then(<[u8]>::first_chunk).copied()),
            Self::Blocks(blocks) => {
                let mut found = [0; N];
                let read = blocks.read(segment, from, &mut found)?;
                Ok((read == N).then_some(found))
            }
        }
    }

    /// The bytes of a segment from one on: `least` of them, or more, or as many as there are.
    pub(super) fn rest(
        &self,
        segment: Segment,
        place: &Range<usize>,
        at: usize,
        least: usize,
    ) -> Result<Option<Cow<'_, [u8]>>> {
        let Some(from) = place.start.checked_add(at).filter(|from| *from <= place.end) else { return Ok(None) };
        match self {
            Self::Whole(bytes) => Ok(bytes.get(from..place.end).map(Cow::Borrowed)),
            Self::Blocks(blocks) => {
                let mut found = vec![0; least.min(place.end - from)];
                let read = blocks.read(segment, from, &mut found)?;
                found.truncate(read);
                Ok(Some(Cow::Owned(found)))
            }
        }
    }
}

impl Blocks {
    /// Fills `out` with what is at a place of the contents; how much of it there was.
    fn read(&self, segment: Segment, from: usize, out: &mut [u8]) -> Result<usize> {
        let Some(last) = self.last.get(segment as usize) else { return Ok(0) };
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut filled = 0;
        while filled < out.len() {
            let at = from as u64 + filled as u64;
            let number = at / BLOCK;
            if last.0 != number || last.1.is_empty() {
                let start = self.base.saturating_add(number * BLOCK);
                // What fails leaves no block behind.
                *last = (number, Vec::new());
                last.1 = self.file.read(start..start.saturating_add(BLOCK), &|| false)?;
            }
            let within = usize::try_from(at % BLOCK).unwrap_or(0);
            let there = last.1.get(within..).unwrap_or_default();
            let rest = out.get_mut(filled..).unwrap_or_default();
            let count = there.len().min(rest.len());
            if count == 0 {
                break;
            }
            rest.iter_mut().zip(there).for_each(|(to, from)| *to = *from);
            filled += count;
        }
        Ok(filled)
    }
}

impl Contents {
    /// Contents of `len` bytes in a file, from `base` on, of which no more is read now than their head and the names of the
    /// fields: for those that are not to be in memory. Of the other segments no checksum is computed; what is read by way of
    /// them is held against the shard like all else.
    pub(super) fn by_blocks(file: Arc<Ranges>, base: u64, len: u64) -> Result<Self> {
        let read =
            |range: Range<u64>| file.read(base.saturating_add(range.start)..base.saturating_add(range.end), &|| false);
        let head = Head::parse(&read(0..HEAD as u64)?)?;
        head.check_length(len)?;
        let place = head.range(Segment::Fields);
        let fields = read(place.start as u64..place.end as u64)?;
        if head.crcs.get(Segment::Fields as usize) != Some(&crc32c::crc32c(&fields)) {
            return Err(damaged(Segment::Fields.mismatch()));
        }
        let names = names(&fields).ok_or_else(|| damaged("a field has no name"))?;
        let last = std::array::from_fn(|_| Mutex::default());
        Ok(Self::new(head, Held::Blocks(Arc::new(Blocks { file, base, last })), fields.into(), names))
    }

    /// Whether they are in memory as a whole.
    pub(crate) fn is_whole(&self) -> bool {
        self.held.whole().is_some()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::shard::contents::{Builder, Keys, Place};
    use crate::source::{ReadOptions, Shard};

    /// Some samples of one member, or of several, some of them with long keys.
    fn contents(samples: u64, several: bool) -> Contents {
        let mut builder = Builder::default();
        let mut at = 0;
        for number in 0..samples {
            let key = if number % 40 == 7 { format!("{}{number}", "k".repeat(9000)) } else { format!("k/{number:06}") };
            let members = if several && number % 3 == 0 { 2 } else { 1 };
            let place = |member: u64| Place {
                field: if member == 0 { "msgpack" } else { "txt" },
                data: at + 1024 * member + 512,
                size: 100 + number % 300,
                header_crc32c: 7,
                crc32c: Some(u32::try_from(number).unwrap()),
            };
            builder.push(at, &key, (0..members).map(place)).unwrap();
            at += 1024 * members;
        }
        builder.finish(at + 1024)
    }

    #[test]
    fn blocks_say_what_all_of_them_say() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.atx");
        for (samples, several) in [(0, false), (1, false), (3000, false), (3000, true)] {
            let whole = contents(samples, several);
            let bytes = whole.as_bytes();
            // Behind something else, as they are in a pack.
            std::fs::write(&path, [&[1; 777][..], bytes, &[2; 10]].concat()).unwrap();
            let file = Ranges::open(&Shard::from_path(&path), &ReadOptions::new(), &|| false).unwrap().unwrap();
            let blocks = Contents::by_blocks(Arc::new(file), 777, bytes.len() as u64).unwrap();
            assert!(whole.is_whole() && !blocks.is_whole());
            let mut keys = Keys::default();
            // Here and there, and one behind the other.
            for number in (0..samples).map(|number| number * 1237 % samples).chain(0..samples) {
                assert_eq!(blocks.sample(number).unwrap(), whole.sample(number).unwrap(), "{number}");
                let key = whole.key(number).unwrap();
                assert_eq!(blocks.key_in(number, &mut keys).unwrap(), key.as_bytes(), "{number}");
                assert_eq!(blocks.find(&key).unwrap(), Some(number));
            }
            assert_eq!(blocks.find("none").unwrap(), None);
            assert!(blocks.sample(samples).is_err() && blocks.key(samples).is_err());
        }
    }

    #[test]
    fn a_file_that_is_cut_is_damaged_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.atx");
        let whole = contents(3000, true);
        let bytes = whole.as_bytes();
        std::fs::write(&path, bytes).unwrap();
        let file = Ranges::open(&Shard::from_path(&path), &ReadOptions::new(), &|| false).unwrap().unwrap();
        let file = Arc::new(file);
        assert!(Contents::by_blocks(Arc::clone(&file), 0, bytes.len() as u64 - 8).is_err());
        let blocks = Contents::by_blocks(file, 0, bytes.len() as u64).unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_len(5000).unwrap();
        let error = blocks.sample(2500).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::Corrupt, "{error}");
        assert!(blocks.find("k/000003").is_err() || blocks.find("k/000003").unwrap().is_none());
    }
}
