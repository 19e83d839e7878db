//! PAX records: `28 path=some/name.msgpack\n`.

use std::ops::Range;

use super::TarError;
use super::sparse::{Sparse, decimal};

/// What counts of the records before a member. An empty value takes back what a global header said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Records {
    /// Where the path is in the data that was parsed.
    pub(crate) path: Option<Range<usize>>,
    /// Where that is which a link points to.
    pub(crate) link: Option<Range<usize>>,
    pub(crate) size: Option<Size>,
    sparse: Option<Box<SparseRecords>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Is(u64),
    AsInHeader,
}

/// The three forms in which GNU tar describes a sparse file, of which a header has one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SparseRecords {
    /// The file's name, for the header has one that tells extractors without sparse files where it came from.
    name: Option<Range<usize>>,
    size: Option<u64>,
    /// 0.0: an offset and a length, again and again. 0.1: all of them in one record.
    numbers: Vec<u64>,
    /// 1.0.
    major: Option<u64>,
    minor: Option<u64>,
}

/// A sparse file, and where its name is.
#[derive(Debug)]
pub(super) struct SparseFile {
    pub(super) sparse: Sparse,
    pub(super) name: Option<Range<usize>>,
}

impl Records {
    /// Of a key that is there twice, the last counts.
    #[inline]
    pub(crate) fn parse(data: &[u8]) -> Result<Self, TarError> {
        let mut records = Self::default();
        let mut at = 0;
        while let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) {
            // Some writers fill the last block with zeros and count them.
            if rest.iter().all(|byte| *byte == 0) {
                break;
            }
            let Record { start, end, is_closed } = record(rest)?;
            let Some(body) = rest.get(start..end) else { return Err(TarError::Pax(OUTSIDE)) };
            let Some(equals) = body.iter().position(|byte| *byte == b'=') else {
                return Err(TarError::Pax("expected `=` in a record, found none"));
            };
            let (key, value) = body.split_at(equals);
            let value = value.get(1..).unwrap_or_default();
            let counts = records.take(key, value, at + start + equals + 1)?;
            // Without its newline the last character may or may not be one of the value, which matters where it counts.
            if counts && !is_closed {
                return Err(TarError::Pax("expected a newline at the end of a record, found another byte"));
            }
            at += end + usize::from(is_closed);
        }
        Ok(records)
    }

    /// Whether none of them counts.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.path.is_none() && self.link.is_none() && self.size.is_none() && self.sparse.is_none()
    }

    /// Whether the record counts.
    fn take(&mut self, key: &[u8], value: &[u8], at: usize) -> Result<bool, TarError> {
        let range = at..at + value.len();
        match key {
            b"path" => self.path = Some(at..at + without_slashes(value)),
            b"linkpath" => self.link = Some(range),
            b"size" => self.size = Some(size(value)?),
            _ => {
                let Some(key) = key.strip_prefix(b"GNU.sparse.") else { return Ok(false) };
                self.sparse.get_or_insert_default().take(key, value, range)?;
            }
        }
        Ok(true)
    }

    /// The sparse file that is described, if one is.
    pub(crate) fn sparse(&mut self) -> Result<Option<SparseFile>, TarError> {
        let Some(records) = self.sparse.take() else { return Ok(None) };
        let size = records.size.ok_or(TarError::SparseMap("it does not say how long the file is"))?;
        let sparse = match (records.major, records.minor) {
            (Some(1), Some(0) | None) => Sparse::of_data(size),
            (None | Some(0), _) => {
                let (pairs, rest) = records.numbers.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(TarError::SparseMap("expected a length for each offset"));
                }
                Sparse::of_parts(
                    size,
                    pairs.iter().map(|[offset, len]| (*offset, *len)).filter(|part| part.1 > 0).collect(),
                )
            }
            _ => return Err(TarError::SparseMap("it is of a form that is not known")),
        };
        Ok(Some(SparseFile { sparse, name: records.name }))
    }
}

impl SparseRecords {
    fn take(&mut self, key: &[u8], value: &[u8], range: Range<usize>) -> Result<(), TarError> {
        const NO_NUMBER: TarError = TarError::SparseMap("expected a number, found something else");
        let number = || decimal(value).ok_or(NO_NUMBER);
        match key {
            b"name" => self.name = Some(range),
            b"size" | b"realsize" => self.size = Some(number()?),
            b"offset" | b"numbytes" => self.numbers.push(number()?),
            b"map" if value.is_empty() => {}
            b"map" => {
                self.numbers =
                    value.split(|byte| *byte == b',').map(decimal).collect::<Option<_>>().ok_or(NO_NUMBER)?;
            }
            b"major" => self.major = Some(number()?),
            b"minor" => self.minor = Some(number()?),
            _ => {}
        }
        Ok(())
    }
}

const OUTSIDE: &str = "expected a record within the header's data, found one that is longer or shorter";

/// Where a record's text is behind its length.
struct Record {
    start: usize,
    /// Where it ends, without its newline.
    end: usize,
    is_closed: bool,
}

#[inline]
fn record(rest: &[u8]) -> Result<Record, TarError> {
    const NO_LENGTH: TarError = TarError::Pax("expected a record that begins with its length");
    let mut length = 0_usize;
    for (at, byte) in rest.iter().take(20).enumerate() {
        match byte {
            b'0'..=b'9' => {
                let digit = usize::from(byte - b'0');
                length = length.checked_mul(10).and_then(|length| length.checked_add(digit)).ok_or(NO_LENGTH)?;
            }
            b' ' if at > 0 => {
                let last = length.checked_sub(1).filter(|last| *last > at).and_then(|last| rest.get(last));
                return match last {
                    Some(b'\n') => Ok(Record { start: at + 1, end: length - 1, is_closed: true }),
                    Some(_) => Ok(Record { start: at + 1, end: length, is_closed: false }),
                    None => Err(TarError::Pax(OUTSIDE)),
                };
            }
            _ => break,
        }
    }
    Err(NO_LENGTH)
}

fn size(value: &[u8]) -> Result<Size, TarError> {
    if value.is_empty() {
        return Ok(Size::AsInHeader);
    }
    decimal(value).map(Size::Is).ok_or(TarError::Pax("expected a decimal number as the size, found something else"))
}

/// The length of a path without the slashes at its end, which Python takes away from a file's as well as from a folder's; what
/// is a folder the type of the member says. GNU tar takes the slash for a folder, and then fails on its data.
fn without_slashes(path: &[u8]) -> usize {
    path.iter().rposition(|byte| *byte != b'/').map_or(path.len(), |last| last + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn path_and_size_count() {
        let data = b"20 mtime=1234567.89\n14 path=a.msg\n11 size=42\n";
        let records = Records::parse(data).unwrap();
        assert_eq!(data.get(records.path.clone().unwrap()).unwrap(), b"a.msg");
        assert_eq!(records.size, Some(Size::Is(42)));
        assert_eq!(records.sparse, None);
        assert_eq!(Records::parse(b"").unwrap(), Records::default());
        assert_eq!(Records::parse(&[data.as_slice(), &[0; 5]].concat()).unwrap(), records, "zeros behind the last");
        assert!(Records::parse(b"22 GNU.sparse.major=1\n").unwrap().sparse.is_some());
    }

    #[test]
    fn values_may_have_newlines_and_equals_signs_and_be_empty() {
        let data = b"15 path=a=b\nc.d\n";
        assert!(Records::parse(data).is_err());
        let data = b"16 path=a=b\nc.d\n";
        assert_eq!(Records::parse(data).unwrap().path, Some(8..15));
        assert_eq!(Records::parse(b"14 path=a.b//\n").unwrap().path, Some(8..11));
        assert_eq!(Records::parse(b"11 path=//\n").unwrap().path, Some(8..10));
        let records = Records::parse(b"8 path=\n8 size=\n").unwrap();
        assert_eq!(records.path, Some(7..7));
        assert_eq!(records.size, Some(Size::AsInHeader));
    }

    #[test]
    fn a_record_without_its_newline_matters_where_it_counts() {
        let records = Records::parse(b"11 comment=21 path=0001.msgpack\n").unwrap();
        assert_eq!(records.path, Some(19..31));
        assert!(matches!(Records::parse(b"9 path=ab"), Err(TarError::Pax(_))));
    }

    #[test]
    fn malformed_records_are_errors() {
        let bad: [&[u8]; 14] = [
            b"x",
            b" 9 path=a\n",
            b"-9 path=a\n",
            b"path=a\n",
            b"9 path=a",
            b"90 path=a\n",
            b"9 path=a\n\n",
            b"10 path=abc\n",
            b"7 patha\n",
            b"0 a=b\n",
            b"2 a=b\n",
            b"99999999999999999999999 a=b\n",
            b"11 size=-1\n",
            b"30 size=18446744073709551616\n\n",
        ];
        for data in bad {
            let text = String::from_utf8_lossy(data);
            assert!(matches!(Records::parse(data), Err(TarError::Pax(_))), "{text:?}");
        }
    }
}
