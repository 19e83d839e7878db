//! Pictures: format and size, by their first bytes.

use std::fmt;

/// What the header of a picture says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Picture {
    format: &'static str,
    width: u32,
    height: u32,
}

/// `jpeg 640 x 480`
impl fmt::Display for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} x {}", self.format, self.width, self.height)
    }
}

impl Picture {
    /// `None` of what is none, or of a format that is not known here.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
                Some(Self { format: "png", width: be32(bytes, 16)?, height: be32(bytes, 20)? })
            }
            [b'G', b'I', b'F', b'8', ..] => {
                Some(Self { format: "gif", width: le16(bytes, 6)?.into(), height: le16(bytes, 8)?.into() })
            }
            [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp(bytes),
            _ => None,
        }
    }
}

/// The frame header stands behind segments of any number.
fn jpeg(bytes: &[u8]) -> Option<Picture> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..)?.first_chunk::<2>()? else { return None };
        match marker {
            // Fill bytes, and markers without a segment.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let (height, width) = (be16(bytes, at + 5)?.into(), be16(bytes, at + 7)?.into());
                return Some(Picture { format: "jpeg", width, height });
            }
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(be16(bytes, at + 2)?),
        }
    }
}

fn webp(bytes: &[u8]) -> Option<Picture> {
    let (width, height) = match bytes.get(12..16)? {
        b"VP8X" => (le24(bytes, 24)? + 1, le24(bytes, 27)? + 1),
        b"VP8L" => {
            let bits = le32(bytes, 21)?;
            ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)
        }
        b"VP8 " => (u32::from(le16(bytes, 26)? & 0x3fff), u32::from(le16(bytes, 28)? & 0x3fff)),
        _ => return None,
    };
    Some(Picture { format: "webp", width, height })
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    chunk(bytes, at).map(u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_be_bytes)
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    chunk(bytes, at).map(u16::from_le_bytes)
}

fn le24(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(|[a, b, c]: [u8; 3]| u32::from_le_bytes([a, b, c, 0]))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    chunk(bytes, at).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> Option<String> {
        Picture::of(bytes).map(|picture| picture.to_string())
    }

    #[test]
    fn sizes_are_in_the_headers() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02";
        assert_eq!(told(png).as_deref(), Some("png 640 x 480"));
        assert_eq!(told(b"GIF89a\x20\0\x10\0").as_deref(), Some("gif 32 x 16"));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x03x\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03";
        assert_eq!(told(jpeg).as_deref(), Some("jpeg 640 x 480"));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(told(extended).as_deref(), Some("webp 640 x 480"));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01";
        assert_eq!(told(lossy).as_deref(), Some("webp 640 x 480"));
    }

    #[test]
    fn what_is_cut_is_no_picture() {
        for bytes in [
            &b""[..],
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"GIF8",
            b"RIFF\0\0\0\0WEBPVP8X",
        ] {
            assert_eq!(told(bytes), None);
        }
        assert_eq!(told(&[&b"\xff\xd8"[..], &b"\xff\xff".repeat(10_000)].concat()), None);
    }
}
