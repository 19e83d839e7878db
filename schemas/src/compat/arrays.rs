//! Comparing array types: dtype, shape, names of dimensions.

use super::{Change, Found, Level};
use crate::fit::{ArrayParts, ArrayRelation, Relation};
use crate::owned::OwnedArrayType;

pub(super) fn compare(old: &OwnedArrayType, new: &OwnedArrayType, found: &mut Found<'_>) {
    let relation = relation(old, new);
    // Whatever is only left open takes the old arrays.
    let level = |of: Relation| if of == Relation::Less { Level::Minor } else { Level::Major };
    if relation.dtype != Relation::Same {
        found.push(level(relation.dtype), Change::Dtype { old: dtype_text(old), new: dtype_text(new) });
    }
    if relation.shape != Relation::Same {
        found.push(level(relation.shape), Change::Shape { old: shape_text(old), new: shape_text(new) });
    }
    if relation.names != Relation::Same {
        // Given or taken away, they say what was so before.
        let level = if relation.names == Relation::Other { Level::Major } else { Level::Patch };
        found.push(level, Change::Dims { old: dims_text(old), new: dims_text(new) });
    }
}

/// How the new type stands to the old one.
pub(crate) fn relation(old: &OwnedArrayType, new: &OwnedArrayType) -> ArrayRelation {
    let [old_dims, new_dims] = [old, new].map(names);
    parts(old, old_dims.as_deref()).relation(&parts(new, new_dims.as_deref()))
}

fn names(of: &OwnedArrayType) -> Option<Vec<&str>> {
    of.dims.as_ref().map(|dims| dims.iter().map(String::as_str).collect())
}

fn parts<'a>(of: &'a OwnedArrayType, dims: Option<&'a [&'a str]>) -> ArrayParts<'a> {
    ArrayParts { dtype: of.dtype, ndim: of.ndim, shape: of.shape.as_deref(), dims }
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
