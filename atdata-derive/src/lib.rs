//! Macros of atdata. Use them through the `atdata` crate, whose documentation has every attribute.
//!
//! Four stages, one direction: `attr` reads attributes, `model` builds what the struct means, `check` holds its
//! parts against each other, `expand` writes it out. Errors gather in one `Ctxt`, so that a user sees all of
//! them at once.

mod attr;
mod case;
mod check;
mod ctxt;
mod deprecated;
mod expand;
#[cfg(any(feature = "codegen", feature = "records"))]
mod file;
#[cfg(feature = "codegen")]
mod include_schema;
mod lens;
mod members;
mod model;
mod pack_field;
#[cfg_attr(not(feature = "records"), path = "record/absent.rs")]
mod record;
mod self_type;
mod symbol;
#[cfg(test)]
mod tests;
mod written;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Turns a struct with named fields into a sample type; see the documentation of the `atdata` crate.
///
/// ```
/// use atdata::Packable;
///
/// /// A caption.
/// #[derive(Packable)]
/// struct Caption {
///     text: String,
///     #[packable(default)]
///     language: String,
/// }
/// assert_eq!(Caption::SCHEMA.to_string(), "Caption@1.0.0 { text: str, language: str }");
/// ```
#[proc_macro_derive(Packable, attributes(packable))]
pub fn derive_packable(input: TokenStream) -> TokenStream {
    let input = self_type::named(parse_macro_input!(input as DeriveInput));
    packable(&input).into()
}

/// Gives an enum without data, or a newtype, a wire form, so that it can be the type of a field; see the documentation of
/// the `atdata` crate.
///
/// ```
/// use atdata::{PackField, Packable};
///
/// #[derive(PackField, Debug, Clone, PartialEq)]
/// #[packable(rename_all = "snake_case")]
/// enum Split {
///     Train,
///     Test,
/// }
///
/// #[derive(Packable)]
/// struct Row {
///     split: Split,
/// }
/// assert_eq!(Row::SCHEMA.to_string(), "Row@1.0.0 { split: enum<\"train\", \"test\"> }");
/// ```
#[proc_macro_derive(PackField, attributes(packable))]
pub fn derive_pack_field(input: TokenStream) -> TokenStream {
    let input = self_type::named(parse_macro_input!(input as DeriveInput));
    pack_field(&input).into()
}

/// Turns a function into a lens; see the documentation of the `atdata` crate.
///
/// ```
/// use atdata::{Packable, lens};
///
/// #[derive(Packable)]
/// struct Caption {
///     text: String,
///     language: String,
/// }
///
/// #[derive(Packable)]
/// struct Text {
///     text: String,
/// }
///
/// #[lens]
/// fn to_text(caption: &Caption) -> Text {
///     Text { text: caption.text.clone() }
/// }
/// assert_eq!(to_text.get(&Caption { text: "a cat".into(), language: "en".into() }).text, "a cat");
/// ```
#[proc_macro_attribute]
pub fn lens(args: TokenStream, item: TokenStream) -> TokenStream {
    lens::lens(args.into(), &item.into()).into()
}

/// The types of schema records, written where the macro stands; see the documentation of the `atdata` crate.
#[cfg(feature = "codegen")]
#[proc_macro]
pub fn include_schema(input: TokenStream) -> TokenStream {
    include_schema::expand(input.into()).into()
}

fn pack_field(input: &DeriveInput) -> proc_macro2::TokenStream {
    let ctxt = ctxt::Ctxt::default();
    let def = pack_field::FieldTypeDef::from_input(&ctxt, input);
    match (ctxt.finish(), def) {
        (Ok(()), Some(def)) => expand::pack_field(&def),
        (Ok(()), None) => proc_macro2::TokenStream::new(),
        (Err(error), def) => {
            let error = error.to_compile_error();
            let fallback = expand::pack_field_fallback(input, def.as_ref());
            quote::quote!(#error #fallback)
        }
    }
}

fn packable(input: &DeriveInput) -> proc_macro2::TokenStream {
    let (ctxt, drift) = (ctxt::Ctxt::default(), ctxt::Ctxt::default());
    let sample = model::SampleDef::from_input(&ctxt, input);
    if let Some(sample) = &sample {
        check::sample(&ctxt, sample);
        check::drift(&drift, sample);
    }
    // A struct that differs from its record is a sample type all the same. It is expanded, so that the compiler adds
    // what differs in the types of fields.
    let drift = drift.finish().err().map(|error| error.to_compile_error());
    match (ctxt.finish(), sample) {
        (Ok(()), Some(sample)) => {
            let expansion = expand::sample(&sample);
            quote::quote!(#drift #expansion)
        }
        (Ok(()), None) => proc_macro2::TokenStream::new(),
        (Err(error), sample) => {
            let error = error.to_compile_error();
            let fallback = expand::fallback(input, sample.as_ref());
            quote::quote!(#error #drift #fallback)
        }
    }
}
