//! Single elements of arrays of any dtype.

use std::borrow::Cow;

use atdata::{Dtype, DynArray};
use half::f16;

/// One element, in the widest form of its kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Bool(bool),
    Int(i64),
    UInt(u64),
    Float(Float),
    Complex(Float, Float),
    Text(String),
    Bytes(Vec<u8>),
}

/// A float of any width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Float {
    /// The same value as a double, for programs: 0.10000000149011612.
    pub(crate) exact: f64,
    /// The double with the fewest digits that its dtype tells from its neighbours, for people: 0.1.
    pub(crate) short: f64,
}

/// The first `n` elements, in C order.
pub(crate) fn first(array: &DynArray, n: usize) -> Vec<Scalar> {
    let typestr = array.typestr();
    let big = typestr.starts_with('>');
    array
        .data()
        .chunks_exact(array.item_size().max(1))
        .take(n)
        .map(|item| scalar(array.dtype(), &typestr, big, item))
        .collect()
}

/// The name for people: numpy's long one, or the typestr where the byte order or the kind asks for it.
pub(crate) fn dtype_name(array: &DynArray) -> Cow<'_, str> {
    let typestr = array.typestr();
    match array.dtype() {
        Some(dtype) if !typestr.starts_with('>') => dtype.name().into(),
        _ => typestr,
    }
}

/// The bytes of a number, little-endian; zeros where there are too few.
fn number<const N: usize>(item: &[u8], big: bool) -> [u8; N] {
    let mut bytes = item.first_chunk::<N>().copied().unwrap_or([0; N]);
    if big {
        bytes.reverse();
    }
    bytes
}

fn scalar(dtype: Option<Dtype>, typestr: &str, big: bool, item: &[u8]) -> Scalar {
    let Some(dtype) = dtype else { return opaque(typestr, big, item) };
    match dtype {
        Dtype::Bool => Scalar::Bool(item != [0]),
        Dtype::Int8 => Scalar::Int(i8::from_le_bytes(number(item, big)).into()),
        Dtype::Int16 => Scalar::Int(i16::from_le_bytes(number(item, big)).into()),
        Dtype::Int32 => Scalar::Int(i32::from_le_bytes(number(item, big)).into()),
        Dtype::Int64 => Scalar::Int(i64::from_le_bytes(number(item, big))),
        Dtype::UInt8 => Scalar::UInt(u8::from_le_bytes(number(item, big)).into()),
        Dtype::UInt16 => Scalar::UInt(u16::from_le_bytes(number(item, big)).into()),
        Dtype::UInt32 => Scalar::UInt(u32::from_le_bytes(number(item, big)).into()),
        Dtype::UInt64 => Scalar::UInt(u64::from_le_bytes(number(item, big))),
        Dtype::Float16 => Scalar::Float(half(item, big)),
        Dtype::Float32 => Scalar::Float(single(item, big)),
        Dtype::Float64 => Scalar::Float(double(item, big)),
        Dtype::Complex64 => {
            let (re, im) = item.split_at(item.len() / 2);
            Scalar::Complex(single(re, big), single(im, big))
        }
        Dtype::Complex128 => {
            let (re, im) = item.split_at(item.len() / 2);
            Scalar::Complex(double(re, big), double(im, big))
        }
        _ => Scalar::Bytes(item.to_vec()),
    }
}

fn double(item: &[u8], big: bool) -> Float {
    let exact = f64::from_le_bytes(number(item, big));
    Float { exact, short: exact }
}

fn single(item: &[u8], big: bool) -> Float {
    let value = f32::from_le_bytes(number(item, big));
    Float { exact: value.into(), short: value.to_string().parse().unwrap_or_else(|_| value.into()) }
}

fn half(item: &[u8], big: bool) -> Float {
    let value = f16::from_le_bytes(number(item, big));
    let exact = value.to_f64();
    let shorter = (0..5)
        .filter(|_| value.is_finite())
        .filter_map(|digits| format!("{exact:.digits$e}").parse().ok())
        .find(|short| f16::from_f64(*short) == value);
    Float { exact, short: shorter.unwrap_or(exact) }
}

/// What Rust has no type for: dates as integers, text, or bytes.
fn opaque(typestr: &str, big: bool, item: &[u8]) -> Scalar {
    match typestr.as_bytes().get(1) {
        Some(b'M' | b'm') => Scalar::Int(i64::from_le_bytes(number(item, big))),
        Some(b'U') if typestr.starts_with(['<', '>', '|']) => Scalar::Text(text(item, big)),
        Some(b'S' | b'a') => Scalar::Bytes(without_padding(item).to_vec()),
        _ => Scalar::Bytes(item.to_vec()),
    }
}

/// UTF-32, padded with zeros.
fn text(item: &[u8], big: bool) -> String {
    let (words, _) = item.as_chunks::<4>();
    let chars = words.iter().map(|word| char::from_u32(u32::from_le_bytes(number(word, big))));
    let text: String = chars.map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    text.trim_end_matches('\0').to_owned()
}

fn without_padding(item: &[u8]) -> &[u8] {
    let len = item.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    item.get(..len).unwrap_or(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The elements of an array of one dimension, made of its parts.
    fn elements(typestr: &str, len: u64, data: &[u8]) -> Vec<Scalar> {
        let mut bytes = vec![u8::try_from(typestr.len()).unwrap()];
        bytes.extend_from_slice(typestr.as_bytes());
        bytes.push(1);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(data);
        first(&DynArray::from_bytes(&bytes).unwrap(), 8)
    }

    fn same(value: f64) -> Float {
        Float { exact: value, short: value }
    }

    #[test]
    fn floats_have_as_few_digits_as_their_dtype_needs() {
        let tenth = [Scalar::Float(Float { exact: 0.1_f32.into(), short: 0.1 })];
        assert_eq!(elements("<f4", 1, &0.1_f32.to_le_bytes()), tenth);
        assert_eq!(elements(">f4", 1, &0.1_f32.to_be_bytes()), tenth);
        for (value, expected) in [(0.1, 0.1), (65504.0, 65500.0), (1.0 / 3.0, 0.3333), (-2.0, -2.0), (6e-8, 6e-8)] {
            let half = f16::from_f64(value);
            let float = Float { exact: half.to_f64(), short: expected };
            assert_eq!(elements("<f2", 1, &half.to_le_bytes()), [Scalar::Float(float)], "{value}");
        }
        assert_eq!(elements(">f2", 1, &[0x7c, 0]), [Scalar::Float(same(f64::INFINITY))]);
        assert_eq!(elements(">c8", 1, &[0x3f, 0x80, 0, 0, 0x40, 0, 0, 0]), [Scalar::Complex(same(1.0), same(2.0))]);
    }

    #[test]
    fn integers_are_exact_in_both_byte_orders() {
        assert_eq!(elements("<u8", 1, &[0xff; 8]), [Scalar::UInt(u64::MAX)]);
        assert_eq!(elements(">i2", 2, &[0xff, 0xfe, 0, 1]), [Scalar::Int(-2), Scalar::Int(1)]);
        assert_eq!(elements("|b1", 2, &[0, 2]), [Scalar::Bool(false), Scalar::Bool(true)]);
    }

    #[test]
    fn what_has_no_type_is_shown_all_the_same() {
        assert_eq!(elements(">M8[s]", 1, &[0, 0, 0, 0, 0, 0, 1, 0]), [Scalar::Int(256)]);
        assert_eq!(elements("<U2", 1, b"\xe9\0\0\0\0\0\0\0"), [Scalar::Text("é".into())]);
        assert_eq!(elements(">U1", 1, b"\0\0\0a"), [Scalar::Text("a".into())]);
        assert_eq!(elements("<U1", 1, b"\xff\xff\xff\xff"), [Scalar::Text("\u{fffd}".into())]);
        assert_eq!(elements("|S3", 1, b"a\0\0"), [Scalar::Bytes(b"a".to_vec())]);
        assert_eq!(elements("|V3", 1, b"a\0\0"), [Scalar::Bytes(b"a\0\0".to_vec())]);
    }
}
