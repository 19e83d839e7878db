//! Converting elements from the dtype that a sample has to the one that a field asks for.

use crate::array::element::{Wide, with_element};
use crate::array::{ArrayError, Descr, Element, Order, RawArray, Sealed};
use crate::error::room;

/// Appends the elements of `raw`, each converted to `T`.
///
/// Floats are rounded to narrower floats and truncated to integers; a value that an integer cannot hold, and a complex
/// number for a real type, are errors.
pub(crate) fn extend_cast<T: Element>(out: &mut Vec<T>, raw: &RawArray<'_>) -> Result<(), ArrayError> {
    let refused = || ArrayError::Cast { from: raw.descr.to_string(), to: T::DTYPE };
    let Descr::Plain(dtype, order) = raw.descr else { return Err(refused()) };
    let data = raw.data()?;
    room(out, data.len() / dtype.size().max(1))?;
    let bytes = &*data;
    let converted = with_element!(dtype, F => convert::<F, T>(out, bytes, order), _ => return Err(refused()));
    converted.map_err(|(index, value)| ArrayError::CastValue {
        index,
        value: value.to_string(),
        from: raw.descr.to_string(),
        to: T::DTYPE,
    })
}

/// Elements that are converted before it is asked whether all of them fitted.
const PIECE: usize = 1024;

/// The first value that does not fit, and its index, are the error.
///
/// Nothing in the loop depends on the element before, so that the compiler makes it one over many at a time; where the
/// target holds every value of the source it sees that as well, and asks nothing.
fn convert<F: Sealed + Copy, T: Sealed + Copy>(
    out: &mut Vec<T>,
    bytes: &[u8],
    order: Order,
) -> Result<(), (usize, Wide)> {
    let Some(zero) = T::from_wide(Wide::Small(0)) else { return Ok(()) };
    out.reserve(bytes.len() / size_of::<F>());
    let mut piece = Vec::with_capacity(PIECE);
    for (number, bytes) in bytes.chunks(PIECE * size_of::<F>()).enumerate() {
        piece.clear();
        F::extend_from_wire(&mut piece, bytes, order);
        let mut all_fit = true;
        out.extend(piece.iter().map(|value| {
            let converted = T::from_wide(value.to_wide());
            all_fit &= converted.is_some();
            converted.unwrap_or(zero)
        }));
        if !all_fit && let Some((at, value)) = first_refused(&piece, fits::<T>) {
            return Err((number * PIECE + at, value));
        }
    }
    Ok(())
}

/// The first of them that does not fit. Apart from the loop, since that is compiled for each pair of dtypes, and this for each
/// source alone.
fn first_refused<F: Sealed + Copy>(piece: &[F], fits: fn(Wide) -> bool) -> Option<(usize, Wide)> {
    piece.iter().map(|value| value.to_wide()).enumerate().find(|(_, value)| !fits(*value))
}

fn fits<T: Sealed>(value: Wide) -> bool {
    T::from_wide(value).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use half::f16;
    use num_complex::Complex;

    use super::*;

    fn cast<F: Element, T: Element>(values: &[F]) -> Result<Vec<T>, ArrayError> {
        let mut bytes = Vec::new();
        F::extend_wire(values, &mut bytes);
        let mut out = Vec::new();
        let raw = RawArray::of_parts(Descr::Plain(F::DTYPE, Order::Little), &[values.len()], &bytes);
        extend_cast(&mut out, &raw).map(|()| out)
    }

    #[test]
    fn each_value_is_converted_as_by_itself() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(5000).collect();
        assert_eq!(cast::<u8, f32>(&bytes).unwrap(), bytes.iter().map(|&b| f32::from(b)).collect::<Vec<_>>());
        assert_eq!(cast::<u8, i16>(&bytes).unwrap(), bytes.iter().map(|&b| i16::from(b)).collect::<Vec<_>>());
        assert_eq!(cast::<u8, bool>(&bytes).unwrap(), bytes.iter().map(|&b| b != 0).collect::<Vec<_>>());
        assert_eq!(cast::<bool, f64>(&[true, false]).unwrap(), [1.0, 0.0]);
        assert_eq!(cast::<i32, f32>(&[i32::MIN, 16_777_217, -1]).unwrap(), [-2_147_483_648.0, 16_777_216.0, -1.0]);
        assert_eq!(cast::<f64, f32>(&[0.1, 1e300, -1e300]).unwrap(), [0.1, f32::INFINITY, f32::NEG_INFINITY]);
        assert_eq!(cast::<f32, u8>(&[255.9, -0.9, 7.5]).unwrap(), [255, 0, 7]);
        assert_eq!(cast::<i16, Complex<f32>>(&[-3]).unwrap(), [Complex::new(-3.0, 0.0)]);
        assert_eq!(cast::<u8, f16>(&[255]).unwrap(), [f16::from_f32(255.0)]);
    }

    #[test]
    fn the_first_value_that_does_not_fit_is_named_wherever_it_is() {
        let refused = |error: ArrayError| match error {
            ArrayError::CastValue { index, value, .. } => (index, value),
            other => panic!("{other}"),
        };
        for at in [0, 1023, 1024, 1025, 2999] {
            let mut values = vec![7_i32; 3000];
            for value in values.iter_mut().skip(at) {
                *value = -1;
            }
            assert_eq!(refused(cast::<i32, u8>(&values).unwrap_err()), (at, "-1".to_owned()));
        }
        assert_eq!(refused(cast::<f32, i64>(&[1.0, f32::NAN]).unwrap_err()), (1, "NaN".to_owned()));
        assert_eq!(refused(cast::<u64, i64>(&[u64::MAX]).unwrap_err()).0, 0);
        assert_eq!(refused(cast::<Complex<f32>, f64>(&[Complex::new(1.0, 0.0)]).unwrap_err()).0, 0);
    }
}
