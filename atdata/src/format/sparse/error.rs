//! Errors of sparse matrices, beside those that all formats have.

use atdata_schema::Dtype;

use super::Flaw;
use crate::error::{Cause, ErrorKind, Printable};

#[derive(Debug, thiserror::Error)]
pub(crate) enum SparseError {
    #[error("the npz file has no member \"{name}.npy\", so it is no sparse matrix")]
    NoMember { name: &'static str },
    #[error("refused to decompress \"{name}.npy\" of the npz file to more than {limit} bytes")]
    LargeMember { name: &'static str, limit: u64 },
    #[error("the sparse format \"{}\" is not one of csr, csc, bsr, coo, dia", Printable(.found))]
    SparseFormat { found: String },
    #[error("{name} holds no integers, but {}", Printable(.found))]
    NoIntegers { name: &'static str, found: String },
    #[error("{part}[{at}] is {value}, which is no index")]
    NoIndex { part: &'static str, at: usize, value: i64 },
    #[error(transparent)]
    CorruptMatrix(Flaw),
    #[error(transparent)]
    WrongMatrix(Flaw),
    #[error("a dense array of shape {shape:?} takes more than {limit} bytes")]
    TooDense { shape: Vec<usize>, limit: usize },
    #[error("the values at {index:?} add up to more than {dtype} holds")]
    SumOverflow { index: Vec<usize>, dtype: Dtype },
}

impl Cause for SparseError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoMember { .. } | Self::NoIntegers { .. } | Self::NoIndex { .. } | Self::CorruptMatrix(_) => {
                ErrorKind::Corrupt
            }
            Self::SparseFormat { .. } | Self::TooDense { .. } | Self::LargeMember { .. } => ErrorKind::Unsupported,
            Self::WrongMatrix(_) => ErrorKind::InvalidInput,
            Self::SumOverflow { .. } => ErrorKind::SchemaMismatch,
        }
    }
}
