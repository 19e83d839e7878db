//! PAX records: `28 path=some/name.msgpack\n`.

use std::ops::Range;

use super::TarError;

/// What counts of the records before a member. An empty value takes back what a global header said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Records {
    /// Where the path is in the data that was parsed.
    pub(crate) path: Option<Range<usize>>,
    pub(crate) size: Option<Size>,
    /// A sparse file is described.
    pub(crate) sparse: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Is(u64),
    AsInHeader,
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
            let (start, end) = record(rest)?;
            let Some(body) = rest.get(start..end - 1) else { return Err(TarError::Pax(OUTSIDE)) };
            let Some(equals) = body.iter().position(|byte| *byte == b'=') else {
                return Err(TarError::Pax("expected `=` in a record, found none"));
            };
            let (key, value) = body.split_at(equals);
            records.take(key, value.get(1..).unwrap_or_default(), at + start + equals + 1)?;
            at += end;
        }
        Ok(records)
    }

    fn take(&mut self, key: &[u8], value: &[u8], at: usize) -> Result<(), TarError> {
        match key {
            b"path" => self.path = Some(at..at + value.len()),
            b"size" => self.size = Some(size(value)?),
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
        Ok(())
    }
}

const OUTSIDE: &str = "expected a record within the header's data, found one that is longer or shorter";

/// Begin of the record's text behind its length, and end of the record with its newline.
#[inline]
fn record(rest: &[u8]) -> Result<(usize, usize), TarError> {
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
                    Some(b'\n') => Ok((at + 1, length)),
                    Some(_) => Err(TarError::Pax("expected a newline at the end of a record, found another byte")),
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
    let digits = std::str::from_utf8(value).ok().filter(|_| value.iter().all(u8::is_ascii_digit));
    digits
        .and_then(|digits| digits.parse().ok())
        .map(Size::Is)
        .ok_or(TarError::Pax("expected a decimal number as the size, found something else"))
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
        assert!(!records.sparse);
        assert_eq!(Records::parse(b"").unwrap(), Records::default());
        assert_eq!(Records::parse(&[data.as_slice(), &[0; 5]].concat()).unwrap(), records, "zeros behind the last");
        assert!(Records::parse(b"22 GNU.sparse.major=1\n").unwrap().sparse);
    }

    #[test]
    fn values_may_have_newlines_and_equals_signs_and_be_empty() {
        let data = b"15 path=a=b\nc.d\n";
        assert!(Records::parse(data).is_err());
        let data = b"16 path=a=b\nc.d\n";
        assert_eq!(Records::parse(data).unwrap().path, Some(8..15));
        let records = Records::parse(b"8 path=\n8 size=\n").unwrap();
        assert_eq!(records.path, Some(7..7));
        assert_eq!(records.size, Some(Size::AsInHeader));
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
