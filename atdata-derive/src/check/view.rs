//! Rules of declared views.

use std::collections::HashMap;

use syn::Path;
use syn::spanned::Spanned;

use crate::ctxt::Ctxt;
use crate::model::SampleDef;

pub(super) fn declared(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let Some(source) = &sample.view_of else {
        no_source(ctxt, sample);
        return;
    };
    owns(ctxt, sample, source);
    typed(ctxt, sample, source);
    each_field_once(ctxt, sample);
    for field in &sample.fields {
        let unseen = format!("field `{}`: a view shows what its source has", field.ident);
        if let Some(default) = &field.default {
            let mend = "put `default` on the field of the source, which is filled in before it is viewed";
            ctxt.error(default.span, format!("{unseen}; {mend}"));
        }
        if let Some(span) = field.skip {
            let mend = "remove the field, or make the view with `#[lens]` on a function";
            ctxt.error(span, format!("{unseen}; {mend}"));
        }
    }
}

fn no_source(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    for from in sample.fields.iter().filter_map(|field| field.from.as_ref()) {
        let message = format!(
            "`from` names a field of the type that is viewed; write `#[packable(view_of = Source)]` on `{}`, or \
             `rename = \"{}\"` for another name on the wire",
            sample.ident, from.value
        );
        ctxt.error(from.span, message);
    }
}

fn owns(ctxt: &Ctxt, sample: &SampleDef<'_>, source: &Path) {
    if sample.lifetime.is_some() {
        ctxt.error(
            source.span(),
            "a declared view owns its fields; remove the lifetime, or remove `view_of` and read the borrowed type with \
             `RawSample::view`",
        );
    }
}

fn typed(ctxt: &Ctxt, sample: &SampleDef<'_>, source: &Path) {
    if sample.is_dict_sample(source) {
        ctxt.error(
            source.span(),
            "every sample type is a view of `DictSample` already; remove `view_of`, or write `self::DictSample` for a type \
             of your own",
        );
    }
}

/// Two fields that show the same one could be put back with two values.
fn each_field_once(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let mut seen = HashMap::new();
    for field in &sample.fields {
        let Some(source) = field.shown() else {
            if let Some(from) = &field.from {
                let message = format!("\"{}\" is not the name of a field; write its name in Rust", from.value);
                ctxt.error(from.span, message);
            }
            continue;
        };
        let path = source.path();
        if let Some(first) = seen.insert(path.clone(), field.ident) {
            let message = format!(
                "`{first}` shows the field `{path}` of the source already, so that a putter would have two values \
                 for it; show each field once"
            );
            ctxt.error(source.span(), message);
        }
    }
}
