//! Converting elements from the dtype that a sample has to the one that a field asks for.

use atdata_schema::Dtype;
use half::f16;
use num_complex::Complex;

use ndarray::IxDyn;

use crate::array::{ArrayError, Descr, DynArray, Element, Order, RawArray, Sealed};
use crate::error::Result;

impl DynArray {
    /// The array with its elements converted to `dtype`, as [`cast_array`](Self::cast_array) does it.
    ///
    /// ```
    /// use atdata::{Dtype, DynArray};
    /// use ndarray::array;
    ///
    /// let halves = DynArray::from_array(&array![1.5_f32, 2.5]);
    /// assert_eq!(halves.cast(Dtype::Float64)?, DynArray::from_array(&array![1.5_f64, 2.5]));
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a value that `dtype` cannot hold.
    pub fn cast(&self, dtype: Dtype) -> Result<Self> {
        fn to<T: Element>(array: &DynArray) -> Result<DynArray> {
            Ok(DynArray::from_array(&array.cast_array::<T, IxDyn>()?))
        }
        match dtype {
            Dtype::Bool => to::<bool>(self),
            Dtype::Int8 => to::<i8>(self),
            Dtype::Int16 => to::<i16>(self),
            Dtype::Int32 => to::<i32>(self),
            Dtype::Int64 => to::<i64>(self),
            Dtype::UInt8 => to::<u8>(self),
            Dtype::UInt16 => to::<u16>(self),
            Dtype::UInt32 => to::<u32>(self),
            Dtype::UInt64 => to::<u64>(self),
            Dtype::Float16 => to::<f16>(self),
            Dtype::Float32 => to::<f32>(self),
            Dtype::Float64 => to::<f64>(self),
            Dtype::Complex64 => to::<Complex<f32>>(self),
            Dtype::Complex128 => to::<Complex<f64>>(self),
            other => Err(ArrayError::Cast { from: self.typestr().into_owned(), to: other }.into()),
        }
    }
}

/// Appends the elements of `raw`, each converted to `T`.
///
/// Floats are rounded to narrower floats and truncated to integers; a value that an integer cannot hold, and a complex
/// number for a real type, are errors.
pub(crate) fn extend_cast<T: Element>(out: &mut Vec<T>, raw: &RawArray<'_>) -> Result<(), ArrayError> {
    let refused = || ArrayError::Cast { from: raw.descr.to_string(), to: T::DTYPE };
    let Descr::Plain(dtype, order) = raw.descr else { return Err(refused()) };
    let bytes = &*raw.data();
    let all_fit = match dtype {
        Dtype::Bool => convert::<bool, T>(out, bytes, order),
        Dtype::Int8 => convert::<i8, T>(out, bytes, order),
        Dtype::Int16 => convert::<i16, T>(out, bytes, order),
        Dtype::Int32 => convert::<i32, T>(out, bytes, order),
        Dtype::Int64 => convert::<i64, T>(out, bytes, order),
        Dtype::UInt8 => convert::<u8, T>(out, bytes, order),
        Dtype::UInt16 => convert::<u16, T>(out, bytes, order),
        Dtype::UInt32 => convert::<u32, T>(out, bytes, order),
        Dtype::UInt64 => convert::<u64, T>(out, bytes, order),
        Dtype::Float16 => convert::<f16, T>(out, bytes, order),
        Dtype::Float32 => convert::<f32, T>(out, bytes, order),
        Dtype::Float64 => convert::<f64, T>(out, bytes, order),
        Dtype::Complex64 => convert::<Complex<f32>, T>(out, bytes, order),
        Dtype::Complex128 => convert::<Complex<f64>, T>(out, bytes, order),
        _ => false,
    };
    if all_fit { Ok(()) } else { Err(refused()) }
}

fn convert<F: Sealed + Copy, T: Sealed>(out: &mut Vec<T>, bytes: &[u8], order: Order) -> bool {
    let mut values = Vec::new();
    F::extend_from_wire(&mut values, bytes, order);
    out.reserve(values.len());
    for value in values {
        let Some(value) = T::from_wide(value.to_wide()) else { return false };
        out.push(value);
    }
    true
}
