//! Cutting: a part of an array by a slice of each axis, and which of its bytes that takes.

use std::ops::Range;

use ndarray::SliceInfoElem;

use crate::error::{Cause, ErrorKind};

/// What is wrong with a slice for an array.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CutError {
    #[error("expected an array of {expected} dimension{}, as the slice has, found shape {found:?}", if *.expected == 1 { "" } else { "s" })]
    Rank { expected: usize, found: Vec<usize> },
    #[error(
        "expected a size of at least {needed} in dimension {axis}, which the slice asks for, found shape {found:?}"
    )]
    Bounds { axis: usize, needed: usize, found: Vec<usize> },
    #[error("the slice of dimension {axis} has a step of 0")]
    Step { axis: usize },
}

impl Cause for CutError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Rank { .. } | Self::Bounds { .. } => ErrorKind::SchemaMismatch,
            Self::Step { .. } => ErrorKind::InvalidInput,
        }
    }
}

/// What is taken of one axis: `count` indices from `first` on.
#[derive(Debug, Clone, Copy)]
struct Taken {
    size: usize,
    first: usize,
    step: isize,
    count: usize,
}

impl Taken {
    fn is_all(&self) -> bool {
        self.count == self.size && (self.step == 1 || self.count == 1)
    }

    fn at(&self, number: usize) -> usize {
        // Indices are below `size`, which fits.
        self.first.wrapping_add_signed(self.step.wrapping_mul(number.cast_signed()))
    }
}

/// A part of an array of one shape.
#[derive(Debug, Clone)]
pub(crate) struct Cut {
    /// What is taken of the axes of the array.
    axes: Vec<Taken>,
    /// Which of these are axes of the part, in order; `None` of one that the array does not have.
    dims: Vec<Option<usize>>,
    /// Sizes of the part.
    pub(crate) shape: Vec<usize>,
}

impl Cut {
    /// All of an array.
    pub(crate) fn whole(shape: &[usize]) -> Self {
        let axes = shape.iter().map(|size| Taken { size: *size, first: 0, step: 1, count: *size });
        Self { axes: axes.collect(), dims: (0..shape.len()).map(Some).collect(), shape: shape.to_vec() }
    }

    /// The part of it that a slice of ndarray's names.
    pub(crate) fn sliced(mut self, slice: &[SliceInfoElem]) -> Result<Self, CutError> {
        let (dims, shape) = (std::mem::take(&mut self.dims), std::mem::take(&mut self.shape));
        let expected = slice.iter().filter(|part| !part.is_new_axis()).count();
        if expected != shape.len() {
            return Err(CutError::Rank { expected, found: shape });
        }
        let mut before = dims.into_iter().zip(&shape).enumerate();
        for part in slice {
            if part.is_new_axis() {
                self.dims.push(None);
                self.shape.push(1);
                continue;
            }
            let Some((axis, (dim, size))) = before.next() else { break };
            let taken = taken(part, axis, *size, &shape)?;
            if let Some(own) = dim.and_then(|dim| self.axes.get_mut(dim)) {
                // Of nothing there is no first.
                let first = if taken.count == 0 { 0 } else { own.at(taken.first) };
                *own = Taken { first, step: own.step.wrapping_mul(taken.step), count: taken.count, ..*own };
            }
            if !part.is_index() {
                self.dims.push(dim);
                self.shape.push(taken.count);
            }
        }
        Ok(self)
    }

    /// Whether it is all of the array, as it lies.
    #[cfg(test)]
    pub(crate) fn is_whole(&self) -> bool {
        !self.shape.contains(&0) && self.axes.iter().all(Taken::is_all)
    }

    /// Elements of the part.
    pub(crate) fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Which elements, in C order, the part is within: the first of them and the last.
    pub(crate) fn hull(&self) -> Range<usize> {
        if self.shape.contains(&0) {
            return 0..0;
        }
        let (mut first, mut last) = (0, 0);
        for axis in &self.axes {
            let (one, other) = (axis.at(0), axis.at(axis.count - 1));
            first = first * axis.size + one.min(other);
            last = last * axis.size + one.max(other);
        }
        first..last + 1
    }

    /// Tells the runs of elements that the part is made of, in order: where each begins in C order, and how many they are.
    pub(crate) fn each_run(&self, then: &mut dyn FnMut(usize, usize)) {
        if self.shape.contains(&0) {
            return;
        }
        // Axes at the end that are taken whole are one run, and with them the range of the axis before.
        let (mut outer, mut stride, mut from, mut run) = (self.axes.as_slice(), 1, 0, 1);
        while let Some((axis, rest)) = outer.split_last() {
            if !axis.is_all() && axis.step != 1 && axis.count > 1 {
                break;
            }
            outer = rest;
            from = axis.first * stride;
            run *= axis.count;
            stride *= axis.size;
            if !axis.is_all() {
                break;
            }
        }
        let mut index = vec![0_usize; outer.len()];
        loop {
            let row = outer.iter().zip(&index).fold(0, |at, (axis, number)| at * axis.size + axis.at(*number));
            then(row * stride + from, run);
            let mut from_last = outer.iter().zip(index.iter_mut()).rev();
            loop {
                let Some((axis, number)) = from_last.next() else { return };
                *number += 1;
                if *number < axis.count {
                    break;
                }
                *number = 0;
            }
        }
    }
}

/// What a slice takes of an axis of that size.
fn taken(part: &SliceInfoElem, axis: usize, size: usize, shape: &[usize]) -> Result<Taken, CutError> {
    let bounds = |needed| CutError::Bounds { axis, needed, found: shape.to_vec() };
    match *part {
        SliceInfoElem::Index(index) => {
            let needed = if index < 0 { index.unsigned_abs() } else { index.unsigned_abs() + 1 };
            let first = counted(index, size).filter(|at| *at < size).ok_or_else(|| bounds(needed))?;
            Ok(Taken { size, first, step: 1, count: 1 })
        }
        SliceInfoElem::Slice { step: 0, .. } => Err(CutError::Step { axis }),
        SliceInfoElem::Slice { start, end, step } => {
            let place = |index: isize| {
                counted(index, size).filter(|at| *at <= size).ok_or_else(|| bounds(index.unsigned_abs()))
            };
            let (from, to) = (place(start)?, end.map_or(Ok(size), place)?);
            // As ndarray has it: one that begins behind its end is empty.
            let len = to.saturating_sub(from);
            // And what is taken is the range, and a negative step begins at its end.
            let first = if step < 0 { to.saturating_sub(1) } else { from };
            Ok(Taken { size, first, step, count: len.div_ceil(step.unsigned_abs()) })
        }
        SliceInfoElem::NewAxis => Ok(Taken { size, first: 0, step: 1, count: size }),
    }
}

/// An index, of which negative ones count from the end.
fn counted(index: isize, size: usize) -> Option<usize> {
    if index < 0 { size.checked_sub(index.unsigned_abs()) } else { Some(index.unsigned_abs()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use ndarray::{Array, Array3, ArrayViewD, Ix3, NewAxis, SliceArg, s};

    use super::*;

    /// The part, as the runs have it, and as ndarray has it.
    fn check<I: SliceArg<Ix3>>(slice: I) {
        let whole = Array::from_iter(0..4 * 5 * 6_usize).into_shape_with_order((4, 5, 6)).unwrap();
        let cut = Cut::whole(whole.shape()).sliced(slice.as_ref()).unwrap();
        same(&cut, &whole, &whole.slice(slice).into_dyn());
    }

    fn same(cut: &Cut, whole: &Array3<usize>, expected: &ArrayViewD<'_, usize>) {
        let (mut found, hull) = (Vec::new(), cut.hull());
        cut.each_run(&mut |at, count| {
            assert!(hull.start <= at && at + count <= hull.end, "{at} + {count} of {hull:?}");
            found.extend(at..at + count);
        });
        assert_eq!((&cut.shape[..], cut.len()), (expected.shape(), expected.len()));
        assert_eq!(found, expected.iter().copied().collect::<Vec<_>>());
        assert_eq!(cut.is_whole(), found.len() == whole.len() && found.is_sorted() && !found.is_empty());
        if let (Some(first), Some(last)) = (found.iter().min(), found.iter().max()) {
            assert_eq!(hull, *first..last + 1);
        }
    }

    #[test]
    fn parts_are_those_of_ndarray() {
        check(s![.., .., ..]);
        check(s![1..3, .., ..]);
        check(s![.., 1..3, ..]);
        check(s![.., ..2, 3..]);
        check(s![..;2, .., 1..;2]);
        check(s![..;-1, 1..;-2, ..]);
        check(s![2, .., -1]);
        check(s![-2.., -3..-1, ..;-1]);
        check(s![.., 2..2, ..]);
        check(s![0, NewAxis, .., 3..5]);
        check(s![3..4, .., ..;-1]);
        check(s![..;3, 0..1, 2..3]);
    }

    #[test]
    fn what_begins_behind_its_end_is_empty_as_in_ndarray() {
        for step in [1, -1, 2] {
            let backwards = SliceInfoElem::Slice { start: 3, end: Some(2), step };
            let cut = Cut::whole(&[4, 5]).sliced(&[SliceInfoElem::from(..), backwards]).unwrap();
            let whole = Array::from_iter(0..20_usize).into_shape_with_order((4, 5)).unwrap();
            let expected = whole.slice_each_axis(|axis| match axis.axis.index() {
                0 => (..).into(),
                _ => ndarray::Slice { start: 3, end: Some(2), step },
            });
            assert_eq!((&cut.shape[..], cut.hull()), (expected.shape(), 0..0));
        }
    }

    #[test]
    fn parts_have_parts() {
        let whole = Array::from_iter(0..4 * 5 * 6_usize).into_shape_with_order((4, 5, 6)).unwrap();
        let first = s![1.., ..;-1, NewAxis, ..;2];
        let cut = Cut::whole(whole.shape()).sliced(first.as_ref()).unwrap();
        let view = whole.slice(first);
        for second in [s![..2, 1..;2, 0, ..], s![..;-1, .., 0, ..;-1], s![2.., ..2, 0, 1..1]] {
            let cut = cut.clone().sliced(second.as_ref()).unwrap();
            same(&cut, &whole, &view.slice(second).into_dyn());
        }
        assert_eq!(cut.sliced(s![.., .., 1..1, ..].as_ref()).unwrap().hull(), 0..0);
    }

    #[test]
    fn what_an_array_does_not_have_is_an_error() {
        let told = |slice: &[SliceInfoElem]| Cut::whole(&[4, 5]).sliced(slice).unwrap_err().to_string();
        assert!(told(s![.., ..6].as_ref()).contains("at least 6 in dimension 1"), "{}", told(s![.., ..6].as_ref()));
        assert!(told(s![4, ..].as_ref()).contains("at least 5 in dimension 0"));
        assert!(told(s![-5, ..].as_ref()).contains("at least 5 in dimension 0"));
        let beyond = SliceInfoElem::Slice { start: 6, end: Some(2), step: 1 };
        assert!(told(&[SliceInfoElem::from(..), beyond]).contains("at least 6 in dimension 1"));
        assert!(told(s![..].as_ref()).contains("1 dimension"));
        let all = SliceInfoElem::Slice { start: 0, end: None, step: 1 };
        assert!(told(&[all, SliceInfoElem::Slice { start: 0, end: None, step: 0 }]).contains("step of 0"));
    }
}
