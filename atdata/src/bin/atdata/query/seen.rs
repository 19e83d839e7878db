//! What the first samples have: the fields that a predicate asks for, and of which types they are.

use atdata::query::Predicate;
use atdata::schema::{OwnedField, OwnedFieldType as Type, OwnedSchema};
use atdata::{DictSample, Value};

/// Samples that are looked at, if what is asked for is not in the first.
const MOST: u64 = 100;

/// The fields of samples as they were met.
pub(super) struct Seen {
    /// Fields of the samples that a predicate asks for, or looks into.
    asked: Vec<String>,
    /// With their types, if they were ever not null.
    fields: Vec<(String, Option<Type>)>,
    samples: u64,
}

impl Seen {
    pub(super) fn of(predicate: &Predicate<DictSample>) -> Self {
        let asked = predicate.outer_fields().into_iter().map(str::to_owned).collect();
        Self { asked, fields: Vec::new(), samples: 0 }
    }

    /// Adds a sample, and says whether enough is known.
    pub(super) fn add(&mut self, sample: &DictSample) -> bool {
        self.samples += 1;
        for (name, value) in sample {
            let found = type_of(value);
            match self.fields.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = joined(known.take(), found),
                None => self.fields.push((name.to_owned(), found)),
            }
        }
        let is_known = |asked: &String| self.fields.iter().any(|(name, found)| name == asked && found.is_some());
        self.samples >= MOST || self.asked.iter().all(is_known)
    }

    /// What they fit; `None` if there were no samples.
    pub(super) fn schema(&self) -> Option<OwnedSchema> {
        self.schema_of(Clone::clone)
    }

    /// The same, but that fields of whole numbers may have others in samples that come later.
    pub(super) fn wider_schema(&self) -> Option<OwnedSchema> {
        self.schema_of(|found| if matches!(found, Type::Int) { Type::Float } else { found.clone() })
    }

    fn schema_of(&self, of: impl Fn(&Type) -> Type) -> Option<OwnedSchema> {
        let field = |(name, found): &(String, Option<Type>)| {
            OwnedField::new(name.clone(), found.as_ref().map_or(Type::Any, &of)).optional(true)
        };
        let fields = self.fields.iter().map(field).collect();
        let name = match self.samples {
            0 => return None,
            1 => "the first sample".to_owned(),
            several => format!("each of the first {several} samples"),
        };
        Some(OwnedSchema::new(name, "1.0.0", fields))
    }
}

/// The type of a value; `None` of null.
fn type_of(value: &Value) -> Option<Type> {
    Some(match value {
        Value::Nil => return None,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) | Value::UInt(_) => Type::Int,
        Value::Float(_) => Type::Float,
        Value::Str(_) => Type::Str,
        Value::Bin(_) => Type::Bytes,
        Value::List(values) => {
            let inner = values.iter().map(type_of).reduce(joined).flatten();
            Type::List(Box::new(inner.unwrap_or(Type::Any)))
        }
        Value::Map(_) => Type::Map(Box::new(Type::Any)),
        _ => Type::Any,
    })
}

/// A type that takes both.
fn joined(one: Option<Type>, other: Option<Type>) -> Option<Type> {
    match (one, other) {
        (None, found) | (found, None) => found,
        (Some(one), Some(other)) if one == other => Some(one),
        (Some(Type::Int | Type::Float), Some(Type::Int | Type::Float)) => Some(Type::Float),
        (Some(_), Some(_)) => Some(Type::Any),
    }
}
