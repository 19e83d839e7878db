//! How one array type stands to another: in dtype, shape and names of dimensions.

use super::texts::Texts;
use crate::Dtype;
use crate::same::same_text;

/// What is said of an array.
#[derive(Debug, Clone, Copy)]
pub struct ArrayParts<'a> {
    pub dtype: Option<Dtype>,
    pub ndim: Option<usize>,
    pub shape: Option<&'a [Option<usize>]>,
    pub dims: Option<Texts<'a>>,
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
    /// It is another, which holds every value of the first exactly.
    Widens,
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

impl ArrayRelation {
    /// The same where no dtype becomes another.
    #[must_use]
    pub const fn uncast(self) -> Self {
        let dtype = if matches!(self.dtype, Relation::Widens) { Relation::Other } else { self.dtype };
        Self { dtype, ..self }
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
            (Some(first), Some(second)) if first.widens_to(second) => Relation::Widens,
            (Some(_), Some(_)) => Relation::Other,
        };
        ArrayRelation { dtype, shape: self.shape_relation(second), names: names(self.dims, second.dims) }
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

/// How the second names of dimensions stand to the first.
pub const fn names(first: Option<Texts<'_>>, second: Option<Texts<'_>>) -> Relation {
    match (first, second) {
        (None, None) => Relation::Same,
        (Some(_), None) => Relation::Less,
        (None, Some(_)) => Relation::Unsaid,
        (Some(first), Some(second)) if first.are_listed_in(second) => Relation::Same,
        (Some(_), Some(_)) => Relation::Other,
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
