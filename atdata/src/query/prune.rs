//! Pruning: whether any row of a shard may match, by what is known of all its rows together.

use std::cmp::Ordering;

use super::known::{Aggregates, Known, Values};
use super::literal::{Found, Literal, Op};
use super::predicate::{Check, Node, Predicate};
use super::types::Reads;
use crate::sample::Packable;

/// Whether a row may match: false only where it is certain that none does.
///
/// A type may read what is missing in a row by a default or under another name, and labels that it does not know as one that
/// it knows: of a typed predicate nothing is certain of fields that may be null, nor of enums with other labels. What is
/// [untyped](Predicate::untyped) is held against the rows as they are.
///
/// ```
/// use atdata::query::{Aggregates, Known, Predicate, Values, may_match};
/// use atdata::DictSample;
///
/// struct Scores;
///
/// impl Aggregates for Scores {
///     fn of(&self, field: &str) -> Option<Known<'_>> {
///         let values = Values::Numbers { min: 0.0, max: 0.5 };
///         (field == "score").then_some(Known { values, may_be_null: true, may_be_nan: false })
///     }
/// }
///
/// let may = |text: &str| Ok::<_, atdata::Error>(may_match(&Predicate::<DictSample>::parse(text)?, &Scores));
/// assert!(!may("score > 0.9 and label = 'cat'")?);
/// assert!(may("score > 0.9 or label = 'cat'")?);
/// // Of what is null it is true.
/// assert!(may("not score <= 0.5")?);
/// # Ok::<(), atdata::Error>(())
/// ```
pub fn may_match<S: Packable>(predicate: &Predicate<S>, aggregates: &dyn Aggregates) -> bool {
    let reads = Reads::of(S::SCHEMA);
    let mut waiting: Vec<May> = Vec::new();
    let pop = |waiting: &mut Vec<May>| waiting.pop().unwrap_or(May::UNKNOWN);
    for node in &predicate.nodes {
        let may = match node {
            Node::Test(path, check) => {
                let known = aggregates.of(&path.to_string());
                let known = known.filter(|known| reads.as_they_are(path, known));
                known.map_or(May::UNKNOWN, |known| test(check, &known))
            }
            Node::Not => {
                let of = pop(&mut waiting);
                May { hold: of.fail, fail: of.hold }
            }
            Node::And => {
                let (one, other) = (pop(&mut waiting), pop(&mut waiting));
                May { hold: one.hold && other.hold, fail: one.fail || other.fail }
            }
            Node::Or => {
                let (one, other) = (pop(&mut waiting), pop(&mut waiting));
                May { hold: one.hold || other.hold, fail: one.fail && other.fail }
            }
        };
        waiting.push(may);
    }
    pop(&mut waiting).hold
}

/// Whether it may hold of some row, and fail of some: both are asked for, because `not` turns one into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct May {
    hold: bool,
    fail: bool,
}

impl May {
    const UNKNOWN: Self = Self { hold: true, fail: true };
}

fn test(check: &Check, known: &Known<'_>) -> May {
    match check {
        Check::Null => May { hold: known.may_be_null, fail: known.may_be_nan || !matches!(known.values, Values::None) },
        Check::Nan => May { hold: known.may_be_nan || matches!(known.values, Values::Unknown), fail: true },
        Check::Contains(literal) => contains(literal, known),
        Check::Compare(Op::Ne, literal) => {
            let equal = test(&Check::Compare(Op::Eq, literal.clone()), known);
            May { hold: equal.fail, fail: equal.hold }
        }
        Check::Compare(..) | Check::In(_) | Check::Between(..) => {
            let of_values = compare(check, known.values);
            // Of null and NaN none of these is true.
            May { fail: of_values.fail || known.may_be_null || known.may_be_nan, ..of_values }
        }
    }
}

/// Of values that are there.
fn compare(check: &Check, values: Values<'_>) -> May {
    match values {
        Values::Unknown => May::UNKNOWN,
        Values::None => May { hold: false, fail: false },
        Values::Numbers { min, max } => match check {
            Check::Compare(op, literal) => numbers(*op, literal, min, max),
            Check::In(literals) => {
                let each = literals.iter().map(|literal| numbers(Op::Eq, literal, min, max));
                // Nothing is in a list of nothing.
                each.fold(May { hold: false, fail: true }, |all, one| May {
                    hold: all.hold || one.hold,
                    fail: all.fail && one.fail,
                })
            }
            Check::Between(low, high) => {
                let (low, high) = (numbers(Op::Ge, low, min, max), numbers(Op::Le, high, min, max));
                May { hold: low.hold && high.hold, fail: low.fail || high.fail }
            }
            Check::Null | Check::Nan | Check::Contains(_) => May::UNKNOWN,
        },
        Values::Texts(texts) => all_of(texts.iter().map(|text| holds(check, &Found::Text(text)))),
        Values::Booleans { any_true, any_false } => {
            let each = [(any_true, true), (any_false, false)].into_iter().filter(|(any, _)| *any);
            all_of(each.map(|(_, value)| holds(check, &Found::Bool(value))))
        }
        // A list compares with nothing.
        Values::Listed(_) => May { hold: false, fail: true },
    }
}

fn all_of(each: impl Iterator<Item = bool>) -> May {
    each.fold(May { hold: false, fail: false }, |all, holds| May { hold: all.hold || holds, fail: all.fail || !holds })
}

/// Whether a comparison holds of a value.
fn holds(check: &Check, found: &Found<'_>) -> bool {
    match check {
        Check::Compare(op, literal) => found.compares(*op, literal),
        Check::In(literals) => literals.iter().any(|literal| found.equals(literal)),
        Check::Between(low, high) => found.compares(Op::Ge, low) && found.compares(Op::Le, high),
        Check::Null | Check::Nan | Check::Contains(_) => false,
    }
}

/// Of numbers between two ends, both of which may be there.
fn numbers(op: Op, literal: &Literal, min: f64, max: f64) -> May {
    let (min, max) = (widened(min, f64::next_down), widened(max, f64::next_up));
    if min.is_nan() || max.is_nan() || min > max {
        return May::UNKNOWN;
    }
    let (least, greatest) = (Found::Float(min).order(literal), Found::Float(max).order(literal));
    let (Some(least), Some(greatest)) = (least, greatest) else {
        // NaN, or no number.
        return May { hold: false, fail: true };
    };
    match op {
        Op::Eq | Op::Ne => {
            let only = least == Ordering::Equal && greatest == Ordering::Equal;
            May { hold: least.is_le() && greatest.is_ge(), fail: !only }
        }
        Op::Lt => May { hold: least.is_lt(), fail: greatest.is_ge() },
        Op::Le => May { hold: least.is_le(), fail: greatest.is_gt() },
        Op::Gt => May { hold: greatest.is_gt(), fail: least.is_le() },
        Op::Ge => May { hold: greatest.is_ge(), fail: least.is_lt() },
    }
}

/// An end that may have been a whole number which no double is.
fn widened(end: f64, away: fn(f64) -> f64) -> f64 {
    /// 2^53, up to which all whole numbers are doubles.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if end.abs() >= EXACT && end.is_finite() { away(end) } else { end }
}

fn contains(literal: &Literal, known: &Known<'_>) -> May {
    let hold = match (known.values, literal) {
        (Values::Unknown, _) => true,
        (Values::Listed(texts), Literal::Text(text)) => texts.iter().any(|found| **found == **text),
        // How a number or a boolean was written as text is not told by what it is equal to.
        (Values::Listed(texts), _) => !texts.is_empty(),
        _ => false,
    };
    // Each list may be one without it.
    May { hold, fail: true }
}
