//! How strict each use of the comparison is, aspect by aspect.

use super::arrays::{ArrayRelation, Relation};

/// For what two types are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Whether a struct takes all that a record allows, and no more. What a record says nothing of it allows: Python's
    /// records have no shapes, and often no dtypes.
    Record {
        /// Whether the field converts dtypes.
        cast: bool,
        /// Whether the struct may leave fields out.
        partial: bool,
    },
    /// Whether every value of a source is one of its view, by what the types say.
    View,
    /// What a version asks for that follows another: whether new readers take old samples as they are.
    Successor,
    /// Whether old samples become new ones by themselves, and lose nothing.
    Migration,
    /// The same, for structs in Rust, by the functions that are generated.
    Conversion,
    /// Whether a value is one of a type.
    Value,
}

/// How the second type stands to the first, for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Same,
    /// The same values, of which other words are said.
    Noted,
    /// Every value of the first is one of the second as it is.
    Fits,
    /// Every value of the first becomes one of the second, by a step.
    Converts,
    /// The second may be null as well: what else it is decides.
    MayBeNull,
    /// The first may be null, the second may not.
    NotNull,
    /// What is inside decides.
    Inside,
    Misfit,
}

impl Verdict {
    /// Whether nothing stands in the way, as far as one has looked.
    pub const fn holds(self) -> bool {
        !matches!(self, Self::Misfit | Self::NotNull)
    }

    /// The one that asks for more.
    #[must_use]
    pub(super) const fn or_worse(self, other: Self) -> Self {
        if (self as u8) < other as u8 { other } else { self }
    }
}

impl Purpose {
    /// Element types.
    pub const fn dtype(self, found: Relation) -> Verdict {
        match (self, found) {
            (_, Relation::Same) => Verdict::Same,
            // In Rust, an array of any dtype is another type; and readers take no dtype but theirs, so a wider one is a step.
            (Self::Conversion, Relation::Less) | (Self::Migration | Self::Conversion, Relation::Widens) => {
                Verdict::Converts
            }
            (_, Relation::Less)
            | (Self::Record { cast: true, .. }, _)
            | (Self::Record { cast: false, .. }, Relation::Unsaid) => Verdict::Fits,
            _ => Verdict::Misfit,
        }
    }

    /// Ranks and sizes.
    pub const fn shape(self, found: Relation) -> Verdict {
        match (self, found) {
            (_, Relation::Same) => Verdict::Same,
            (Self::Conversion, Relation::Less) => Verdict::Converts,
            (_, Relation::Less) | (Self::Record { .. }, Relation::Unsaid) => Verdict::Fits,
            _ => Verdict::Misfit,
        }
    }

    /// Names of dimensions: given or taken away, they say what was so before; with others, the same numbers would mean
    /// something else.
    pub const fn names(self, found: Relation) -> Verdict {
        match found {
            Relation::Same => Verdict::Same,
            Relation::Less | Relation::Unsaid => Verdict::Noted,
            _ => Verdict::Misfit,
        }
    }

    /// All that is said of arrays.
    pub const fn array(self, found: ArrayRelation) -> Verdict {
        self.dtype(found.dtype).or_worse(self.shape(found.shape)).or_worse(self.names(found.names))
    }

    /// The values of enums: whether some of the first are gone, and whether the second has others. To look for them takes
    /// longer than to see that they are the same.
    pub const fn values(self, lost: bool, gained: bool) -> Verdict {
        match (self, lost, gained) {
            (_, false, false) => Verdict::Noted,
            // A struct that knows more than its record, or a view more than its source, is not of that type.
            (Self::Record { .. } | Self::View, _, _) | (_, true, _) => Verdict::Misfit,
            (_, false, true) => Verdict::Fits,
        }
    }
}
