//! Fields in the formats of other libraries: structured arrays, sparse matrices, tensors, data frames.
//!
//! Python's atdata keeps each of these values as one file inside the sample, and so do the types here: they hold the
//! file's bytes, look at no more than its first bytes when a sample is read, and are written back byte for byte. What
//! the file holds is decoded when it is asked for. Damage is an error then, never a panic.
//!
//! | type | file | in Python | feature |
//! |---|---|---|---|
//! | [`Structured`] | `.npy` with named fields | numpy structured array | always there |
//! | `Sparse` | `.npz` of `scipy.sparse.save_npz` | scipy sparse matrix or array | `formats` |
//! | `Safetensors` | safetensors | dict of numpy arrays | `formats` |
//! | `ArrowTensor` | Arrow IPC tensor message | `pyarrow.Tensor` | `formats` |
//! | `DataFrame` | Parquet | pandas data frame | `parquet` |
//! | `Image`, `Pixels` | JPEG, PNG, WebP | bytes, see [`image`] | `image` |
//!
//! A schema record names these kinds, images apart, and Python's types made from such a record decode them. A Python class
//! written by hand gets their bytes.

#[cfg(feature = "formats")]
mod arrow_tensor;
#[cfg(feature = "parquet")]
mod data_frame;
mod encoded;
mod error;
pub mod image;
#[cfg(feature = "formats")]
mod safetensors;
#[cfg(feature = "formats")]
mod sparse;
mod structured;

#[cfg(feature = "formats")]
pub use arrow_tensor::ArrowTensor;
#[cfg(feature = "parquet")]
pub use data_frame::{DataFrame, DataFrameRows};
#[cfg(feature = "image")]
pub use image::{Image, Pixels};
#[cfg(feature = "formats")]
pub use safetensors::Safetensors;
#[cfg(feature = "formats")]
pub use sparse::{Sparse, SparseLayout, SparseMatrix};
pub use structured::{Structured, StructuredField};
#[cfg(feature = "parquet")]
pub use {arrow_array, arrow_schema};

#[cfg(feature = "manifest")]
pub(crate) use data_frame::{look_at, mend, unknown_codec};
use encoded::encoded_field;
pub(crate) use error::FormatError;
#[cfg(any(feature = "image", feature = "parquet"))]
pub(crate) use error::guarded;
