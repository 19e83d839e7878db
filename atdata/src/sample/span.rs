//! Where the values of a packed sample are: byte ranges, for whoever reads a part of it later.

use std::ops::Range;

use crate::array::RawArray;
use crate::error::Result;
use crate::sample::Cursor;
use crate::sample::cursor::Head;

/// Where the value of one field is within a packed sample.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldSpan<'a> {
    /// The field.
    pub name: &'a str,
    /// The value, as msgpack writes it.
    pub value: Range<usize>,
    /// The bytes of a string or of binary data, without what msgpack puts in front of them; of other values the same as
    /// `value`.
    pub content: Range<usize>,
    /// What is known of an array, where the content looks like one and is sound.
    pub array: Option<ArraySpan>,
}

/// Where the elements of an array are within a packed sample: one after the other, without anything between.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArraySpan {
    /// All elements.
    pub elements: Range<usize>,
    /// Type and byte order of an element, as numpy writes them.
    pub typestr: String,
    /// Sizes of the dimensions.
    pub shape: Vec<usize>,
    /// Whether the first dimension runs fastest, instead of the last.
    pub is_fortran: bool,
}

/// The spans of all fields of a packed sample, in the order in which they are there.
pub(crate) fn spans(packed: &[u8]) -> Result<Vec<FieldSpan<'_>>> {
    let mut cursor = Cursor::new(packed);
    let fields = cursor.read_map_len()?;
    let mut spans = Vec::new();
    for _ in 0..fields {
        let name = cursor.read_key()?;
        let start = cursor.position();
        let mut inside = cursor.clone();
        let content = match inside.head()? {
            Head::Str(len) | Head::Bin(len) => Some(inside.position()..inside.position() + len),
            _ => None,
        };
        cursor.skip()?;
        let value = start..cursor.position();
        let array = content.clone().and_then(|content| array(packed, content));
        spans.push(FieldSpan { name, content: content.unwrap_or(value.clone()), value, array });
    }
    Ok(spans)
}

fn array(packed: &[u8], content: Range<usize>) -> Option<ArraySpan> {
    let bytes = packed.get(content.clone()).filter(|bytes| crate::array::DynArray::is_array(bytes))?;
    let raw = RawArray::parse(bytes).ok()?;
    let elements = raw.place_in(bytes);
    Some(ArraySpan {
        elements: content.start + elements.start..content.start + elements.end,
        typestr: raw.descr.wire_name().into_owned(),
        shape: raw.shape().collect(),
        is_fortran: raw.is_fortran(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use ndarray::array;

    use super::*;
    use crate::{DictSample, DynArray, Packable, Value};

    #[test]
    fn spans_lead_to_the_bytes_of_values_and_elements() {
        let matrix = DynArray::from_array(&array![[1_u16, 2, 3], [4, 5, 6]]);
        let fields = [
            ("n", Value::Int(300)),
            ("text", "grüße".into()),
            ("a", Value::Bin(matrix.to_bytes().into())),
            ("list", Value::List(vec![1.into(), "x".into()])),
            ("raw", Value::Bin(vec![0; 300].into())),
        ];
        let sample: DictSample = fields.into_iter().collect();
        let packed = sample.pack();
        let spans = spans(&packed).unwrap();
        assert_eq!(spans.iter().map(|span| span.name).collect::<Vec<_>>(), ["n", "text", "a", "list", "raw"]);
        assert_eq!(&packed[spans[0].value.clone()], [0xcd, 1, 44]);
        assert_eq!(&packed[spans[1].content.clone()], "grüße".as_bytes());
        assert_eq!(spans[3].content, spans[3].value);
        assert_eq!((spans[4].content.len(), &spans[4].array), (300, &None));
        let array = spans[2].array.as_ref().unwrap();
        assert_eq!(&packed[array.elements.clone()], &matrix.data()[..]);
        assert_eq!((&array.typestr[..], &array.shape[..], array.is_fortran), ("<u2", &[2, 3][..], false));
        let read = DictSample::unpack(&packed).unwrap();
        assert_eq!(read.spans().unwrap().unwrap(), spans);
        let mut changed = read.clone();
        changed.insert("n", 1);
        assert_eq!(changed.spans().unwrap(), None);
    }

    #[test]
    fn damage_is_an_error_and_a_damaged_array_is_none() {
        for cut in [&b"\x81"[..], b"\x81\xa1a", b"\x81\xa1a\xc4\x05x", b"\x90", b"\x81\x01\x02", b""] {
            assert!(spans(cut).is_err(), "{cut:?}");
        }
        let short = b"\x81\xa1a\xc4\x0d\x03<f4\x01\x09\0\0\0\0\0\0\0";
        assert_eq!(spans(short).unwrap()[0].array, None);
    }
}
