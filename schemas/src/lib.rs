//! The schema model of atdata: what a sample type says of itself, and the records that say it to others.
//!
//! `#[derive(Packable)]` writes a [`Schema`] as a constant, so that a type's fields are known to the compiler and to
//! every part of the library without running any code. An [`OwnedSchema`] is the same, read from a [`SchemaRecord`]: the
//! JSON that indexes store and that accounts publish. The crate is small and does no I/O: macros and build scripts stand
//! on it without a runtime. Without its feature `records` only the constants are left, and no dependency.
//!
//! ```
//! use atdata_schema::{ArrayType, Dtype, Field, FieldType, OwnedSchema, Schema, SchemaRecord};
//!
//! static PHOTO: Schema = Schema::new(
//!     "Photo",
//!     "1.0.0",
//!     Some("One photograph."),
//!     &[
//!         Field::new("image", FieldType::Array(ArrayType::new(Some(Dtype::UInt8), Some(3)))),
//!         Field::new("label", FieldType::Str),
//!     ],
//! );
//! assert_eq!(PHOTO.to_string(), "Photo@1.0.0 { image: array<uint8, 3-d>, label: str }");
//!
//! let stored = SchemaRecord::new(&PHOTO).to_local_json();
//! assert_eq!(SchemaRecord::parse(&stored)?.schema, OwnedSchema::from(&PHOTO));
//! # Ok::<(), atdata_schema::RecordError>(())
//! ```
//!
//! | to | use |
//! |---|---|
//! | describe a type | [`Schema`] in constants, [`OwnedSchema`] elsewhere |
//! | read and write records | [`SchemaRecord`]; [`RecordError`] names every problem and its place |
//! | read and write references | [`SchemaReference`] |
//! | read and write lenses | [`LensRecord`], [`LensReference`] |
//! | compare two types | [`SchemaDiff`], with the rules in [`Level`]; [`OwnedSchema::fingerprint`] |
//! | plan how old samples become new ones | [`MigrationPlan`] |
//! | number versions | [`latest_version`], [`next_version`], [`SchemaDiff::check_version`] |
//! | see the contracts | [`LEXICONS`], [`SHIMS`] |

#[cfg(feature = "records")]
mod array_notes;
#[cfg(feature = "records")]
mod bundle;
#[cfg(feature = "records")]
mod compat;
#[cfg(feature = "records")]
mod default_value;
mod dtype;
#[cfg(feature = "records")]
mod enum_values;
#[cfg(feature = "records")]
mod fingerprint;
/// How array types stand to one another; private to the library.
#[doc(hidden)]
pub mod fit;
mod json_schema;
#[cfg(feature = "records")]
mod layout;
#[cfg(feature = "records")]
mod lens;
#[cfg(feature = "records")]
mod local;
mod manifest;
mod manifest_fit;
#[doc(hidden)]
pub mod matching;
#[cfg(feature = "records")]
mod migrate;
mod model;
/// What types and versions may be called; private to the library.
#[doc(hidden)]
pub mod names;
#[cfg(feature = "records")]
mod namespace;
#[cfg(feature = "records")]
mod node;
#[cfg(feature = "records")]
mod owned;
#[cfg(feature = "records")]
mod problem;
#[cfg(feature = "records")]
mod python_json;
#[cfg(feature = "records")]
mod record;
/// What reads and checks records, for the records of the library; private to it.
#[cfg(feature = "records")]
#[doc(hidden)]
pub mod reading {
    pub use crate::bundle::{Part, Wrong, escape, kind, split};
    pub use crate::node::Node;
    pub use crate::problem::{Problems, describe, quote};
    pub use crate::record::datetime::{EXPECTED as DATETIME, has_offset};
    pub use crate::record::parse_json;
}
/// What may be secret in a text, for whatever the library tells of one; private to it.
#[doc(hidden)]
pub mod redact;
#[cfg(feature = "records")]
mod reference;
mod same;
#[cfg(feature = "records")]
mod shims;
/// Characters that texts are shown without; private to the library.
#[doc(hidden)]
pub mod unseen;
#[cfg(feature = "records")]
mod version;

#[cfg(feature = "records")]
pub use compat::{Change, Difference, Level, SchemaDiff, VersionError};
pub use dtype::Dtype;
pub use json_schema::JsonSchema;
#[cfg(feature = "records")]
pub use lens::{LensRecord, LensReference, LensReferenceError, Mapping, Transformation};
pub use manifest::ManifestField;
#[cfg(feature = "records")]
pub use migrate::{
    Absent, Conversion, FieldSource, FieldStep, MigrationError, MigrationPlan, MigrationPlanBuilder, Obstacle, Reason,
    SamplePlan,
};
pub use model::{ArrayType, DefaultValue, Field, FieldType, Schema, SchemaRef};
#[cfg(feature = "records")]
pub use namespace::{NAMESPACE, OLD_NAMESPACE, is_old_type, name_in_namespace};
#[cfg(feature = "records")]
pub use owned::{OwnedArrayType, OwnedField, OwnedFieldType, OwnedLayout, OwnedSchema};
#[cfg(feature = "records")]
pub use problem::{Problem, RecordError};
#[cfg(feature = "records")]
pub use python_json::python_json;
#[cfg(feature = "records")]
#[doc(hidden)]
pub use python_json::write_text as write_python_text;
#[cfg(feature = "records")]
pub use record::{Limits, SchemaRecord};
#[cfg(feature = "records")]
pub use reference::{ReferenceError, SchemaReference, SchemaTarget};
#[cfg(feature = "records")]
pub use semver::Version;
#[cfg(feature = "records")]
pub use shims::{Document, LEXICONS, SHIMS};
#[cfg(feature = "records")]
pub use version::{latest_version, next_version};
