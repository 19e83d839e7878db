//! The model of `#[derive(PackField)]`: what an enum or a newtype means as the type of a field.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Field, Fields, Ident, Path, Type};

use crate::attr::{At, TypeAttrs, VariantAttrs};
use crate::ctxt::Ctxt;
use crate::deprecated;
use crate::model::private;

/// A type of the user's own, and the wire form it has.
pub(crate) struct FieldTypeDef<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) kind: Kind<'a>,
    krate: Option<Path>,
    pub(crate) allow_deprecated: Option<TokenStream>,
}

pub(crate) enum Kind<'a> {
    /// Text: one of the names.
    Enum(Vec<VariantDef<'a>>),
    /// What the one field is.
    Newtype(&'a Type),
}

pub(crate) struct VariantDef<'a> {
    pub(crate) ident: &'a Ident,
    /// Text on the wire.
    pub(crate) name: At<String>,
}

impl<'a> FieldTypeDef<'a> {
    /// Reads the type; `None` where there is too little to go on.
    pub(crate) fn from_input(ctxt: &Ctxt, input: &'a DeriveInput) -> Option<Self> {
        if let Some(param) = input.generics.params.first() {
            let message = "a type that derives `PackField` cannot be generic, for the schema says what it is; \
                           write a type for each case, or implement `PackField` by hand";
            ctxt.error(param.span(), message);
        }
        let (kind, krate) = match &input.data {
            Data::Enum(data) => {
                let attrs = TypeAttrs::of_enum(ctxt, &input.attrs);
                (Kind::Enum(variants(ctxt, input, data, &attrs)), attrs.krate)
            }
            Data::Struct(data) => {
                let attrs = TypeAttrs::of_newtype(ctxt, &input.attrs);
                (Kind::Newtype(inner(ctxt, input, &data.fields)?), attrs.krate)
            }
            Data::Union(data) => {
                ctxt.error(data.union_token.span, "`PackField` is for enums and newtypes, not for unions");
                return None;
            }
        };
        Some(Self { ident: &input.ident, kind, krate, allow_deprecated: deprecated::allow(input) })
    }

    /// The path to what expansions call.
    pub(crate) fn private(&self) -> TokenStream {
        private(self.krate.as_ref())
    }
}

fn variants<'a>(ctxt: &Ctxt, input: &DeriveInput, data: &'a DataEnum, attrs: &TypeAttrs) -> Vec<VariantDef<'a>> {
    if data.variants.is_empty() {
        let message = "an enum needs at least one variant, for there is no value that a sample could hold";
        ctxt.error(input.ident.span(), message);
    }
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = format!(
                "variant `{}` has data, but an enum is text on the wire; remove the data, or put it in fields of the \
                 sample, `Option` where only some variants have it",
                variant.ident
            );
            ctxt.error(variant.fields.span(), message);
        }
        let own = variant.ident.unraw().to_string();
        let name = VariantAttrs::from(ctxt, &variant.attrs).rename.unwrap_or_else(|| At {
            value: attrs.rename_all.map_or_else(|| own.clone(), |case| case.apply_to_variant(&own)),
            span: variant.ident.span(),
        });
        variants.push(VariantDef { ident: &variant.ident, name });
    }
    unique_names(ctxt, &variants);
    variants
}

fn unique_names(ctxt: &Ctxt, variants: &[VariantDef<'_>]) {
    let mut seen: HashMap<&str, &VariantDef<'_>> = HashMap::new();
    for variant in variants {
        if let Some(first) = seen.insert(&variant.name.value, variant) {
            let message = format!(
                "variant `{}` is the same text on the wire as `{}`: {:?}; rename one of them",
                variant.ident, first.ident, variant.name.value
            );
            ctxt.error(variant.name.span, message);
        }
    }
}

/// The type of a newtype's one field.
fn inner<'a>(ctxt: &Ctxt, input: &DeriveInput, fields: &'a Fields) -> Option<&'a Type> {
    let (span, message) = match fields {
        Fields::Unnamed(fields) => match fields.unnamed.iter().collect::<Vec<_>>().as_slice() {
            [field] => return Some(transparent(ctxt, field)),
            [] => (input.ident.span(), NOTHING_INSIDE),
            [_, second, ..] => (
                second.span(),
                "a newtype has one field; for more, write a struct with named fields and derive `Packable`: \
                 it can be the type of a field as well",
            ),
        },
        Fields::Named(_) => (
            input.ident.span(),
            "`PackField` is for enums and newtypes; derive `Packable` on a struct with named fields: \
             it can be the type of a field as well",
        ),
        Fields::Unit => (input.ident.span(), NOTHING_INSIDE),
    };
    ctxt.error(span, message);
    None
}

const NOTHING_INSIDE: &str = "a newtype has one field, whose wire form is its own; write `struct Name(Type);`";

fn transparent<'a>(ctxt: &Ctxt, field: &'a Field) -> &'a Type {
    for attr in field.attrs.iter().filter(|attr| attr.path().is_ident("packable")) {
        let message =
            "the field of a newtype takes no attributes; put them on the fields of samples that have this type";
        ctxt.error(attr.path().span(), message);
    }
    &field.ty
}
