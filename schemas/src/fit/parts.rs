//! What is said of a type without looking inside of it.

use super::arrays::ArrayParts;
use super::texts::Texts;

/// The head of a type: lists and maps, and whatever else holds values of a type, are looked into by the walk at hand.
#[derive(Debug, Clone, Copy)]
pub enum TypeParts<'a> {
    Str,
    Enum(Texts<'a>),
    Int,
    Float,
    Bool,
    Bytes,
    Array(ArrayParts<'a>),
    Structured(ArrayParts<'a>),
    Sparse,
    ArrowTensor,
    Safetensors,
    DataFrame,
    List,
    Map,
    Nullable,
    Sample(SampleParts<'a>),
    Ref(RefParts<'a>),
    Any,
    /// Nothing but null: a value may be that, no field is.
    Null,
}

/// A nested sample, by what is known of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SampleParts<'a> {
    pub name: Option<&'a str>,
    pub version: Option<&'a str>,
    /// Whether it is a sample of any type.
    pub is_untyped: bool,
}

/// A sample whose type is elsewhere.
#[derive(Debug, Clone, Copy)]
pub enum RefParts<'a> {
    /// So many samples further out.
    Outer(usize),
    /// In the index at hand, or published by that account.
    Named { authority: Option<&'a str>, name: &'a str, version: Option<&'a str> },
    /// In one record.
    Record { authority: &'a str, collection: &'a str, key: &'a str },
}

impl TypeParts<'_> {
    /// What the words for the type tell: neither names of dimensions nor versions, for which there are words of their own.
    #[must_use]
    pub const fn in_words(self) -> Self {
        match self {
            Self::Array(array) => Self::Array(ArrayParts { dims: None, ..array }),
            Self::Structured(array) => Self::Structured(ArrayParts { dims: None, ..array }),
            Self::Sample(sample) => Self::Sample(SampleParts { version: None, ..sample }),
            other => other,
        }
    }
}
