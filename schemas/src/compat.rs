//! Compatibility: the differences (diff) of two schemas, and which version the change asks for.

pub(crate) mod arrays;
mod layout;
mod rules;
pub(crate) mod values;

use std::fmt;

use semver::Version;

use crate::fit::Verdict;
use crate::owned::OwnedSchema;

/// How much a change asks of the version, smallest first.
///
/// A reader is a program that has the type; a sample is what a program with the type writes. Readers are strict: a
/// field that they do not have is an error to them, as it is in Python.
///
/// | level | new readers read old samples | old readers read new samples |
/// |---|---|---|
/// | [`Identical`](Self::Identical) | yes | yes |
/// | [`Patch`](Self::Patch) | yes | yes |
/// | [`Minor`](Self::Minor) | yes | not all |
/// | [`Major`](Self::Major) | not all | – |
///
/// The rules, each for one change of one field:
///
/// | change | level | because |
/// |---|---|---|
/// | description of the type or a field; name of a nested type | patch | the samples are the same |
/// | order of fields | none | samples are read by name, and servers sort the properties of a record |
/// | nested sample only named from now on, by its name and version, or no longer only named | patch | a version is published once |
/// | version of a nested type | none | what changed in it is told at its fields |
/// | order of the values of an enum | patch | samples have the text, not its place |
/// | names given to dimensions, or taken away | patch | they only say what was so before |
/// | default changed | minor | samples without the field are read as another value |
/// | default added | minor | new readers also read samples without the field |
/// | optional field added, or field with a default | minor | new readers fill it in, old ones do not know it |
/// | required becomes optional, with its default or without; element becomes nullable | minor | null is new to old readers |
/// | integer becomes float | minor | readers of floats take integers |
/// | value added to an enum; enum becomes text | minor | all old samples are read, old readers do not know the new values |
/// | any type becomes untyped, a nested sample one of any type | minor | everything is a value |
/// | dtype, rank or a size no longer given | minor | the old arrays still fit |
/// | required field without a default added | major | old samples lack it |
/// | field removed, or renamed | major | old samples have a field that new readers do not know |
/// | optional becomes required; element no longer nullable | major | old samples may have null |
/// | default removed, and null is not allowed | major | samples without the field were fine |
/// | value of an enum removed; text becomes an enum | major | old samples may have another value |
/// | dtype, rank or size given or changed | major | old arrays may not fit |
/// | names of dimensions changed | major | the same numbers mean something else |
/// | any other change of type | major | the values do not fit |
/// | name of the type | major | references do not find it |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing changed.
    Identical,
    /// The samples are the same.
    Patch,
    /// Old samples can still be read.
    Minor,
    /// Some old samples can no longer be read, or mean something else.
    Major,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identical => "identical",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        })
    }
}

/// What changed in one place of a schema. Types are the text that they display as.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The name of the type, or of a nested one.
    TypeName {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// The description of the type or of a field.
    Description,
    /// A field that was not there.
    Added {
        /// Its type.
        field_type: String,
        /// Whether old samples, which lack it, can be read: it is optional or has a default.
        fills_in: bool,
    },
    /// A field that is no longer there.
    Removed {
        /// Its type.
        field_type: String,
        /// The only added field of the same type, which may be this one under another name.
        perhaps_renamed: Option<String>,
    },
    /// The type of a field or element.
    Type {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// The values of an enum; only their order where neither list has any.
    Values {
        /// Those that were not there.
        added: Vec<String>,
        /// Those that are no longer there.
        removed: Vec<String>,
    },
    /// The dtype of an array; `any` where it is not given.
    Dtype {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// Rank or sizes of an array; `any` where neither is given.
    Shape {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// Names of the dimensions; `none` where there are none.
    Dims {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// Whether null is allowed now.
    Optional(bool),
    /// Whether a sample without the field is read with a default now.
    HasDefault(bool),
    /// Whether samples are packed, or which members they have.
    Layout {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// The names of the member that a field is in, and of its codec.
    Member {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// The value of the default, in JSON. A record that does not say which one it has differs from none.
    DefaultValue {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
}

/// `optional -> required`
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TypeName { old, new } => write!(f, "name {old} -> {new}"),
            Self::Description => f.write_str("description changed"),
            Self::Added { field_type, fills_in: true } => write!(f, "added as {field_type}"),
            Self::Added { field_type, fills_in: false } => {
                write!(f, "added as {field_type}, neither optional nor with a default")
            }
            Self::Removed { field_type, perhaps_renamed: None } => write!(f, "removed, was {field_type}"),
            Self::Removed { field_type, perhaps_renamed: Some(name) } => {
                write!(f, "removed, was {field_type} (renamed to {name}?)")
            }
            Self::Type { old, new } => write!(f, "type {old} -> {new}"),
            Self::Values { added, removed } => values::fmt_change(added, removed, f),
            Self::Dtype { old, new } => write!(f, "dtype {old} -> {new}"),
            Self::Shape { old, new } => write!(f, "shape {old} -> {new}"),
            Self::Dims { old, new } => write!(f, "dimensions {old} -> {new}"),
            Self::Optional(true) => f.write_str("required -> optional"),
            Self::Optional(false) => f.write_str("optional -> required"),
            Self::HasDefault(true) => f.write_str("default added"),
            Self::HasDefault(false) => f.write_str("default removed"),
            Self::Layout { old, new } => write!(f, "layout {old} -> {new}"),
            Self::Member { old, new } => write!(f, "member {old} -> {new}"),
            Self::DefaultValue { old, new } => write!(f, "default {old} -> {new}"),
        }
    }
}

/// A change, where it is, and how much it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The field, with the way to it: `meta.tags[]`. Empty for the schema itself.
    pub path: String,
    /// What changed.
    pub change: Change,
    /// What the change asks of the version.
    pub level: Level,
}

/// `major  image: dtype uint8 -> float32`
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:5}  ", self.level)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.change.fmt(f)
    }
}

/// The differences that are found, and where the search is.
struct Found<'a> {
    path: String,
    differences: Vec<Difference>,
    /// The schemas that we are in, the outermost first: what a reference to a type further out means.
    old_outer: Vec<&'a OwnedSchema>,
    new_outer: Vec<&'a OwnedSchema>,
}

impl Found<'_> {
    fn push(&mut self, level: Level, change: Change) {
        self.differences.push(Difference { path: self.path.clone(), change, level });
    }

    /// What the verdict asks of the version.
    fn judge(&mut self, verdict: Verdict, change: Change) {
        match verdict {
            // What is inside is told on its own.
            Verdict::Same | Verdict::Inside => {}
            Verdict::Noted => self.push(Level::Patch, change),
            Verdict::Fits | Verdict::Converts | Verdict::MayBeNull => self.push(Level::Minor, change),
            Verdict::NotNull | Verdict::Misfit => self.push(Level::Major, change),
        }
    }

    /// Compares one step further in: a field, or `[]` for elements.
    fn inside(&mut self, step: &str, compare: impl FnOnce(&mut Self)) {
        let outer = self.path.len();
        if !self.path.is_empty() && step != "[]" {
            self.path.push('.');
        }
        self.path.push_str(step);
        compare(self);
        self.path.truncate(outer);
    }
}

/// All differences between two schemas; the version numbers are not among them.
///
/// ```
/// use atdata_schema::{Level, OwnedField, OwnedFieldType, OwnedSchema, SchemaDiff};
///
/// let text = OwnedField::new("text", OwnedFieldType::Str);
/// let old = OwnedSchema::new("Text", "1.2.0", vec![text.clone()]);
/// let new = OwnedSchema::new("Text", "1.2.1", vec![
///     text.optional(true),
///     OwnedField::new("label", OwnedFieldType::Int),
/// ]);
/// let diff = SchemaDiff::between(&old, &new);
/// assert_eq!(diff.level(), Level::Major);
/// assert_eq!(
///     diff.to_string(),
///     "minor  text: required -> optional\n\
///      major  label: added as int, neither optional nor with a default\n",
/// );
///
/// let [old, new] = ["1.2.0", "1.2.1"].map(|text| text.parse().unwrap());
/// let error = diff.check_version(&old, &new).unwrap_err();
/// assert_eq!(error.to_string(), "version 1.2.1 is too low for a major change of 1.2.0: it must be at least 2.0.0");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDiff {
    differences: Vec<Difference>,
}

impl SchemaDiff {
    /// Compares two schemas, field by field.
    pub fn between(old: &OwnedSchema, new: &OwnedSchema) -> Self {
        Self { differences: rules::compare(old, new) }
    }

    /// The differences: those of the schema, of fields in their old order, of added fields.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Leaves out the differences that do not count; what is left decides on the level.
    pub fn retain(&mut self, counts: impl FnMut(&Difference) -> bool) {
        self.differences.retain(counts);
    }

    /// The highest level of all differences.
    pub fn level(&self) -> Level {
        self.differences.iter().map(|difference| difference.level).max().unwrap_or(Level::Identical)
    }

    /// The lowest version that the changes allow, after `old`.
    ///
    /// While the major number is 0, breaking changes raise the minor number, all others the patch number.
    pub fn next_version(&self, old: &Version) -> Version {
        if !old.pre.is_empty() {
            // What follows a pre-release is the release: the one promises nothing to the other.
            return Version::new(old.major, old.minor, old.patch);
        }
        match (self.level(), old.major) {
            (Level::Identical, _) => old.clone(),
            (Level::Major, 1..) => Version::new(old.major.saturating_add(1), 0, 0),
            (Level::Major, 0) | (Level::Minor, 1..) => Version::new(old.major, old.minor.saturating_add(1), 0),
            _ => Version::new(old.major, old.minor, old.patch.saturating_add(1)),
        }
    }

    /// Whether `new` is a version under which the changed schema may be published after `old`.
    ///
    /// An unchanged schema may keep its version. A pre-release counts as the release that it leads to; after a
    /// pre-release, any later version will do.
    pub fn check_version(&self, old: &Version, new: &Version) -> Result<(), VersionError> {
        // What differs in the build alone has no order.
        if new.cmp_precedence(old).is_lt() {
            return Err(VersionError::Older { old: old.clone(), new: new.clone() });
        }
        let changed = self.level() > Level::Identical;
        if changed && new.cmp_precedence(old).is_eq() {
            return Err(VersionError::Taken { level: self.level(), new: new.clone(), lowest: self.next_version(old) });
        }
        let lowest = self.next_version(old);
        let released = Version::new(new.major, new.minor, new.patch);
        if old.pre.is_empty() && released < Version::new(lowest.major, lowest.minor, lowest.patch) {
            let (old, new) = (old.clone(), new.clone());
            return Err(VersionError::TooLow { level: self.level(), old, new, lowest });
        }
        Ok(())
    }
}

/// A line for each difference.
impl fmt::Display for SchemaDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.differences.iter().try_for_each(|difference| writeln!(f, "{difference}"))
    }
}

/// Why a changed schema may not have a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VersionError {
    /// Versions only go up.
    #[error("version {new} is older than {old}, which is published")]
    Older {
        /// The published version.
        old: Version,
        /// The proposed one.
        new: Version,
    },
    /// Another schema has the version.
    #[error("version {new} is published with other fields: a {level} change must be at least {lowest}")]
    Taken {
        /// Level of the changes.
        level: Level,
        /// The version.
        new: Version,
        /// The lowest version that will do.
        lowest: Version,
    },
    /// The changes ask for more.
    #[error("version {new} is too low for a {level} change of {old}: it must be at least {lowest}")]
    TooLow {
        /// Level of the changes.
        level: Level,
        /// The published version.
        old: Version,
        /// The proposed one.
        new: Version,
        /// The lowest version that will do.
        lowest: Version,
    },
}
