//! From sparse to dense: zeros and sums of elements of any type.

use crate::array::{ArrayError, Element, Wide};

pub(super) fn zero<T: Element>() -> Result<T, ArrayError> {
    let refused = || ArrayError::Cast { from: "zero".to_owned(), to: T::DTYPE };
    T::from_wide(Wide::Small(0)).ok_or_else(refused)
}

/// The sum, of booleans whether there is a true one; `None` where the type has no room for it.
pub(super) fn sum<T: Element>(a: T, b: T) -> Option<T> {
    T::from_wide(match (a.to_wide(), b.to_wide()) {
        (Wide::Small(a), Wide::Small(b)) => Wide::Int(i64::from(a) + i64::from(b)),
        (Wide::Int(a), Wide::Int(b)) => Wide::Int(a.checked_add(b)?),
        (Wide::UInt(a), Wide::UInt(b)) => Wide::UInt(a.checked_add(b)?),
        // A double holds the sum of two narrower floats well enough to be rounded once.
        (Wide::Float(a), Wide::Float(b)) => Wide::Float(a + b),
        (Wide::Complex(a), Wide::Complex(b)) => Wide::Complex(a + b),
        _ => return None,
    })
}
