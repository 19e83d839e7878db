//! A sparse matrix in memory.

use ndarray::{Array, Dimension};

use super::error::SparseError;
use super::layout::check;
use super::{Flaw, SparseLayout};
use crate::array::{DynArray, Element, byte_len};
use crate::error::Result;

/// A sparse matrix, or a sparse array of any number of dimensions: values, and where they are.
///
/// One that exists is sound: indices are within the shape, and pointers in order.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseMatrix {
    shape: Vec<usize>,
    layout: SparseLayout,
    values: DynArray,
    is_array: bool,
}

impl SparseMatrix {
    /// A matrix of its parts. In Python it is a sparse array; see [`with_array`](Self::with_array).
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the parts do not fit.
    pub fn try_new(shape: &[usize], layout: SparseLayout, values: DynArray) -> Result<Self> {
        Self::checked(shape, layout, values).map_err(|flaw| SparseError::WrongMatrix(flaw).into())
    }

    pub(super) fn checked(shape: &[usize], layout: SparseLayout, values: DynArray) -> Result<Self, Flaw> {
        check(shape, &layout, values.shape())?;
        Ok(Self { shape: shape.to_vec(), layout, values, is_array: true })
    }

    /// All values of an array that are not zero, one by one.
    ///
    /// ```
    /// use atdata::format::SparseMatrix;
    /// use ndarray::array;
    ///
    /// let dense = array![[0.0, 0.5], [0.0, 0.0]];
    /// let sparse = SparseMatrix::from_dense(&dense)?;
    /// assert_eq!(sparse.values().len(), 1);
    /// assert_eq!(sparse.to_dense::<f64>()?, dense.into_dyn());
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn from_dense<T: Element, D: Dimension>(array: &Array<T, D>) -> Result<Self> {
        let zero = super::dense::zero::<T>()?;
        let mut coordinates = vec![Vec::new(); array.ndim()];
        let mut values = Vec::new();
        for (index, &value) in array.view().into_dyn().indexed_iter() {
            if value != zero {
                let places = index.as_array_view();
                coordinates.iter_mut().zip(places).for_each(|(axis, &place)| axis.push(place));
                values.push(value);
            }
        }
        let values = DynArray::from_array(&ndarray::Array1::from_vec(values));
        Self::try_new(array.shape(), SparseLayout::Coo { coordinates }, values)
    }

    /// Sizes of the dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Where the values are.
    pub fn layout(&self) -> &SparseLayout {
        &self.layout
    }

    /// The values: one dimension, two for [`SparseLayout::Dia`], three for [`SparseLayout::Bsr`].
    pub fn values(&self) -> &DynArray {
        &self.values
    }

    /// Whether scipy makes a sparse array of it, such as `csr_array`, or a matrix with its own rules, such as
    /// `csr_matrix`.
    pub fn is_array(&self) -> bool {
        self.is_array
    }

    /// The same values, as an array or as a matrix in scipy. There are no matrices of other than two dimensions.
    #[must_use]
    pub fn with_array(mut self, is_array: bool) -> Self {
        self.is_array = is_array || self.shape.len() != 2;
        self
    }

    /// Hands each value to `each`, with its index on every axis. Values that are stored are handed out even if they are
    /// zero, and at the same place more than once.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if the values have another dtype than `T`.
    pub fn for_each<T: Element>(&self, mut each: impl FnMut(&[usize], T)) -> Result<()> {
        let values = self.values.to_array::<T, ndarray::IxDyn>()?;
        let values = values.as_slice().unwrap_or_default();
        self.visit(|index, at| {
            if let Some(&value) = values.get(at) {
                each(index, value);
            }
        });
        Ok(())
    }

    /// Where each value is: `each(index, position among the values)`.
    fn visit(&self, mut each: impl FnMut(&[usize], usize)) {
        match &self.layout {
            SparseLayout::Csr { indptr, indices } if self.shape.len() == 1 => {
                compressed(indptr, indices, |_, column, at| each(&[column], at));
            }
            SparseLayout::Csr { indptr, indices } => {
                compressed(indptr, indices, |row, column, at| each(&[row, column], at));
            }
            SparseLayout::Csc { indptr, indices } => {
                compressed(indptr, indices, |column, row, at| each(&[row, column], at));
            }
            SparseLayout::Bsr { indptr, indices } => {
                let &[_, height, width] = self.values.shape() else { return };
                compressed(indptr, indices, |row, column, block| {
                    for (within, (r, c)) in (0..height).flat_map(|r| (0..width).map(move |c| (r, c))).enumerate() {
                        each(&[row * height + r, column * width + c], block * height * width + within);
                    }
                });
            }
            SparseLayout::Coo { coordinates } => {
                let mut index = vec![0; coordinates.len()];
                for at in 0..self.values.len() {
                    for (place, axis) in index.iter_mut().zip(coordinates) {
                        *place = axis.get(at).copied().unwrap_or_default();
                    }
                    each(&index, at);
                }
            }
            SparseLayout::Dia { offsets } => self.visit_diagonals(offsets, each),
        }
    }

    fn visit_diagonals(&self, offsets: &[i64], mut each: impl FnMut(&[usize], usize)) {
        let (&[rows, columns], &[_, width]) = (&*self.shape, self.values.shape()) else { return };
        for (diagonal, &offset) in offsets.iter().enumerate() {
            for column in 0..width.min(columns) {
                let row = i128::try_from(column).unwrap_or(-1) - i128::from(offset);
                if let Some(row) = usize::try_from(row).ok().filter(|&row| row < rows) {
                    each(&[row, column], diagonal * width + column);
                }
            }
        }
    }

    /// Most bytes that [`to_dense`](Self::to_dense) makes: the shape of a few bytes may be that of a matrix without end.
    pub const MAX_DENSE_BYTES: usize = 1 << 30;

    /// The matrix with its zeros; values at the same place add up.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if the values have another dtype than `T`,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) beyond [`MAX_DENSE_BYTES`](Self::MAX_DENSE_BYTES): there
    /// [`for_each`](Self::for_each) fills what you have room for.
    pub fn to_dense<T: Element>(&self) -> Result<ndarray::ArrayD<T>> {
        let bytes = byte_len(&self.shape, T::DTYPE.size()).filter(|&bytes| bytes <= Self::MAX_DENSE_BYTES);
        if bytes.is_none() {
            return Err(SparseError::TooDense { shape: self.shape.clone(), limit: Self::MAX_DENSE_BYTES }.into());
        }
        let mut dense = ndarray::ArrayD::from_elem(self.shape.clone(), super::dense::zero::<T>()?);
        let mut overflow = None;
        self.for_each(|index, value: T| {
            if let Some(place) = dense.get_mut(index) {
                match super::dense::sum(*place, value) {
                    Some(sum) => *place = sum,
                    None => overflow = Some(index.to_vec()),
                }
            }
        })?;
        match overflow {
            Some(index) => Err(SparseError::SumOverflow { index, dtype: T::DTYPE }.into()),
            None => Ok(dense),
        }
    }
}

fn compressed(indptr: &[usize], indices: &[usize], mut each: impl FnMut(usize, usize, usize)) {
    for (row, (&start, &end)) in indptr.iter().zip(indptr.iter().skip(1)).enumerate() {
        for (at, &index) in indices.iter().enumerate().take(end).skip(start) {
            each(row, index, at);
        }
    }
}
