//! The `.npy` form, which atdata wrote before 0.3 and still writes for structured dtypes.
//!
//! Source: numpy's format description (NEP 1 and `numpy.lib.format`), versions 1.0, 2.0 and 3.0.

use std::borrow::Cow;

use crate::array::{ArrayError, Descr};

pub(crate) const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is parsed; numpy has the same limit.
const MAX_HEADER: usize = 10_000;

/// Digits that the first size may grow to in place, as in numpy since 1.23.
const GROWTH_DIGITS: usize = 21;

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
    let data = bytes.get(start + len..).unwrap_or_default();
    // Versions 1.0 and 2.0 are Latin-1, version 3.0 is UTF-8; ASCII is both.
    if bytes.get(MAGIC.len()) == Some(&3) || header.is_ascii() {
        let text = std::str::from_utf8(header).map_err(|_| bad("it is not UTF-8"))?;
        let (descr, fortran, shape) = Parser::new(text).header()?;
        return Ok(Header { descr, fortran, shape, data });
    }
    let text: String = header.iter().map(|&byte| char::from(byte)).collect();
    let (descr, fortran, shape) = Parser::new(&text).header()?;
    Ok(Header { descr: descr.into_owned(), fortran, shape, data })
}

/// An array of a structured dtype as numpy saves it: with room for the first size to grow in place, and padded with
/// spaces to a multiple of 64, by a whole one where it is one already.
pub(crate) fn write(literal: &str, shape: &[usize], data: &[u8], out: &mut Vec<u8>) {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    let room = sizes.first().map_or(0, |size| GROWTH_DIGITS - size.len().min(GROWTH_DIGITS));
    // A tuple of one has a comma.
    let sizes = sizes.join(", ") + if shape.len() == 1 { "," } else { "" };
    let dict = format!("{{'descr': {literal}, 'fortran_order': False, 'shape': ({sizes}), }}{:room$}", "");
    // numpy turns to version 2.0 where a 16-bit length is too small, and to 3.0 for names outside Latin-1.
    let latin1: Option<Vec<u8>> = dict.chars().map(|c| u8::try_from(c).ok()).collect();
    let padding = |len_bytes, dict: &[u8]| 64 - (MAGIC.len() + 2 + len_bytes + dict.len() + 1) % 64;
    let (version, len_bytes, dict) = match latin1 {
        Some(dict) if u16::try_from(dict.len() + 1 + padding(2, &dict)).is_ok() => (1, 2, dict),
        Some(dict) => (2, 4, dict),
        None => (3, 4, dict.into_bytes()),
    };
    let padding = padding(len_bytes, &dict);
    let len = dict.len() + padding + 1;
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[version, 0]);
    out.extend_from_slice(len.to_le_bytes().get(..len_bytes).unwrap_or_default());
    out.extend_from_slice(&dict);
    out.resize(out.len() + padding, b' ');
    out.push(b'\n');
    out.extend_from_slice(data);
}

/// One field of a structured dtype.
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    /// `None` for one of no bytes, such as `|V0`.
    pub(crate) descr: Option<Descr<'a>>,
    /// Sizes of the array that each element has there; none for a single value.
    pub(crate) shape: Vec<usize>,
    /// Bytes in each element.
    pub(crate) size: usize,
}

/// The dtype of this name, or of the literal of its fields.
pub(crate) fn descr(text: &str) -> Result<Descr<'_>, ArrayError> {
    if has_no_bytes(text) {
        return Ok(Descr::Opaque { typestr: Cow::Borrowed(text), item_size: 0 });
    }
    if !text.starts_with('[') {
        return Descr::parse(text);
    }
    let mut parser = Parser::new(text);
    let descr = parser.descr()?;
    if parser.rest.is_empty() { Ok(descr) } else { Err(bad("there is text behind the dtype")) }
}

/// The fields of a structured dtype, in the order of their bytes, from its literal.
pub(crate) fn members(literal: &str) -> Result<Vec<Member<'_>>, ArrayError> {
    let mut members = Vec::new();
    Parser::new(literal).members(|member| {
        members.push(member);
        Ok(())
    })?;
    Ok(members)
}

/// The few Python literals that such a header is made of; nothing is ever evaluated.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, rest: text, depth: 0 }
    }

    fn header(mut self) -> Result<(Descr<'a>, bool, Vec<usize>), ArrayError> {
        let header = self.dict()?;
        self.skip_space();
        if self.rest.is_empty() { Ok(header) } else { Err(bad("there is text behind its closing brace")) }
    }

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
                text if has_no_bytes(&text) => Ok(Descr::Opaque { typestr: text, item_size: 0 }),
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
        let mut total: usize = 0;
        self.members(|member| {
            total = total.checked_add(member.size).ok_or(ArrayError::Overflow)?;
            Ok(())
        })?;
        Ok(total)
    }

    fn members(&mut self, mut each: impl FnMut(Member<'a>) -> Result<(), ArrayError>) -> Result<(), ArrayError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(bad("its dtype is nested too deep"));
        }
        self.expect('[', "a structured dtype is not a list")?;
        while !self.eat(']') {
            each(self.member()?)?;
            if !self.eat(',') {
                self.expect(']', "a structured dtype does not end")?;
                break;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn member(&mut self) -> Result<Member<'a>, ArrayError> {
        self.expect('(', "a field of a structured dtype is not a tuple")?;
        let name = self.field_name()?;
        self.expect(',', "a field of a structured dtype has no type")?;
        let (descr, mut size) = self.member_type()?;
        let mut shape = Vec::new();
        if self.eat(',') && !self.rest.trim_start().starts_with(')') {
            shape = self.shape()?;
            for &repeat in &shape {
                size = size.checked_mul(repeat).ok_or(ArrayError::Overflow)?;
            }
        }
        self.expect(')', "a field of a structured dtype does not end")?;
        Ok(Member { name, descr, shape, size })
    }

    /// A name, or a title and a name.
    fn field_name(&mut self) -> Result<Cow<'a, str>, ArrayError> {
        if self.eat('(') {
            self.string()?;
            self.expect(',', "a field's title has no name")?;
            let name = self.string()?;
            self.expect(')', "a field's name does not end")?;
            return Ok(name);
        }
        self.string()
    }

    fn member_type(&mut self) -> Result<(Option<Descr<'a>>, usize), ArrayError> {
        self.skip_space();
        if self.rest.starts_with('[') {
            let descr = self.descr()?;
            let size = descr.item_size();
            return Ok((Some(descr), size));
        }
        let text = self.string()?;
        if has_no_bytes(&text) {
            return Ok((None, 0));
        }
        let descr = match text {
            Cow::Borrowed(text) => Descr::parse(text)?,
            Cow::Owned(text) => Descr::parse(&text)?.into_owned(),
        };
        let size = descr.item_size();
        Ok((Some(descr), size))
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
        // Python 2 wrote `u'descr'` where a program had its literals in Unicode.
        if let Some(rest) = self.rest.strip_prefix('u').filter(|rest| rest.starts_with(['\'', '"'])) {
            self.rest = rest;
        }
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

/// Whether elements of this dtype are empty: numpy has such arrays, but does not read them in the compact form.
fn has_no_bytes(typestr: &str) -> bool {
    matches!(typestr, "|V0" | "|S0" | "<U0" | ">U0")
}

fn bad(reason: &'static str) -> ArrayError {
    ArrayError::NpyHeader { reason }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::array::DynArray;

    /// A file of version `version` with `dict` and then spaces up to `len` bytes of header.
    fn npy(version: u8, dict: &[u8], len: u8, data: &[u8]) -> Vec<u8> {
        let mut file = [MAGIC, &[version, 0, len, 0], if version > 1 { &[0, 0] } else { &[] }, dict].concat();
        file.resize(file.len() + usize::from(len) - dict.len() - 1, b' ');
        [&file, &b"\n"[..], data].concat()
    }

    /// Lengths of headers that numpy 2.1 wrote.
    #[test]
    fn structured_arrays_are_written_as_numpy_writes_them() {
        let descr = "[('a', '<i4'), ('b', '<f8'), ('c', '|S2'), ('d', '|u1', (2,))]";
        let saved = |version, descr: &str, shape: &str, len, data: &[u8]| {
            npy(
                version,
                format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}").as_bytes(),
                len,
                data,
            )
        };
        for bytes in [
            saved(1, descr, "(2,)", 0xb6, &[7; 32]),
            saved(1, descr, "(0,)", 0xb6, &[]),
            saved(1, "[('a', '<i4')]", "()", 0x76, &[7; 4]),
            // Where the header ends at a multiple of 64 already, numpy adds another one.
            saved(1, "[('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '<i4')]", "(1,)", 0xb6, &[7; 4]),
            saved(3, "[('\u{4e2d}', '<f4')]", "(1,)", 0x74, &[7; 4]),
        ] {
            assert_eq!(DynArray::from_bytes(&bytes).unwrap().to_bytes(), bytes, "{}", bytes.escape_ascii());
        }
    }

    /// As numpy of Python 2 wrote them.
    #[test]
    fn keys_of_the_header_may_be_marked_as_unicode() {
        let dict = b"{u'descr': u'<f4', u'fortran_order': False, u'shape': (1,), }";
        let array = DynArray::from_bytes(&npy(1, dict, 0x76, &[0, 0, 128, 63])).unwrap();
        assert_eq!((&*array.typestr(), array.shape()), ("<f4", &[1][..]));
    }

    #[test]
    fn headers_are_latin_1_before_version_3() {
        let dict = b"{'descr': [('\xe9', '<f4')], 'fortran_order': False, 'shape': (1,), }";
        for version in [1, 2] {
            let array = DynArray::from_bytes(&npy(version, dict, 0x76, &[7; 4])).unwrap();
            assert_eq!(array.typestr(), "[('\u{e9}', '<f4')]");
            assert_eq!(array.to_bytes(), npy(1, dict, 0x76, &[7; 4]));
        }
        let error = DynArray::from_bytes(&npy(3, dict, 0x74, &[7; 4])).unwrap_err();
        assert_eq!(error.to_string(), "the npy header is not understood: it is not UTF-8");
    }

    /// numpy's own reader takes the strings of Python 2, but none of bytes.
    #[test]
    fn strings_may_say_that_they_are_unicode() {
        let dict = |u: &str| format!("{{{u}'descr': {u}\"<f4\", {u}'fortran_order': False, {u}'shape': (1L,)}}");
        let read = |u: &str| DynArray::from_bytes(&npy(1, dict(u).as_bytes(), 0x76, &[7; 4]));
        assert_eq!(read("u").unwrap().to_bytes(), read("").unwrap().to_bytes());
        assert!(read("b").is_err() && read("uu").is_err());
    }

    #[test]
    fn nothing_but_space_follows_the_dictionary() {
        let dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}";
        for (behind, fits) in [("", true), (" \n ", true), (" + x", false), ("}", false)] {
            let array = DynArray::from_bytes(&npy(1, format!("{dict}{behind}").as_bytes(), 0x76, &[7; 4]));
            assert_eq!(array.is_ok(), fits, "{behind}");
        }
    }
}
