//! Sparse matrices, in the npz files of `scipy.sparse`.

mod dense;
mod error;
mod layout;
mod matrix;
mod npz;

use std::fmt;

use atdata_schema::FieldType;
use bytes::Bytes;

pub(crate) use layout::Flaw;
pub use layout::SparseLayout;
pub use matrix::SparseMatrix;

use super::{FormatError, encoded_field};
use crate::array::ArraySpec;
use crate::error::Result;

/// A sparse matrix or array: the `.npz` file that `scipy.sparse.save_npz` writes.
///
/// ```
/// use atdata::{DynArray, Packable};
/// use atdata::format::Sparse;
/// use atdata::format::{SparseLayout, SparseMatrix};
/// use ndarray::array;
///
/// #[derive(Packable, Debug, Clone, PartialEq)]
/// struct Document {
///     counts: Sparse,
/// }
///
/// // [[0, 0, 3],
/// //  [0, 0, 0],
/// //  [5, 0, 7]]
/// let layout = SparseLayout::Csr { indptr: vec![0, 1, 1, 3], indices: vec![2, 0, 2] };
/// let counts = SparseMatrix::try_new(&[3, 3], layout, DynArray::from_array(&array![3_u32, 5, 7]))?;
/// let document = Document { counts: Sparse::encode(&counts)? };
///
/// let document = Document::unpack(&document.pack())?;
/// let counts = document.counts.decode()?;
/// assert_eq!(counts.to_dense::<u32>()?, array![[0, 0, 3], [0, 0, 0], [5, 0, 7]].into_dyn());
/// assert_eq!(Document::SCHEMA.to_string(), "Document@1.0.0 { counts: sparse }");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Sparse {
    bytes: Bytes,
}

const EXPECTED: &str = "a sparse matrix (an npz file)";

encoded_field!(Sparse, FieldType::Sparse, EXPECTED);

impl Sparse {
    fn fits(bytes: &[u8], _: ArraySpec) -> Result<()> {
        // An npz file has members, so the mark of an empty archive does not do.
        if bytes.starts_with(b"PK\x03\x04") { Ok(()) } else { Err(FormatError::other(EXPECTED, bytes).into()) }
    }

    /// Writes the npz file of a matrix, which `scipy.sparse.load_npz` reads.
    pub fn encode(matrix: &SparseMatrix) -> Result<Self> {
        npz::write(matrix).map(|bytes| Self { bytes: bytes.into() })
    }

    /// Reads the matrix. Members of the archive are inflated as far as their bytes go, whatever their headers claim; that
    /// can be a thousand times their size in the file.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) if archive, arrays or indices are unsound,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for a format that scipy does not save.
    pub fn decode(&self) -> Result<SparseMatrix> {
        npz::read(&self.bytes)
    }
}

/// `sparse<1018 bytes>`
impl fmt::Debug for Sparse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sparse<{} bytes>", self.bytes.len())
    }
}
