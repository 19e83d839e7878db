//! Rust types from schema records of atdata: a published schema is a dependency of the build.
//!
//! A record comes from an index or an account, written by Python or Rust. This crate writes the struct for it, with
//! `#[derive(Packable)]` on it and nothing else: a generated type is the type that one would have written by hand.
//!
//! # In a build script
//!
//! Put records under `schemas/published/<authority>/<Name>@<version>.json`, and this in `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), atdata_codegen::Error> {
//!     atdata_codegen::compile(["schemas/published"])
//! }
//! ```
//!
//! The types are then `include!(concat!(env!("OUT_DIR"), "/schemas.rs"));`. [`Config`] has the options. A build script
//! reads no network and no clock, and writes to `OUT_DIR` alone. A field whose dtype changes in the record changes its
//! type in Rust, and the code that relied on it no longer compiles.
//!
//! # From text
//!
//! ```
//! use atdata_codegen::{Config, Schemas};
//!
//! let mut schemas = Schemas::new();
//! schemas.parse("Photo.json", r#"{"name": "Photo", "version": "1.2.0", "description": "One photograph.", "fields": [
//!     {"name": "image", "fieldType": {"$type": "local#ndarray", "dtype": "uint8", "shape": [null, null, 3]}},
//!     {"name": "fileName", "fieldType": {"$type": "local#primitive", "primitive": "str"}, "optional": true}]}"#);
//! assert_eq!(Config::new().generate(&schemas)?.code(), r#"/// One photograph.
//! #[allow(dead_code, unreachable_pub, missing_docs, clippy::all, clippy::pedantic)]
//! #[derive(::atdata::Packable, Debug, Clone, PartialEq)]
//! #[packable(version = "1.2.0")]
//! pub struct Photo {
//!     #[packable(shape = [_, _, 3])]
//!     pub image: ::atdata::ndarray::Array3<u8>,
//!     #[packable(rename = "fileName")]
//!     pub file_name: ::core::option::Option<::std::string::String>,
//! }
//! "#);
//! # Ok::<(), atdata_codegen::Error>(())
//! ```
//!
//! # As files of the project
//!
//! The program `atdata-codegen` (package `atdata-codegen-cli`) does the same for files that are committed, and looks after
//! the records:
//!
//! ```text
//! atdata-codegen add @alice.example/Photo@1.2.0
//! atdata-codegen add at://did:plc:abc/science.alt.dataset.schema/3k2a
//! atdata-codegen add Photo.json --uri at://did:plc:abc/science.alt.dataset.schema/3k2a
//! atdata-codegen generate schemas/atdata.lock --out src/schemas.rs
//! atdata-codegen generate schemas/atdata.lock --out src/schemas.rs --check
//! atdata-codegen diff schemas/published/alice.example/Photo@1.2.0.json Photo.json
//! atdata-codegen verify
//! atdata-codegen verify --online
//! ```
//!
//! `add` takes records from the AT Protocol network: by their address, or by account, name and version, for which the
//! newest record counts. The account is a handle or a DID. `verify --online` says whether the pinned records are still
//! published as they were. No other command asks a server. Nor can [`compile`] and [`Config`], or anything else here: the
//! network belongs to the program, which stands above this library and above atdata.
//!
//! # Types
//!
//! | in the record | in Rust |
//! |---|---|
//! | text, whole number, number, truth, bytes | `String`, `i64`, `f64`, `bool`, `Vec<u8>` or [`Bytes`](Config::shared_bytes) |
//! | list, map | `Vec`, `BTreeMap<String, _>` or [`HashMap`](Config::hash_map) |
//! | optional field, nullable element | `Option` |
//! | nested sample, reference | the struct of that sample, in a `Box` where it would contain itself |
//! | one of some texts | an enum beside the struct, called like the struct and the field |
//! | anything | `atdata::Value` |
//! | array | see below |
//! | structured, sparse, Arrow tensor, safetensors, data frame | the type of that name in atdata, behind its feature |
//!
//! Whole numbers on the wire go up to 2^64 - 1: where a field has such, [`Config::replace`] makes it a `u64`.
//!
//! A default of the record is that of the field, where Rust has an expression for it. Where a record only says that there
//! is one, it is the `Default` of the Rust type.
//!
//! # Arrays
//!
//! | the record gives | in Rust |
//! |---|---|
//! | dtype, and up to 6 dimensions | `ndarray::Array0` to `Array6` |
//! | dtype alone, or with more dimensions | `ndarray::ArrayD` |
//! | no dtype | `atdata::DynArray` |
//! | sizes, or a rank that the type does not have | `#[packable(shape = […])]` |
//! | names of dimensions | `#[packable(dims = […])]` |
//!
//! **`float32` in the local form, without sizes and without names of dimensions, is no dtype.** Python writes it for every
//! array field that is annotated without a dtype, or with one that it does not know, so the arrays may have any dtype:
//! such a field is a `DynArray`. [`Config::trust_float32`] takes the record by its word. Every other dtype was written
//! on purpose and is believed, and so is `float32` beside a shape, or in the `ATProto` form, where Python writes none.
//!
//! # Names
//!
//! Structs are in camel case and fields in snake case, in ASCII; `name = "…"` and `rename = "…"` keep what is on the wire.
//! Keywords become raw; names that become the same get numbers, in an order that does not depend on that of the input.
//!
//! What a type cannot say of its record is told beside the code: [`Generated::notes`]. That is a name or version that no
//! sample type has (`a/b`, `v1`), so that the schema has the name of the struct or version 1.0.0, and a default for which
//! Rust has no expression (arrays, nested samples). [`compile`], the program and
//! the macro `include_schema` pass these notes on as warnings.
//!
//! # Upgrades
//!
//! Where [`Config::modules_by_version`] puts versions side by side, the module around them has a lens from each to the
//! next. What was written as version 1.0.0 is then read as 1.1.0:
//!
//! ```
//! use atdata_codegen::{Config, Schemas};
//!
//! let mut schemas = Schemas::new();
//! schemas.parse("Photo@1.0.0.json", r#"{"name": "Photo", "version": "1.0.0", "fields": [
//!     {"name": "stars", "fieldType": {"$type": "local#primitive", "primitive": "int"}}]}"#);
//! schemas.parse("Photo@1.1.0.json", r#"{"name": "Photo", "version": "1.1.0", "fields": [
//!     {"name": "stars", "fieldType": {"$type": "local#primitive", "primitive": "float"}},
//!     {"name": "label", "fieldType": {"$type": "local#primitive", "primitive": "str"}, "optional": true}]}"#);
//! let code = Config::new().modules_by_version(true).generate(&schemas)?.to_string();
//! assert!(code.ends_with(r#"
//!     /// Upgrades `Photo` from version 1.0.0 to 1.1.0.
//!     #[::atdata::lens(name = "photo_v1_0_0_to_v1_1_0")]
//!     #[allow(unused_variables, clippy::all, clippy::pedantic, clippy::as_conversions)]
//!     pub fn v1_0_0_to_v1_1_0(old: &v1_0_0::Photo) -> v1_1_0::Photo {
//!         v1_1_0::Photo {
//!             stars: old.stars as f64,
//!             label: ::core::option::Option::None,
//!         }
//!     }
//! }
//! "#));
//! # Ok::<(), atdata_codegen::Error>(())
//! ```
//!
//! ```text
//! use schemas::photo::{v1_0_0, v1_0_0_to_v1_1_0, v1_1_0, v1_1_0_to_v2_0_0};
//!
//! let newer = Dataset::<v1_0_0::Photo>::open("photos.tar")?.as_type::<v1_1_0::Photo>();
//! let newest = Dataset::<v1_0_0::Photo>::open("photos.tar")?.through(v1_0_0_to_v1_1_0 | v1_1_0_to_v2_0_0);
//! ```
//!
//! [`MigrationPlan::between`](schema::MigrationPlan::between) says what becomes of each field, and the lens does the same
//! as `atdata::lens::Migration` does with samples that have no type in Rust. Samples inside are upgraded as well, and so
//! are lists, maps and enums.
//!
//! Where that plan needs a person's word, there is no lens, and the documentation of the module says which fields need
//! one: write that lens by hand, beside the generated code. It is the same where the types in Rust do not have what the
//! records say:
//!
//! - an array of no certain dtype that becomes one of a dtype ([the rule](#arrays) for `float32`);
//! - a field with [a type of your own](Config::replace) in one version, or with one that is another in the other;
//! - a field that is added with a default and not null, of which Rust has no expression;
//! - a list, map or sample that becomes untyped.
//!
//! Versions that differ in their build alone (`1.0.0+a`) have no order, and no lens. Nor has a
//! [visibility](Config::visibility) other than `pub` and `pub(crate)`: the lens stands outside of the types' modules.
//! [`Config::upgrades`] turns them all off.
//!
//! # What can be relied on
//!
//! - **Records are not trusted.** No text of a record is ever parsed as Rust: names become identifiers by rule, and all
//!   else literals. Descriptions are escaped, for rustdoc would run code blocks and pass HTML on.
//! - **What is accepted compiles.** Records nested deeper than the compiler follows (16 lists and maps around one another,
//!   32 samples, lists and maps inside one another) are refused.
//! - **Deterministic.** The same records give the same text, whatever order they come in.
//! - **All problems at once**, each with its file and the place in it: [`Error`].
//! - The code is silent under `deny(warnings, missing_docs, clippy::pedantic, unused_qualifications)`, and needs no other
//!   crate than atdata. It names `::std`: a crate that is `no_std` says `extern crate std;`, for atdata needs it in any case.

mod config;
mod cycle;
mod defaults;
mod emit;
mod error;
mod lexicon;
mod lock;
mod lower;
mod merge;
mod model;
mod names;
mod output;
mod place;
mod plan;
mod selector;
mod source;
mod upgrade;

use std::path::Path;

/// The model of schemas and records.
pub use atdata_schema as schema;
pub use config::Config;
pub use error::{Error, Problem};
pub use lock::{LOCK_FILE, Lock, Pin};
pub use output::{GENERATED_MARK, Generated, files_of_tree};
pub use source::{Schemas, authority_of_uri};

/// For a build script: the types of the records in files, folders or lock files, in `schemas.rs` in `OUT_DIR`.
///
/// It is [`Config::compile`] without options.
///
/// # Errors
/// All that is wrong with the records; an `OUT_DIR` that is not there or cannot be written to.
pub fn compile<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<(), Error> {
    Config::new().compile(paths)
}
