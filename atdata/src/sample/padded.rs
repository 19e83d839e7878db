//! Padded columns: arrays and lists of different sizes in one tensor.

use std::marker::PhantomData;

use ndarray::{Array, Array1, ArrayView, Axis, Dimension, Ix1, IxDyn, Slice};

use crate::array::{ArrayError, ArraySpec, Element, decode_into, dimension};
use crate::error::{Result, room};
use crate::sample::field_list::{Gather, Give, Reads};
use crate::sample::{BorrowField, Column, Cursor, NestedSamples, PackField, read_from_file, read_raw};

/// Bytes of padding in one column, at most: two arrays of 1 MB may ask for terabytes.
const MOST_PADDING: usize = 1 << 30;

/// Arrays or lists of different sizes, of many samples, in one tensor: what a batch has of a field that is
/// `#[packable(pad)]`, or `#[packable(pad = value)]`.
///
/// Each is at the begin of its row, and filled up to the largest size of the batch in each dimension, with zeros or the value
/// that the attribute gives. Sizes are kept, so that rows come out as they went in, and [`mask`](Self::mask) says which
/// elements are those of the samples.
///
/// ```
/// use atdata::Packable;
/// use ndarray::array;
///
/// #[derive(Packable, Clone)]
/// struct Sentence {
///     #[packable(pad)]
///     tokens: Vec<i64>,
///     #[packable(pad = -100)]
///     labels: ndarray::Array1<i32>,
/// }
///
/// let sentence = |tokens: &[i64], label| Sentence { tokens: tokens.to_vec(), labels: ndarray::Array1::from_elem(tokens.len(), label) };
/// let batch = SentenceBatch::from_samples([sentence(&[7, 8, 9], 1), sentence(&[5], 2)])?;
/// assert_eq!(batch.tokens.data, array![[7, 8, 9], [5, 0, 0]]); // (samples, longest)
/// assert_eq!(batch.tokens.mask(), array![[true, true, true], [true, false, false]]);
/// assert_eq!(batch.tokens.lengths(), array![3, 1]);
/// assert_eq!(batch.labels.data, array![[1, 1, 1], [2, -100, -100]]);
/// assert_eq!(batch.row(1).map(|sentence| sentence.tokens), Some(vec![5]));
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Padded<T, D: Dimension> {
    /// All rows: of shape `[samples, largest size of the first dimension, …]`.
    pub data: Array<T, D::Larger>,
    shapes: Vec<D>,
}

impl<T: Element, D: Dimension> Padded<T, D> {
    /// These arrays, filled up with `fill`.
    ///
    /// # Errors
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) if they differ in the number of dimensions, or if more than 1 GiB of
    /// padding were needed.
    pub fn stack(arrays: impl IntoIterator<Item = Array<T, D>>, fill: T) -> Result<Self> {
        let mut rows = Ragged::default();
        arrays.into_iter().try_for_each(|array| rows.push(&array))?;
        rows.pad(fill)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.shapes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// The sizes of a row without its padding, `None` past the end.
    pub fn shape(&self, row: usize) -> Option<&[usize]> {
        self.shapes.get(row).map(Dimension::slice)
    }

    /// The size of each row in its first dimension: of lists their lengths; 1 of arrays without dimensions.
    pub fn lengths(&self) -> Array1<usize> {
        self.shapes.iter().map(|shape| shape.slice().first().copied().unwrap_or(1)).collect()
    }

    /// Whether an element is one of a sample, and no padding: of the shape of the data.
    pub fn mask(&self) -> Array<bool, D::Larger> {
        let mut mask = Array::from_elem(self.data.raw_dim(), false);
        for (index, row) in self.shapes.iter().enumerate().take(mask.shape().first().copied().unwrap_or(0)) {
            let mut place = mask.view_mut().into_dyn().index_axis_move(Axis(0), index);
            for (axis, size) in row.slice().iter().enumerate().take(place.ndim()) {
                let size = (*size).min(place.len_of(Axis(axis)));
                place.slice_axis_inplace(Axis(axis), Slice::from(..size));
            }
            place.fill(true);
        }
        mask
    }

    /// One row without its padding, `None` past the end, and where the data was changed by hand and lacks a part of it.
    pub fn row(&self, index: usize) -> Option<Array<T, D>> {
        let row: ArrayView<'_, T, IxDyn> = self.unpadded(index)?;
        row.to_owned().into_dimensionality().ok()
    }

    /// Whether the data, which may have been changed by hand, has all rows and no others.
    fn is_whole(&self) -> bool {
        let rows = self.data.shape().first().copied().unwrap_or(0);
        rows == self.len() && (0..rows).all(|row| self.unpadded(row).is_some())
    }

    fn unpadded(&self, index: usize) -> Option<ArrayView<'_, T, IxDyn>> {
        let shape = self.shapes.get(index)?.slice();
        // The data may have been changed by hand.
        let (&rows, sizes) = self.data.shape().split_first()?;
        if index >= rows || sizes.len() != shape.len() || sizes.iter().zip(shape).any(|(size, own)| own > size) {
            return None;
        }
        let mut row = self.data.view().into_dyn().index_axis_move(Axis(0), index);
        for (axis, size) in shape.iter().enumerate() {
            row.slice_axis_inplace(Axis(axis), Slice::from(..*size));
        }
        Some(row)
    }
}

/// Arrays of different sizes, one behind the other.
#[derive(Debug, Clone)]
struct Ragged<T, D> {
    data: Vec<T>,
    shapes: Vec<D>,
    /// The largest size in each dimension; `None` as long as there are no rows.
    most: Option<D>,
}

impl<T, D> Default for Ragged<T, D> {
    fn default() -> Self {
        Self { data: Vec::new(), shapes: Vec::new(), most: None }
    }
}

impl<T: Element, D: Dimension> Ragged<T, D> {
    fn push(&mut self, array: &Array<T, D>) -> Result<()> {
        match array.as_slice() {
            Some(values) => {
                room(&mut self.data, values.len())?;
                self.data.extend_from_slice(values);
            }
            None => self.data.extend(array.iter().copied()),
        }
        self.accept(array.raw_dim())
    }

    /// Counts a row of such sizes, whose elements are there, if all can be padded to one size with it.
    fn accept(&mut self, dim: D) -> Result<()> {
        let rows = self.shapes.len() + 1;
        let mut most = self.most.clone().unwrap_or_else(|| dim.clone());
        // Not all types say how many dimensions there are.
        if most.ndim() != dim.ndim() {
            let (row, expected, found) = (self.shapes.len(), most.ndim(), dim.ndim());
            return Err(ArrayError::OtherRank { row, expected, found }.into());
        }
        for (most, size) in most.slice_mut().iter_mut().zip(dim.slice()) {
            *most = (*most).max(*size);
        }
        let all = most.slice().iter().try_fold(rows, |all, size| all.checked_mul(*size));
        let padding = all.and_then(|all| all.checked_sub(self.data.len())?.checked_mul(size_of::<T>()));
        if padding.is_none_or(|padding| padding > MOST_PADDING) {
            return Err(ArrayError::Padding { rows, shape: most.slice().to_vec(), limit: MOST_PADDING }.into());
        }
        self.most = Some(most);
        self.shapes.push(dim);
        Ok(())
    }

    fn truncate(&mut self, rows: usize) {
        self.shapes.truncate(rows);
        self.data.truncate(self.shapes.iter().map(Dimension::size).sum());
        self.most = self.shapes.iter().cloned().reduce(|mut most, shape| {
            for (most, size) in most.slice_mut().iter_mut().zip(shape.slice()) {
                *most = (*most).max(*size);
            }
            most
        });
    }

    fn pad(mut self, fill: T) -> Result<Padded<T, D>> {
        let rows = self.shapes.len();
        let most = self.most.unwrap_or_else(|| D::zeros(D::NDIM.unwrap_or(0)));
        let all = rows * most.size();
        let padding = all.saturating_sub(self.data.len());
        if self.data.try_reserve_exact(padding).is_err() {
            return Err(ArrayError::BatchOverflow { rows }.into());
        }
        let end = self.data.len();
        self.data.resize(all, fill);
        spread(&mut self.data, end, &self.shapes, most.slice(), fill);
        let mut dim = D::Larger::zeros(most.ndim() + 1);
        let sizes = std::iter::once(rows).chain(most.slice().iter().copied());
        for (axis, size) in dim.slice_mut().iter_mut().zip(sizes) {
            *axis = size;
        }
        let data = Array::from_shape_vec(dim, self.data).map_err(|_| ArrayError::BatchOverflow { rows })?;
        Ok(Padded { data, shapes: self.shapes })
    }
}

/// Moves rows, which end at `end`, to their padded places, from the last line of the last one on: no place is before that
/// where the line was, so that none is overwritten that is still to be moved.
fn spread<T: Copy, D: Dimension>(data: &mut [T], end: usize, shapes: &[D], most: &[usize], fill: T) {
    let row_len: usize = most.iter().product();
    // The begin of what is in its place, and the end of what is not.
    let (mut done, mut from) = (data.len(), end);
    for (row, shape) in shapes.iter().enumerate().rev() {
        let line = shape.slice().last().copied().unwrap_or(1);
        let lines = shape.size().checked_div(line).unwrap_or(0);
        for number in (0..lines).rev() {
            let to = row * row_len + place_of(number, shape.slice(), most);
            from -= line;
            data.copy_within(from..from + line, to);
            if let Some(gap) = data.get_mut(to + line..done) {
                gap.fill(fill);
            }
            done = to;
        }
        if let Some(gap) = data.get_mut(row * row_len..done) {
            gap.fill(fill);
        }
        done = row * row_len;
    }
}

/// Where a line of a row begins in its padded row.
fn place_of(mut line: usize, shape: &[usize], most: &[usize]) -> usize {
    let Some((&width, most)) = most.split_last() else { return 0 };
    let (mut place, mut step) = (0, width);
    for (size, most) in shape.iter().take(most.len()).zip(most).rev() {
        place += line % size.max(&1) * step;
        line /= size.max(&1);
        step *= most;
    }
    place
}

/// What can be padded: arrays, and lists of what arrays hold.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be padded",
    label = "neither an array nor a list of numbers",
    note = "`pad` is for `ndarray::Array` and for `Vec` of numbers or `bool`, not within an `Option`: remove it, or write \
            `ragged` for arrays that a batch keeps one by one"
)]
pub trait Pad: PackField {
    /// What it holds.
    type Element: Element;

    /// How many dimensions it has.
    type Dim: Dimension;

    /// Appends the elements of the next value; its sizes.
    fn read_into(cursor: &mut Cursor<'_>, out: &mut Vec<Self::Element>) -> Result<Self::Dim>;

    /// As an array.
    fn into_array(self) -> Array<Self::Element, Self::Dim>;

    /// Of an array.
    fn of_array(array: Array<Self::Element, Self::Dim>) -> Self;
}

impl<T: Element, D: Dimension + 'static> Pad for Array<T, D>
where
    Self: PackField,
{
    type Element = T;
    type Dim = D;

    fn read_into(cursor: &mut Cursor<'_>, out: &mut Vec<T>) -> Result<D> {
        let spec = cursor.spec();
        let mut found = None;
        let is_read = read_from_file(cursor, spec, |dim: D| {
            found = Some(dim);
            Ok(&mut *out)
        })?;
        if let (true, Some(dim)) = (is_read, found) {
            return Ok(dim);
        }
        let raw = read_raw(cursor)?;
        let dim = dimension(&raw, spec)?;
        decode_into(out, &raw, spec)?;
        Ok(dim)
    }

    fn into_array(self) -> Self {
        self
    }

    fn of_array(array: Self) -> Self {
        array
    }
}

impl<T: Element> Pad for Vec<T>
where
    Self: PackField,
{
    type Element = T;
    type Dim = Ix1;

    fn read_into(cursor: &mut Cursor<'_>, out: &mut Vec<T>) -> Result<Ix1> {
        let mut list = Self::read(cursor)?;
        let dim = Ix1(list.len());
        out.append(&mut list);
        Ok(dim)
    }

    fn into_array(self) -> Array1<T> {
        self.into()
    }

    fn of_array(array: Array1<T>) -> Self {
        array.to_vec()
    }
}

/// Where the values of a padded field gather; `V` gives what fills.
#[derive(Debug)]
pub struct PadColumn<F: Pad, V> {
    rows: Ragged<F::Element, F::Dim>,
    filled: PhantomData<fn() -> V>,
}

impl<F: Pad, V: Give<F::Element>> Column for PadColumn<F, V> {
    type Value = F;
    type Out = Padded<F::Element, F::Dim>;

    const NESTED: NestedSamples = NestedSamples::UNKNOWN;

    fn with_capacity(rows: usize) -> Self {
        let shapes = Vec::with_capacity(rows.min(65_536));
        Self { rows: Ragged { shapes, ..Ragged::default() }, filled: PhantomData }
    }

    fn reuse(out: Self::Out, _: usize) -> Self {
        let Padded { data, mut shapes } = out;
        let (mut data, _) = data.into_raw_vec_and_offset();
        data.clear();
        shapes.clear();
        Self { rows: Ragged { data, shapes, most: None }, filled: PhantomData }
    }

    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let dim = F::read_into(cursor, &mut self.rows.data)?;
        self.rows.accept(dim)
    }

    fn push(&mut self, value: F) -> Result<()> {
        self.rows.push(&value.into_array())
    }

    fn truncate(&mut self, rows: usize) {
        self.rows.truncate(rows);
    }

    fn finish(self) -> Result<Self::Out> {
        self.rows.pad(V::give())
    }

    fn len(out: &Self::Out) -> usize {
        out.len()
    }

    fn is_even(out: &Self::Out) -> bool {
        out.is_whole()
    }

    fn row(out: &Self::Out, index: usize) -> Option<F> {
        out.row(index).map(F::of_array)
    }
}

/// In one tensor, filled up with what `V` gives: `pad`.
#[derive(Debug)]
pub struct Filled<V>(PhantomData<V>);

impl<F: Pad, V: Give<F::Element>> Gather<F> for Filled<V> {
    type Column = PadColumn<F, V>;

    const NESTED: Option<atdata_schema::matching::NestedSample> = None;

    #[inline]
    fn write(value: &F, out: &mut Vec<u8>) {
        value.write(out);
    }

    #[inline]
    fn check(value: &F, spec: ArraySpec) -> Result<()> {
        value.check(spec)
    }
}

impl<'a, F: BorrowField<'a>, V> Reads<'a, F> for Filled<V> {
    #[inline]
    fn read_borrowed(cursor: &mut Cursor<'a>) -> Result<F> {
        F::read_borrowed(cursor)
    }
}

/// Gives zeros, and `false`.
#[derive(Debug)]
pub struct Zeros;

impl<T: Element> Give<T> for Zeros {
    fn give() -> T {
        T::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]
    use ndarray::{Array2, Array3, ArrayD, array};

    use super::*;

    /// Element by element.
    fn slow<D: Dimension>(rows: &[Array<i32, D>], most: &[usize], fill: i32) -> ArrayD<i32> {
        let sizes: Vec<usize> = std::iter::once(rows.len()).chain(most.iter().copied()).collect();
        let mut all = ArrayD::from_elem(sizes, fill);
        for (number, row) in rows.iter().enumerate() {
            for (index, value) in row.view().into_dyn().indexed_iter() {
                let at: Vec<usize> = std::iter::once(number).chain(index.slice().iter().copied()).collect();
                all[&at[..]] = *value;
            }
        }
        all
    }

    #[test]
    fn rows_of_any_sizes_are_padded_and_come_out_as_they_were() {
        let mut random = crate::order::Rng::new(3);
        for case in 0..500 {
            let count = random.below(6);
            let mut shape = || [random.below(4), random.below(5), random.below(4)];
            let shapes: Vec<[usize; 3]> = (0..count).map(|_| shape()).collect();
            let mut next = 0;
            let rows: Vec<Array3<i32>> = shapes
                .iter()
                .map(|shape| {
                    Array3::from_shape_simple_fn(*shape, || {
                        next += 1;
                        next
                    })
                })
                .collect();
            let most: Vec<usize> =
                (0..3).map(|axis| shapes.iter().map(|shape| shape[axis]).max().unwrap_or(0)).collect();
            let padded = Padded::stack(rows.clone(), -7).unwrap();
            assert_eq!(padded.data.clone().into_dyn(), slow(&rows, &most, -7), "case {case}: {shapes:?}");
            assert_eq!(padded.mask().into_dyn(), slow(&rows, &most, -7).mapv(|value| value != -7), "case {case}");
            for (number, row) in rows.iter().enumerate() {
                assert_eq!(padded.row(number).as_ref(), Some(row), "case {case}");
                assert_eq!(padded.shape(number), Some(row.shape()));
            }
            assert_eq!((padded.len(), padded.row(rows.len())), (count, None));
        }
    }

    #[test]
    fn arrays_of_one_size_need_no_padding_and_those_that_lie_otherwise_are_copied_right() {
        let columns = Array2::from_shape_fn((2, 3), |(a, b)| a * 10 + b).mapv(|v| i32::try_from(v).unwrap());
        let turned = columns.clone().reversed_axes();
        let padded = Padded::stack([turned.clone(), turned.clone()], 0).unwrap();
        assert_eq!(padded.data.shape(), [2, 3, 2]);
        assert_eq!(padded.row(1), Some(turned));
        assert!(padded.mask().iter().all(|is_own| *is_own));
        let no_dimensions = Padded::stack([ndarray::arr0(3_u8), ndarray::arr0(4)], 0).unwrap();
        assert_eq!((no_dimensions.data, no_dimensions.shapes.len()), (array![3, 4], 2));
    }

    #[test]
    fn other_ranks_and_padding_beyond_all_measure_are_errors() {
        let of = |shape: &[usize]| ArrayD::<u8>::zeros(shape);
        let error = Padded::stack([of(&[2, 2]), of(&[2])], 0).unwrap_err();
        assert!(error.to_string().contains("row 1 has 1 dimension"), "{error}");
        let error = Padded::stack([of(&[100_000, 1]), of(&[1, 100_000])], 0).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::SchemaMismatch);
        assert!(error.to_string().contains("[100000, 100000]"), "{error}");
        let error = Padded::stack([of(&[usize::MAX / 4, 0]), of(&[1, 100])], 0).unwrap_err();
        assert_eq!(error.kind(), crate::error::ErrorKind::SchemaMismatch);
    }

    #[test]
    fn data_that_was_changed_by_hand_is_no_panic() {
        let mut padded = Padded::stack([array![1_u8, 2, 3], array![4]], 0).unwrap();
        padded.data = array![[1, 2]];
        assert_eq!((padded.row(0), padded.row(1)), (None, None));
        assert_eq!(padded.mask(), array![[true, true]]);
    }
}
