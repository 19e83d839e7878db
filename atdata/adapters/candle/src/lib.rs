//! Batches of [atdata](atdata) as tensors of [candle](https://github.com/huggingface/candle): shapes as they are, dtypes checked,
//! memory handed over.
//!
//! ```
//! use atdata::{Dataset, Packable};
//! use atdata_candle::tensors;
//! use candle_core::{DType, Device};
//!
//! #[derive(Packable)]
//! struct Photo {
//!     #[packable(shape = [32, 32, 3])]
//!     image: atdata::ndarray::Array3<u8>,
//!     confidence: f64,
//! }
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("photos.tar");
//! # let photo = |i: u8| Photo { image: atdata::ndarray::Array3::from_elem((32, 32, 3), i), confidence: f64::from(i) };
//! # Dataset::write(&path, (0..100).map(photo))?;
//! let device = Device::Cpu;
//! let photos = Dataset::<Photo>::open(&path)?;
//! for step in photos.plan().seed(7).batch(25).load()? {
//!     let (image, confidence) = tensors!(step?.batch, &device; image, confidence)?;
//!     assert_eq!((image.dims(), image.dtype()), (&[25, 32, 32, 3][..], DType::U8));
//!     assert_eq!((confidence.dims(), confidence.dtype()), (&[25][..], DType::F64));
//!     let image = image.to_dtype(DType::F32)?.affine(1.0 / 255.0, 0.0)?.permute((0, 3, 1, 2))?;
//!     assert_eq!(image.dims(), [25, 3, 32, 32]);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What becomes of a column
//!
//! | column of the batch | tensor | memory on the CPU |
//! |---|---|---|
//! | an array field, stacked: `Array4<u8>` of `Array3<u8>` | of its shape, `[samples, …]` | handed over; copied once where it does not lie in the order of C |
//! | a list of numbers: `Vec<f64>` | `[samples]` | handed over |
//! | [`Padded`] | of its `data`; its `mask()` and `lengths()` are arrays as well | handed over |
//! | [`DynArray`] | of its shape, `[samples, …]`, and the dtype that it has | copied once |
//!
//! Elsewhere than on the CPU it is copied to the device. `DictBatch::stack` gives a `DynArray` of samples without a type.
//!
//! # Dtypes
//!
//! | of atdata | of candle |
//! |---|---|
//! | `uint8`, `uint32`, `int16`, `int32`, `int64` | `U8`, `U32`, `I16`, `I32`, `I64` |
//! | `float16`, `float32`, `float64` | `F16`, `F32`, `F64` |
//! | `bool` | `U8` of zeros and ones, which is what candle's masks are; in place |
//! | `int8`, `uint16`, `uint64`, `complex64`, `complex128`, dates, records | [`TensorError::Dtype`]: candle has none |
//!
//! No dtype is turned into another without being asked: a number is read as one that candle has where its field is of that type, an
//! array where it is of `#[packable(cast)]` too, and `Tensor::to_dtype` converts where the samples are on the device already.

mod column;
mod dtype;
mod error;

pub use column::{IntoTensor, tensor};
pub use dtype::dtype;
pub use error::TensorError;

#[doc(no_inline)]
pub use atdata::{DynArray, field::Padded};

/// Columns of a batch as tensors, in a tuple: each of the names is a field of the batch, and that by which an error calls it.
///
/// The columns are moved out of the batch, and what is not named is dropped. [`tensor`] is for one at a time.
///
/// ```
/// use atdata::{Batch as _, Packable};
/// use atdata_candle::{TensorError, tensors};
/// use candle_core::Device;
///
/// #[derive(Packable)]
/// struct Token {
///     id: u16,
///     weight: f32,
/// }
///
/// let batch = TokenBatch::from_samples([Token { id: 7, weight: 0.5 }])?;
/// let (weight,) = tensors!(batch.clone(), &Device::Cpu; weight)?;
/// assert_eq!(weight.to_vec1::<f32>()?, [0.5]);
/// let error = tensors!(batch, &Device::Cpu; id, weight).unwrap_err();
/// assert!(matches!(&error, TensorError::Dtype { field, .. } if field == "id"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Those of [`tensor`], of the first column that has one.
#[macro_export]
macro_rules! tensors {
    ($batch:expr, $device:expr; $($field:ident),+ $(,)?) => {{
        let __batch = $batch;
        let __device: &_ = $device;
        (move || {
            ::core::result::Result::<_, $crate::TensorError>::Ok((
                $($crate::tensor(::core::stringify!($field), __batch.$field, __device)?,)+
            ))
        })()
    }};
}

/// The README's example, run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
