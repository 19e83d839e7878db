//! What one array type says beside another, compared in one place; and how strict each use of it is.
//!
//! A struct is held against a record, a view against its source, a version against the one before, an old type against
//! what it is migrated to. All ask how the second stands to the first in dtype, shape and names of dimensions; they differ
//! in which answers they accept, and in nothing else.

use crate::Dtype;
use crate::same::{same_names, same_text};

/// What is said of an array.
#[derive(Debug, Clone, Copy)]
pub struct ArrayParts<'a> {
    pub dtype: Option<Dtype>,
    pub ndim: Option<usize>,
    pub shape: Option<&'a [Option<usize>]>,
    pub dims: Option<&'a [&'a str]>,
}

/// How the second stands to the first in one respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    Same,
    /// It leaves open what the first gives.
    Less,
    /// It gives what the first leaves open.
    More,
    /// The first says nothing of the matter at all.
    Unsaid,
    /// The two cannot both be true, or each gives what the other leaves open.
    Other,
}

/// How one array type stands to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrayRelation {
    pub dtype: Relation,
    pub shape: Relation,
    pub names: Relation,
}

/// For what two array types are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whether a struct takes every array that a record allows. What a record says nothing of it allows: Python's records
    /// have no shapes, and often no dtypes.
    Record { cast: bool },
    /// Whether every array of a source is one of its view, by what the types say.
    View,
    /// Whether old arrays are new ones, dtypes apart: those can be converted.
    Migration,
}

impl Purpose {
    /// Whether the second array type serves.
    pub const fn accepts(self, found: ArrayRelation) -> bool {
        use Relation::{Less, Other, Same, Unsaid};

        let dtype = match self {
            Self::Record { cast } => cast || matches!(found.dtype, Same | Less | Unsaid),
            Self::View => matches!(found.dtype, Same | Less),
            Self::Migration => true,
        };
        let shape = match self {
            Self::Record { .. } => matches!(found.shape, Same | Less | Unsaid),
            Self::View | Self::Migration => matches!(found.shape, Same | Less),
        };
        // The same numbers would mean something else.
        dtype && shape && !matches!(found.names, Other)
    }
}

impl ArrayParts<'_> {
    /// How `second` stands to this.
    pub const fn relation(&self, second: &ArrayParts<'_>) -> ArrayRelation {
        let dtype = match (self.dtype, second.dtype) {
            (None, None) => Relation::Same,
            (Some(_), None) => Relation::Less,
            (None, Some(_)) => Relation::Unsaid,
            (Some(first), Some(second)) if same_text(first.name(), second.name()) => Relation::Same,
            (Some(_), Some(_)) => Relation::Other,
        };
        let names = match (self.dims, second.dims) {
            (None, None) => Relation::Same,
            (Some(_), None) => Relation::Less,
            (None, Some(_)) => Relation::Unsaid,
            (Some(first), Some(second)) if same_names(first, second) => Relation::Same,
            (Some(_), Some(_)) => Relation::Other,
        };
        ArrayRelation { dtype, shape: self.shape_relation(second), names }
    }

    /// A known rank is a shape of unknown sizes.
    const fn shape_relation(&self, second: &ArrayParts<'_>) -> Relation {
        match (self.rank(), second.rank()) {
            (None, None) => Relation::Same,
            (Some(_), None) => Relation::Less,
            (None, Some(_)) => Relation::Unsaid,
            (Some(first), Some(second)) if first != second => Relation::Other,
            (Some(_), Some(_)) => sizes(self.sizes(), second.sizes()),
        }
    }

    const fn rank(&self) -> Option<usize> {
        match self.shape {
            Some(shape) => Some(shape.len()),
            None => self.ndim,
        }
    }

    const fn sizes(&self) -> &[Option<usize>] {
        match self.shape {
            Some(shape) => shape,
            None => &[],
        }
    }
}

/// Of one rank; sizes past the end are not known.
const fn sizes(mut first: &[Option<usize>], mut second: &[Option<usize>]) -> Relation {
    let (mut less, mut more) = (false, false);
    while !first.is_empty() || !second.is_empty() {
        let (before, after);
        (before, first) = next(first);
        (after, second) = next(second);
        match (before, after) {
            (Some(before), Some(after)) if before != after => return Relation::Other,
            (Some(_), None) => less = true,
            (None, Some(_)) => more = true,
            _ => {}
        }
    }
    match (less, more) {
        (false, false) => Relation::Same,
        (true, false) => Relation::Less,
        (false, true) => Relation::More,
        (true, true) => Relation::Other,
    }
}

const fn next(sizes: &[Option<usize>]) -> (Option<usize>, &[Option<usize>]) {
    match sizes {
        [size, rest @ ..] => (*size, rest),
        [] => (None, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: ArrayParts<'_> = ArrayParts { dtype: None, ndim: None, shape: None, dims: None };
    const U8: ArrayParts<'_> = ArrayParts { dtype: Some(Dtype::UInt8), ..ANY };
    const F32: ArrayParts<'_> = ArrayParts { dtype: Some(Dtype::Float32), ..ANY };
    const RANK_2: ArrayParts<'_> = ArrayParts { ndim: Some(2), ..U8 };
    const RANK_3: ArrayParts<'_> = ArrayParts { ndim: Some(3), ..U8 };
    const WIDE: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[None, Some(3)]), ..U8 };
    const TALL: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[Some(2), None]), ..U8 };
    const FIXED: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[Some(2), Some(3)]), ..U8 };
    const OPEN: ArrayParts<'_> = ArrayParts { ndim: Some(2), shape: Some(&[None, None]), ..U8 };
    const YX: ArrayParts<'_> = ArrayParts { dims: Some(&["y", "x"]), ..RANK_2 };
    const XY: ArrayParts<'_> = ArrayParts { dims: Some(&["x", "y"]), ..RANK_2 };

    /// Each pair, and the verdict of each use: of records, of records with `cast`, of views, of migrations.
    #[test]
    fn every_use_has_its_verdict() {
        let table = [
            (U8, U8, [true, true, true, true]),
            (U8, ANY, [true, true, true, true]),
            (ANY, U8, [true, true, false, true]),
            (U8, F32, [false, true, false, true]),
            (U8, RANK_2, [true, true, false, false]),
            (RANK_2, U8, [true, true, true, true]),
            (RANK_2, RANK_3, [false, false, false, false]),
            (RANK_2, OPEN, [true, true, true, true]),
            (OPEN, RANK_2, [true, true, true, true]),
            (RANK_2, WIDE, [false, false, false, false]),
            (WIDE, RANK_2, [true, true, true, true]),
            (WIDE, FIXED, [false, false, false, false]),
            (FIXED, WIDE, [true, true, true, true]),
            (WIDE, TALL, [false, false, false, false]),
            (U8, FIXED, [true, true, false, false]),
            (RANK_2, YX, [true, true, true, true]),
            (YX, RANK_2, [true, true, true, true]),
            (YX, XY, [false, false, false, false]),
        ];
        let purposes =
            [Purpose::Record { cast: false }, Purpose::Record { cast: true }, Purpose::View, Purpose::Migration];
        for (first, second, expected) in table {
            let found = first.relation(&second);
            assert_eq!(purposes.map(|purpose| purpose.accepts(found)), expected, "{first:?} -> {second:?}: {found:?}");
        }
    }
}
