//! Finding out which values a field accepts: a type of the user's own may take less than its schema says.
//!
//! A value is tried in a sample that has only the field in question. That such a sample lacks the other fields is an
//! error as well, but not one at that field.

use crate::error::Result;
use crate::sample::{DictSample, Packable, Value};

/// Reads samples of one type, to see whether they are refused.
#[derive(Clone, Copy)]
pub(super) struct Probe {
    pub(super) type_name: &'static str,
    read: fn(&DictSample) -> Result<()>,
}

/// The way from a sample to a value in it.
#[derive(Clone, Default)]
pub(super) struct ValuePath {
    steps: Vec<Step>,
}

#[derive(Clone)]
enum Step {
    Field(&'static str),
    Element,
    Entry,
}

const KEY: &str = "k";

impl ValuePath {
    pub(super) fn field(&self, name: &'static str) -> Self {
        self.step(Step::Field(name))
    }

    pub(super) fn element(&self) -> Self {
        self.step(Step::Element)
    }

    pub(super) fn entry(&self) -> Self {
        self.step(Step::Entry)
    }

    fn step(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// `meta.tags[0]`, as errors have it.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.steps {
            match step {
                Step::Field(name) => {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(name);
                }
                Step::Element => path.push_str("[0]"),
                Step::Entry => path.push_str("[\"k\"]"),
            }
        }
        path
    }

    /// The sample that has only this value.
    fn sample(&self, value: Value) -> DictSample {
        let around = self.steps.iter().rev().fold(value, |inner, step| match step {
            Step::Field(name) => Value::Map(vec![((*name).to_owned(), inner)]),
            Step::Element => Value::List(vec![inner]),
            Step::Entry => Value::Map(vec![(KEY.to_owned(), inner)]),
        });
        match around {
            Value::Map(fields) => fields.into_iter().collect(),
            _ => DictSample::new(),
        }
    }
}

impl Probe {
    pub(super) fn of<S: Packable>() -> Self {
        Self { type_name: std::any::type_name::<S>(), read: |sample| sample.to::<S>().map(drop) }
    }

    /// The error that the value is refused with, if it is.
    pub(super) fn refusal(self, place: &ValuePath, value: Value) -> Option<String> {
        let error = (self.read)(&place.sample(value)).err()?;
        let (path, at) = (place.path(), error.field_path());
        // In front of the fields there is the name of the type.
        let at = at.split_once('.').map_or("", |(_, at)| at);
        let inside = at.strip_prefix(path.as_str())?;
        let refused = inside.is_empty() || inside.starts_with(['.', '[']);
        refused.then(|| error.to_string())
    }

    pub(super) fn accepts(self, place: &ValuePath, value: Value) -> bool {
        self.refusal(place, value).is_none()
    }

    /// The range of integers around `inside` that are accepted, if a type takes all between its ends.
    pub(super) fn integers(self, place: &ValuePath, inside: i128) -> (i128, i128) {
        let farthest = |limit: i128| {
            if self.accepts(place, integer(limit)) {
                return limit;
            }
            let (mut accepted, mut refused) = (inside, limit);
            while (refused - accepted).abs() > 1 {
                let middle = accepted + (refused - accepted) / 2;
                if self.accepts(place, integer(middle)) { accepted = middle } else { refused = middle }
            }
            accepted
        };
        (farthest(i64::MIN.into()), farthest(u64::MAX.into()))
    }
}

/// The value that msgpack has for it; what is beyond both kinds of integers does not occur.
pub(super) fn integer(value: i128) -> Value {
    i64::try_from(value).map_or_else(|_| Value::UInt(u64::try_from(value).unwrap_or(u64::MAX)), Value::Int)
}
