//! What can be wrong with a file inside a sample.

use std::error::Error as StdError;

use crate::error::{Cause, ErrorKind, Printable};

#[derive(Debug, thiserror::Error)]
pub(crate) enum FormatError {
    #[error("expected {expected}, found {found}")]
    OtherFormat { expected: &'static str, found: String },
    #[error("expected a structured array, found one of dtype {}", Printable(.found))]
    NotStructured { found: String },
    #[error("the structured array has no field \"{}\"; it has {}", Printable(.name), names(.present))]
    NoField { name: String, present: Vec<String> },
    #[error("the field \"{}\" of the structured array has no bytes", Printable(.name))]
    EmptyField { name: String },
    #[error("\"{}\" cannot be the name of {of}: {reason}", Printable(.name))]
    Name { name: String, of: &'static str, reason: &'static str },
    #[error("field \"{}\" has shape {found:?}, which does not begin with that of the structured array, {expected:?}", Printable(.name))]
    FieldShape { name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("a structured array needs a field with at least one byte")]
    NoFields,
    /// What another crate found wrong; its text is the source.
    #[error("the {format} cannot be decoded")]
    #[allow(dead_code, reason = "not every set of features has a format that another crate decodes")]
    Damaged { format: &'static str, source: Box<dyn StdError + Send + Sync> },
}

impl FormatError {
    /// Bytes that are not even the beginning of what is expected.
    #[cold]
    pub(crate) fn other(expected: &'static str, bytes: &[u8]) -> Self {
        Self::OtherFormat { expected, found: describe(bytes) }
    }
}

/// What bytes look like, by how they begin.
fn describe(bytes: &[u8]) -> String {
    let known = match bytes {
        [] => "no bytes",
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "an npy file",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "a zip archive, such as an npz file",
        [b'P', b'A', b'R', b'1', ..] => "a Parquet file",
        [0xff, 0xff, 0xff, 0xff, ..] => "an Arrow IPC message",
        [_, _, _, _, _, _, _, 0, b'{', ..] => "a safetensors file",
        _ if crate::DynArray::is_array(bytes) => "an array in the compact form",
        _ => {
            let start = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            return format!("bytes that begin with {start}");
        }
    };
    known.to_owned()
}

fn names(of: &[String]) -> String {
    const SHOWN: usize = 32;
    let names = of.iter().take(SHOWN).map(|name| format!("\"{}\"", Printable(name)));
    let more = (of.len() > SHOWN).then(|| "…".to_owned());
    match of {
        [] => "none".to_owned(),
        _ => names.chain(more).collect::<Vec<_>>().join(", "),
    }
}

impl Cause for FormatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::OtherFormat { .. } | Self::NotStructured { .. } => ErrorKind::SchemaMismatch,
            Self::NoField { .. } => ErrorKind::NotFound,
            Self::EmptyField { .. } => ErrorKind::Unsupported,
            Self::Name { .. } | Self::FieldShape { .. } | Self::NoFields => ErrorKind::InvalidInput,
            Self::Damaged { .. } => ErrorKind::Corrupt,
        }
    }
}
