//! Converting elements from the dtype that a sample has to the one that a field asks for.

use atdata_schema::Dtype;
use half::f16;
use num_complex::Complex;

use crate::array::element::Wide;
use crate::array::{ArrayError, Descr, Element, Order, RawArray, Sealed};

/// Appends the elements of `raw`, each converted to `T`.
///
/// Floats are rounded to narrower floats and truncated to integers; a value that an integer cannot hold, and a complex
/// number for a real type, are errors.
pub(crate) fn extend_cast<T: Element>(out: &mut Vec<T>, raw: &RawArray<'_>) -> Result<(), ArrayError> {
    let refused = || ArrayError::Cast { from: raw.descr.to_string(), to: T::DTYPE };
    let Descr::Plain(dtype, order) = raw.descr else { return Err(refused()) };
    let bytes = &*raw.data();
    let converted = match dtype {
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
        _ => return Err(refused()),
    };
    converted.map_err(|(index, value)| ArrayError::CastValue {
        index,
        value: value.to_string(),
        from: raw.descr.to_string(),
        to: T::DTYPE,
    })
}

/// The first value that does not fit, and its index, are the error.
fn convert<F: Sealed + Copy, T: Sealed>(out: &mut Vec<T>, bytes: &[u8], order: Order) -> Result<(), (usize, Wide)> {
    let mut values = Vec::new();
    F::extend_from_wire(&mut values, bytes, order);
    out.reserve(values.len());
    for (index, value) in values.into_iter().enumerate() {
        let wide = value.to_wide();
        out.push(T::from_wide(wide).ok_or((index, wide))?);
    }
    Ok(())
}
