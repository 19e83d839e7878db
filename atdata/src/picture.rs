//! Pictures: which format a file is of, by its first bytes and by its name.

use std::fmt;

/// The format of an image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImageFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP, lossy or not.
    WebP,
    /// GIF, whose header is read, and which is not decoded.
    Gif,
    /// TIFF, of which only the format is told.
    Tiff,
    /// BMP, of which only the format is told.
    Bmp,
}

impl ImageFormat {
    /// All formats, with their extensions in lower case, the usual one first.
    const EXTENSIONS: [(Self, &[&str]); 6] = [
        (Self::Jpeg, &["jpg", "jpeg", "jpe", "jfif"]),
        (Self::Png, &["png"]),
        (Self::WebP, &["webp"]),
        (Self::Gif, &["gif"]),
        (Self::Tiff, &["tif", "tiff"]),
        (Self::Bmp, &["bmp"]),
    ];

    /// By the first bytes.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', ..] => Some(Self::Gif),
            // With offsets of 4 bytes, or of 8.
            [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => Some(Self::Tiff),
            // Two letters are little: behind the header of the file there is the size of one of the known second ones.
            [b'B', b'M', _, _, _, _, _, _, _, _, _, _, _, _, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0, ..] => {
                Some(Self::Bmp)
            }
            _ => None,
        }
    }

    /// By the extension of a file's name, in lower case: `jpg`, `jpeg`.
    pub fn named(extension: &str) -> Option<Self> {
        Self::EXTENSIONS.iter().find(|(_, known)| known.contains(&extension)).map(|(format, _)| *format)
    }

    /// Whether files of the format have that extension.
    pub(crate) fn is_of(self, extension: &str) -> bool {
        Self::named(extension) == Some(self)
    }
}

/// `jpeg`
impl fmt::Display for ImageFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Tiff => "tiff",
            Self::Bmp => "bmp",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_file_and_by_its_name() {
        let files: [(&[u8], &str); 7] = [
            (b"\xff\xd8\xff\xe0", "jfif"),
            (b"\x89PNG\r\n\x1a\n", "png"),
            (b"RIFF....WEBPVP8 ", "webp"),
            (b"GIF89a", "gif"),
            (b"MM\0*", "tiff"),
            (b"II+\0\x08\0\0\0", "tif"),
            (b"BM\x10\0\0\0\x01\0\0\0\x36\0\0\0\x28\0\0\0", "bmp"),
        ];
        for (file, extension) in files {
            assert!(ImageFormat::of(file).is_some_and(|format| format.is_of(extension)), "{extension}");
        }
        assert_eq!((ImageFormat::of(b"BMW is a car"), ImageFormat::named("wav")), (None, None));
    }
}
