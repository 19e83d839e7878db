//! What kinds of values there were in one place: what nothing is known of yields to all, and several kinds absorb all.

use std::collections::BTreeSet;

use atdata_schema::{OwnedArrayType, OwnedFieldType as Type};

use crate::array::DynArray;
use crate::sample::Value;

/// Names of kinds or of element types that a message lists.
const SHOWN: usize = 6;

/// The values of one place: of a field, of the elements of a list, of the entries of a map.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seen {
    has_null: bool,
    kind: Kind,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum Kind {
    /// There was no value, or none but null.
    #[default]
    Unknown,
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    Array(Arrays),
    List(Box<Seen>),
    Map(Box<Seen>),
    /// Values of these kinds, which no type takes but that of any value.
    Mixed(BTreeSet<&'static str>),
}

#[derive(Debug, Clone, PartialEq)]
struct Arrays {
    of: OwnedArrayType,
    /// The element types as numpy writes them, of which schemas do not have all.
    elements: BTreeSet<String>,
}

impl Seen {
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut seen = Self::default();
        values.into_iter().for_each(|value| seen.add(value));
        seen
    }

    pub(super) fn add(&mut self, value: &Value) {
        match Kind::of(value) {
            Some(kind) => self.kind.add(kind),
            None => self.has_null = true,
        }
    }

    /// Values of another place, which are to be in this one.
    pub(super) fn merge(&mut self, other: Self) {
        self.has_null |= other.has_null;
        self.kind.add(other.kind);
    }

    pub(super) fn has_null(&self) -> bool {
        self.has_null
    }

    pub(super) fn is_mixed(&self) -> bool {
        matches!(self.kind, Kind::Mixed(_))
    }

    /// Whether all are numbers or texts, which text members have.
    pub(super) fn is_text_of_some_kind(&self) -> bool {
        matches!(&self.kind, Kind::Mixed(kinds) if kinds.iter().all(|kind| matches!(*kind, "int" | "str")))
    }

    /// The type that takes all values but null.
    pub(super) fn field_type(&self) -> Type {
        match &self.kind {
            Kind::Unknown | Kind::Mixed(_) => Type::Any,
            Kind::Bool => Type::Bool,
            Kind::Int => Type::Int,
            Kind::Float => Type::Float,
            Kind::Str => Type::Str,
            Kind::Bytes => Type::Bytes,
            Kind::Array(arrays) => Type::Array(arrays.of.clone()),
            Kind::List(inner) => Type::List(Box::new(inner.inner_type())),
            Kind::Map(inner) => Type::Map(Box::new(inner.inner_type())),
        }
    }

    /// The type that takes all values.
    fn inner_type(&self) -> Type {
        match self.field_type() {
            Type::Any => Type::Any,
            known if self.has_null => Type::Nullable(Box::new(known)),
            known => known,
        }
    }

    /// What is not known of the type.
    pub(super) fn open(&self) -> Option<String> {
        self.open_of("its values")
    }

    fn open_of(&self, values: &str) -> Option<String> {
        match &self.kind {
            Kind::Unknown if self.has_null => Some(format!("{values} are null, all that there are")),
            Kind::Unknown => Some(format!("there are no {values}")),
            Kind::Mixed(kinds) => Some(format!("{values} are of several kinds: {}", listed(kinds.iter().copied()))),
            Kind::List(inner) => inner.open_of("elements of its lists"),
            Kind::Map(inner) => inner.open_of("entries of its maps"),
            Kind::Array(arrays) => arrays.open(),
            Kind::Bytes => Some("bytes, which may be of another format, such as an image".to_owned()),
            Kind::Bool | Kind::Int | Kind::Float | Kind::Str => None,
        }
    }
}

impl Kind {
    /// That of one value; `None` for null.
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Nil => return None,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) | Value::UInt(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Str(_) => Self::Str,
            Value::List(values) => Self::List(Box::new(Seen::of(values))),
            Value::Map(pairs) => Self::Map(Box::new(Seen::of(pairs.iter().map(|(_, value)| value)))),
            Value::Bin(_) => match value.as_array() {
                Some(Ok(array)) => Self::Array(Arrays::of(&array)),
                _ => Self::Bytes,
            },
        })
    }

    fn add(&mut self, other: Self) {
        *self = std::mem::take(self).with(other);
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, known) | (known, Self::Unknown) => known,
            (Self::Mixed(mut kinds), other) | (other, Self::Mixed(mut kinds)) => {
                kinds.extend(other.names());
                Self::Mixed(kinds)
            }
            (Self::List(mut elements), Self::List(others)) => {
                elements.merge(*others);
                Self::List(elements)
            }
            (Self::Map(mut entries), Self::Map(others)) => {
                entries.merge(*others);
                Self::Map(entries)
            }
            (Self::Array(arrays), Self::Array(others)) => Self::Array(arrays.with(others)),
            // An array is in bytes.
            (Self::Array(_), Self::Bytes) | (Self::Bytes, Self::Array(_)) => Self::Bytes,
            (Self::Int, Self::Float) | (Self::Float, Self::Int) => Self::Float,
            (known, other) if known == other => known,
            (known, other) => Self::Mixed(known.names().into_iter().chain(other.names()).collect()),
        }
    }

    fn names(&self) -> BTreeSet<&'static str> {
        BTreeSet::from([match self {
            Self::Unknown => return BTreeSet::new(),
            Self::Mixed(kinds) => return kinds.clone(),
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Bytes => "bytes",
            Self::Array(_) => "array",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }])
    }
}

impl Arrays {
    fn of(array: &DynArray) -> Self {
        let shape: Vec<_> = array.shape().iter().map(|size| Some(*size)).collect();
        let of = OwnedArrayType::new(array.dtype()).shaped(shape);
        Self { of, elements: BTreeSet::from([array.typestr().into_owned()]) }
    }

    fn with(self, other: Self) -> Self {
        let (a, b) = (self.of, other.of);
        let both = OwnedArrayType::new(a.dtype.filter(|dtype| Some(*dtype) == b.dtype));
        let of = match (a.shape, b.shape) {
            (Some(a), Some(b)) if a.len() == b.len() => {
                let sizes = a.into_iter().zip(b).map(|(a, b)| if a == b { a } else { None });
                both.shaped(sizes.collect::<Vec<_>>())
            }
            _ => both,
        };
        Self { of, elements: self.elements.into_iter().chain(other.elements).collect() }
    }

    fn open(&self) -> Option<String> {
        if self.of.dtype.is_some() {
            return None;
        }
        let elements = listed(self.elements.iter().map(String::as_str));
        Some(match self.elements.len() {
            1 => format!("its arrays are of {elements}, an element type that schemas do not have"),
            _ => format!("its arrays have several element types: {elements}"),
        })
    }
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[Value], expected: &str) {
        assert_eq!(Seen::of(values).inner_type().to_string(), expected, "{values:?}");
        let backwards = Seen::of(values.iter().rev());
        assert_eq!(backwards.inner_type().to_string(), expected, "{values:?} backwards");
    }

    fn list<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Value {
        Value::from_iter(values.into_iter().map(Into::into).collect::<Vec<Value>>())
    }

    #[test]
    fn several_kinds_stay_so_whatever_comes_behind_them() {
        let mixed = [Value::from("x"), Value::from(1)];
        check(&[list(mixed.clone()), list(["y"])], "list<any>");
        check(&[list(mixed.clone()), list(Vec::<Value>::new()), list([Value::Nil])], "list<any>");
        let map = |value: &Value| Value::from_iter([("text", value.clone())]);
        check(&mixed.each_ref().map(map), "map<str, any>");
        check(&[list([list(mixed)]), list([list([1])])], "list<list<any>>");
    }

    #[test]
    fn null_is_kept_and_what_is_not_there_is_not() {
        check(&[list([Value::Nil]), list([2])], "list<int?>");
        check(&[list([Value::from(1.5)]), list([Value::Nil, 1.into()])], "list<float?>");
        check(&[list(Vec::<Value>::new()), list([2])], "list<int>");
        check(&[list(Vec::<Value>::new())], "list<any>");
        check(&[Value::Nil], "any");
    }

    #[test]
    fn what_is_not_known_is_said_of_any_depth() {
        let open = |value: Value| Seen::of([&value]).open().unwrap_or_default();
        assert_eq!(open(Value::Nil), "its values are null, all that there are");
        assert_eq!(open(list(Vec::<Value>::new())), "there are no elements of its lists");
        let mixed = list([Value::from("x"), Value::from(1)]);
        assert_eq!(open(list([mixed])), "elements of its lists are of several kinds: int, str");
        assert_eq!(open(list([1])), "");
    }
}
