//! numpy's names for dtypes: typestrs such as `<f4`, and the spellings that its readers accept.

use std::borrow::Cow;
use std::fmt;

use atdata_schema::Dtype;

use crate::array::{ArrayError, Order};

/// The dtype of an array on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Descr<'a> {
    /// One that Rust has a type for.
    Plain(Dtype, Order),
    /// One that is carried, not understood: dates, fixed-width text, raw bytes, long doubles.
    Opaque { typestr: Cow<'a, str>, item_size: usize },
    /// Named fields, as the Python literal of an npy header: `[('a', '<i4'), ('b', '<f8')]`.
    Structured { literal: Cow<'a, str>, item_size: usize },
}

impl<'a> Descr<'a> {
    /// Reads a typestr or another of numpy's names.
    pub(crate) fn parse(text: &'a str) -> Result<Self, ArrayError> {
        let (order, bare) = match text.as_bytes() {
            [b'>', ..] => (Order::Big, text.get(1..)),
            [b'<', ..] => (Order::Little, text.get(1..)),
            [b'=' | b'|', ..] => (Order::NATIVE, text.get(1..)),
            _ => (Order::NATIVE, Some(text)),
        };
        let unknown = || ArrayError::Dtype { found: text.to_owned() };
        let bare = bare.ok_or_else(unknown)?;
        if let Some(dtype) = plain(bare) {
            return Ok(Self::Plain(dtype, if dtype.size() == 1 { Order::Little } else { order }));
        }
        if matches!(bare, "O" | "O8" | "O4" | "object") {
            return Err(ArrayError::Object);
        }
        let item_size = opaque_size(bare).ok_or_else(unknown)?;
        let typestr = match text.as_bytes() {
            [b'<' | b'>' | b'|', ..] => Cow::Borrowed(text),
            _ => Cow::Owned(format!("{}{bare}", Order::NATIVE.sign())),
        };
        Ok(Self::Opaque { typestr, item_size })
    }

    /// Bytes of one element.
    pub(crate) fn item_size(&self) -> usize {
        match self {
            Self::Plain(dtype, _) => dtype.size(),
            Self::Opaque { item_size, .. } | Self::Structured { item_size, .. } => *item_size,
        }
    }

    pub(crate) fn into_owned(self) -> Descr<'static> {
        match self {
            Self::Plain(dtype, order) => Descr::Plain(dtype, order),
            Self::Opaque { typestr, item_size } => Descr::Opaque { typestr: typestr.into_owned().into(), item_size },
            Self::Structured { literal, item_size } => {
                Descr::Structured { literal: literal.into_owned().into(), item_size }
            }
        }
    }

    /// What the wire says: the typestr, or the literal of a structured dtype.
    pub(crate) fn wire_name(&self) -> Cow<'_, str> {
        match self {
            Self::Plain(dtype, Order::Big) if dtype.size() > 1 => dtype.typestr().replacen('<', ">", 1).into(),
            Self::Plain(dtype, _) => dtype.typestr().into(),
            Self::Opaque { typestr: name, .. } | Self::Structured { literal: name, .. } => Cow::Borrowed(name),
        }
    }
}

/// The name for people: `float32`, or what the wire says where there is no such name.
impl fmt::Display for Descr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(dtype, _) => dtype.fmt(f),
            _ => f.write_str(&self.wire_name()),
        }
    }
}

/// Kind and size (`f4`), numpy's one-letter codes, and the long names.
fn plain(bare: &str) -> Option<Dtype> {
    match *bare.as_bytes() {
        [kind, size @ b'1'..=b'9'] => Dtype::from_kind(kind.into(), usize::from(size - b'0')),
        [b'c', b'1', b'6'] => Some(Dtype::Complex128),
        [letter] => Some(match letter {
            b'?' => Dtype::Bool,
            b'b' => Dtype::Int8,
            b'B' => Dtype::UInt8,
            b'h' => Dtype::Int16,
            b'H' => Dtype::UInt16,
            b'i' => Dtype::Int32,
            b'I' => Dtype::UInt32,
            b'l' | b'q' => Dtype::Int64,
            b'L' | b'Q' => Dtype::UInt64,
            b'e' => Dtype::Float16,
            b'f' => Dtype::Float32,
            b'd' => Dtype::Float64,
            b'F' => Dtype::Complex64,
            b'D' => Dtype::Complex128,
            _ => return None,
        }),
        _ => match bare {
            "int" => Some(Dtype::Int64),
            "uint" => Some(Dtype::UInt64),
            "float" | "double" => Some(Dtype::Float64),
            "half" => Some(Dtype::Float16),
            "single" => Some(Dtype::Float32),
            "complex" => Some(Dtype::Complex128),
            "bool_" => Some(Dtype::Bool),
            name => Dtype::from_name(name),
        },
    }
}

/// Element size of a dtype that is only carried: `M8[ns]`, `U3`, `S2`, `V4`, x86's `f16` and `c32`.
fn opaque_size(bare: &str) -> Option<usize> {
    // The compact form has one byte for the length of a name, and an npy header has room for any.
    if bare.len() > 32 {
        return None;
    }
    let kind = bare.chars().next()?;
    let size = bare.get(kind.len_utf8()..)?;
    match kind {
        'M' | 'm' => {
            let unit = size.strip_prefix('8')?;
            let inner = unit.strip_prefix('[').and_then(|unit| unit.strip_suffix(']'));
            (unit.is_empty() || inner.is_some_and(is_unit)).then_some(8)
        }
        'U' | 'S' | 'V' => {
            // An element of no bytes would make any shape fit any data.
            let width: usize = size.parse().ok().filter(|_| size.bytes().all(|b| b.is_ascii_digit()))?;
            let bytes = if kind == 'U' { width.checked_mul(4)? } else { width };
            // Where numpy ends as well.
            (bytes > 0 && i32::try_from(bytes).is_ok()).then_some(bytes)
        }
        'f' if size == "16" => Some(16),
        'c' if size == "32" => Some(32),
        _ => None,
    }
}

/// Whether that is a unit of time as numpy writes it: `ns`, `25s`, and `s/3`, which it reads.
fn is_unit(text: &str) -> bool {
    const UNITS: [&str; 14] = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as", "generic"];
    let is_number = |text: &str| text.parse::<i32>().is_ok_and(|number| number > 0 && !text.starts_with('+'));
    let (unit, divisor) = text.split_once('/').map_or((text, None), |(unit, divisor)| (unit, Some(divisor)));
    let name = unit.trim_start_matches(|c: char| c.is_ascii_digit());
    let count = unit.strip_suffix(name).unwrap_or_default();
    UNITS.contains(&name) && (count.is_empty() || is_number(count)) && divisor.is_none_or(is_number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_spelling_of_a_single_float_is_the_same_dtype() {
        for text in ["<f4", "=f4", "|f4", "f4", "f", "float32", "single"] {
            assert_eq!(Descr::parse(text).unwrap(), Descr::Plain(Dtype::Float32, Order::NATIVE), "{text}");
        }
        assert_eq!(Descr::parse(">f4").unwrap().wire_name(), ">f4");
        assert_eq!(Descr::parse(">u1").unwrap().wire_name(), "|u1");
    }

    #[test]
    fn what_is_only_carried_keeps_its_name() {
        for (text, size) in [
            ("<M8[ns]", 8),
            ("<m8[25s]", 8),
            ("<M8[generic]", 8),
            ("<M8[s/3]", 8),
            (">m8", 8),
            ("<U3", 12),
            ("|S2", 2),
            ("|V4", 4),
            ("<f16", 16),
            ("<c32", 32),
        ] {
            let descr = Descr::parse(text).unwrap();
            assert_eq!((descr.item_size(), &*descr.wire_name()), (size, text));
        }
    }

    #[test]
    fn nonsense_and_objects_are_refused() {
        for text in [
            "",
            "zz",
            "|V0",
            "U",
            "i3",
            "f99999999999999999999",
            "U99999999999999999999",
            "<",
            "é",
            "(2,)f4",
            "<M8[']",
            "<M8[ns",
            "<M8[foo]",
            "<M8[25]",
            "<M8[ns/]",
            "<m8[0s]",
            "<U600000000",
            // numpy refuses these, too.
            "<M8[]",
            "<M8[foo]",
            "<M8[25]",
            "<M8[ns/]",
            "<M8[ns/0]",
            "<M8[0ns]",
            "<M8[+3ns]",
            "<M8[99999999999s]",
            "<U600000000",
            "|a5",
        ] {
            assert!(matches!(Descr::parse(text), Err(ArrayError::Dtype { .. })), "{text}");
        }
        assert!(matches!(Descr::parse("|O"), Err(ArrayError::Object)));
    }
}
