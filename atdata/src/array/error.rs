//! Errors of arrays: what can be wrong with one.

use atdata_schema::Dtype;

use crate::error::{Cause, ErrorKind, NoMemory, Printable};

#[derive(Debug, thiserror::Error)]
pub(crate) enum ArrayError {
    #[error("the array's {part} ends after {len} bytes, where {needed} are due")]
    TooShort { part: &'static str, len: usize, needed: usize },
    #[error("\"{}\" is not a dtype that atdata reads", Printable(.found))]
    Dtype { found: String },
    #[error("object arrays are pickles, which are never loaded; convert the array to a concrete dtype")]
    Object,
    #[error("the bytes are no array: they begin with {start} (the encoded bytes of a file fit `Vec<u8>` or `Bytes`)")]
    NotAnArray { start: String },
    #[error("{ndim} dimensions are more than an array may have (64)")]
    Rank { ndim: usize },
    #[error("{ndim} dimensions are more than an array may have (64)")]
    RankToWrite { ndim: usize },
    #[error("expected as many values as shape {shape:?} has, found {found}")]
    Values { shape: Vec<usize>, found: usize },
    #[error("expected as many bytes as shape {shape:?} of {item_size}-byte elements has, found {found}")]
    Elements { shape: Vec<usize>, item_size: usize, found: usize },
    #[error("dimension {axis} is {size}, and sizes cannot be negative")]
    Negative { axis: usize, size: i64 },
    #[error("the shape multiplies to more elements than memory can hold")]
    Overflow,
    #[error("shape {shape:?} of {item_size}-byte elements makes {expected} bytes, but the data is {found} bytes")]
    Size { shape: Vec<usize>, item_size: usize, expected: usize, found: usize },
    #[error("npy format version {major}.{minor} is not one of 1.0, 2.0, 3.0")]
    NpyVersion { major: u8, minor: u8 },
    #[error("the npy header is not understood: {reason}")]
    NpyHeader { reason: &'static str },
    #[error("expected dtype {expected}, found {}{}", Printable(.found), .hint.unwrap_or_default())]
    WrongDtype { expected: Dtype, found: String, hint: Option<&'static str> },
    #[error("cannot convert {} to {to}", Printable(.from))]
    Cast { from: String, to: Dtype },
    #[error("cannot convert {} to {to}: {value} of index {index} does not fit", Printable(.from))]
    CastValue { index: usize, value: String, from: String, to: Dtype },
    #[error("expected {expected} dimension{}, found {} (shape {found:?})", if *.expected == 1 { "" } else { "s" }, .found.len())]
    WrongRank { expected: usize, found: Vec<usize> },
    #[error("expected shape {}, found {found:?}", declared(.expected))]
    WrongShape { expected: &'static [Option<usize>], found: Vec<usize> },
    #[error(
        "row {row} has shape {found:?}, but the rows before it {expected:?}: they do not stack \
         (`#[packable(ragged)]` on the field keeps each array by itself, `#[packable(pad)]` fills them up to one size)"
    )]
    Ragged { row: usize, expected: Vec<usize>, found: Vec<usize> },
    #[error("row {row} has dtype {}, but the rows before it {}: they do not stack", Printable(.found), Printable(.expected))]
    MixedDtypes { row: usize, expected: String, found: String },
    #[error("row {row} has {found} dimension{}, but the rows before it {expected}: they cannot be padded to one size", if *.found == 1 { "" } else { "s" })]
    OtherRank { row: usize, expected: usize, found: usize },
    #[error(
        "padding {rows} rows to the largest sizes of the batch, {shape:?}, takes more than {limit} bytes beyond their own: make \
         smaller batches, or of samples of like sizes, or keep each by itself (`#[packable(ragged)]`)"
    )]
    Padding { rows: usize, shape: Vec<usize>, limit: usize },
    #[error("a batch of {rows} such arrays is more than memory can hold")]
    BatchOverflow { rows: usize },
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
}

fn declared(shape: &[Option<usize>]) -> String {
    let sizes: Vec<_> = shape.iter().map(|size| size.map_or("_".to_owned(), |size| size.to_string())).collect();
    format!("[{}]", sizes.join(", "))
}

impl Cause for ArrayError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooShort { .. }
            | Self::Dtype { .. }
            | Self::Rank { .. }
            | Self::Negative { .. }
            | Self::Overflow
            | Self::Size { .. }
            | Self::NpyHeader { .. } => ErrorKind::Corrupt,
            Self::Object | Self::NpyVersion { .. } | Self::NoMemory(_) => ErrorKind::Unsupported,
            Self::RankToWrite { .. } | Self::Values { .. } | Self::Elements { .. } => ErrorKind::InvalidInput,
            Self::NotAnArray { .. }
            | Self::WrongDtype { .. }
            | Self::Cast { .. }
            | Self::CastValue { .. }
            | Self::WrongRank { .. }
            | Self::WrongShape { .. }
            | Self::Ragged { .. }
            | Self::MixedDtypes { .. }
            | Self::OtherRank { .. }
            | Self::Padding { .. }
            | Self::BatchOverflow { .. } => ErrorKind::SchemaMismatch,
        }
    }
}
