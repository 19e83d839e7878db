//! Canonical DAG-CBOR: the two places where Python's differs from that of the encoder used here.

const TAG_LINK: [u8; 2] = [0xd8, 42];
const NEGATIVE_ZERO: [u8; 9] = [0xfb, 0x80, 0, 0, 0, 0, 0, 0, 0];
const BYTES: u8 = 2;
const TEXT: u8 = 3;

/// Zero without its sign, and links for bytes that begin with a CID.
///
/// What contains other items gives their number, not their length, so one pass from item to item will do. The input
/// comes from an encoder and is whole; where it is not, the rest is copied as it is.
pub(super) fn as_python(encoded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    let mut in_link = false;
    while let Some(item) = Item::first(rest) {
        let payload = item.payload(rest);
        match item.major {
            _ if rest.starts_with(&NEGATIVE_ZERO) => out.extend([0xfb, 0, 0, 0, 0, 0, 0, 0, 0]),
            BYTES if !in_link && cid::Cid::read_bytes(payload).is_ok() => {
                out.extend(TAG_LINK);
                push_head(BYTES, payload.len() + 1, &mut out);
                out.push(0);
                out.extend_from_slice(payload);
            }
            _ => out.extend_from_slice(rest.get(..item.len()).unwrap_or_default()),
        }
        in_link = rest.starts_with(&TAG_LINK);
        rest = rest.get(item.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// One item without those inside of it.
struct Item {
    major: u8,
    head: usize,
    payload: usize,
}

impl Item {
    fn first(bytes: &[u8]) -> Option<Self> {
        let (initial, rest) = bytes.split_first()?;
        let major = initial >> 5;
        let width = match initial & 0x1f {
            0..=23 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            _ => 8,
        };
        let argument = match width {
            0 => u64::from(initial & 0x1f),
            _ => rest.get(..width)?.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)),
        };
        let payload = if matches!(major, BYTES | TEXT) { usize::try_from(argument).ok()? } else { 0 };
        let item = Self { major, head: 1 + width, payload };
        (item.len() <= bytes.len()).then_some(item)
    }

    fn len(&self) -> usize {
        self.head.saturating_add(self.payload)
    }

    fn payload<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.head..self.len()).unwrap_or_default()
    }
}

/// The shortest head of an item of `len` bytes.
fn push_head(major: u8, len: usize, out: &mut Vec<u8>) {
    let bytes = (len as u64).to_be_bytes();
    let (info, width) = match len {
        0..=23 => return out.push(major << 5 | bytes[7]),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major << 5 | info);
    out.extend(bytes.iter().skip(8 - width));
}
