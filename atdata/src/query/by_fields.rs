//! A predicate held against what manifests say of fields: of all rows of a shard together, or of one.

use super::known::{Known, Values};
use super::literal::{Found, Literal, Op};
use super::one_of::OneOf;
use super::predicate::{Check, Node, Path, Predicate};
use super::prune::{May, compare, holds, run, test};
use super::types::{Expected, Wire, is_untyped};
use crate::sample::{Packable, Value};

/// A predicate that is ready to be held against manifests, which know the fields of a sample and not what is inside of them.
#[derive(Debug)]
pub(crate) struct ByFields {
    fields: Vec<FieldAsked>,
    nodes: Vec<Node>,
    /// Of each node the number of its field, where a manifest can have that.
    of_nodes: Vec<Option<usize>>,
    /// Of those that ask for a list of values.
    listed: Vec<Option<OneOf>>,
}

/// A field that a predicate asks for.
#[derive(Debug)]
pub(crate) struct FieldAsked {
    pub(crate) name: String,
    /// `None` of samples without a type.
    expected: Option<Expected>,
    has_default: bool,
    /// Whether it is compared with booleans.
    pub(crate) with_booleans: bool,
    /// Whether anything but `contains` and `is null` is asked.
    pub(crate) is_compared: bool,
    /// How many values it is held against, in all tests.
    pub(crate) values: usize,
}

/// The value of a field in a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Nothing is known of it.
    Unknown,
    /// None, or null.
    Null,
    /// Null or NaN, which are one in columns of floats that Python wrote.
    NullOrNan,
    Value(Value),
}

/// Why no row of a shard matches: a test that is true of none, or in what is asked false of none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reason {
    pub(crate) field: usize,
    pub(crate) test: String,
}

/// What is decided of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfRow {
    Matches,
    Fails,
    /// Its sample is to be asked.
    Open,
}

impl<S: Packable> Predicate<S> {
    /// Made ready to be held against manifests.
    pub(crate) fn by_fields(&self) -> ByFields {
        let schema = (!is_untyped(S::SCHEMA)).then_some(S::SCHEMA);
        let (mut fields, mut of_nodes): (Vec<FieldAsked>, _) = (Vec::new(), Vec::with_capacity(self.nodes.len()));
        for node in &self.nodes {
            let Node::Test(path, check) = node else {
                of_nodes.push(None);
                continue;
            };
            let [name] = &*path.0 else {
                of_nodes.push(None);
                continue;
            };
            let number = fields.iter().position(|field| *field.name == **name).unwrap_or_else(|| {
                fields.push(FieldAsked {
                    name: name.to_string(),
                    expected: schema.map(|schema| Expected::of(schema, path)),
                    has_default: schema.and_then(|schema| schema.field(name)).is_some_and(|field| field.has_default),
                    with_booleans: false,
                    is_compared: false,
                    values: 0,
                });
                fields.len() - 1
            });
            if let Some(field) = fields.get_mut(number) {
                field.with_booleans |= literals(check).any(|literal| matches!(literal, Literal::Bool(_)));
                field.values += literals(check).count().max(1);
                field.is_compared |= !matches!(check, Check::Contains(_) | Check::Null);
            }
            of_nodes.push(Some(number));
        }
        let listed = |node: &Node| match node {
            Node::Test(_, Check::In(literals)) => Some(OneOf::of(literals)),
            _ => None,
        };
        let listed = self.nodes.iter().map(listed).collect();
        ByFields { fields, nodes: self.nodes.clone(), of_nodes, listed }
    }
}

fn literals(check: &Check) -> impl Iterator<Item = &Literal> {
    let (list, pair): (&[Literal], _) = match check {
        Check::In(literals) => (literals, [None, None]),
        Check::Compare(_, literal) | Check::Contains(literal) => (&[], [Some(literal), None]),
        Check::Between(low, high) => (&[], [Some(low), Some(high)]),
        Check::Null | Check::Nan => (&[], [None, None]),
    };
    list.iter().chain(pair.into_iter().flatten())
}

impl ByFields {
    /// The fields that manifests can know, each once.
    pub(crate) fn fields(&self) -> &[FieldAsked] {
        &self.fields
    }

    /// Why no row of a shard matches, of which this is known, field by field; `None` where one may. What it is known by was made by the
    /// very type, or not.
    pub(crate) fn why_none(&self, known: &[Option<Known<'_>>], is_of_type: bool) -> Option<Vec<Reason>> {
        let outcome = run(&self.nodes, &mut |at, _, check| {
            let field = self.of_nodes.get(at).copied().flatten();
            let asked = field.and_then(|field| Some((self.fields.get(field)?, known.get(field)?.as_ref()?)));
            let sure = asked.filter(|(field, known)| field.is_certain(known, is_of_type));
            sure.map_or(May::UNKNOWN, |(_, known)| test(check, known))
        });
        if outcome.may.hold {
            return None;
        }
        let reason = |at: &usize| match self.nodes.get(*at)? {
            Node::Test(path, check) => {
                let field = self.of_nodes.get(*at).copied().flatten()?;
                Some(Reason { field, test: told(path, check) })
            }
            _ => None,
        };
        Some(outcome.no_hold.places().iter().filter_map(reason).collect())
    }

    /// What is decided of a row with these values, field by field.
    pub(crate) fn of_row(&self, cells: &[Cell]) -> OfRow {
        let outcome = run(&self.nodes, &mut |at, _, check| {
            let cell = self.of_nodes.get(at).copied().flatten().and_then(|field| cells.get(field));
            cell.map_or(May::UNKNOWN, |cell| of_cell(check, self.listed.get(at).and_then(Option::as_ref), cell))
        });
        match (outcome.may.hold, outcome.may.fail) {
            (true, false) => OfRow::Matches,
            (false, _) => OfRow::Fails,
            (true, true) => OfRow::Open,
        }
    }
}

/// Characters of a test that are told.
const TOLD: usize = 120;

/// A test as it is written, of a long one its begin.
fn told(path: &Path, check: &Check) -> String {
    let text = Predicate::<crate::sample::DictSample>::test(path.clone(), check.clone()).to_string();
    match text.char_indices().nth(TOLD) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

impl FieldAsked {
    /// What the field holds on the wire.
    pub(crate) fn wire(&self) -> Wire {
        self.expected.as_ref().map_or(Wire::Any, Expected::wire)
    }

    /// Whether what a manifest has of a field that is there is what the type reads: it may have been filled by the default of another.
    fn is_told_by(&self, is_of_type: bool) -> bool {
        self.expected.is_none() || is_of_type || !self.has_default
    }

    /// Whether the type reads what is null, or missing, as null, and as nothing else: there may be a default, or another name, which a
    /// manifest has looked at that was made by the type.
    fn reads_null(&self, is_of_type: bool) -> bool {
        self.expected.as_ref().is_none_or(|expected| is_of_type && !self.has_default && expected.fits(&mut Found::Null))
    }

    fn is_certain(&self, known: &Known<'_>, is_of_type: bool) -> bool {
        let knows_labels = self.expected.as_ref().is_none_or(|expected| expected.knows_labels(known));
        self.is_told_by(is_of_type) && knows_labels && (!known.may_be_null || self.reads_null(is_of_type))
    }

    /// The value that the type reads where a row has this one.
    pub(crate) fn as_read(&self, cell: Cell, is_of_type: bool) -> Cell {
        let value = match cell {
            Cell::Unknown => return Cell::Unknown,
            Cell::Null | Cell::NullOrNan => {
                return if self.reads_null(is_of_type) { cell } else { Cell::Unknown };
            }
            Cell::Value(value) => value,
        };
        let Some(expected) = &self.expected else { return Cell::Value(value) };
        if !(self.is_told_by(is_of_type) && expected.fits_value(&value)) {
            return Cell::Unknown;
        }
        // In a field of floats a whole number is read as one.
        match (self.wire(), value.as_f64()) {
            (Wire::Number { is_float: true }, Some(number)) => Cell::Value(Value::Float(number)),
            _ => Cell::Value(value),
        }
    }
}

/// 2^53, up to which all whole numbers are doubles.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Values of a list in a predicate that are held against a row one by one.
const MOST_ONE_BY_ONE: usize = 64;

fn of_cell(check: &Check, listed: Option<&OneOf>, cell: &Cell) -> May {
    let value = match cell {
        Cell::Unknown => return May::UNKNOWN,
        Cell::Null => return May::certain(matches!(check, Check::Null | Check::Compare(Op::Ne, _))),
        Cell::NullOrNan if matches!(check, Check::Null | Check::Nan) => return May::UNKNOWN,
        // What compares with null does so with NaN.
        Cell::NullOrNan => return May::certain(matches!(check, Check::Compare(Op::Ne, _))),
        Cell::Value(value) => value,
    };
    match (value, check) {
        (Value::List(items), Check::Contains(literal)) => contains(items, literal),
        (_, Check::Null | Check::Contains(_)) => May::certain(false),
        (Value::List(_), check) => May::certain(matches!(check, Check::Compare(Op::Ne, _))),
        (value, Check::Nan) => May::certain(found(value).is_nan()),
        // It may have been a whole number that no double is.
        (Value::Float(value), check) if value.abs() >= EXACT && value.is_finite() => {
            let values = Values::Numbers { min: *value, max: *value };
            match check {
                Check::Compare(Op::Ne, literal) => {
                    let equal = compare(&Check::Compare(Op::Eq, literal.clone()), values);
                    May { hold: equal.fail, fail: equal.hold }
                }
                // One by one they would be held against each row.
                Check::In(literals) if literals.len() > MOST_ONE_BY_ONE => May::UNKNOWN,
                check => compare(check, values),
            }
        }
        (value, check) => {
            let found = found(value);
            May::certain(listed.map_or_else(|| holds(check, &found), |listed| listed.holds(&found)))
        }
    }
}

/// Whether a list has a value. What has no number in JSON is null there.
fn contains(items: &[Value], literal: &Literal) -> May {
    let equals = |item: &&Value| found(item).equals(literal);
    // Whole numbers that no double is are in a list as the double beside them, and may be another one.
    let is_exact = |item: &&Value| !matches!(item, Value::Float(number) if number.abs() >= EXACT && number.is_finite());
    if items.iter().filter(is_exact).any(|item| equals(&item)) {
        return May::certain(true);
    }
    if matches!(literal, Literal::Int(_) | Literal::Float(_)) && items.iter().any(|item| !is_exact(&item)) {
        return May::UNKNOWN;
    }
    let is_infinite = matches!(literal, Literal::Float(number) if number.is_infinite());
    May { hold: is_infinite && items.iter().any(Value::is_nil), fail: true }
}

fn found(value: &Value) -> Found<'_> {
    match value {
        Value::Nil => Found::Null,
        Value::Bool(value) => Found::Bool(*value),
        Value::Int(value) => Found::Int((*value).into()),
        Value::UInt(value) => Found::Int((*value).into()),
        Value::Float(value) => Found::Float(*value),
        Value::Str(text) => Found::Text(text),
        _ => Found::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "these are tests")]

    use super::*;
    use crate::sample::DictSample;

    fn parsed(text: &str) -> ByFields {
        Predicate::<DictSample>::parse(text).unwrap().by_fields()
    }

    #[test]
    fn rows_are_decided_where_their_values_are_certain() {
        use OfRow::{Fails, Matches, Open};
        let (big, list) = (Value::Float(EXACT), Value::List(vec![1.into(), "a".into(), Value::Nil]));
        for (cell, text, expected) in [
            (Cell::Value("cat".into()), "x = 'cat'", Matches),
            (Cell::Value("cat".into()), "not x in ('cat', 'dog')", Fails),
            (Cell::Value(1.into()), "x = 1.0 and x != true and x between 0 and 1", Matches),
            (Cell::Value(true.into()), "x = 1", Fails),
            (Cell::Value(Value::Float(0.5)), "x is nan or x is null", Fails),
            (Cell::Value(Value::Float(f64::NAN)), "x is nan and x != 1", Matches),
            (Cell::Value(big.clone()), "x = 9007199254740993", Open),
            (Cell::Value(big.clone()), "x != 9007199254740993", Open),
            (Cell::Value(big.clone()), "x > 1 and x != 1", Matches),
            (Cell::Value(big), "x < 9007199254740000", Fails),
            (Cell::Value(list.clone()), "x contains 'a' and x != 1", Matches),
            (Cell::Value(list.clone()), "x contains 'b' or x = 1 or x is null", Fails),
            (Cell::Value(list), "x contains inf", Open),
            (Cell::Null, "x is null and x != 1 and not x > 1", Matches),
            (Cell::Null, "x contains 1 or x is nan", Fails),
            (Cell::NullOrNan, "x != 1 and not x > 1", Matches),
            (Cell::NullOrNan, "x is null", Open),
            (Cell::NullOrNan, "x is nan and x = 1", Fails),
            (Cell::Unknown, "x = 1", Open),
            (Cell::Unknown, "x = 1 and y.z > 1", Open),
        ] {
            assert_eq!(parsed(text).of_row(std::slice::from_ref(&cell)), expected, "{cell:?} {text}");
        }
    }

    #[test]
    fn reasons_are_the_tests_that_hold_of_no_row() {
        let by = parsed("label = 'cat' and (score > 0.9 or not score >= 0.0) and meta.iso > 3");
        assert_eq!(by.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>(), ["label", "score"]);
        let numbers = Known { values: Values::Numbers { min: 0.0, max: 0.5 }, may_be_null: false, may_be_nan: false };
        let reasons = by.why_none(&[None, Some(numbers)], false).unwrap();
        let told: Vec<_> = reasons.iter().map(|reason| (reason.field, reason.test.as_str())).collect();
        assert_eq!(told, [(1, "score > 0.9"), (1, "score >= 0.0")]);
        let texts = ["dog".to_owned(), "3".to_owned()];
        let written = Known { values: Values::Written(&texts), may_be_null: false, may_be_nan: false };
        let reasons = by.why_none(&[Some(written), None], false).unwrap();
        assert_eq!(reasons.first().map(|reason| reason.test.as_str()), Some("label = \"cat\""));
        // Of what kind they are is not known.
        for text in ["label = 3", "not label = 'dog'", "not label = '3'", "label > 'c'", "label is null or label = '3'"]
        {
            assert!(parsed(text).why_none(&[Some(written)], false).is_none(), "{text}");
        }
        for text in ["label = true", "label > 'e'", "label is null"] {
            assert!(parsed(text).why_none(&[Some(written)], false).is_some(), "{text}");
        }
    }

    #[test]
    fn predicates_of_any_depth_are_held_against_rows() {
        let mut predicate = Predicate::<DictSample>::parse("x = 1").unwrap();
        for _ in 0..10_000 {
            predicate = !(Predicate::parse("x = 2").unwrap() & predicate);
        }
        let by = predicate.by_fields();
        // The innermost `x = 2 and x = 1` is false, and each of the others turns what is inside.
        assert_eq!(by.of_row(&[Cell::Value(2.into())]), OfRow::Fails);
        assert_eq!(by.of_row(&[Cell::Value(3.into())]), OfRow::Matches);
        assert_eq!(by.of_row(&[Cell::Unknown]), OfRow::Open);
    }
}
