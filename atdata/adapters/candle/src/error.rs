//! Why a column is no tensor.

use atdata::ErrorKind;

use crate::dtype::TAKEN;

/// Why a column of a batch cannot be a tensor. Turned into a [`candle_core::Error`] by `?` in a function that gives those.
///
/// ```
/// use atdata::ndarray::array;
/// use atdata_candle::tensor;
/// use candle_core::Device;
///
/// let error = tensor("depth", array![[1_u16, 2]], &Device::Cpu).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "depth: candle has no uint16; it takes uint8, uint32, int16, int32, int64, float16, float32, float64, and bool as uint8: \
///      give the field one of these, and an array `#[packable(cast)]`"
/// );
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// candle has no such dtype.
    #[error(
        "{field}: candle has no {dtype}; it takes {TAKEN}: give the field one of these, and an array `#[packable(cast)]`"
    )]
    Dtype {
        /// The field that the column is of.
        field: String,
        /// What was found: `uint16`, or numpy's typestr where it is none of atdata's, such as `<M8[ns]`.
        dtype: String,
    },
    /// The array is not sound.
    #[error("{field}")]
    Array {
        /// The field that the column is of.
        field: String,
        /// What is wrong with it.
        source: atdata::Error,
    },
    /// candle could not make the tensor: the device has no memory for it, or is not there.
    #[error("{field}: no tensor of shape {shape:?}")]
    Candle {
        /// The field that the column is of.
        field: String,
        /// The shape of the column.
        shape: Vec<usize>,
        /// What candle said.
        source: Box<candle_core::Error>,
    },
}

impl TensorError {
    /// The field that the column is of.
    pub fn field(&self) -> &str {
        match self {
            Self::Dtype { field, .. } | Self::Array { field, .. } | Self::Candle { field, .. } => field,
        }
    }
}

impl From<TensorError> for candle_core::Error {
    fn from(error: TensorError) -> Self {
        Self::wrap(error)
    }
}

/// For functions that give errors of atdata: of kind [`Unsupported`](ErrorKind::Unsupported) for a dtype that candle has not.
impl From<TensorError> for atdata::Error {
    fn from(error: TensorError) -> Self {
        let kind = match &error {
            TensorError::Dtype { .. } => ErrorKind::Unsupported,
            TensorError::Array { source, .. } => source.kind(),
            TensorError::Candle { .. } => ErrorKind::Caller,
        };
        Self::new(kind, error)
    }
}
