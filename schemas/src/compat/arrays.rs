//! Comparing array types: dtype, shape, names of dimensions.

use super::rules::Found;
use super::{Change, Level};
use crate::owned::OwnedArrayType;

pub(super) fn compare(old: &OwnedArrayType, new: &OwnedArrayType, found: &mut Found<'_>) {
    if old.dtype != new.dtype {
        let level = if new.dtype.is_none() { Level::Minor } else { Level::Major };
        found.push(level, Change::Dtype { old: dtype_text(old), new: dtype_text(new) });
    }
    if sizes(old) != sizes(new) {
        let level = if shape_fits(old, new) { Level::Minor } else { Level::Major };
        found.push(level, Change::Shape { old: shape_text(old), new: shape_text(new) });
    }
    if old.dims != new.dims {
        let level = if old.dims.is_some() && new.dims.is_some() { Level::Major } else { Level::Patch };
        found.push(level, Change::Dims { old: dims_text(old), new: dims_text(new) });
    }
}

/// The declared sizes; a known rank is a shape of unknown sizes.
fn sizes(array: &OwnedArrayType) -> Option<Vec<Option<usize>>> {
    array.shape.clone().or_else(|| array.ndim.map(|ndim| vec![None; ndim]))
}

/// Whether every array of the old shape has the new one.
pub(crate) fn shape_fits(old: &OwnedArrayType, new: &OwnedArrayType) -> bool {
    match (sizes(old), sizes(new)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) => {
            old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| new.is_none() || old == new)
        }
    }
}

pub(crate) fn dtype_text(array: &OwnedArrayType) -> String {
    array.dtype.map_or("any", crate::Dtype::name).to_owned()
}

/// `(_, _, 3)`
pub(crate) fn shape_text(array: &OwnedArrayType) -> String {
    let Some(sizes) = sizes(array) else { return "any".to_owned() };
    let sizes: Vec<_> = sizes.iter().map(|size| size.map_or_else(|| "_".to_owned(), |size| size.to_string())).collect();
    format!("({})", sizes.join(", "))
}

/// `(height, width)`
pub(crate) fn dims_text(array: &OwnedArrayType) -> String {
    array.dims.as_ref().map_or_else(|| "none".to_owned(), |dims| format!("({})", dims.join(", ")))
}
