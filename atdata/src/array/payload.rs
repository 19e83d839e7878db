//! Decoding an array, from its payload to its elements: shape, dtype, and conversion where the field asks for it.

use ndarray::Dimension;

use crate::array::cast::extend_cast;
use crate::array::{ArrayError, ArraySpec, Element, RawArray};
use crate::error::{Result, room};

/// Bytes of the elements of an array, if its sizes, but for those of zero, multiply to what memory can hold: numpy and
/// ndarray refuse a shape of `(0, 2^62, 4)`.
pub(crate) fn byte_len(shape: &[usize], item_size: usize) -> Option<usize> {
    let mut sizes = shape.iter().copied().filter(|&size| size != 0);
    let bytes = sizes.try_fold(item_size.max(1), usize::checked_mul).filter(|&bytes| isize::try_from(bytes).is_ok())?;
    Some(if shape.contains(&0) || item_size == 0 { 0 } else { bytes })
}

/// The dimensions of an array, if they are those that the type and the field ask for.
pub(crate) fn dimension<D: Dimension>(raw: &RawArray<'_>, spec: ArraySpec) -> Result<D> {
    if let Some(expected) = spec.shape {
        check_shape(raw.shape(), expected)?;
    }
    if let Some(expected) = D::NDIM
        && expected != raw.ndim()
    {
        return Err(ArrayError::WrongRank { expected, found: raw.shape().collect() }.into());
    }
    let mut dim = D::zeros(raw.ndim());
    for (axis, size) in dim.slice_mut().iter_mut().zip(raw.shape()) {
        *axis = size;
    }
    Ok(dim)
}

/// Appends the elements of an array, converted only if the field asks for that.
pub(crate) fn decode_into<T: Element>(out: &mut Vec<T>, raw: &RawArray<'_>, spec: ArraySpec) -> Result<()> {
    match raw.plain() {
        Some((dtype, order)) if dtype == T::DTYPE => {
            let data = raw.data()?;
            room(out, data.len() / size_of::<T>())?;
            T::extend_from_wire(out, &data, order);
            Ok(())
        }
        _ if spec.cast => Ok(extend_cast(out, raw)?),
        found => {
            let hint = found.map(|_| " (`#[packable(cast)]` converts)");
            Err(ArrayError::WrongDtype { expected: T::DTYPE, found: raw.descr.to_string(), hint }.into())
        }
    }
}

pub(crate) fn check_shape(
    found: impl Iterator<Item = usize> + Clone,
    expected: &'static [Option<usize>],
) -> Result<()> {
    let fits = found.clone().count() == expected.len()
        && found.clone().zip(expected).all(|(found, expected)| expected.is_none_or(|expected| expected == found));
    if fits { Ok(()) } else { Err(ArrayError::WrongShape { expected, found: found.collect() }.into()) }
}
