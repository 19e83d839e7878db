//! Errors of formats: what can be wrong with a file inside a sample.

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
    /// What another crate found wrong.
    #[cfg(any(feature = "arrow", feature = "parquet", feature = "safetensors", feature = "sparse"))]
    #[error("the {format} cannot be decoded: {}", Printable(.reason))]
    Damaged { format: &'static str, reason: String },
    #[cfg(any(feature = "parquet", feature = "safetensors", feature = "sparse"))]
    #[error("the {format} cannot be written: {}", Printable(.reason))]
    NotWritten { format: &'static str, reason: String },
    #[cfg(feature = "safetensors")]
    #[error("there is no tensor \"{}\"; there are {}", Printable(.name), names(.present))]
    NoTensor { name: String, present: Vec<String> },
    #[cfg(feature = "safetensors")]
    #[error("the tensor \"{}\" has dtype {dtype}, which no array type has; the crate `safetensors` reads it", Printable(.name))]
    TensorDtype { name: String, dtype: String },
    #[cfg(any(feature = "arrow", feature = "safetensors"))]
    #[error("the dtype {found} has no place in a file of the format {format}")]
    NoSuchDtype { format: &'static str, found: String },
    #[cfg(feature = "arrow")]
    #[error("the tensor has elements of Arrow type {found}, where integers and floats are understood")]
    ArrowType { found: String },
    #[cfg(feature = "parquet")]
    #[error("batch {batch} has other columns than the data frame")]
    OtherColumns { batch: usize },
    #[cfg(feature = "parquet")]
    #[error("the Parquet file is compressed with {}, where Snappy and gzip are understood", Printable(.found))]
    Codec { found: String },
    #[cfg(feature = "arrow")]
    #[error("{found} names for {expected} dimensions")]
    DimNames { expected: usize, found: usize },
    #[cfg(feature = "sparse")]
    #[error("the npz file has no member \"{name}.npy\", so it is no sparse matrix")]
    NoMember { name: &'static str },
    #[cfg(feature = "sparse")]
    #[error("refused to decompress \"{name}.npy\" of the npz file to more than {limit} bytes")]
    LargeMember { name: &'static str, limit: u64 },
    #[cfg(feature = "sparse")]
    #[error("the sparse format \"{}\" is not one of csr, csc, bsr, coo, dia", Printable(.found))]
    SparseFormat { found: String },
    #[cfg(feature = "sparse")]
    #[error("{name} holds no integers, but {}", Printable(.found))]
    NoIntegers { name: &'static str, found: String },
    #[cfg(feature = "sparse")]
    #[error("{part}[{at}] is {value}, which is no index")]
    NoIndex { part: &'static str, at: usize, value: i64 },
    #[cfg(feature = "sparse")]
    #[error(transparent)]
    CorruptMatrix(super::sparse::Flaw),
    #[cfg(feature = "sparse")]
    #[error(transparent)]
    WrongMatrix(super::sparse::Flaw),
    #[cfg(feature = "sparse")]
    #[error("a dense array of shape {shape:?} takes more than {limit} bytes")]
    TooDense { shape: Vec<usize>, limit: usize },
    #[cfg(feature = "sparse")]
    #[error("the values at {index:?} add up to more than {dtype} holds")]
    SumOverflow { index: Vec<usize>, dtype: atdata_schema::Dtype },
}

impl FormatError {
    /// Bytes that are not even the beginning of what is expected.
    #[cold]
    pub(crate) fn other(expected: &'static str, bytes: &[u8]) -> Self {
        Self::OtherFormat { expected, found: describe(bytes) }
    }

    /// For `map_err`: another crate's word on a damaged file.
    #[cfg(any(feature = "arrow", feature = "parquet", feature = "safetensors", feature = "sparse"))]
    pub(crate) fn damaged<E: std::fmt::Display>(format: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::Damaged { format, reason: error.to_string() }
    }

    /// For `map_err`: another crate's word on what it cannot write.
    #[cfg(any(feature = "parquet", feature = "sparse"))]
    pub(crate) fn not_written<E: std::fmt::Display>(format: &'static str) -> impl Fn(E) -> Self {
        move |error| Self::NotWritten { format, reason: error.to_string() }
    }
}

/// What bytes look like, by how they begin.
fn describe(bytes: &[u8]) -> String {
    let known = match bytes {
        [] => "no bytes",
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => "an npy file",
        [b'P', b'K', 3 | 5, 4 | 6, ..] => "a zip archive, such as an npz file",
        [b'P', b'A', b'R', b'1', .., b'P', b'A', b'R', b'1'] => "a Parquet file",
        [b'P', b'A', b'R', b'1', ..] => "bytes that begin like a Parquet file and do not end like one",
        [0xff, 0xff, 0xff, 0xff, ..] => "an Arrow IPC message",
        [_, _, _, _, _, _, _, 0, b'{', ..] => "a safetensors file",
        _ if crate::array::DynArray::is_array(bytes) => "an array in the compact form",
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
            #[cfg(any(feature = "arrow", feature = "parquet", feature = "safetensors", feature = "sparse"))]
            Self::Damaged { .. } => ErrorKind::Corrupt,
            #[cfg(any(feature = "parquet", feature = "safetensors", feature = "sparse"))]
            Self::NotWritten { .. } => ErrorKind::InvalidInput,
            #[cfg(feature = "safetensors")]
            Self::NoTensor { .. } => ErrorKind::NotFound,
            #[cfg(feature = "safetensors")]
            Self::TensorDtype { .. } => ErrorKind::Unsupported,
            #[cfg(any(feature = "arrow", feature = "safetensors"))]
            Self::NoSuchDtype { .. } => ErrorKind::InvalidInput,
            #[cfg(feature = "arrow")]
            Self::ArrowType { .. } => ErrorKind::Unsupported,
            #[cfg(feature = "parquet")]
            Self::OtherColumns { .. } => ErrorKind::InvalidInput,
            #[cfg(feature = "parquet")]
            Self::Codec { .. } => ErrorKind::Unsupported,
            #[cfg(feature = "arrow")]
            Self::DimNames { .. } => ErrorKind::InvalidInput,
            #[cfg(feature = "sparse")]
            Self::NoMember { .. } | Self::NoIntegers { .. } | Self::NoIndex { .. } => ErrorKind::Corrupt,
            #[cfg(feature = "sparse")]
            Self::CorruptMatrix(_) => ErrorKind::Corrupt,
            #[cfg(feature = "sparse")]
            Self::WrongMatrix(_) => ErrorKind::InvalidInput,
            #[cfg(feature = "sparse")]
            Self::SparseFormat { .. } | Self::TooDense { .. } | Self::LargeMember { .. } => ErrorKind::Unsupported,
            #[cfg(feature = "sparse")]
            Self::SumOverflow { .. } => ErrorKind::SchemaMismatch,
        }
    }
}
