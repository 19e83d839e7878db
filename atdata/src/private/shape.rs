//! What attributes declare of arrays, as a type in constants.
#![allow(missing_docs)]

use atdata_schema::{Field, FieldType};

use super::array;

/// What attributes declare of the arrays in a field of a type.
pub trait Shape {
    const OF: FieldType;
    const SIZES: Option<&'static [Option<usize>]> = None;
    const NAMES: Option<&'static [&'static str]> = None;
}

/// The type with what is declared of its arrays, alone or in lists and maps.
///
/// A constant cannot make a reference to what it computes. So each list or map around the array has a constant of its
/// own, the array's first; those that are more than there are lists and maps repeat the whole.
pub const fn shaped<S: Shape>() -> FieldType {
    assert!(layers(&S::OF) <= 8, "arrays with `shape` or `dims` have at most eight lists and maps around them");
    *Layer::<S>::EIGHTH
}

struct Layer<S>(core::marker::PhantomData<S>);

impl<S: Shape> Layer<S> {
    const ARRAY: &'static FieldType = &Field::new("", *array(&S::OF)).shaped(S::SIZES, S::NAMES).field_type;
    const FIRST: &'static FieldType = &around(&S::OF, 1, Self::ARRAY);
    const SECOND: &'static FieldType = &around(&S::OF, 2, Self::FIRST);
    const THIRD: &'static FieldType = &around(&S::OF, 3, Self::SECOND);
    const FOURTH: &'static FieldType = &around(&S::OF, 4, Self::THIRD);
    const FIFTH: &'static FieldType = &around(&S::OF, 5, Self::FOURTH);
    const SIXTH: &'static FieldType = &around(&S::OF, 6, Self::FIFTH);
    const SEVENTH: &'static FieldType = &around(&S::OF, 7, Self::SIXTH);
    const EIGHTH: &'static FieldType = &around(&S::OF, 8, Self::SEVENTH);
}

const fn layers(of: &FieldType) -> usize {
    match of {
        FieldType::List(inner) | FieldType::Map(inner) | FieldType::Nullable(inner) => 1 + layers(inner),
        _ => 0,
    }
}

/// The layer of that number, counted from the array, around `inner`; what is inside already, where there is none.
const fn around(of: &FieldType, layer: usize, inner: &'static FieldType) -> FieldType {
    match of {
        FieldType::List(next) | FieldType::Map(next) | FieldType::Nullable(next) if layers(of) > layer => {
            around(next, layer, inner)
        }
        FieldType::List(_) if layers(of) == layer => FieldType::List(inner),
        FieldType::Map(_) if layers(of) == layer => FieldType::Map(inner),
        FieldType::Nullable(_) if layers(of) == layer => FieldType::Nullable(inner),
        _ => *inner,
    }
}
