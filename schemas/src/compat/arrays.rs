//! Comparing array types: dtype, shape, names of dimensions.

use super::{Change, Found};
use crate::fit::Purpose;
use crate::owned::OwnedArrayType;

pub(super) fn compare(old: &OwnedArrayType, new: &OwnedArrayType, found: &mut Found<'_>) {
    let purpose = Purpose::Successor;
    // Of structured arrays as well: no reader casts.
    let relation = old.parts().relation(&new.parts());
    found.judge(purpose.dtype(relation.dtype), Change::Dtype { old: dtype_text(old), new: dtype_text(new) });
    found.judge(purpose.shape(relation.shape), Change::Shape { old: shape_text(old), new: shape_text(new) });
    found.judge(purpose.names(relation.names), Change::Dims { old: dims_text(old), new: dims_text(new) });
}

/// The declared sizes; a known rank is a shape of unknown sizes.
fn sizes(array: &OwnedArrayType) -> Option<Vec<Option<usize>>> {
    array.shape.clone().or_else(|| array.ndim.map(|ndim| vec![None; ndim]))
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
