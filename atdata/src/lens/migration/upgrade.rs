//! Carrying out a migration: a plan, applied to one sample.

use atdata_schema::{
    Absent, Conversion, Dtype, FieldSource, FieldStep, OwnedArrayType, OwnedField, OwnedFieldType as T, OwnedSchema,
    SamplePlan,
};

use super::{Given, Hop};
use crate::error::{Cause, ErrorKind, Result};
use crate::sample::{Conformance, DecodeError, DictSample, MAX_SAMPLE_DEPTH, Value, check_known, missing, wrong_type};

#[derive(Debug, thiserror::Error)]
enum UpgradeError {
    #[error("the function for {path:?} gave a value that does not fit the field")]
    Unfit { path: String, source: crate::error::Error },
    #[error("{found} elements do not become {dtype} without loss, as those of the old type do")]
    Cast { found: String, dtype: Dtype },
    #[error("the plan has nothing for {path:?}")]
    Plan { path: String },
}

impl Cause for UpgradeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::SchemaMismatch
    }
}

impl Hop {
    pub(super) fn upgrade(&self, sample: &DictSample) -> Result<DictSample> {
        let level = Level { plan: self.plan.sample(), old: self.plan.source(), new: self.plan.target() };
        Upgrade { hop: self, outer: Vec::new(), depth: 0 }.sample(sample, level)
    }
}

/// A sample plan, and the two types that it leads between.
#[derive(Clone, Copy)]
struct Level<'p> {
    plan: &'p SamplePlan,
    old: &'p OwnedSchema,
    new: &'p OwnedSchema,
}

struct Upgrade<'p> {
    hop: &'p Hop,
    /// The samples around where we are.
    outer: Vec<Level<'p>>,
    depth: u16,
}

impl<'p> Upgrade<'p> {
    fn sample(&mut self, sample: &DictSample, level: Level<'p>) -> Result<DictSample> {
        if self.depth >= MAX_SAMPLE_DEPTH {
            return Err(DecodeError::TooDeep { limit: MAX_SAMPLE_DEPTH }.into());
        }
        check_known(sample, level.old)?;
        self.outer.push(level);
        self.depth += 1;
        let mut entries = Vec::with_capacity(level.plan.steps().len());
        // A plan has a step for each field of the new type, in its order.
        for (step, field) in level.plan.steps().iter().zip(&level.new.fields) {
            if let Some(value) = self.field(sample, step, field)? {
                entries.push((step.field.clone(), value));
            }
        }
        self.depth -= 1;
        self.outer.pop();
        Ok(DictSample::from_entries(entries))
    }

    /// `None` leaves the field out.
    fn field(&mut self, sample: &DictSample, step: &'p FieldStep, new: &'p OwnedField) -> Result<Option<Value>> {
        match &step.source {
            FieldSource::Old { field, conversion, absent } => {
                self.old_field(sample, step, new, (field, conversion, *absent))
            }
            FieldSource::Null => Ok(Some(Value::Nil)),
            FieldSource::LeftOut => Ok(None),
            FieldSource::Filled => self.given(step).map(Some),
            FieldSource::Converted => self.converted(sample, step, new).map(Some),
            _ => Err(UpgradeError::Plan { path: step.path.clone() }.into()),
        }
    }

    fn old_field(
        &mut self,
        sample: &DictSample,
        step: &'p FieldStep,
        new: &'p OwnedField,
        (name, conversion, absent): (&str, &'p Conversion, Absent),
    ) -> Result<Option<Value>> {
        let value = sample.get(name);
        let old = self.outer.last().and_then(|level| level.old.field(name));
        let Some(old) = old else { return Err(UpgradeError::Plan { path: step.path.clone() }.into()) };
        match (value, absent) {
            (Some(Value::Nil), Absent::Filled { null: true }) | (None, Absent::Filled { .. }) => {
                self.given(step).map(Some)
            }
            (Some(value), _) => {
                let value = self.convert(value, conversion, &old.field_type, &new.field_type);
                value.map(Some).map_err(|error| error.in_entry(name))
            }
            (None, Absent::Null) => Ok(Some(Value::Nil)),
            (None, Absent::LeftOut) => Ok(None),
            (None, _) => Err(match self.outer.last() {
                Some(level) => missing(sample, level.old, name),
                None => UpgradeError::Plan { path: step.path.clone() }.into(),
            }),
        }
    }

    fn given(&self, step: &FieldStep) -> Result<Value> {
        match self.hop.given.get(&step.path) {
            Some(Given::Value(value)) => Ok(value.clone()),
            _ => Err(UpgradeError::Plan { path: step.path.clone() }.into()),
        }
    }

    fn converted(&self, sample: &DictSample, step: &FieldStep, new: &OwnedField) -> Result<Value> {
        let Some(Given::Function(convert)) = self.hop.given.get(&step.path) else {
            return Err(UpgradeError::Plan { path: step.path.clone() }.into());
        };
        let value = convert(sample).map_err(|error| error.in_entry(&step.field))?;
        let outer = self.outer.iter().map(|level| level.new).collect();
        match Conformance::around(outer).field(&value, new) {
            Ok(()) => Ok(value),
            Err(source) => Err(UpgradeError::Unfit { path: step.path.clone(), source }.into()),
        }
    }

    fn convert(&mut self, value: &Value, conversion: &'p Conversion, old: &'p T, new: &'p T) -> Result<Value> {
        match (conversion, plain(old), plain(new), value) {
            (Conversion::Unchanged, .., value) => Ok(value.clone()),
            (Conversion::Nullable(_), .., Value::Nil) => Ok(Value::Nil),
            (Conversion::Nullable(inner), old, new, value) => self.convert(value, inner, old, new),
            (Conversion::IntToFloat, .., value) => to_float(value),
            (Conversion::Cast(dtype), .., value) => cast(value, *dtype),
            (Conversion::List(inner), T::List(old), T::List(new), Value::List(values)) => {
                let mut converted = Vec::with_capacity(values.len());
                for (index, value) in values.iter().enumerate() {
                    converted.push(self.convert(value, inner, old, new).map_err(|error| error.in_element(index))?);
                }
                Ok(Value::List(converted))
            }
            (Conversion::Map(inner), T::Map(old), T::Map(new), Value::Map(entries)) => {
                let mut converted = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let value = self.convert(value, inner, old, new).map_err(|error| error.in_entry(key))?;
                    converted.push((key.clone(), value));
                }
                Ok(Value::Map(converted))
            }
            (Conversion::Sample(plan), T::Sample(old), T::Sample(new), Value::Map(entries)) => {
                self.nested(entries, Level { plan, old, new })
            }
            (Conversion::Enclosing(up), .., Value::Map(entries)) => self.enclosing(entries, *up),
            (_, old, _, value) => Err(wrong_type(old, value)),
        }
    }

    fn nested(&mut self, entries: &[(String, Value)], level: Level<'p>) -> Result<Value> {
        let sample = DictSample::from_entries(entries.to_vec());
        Ok(Value::Map(self.sample(&sample, level)?.into_entries()))
    }

    /// A sample of a type further out: what is around that type is around the sample as well.
    fn enclosing(&mut self, entries: &[(String, Value)], up: usize) -> Result<Value> {
        let at = self.outer.len().saturating_sub(up + 1);
        let inner = self.outer.split_off(at);
        let Some(level) = inner.first() else { return Err(UpgradeError::Plan { path: "..".to_owned() }.into()) };
        let value = self.nested(entries, *level)?;
        self.outer.extend(inner);
        Ok(value)
    }
}

/// A type without the word that null is allowed, which the conversion has as well.
fn plain(of: &T) -> &T {
    match of {
        T::Nullable(inner) => inner,
        of => of,
    }
}

#[expect(clippy::cast_precision_loss, reason = "as readers of floats do")]
fn to_float(value: &Value) -> Result<Value> {
    match value {
        Value::Int(value) => Ok(Value::Float(*value as f64)),
        Value::UInt(value) => Ok(Value::Float(*value as f64)),
        other => Err(wrong_type(&T::Int, other)),
    }
}

fn cast(value: &Value, dtype: Dtype) -> Result<Value> {
    let array = value.as_array().unwrap_or_else(|| Err(wrong_type(&OwnedArrayType::default(), value)))?;
    match array.dtype() {
        Some(found) if found == dtype => Ok(value.clone()),
        Some(found) if found.widens_to(dtype) => Ok(array.cast(dtype)?.into()),
        _ => Err(UpgradeError::Cast { found: array.typestr().into_owned(), dtype }.into()),
    }
}
