//! Checks: rules that need two parts of the model, or the text of one.

mod flatten;
mod members;
mod python;
#[cfg(feature = "records")]
mod record;
mod view;

use std::collections::HashMap;

use atdata_schema::names::{is_schema_name, is_version};
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, Type};

use crate::attr::{At, Default, ungroup};
use crate::ctxt::Ctxt;
use crate::model::{FieldDef, SampleDef};
use crate::symbol::is_name;
use crate::written::is_option;

pub(crate) fn sample(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    schema_name(ctxt, sample);
    version(ctxt, &sample.version);
    if sample.wire_fields().next().is_none() {
        ctxt.error(sample.ident.span(), "all fields are skipped; a sample needs at least one on the wire");
    }
    unique_names(ctxt, sample);
    for field in &sample.fields {
        field_name(ctxt, field);
        borrows(ctxt, sample, field);
        array_attributes(ctxt, field);
        skipped(ctxt, field);
        default(ctxt, field);
        borrowed_attributes(ctxt, sample, field);
        converted(ctxt, sample, field);
        flatten::flattened(ctxt, sample, field);
        schemars(ctxt, field);
    }
    view::declared(ctxt, sample);
    python::names(ctxt, sample);
    members::members(ctxt, sample);
    query(ctxt, sample);
}

fn query(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    if let (Some(query), Some(_)) = (&sample.query, sample.lifetime) {
        let message = format!(
            "`{}` borrows, and datasets are asked for samples that own their fields; write `query` on a type without a lifetime",
            sample.ident
        );
        ctxt.error(query.span, message);
    }
}

#[cfg(feature = "records")]
pub(crate) use record::drift;

/// Without the feature `records` a struct is held against none.
#[cfg(not(feature = "records"))]
pub(crate) fn drift(_: &Ctxt, _: &SampleDef<'_>) {}

/// That of a record may be no identifier.
fn schema_name(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let At { value, span } = &sample.name;
    if !is_schema_name(value) {
        let advice = if *value == sample.type_name() { "; write `#[packable(name = \"…\")]`" } else { "" };
        let message = format!(
            "\"{value}\" is not a schema name; use up to 100 bytes of letters, digits, `_`, `-` and `.`, starting with a \
             letter, a digit or `_`{advice}"
        );
        ctxt.error(*span, message);
    }
}

/// The name of a lens becomes a function in Python.
pub(crate) fn name(ctxt: &Ctxt, kind: &str, At { value, span }: &At<String>) {
    if !is_name(value) {
        let message = format!(
            "\"{value}\" is not a {kind} name; use up to 100 ASCII letters, digits and `_`, not starting with a digit"
        );
        ctxt.error(*span, message);
    }
}

pub(crate) fn version(ctxt: &Ctxt, At { value, span }: &At<String>) {
    if !is_version(value) {
        ctxt.error(*span, format!("\"{value}\" is not a version; write `major.minor.patch`, such as \"1.0.0\""));
    }
}

fn unique_names(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let mut seen: HashMap<&str, &FieldDef<'_>> = HashMap::new();
    for field in sample.named_fields() {
        if let Some(first) = seen.insert(&field.name.value, field) {
            let message = format!(
                "field `{}` has the same name on the wire as `{}`: \"{}\"; rename one of them",
                field.ident, first.ident, field.name.value
            );
            ctxt.error(field.name.span, message);
        }
    }
    for field in sample.named_fields() {
        let Some(At { value: aliases, span }) = &field.alias else { continue };
        for alias in aliases {
            if let Some(first) = seen.insert(alias, field) {
                let message = if first.ident == field.ident {
                    format!("field `{}`: \"{alias}\" is a name that it has already; remove the alias", field.ident)
                } else {
                    let (ident, first) = (field.ident, first.ident);
                    format!("field `{ident}`: the alias \"{alias}\" means `{first}` already; a name means one field")
                };
                ctxt.error(*span, message);
            }
        }
    }
}

fn field_name(ctxt: &Ctxt, field: &FieldDef<'_>) {
    let aliases = field.alias.iter().flat_map(|At { value, span }| value.iter().map(move |name| (name, *span)));
    for (value, span) in aliases.chain([(&field.name.value, field.name.span)]) {
        if value.is_empty() || value.len() > 255 || value.chars().any(char::is_control) {
            ctxt.error(span, "a field's name has 1 to 255 bytes and no control characters");
        }
    }
}

fn borrows(ctxt: &Ctxt, sample: &SampleDef<'_>, field: &FieldDef<'_>) {
    if let (Type::Reference(reference), None, None) = (field.ty, sample.lifetime, field.skip) {
        let owned = match &*reference.elem {
            Type::Slice(_) => "`Vec<u8>`",
            Type::Path(path) if path.path.is_ident("str") => "`String`",
            _ => "an owned type",
        };
        let message = format!(
            "field `{}` borrows, but the struct has no lifetime to borrow from; use {owned}, or write `struct {}<'a>` \
             with `&'a` fields for a sample that is only read",
            field.ident, sample.ident
        );
        ctxt.error(reference.span(), message);
    }
}

fn array_attributes(ctxt: &Ctxt, field: &FieldDef<'_>) {
    if let (Some(shape), Some(dims)) = (&field.shape, &field.dims)
        && shape.value.len() != dims.value.len()
    {
        let (sizes, names) = (shape.value.len(), dims.value.len());
        ctxt.error(
            dims.span,
            format!("`dims` names {names} dimensions, but `shape` has {sizes}; give each dimension a name"),
        );
    }
    if let Some(dims) = &field.dims {
        for (index, name) in dims.value.iter().enumerate() {
            if name.is_empty() || dims.value.iter().take(index).any(|earlier| earlier == name) {
                ctxt.error(
                    dims.span,
                    format!("dimension name \"{name}\" is empty or there twice; each dimension has its own"),
                );
            }
        }
    }
    if let (Some(_), Some(pad)) = (field.ragged, field.pad_span()) {
        let message = format!(
            "field `{}`: a batch keeps `ragged` arrays one by one, and makes one tensor of those with `pad`; keep one of the two",
            field.ident
        );
        ctxt.error(pad, message);
    }
    if let (Some(pad), true) = (field.pad_span(), is_option(field.ty)) {
        let message = format!(
            "field `{}`: `pad` is not for an `Option`, for a row without a value would look like one without elements; write \
             the type without it, and `#[packable(default, pad)]` where samples may lack the field",
            field.ident
        );
        ctxt.error(pad, message);
    }
    let declared = [field.shape.as_ref().map(|s| s.span), field.dims.as_ref().map(|d| d.span)];
    if let (Some(span), Some(65..)) = (declared.into_iter().flatten().next(), field.ndim()) {
        ctxt.error(span, "an array has at most 64 dimensions");
    }
}

fn skipped(ctxt: &Ctxt, field: &FieldDef<'_>) {
    if field.skip.is_none() || field.flatten.is_some() {
        return;
    }
    let others = [
        ("shape", field.shape.as_ref().map(|at| at.span)),
        ("dims", field.dims.as_ref().map(|at| at.span)),
        ("cast", field.cast),
        ("ragged", field.ragged),
        ("pad", field.pad_span()),
        ("required", field.required),
        ("rename", field.renamed),
        ("with", field.with.as_ref().map(|at| at.span)),
        ("serde", field.serde),
        ("schemars", field.schemars),
        ("alias", field.alias.as_ref().map(|at| at.span)),
        ("manifest", field.manifest.as_ref().map(|at| at.span)),
    ];
    for (name, span) in others {
        if let Some(span) = span {
            ctxt.error(span, format!("`{name}` has no effect on a skipped field; remove one of the two"));
        }
    }
}

/// serde names a function in quotes; here they would be the value, of another type than the field's.
fn default(ctxt: &Ctxt, field: &FieldDef<'_>) {
    let Some(At { value: Default::Value(value), .. }) = &field.default else { return };
    if let (Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), false) = (&**value, borrows_text(field.ty)) {
        let message = format!(
            "field `{}`: `default` takes a value of the field's type; write `default = \"{}\".to_owned()` for a text, or \
             `default = function()` for what a function gives",
            field.ident,
            text.value().escape_debug()
        );
        ctxt.error(text.span(), message);
    }
}

fn borrows_text(ty: &Type) -> bool {
    matches!(ungroup(ty), Type::Reference(_))
}

fn converted(ctxt: &Ctxt, sample: &SampleDef<'_>, field: &FieldDef<'_>) {
    let Some((name, span)) = field.converted().filter(|_| field.flatten.is_none()) else { return };
    if let (true, Some(serde)) = (field.with.is_some(), field.serde) {
        let message =
            format!("field `{}`: `with` converts it, so that `serde` cannot; keep one of the two", field.ident);
        ctxt.error(serde, message);
    }
    if let (None, Some(required)) = (&field.with, field.required) {
        let message = format!(
            "field `{}`: `serde` fields are required unless they have a `default`; remove `required`",
            field.ident
        );
        ctxt.error(required, message);
    }
    if let (Some(serde), false) = (field.serde, cfg!(feature = "serde")) {
        ctxt.error(serde, "`serde` needs the feature `serde` of atdata; turn it on in `Cargo.toml`");
    }
    for (attribute, at) in [("ragged", field.ragged), ("pad", field.pad_span())] {
        if let Some(at) = at {
            let message = format!(
                "field `{}`: a batch holds a `Vec` of what `{name}` makes already; remove `{attribute}`",
                field.ident
            );
            ctxt.error(at, message);
        }
    }
    if sample.view_of.is_some() {
        let message = format!(
            "field `{}`: a view shows what its source has; remove `{name}`, or make the view with `#[lens]` on a function",
            field.ident
        );
        ctxt.error(span, message);
    }
}

fn schemars(ctxt: &Ctxt, field: &FieldDef<'_>) {
    let Some(span) = field.schemars.filter(|_| field.skip.is_none() && field.flatten.is_none()) else { return };
    if field.serde.is_none() {
        let message = format!(
            "field `{}`: `schemars` is for values that serde converts, for all other types have schemas of their own; write \
             `#[packable(serde, schemars)]`, or remove it",
            field.ident
        );
        ctxt.error(span, message);
    }
    if !cfg!(feature = "schemars") {
        ctxt.error(span, "`schemars` needs the feature `schemars` of atdata; turn it on in `Cargo.toml`");
    }
}

fn borrowed_attributes(ctxt: &Ctxt, sample: &SampleDef<'_>, field: &FieldDef<'_>) {
    if sample.lifetime.is_none() {
        return;
    }
    for (name, span) in [("cast", field.cast), ("ragged", field.ragged), ("pad", field.pad_span())] {
        if let Some(span) = span {
            ctxt.error(
                span,
                format!("`{name}` needs a sample that owns its fields; remove the attribute or the lifetime"),
            );
        }
    }
}
