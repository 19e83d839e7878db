//! What is known of all rows of a shard together.

/// What is known of the rows of a shard, field by field.
pub trait Aggregates {
    /// What is known of a field, by its name in predicates: `label`, `meta.score`. `None` if that is nothing.
    fn of(&self, field: &str) -> Option<Known<'_>>;
}

/// What is known of the values of a field in all rows of a shard.
///
/// What is not known for certain is said to be possible: a row that is left out wrongly nobody finds again.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Those that are there: not null, and not NaN.
    pub values: Values<'a>,
    /// Whether some may be null, or missing.
    pub may_be_null: bool,
    /// Whether some may be NaN.
    pub may_be_nan: bool,
}

/// The values of a field in a shard, apart from nulls and NaN.
///
/// They are of the kind that samples hold on the wire: what is known of booleans as numbers, or of numbers as text (the
/// categories of a manifest), is [`Unknown`](Self::Unknown) here.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Values<'a> {
    /// They may be any.
    Unknown,
    /// There are none.
    None,
    /// Numbers, none of them below or above these. The ends may be whole numbers that were rounded to doubles.
    Numbers {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// Text: all that there are.
    Texts(&'a [String]),
    /// Booleans, of which one or both are there.
    Booleans {
        /// Whether some are true.
        any_true: bool,
        /// Whether some are false.
        any_false: bool,
    },
    /// Values of any kind: of each the text that Python's `str` writes for it, such as `True`, `3` or `cat`. What none of them is, is
    /// certain of no row; what all of them are, is not.
    Written(&'a [String]),
    /// Lists or sets: the text of all that is in any of them, as Python's `str` writes it.
    Listed(&'a [String]),
}
