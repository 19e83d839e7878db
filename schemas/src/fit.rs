//! Whether one type serves where another is, decided in one place; and how strict each use of it is.
//!
//! A struct is held against a record, a view against its source, a version against the one before, an old type against
//! what it is migrated to, in schemas and in Rust, a value against its type. Each walks through its own form of types, and
//! has its own words for what it finds. What they find is said here, for a pair of heads (`TypeParts`) and for a pair of
//! fields (`Presence`): the uses differ in which answers they accept, and in nothing else.

mod arrays;
mod fields;
mod heads;
mod parts;
mod purpose;
mod texts;

pub use arrays::{ArrayParts, ArrayRelation, Relation, names};
pub use fields::{FieldVerdict, Presence, fields};
pub use heads::heads;
pub use parts::{RefParts, SampleParts, TypeParts};
pub use purpose::{Purpose, Verdict};
pub use texts::Texts;

#[cfg(test)]
mod tests;
