//! The walk: where the value of a field is in a packed sample of which only pieces are here.

use std::cell::RefCell;
use std::ops::Range;

use bytes::Bytes;
use ndarray::SliceInfoElem;

use crate::array::{ArrayHead, Begun, Cut};
use crate::error::{Error, Result};
use crate::sample::{DecodeError, describe};

/// Pieces of a member's content, as they were read.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pieces: Vec<(usize, Bytes)>,
    /// What was looked at.
    seen: RefCell<Vec<Range<usize>>>,
}

/// Ranges that are so near each other count as one.
const NEAR: usize = 256;

impl Pieces {
    pub(super) fn push(&mut self, at: usize, bytes: Bytes) {
        self.pieces.push((at, bytes));
    }

    /// The bytes of a range, if one piece has all of them.
    pub(super) fn get(&self, range: &Range<usize>) -> Option<&[u8]> {
        if range.is_empty() {
            return Some(&[]);
        }
        let found = self.pieces.iter().find_map(|(at, bytes)| {
            let from = range.start.checked_sub(*at)?;
            bytes.get(from..from + range.len())
        });
        if found.is_some() {
            let mut seen = self.seen.borrow_mut();
            match seen.last_mut().filter(|last| (last.start..=last.end + NEAR).contains(&range.start)) {
                Some(last) => last.end = last.end.max(range.end),
                None => seen.push(range.clone()),
            }
        }
        found
    }

    /// Forgets what was looked at, for a walk that begins anew.
    pub(super) fn begin(&mut self) {
        self.seen.get_mut().clear();
    }

    /// The handle of a piece that has all `len` bytes.
    pub(super) fn whole(&self, len: usize) -> Option<&Bytes> {
        self.pieces.iter().find(|(at, bytes)| *at == 0 && bytes.len() == len).map(|(_, bytes)| bytes)
    }

    /// The ranges that were looked at: what the same field of another sample probably needs.
    pub(super) fn seen(self) -> Vec<Range<usize>> {
        self.seen.into_inner()
    }
}

/// Which field, and what of it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The names that lead to it.
    pub(super) path: Box<[Box<str>]>,
    /// Whether bytes are an array.
    pub(super) is_array: bool,
    /// What is taken of each array, and of that in turn.
    pub(super) slices: Vec<Box<[SliceInfoElem]>>,
    /// Whether where the elements are is enough, and not they.
    pub(super) is_placed: bool,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Seen {
    Missing,
    /// Where the value is, as msgpack writes it.
    Value(Range<usize>),
    /// Where the elements are that are wanted, of those that the hull of the cut has.
    Array {
        head: ArrayHead,
        cut: Cut,
        elements: Range<usize>,
    },
}

/// Why the walk ends before it is at its end.
pub(super) enum Stop {
    /// Bytes that are not here.
    Need(Range<usize>),
    Bad(Error),
}

impl From<Error> for Stop {
    #[cold]
    fn from(error: Error) -> Self {
        Self::Bad(error)
    }
}

impl From<DecodeError> for Stop {
    #[cold]
    fn from(error: DecodeError) -> Self {
        Self::Bad(error.into())
    }
}

/// Finds the field in a packed sample of `len` bytes.
pub(super) fn find(pieces: &Pieces, len: usize, wanted: &Wanted) -> Result<Seen, Stop> {
    let mut walk = Walk { pieces, len, at: 0 };
    for (depth, name) in wanted.path.iter().enumerate() {
        // Where there is nothing, there is nothing in it.
        if depth > 0
            && let Some(null) = walk.null()?
        {
            return Ok(Seen::Value(null));
        }
        if !walk.enter(name)? {
            return Ok(Seen::Missing);
        }
    }
    if wanted.path.is_empty() { Ok(Seen::Missing) } else { value(walk, wanted) }
}

/// The same, where the value alone is there.
pub(super) fn alone(pieces: &Pieces, len: usize, wanted: &Wanted) -> Result<Seen, Stop> {
    value(Walk { pieces, len, at: 0 }, wanted)
}

fn value(mut walk: Walk<'_>, wanted: &Wanted) -> Result<Seen, Stop> {
    let (start, pieces) = (walk.at, walk.pieces);
    if wanted.is_array
        && let Item::Bin(content) = walk.item()?
    {
        let end = walk.end_of(content)?;
        return array(pieces, walk.at..end, wanted);
    }
    walk.at = start;
    walk.skip()?;
    let value = start..walk.at;
    if pieces.get(&value).is_none() {
        return Err(Stop::Need(value));
    }
    Ok(Seen::Value(value))
}

/// The array in that place.
pub(super) fn array(pieces: &Pieces, place: Range<usize>, wanted: &Wanted) -> Result<Seen, Stop> {
    let mut needed = 0;
    let head = loop {
        let range = place.start..place.start + needed;
        let begin = pieces.get(&range).ok_or(Stop::Need(range))?;
        match ArrayHead::parse(begin, place.len()).map_err(Error::from)? {
            Begun::Head(head) => break head,
            Begun::More(more) => needed = more,
        }
    };
    let cut = wanted.slices.iter().try_fold(Cut::whole(&head.shape), |cut, slice| cut.sliced(slice));
    let cut = cut.map_err(Error::from)?;
    // Elements in another order lie all over.
    let hull = if head.is_fortran { 0..head.shape.iter().product() } else { cut.hull() };
    let (size, start) = (head.descr.item_size(), place.start + head.elements.start);
    let elements = start + hull.start * size..start + hull.end * size;
    if !wanted.is_placed && pieces.get(&elements).is_none() {
        return Err(Stop::Need(elements));
    }
    Ok(Seen::Array { head, cut, elements })
}

/// A value by its head, which is passed then.
enum Item {
    /// All of it is passed.
    Whole,
    Str(usize),
    Bin(usize),
    List(usize),
    Map(usize),
}

struct Walk<'p> {
    pieces: &'p Pieces,
    len: usize,
    at: usize,
}

impl<'p> Walk<'p> {
    fn take(&mut self, len: usize) -> Result<&'p [u8], Stop> {
        let range = self.at..self.end_of(len)?;
        let bytes = self.pieces.get(&range).ok_or_else(|| Stop::Need(range.clone()))?;
        self.at = range.end;
        Ok(bytes)
    }

    /// Where the next bytes end, if there are as many.
    fn end_of(&self, len: usize) -> Result<usize, Stop> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.len);
        end.ok_or_else(|| DecodeError::Truncated { at: self.len, needed: len - (self.len - self.at) }.into())
    }

    /// A big-endian number of so many bytes.
    fn number(&mut self, len: usize) -> Result<usize, Stop> {
        let bytes = self.take(len)?;
        Ok(bytes.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    fn item(&mut self) -> Result<Item, Stop> {
        let &[marker] = self.take(1)? else { return Ok(Item::Whole) };
        let short = usize::from(marker & 0x0f);
        Ok(match marker {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Item::Whole,
            0x80..=0x8f => Item::Map(short),
            0x90..=0x9f => Item::List(short),
            0xa0..=0xbf => Item::Str(usize::from(marker & 0x1f)),
            0xc4 => Item::Bin(self.number(1)?),
            0xc5 => Item::Bin(self.number(2)?),
            0xc6 => Item::Bin(self.number(4)?),
            0xd9 => Item::Str(self.number(1)?),
            0xda => Item::Str(self.number(2)?),
            0xdb => Item::Str(self.number(4)?),
            0xdc => Item::List(self.number(2)?),
            0xdd => Item::List(self.number(4)?),
            0xde => Item::Map(self.number(2)?),
            0xdf => Item::Map(self.number(4)?),
            0xcc | 0xd0 => self.pass(1)?,
            0xcd | 0xd1 => self.pass(2)?,
            0xca | 0xce | 0xd2 => self.pass(4)?,
            0xcb | 0xcf | 0xd3 => self.pass(8)?,
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => return Err(wrong(marker, "a msgpack value")),
        })
    }

    /// Where the null is, if the next value is that.
    fn null(&self) -> Result<Option<Range<usize>>, Stop> {
        let range = self.at..self.end_of(1)?;
        let marker = self.pieces.get(&range).ok_or_else(|| Stop::Need(range.clone()))?;
        Ok((marker == [0xc0]).then_some(range))
    }

    fn pass(&mut self, len: usize) -> Result<Item, Stop> {
        self.at = self.end_of(len)?;
        Ok(Item::Whole)
    }

    /// Passes over one value, however deep it is.
    fn skip(&mut self) -> Result<(), Stop> {
        // Each value takes a byte at least: a length that lies ends at the end of the sample.
        let mut left = 1_u64;
        while left > 0 {
            left -= 1;
            match self.item()? {
                Item::Whole => {}
                Item::Str(len) | Item::Bin(len) => self.at = self.end_of(len)?,
                Item::List(len) => left = left.saturating_add(len as u64),
                Item::Map(len) => left = left.saturating_add(2 * len as u64),
            }
        }
        Ok(())
    }

    /// Moves to the value of that name in the map that is next; false if there is none.
    fn enter(&mut self, name: &str) -> Result<bool, Stop> {
        let start = self.at;
        let marker = |walk: &Self| walk.pieces.get(&(start..start + 1)).and_then(|bytes| bytes.first().copied());
        let Item::Map(entries) = self.item()? else { return Err(wrong(marker(self).unwrap_or(0), "a map")) };
        for _ in 0..entries {
            let start = self.at;
            let Item::Str(len) = self.item()? else {
                let found = self.pieces.get(&(start..start + 1)).and_then(|bytes| bytes.first());
                return Err(DecodeError::KeyType { found: describe(found.copied().unwrap_or(0)) }.into());
            };
            if len == name.len() {
                if self.take(len)? == name.as_bytes() {
                    return Ok(true);
                }
            } else {
                self.at = self.end_of(len)?;
            }
            self.skip()?;
        }
        Ok(false)
    }
}

#[cold]
fn wrong(marker: u8, expected: &'static str) -> Stop {
    DecodeError::WrongType { expected, found: describe(marker) }.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use ndarray::s;

    use super::*;
    use crate::array::DynArray;
    use crate::sample::{DictSample, Packable as _, Value};

    fn wanted(path: &[&str], is_array: bool) -> Wanted {
        Wanted {
            path: path.iter().map(|name| Box::from(*name)).collect(),
            is_array,
            slices: Vec::new(),
            is_placed: false,
        }
    }

    /// Walks with no more than what is asked for; what was found, and how many bytes were given.
    fn walk(packed: &[u8], wanted: &Wanted) -> Result<(Seen, Pieces, usize), Error> {
        let (mut pieces, mut given) = (Pieces::default(), 0);
        loop {
            match find(&pieces, packed.len(), wanted) {
                Ok(seen) => return Ok((seen, pieces, given)),
                Err(Stop::Bad(error)) => return Err(error),
                Err(Stop::Need(range)) => {
                    assert!(pieces.get(&range).is_none(), "{range:?} again");
                    given += range.len();
                    pieces.push(range.start, Bytes::copy_from_slice(&packed[range.clone()]));
                }
            }
        }
    }

    fn sample() -> Vec<u8> {
        let array = |seed: u16| {
            let values: Vec<u16> = (0..600).map(|at| at + seed).collect();
            Value::Bin(DynArray::from_vec([20, 30], values).unwrap().to_bytes().into())
        };
        let inner: Value = Value::Map(vec![("x".into(), Value::Int(1)), ("deep".into(), "text".into())]);
        let list = Value::List(vec![1.5.into(), Value::List(vec![Value::Nil, true.into()]), inner.clone()]);
        let fields = [
            ("image", array(0)),
            ("list", list),
            ("inner", inner),
            ("long", Value::Str("t".repeat(70_000))),
            ("temperature", array(1000)),
            ("n", Value::Int(70_000)),
            ("none", Value::Nil),
        ];
        fields.into_iter().collect::<DictSample>().pack()
    }

    #[test]
    fn only_what_leads_to_the_field_is_looked_at() {
        let packed = sample();
        let (seen, pieces, given) = walk(&packed, &wanted(&["temperature"], true)).unwrap();
        let Seen::Array { head, cut, elements } = seen else { panic!("{seen:?}") };
        assert_eq!((&head.shape[..], cut.is_whole(), elements.len()), (&[20, 30][..], true, 1200));
        assert_eq!(pieces.get(&elements).unwrap()[..2], 1000_u16.to_le_bytes());
        assert!(given < 1200 + 300, "{given}");
        let mut part = wanted(&["temperature"], true);
        part.slices.push(s![2..4, ..5].as_ref().into());
        let (seen, pieces, given) = walk(&packed, &part).unwrap();
        let Seen::Array { elements, cut, .. } = seen else { panic!("{seen:?}") };
        assert_eq!((&cut.shape[..], elements.len()), (&[2, 5][..], 35 * 2));
        assert_eq!(pieces.get(&elements).unwrap()[..2], 1060_u16.to_le_bytes());
        assert!(given < 400, "{given}");
    }

    #[test]
    fn values_of_any_kind_are_found() {
        let packed = sample();
        let value = |path: &[&str]| match walk(&packed, &wanted(path, true)).unwrap() {
            (Seen::Value(range), ..) => packed[range].to_vec(),
            (seen, ..) => panic!("{seen:?}"),
        };
        assert_eq!(value(&["n"]), [0xce, 0, 1, 0x11, 0x70]);
        assert_eq!(value(&["none"]), [0xc0]);
        assert_eq!(value(&["inner", "deep"]), b"\xa4text");
        assert_eq!(value(&["long"]).len(), 70_005);
        for path in [&["other"][..], &["inner", "y"]] {
            assert!(matches!(walk(&packed, &wanted(path, true)).unwrap().0, Seen::Missing));
        }
        assert_eq!(value(&["none", "x", "y"]), [0xc0]);
        assert!(walk(&packed, &wanted(&["n", "x"], true)).unwrap_err().to_string().contains("expected a map"));
    }

    #[test]
    fn damage_ends_the_walk() {
        for bytes in
            [&b""[..], b"\x81", b"\x81\xa1", b"\x81\xa1a", b"\x81\xa1b\xdd\xff\xff\xff\xff\x00", b"\x93\x01\x02\x03"]
        {
            assert!(walk(bytes, &wanted(&["a"], true)).is_err(), "{bytes:?}");
        }
        for bytes in
            [&b"\x81\x01\x02"[..], b"\x81\xa1b\xc1", b"\x81\xa1a\xc6\xff\xff\xff\xff\x00", b"\x81\xa1a\xc4\x02\x05x"]
        {
            assert!(walk(bytes, &wanted(&["a"], true)).is_err(), "{bytes:?}");
        }
        let packed = sample();
        for end in (0..packed.len()).step_by(997) {
            assert!(walk(&packed[..end], &wanted(&["none"], true)).is_err(), "{end}");
        }
    }
}
