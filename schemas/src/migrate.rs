//! Migration plans: how samples of an older type become samples of a newer one, as far as the two schemas say.

mod answers;
mod derive;
mod error;

use std::fmt;

use crate::{Dtype, OwnedSchema};

pub use answers::MigrationPlanBuilder;
pub use error::{MigrationError, Obstacle, Reason};

/// What becomes of each field when a sample of one type is upgraded to another.
///
/// [`between`](Self::between) finds it out by itself where nothing can be lost or guessed wrong; what remains, a person
/// says in [`builder`](Self::builder). The plan is a value to look at, to run (`atdata::lens::Migration`) or to write code
/// from.
///
/// ```
/// use atdata_schema::{FieldSource, MigrationPlan, OwnedField, OwnedFieldType, OwnedSchema};
///
/// let text = |name: &str| OwnedField::new(name, OwnedFieldType::Str);
/// let old = OwnedSchema::new("Caption", "1.0.0", vec![text("text"), OwnedField::new("stars", OwnedFieldType::Int)]);
/// let new = OwnedSchema::new("Caption", "2.0.0", vec![
///     text("caption"),
///     OwnedField::new("stars", OwnedFieldType::Float),
///     text("language").optional(true),
/// ]);
///
/// let error = MigrationPlan::between(&old, &new).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "Caption@1.0.0 -> Caption@2.0.0: caption: added as str, neither optional nor with a default; \
///      write `.rename(\"text\", \"caption\")`, `.fill(\"caption\", value)` or `.convert(\"caption\", f)`",
/// );
///
/// let plan = MigrationPlan::builder(&old, &new).rename("text", "caption").build()?;
/// assert_eq!(
///     plan.to_string(),
///     "Caption@1.0.0 -> Caption@2.0.0\n  \
///        caption: from text\n  \
///        stars: int to float\n  \
///        language: null\n",
/// );
/// assert_eq!(plan.sample().steps()[2].source, FieldSource::Null);
/// # Ok::<(), atdata_schema::MigrationError>(())
/// ```
///
/// # What needs no word
///
/// | new field | its value |
/// |---|---|
/// | same name and type | copied |
/// | `float` for `int` | converted, rounded as readers of floats do above 2^53 |
/// | a dtype that holds all values of the old one ([`Dtype::widens_to`]) | the array is cast |
/// | dtype, rank or sizes no longer given; names of dimensions given or no longer given | copied |
/// | text, or more values, for an enum | copied |
/// | optional, was required; element may be null now; untyped now | copied |
/// | list, map or nested sample of what is in this table | each element or field in its turn |
/// | added, optional | null |
/// | added, with a default | left out, so that the reader fills it in |
///
/// Old fields that the new type does not have are dropped, unless an added field of the same type may be the same under
/// another name. All else is an [`Obstacle`], with what can be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationPlan {
    source: OwnedSchema,
    target: OwnedSchema,
    sample: SamplePlan,
}

impl MigrationPlan {
    /// The plan that follows from the schemas alone.
    ///
    /// # Errors
    /// All fields for which nothing follows.
    pub fn between(old: &OwnedSchema, new: &OwnedSchema) -> Result<Self, MigrationError> {
        Self::builder(old, new).build()
    }

    /// A plan with a person's word on some fields.
    pub fn builder(old: &OwnedSchema, new: &OwnedSchema) -> MigrationPlanBuilder {
        MigrationPlanBuilder::new(old.clone(), new.clone())
    }

    /// The type that is upgraded from.
    pub fn source(&self) -> &OwnedSchema {
        &self.source
    }

    /// The type that is upgraded to.
    pub fn target(&self) -> &OwnedSchema {
        &self.target
    }

    /// What becomes of the sample's fields.
    pub fn sample(&self) -> &SamplePlan {
        &self.sample
    }
}

/// What becomes of the fields of a sample, or of one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplePlan {
    steps: Vec<FieldStep>,
    dropped: Vec<String>,
}

impl SamplePlan {
    /// The new fields in their order.
    pub fn steps(&self) -> &[FieldStep] {
        &self.steps
    }

    /// The old fields of which no new field is made by itself; functions of the caller may still look at them.
    pub fn dropped(&self) -> &[String] {
        &self.dropped
    }

    /// Whether a sample that has all fields comes out as it went in.
    pub fn is_identity(&self) -> bool {
        let unchanged = |step: &FieldStep| match &step.source {
            FieldSource::Old { field, conversion, absent } => {
                *field == step.field && *conversion == Conversion::Unchanged && !matches!(absent, Absent::Filled { .. })
            }
            _ => false,
        };
        self.dropped.is_empty() && self.steps.iter().all(unchanged)
    }
}

/// One field of the new type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldStep {
    /// Its name.
    pub field: String,
    /// Its name with the way to it, which is how answers name it: `meta.tags`, `faces[].label`.
    pub path: String,
    /// Where its value comes from.
    pub source: FieldSource,
}

/// Where the value of a new field comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldSource {
    /// From a field of the old sample.
    Old {
        /// Its name there.
        field: String,
        /// What is done to the value.
        conversion: Conversion,
        /// What if the old sample does not have it.
        absent: Absent,
    },
    /// It is null.
    Null,
    /// It is left out: the reader has a default.
    LeftOut,
    /// The value that was given in [`fill`](MigrationPlanBuilder::fill).
    Filled,
    /// The function that was given in [`convert`](MigrationPlanBuilder::convert), of the whole old sample.
    Converted,
}

/// What if an old sample lacks a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absent {
    /// An error: the old type requires it.
    Refused,
    /// The new field is null.
    Null,
    /// The new field is left out as well: both types have a default.
    LeftOut,
    /// The value that was given in [`fill_missing`](MigrationPlanBuilder::fill_missing).
    Filled {
        /// Whether it stands for null as well, because the new type does not allow that.
        null: bool,
    },
}

/// What is done to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conversion {
    /// Nothing.
    Unchanged,
    /// An integer becomes a float.
    IntToFloat,
    /// The elements of an array become of that dtype.
    Cast(Dtype),
    /// Each element of a list is converted.
    List(Box<Conversion>),
    /// Each value of a map is converted.
    Map(Box<Conversion>),
    /// Null stays null, other values are converted.
    Nullable(Box<Conversion>),
    /// A nested sample.
    Sample(Box<SamplePlan>),
    /// A nested sample of a type further out, so many samples up: 0 is the sample that has the field.
    Enclosing(usize),
}

/// A line for each new field, and for each old one that is dropped.
impl fmt::Display for MigrationPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, target, sample } = self;
        writeln!(f, "{}@{} -> {}@{}", source.name, source.version, target.name, target.version)?;
        fmt_sample(sample, 1, f)
    }
}

fn fmt_sample(sample: &SamplePlan, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let indent = 2 * depth;
    for step in &sample.steps {
        write!(f, "{:indent$}{}: ", "", step.field)?;
        match &step.source {
            FieldSource::Old { field, conversion, absent } => {
                if *field != step.field {
                    write!(f, "from {field}{}", if *conversion == Conversion::Unchanged { "" } else { ", " })?;
                } else if *conversion == Conversion::Unchanged {
                    f.write_str("unchanged")?;
                }
                let inner = fmt_conversion(conversion, f)?;
                f.write_str(match absent {
                    Absent::Filled { null: true } => ", filled if null or missing",
                    Absent::Filled { null: false } => ", filled if missing",
                    _ => "",
                })?;
                writeln!(f)?;
                if let Some(inner) = inner {
                    fmt_sample(inner, depth + 1, f)?;
                }
                continue;
            }
            FieldSource::Null => f.write_str("null")?,
            FieldSource::LeftOut => f.write_str("default")?,
            FieldSource::Filled => f.write_str("filled")?,
            FieldSource::Converted => f.write_str("by function")?,
        }
        writeln!(f)?;
    }
    sample.dropped.iter().try_for_each(|name| writeln!(f, "{:indent$}{name}: dropped", ""))
}

/// Gives back the sample plan in it, which takes lines of its own.
fn fmt_conversion<'a>(
    conversion: &'a Conversion,
    f: &mut fmt::Formatter<'_>,
) -> Result<Option<&'a SamplePlan>, fmt::Error> {
    match conversion {
        Conversion::Unchanged => {}
        Conversion::IntToFloat => f.write_str("int to float")?,
        Conversion::Cast(dtype) => write!(f, "cast to {dtype}")?,
        Conversion::List(inner) | Conversion::Map(inner) => {
            f.write_str("each ")?;
            return fmt_conversion(inner, f);
        }
        Conversion::Nullable(inner) => return fmt_conversion(inner, f),
        Conversion::Sample(plan) => {
            f.write_str("sample")?;
            return Ok(Some(plan));
        }
        Conversion::Enclosing(_) => f.write_str("sample, as around it")?,
    }
    Ok(None)
}

impl MigrationPlanBuilder {
    /// The plan.
    ///
    /// # Errors
    /// All fields for which nothing follows and nothing was said, and all that was said of fields that do not exist.
    pub fn build(self) -> Result<MigrationPlan, MigrationError> {
        let (sample, mut obstacles) = derive::derive(&self.old, &self.new, &self.answers);
        obstacles.extend(self.answers.wrong);
        if !obstacles.is_empty() {
            return Err(MigrationError::new(&self.old, &self.new, obstacles));
        }
        Ok(MigrationPlan { source: self.old, target: self.new, sample })
    }
}
