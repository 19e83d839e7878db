//! Inferred types: what kinds of values were seen in a field.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use atdata::{DynArray, Error, Value};
use serde_json::json;

use crate::array::dtype_name;
use crate::inspect::Finding;
use crate::text::Plain;

/// More kinds of arrays than this in one field are not told apart.
const MAX_ARRAYS: usize = 8;
/// Lists in lists are described so deep.
const SHOWN_DEPTH: usize = 5;

/// The values of one field, or the elements of its lists.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Nulls.
    pub(crate) nulls: u64,
    simple: BTreeSet<Simple>,
    damaged: bool,
    arrays: Vec<Arrays>,
    more_arrays: bool,
    list: Option<Box<Seen>>,
    map: Option<Box<Seen>>,
}

/// Kinds of which there is nothing more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Simple {
    Bool,
    Int,
    Float,
    Str,
    Bytes,
}

impl Simple {
    fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Str => "str",
            Self::Bytes => "bytes",
        }
    }
}

/// Arrays of one dtype and rank.
#[derive(Debug)]
struct Arrays {
    dtype: String,
    typestr: String,
    /// `None` where sizes differ.
    shape: Vec<Option<usize>>,
}

impl Seen {
    /// Takes in a value, and appends what is wrong with arrays in it to `errors`.
    pub(crate) fn add(&mut self, value: &Value, errors: &mut Vec<Error>) {
        match value {
            Value::Nil => self.nulls += 1,
            Value::Bool(_) => self.add_simple(Simple::Bool),
            Value::Int(_) | Value::UInt(_) => self.add_simple(Simple::Int),
            Value::Float(_) => self.add_simple(Simple::Float),
            Value::Str(_) => self.add_simple(Simple::Str),
            Value::Bin(_) => match value.as_array() {
                Some(Ok(array)) => self.add_array(&array),
                Some(Err(error)) => {
                    self.damaged = true;
                    errors.push(error);
                }
                None => self.add_simple(Simple::Bytes),
            },
            Value::List(items) => {
                let seen = self.list.get_or_insert_default();
                for (at, item) in items.iter().enumerate() {
                    located(errors, |errors| seen.add(item, errors), |error| error.in_element(at));
                }
            }
            Value::Map(entries) => {
                let seen = self.map.get_or_insert_default();
                let mut keys = HashSet::with_capacity(entries.len());
                for (key, item) in entries {
                    if !keys.insert(key.as_str()) {
                        errors.push(Error::from(Finding::TwiceInMap).in_entry(key));
                    }
                    located(errors, |errors| seen.add(item, errors), |error| error.in_entry(key));
                }
            }
            _ => {}
        }
    }

    fn add_simple(&mut self, kind: Simple) {
        self.simple.insert(kind);
    }

    fn add_array(&mut self, array: &DynArray) {
        let (typestr, shape) = (array.typestr(), array.shape());
        let same = |seen: &&mut Arrays| seen.typestr == typestr && seen.shape.len() == shape.len();
        if let Some(seen) = self.arrays.iter_mut().find(same) {
            for (seen, size) in seen.shape.iter_mut().zip(shape) {
                *seen = seen.filter(|seen| seen == size);
            }
        } else if self.arrays.len() < MAX_ARRAYS {
            let dtype = dtype_name(array).into_owned();
            let shape = shape.iter().copied().map(Some).collect();
            self.arrays.push(Arrays { dtype, typestr: typestr.into_owned(), shape });
        } else {
            self.more_arrays = true;
        }
    }

    /// The types in the notation of schemas: `array<float32, (2, _)>`, `list<int | str>`.
    pub(crate) fn types(&self) -> Vec<String> {
        self.types_within(SHOWN_DEPTH)
    }

    fn types_within(&self, depth: usize) -> Vec<String> {
        let mut types: Vec<String> = self.simple.iter().map(|kind| kind.name().to_owned()).collect();
        types.extend(self.arrays.iter().map(ToString::to_string));
        types.extend(self.more_arrays.then(|| "array<any>".to_owned()));
        types.extend(self.damaged.then(|| "damaged array".to_owned()));
        types.extend(self.list.as_ref().map(|seen| format!("list<{}>", seen.union(depth))));
        types.extend(self.map.as_ref().map(|seen| format!("map<str, {}>", seen.union(depth))));
        types
    }

    fn union(&self, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return "…".into() };
        optional(&self.types_within(depth), self.nulls > 0, "_")
    }

    /// `int?`, `(int | str)?`; `null` if there was nothing else.
    pub(crate) fn describe(&self, is_optional: bool) -> String {
        optional(&self.types(), is_optional, "null")
    }

    pub(crate) fn arrays_json(&self) -> serde_json::Value {
        self.arrays.iter().map(|seen| json!({ "dtype": seen.typestr, "shape": seen.shape })).collect()
    }
}

/// Runs `add`, and locates the errors that it appends.
fn located(errors: &mut Vec<Error>, add: impl FnOnce(&mut Vec<Error>), locate: impl Fn(Error) -> Error) {
    let before = errors.len();
    add(errors);
    let new: Vec<Error> = errors.drain(before..).collect();
    errors.extend(new.into_iter().map(locate));
}

fn optional(types: &[String], is_optional: bool, none: &str) -> String {
    match (types, is_optional) {
        ([], true) => "null".into(),
        ([], false) => none.into(),
        ([only], true) => format!("{only}?"),
        (many, true) => format!("({})?", many.join(" | ")),
        (many, false) => many.join(" | "),
    }
}

impl fmt::Display for Arrays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<_> = self.shape.iter().map(|size| size.map_or("_".into(), |size| size.to_string())).collect();
        write!(f, "array<{}, ({})>", Plain(&self.dtype), sizes.join(", "))
    }
}

/// Values by name, in the order in which the names were first seen.
#[derive(Debug)]
pub(crate) struct Named<T> {
    entries: Vec<(String, T)>,
    places: HashMap<String, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Default> Named<T> {
    pub(crate) fn entry(&mut self, name: &str) -> Option<&mut T> {
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                self.places.insert(name.to_owned(), self.entries.len());
                self.entries.push((name.to_owned(), T::default()));
                self.entries.len() - 1
            }
        };
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn describe(values: &[Value]) -> String {
        let (mut seen, mut errors) = (Seen::default(), Vec::new());
        for value in values {
            seen.add(value, &mut errors);
        }
        assert!(errors.is_empty(), "{errors:?}");
        seen.describe(seen.nulls > 0)
    }

    fn array(dtype: &str, shape: &[u64], data_len: usize) -> Value {
        let mut bytes = vec![u8::try_from(dtype.len()).unwrap()];
        bytes.extend_from_slice(dtype.as_bytes());
        bytes.push(u8::try_from(shape.len()).unwrap());
        bytes.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
        bytes.resize(bytes.len() + data_len, 0);
        Value::Bin(bytes.into())
    }

    #[test]
    fn kinds_are_joined() {
        assert_eq!(describe(&[1.into(), 2.into()]), "int");
        assert_eq!(describe(&[1.into(), "a".into(), Value::Nil]), "(int | str)?");
        assert_eq!(describe(&[Value::Nil]), "null");
        assert_eq!(describe(&[Value::List(vec![])]), "list<_>");
        assert_eq!(
            describe(&[Value::List(vec![1.into(), Value::Nil]), Value::List(vec![0.5.into()])]),
            "list<(int | float)?>"
        );
        assert_eq!(describe(&[Value::Map(vec![("a".into(), true.into())])]), "map<str, bool>");
        let deep = (0..1000).fold(Value::Nil, |value, _| Value::List(vec![value]));
        assert_eq!(describe(&[deep]), "list<list<list<list<list<list<…>>>>>>");
    }

    #[test]
    fn sizes_that_differ_collapse() {
        let arrays = [array("<f4", &[2, 3], 24), array("<f4", &[2, 1], 8), array(">f4", &[2], 8)];
        assert_eq!(describe(&arrays), "array<float32, (2, _)> | array<>f4, (2)>");
        let ranks: Vec<Value> = (0..20).map(|ndim| array("|u1", &vec![1; ndim], 1)).collect();
        assert!(describe(&ranks).ends_with("array<uint8, (1, 1, 1, 1, 1, 1, 1)> | array<any>"));
    }

    #[test]
    fn a_damaged_array_is_found_wherever_it_is() {
        let (mut seen, mut errors) = (Seen::default(), Vec::new());
        let value = Value::Map(vec![("a".into(), Value::List(vec![1.into(), array("<f4", &[2], 7)]))]);
        seen.add(&value, &mut errors);
        assert_eq!(
            errors.pop().unwrap().to_string(),
            "[\"a\"][1]: shape [2] of 4-byte elements makes 8 bytes, but the data is 7 bytes"
        );
        assert_eq!(seen.describe(false), "map<str, list<int | damaged array>>");
    }
}
