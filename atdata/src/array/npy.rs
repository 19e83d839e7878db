//! The `.npy` form, which atdata wrote before 0.3 and still writes for structured dtypes.
//!
//! Source: numpy's format description (NEP 1 and `numpy.lib.format`), versions 1.0, 2.0 and 3.0.

use std::borrow::Cow;

use crate::array::{ArrayError, Descr};

pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is parsed; numpy has the same limit.
const MAX_HEADER: usize = 10_000;

/// Literals inside literals in a structured dtype.
const MAX_DEPTH: usize = 32;

pub(crate) struct Header<'a> {
    pub(crate) descr: Descr<'a>,
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// All bytes behind the header.
    pub(crate) data: &'a [u8],
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Header<'_>, ArrayError> {
    let too_short = |needed| ArrayError::TooShort { part: "npy header", len: bytes.len(), needed };
    let (len, start) = match bytes.get(MAGIC.len()..) {
        Some([1, 0, a, b, ..]) => (usize::from(u16::from_le_bytes([*a, *b])), 10),
        Some([2 | 3, 0, a, b, c, d, ..]) => {
            (usize::try_from(u32::from_le_bytes([*a, *b, *c, *d])).unwrap_or(usize::MAX), 12)
        }
        Some([1..=3, 0, ..] | [] | [_]) | None => return Err(too_short(12)),
        Some(&[major, minor, ..]) => return Err(ArrayError::NpyVersion { major, minor }),
    };
    if len > MAX_HEADER {
        return Err(ArrayError::NpyHeader { reason: "it is longer than 10000 bytes" });
    }
    let header = bytes.get(start..start + len).ok_or_else(|| too_short(start + len))?;
    let text = std::str::from_utf8(header).map_err(|_| ArrayError::NpyHeader { reason: "it is not text" })?;
    let mut parser = Parser { text, rest: text, depth: 0 };
    let (descr, fortran, shape) = parser.dict()?;
    Ok(Header { descr, fortran, shape, data: bytes.get(start + len..).unwrap_or_default() })
}

/// An array of a structured dtype as numpy 1.0 saves it: header padded with spaces to a multiple of 64.
pub(crate) fn write(literal: &str, shape: &[usize], data: &[u8], out: &mut Vec<u8>) {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    // A tuple of one has a comma.
    let sizes = sizes.join(", ") + if shape.len() == 1 { "," } else { "" };
    let dict = format!("{{'descr': {literal}, 'fortran_order': False, 'shape': ({sizes}), }}");
    // numpy turns to version 2.0 where a 16-bit length is too small, and to 3.0 for names outside Latin-1.
    let (version, len_bytes) = match (dict.is_ascii(), dict.len() < 65_000) {
        (true, true) => (1, 2),
        (true, false) => (2, 4),
        (false, _) => (3, 4),
    };
    let unpadded = MAGIC.len() + 2 + len_bytes + dict.len() + 1;
    let padding = unpadded.next_multiple_of(64) - unpadded;
    let len = dict.len() + padding + 1;
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[version, 0]);
    out.extend_from_slice(len.to_le_bytes().get(..len_bytes).unwrap_or_default());
    out.extend_from_slice(dict.as_bytes());
    out.resize(out.len() + padding, b' ');
    out.push(b'\n');
    out.extend_from_slice(data);
}

/// The few Python literals that such a header is made of; nothing is ever evaluated.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn dict(&mut self) -> Result<(Descr<'a>, bool, Vec<usize>), ArrayError> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect('{', "it is not a dictionary")?;
        while !self.eat('}') {
            let key = self.string()?;
            self.expect(':', "a key has no value")?;
            match &*key {
                "descr" => descr = Some(self.descr()?),
                "fortran_order" => fortran = Some(self.bool()?),
                "shape" => shape = Some(self.shape()?),
                _ => return Err(bad("it has a key that is not descr, fortran_order or shape")),
            }
            if !self.eat(',') {
                self.expect('}', "it does not end with a brace")?;
                break;
            }
        }
        match (descr, fortran, shape) {
            (Some(descr), Some(fortran), Some(shape)) => Ok((descr, fortran, shape)),
            _ => Err(bad("descr, fortran_order or shape is missing")),
        }
    }

    fn descr(&mut self) -> Result<Descr<'a>, ArrayError> {
        self.skip_space();
        if !self.rest.starts_with('[') {
            return match self.string()? {
                Cow::Borrowed(text) => Descr::parse(text),
                Cow::Owned(text) => Descr::parse(&text).map(Descr::into_owned),
            };
        }
        let start = self.text.len() - self.rest.len();
        let item_size = self.structure()?;
        let end = self.text.len() - self.rest.len();
        let literal = self.text.get(start..end).unwrap_or_default().trim_end();
        Ok(Descr::Structured { literal: Cow::Borrowed(literal), item_size })
    }

    /// `[('name', '<f4'), (('title', 'name'), '<i4', (2, 3)), ('nested', [...])]`: the bytes of one element.
    fn structure(&mut self) -> Result<usize, ArrayError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(bad("its dtype is nested too deep"));
        }
        let mut total: usize = 0;
        self.expect('[', "a structured dtype is not a list")?;
        while !self.eat(']') {
            total = total.checked_add(self.structure_field()?).ok_or(ArrayError::Overflow)?;
            if !self.eat(',') {
                self.expect(']', "a structured dtype does not end")?;
                break;
            }
        }
        self.depth -= 1;
        if total == 0 { Err(bad("its dtype has no bytes")) } else { Ok(total) }
    }

    fn structure_field(&mut self) -> Result<usize, ArrayError> {
        self.expect('(', "a field of a structured dtype is not a tuple")?;
        self.field_name()?;
        self.expect(',', "a field of a structured dtype has no type")?;
        self.skip_space();
        let mut size = if self.rest.starts_with('[') { self.structure()? } else { self.field_size()? };
        if self.eat(',') && !self.rest.trim_start().starts_with(')') {
            for repeat in self.shape()? {
                size = size.checked_mul(repeat).ok_or(ArrayError::Overflow)?;
            }
        }
        self.expect(')', "a field of a structured dtype does not end")?;
        Ok(size)
    }

    /// A name, or a title and a name.
    fn field_name(&mut self) -> Result<(), ArrayError> {
        if self.eat('(') {
            self.string()?;
            self.expect(',', "a field's title has no name")?;
            self.string()?;
            return self.expect(')', "a field's name does not end");
        }
        self.string().map(drop)
    }

    fn field_size(&mut self) -> Result<usize, ArrayError> {
        let text = self.string()?;
        match Descr::parse(&text) {
            Ok(descr) => Ok(descr.item_size()),
            // Padding of no bytes is legal inside a structure.
            Err(_) if matches!(&*text, "|V0" | "|S0" | "<U0" | ">U0") => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn shape(&mut self) -> Result<Vec<usize>, ArrayError> {
        let mut shape = Vec::new();
        self.expect('(', "the shape is not a tuple")?;
        while !self.eat(')') {
            shape.push(self.size(shape.len())?);
            if !self.eat(',') {
                self.expect(')', "the shape does not end")?;
                break;
            }
        }
        Ok(shape)
    }

    fn size(&mut self, axis: usize) -> Result<usize, ArrayError> {
        self.skip_space();
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        // Python 2 wrote long integers with a suffix.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        let size: i64 = digits.parse().map_err(|_| bad("a size in the shape is not a number"))?;
        usize::try_from(size).map_err(|_| ArrayError::Negative { axis, size })
    }

    fn bool(&mut self) -> Result<bool, ArrayError> {
        self.skip_space();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        Err(bad("fortran_order is neither True nor False"))
    }

    fn string(&mut self) -> Result<Cow<'a, str>, ArrayError> {
        self.skip_space();
        let Some(quote @ ('\'' | '"')) = self.rest.chars().next() else {
            return Err(bad("a string is expected where there is none"));
        };
        let body = self.rest.get(1..).unwrap_or_default();
        let end = body.find(quote).ok_or_else(|| bad("a string does not end"))?;
        let (text, rest) = body.split_at(end);
        if text.contains('\\') {
            return Err(bad("a string has an escape"));
        }
        self.rest = rest.get(1..).unwrap_or_default();
        Ok(Cow::Borrowed(text))
    }

    fn eat(&mut self, c: char) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, c: char, reason: &'static str) -> Result<(), ArrayError> {
        if self.eat(c) { Ok(()) } else { Err(bad(reason)) }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn bad(reason: &'static str) -> ArrayError {
    ArrayError::NpyHeader { reason }
}
