//! Headers of images: format, size and colour, by the first bytes and without a decoder.

use std::fmt;

pub use crate::picture::ImageFormat;

/// What the header of an image says: nothing is decoded, and of the file no more than its beginning is needed.
///
/// ```
/// use atdata::format::image::{ImageFormat, ImageHeader};
///
/// let file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0";
/// let header = ImageHeader::of(file).unwrap();
/// assert_eq!((header.format, header.width, header.height), (ImageFormat::Png, 640, 480));
/// assert_eq!((header.color(), header.to_string().as_str()), ("rgb8", "png 640 x 480"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ImageHeader {
    /// The format.
    pub format: ImageFormat,
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What a pixel is made of: 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha. A palette counts as the
    /// colours in it, and what is printed with four inks as the three that they make.
    pub channels: u8,
    /// Bits of a channel: 8, or 16 for more than that.
    pub bits: u8,
}

/// `jpeg 640 x 480`
impl fmt::Display for ImageHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} x {}", self.format, self.width, self.height)
    }
}

impl ImageHeader {
    /// `None` of what is no image, of a format that is not known here, or cut before the header's end.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match ImageFormat::of(bytes)? {
            ImageFormat::Jpeg => jpeg(bytes),
            ImageFormat::Png => png(bytes),
            ImageFormat::WebP => webp(bytes),
            ImageFormat::Gif => {
                let (width, height) = (le16(bytes, 6)?.into(), le16(bytes, 8)?.into());
                Some(Self { format: ImageFormat::Gif, width, height, channels: 3, bits: 8 })
            }
            ImageFormat::Tiff | ImageFormat::Bmp => None,
        }
    }

    /// The colour that decoding loses nothing with, by its name in records: `l8`, `la8`, `rgb8`, `rgba8`, `l16`, `la16`,
    /// `rgb16`, `rgba16`.
    pub const fn color(&self) -> &'static str {
        color_name(self.channels, self.bits)
    }

    /// Pixels in all.
    pub const fn pixels(&self) -> u64 {
        self.width as u64 * self.height as u64
    }
}

/// The name of a colour with so many channels of so many bits.
pub(crate) const fn color_name(channels: u8, bits: u8) -> &'static str {
    match (channels, bits) {
        (1, 8) => "l8",
        (1, _) => "l16",
        (2, 8) => "la8",
        (2, _) => "la16",
        (3, 8) => "rgb8",
        (3, _) => "rgb16",
        (_, 8) => "rgba8",
        (_, _) => "rgba16",
    }
}

/// The frame header stands behind segments of any number.
fn jpeg(bytes: &[u8]) -> Option<ImageHeader> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..)?.first_chunk::<2>()? else { return None };
        match marker {
            // Fill bytes, and markers without a segment.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let (height, width) = (be16(bytes, at + 5)?.into(), be16(bytes, at + 7)?.into());
                let channels = if bytes.get(at + 9) == Some(&1) { 1 } else { 3 };
                return Some(ImageHeader { format: ImageFormat::Jpeg, width, height, channels, bits: 8 });
            }
            0xd9 | 0xda => return None,
            _ => at += 2 + usize::from(be16(bytes, at + 2)?),
        }
    }
}

fn png(bytes: &[u8]) -> Option<ImageHeader> {
    let (width, height) = (be32(bytes, 16)?, be32(bytes, 20)?);
    let channels = match bytes.get(25) {
        Some(0) => 1,
        Some(4) => 2,
        Some(6) => 4,
        _ => 3,
    };
    // A chunk before the data that says which colours are transparent makes a channel of them.
    let channels = if channels % 2 == 1 && has_transparency(bytes) { channels + 1 } else { channels };
    let bits = if bytes.get(24).is_some_and(|bits| *bits > 8) { 16 } else { 8 };
    Some(ImageHeader { format: ImageFormat::Png, width, height, channels, bits })
}

fn has_transparency(bytes: &[u8]) -> bool {
    let mut at = 8_usize;
    while let (Some(len), Some(kind)) = (be32(bytes, at), bytes.get(at + 4..at + 8)) {
        match kind {
            b"tRNS" => return true,
            b"IDAT" | b"IEND" => return false,
            _ => {}
        }
        let Some(next) = usize::try_from(len).ok().and_then(|len| at.checked_add(len)?.checked_add(12)) else { break };
        at = next;
    }
    false
}

fn webp(bytes: &[u8]) -> Option<ImageHeader> {
    let (width, height, alpha) = match bytes.get(12..16)? {
        b"VP8X" => (le24(bytes, 24)? + 1, le24(bytes, 27)? + 1, bytes.get(20).is_some_and(|flags| flags & 0x10 != 0)),
        b"VP8L" => {
            let bits = le32(bytes, 21)?;
            ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1, (bits >> 28) & 1 == 1)
        }
        b"VP8 " => (u32::from(le16(bytes, 26)? & 0x3fff), u32::from(le16(bytes, 28)? & 0x3fff), false),
        _ => return None,
    };
    Some(ImageHeader { format: ImageFormat::WebP, width, height, channels: if alpha { 4 } else { 3 }, bits: 8 })
}

/// The sizes of the lossy frames of a WebP file, as each says itself.
#[cfg(feature = "image")]
pub(super) fn frames(bytes: &[u8]) -> impl Iterator<Item = [u32; 2]> {
    let frame = |(kind, data): (&[u8], &[u8])| {
        let data = match kind {
            b"VP8 " => data,
            // Of one of several frames it is the first chunk behind the head, or whatever is behind its transparency: the
            // decoder does not ask for the kind of that.
            b"ANMF" => {
                let mut chunks = chunks(data.get(16..)?);
                match chunks.next()? {
                    (b"VP8 ", data) => data,
                    (b"ALPH", _) => chunks.next()?.1,
                    _ => return None,
                }
            }
            _ => return None,
        };
        Some([le16(data, 6)?, le16(data, 8)?].map(|side| u32::from(side & 0x3fff)))
    };
    chunks(bytes.get(12..).unwrap_or_default()).filter_map(frame)
}

/// The chunks of a RIFF file: kind and data, of the last one as much as there is.
#[cfg(feature = "image")]
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (kind, behind) = rest.split_at_checked(4)?;
        let len = usize::try_from(le32(behind, 0)?).ok()?;
        let data = behind.get(4..)?;
        let (data, rest_of) = data.split_at(len.min(data.len()));
        // Data of an odd length have a byte behind them.
        rest = rest_of.get(len % 2..).unwrap_or_default();
        Some((kind, data))
    })
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
        ImageHeader::of(bytes).map(|header| format!("{header} {}", header.color()))
    }

    #[test]
    fn sizes_and_colours_are_in_the_headers() {
        let png = |depth: u8, color: u8, rest: &[u8]| {
            [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0", &[depth, color, 0, 0, 0][..], b"crc.", rest]
                .concat()
        };
        assert_eq!(told(&png(8, 2, b"")).as_deref(), Some("png 640 x 480 rgb8"));
        assert_eq!(told(&png(1, 0, b"")).as_deref(), Some("png 640 x 480 l8"));
        assert_eq!(told(&png(16, 4, b"")).as_deref(), Some("png 640 x 480 la16"));
        let transparent = b"\0\0\0\x03PLTE...crc.\0\0\0\x01tRNS.crc.\0\0\0\0IDAT";
        assert_eq!(told(&png(8, 3, transparent)).as_deref(), Some("png 640 x 480 rgba8"));
        assert_eq!(told(&png(8, 3, b"\0\0\0\x01IDAT.crc.\0\0\0\x01tRNS.crc.")).as_deref(), Some("png 640 x 480 rgb8"));
        assert_eq!(told(&png(8, 0, b"\xff\xff\xff\xfftEXt")).as_deref(), Some("png 640 x 480 l8"));
        assert_eq!(told(b"GIF89a\x20\0\x10\0").as_deref(), Some("gif 32 x 16 rgb8"));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xdb\0\x03x\xff\xc0\0\x11\x08\x01\xe0\x02\x80\x03";
        assert_eq!(told(jpeg).as_deref(), Some("jpeg 640 x 480 rgb8"));
        let grey = b"\xff\xd8\xff\xc2\0\x0b\x08\x01\xe0\x02\x80\x01";
        assert_eq!(told(grey).as_deref(), Some("jpeg 640 x 480 l8"));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x7f\x02\0\xdf\x01\0";
        assert_eq!(told(extended).as_deref(), Some("webp 640 x 480 rgba8"));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01";
        assert_eq!(told(lossy).as_deref(), Some("webp 640 x 480 rgb8"));
    }

    /// The decoder takes what is behind the transparency of a frame for its colours, and makes room for the size that it says.
    #[cfg(feature = "image")]
    #[test]
    fn a_frame_behind_its_transparency_is_measured_whatever_it_is_called() {
        let chunk = |kind: &[u8; 4], data: &[u8]| {
            let len = u32::try_from(data.len()).unwrap_or(0).to_le_bytes();
            [&kind[..], &len, data, &vec![0; data.len() % 2]].concat()
        };
        let lossy = b"\x30\x01\0\x9d\x01\x2a\xff\x3f\xfe\x3f";
        for kind in [b"VP8 ", b"JUNK", b"VP8L", b"ALPH"] {
            for alpha in [&b"a"[..], b"ab"] {
                let frame = [&[0; 16][..], &chunk(b"ALPH", alpha), &chunk(kind, lossy)].concat();
                let file = [&b"RIFF\0\0\0\0WEBP"[..], &chunk(b"ANMF", &frame)].concat();
                assert_eq!(frames(&file).collect::<Vec<_>>(), [[16_383, 16_382]]);
            }
        }
        let frame = [&[0; 16][..], &chunk(b"JUNK", b""), &chunk(b"VP8 ", lossy)].concat();
        assert_eq!(frames(&[&b"RIFF\0\0\0\0WEBP"[..], &chunk(b"ANMF", &frame)].concat()).count(), 0);
    }

    #[test]
    fn what_is_cut_is_no_header() {
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
