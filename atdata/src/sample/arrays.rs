//! Arrays as fields: how [`ndarray::Array`], [`DynArray`] and [`ArrayRef`] are read from and written to msgpack.

use atdata_schema::{ArrayType, FieldType};
use ndarray::{Array, ArrayBase, ArrayRef as NdArrayRef, Dimension, OwnedRepr};

use crate::array::{
    ArrayError, ArrayRef, ArraySpec, DynArray, Element, byte_len, check_shape, decode_into, dimension, extend_array,
    header_len, write_header,
};
use crate::error::Result;
use crate::sample::{
    BorrowField, Cursor, DynColumn, PackField, TensorColumn, check_len, read_from_file, read_raw, write_bin_header,
};

impl<T: Element, D: Dimension> PackField for ArrayBase<OwnedRepr<T>, D> {
    const TYPE: FieldType = FieldType::Array(ArrayType::new(Some(T::DTYPE), D::NDIM));
    type Column = TensorColumn<T, D>;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let spec = cursor.spec();
        let (mut data, mut far) = (Vec::new(), None);
        let is_read = read_from_file(cursor, spec, |dim: D| {
            far = Some(dim);
            Ok(&mut data)
        })?;
        let dim = match far.filter(|_| is_read) {
            Some(dim) => dim,
            None => {
                let raw = read_raw(cursor)?;
                let dim = dimension(&raw, spec)?;
                decode_into(&mut data, &raw, spec)?;
                dim
            }
        };
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

fn write_array<T: Element, D: Dimension>(array: &NdArrayRef<T, D>, out: &mut Vec<u8>) {
    let typestr = T::DTYPE.typestr();
    let data_len = array.len() * T::DTYPE.size();
    write_bin_header(header_len(typestr, array.ndim()) + data_len, out);
    write_header(typestr, array.shape(), out);
    extend_array(array, out);
}

/// Whether an array of this shape can be written and read back.
fn check_array(shape: &[usize], item_size: usize, spec: ArraySpec) -> Result<()> {
    if let Some(expected) = spec.shape {
        check_shape(shape.iter().copied(), expected)?;
    }
    if shape.len() > 64 {
        return Err(ArrayError::RankToWrite { ndim: shape.len() }.into());
    }
    let bytes = byte_len(shape, item_size).ok_or(ArrayError::Overflow)?;
    check_len(bytes.saturating_add(1024))
}

impl PackField for DynArray {
    const TYPE: FieldType = FieldType::Array(ArrayType::new(None, None));
    type Column = DynColumn;

    fn read(cursor: &mut Cursor<'_>) -> Result<Self> {
        let spec = cursor.spec();
        let raw = read_raw(cursor)?;
        if let Some(shape) = spec.shape {
            check_shape(raw.shape(), shape)?;
        }
        Ok(Self::from_raw(&raw, |data| cursor.share(data))?)
    }

    fn write(&self, out: &mut Vec<u8>) {
        if self.needs_npy() {
            let bytes = self.to_bytes();
            write_bin_header(bytes.len(), out);
            out.extend_from_slice(&bytes);
        } else {
            write_bin_header(self.wire_len(), out);
            self.write_bytes(out);
        }
    }

    fn check(&self, spec: ArraySpec) -> Result<()> {
        check_array(self.shape(), self.item_size(), spec)
    }
}

impl<'a, T: Element, D: Dimension> BorrowField<'a> for ArrayRef<'a, T, D> {
    const REF_TYPE: FieldType = FieldType::Array(ArrayType::new(Some(T::DTYPE), D::NDIM));

    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<Self> {
        Self::of(read_raw(cursor)?, cursor.spec())
    }
}
