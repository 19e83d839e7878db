//! Errors of images.

use super::header::{ImageFormat, ImageHeader};
use crate::error::{Cause, ErrorKind, Printable};

/// What is wrong with an image.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImageError {
    #[error("expected a JPEG, PNG or WebP image, found a {0} image, which is not decoded")]
    Format(ImageFormat),
    #[error("the {0} image ends before its header does")]
    Cut(ImageFormat),
    #[error(
        "expected an image of at most {limit} pixels, found {header}; `Image::decode_within`, or `Pixels<_, {}>` as the type \
         of the field, takes it",
        .header.pixels()
    )]
    TooLarge { header: ImageHeader, limit: u64 },
    #[error("the {format} image cannot be decoded: {}", Printable(.reason))]
    Damaged { format: ImageFormat, reason: String },
    #[error("an image of {height} x {width} pixels cannot be written: {reason}")]
    Unwritable { height: usize, width: usize, reason: String },
    #[error("expected an array (height, width, {expected}) for an image, found {found:?}")]
    Channels { expected: usize, found: Vec<usize> },
}

impl Cause for ImageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Format(_) => ErrorKind::SchemaMismatch,
            Self::Cut(_) | Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::TooLarge { .. } => ErrorKind::Unsupported,
            Self::Unwritable { .. } | Self::Channels { .. } => ErrorKind::InvalidInput,
        }
    }
}

impl ImageError {
    /// For `map_err`: the word of a decoder.
    pub(super) fn damaged<E: std::fmt::Display>(format: ImageFormat) -> impl Fn(E) -> Self {
        move |error| Self::Damaged { format, reason: error.to_string() }
    }
}
