//! The schema model of atdata: what a sample type says of itself.
//!
//! `#[derive(Packable)]` writes a [`Schema`] as a constant, so that a type's fields are known to the compiler and to
//! every part of the library without running any code. The model is small and pure on purpose: code generators and
//! macros depend on it without pulling in a runtime.
//!
//! ```
//! use atdata_schema::{ArrayType, Dtype, Field, FieldType, Schema};
//!
//! static PHOTO: Schema = Schema::new(
//!     "Photo",
//!     "1.0.0",
//!     Some("One photograph."),
//!     &[
//!         Field::new("image", FieldType::Array(ArrayType::new(Some(Dtype::UInt8), Some(3)))),
//!         Field::new("label", FieldType::String),
//!     ],
//! );
//! assert_eq!(PHOTO.to_string(), "Photo@1.0.0 { image: array<uint8, 3-d>, label: str }");
//! ```

mod dtype;
mod model;

pub use dtype::Dtype;
pub use model::{ArrayType, Field, FieldType, Schema, SchemaRef};
