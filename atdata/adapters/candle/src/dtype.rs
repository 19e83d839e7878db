//! Which dtype of candle's is that of an array.

use atdata::Dtype;
use candle_core::DType;

/// What candle takes, as people read it.
pub(crate) const TAKEN: &str = "uint8, uint32, int16, int32, int64, float16, float32, float64, and bool as uint8";

/// The dtype that a tensor has of an array of such elements; `None` if candle has none.
///
/// ```
/// use atdata::Dtype;
/// use atdata_candle::dtype;
/// use candle_core::DType;
///
/// assert_eq!(dtype(Dtype::Float32), Some(DType::F32));
/// assert_eq!(dtype(Dtype::Bool), Some(DType::U8));
/// assert_eq!(dtype(Dtype::UInt16), None);
/// ```
pub fn dtype(of: Dtype) -> Option<DType> {
    match of {
        Dtype::Bool | Dtype::UInt8 => Some(DType::U8),
        Dtype::UInt32 => Some(DType::U32),
        Dtype::Int16 => Some(DType::I16),
        Dtype::Int32 => Some(DType::I32),
        Dtype::Int64 => Some(DType::I64),
        Dtype::Float16 => Some(DType::F16),
        Dtype::Float32 => Some(DType::F32),
        Dtype::Float64 => Some(DType::F64),
        _ => None,
    }
}
