//! The builder of a migration: what the caller says about fields for which nothing follows from the schemas.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use atdata_schema::{
    Absent, Conversion, FieldSource, MigrationPlan, MigrationPlanBuilder, OwnedField, OwnedFieldType as T, OwnedSchema,
    SamplePlan,
};

use super::{Given, Hop, Migration, MigrationError};
use crate::error::Result;
use crate::sample::{Conformance, DictSample, Value};

/// Builds a [`Migration`]; made by [`Migration::builder`].
///
/// Fields of nested samples are named by their path in the new type: `meta.tags`, `faces[].label` for the samples of a
/// list or map.
#[must_use = "nothing is planned before `build`"]
pub struct MigrationBuilder {
    plan: MigrationPlanBuilder,
    given: HashMap<String, Given>,
}

impl MigrationBuilder {
    pub(super) fn new(old: &OwnedSchema, new: &OwnedSchema) -> Self {
        Self { plan: MigrationPlan::builder(old, new), given: HashMap::new() }
    }

    /// The new field is the old one under another name. Both paths are written out: `("meta.author", "meta.creator")`.
    pub fn rename(mut self, old: &str, new: &str) -> Self {
        self.plan = self.plan.rename(old, new);
        self
    }

    /// The new field has this value in all samples.
    pub fn fill(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.plan = self.plan.fill(field);
        self.given.insert(field.to_owned(), Given::Value(value.into()));
        self
    }

    /// The value stands in for what an old sample lacks, or for null where the new type does not allow it.
    pub fn fill_missing(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.plan = self.plan.fill_missing(field);
        self.given.insert(field.to_owned(), Given::Value(value.into()));
        self
    }

    /// The function makes the new field, of the whole old sample that it is in.
    ///
    /// Its value is checked against the new type.
    pub fn convert<V: Into<Value>>(
        mut self,
        field: &str,
        convert: impl Fn(&DictSample) -> Result<V> + Send + Sync + 'static,
    ) -> Self {
        self.plan = self.plan.convert(field);
        let convert = Arc::new(move |sample: &DictSample| convert(sample).map(Into::into));
        self.given.insert(field.to_owned(), Given::Function(convert));
        self
    }

    /// The old field is not needed any more. Needs to be said where an added field may be the same under another name.
    pub fn drop_field(mut self, old: &str) -> Self {
        self.plan = self.plan.drop_field(old);
        self
    }

    /// The migration.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) with all fields for which nothing follows and nothing was said, and
    /// all that was said of fields that do not exist; or with a value that does not fit its field.
    pub fn build(self) -> Result<Migration> {
        let hop = Hop { plan: self.plan.build()?, given: self.given };
        hop.check_values(hop.plan.sample(), hop.plan.target(), &mut Vec::new())?;
        Ok(Migration::of(hop))
    }
}

impl fmt::Debug for MigrationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationBuilder").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl Hop {
    /// Each value against its field. A plan has a step for each field of its schema, in its order.
    fn check_values<'s>(
        &self,
        plan: &SamplePlan,
        schema: &'s OwnedSchema,
        outer: &mut Vec<&'s OwnedSchema>,
    ) -> Result<()> {
        outer.push(schema);
        for (step, field) in plan.steps().iter().zip(&schema.fields) {
            match &step.source {
                FieldSource::Filled => self.check_value("fill", &step.path, field, outer)?,
                FieldSource::Old { conversion, absent, .. } => {
                    if matches!(absent, Absent::Filled { .. }) {
                        self.check_value("fill_missing", &step.path, field, outer)?;
                    }
                    if let Some((plan, schema)) = nested(conversion, &field.field_type) {
                        self.check_values(plan, schema, outer)?;
                    }
                }
                _ => {}
            }
        }
        outer.pop();
        Ok(())
    }

    fn check_value(&self, method: &'static str, path: &str, field: &OwnedField, outer: &[&OwnedSchema]) -> Result<()> {
        let Some(Given::Value(value)) = self.given.get(path) else { return Ok(()) };
        Conformance::around(outer.to_vec())
            .field(value, field)
            .map_err(|source| MigrationError::Unfit { method, path: path.to_owned(), source }.into())
    }
}

/// The sample plan in a conversion, with the schema of what it makes.
fn nested<'p, 's>(conversion: &'p Conversion, of: &'s T) -> Option<(&'p SamplePlan, &'s OwnedSchema)> {
    match (conversion, of) {
        (conversion, T::Nullable(of)) => nested(conversion, of),
        (Conversion::Nullable(inner), of) => nested(inner, of),
        (Conversion::List(inner), T::List(of)) | (Conversion::Map(inner), T::Map(of)) => nested(inner, of),
        (Conversion::Sample(plan), T::Sample(schema)) => Some((plan, schema)),
        _ => None,
    }
}
