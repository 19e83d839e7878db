//! Fields that are there in one type and not in the other, that may be null, that have a default.

use super::purpose::{Purpose, Verdict};

/// What is said of a field apart from its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Absent,
    There {
        /// Whether null stands for a value that is not there.
        optional: bool,
        /// Whether a sample without the field is read with a default.
        has_default: bool,
        /// Whether its type has null for a value.
        takes_any: bool,
    },
}

/// How the second field stands to the first, in each respect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldVerdict {
    /// Whether one may be there without the other.
    pub there: Verdict,
    /// Null.
    pub null: Verdict,
    /// Samples that leave the field out.
    pub default: Verdict,
}

impl FieldVerdict {
    const SAME: Self = Self { there: Verdict::Same, null: Verdict::Same, default: Verdict::Same };

    const fn there(fits: bool) -> Self {
        Self { there: if fits { Verdict::Fits } else { Verdict::Misfit }, ..Self::SAME }
    }
}

/// How `second` stands to `first`, types apart.
pub const fn fields(first: Presence, second: Presence, purpose: Purpose) -> FieldVerdict {
    use Presence::{Absent, There};

    match (first, second) {
        (Absent, Absent) => FieldVerdict::SAME,
        (There { .. }, Absent) => FieldVerdict::there(may_go(purpose)),
        (Absent, There { optional, has_default, takes_any }) => FieldVerdict::there(match purpose {
            // A struct and its record have the same fields, and a view shows what is there.
            Purpose::Record { .. } | Purpose::View => false,
            Purpose::Successor | Purpose::Migration | Purpose::Value => optional || has_default,
            // Null is a value of the untyped in Rust, where it is not an option.
            Purpose::Conversion => optional || has_default || takes_any,
        }),
        (
            There { optional, has_default, takes_any },
            There { optional: second_optional, has_default: second_default, takes_any: second_any },
        ) => FieldVerdict {
            there: Verdict::Same,
            null: nulls(optional, second_optional, takes_any || second_any, purpose),
            default: defaults(has_default, second_default, second_optional, purpose),
        },
    }
}

/// Whether the second type may lack a field.
const fn may_go(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Record { partial, .. } => partial,
        // A view shows less. A plan writes new samples, and asks if it may have been renamed.
        Purpose::View | Purpose::Migration | Purpose::Conversion => true,
        // Readers are strict: a field that they do not know is an error.
        Purpose::Successor | Purpose::Value => false,
    }
}

const fn nulls(first: bool, second: bool, any: bool, purpose: Purpose) -> Verdict {
    match (purpose, first, second) {
        (_, false, false) | (_, true, true) => Verdict::Same,
        // What takes any value takes null.
        (Purpose::Record { .. }, _, _) if any => Verdict::Fits,
        // They are one type, or one shows the other as it is.
        (Purpose::Record { .. } | Purpose::View, _, _) => Verdict::Misfit,
        (_, false, true) => Verdict::Fits,
        (_, true, false) => Verdict::NotNull,
    }
}

const fn defaults(first: bool, second: bool, optional: bool, purpose: Purpose) -> Verdict {
    match (purpose, first, second) {
        (_, false, false) | (_, true, true) => Verdict::Same,
        // It is the reader's own.
        (Purpose::Record { .. } | Purpose::View | Purpose::Conversion | Purpose::Value, _, _) => Verdict::Noted,
        (_, false, true) => Verdict::Fits,
        // Null stands for what was the default: new readers go on, but a plan would lose the value.
        (Purpose::Successor, true, false) if optional => Verdict::Fits,
        (_, true, false) => Verdict::Misfit,
    }
}
