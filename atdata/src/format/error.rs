//! Errors that several formats have; each states those of its own.

use std::fmt;

use crate::array::DynArray;
use crate::error::{Cause, ErrorKind, Printable};
use crate::picture::ImageFormat;

/// What can be wrong with a file inside a sample, whatever its format.
// Structured arrays, which are always built, have no other crate to say what is wrong.
#[cfg_attr(not(all(feature = "formats", feature = "parquet")), allow(dead_code))]
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("expected {expected}, found {found}")]
    OtherFormat { expected: &'static str, found: String },
    #[error("\"{}\" cannot be the name of {of}: {reason}", Printable(.name))]
    Name { name: String, of: &'static str, reason: &'static str },
    /// What another crate found wrong.
    #[error("the {format} cannot be decoded: {}", Printable(.reason))]
    Damaged { format: &'static str, reason: String },
    #[error("the {format} cannot be written: {}", Printable(.reason))]
    NotWritten { format: &'static str, reason: String },
    #[error("the dtype {found} has no place in a file of the format {format}")]
    NoSuchDtype { format: &'static str, found: String },
}

impl Cause for FormatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherFormat { .. } => ErrorKind::SchemaMismatch,
            Self::Name { .. } | Self::NotWritten { .. } | Self::NoSuchDtype { .. } => ErrorKind::InvalidInput,
            Self::Damaged { .. } => ErrorKind::Corrupt,
        }
    }
}

#[cfg_attr(not(all(feature = "formats", feature = "parquet")), allow(dead_code))]
impl FormatError {
    /// Bytes that are not even the beginning of what is expected.
    #[cold]
    pub(crate) fn other(expected: &'static str, bytes: &[u8]) -> Self {
        Self::OtherFormat { expected, found: describe(bytes) }
    }

    /// For `map_err`: another crate's word on a damaged file.
    pub(crate) fn damaged<E: fmt::Display>(format: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::Damaged { format, reason: error.to_string() }
    }

    /// For `map_err`: another crate's word on what it cannot write.
    pub(crate) fn not_written<E: fmt::Display>(format: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::NotWritten { format, reason: error.to_string() }
    }
}

/// Runs the decoder of another crate. Where it panics on a file, that is damage of the file and no fault of the program: an
/// error, which says so. What was being decoded is dropped by the caller.
#[cfg(any(feature = "image", feature = "parquet"))]
pub(crate) fn guarded<T>(decode: impl FnOnce() -> T) -> Result<T, &'static str> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(decode)).map_err(|_| "its decoder gave up on the damage")
}

/// What bytes look like, by how they begin.
fn describe(bytes: &[u8]) -> String {
    if let Some(format) = ImageFormat::of(bytes) {
        return format!("a {} image", format.to_string().to_uppercase());
    }
    let known = match bytes {
        [] => "no bytes",
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "an npy file",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "a zip archive, such as an npz file",
        [b'P', b'A', b'R', b'1', .., b'P', b'A', b'R', b'1'] => "a Parquet file",
        [b'P', b'A', b'R', b'1', ..] => "bytes that begin like a Parquet file and do not end like one",
        [0xff, 0xff, 0xff, 0xff, ..] => "an Arrow IPC message",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', ..] => "an AVIF image",
        [_, _, _, _, b'f', b't', b'y', b'p', b'h' | b'm', ..] => "a HEIF image",
        [_, _, _, _, _, _, _, 0, b'{', ..] => "a safetensors file",
        _ if DynArray::is_array(bytes) => "an array in the compact form",
        _ => {
            let start = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            return format!("bytes that begin with {start}");
        }
    };
    known.to_owned()
}

pub(crate) fn names(of: &[String]) -> String {
    const SHOWN: usize = 32;
    let names = of.iter().take(SHOWN).map(|name| format!("\"{}\"", Printable(name)));
    let more = (of.len() > SHOWN).then(|| "…".to_owned());
    match of {
        [] => "none".to_owned(),
        _ => names.chain(more).collect::<Vec<_>>().join(", "),
    }
}
