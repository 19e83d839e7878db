//! Pruning: whether any row of a shard may match, by what is known of all its rows together.

use std::cmp::Ordering;

use super::known::{Aggregates, Known, Values};
use super::literal::{Found, Literal, Op};
use super::predicate::{Check, Node, Path, Predicate};
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
    let result = run(&predicate.nodes, &mut |_, path, check| {
        let known = aggregates.of(&path.to_string());
        let known = known.filter(|known| reads.as_they_are(path, known));
        known.map_or(May::UNKNOWN, |known| test(check, &known))
    });
    result.may.hold
}

/// What comes of a predicate, by what each of its tests may be: without recursion, of any depth.
pub(super) fn run(nodes: &[Node], of: &mut dyn FnMut(usize, &Path, &Check) -> May) -> Outcome {
    let mut waiting: Vec<Outcome> = Vec::new();
    let pop = |waiting: &mut Vec<Outcome>| waiting.pop().unwrap_or(Outcome::UNKNOWN);
    for (at, node) in nodes.iter().enumerate() {
        let outcome = match node {
            Node::Test(path, check) => Outcome::of_test(at, of(at, path, check)),
            Node::Not => pop(&mut waiting).turned(),
            Node::And => {
                let (right, left) = (pop(&mut waiting), pop(&mut waiting));
                left.and(right)
            }
            Node::Or => {
                let (right, left) = (pop(&mut waiting), pop(&mut waiting));
                left.turned().and(right.turned()).turned()
            }
        };
        waiting.push(outcome);
    }
    pop(&mut waiting)
}

/// Whether it may hold of some row, and fail of some: both are asked for, because `not` turns one into the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct May {
    pub(super) hold: bool,
    pub(super) fail: bool,
}

impl May {
    pub(super) const UNKNOWN: Self = Self { hold: true, fail: true };

    /// Of what is known for certain.
    #[cfg_attr(not(feature = "manifest"), allow(dead_code))]
    pub(super) fn certain(holds: bool) -> Self {
        Self { hold: holds, fail: !holds }
    }
}

/// Tests that are named as the reason of something.
const NAMED: usize = 3;

/// Some of the tests of a predicate, by their places in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tests {
    places: [usize; NAMED],
    len: usize,
}

impl Tests {
    #[cfg_attr(not(feature = "manifest"), allow(dead_code))]
    pub(super) fn places(&self) -> &[usize] {
        self.places.get(..self.len).unwrap_or_default()
    }

    fn add(&mut self, place: usize) {
        if !self.places().contains(&place)
            && let Some(free) = self.places.get_mut(self.len)
        {
            *free = place;
            self.len += 1;
        }
    }

    /// Those of both, or as many of them as are named.
    fn with(mut self, others: Self) -> Self {
        for place in others.places() {
            self.add(*place);
        }
        self
    }
}

/// What a part of a predicate may be, and by which tests it is certain that it is not the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) may: May,
    /// Why it does not hold, where it may not.
    pub(super) no_hold: Tests,
    no_fail: Tests,
}

impl Outcome {
    const UNKNOWN: Self = Self {
        may: May::UNKNOWN,
        no_hold: Tests { places: [0; NAMED], len: 0 },
        no_fail: Tests { places: [0; NAMED], len: 0 },
    };

    fn of_test(at: usize, may: May) -> Self {
        let mut this = Tests::default();
        this.add(at);
        Self { may, no_hold: this, no_fail: this }
    }

    fn turned(self) -> Self {
        Self { may: May { hold: self.may.fail, fail: self.may.hold }, no_hold: self.no_fail, no_fail: self.no_hold }
    }

    fn and(self, other: Self) -> Self {
        let may = May { hold: self.may.hold && other.may.hold, fail: self.may.fail || other.may.fail };
        // One of them is enough to say why both do not hold.
        let no_hold = if self.may.hold { other.no_hold } else { self.no_hold };
        Self { may, no_hold, no_fail: self.no_fail.with(other.no_fail) }
    }
}

/// What a test may be of rows of which this is known.
pub(super) fn test(check: &Check, known: &Known<'_>) -> May {
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
pub(super) fn compare(check: &Check, values: Values<'_>) -> May {
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
        Values::Written(texts) => written(check, texts),
        // A list compares with nothing.
        Values::Listed(_) => May { hold: false, fail: true },
    }
}

fn all_of(each: impl Iterator<Item = bool>) -> May {
    each.fold(May { hold: false, fail: false }, |all, holds| May { hold: all.hold || holds, fail: all.fail || !holds })
}

/// Of values that are known by the text that was written for them, and may be of any kind: what they are not is certain, what they
/// are is not.
fn written(check: &Check, texts: &[String]) -> May {
    let is_number = |literal: &Literal| matches!(literal, Literal::Int(_) | Literal::Float(_));
    // How a number was written is not told by what it is equal to.
    let asks_number = match check {
        Check::Compare(_, literal) => is_number(literal),
        Check::In(literals) => literals.iter().any(is_number),
        Check::Between(low, high) => is_number(low) || is_number(high),
        Check::Null | Check::Nan | Check::Contains(_) => true,
    };
    let any = |text: &String| {
        let as_bool = match text.as_str() {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        };
        holds(check, &Found::Text(text)) || as_bool.is_some_and(|value| holds(check, &Found::Bool(value)))
    };
    May { hold: (asks_number && !texts.is_empty()) || texts.iter().any(any), fail: true }
}

/// Whether a comparison holds of a value.
pub(super) fn holds(check: &Check, found: &Found<'_>) -> bool {
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
        (Values::Unknown | Values::Written(_), _) => true,
        (Values::Listed(texts), Literal::Text(text)) => texts.iter().any(|found| **found == **text),
        // How a number or a boolean was written as text is not told by what it is equal to.
        (Values::Listed(texts), _) => !texts.is_empty(),
        _ => false,
    };
    // Each list may be one without it.
    May { hold, fail: true }
}
