//! Literals: what fields are compared with, and how a value compares with them.

use std::cmp::Ordering;

use crate::sample::Mark;

/// A value in a predicate.
#[derive(Debug, Clone)]
pub(super) enum Literal {
    Bool(bool),
    /// Wide enough for all that a sample can hold.
    Int(i128),
    Float(f64),
    Text(Box<str>),
}

/// By bits: a predicate with NaN is equal to itself, and all NaN are one, as which they are printed.
impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::Int(one), Self::Int(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => {
                one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
            }
            (Self::Text(one), Self::Text(other)) => one == other,
            _ => false,
        }
    }
}

/// What a sample holds where a predicate looks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    /// Nothing: the name at that depth of the path is not there, or what is before it holds none.
    Missing(Option<usize>),
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(&'a str),
    /// A list, from its head on.
    List(Mark<'a>),
    /// What nothing compares with: bytes, arrays, maps.
    Other,
}

/// How a field compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl Op {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }
}

impl Found<'_> {
    /// Whether it compares so with a value.
    pub(super) fn compares(&self, op: Op, literal: &Literal) -> bool {
        match op {
            Op::Eq => self.equals(literal),
            Op::Ne => !self.equals(literal),
            Op::Lt => self.order(literal) == Some(Ordering::Less),
            Op::Le => matches!(self.order(literal), Some(Ordering::Less | Ordering::Equal)),
            Op::Gt => self.order(literal) == Some(Ordering::Greater),
            Op::Ge => matches!(self.order(literal), Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// Of a field that the sample does not have.
    pub(super) const MISSING: Self = Self::Missing(Some(0));

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Null)
    }

    pub(super) fn is_nan(&self) -> bool {
        matches!(self, Self::Float(value) if value.is_nan())
    }

    /// Values of different kinds are not equal, and neither is NaN to anything.
    pub(super) fn equals(&self, literal: &Literal) -> bool {
        match (self, literal) {
            (Self::Bool(found), Literal::Bool(literal)) => found == literal,
            _ => self.order(literal) == Some(Ordering::Equal),
        }
    }

    /// Numbers by their value, however they are written; text by its characters. Nothing else has an order.
    pub(super) fn order(&self, literal: &Literal) -> Option<Ordering> {
        match (self, literal) {
            (Self::Int(found), Literal::Int(literal)) => Some(found.cmp(literal)),
            (Self::Int(found), Literal::Float(literal)) => int_to_float(*found, *literal),
            (Self::Float(found), Literal::Int(literal)) => int_to_float(*literal, *found).map(Ordering::reverse),
            (Self::Float(found), Literal::Float(literal)) => found.partial_cmp(literal),
            (Self::Text(found), Literal::Text(literal)) => Some((*found).cmp(&**literal)),
            _ => None,
        }
    }
}

/// 2^127, from which on no integer of ours reaches.
const END: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

/// The integer that a float is equal to, if it is to one of ours.
pub(super) fn whole(float: f64) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
    let whole = float as i128;
    (float.fract() == 0.0 && (-END..END).contains(&float)).then_some(whole)
}

/// Exact, as Python compares an `int` with a `float`: no number is rounded to the other's kind.
pub(super) fn int_to_float(int: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float >= END {
        return Some(Ordering::Less);
    }
    if float < -END {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range")]
    let whole = float.trunc() as i128;
    Some(int.cmp(&whole).then(0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_compare_with_floats_exactly() {
        let big = 1_i128 << 53;
        #[expect(clippy::cast_precision_loss, reason = "it is exact")]
        let float = big as f64;
        for (int, float, expected) in [
            (big, float, Some(Ordering::Equal)),
            (big + 1, float, Some(Ordering::Greater)),
            (1, 1.5, Some(Ordering::Less)),
            (-1, -1.5, Some(Ordering::Greater)),
            (-2, -1.5, Some(Ordering::Less)),
            (0, -0.0, Some(Ordering::Equal)),
            (i128::MAX, f64::INFINITY, Some(Ordering::Less)),
            (i128::MIN, f64::NEG_INFINITY, Some(Ordering::Greater)),
            (i128::MIN, -170_141_183_460_469_231_731_687_303_715_884_105_728.0, Some(Ordering::Equal)),
            (3, f64::NAN, None),
        ] {
            assert_eq!(int_to_float(int, float), expected, "{int} {float}");
        }
    }
}
