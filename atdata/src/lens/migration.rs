//! Migrations: old samples, upgraded to a newer type.

mod builder;
mod upgrade;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use atdata_schema::{Change, MigrationPlan, OwnedSchema, SchemaDiff};

use crate::error::{Cause, ErrorKind, Result};
use crate::sample::{DictSample, Packable, Value};

pub use builder::MigrationBuilder;

/// A way from the samples of an older type to those of a newer one.
///
/// What follows from the two schemas is done by itself ([`MigrationPlan`] has the rules); the rest is said in
/// [`builder`](Self::builder). Migrations are put one behind the other with [`then`](Self::then), and read whole datasets
/// with [`Dataset::upgrade`](crate::Dataset::upgrade).
///
/// ```
/// use atdata::lens::Migration;
/// use atdata::{Dataset, Packable, Value};
///
/// #[derive(Packable)]
/// #[packable(name = "Caption")]
/// struct CaptionV1 {
///     text: String,
///     stars: String,
/// }
///
/// #[derive(Packable)]
/// #[packable(name = "Caption", version = "2.0.0")]
/// struct CaptionV2 {
///     text: String,
///     stars: i64,
/// }
///
/// #[derive(Packable, Debug, PartialEq)]
/// #[packable(version = "3.0.0")]
/// struct Caption {
///     text: String,
///     stars: f64,
///     language: Option<String>,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("captions.tar");
/// # Dataset::write(&path, [CaptionV1 { text: "a cat".into(), stars: "***".into() }])?;
/// let to_v2 = Migration::builder(CaptionV1::SCHEMA, CaptionV2::SCHEMA)
///     .convert("stars", |old| Ok(old.get("stars").and_then(Value::as_str).unwrap_or_default().len()))
///     .build()?;
/// let to_v3 = to_v2.then(Migration::between(CaptionV2::SCHEMA, Caption::SCHEMA)?)?;
///
/// let captions = Dataset::open(&path)?.upgrade::<Caption>(&to_v3)?;
/// let first = captions.head(1)?.remove(0);
/// assert_eq!(first, Caption { text: "a cat".into(), stars: 3.0, language: None });
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Clone)]
pub struct Migration {
    /// One after the other; at least one.
    hops: Vec<Arc<Hop>>,
}

/// One plan, and what was given for the fields that it leaves to the caller.
struct Hop {
    plan: MigrationPlan,
    given: HashMap<String, Given>,
}

/// By the path of a field.
enum Given {
    Value(Value),
    Function(Arc<Convert>),
}

type Convert = dyn Fn(&DictSample) -> Result<Value> + Send + Sync;

#[derive(Debug, thiserror::Error)]
enum MigrationError {
    #[error("the migration leads to {found}, which is not what {next} starts from:\n{diff}")]
    Gap { found: String, next: String, diff: SchemaDiff },
    #[error("the migration leads to {found}, not to {wanted}:\n{diff}")]
    Target { found: String, wanted: String, diff: SchemaDiff },
    #[error("`.{method}({path:?}, value)` does not fit the field")]
    Unfit { method: &'static str, path: String, source: crate::error::Error },
}

impl Cause for MigrationError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl Migration {
    /// What follows from the schemas alone.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with all fields for which nothing follows, and what to say about each in
    /// [`builder`](Self::builder).
    pub fn between(old: impl Into<OwnedSchema>, new: impl Into<OwnedSchema>) -> Result<Self> {
        Self::builder(old, new).build()
    }

    /// A migration with the caller's word on some fields.
    pub fn builder(old: impl Into<OwnedSchema>, new: impl Into<OwnedSchema>) -> MigrationBuilder {
        MigrationBuilder::new(&old.into(), &new.into())
    }

    fn of(hop: Hop) -> Self {
        Self { hops: vec![Arc::new(hop)] }
    }

    /// This migration and, from where it leads, another one.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if `next` starts from a type with other samples
    /// ([`OwnedSchema::fingerprint`]), or from one that lacks a default.
    pub fn then(mut self, next: Self) -> Result<Self> {
        if let (Some(found), Some(wanted)) = (self.target(), next.source())
            && let Some(diff) = gap(found, wanted)
        {
            return Err(MigrationError::Gap { found: found.to_string(), next: wanted.to_string(), diff }.into());
        }
        self.hops.extend(next.hops);
        Ok(self)
    }

    /// The plans, one for each pair of types, in order.
    pub fn plans(&self) -> impl Iterator<Item = &MigrationPlan> {
        self.hops.iter().map(|hop| &hop.plan)
    }

    fn source(&self) -> Option<&OwnedSchema> {
        self.plans().next().map(MigrationPlan::source)
    }

    fn target(&self) -> Option<&OwnedSchema> {
        self.plans().last().map(MigrationPlan::target)
    }

    /// A sample of the old type as one of the new.
    ///
    /// Values that stay as they are, are not looked at: whether they fit, the type that reads them says.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) for a sample that is not of the old type, or if a function gave a value
    /// that does not fit the new one; the function's own errors. All name the field.
    pub fn upgrade(&self, sample: &DictSample) -> Result<DictSample> {
        let mut hops = self.hops.iter();
        let Some(first) = hops.next() else { return Ok(sample.clone()) };
        hops.try_fold(first.upgrade(sample)?, |sample, hop| hop.upgrade(&sample))
    }

    /// Checks that the new samples are those of `S`.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with the differences, if they are not.
    pub fn check_target<S: Packable>(&self) -> Result<()> {
        let Some(found) = self.target() else { return Ok(()) };
        let wanted = OwnedSchema::from(S::SCHEMA);
        let Some(diff) = gap(found, &wanted) else { return Ok(()) };
        Err(MigrationError::Target { found: found.to_string(), wanted: wanted.to_string(), diff }.into())
    }
}

/// What keeps new samples from being read as `wanted`: other fields, or a field that was left to the reader's default
/// where there is none.
fn gap(found: &OwnedSchema, wanted: &OwnedSchema) -> Option<SchemaDiff> {
    let diff = SchemaDiff::between(found, wanted);
    let lacks_default = diff.differences().iter().any(|difference| difference.change == Change::HasDefault(false));
    (lacks_default || found.fingerprint() != wanted.fingerprint()).then_some(diff)
}

/// The plans' own lines.
impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.plans().try_for_each(|plan| plan.fmt(f))
    }
}

impl fmt::Debug for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Migration").field(&self.to_string()).finish()
    }
}
