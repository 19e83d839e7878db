//! Predicates: which samples of a dataset are asked for, as values that the compiler checks, or as text.
//!
//! A [`Predicate`] is made of the fields of a type, which has functions for them by `#[packable(query)]`, or parsed of
//! text. A dataset is asked by it with [`Dataset::query`](crate::Dataset::query), which finds the samples once, so that
//! there are as many as there are, and plans, loaders, ranks and random access work over them; or
//! [`Dataset::matching`](crate::Dataset::matching), which decides on each sample when it is read. The page
//! [queries](crate::docs::queries) has the text form, and how missing values, NaN and values of different kinds compare.

mod ask;
#[cfg(feature = "manifest")]
mod by_fields;
mod error;
mod fields;
mod known;
mod literal;
mod one_of;
mod parse;
mod predicate;
mod prune;
mod show;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use ask::{Asked, written};
#[cfg(feature = "manifest")]
pub(crate) use by_fields::{ByFields, Cell, FieldAsked, OfRow};
pub use fields::{
    Anything, Comparable, ComparesWith, FieldOf, Floating, Given, Holding, InList, Inlined, LabelOf, Listed, Number,
    OnWire, Ordered, Span, Text, Truth,
};
pub use known::{Aggregates, Known, Values};
pub use predicate::Predicate;
pub use prune::may_match;
#[cfg(feature = "manifest")]
pub(crate) use types::Wire;
