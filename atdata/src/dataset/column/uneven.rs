//! Columns in which samples differ: in whether they have a value, and in the sizes of their arrays.

use ndarray::{Array, Array1, ArrayView, Dimension, Ix1};

use super::error::ColumnError;
use crate::error::Result;

/// A column in which some samples have nothing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Optional<R> {
    /// The values: zeros, empty text or empty bytes where there is none.
    pub values: R,
    /// Which samples have a value.
    pub mask: Array1<bool>,
}

/// Arrays of different sizes: their elements one behind the other, and where each begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Ragged<T, D: Dimension = Ix1> {
    values: Vec<T>,
    offsets: Vec<usize>,
    shapes: Vec<D>,
}

impl<T, D: Dimension> Ragged<T, D> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), offsets: vec![0], shapes: Vec::new() }
    }

    pub(super) fn values_mut(&mut self) -> &mut Vec<T> {
        &mut self.values
    }

    pub(super) fn end_row(&mut self, shape: D) {
        self.offsets.push(self.values.len());
        self.shapes.push(shape);
    }

    /// Gives rows without an array, which have no elements, the other sizes of those that have one: they are no obstacle to
    /// [`concatenated`](Self::concatenated) then.
    pub(super) fn fit_nulls(&mut self, nulls: &[usize]) {
        let mut left = nulls.iter().peekable();
        let first = self.shapes.iter().enumerate().find(|(number, _)| left.next_if_eq(&number).is_none());
        let Some(mut shape) = first.map(|(_, shape)| shape.clone()) else { return };
        let Some(size) = shape.slice_mut().first_mut() else { return };
        *size = 0;
        for number in nulls {
            if let Some(own) = self.shapes.get_mut(*number) {
                own.clone_from(&shape);
            }
        }
    }

    /// The elements of all arrays, in C order each.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Where each array begins in [`values`](Self::values), and where the last one ends: one more than there are arrays.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The sizes of each array.
    pub fn shapes(&self) -> &[D] {
        &self.shapes
    }

    /// How many arrays there are.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// The array of that number.
    pub fn row(&self, number: usize) -> Option<ArrayView<'_, T, D>> {
        let (from, to) = (*self.offsets.get(number)?, *self.offsets.get(number.checked_add(1)?)?);
        ArrayView::from_shape(self.shapes.get(number)?.clone(), self.values.get(from..to)?).ok()
    }

    /// All arrays, in order.
    pub fn rows(&self) -> impl Iterator<Item = ArrayView<'_, T, D>> {
        (0..self.len()).filter_map(|number| self.row(number))
    }

    /// The elements, and where each array begins.
    pub fn into_parts(self) -> (Vec<T>, Vec<usize>) {
        (self.values, self.offsets)
    }

    /// The arrays one behind the other along their first axis, which alone may differ.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if other sizes differ as well.
    pub fn concatenated(self) -> Result<Array<T, D>> {
        let ndim = D::NDIM.or_else(|| self.shapes.first().map(Dimension::ndim)).unwrap_or(1);
        let mut whole = D::zeros(ndim);
        for (number, shape) in self.shapes.iter().enumerate() {
            let (inner, expected) = (shape.slice().get(1..), whole.slice().get(1..));
            if shape.ndim() == 0 || (number > 0 && inner != expected) {
                let (expected, found) = (whole.slice().to_vec(), shape.slice().to_vec());
                return Err(ColumnError::Ragged { expected, found }.into());
            }
            let first = whole.slice().first().copied().unwrap_or(0);
            let own = shape.slice().first().copied().unwrap_or(0);
            if number == 0 {
                whole = shape.clone();
            }
            if let Some(size) = whole.slice_mut().first_mut() {
                *size = first + own;
            }
        }
        Array::from_shape_vec(whole, self.values).map_err(|_| ColumnError::Overflow.into())
    }
}
