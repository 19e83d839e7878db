//! Compatibility: from an entry to its dataset, and whether samples of its schema can be read as a type.

use std::fmt;

use super::error::Lines;
use crate::dataset::Dataset;
use crate::error::redact::redacted;
use crate::error::{Cause, ErrorKind, Result};
use crate::sample::{DictSample, Packable, is_untyped};
use crate::source::{ReadOptions, Schemes, Shard};
use atdata_schema::{Change, Difference, Level, OwnedSchema, SchemaDiff};

/// How what a reference leads to is opened.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) options: ReadOptions,
    /// What the URLs of an entry may be; `None` where it depends on who can write to the index.
    pub(crate) schemes: Option<Schemes>,
    /// Whether the type of the samples is held against the schema of the entry.
    pub(crate) check_schema: bool,
}

impl Access {
    /// For samples that are read as `S`: what has no schema of its own is not held against any.
    pub(crate) fn of<S: Packable>(mut self) -> Self {
        self.check_schema &= has_schema::<S>();
        self
    }
}

impl Default for Access {
    fn default() -> Self {
        Self { options: ReadOptions::default(), schemes: None, check_schema: true }
    }
}

/// What a reference leads to: shards, how they are read, and what is known of their samples.
pub(crate) struct Located {
    pub(crate) shards: Vec<Shard>,
    pub(crate) options: ReadOptions,
    /// `None` where it is not known, or not to be looked at.
    pub(crate) schema: Option<OwnedSchema>,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the samples are of {stored}, which the type {wanted} does not read:{}mend the type, read without one (`DictSample`), \
     or try it unchecked by `LoadOptions::check_schema(false)`",
    Lines(.diff)
)]
struct OtherType {
    stored: Named,
    wanted: Named,
    diff: SchemaDiff,
}

impl Cause for OtherType {
    fn kind(&self) -> ErrorKind {
        ErrorKind::SchemaMismatch
    }
}

/// `Photo@1.0.0`
#[derive(Debug)]
struct Named(String, String);

impl Named {
    fn of(schema: &OwnedSchema) -> Self {
        Self(schema.name.clone(), schema.version.clone())
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.0, self.1)
    }
}

/// How samples of a schema are read as a type.
#[derive(Debug, PartialEq, Eq)]
enum Reading {
    /// As they are.
    Whole,
    /// The fields that the type has; others are passed over.
    View,
}

impl Located {
    /// The dataset, its samples read as `S`.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) with the differences, if samples of the schema are none of `S`.
    pub(crate) fn open<S: Packable + 'static>(self) -> Result<Dataset<S>> {
        let reading = self.schema.as_ref().map_or(Ok(Reading::Whole), |schema| reading(schema, &S::SCHEMA.into()))?;
        Ok(match reading {
            Reading::Whole => Dataset::open(self.shards)?.with_options(self.options),
            Reading::View => Dataset::<DictSample>::open(self.shards)?.with_options(self.options).as_type(),
        })
    }
}

/// Tells once of the shards of a dataset whose checksums are none that they can be held against: `unusable` has those, by
/// shard, of another hash function or malformed.
pub(crate) fn tell_of_unusable(dataset: &str, shards: usize, unusable: &[(String, String)]) {
    let Some((shard, found)) = unusable.first() else { return };
    log::warn!(
        "{dataset}: {} of its {shards} shards {} not held against what the record says of their bytes: expected a SHA-256 of 64 \
         hexadecimal digits, found {found} for {}",
        unusable.len(),
        if unusable.len() == 1 { "is" } else { "are" },
        redacted(shard),
    );
}

/// A checksum that is not what a shard can be held against, as a message has it.
pub(crate) fn unusable(algorithm: &str, digest: &str) -> String {
    if is_sha256(algorithm) { format!("{digest:?}") } else { format!("one of {algorithm:?}") }
}

/// Whether a hash function is the one that is known here.
pub(crate) fn is_sha256(algorithm: &str) -> bool {
    ["sha256", "sha-256"].iter().any(|name| algorithm.eq_ignore_ascii_case(name))
}

/// Whether a type has a schema that could be held against another.
fn has_schema<S: Packable>() -> bool {
    !is_untyped(&S::SCHEMA.into())
}

fn reading(stored: &OwnedSchema, wanted: &OwnedSchema) -> Result<Reading, OtherType> {
    if is_untyped(stored) || is_untyped(wanted) {
        return Ok(Reading::Whole);
    }
    let mut diff = SchemaDiff::between(stored, wanted);
    let adds = diff.differences().iter().any(|difference| matches!(difference.change, Change::Added { .. }));
    let has_more = diff.differences().iter().any(is_left_out);
    // A field left out beside another that is new may be the same one, misspelt or renamed.
    diff.retain(|difference| {
        difference.level == Level::Major && matters(difference) && (adds || !is_left_out(difference))
    });
    match diff.differences() {
        [] if has_more => Ok(Reading::View),
        [] => Ok(Reading::Whole),
        _ => Err(OtherType { stored: Named::of(stored), wanted: Named::of(wanted), diff }),
    }
}

/// A field of the samples themselves that the type does not have. Samples within them are read whole.
fn is_left_out(difference: &Difference) -> bool {
    matches!(difference.change, Change::Removed { .. }) && !difference.path.contains(['.', '['])
}

/// Not what a stored schema leaves open, for Python knows no shapes and writes `float32` for arrays of any dtype, and
/// not what no sample holds.
fn matters(difference: &Difference) -> bool {
    match &difference.change {
        Change::TypeName { .. }
        | Change::Dims { .. }
        | Change::HasDefault(_)
        | Change::Layout { .. }
        | Change::Member { .. } => false,
        Change::Shape { old, .. } => old != "any",
        Change::Dtype { old, .. } => old != "any" && old != "float32",
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atdata_schema::{OwnedField, OwnedFieldType as T};

    fn schema(fields: &[(&str, T)]) -> OwnedSchema {
        let fields = fields.iter().map(|(name, of)| OwnedField::new(*name, of.clone())).collect();
        OwnedSchema::new("Photo", "1.0.0", fields)
    }

    #[test]
    fn a_type_reads_what_an_older_one_wrote_and_some_fields_of_it() {
        let stored = schema(&[("image", T::Bytes), ("label", T::Str), ("stars", T::Int)]);
        let mut newer = schema(&[("stars", T::Float), ("label", T::Str), ("image", T::Bytes)]);
        newer.fields.push(OwnedField::new("note", T::Str).optional(true));
        newer.name = "Picture".into();
        assert!(matches!(reading(&stored, &newer), Ok(Reading::Whole)));
        assert!(matches!(reading(&stored, &schema(&[("label", T::Str)])), Ok(Reading::View)));
        assert!(matches!(reading(&stored, &DictSample::SCHEMA.into()), Ok(Reading::Whole)));
    }

    #[test]
    fn what_contradicts_is_listed_field_by_field() {
        let stored = schema(&[("image", T::Bytes), ("label", T::Str)]);
        let wanted = schema(&[("image", T::Str), ("label", T::Str), ("stars", T::Int)]);
        let error = crate::error::Error::from(reading(&stored, &wanted).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
        assert_eq!(
            error.to_string(),
            "the samples are of Photo@1.0.0, which the type Photo@1.0.0 does not read:\n  major  image: type bytes -> str\n  \
             major  stars: added as int, neither optional nor with a default\nmend the type, read without one \
             (`DictSample`), or try it unchecked by `LoadOptions::check_schema(false)`"
        );
    }

    #[test]
    fn a_renamed_field_is_not_one_left_out() {
        let stored = schema(&[("image", T::Bytes), ("label", T::Str)]);
        let mut wanted = schema(&[("image", T::Bytes)]);
        wanted.fields.push(OwnedField::new("lable", T::Str).optional(true));
        let error = reading(&stored, &wanted).unwrap_err();
        assert!(error.to_string().contains("label: removed, was str"), "{error}");
    }
}
