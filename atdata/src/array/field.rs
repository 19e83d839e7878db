//! `ndarray::Array` as a field.

use atdata_schema::{ArrayType, FieldType};
use ndarray::{Array, ArrayBase, ArrayRef as NdArrayRef, Dimension, OwnedRepr};

use crate::array::cast::extend_cast;
use crate::array::wire::{header_len, write_header};
use crate::array::{ArrayError, DynArray, Element, RawArray, npy};
use crate::batch::TensorColumn;
use crate::error::Result;
use crate::sample::{ArraySpec, Cursor, PackField, write_bin_header};

impl<T: Element, D: Dimension> PackField for ArrayBase<OwnedRepr<T>, D> {
    const TYPE: FieldType = FieldType::Array(ArrayType::new(Some(T::DTYPE), D::NDIM));
    type Column = TensorColumn<T, D>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let spec = cursor.spec();
        let raw = read_raw(cursor)?;
        let dim: D = dimension(&raw, spec)?;
        let mut data = Vec::new();
        decode_into(&mut data, &raw, spec)?;
        // The parser held the sizes against the data, so the two fit.
        Array::from_shape_vec(dim, data).map_err(|_| ArrayError::Overflow.into())
    }

    fn write(&self, out: &mut Vec<u8>) {
        write_array(self, out);
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_array(self.shape(), T::DTYPE.size(), spec)
    }
}

/// The array in a field.
#[inline]
pub(crate) fn read_raw<'a>(cursor: &mut Cursor<'a>) -> Result<RawArray<'a>> {
    let bytes = cursor.read_bytes_of("an array")?;
    RawArray::parse(bytes).map_err(|error| unless_no_array(error, bytes))
}

/// The error, or that the bytes are not even the beginning of an array, as the bytes of an encoded image are not.
#[cold]
fn unless_no_array(error: ArrayError, bytes: &[u8]) -> crate::Error {
    let begun = bytes.is_empty() || matches!(bytes.get(1), Some(b'<' | b'>' | b'|'));
    if begun || bytes.starts_with(npy::MAGIC) || DynArray::is_array(bytes) {
        return error.into();
    }
    let start = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    ArrayError::NotAnArray { start }.into()
}

/// Whether an array of this shape can be written and read back.
pub(crate) fn check_array(shape: &[usize], item_size: usize, spec: ArraySpec) -> Result<()> {
    if let Some(expected) = spec.shape {
        check_shape(shape.iter().copied(), expected)?;
    }
    if shape.len() > 64 {
        return Err(ArrayError::RankToWrite { ndim: shape.len() }.into());
    }
    let bytes = byte_len(shape, item_size).ok_or(ArrayError::Overflow)?;
    crate::sample::check_len(bytes.saturating_add(1024))
}

/// Bytes of the elements of an array, if its sizes, but for those of zero, multiply to what memory can hold: numpy and
/// ndarray refuse a shape of `(0, 2^62, 4)`.
pub(crate) fn byte_len(shape: &[usize], item_size: usize) -> Option<usize> {
    let mut sizes = shape.iter().copied().filter(|&size| size != 0);
    let bytes = sizes.try_fold(item_size, usize::checked_mul).filter(|&bytes| isize::try_from(bytes).is_ok())?;
    Some(if shape.contains(&0) { 0 } else { bytes })
}

fn write_array<T: Element, D: Dimension>(array: &NdArrayRef<T, D>, out: &mut Vec<u8>) {
    let typestr = T::DTYPE.typestr();
    let data_len = array.len() * T::DTYPE.size();
    write_bin_header(header_len(typestr, array.ndim()) + data_len, out);
    write_header(typestr, array.shape(), out);
    match array.as_slice() {
        Some(values) => T::extend_wire(values, out),
        None => T::extend_wire(&array.iter().copied().collect::<Vec<_>>(), out),
    }
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
            T::extend_from_wire(out, &raw.data(), order);
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
