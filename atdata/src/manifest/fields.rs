//! Which fields of a type manifests have, and in which way.

use std::collections::{HashMap, HashSet};

use atdata_schema::{Field, ManifestField, OwnedField, OwnedSchema, Schema};

use super::header::{Aggregate, ManifestHeader};

// The columns of the key and of the place, which are no fields.
pub(super) const KEY: &str = "__key__";
pub(super) const OFFSET: &str = "__offset__";
pub(super) const SIZE: &str = "__size__";

/// What a column says of the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Categorical,
    Numeric,
    Set,
}

/// A field that manifests have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) name: String,
    /// `None` where the first value decides.
    pub(crate) kind: Option<Kind>,
}

/// The fields that manifests of a type have, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(super) schema_type: String,
    pub(super) schema_version: String,
    pub(super) plans: Vec<Plan>,
    pub(super) numbers: HashMap<String, usize>,
    /// Whether samples say which fields there are.
    pub(super) is_open: bool,
    /// Whether a Rust type says all of it, and has read the samples.
    pub(super) is_of_type: bool,
}

impl Fields {
    /// Those of a type.
    pub(crate) fn of_schema(schema: &Schema) -> Self {
        let plans = schema.fields.iter().filter_map(plan);
        Self { is_of_type: true, ..Self::new(schema.name, schema.version, plans) }
    }

    /// Those of a record: samples are read without their type.
    pub(crate) fn of_record(schema: &OwnedSchema) -> Self {
        Self::new(&schema.name, &schema.version, schema.fields.iter().filter_map(owned_plan))
    }

    /// Those that samples without a type show: text and booleans, numbers, lists of these.
    pub(crate) fn of_values(name: &str) -> Self {
        Self { is_open: true, ..Self::new(name, "1.0.0", []) }
    }

    /// Those that a manifest has, to hold it against samples.
    pub(crate) fn of_manifest(header: &ManifestHeader, columns: &[String]) -> Self {
        let kind = |aggregate: &Aggregate| match aggregate {
            Aggregate::Categorical { .. } => Kind::Categorical,
            Aggregate::Numeric { .. } => Kind::Numeric,
            Aggregate::Set { .. } => Kind::Set,
        };
        let counted = header.aggregates.iter().map(|(name, aggregate)| (name, Some(kind(aggregate))));
        let names: HashSet<&String> = header.aggregates.iter().map(|(name, _)| name).collect();
        let others = columns.iter().filter(|name| !names.contains(name)).map(|name| (name, None));
        let plans = counted.chain(others).map(|(name, kind)| Plan { name: name.clone(), kind });
        Self::new(&header.schema_type, &header.schema_version, plans)
    }

    fn new(name: &str, version: &str, plans: impl IntoIterator<Item = Plan>) -> Self {
        // Those would be columns of the same name as the key and the place of each sample.
        let plans: Vec<_> =
            plans.into_iter().filter(|plan| ![KEY, OFFSET, SIZE].contains(&plan.name.as_str())).collect();
        let numbers = plans.iter().enumerate().map(|(number, plan)| (plan.name.clone(), number)).collect();
        let (schema_type, schema_version) = (name.to_owned(), version.to_owned());
        Self { schema_type, schema_version, plans, numbers, is_open: false, is_of_type: false }
    }
}

fn plan(field: &Field) -> Option<Plan> {
    let of_type = ManifestField::of_type(&field.field_type);
    planned(field.name, if field.manifest == ManifestField::Inferred { of_type } else { field.manifest })
}

fn owned_plan(field: &OwnedField) -> Option<Plan> {
    let of_type = ManifestField::of_owned(&field.field_type);
    // A record that was made here may say of a field what its type cannot have.
    let is_said = field.manifest != ManifestField::Inferred && field.manifest.fits_owned(&field.field_type);
    planned(&field.name, if is_said { field.manifest } else { of_type })
}

fn planned(name: &str, kind: ManifestField) -> Option<Plan> {
    let kind = match kind {
        ManifestField::Categorical => Some(Kind::Categorical),
        ManifestField::Numeric => Some(Kind::Numeric),
        ManifestField::Set => Some(Kind::Set),
        ManifestField::Inferred => None,
        _ => return None,
    };
    Some(Plan { name: name.to_owned(), kind })
}
