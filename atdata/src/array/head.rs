//! The head of an array: what is known of it before its elements are read.

use std::ops::Range;

use crate::array::{ArrayError, Descr, RawArray, npy};

/// Bytes of its begin that say of most arrays all but the elements.
const BEGIN: usize = 128;

/// What an array is, and where its elements are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArrayHead {
    pub(crate) descr: Descr<'static>,
    pub(crate) shape: Vec<usize>,
    /// Whether the first dimension runs fastest.
    pub(crate) is_fortran: bool,
    /// Where its elements are within the bytes of the array.
    pub(crate) elements: Range<usize>,
}

/// What the begin of an array tells.
pub(crate) enum Begun {
    Head(ArrayHead),
    /// So many bytes of it are needed to know.
    More(usize),
}

impl ArrayHead {
    /// Of an array of `len` bytes, of which only the `begin` is here; its sizes are held against `len`.
    pub(crate) fn parse(begin: &[u8], len: usize) -> Result<Begun, ArrayError> {
        let needed = needed(begin).min(len);
        let Some(begin) = begin.get(..begin.len().min(len)).filter(|begin| begin.len() >= needed) else {
            return Ok(Begun::More(needed));
        };
        let is_npy = begin.starts_with(npy::MAGIC);
        let raw = if is_npy { RawArray::parse_npy(begin) } else { RawArray::parse_compact(begin) }?;
        let (expected, start) = (raw.expected_size()?, raw.place_in(begin).start);
        let found = len - start;
        // Behind the elements of an npy file there may be something else, as for numpy.
        if expected > found || (expected < found && !is_npy) {
            let item_size = raw.descr.item_size();
            return Err(ArrayError::Size { shape: raw.shape().collect(), item_size, expected, found });
        }
        let (shape, is_fortran) = (raw.shape().collect(), raw.is_fortran() && raw.ndim() > 1);
        let elements = start..start + expected;
        Ok(Begun::Head(Self { descr: raw.descr.into_owned(), shape, is_fortran, elements }))
    }
}

/// How many bytes the head has, as far as those that are here tell.
fn needed(begin: &[u8]) -> usize {
    match begin {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, 0, a, b, ..] => 10 + usize::from(u16::from_le_bytes([*a, *b])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, 0, a, b, c, d, ..] => {
            // What is longer is refused by who parses it.
            let len = u32::from_le_bytes([*a, *b, *c, *d]);
            12 + usize::try_from(len).map_or(0, |len| if len > 10_000 { 0 } else { len })
        }
        [0x93, ..] | [] => BEGIN,
        [len, rest @ ..] => match rest.get(usize::from(*len)) {
            Some(ndim) => 2 + usize::from(*len) + 8 * usize::from(*ndim),
            None => BEGIN.max(2 + usize::from(*len)),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::array::{DynArray, write_npy};

    /// Asks for as much as it says that it needs.
    fn parse(bytes: &[u8]) -> Result<ArrayHead, ArrayError> {
        let mut len = 0;
        loop {
            match ArrayHead::parse(&bytes[..len], bytes.len())? {
                Begun::Head(head) => return Ok(head),
                Begun::More(more) => {
                    assert!(more > len && more <= bytes.len(), "{more} behind {len}");
                    len = more;
                }
            }
        }
    }

    #[test]
    fn the_head_is_known_by_the_begin() {
        let compact = DynArray::from_vec([2, 300], vec![7_i16; 600]).unwrap().to_bytes();
        let head = parse(&compact).unwrap();
        assert_eq!((&head.shape[..], head.elements.clone(), head.is_fortran), (&[2, 300][..], 21..1221, false));
        let many = DynArray::from_vec(vec![1; 40], vec![7_u8]).unwrap().to_bytes();
        assert_eq!(parse(&many).unwrap().shape, [1; 40]);
        let mut npy = Vec::new();
        write_npy("'<i2'", &[2, 300], &compact[21..], &mut npy);
        npy.extend_from_slice(b"behind");
        let head = parse(&npy).unwrap();
        assert_eq!((head.shape, head.elements), (vec![2, 300], 128..1328));
    }

    #[test]
    fn sizes_are_held_against_all_bytes() {
        let whole = DynArray::from_vec([3], vec![7_i16; 3]).unwrap().to_bytes();
        for bytes in [&whole[..whole.len() - 1], &[&whole[..], &[0]].concat()] {
            let error = parse(bytes).unwrap_err();
            assert!(matches!(error, ArrayError::Size { expected: 6, .. }), "{error}");
        }
        for bytes in [
            &b""[..],
            b"\x03",
            b"\x03<f4",
            b"\x03<f4\x02\0\0",
            b"\x93NUMPY",
            b"\x93NUMPY\x02\0\xff\xff\xff\xff",
            b"\x01O\0",
        ] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
    }
}
