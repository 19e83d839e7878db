//! The model of `#[derive(PackField)]`: what an enum or a newtype means as the type of a field.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Field, Fields, Ident, Path, Type, Variant};

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
    /// What it stands for, where the text is none of the names.
    pub(crate) other: Option<Other>,
}

/// A variant that labels which no variant has are read as.
#[derive(Clone, Copy)]
pub(crate) enum Other {
    /// One of the names as well.
    Named,
    /// It holds the label, in a type that stands there, and has no name.
    Held(Span),
}

impl VariantDef<'_> {
    /// Whether it is no name of its own.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.other, Some(Other::Held(_)))
    }
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
    let mut variants = Vec::new();
    for variant in &data.variants {
        let own_attrs = VariantAttrs::from(ctxt, &variant.attrs);
        let other = other(ctxt, variant, &own_attrs, &variants);
        let own = variant.ident.unraw().to_string();
        let name = own_attrs.rename.unwrap_or_else(|| At {
            value: attrs.rename_all.map_or_else(|| own.clone(), |case| case.apply_to_variant(&own)),
            span: variant.ident.span(),
        });
        variants.push(VariantDef { ident: &variant.ident, name, other });
    }
    if variants.iter().all(VariantDef::is_held) {
        let message = if variants.is_empty() {
            "an enum needs at least one variant, for there is no value that a sample could hold"
        } else {
            "an enum needs at least one variant with a label of its own; for any text use `String`"
        };
        ctxt.error(input.ident.span(), message);
    }
    unique_names(ctxt, &variants);
    variants
}

/// What a variant is to labels that no variant has, in an enum that has those before it.
fn other(ctxt: &Ctxt, variant: &Variant, attrs: &VariantAttrs, before: &[VariantDef<'_>]) -> Option<Other> {
    let ident = &variant.ident;
    let text = match &variant.fields {
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
        _ => None,
    };
    let Some(span) = attrs.other else {
        if !matches!(variant.fields, Fields::Unit) {
            let advice = if text.is_some() {
                ", or mark it `#[packable(other)]` if it holds labels that the enum does not know"
            } else {
                ""
            };
            let message = format!(
                "variant `{ident}` has data, but an enum is text on the wire; remove the data, or put it in fields of the \
                 sample, `Option` where only some variants have it{advice}"
            );
            ctxt.error(variant.fields.span(), message);
        }
        return None;
    };
    if let Some(first) = before.iter().find(|variant| variant.other.is_some()) {
        let message =
            format!("labels that the enum does not know are read as `{}` already; keep one `other`", first.ident);
        ctxt.error(span, message);
    }
    if text.is_none() && !matches!(variant.fields, Fields::Unit) {
        let message = format!(
            "`other` is for a variant without data, or for one that holds the label; write `{ident}`, or `{ident}(String)`"
        );
        ctxt.error(variant.fields.span(), message);
    }
    if let (true, Some(name)) = (text.is_some(), &attrs.rename) {
        let message = format!("`{ident}` holds any label and has none of its own; remove `rename`");
        ctxt.error(name.span, message);
    }
    Some(text.map_or(Other::Named, |text| Other::Held(text.ty.span())))
}

fn unique_names(ctxt: &Ctxt, variants: &[VariantDef<'_>]) {
    let mut seen: HashMap<&str, &VariantDef<'_>> = HashMap::new();
    for variant in variants.iter().filter(|variant| !variant.is_held()) {
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
