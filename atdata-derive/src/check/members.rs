//! Checks of the layout of members.

use std::collections::HashMap;

use proc_macro2::Span;
use syn::ext::IdentExt;

use crate::attr::At;
use crate::ctxt::Ctxt;
use crate::members::Part;
use crate::model::{FieldDef, SampleDef};

pub(super) fn members(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    if let Some(At { value, span }) = &sample.members.layout
        && !matches!(value.as_str(), "members" | "packed")
    {
        let message = format!(
            "\"{value}\" is not a layout; write \"members\" for a member for each field, as plain WebDataset has it, or \
             \"packed\" for one `msgpack` member"
        );
        ctxt.error(*span, message);
        return;
    }
    if !sample.members.is_used() {
        return unused(ctxt, sample);
    }
    if let (Some(layout), Some(_)) = (&sample.members.layout, sample.lifetime) {
        ctxt.error(
            layout.span,
            "a layout is for samples that own their fields, which can be written; remove the attribute or the lifetime",
        );
    }
    key(ctxt, sample);
    path(ctxt, sample);
    let mut taken = HashMap::new();
    for field in &sample.fields {
        skipped(ctxt, field);
        aliased(ctxt, field);
        let in_key = sample.is_in_key(field);
        if in_key {
            part_of_key(ctxt, field);
        } else if field.skip.is_none() {
            names(ctxt, field, &mut taken);
        }
    }
    if sample.wire_fields().next().is_some() && sample.wire_fields().all(|field| sample.is_in_key(field)) {
        ctxt.error(sample.ident.span(), "all fields are parts of the key; a sample has at least one member");
    }
}

/// Attributes that say something of members, where there are none.
fn unused(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let of_fields = sample.fields.iter().flat_map(|field| {
        [
            ("member", field.member.as_ref().map(|at| at.span)),
            ("key", field.key),
            ("codec", field.codec.as_ref().map(|at| at.span)),
        ]
    });
    let of_struct = [
        ("path", sample.members.path.as_ref().map(|at| at.span)),
        ("codecs", sample.members.codecs.as_ref().map(|at| at.span)),
    ];
    for (name, span) in of_fields.chain(of_struct) {
        if let Some(span) = span {
            let message = format!(
                "`{name}` is for samples whose fields are members of their own; write `#[packable(layout = \"members\")]` on \
                 the struct, or remove `{name}`"
            );
            ctxt.error(span, message);
        }
    }
}

fn key(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let mut keys = sample.fields.iter().filter_map(|field| Some((field, field.key?)));
    let Some((first, span)) = keys.next() else { return };
    if let Some((second, span)) = keys.next() {
        let message = format!(
            "`{}` and `{}` are both the key; write `#[packable(path = \"{{{}}}/{{{}}}\")]` on the struct for a key of two parts",
            first.ident, second.ident, first.ident, second.ident
        );
        ctxt.error(span, message);
    }
    if sample.members.path.is_some() {
        ctxt.error(span, "`path` on the struct says already what the key is made of; remove one of the two");
    }
}

fn path(ctxt: &Ctxt, sample: &SampleDef<'_>) {
    let Some(At { value, span }) = &sample.members.path else { return };
    let parts = match sample.members.parts() {
        Ok(parts) => parts,
        Err((span, message)) => return ctxt.error(span, message),
    };
    let mut named: Vec<&String> = Vec::new();
    for part in &parts {
        let Part::Field(name) = part else { continue };
        if named.contains(&name) {
            ctxt.error(*span, format!("`{{{name}}}` is in the path twice; name another field"));
        }
        named.push(name);
        match sample.fields.iter().find(|field| field.ident.unraw() == name.as_str()) {
            Some(field) if field.skip.is_some() => {
                ctxt.error(
                    *span,
                    format!("the field `{name}` is skipped, but the path names it; remove one of the two"),
                );
            }
            Some(_) => {}
            None => {
                let fields: Vec<_> = sample.wire_fields().map(|field| format!("`{}`", field.ident)).collect();
                ctxt.error(
                    *span,
                    format!("the path names no field of the struct: `{{{name}}}`; it has {}", fields.join(", ")),
                );
            }
        }
    }
    if named.is_empty() {
        let message = format!("the path \"{value}\" names no field; write one in braces, such as \"{{class}}/{{id}}\"");
        ctxt.error(*span, message);
    }
    let texts = parts.iter().filter_map(|part| if let Part::Text(text) = part { Some(text) } else { None });
    for text in texts {
        if text.contains('.') {
            ctxt.error(*span, "a key ends at its first dot; the path cannot have one: write `_` or `-`");
            return;
        }
    }
    if let Some(message) = no_key(&parts) {
        ctxt.error(*span, message);
    }
}

/// Why readers would give back no key of that pattern, whatever its fields are: what writers refuse of each.
fn no_key(parts: &[Part]) -> Option<String> {
    let (first, last) = (parts.first()?, parts.last()?);
    if let Part::Text(text) = first {
        if text.starts_with('/') {
            return Some("a key does not begin with `/`; remove it from the path".to_owned());
        }
        let folder = text.split_once('/').map_or("", |(folder, _)| folder);
        if folder.len() >= 4 && folder.starts_with("__") && folder.ends_with("__") {
            return Some(format!(
                "readers take what is in a folder `{folder}` for no sample; write another name in the path"
            ));
        }
    }
    if matches!(last, Part::Text(text) if text.ends_with('/')) {
        return Some(
            "a key ends with a name and not with `/`; write a field behind it in the path, such as `{id}`".to_owned(),
        );
    }
    let controls = |part: &Part| matches!(part, Part::Text(text) if text.chars().any(char::is_control));
    parts.iter().any(controls).then(|| "a key has no control characters; remove them from the path".to_owned())
}

fn skipped(ctxt: &Ctxt, field: &FieldDef<'_>) {
    if field.skip.is_none() {
        return;
    }
    let attributes = [
        ("member", field.member.as_ref().map(|at| at.span)),
        ("key", field.key),
        ("codec", field.codec.as_ref().map(|at| at.span)),
    ];
    for (name, span) in attributes {
        if let Some(span) = span {
            ctxt.error(span, format!("`{name}` has no effect on a skipped field; remove one of the two"));
        }
    }
}

/// Members have other names than fields.
fn aliased(ctxt: &Ctxt, field: &FieldDef<'_>) {
    let Some(At { span, .. }) = field.alias else { return };
    let names: Vec<_> = field.member_names().into_iter().chain(field.aliases().iter().cloned()).collect();
    let message = format!(
        "field `{}`: `alias` is for fields of packed samples; write `member = \"{}\"` for the names that its member may have",
        field.ident,
        names.join("|")
    );
    ctxt.error(span, message);
}

fn part_of_key(ctxt: &Ctxt, field: &FieldDef<'_>) {
    let attributes = [
        ("member", field.member.as_ref().map(|at| at.span)),
        ("codec", field.codec.as_ref().map(|at| at.span)),
        ("default", field.default.as_ref().map(|at| at.span)),
    ];
    for (name, span) in attributes {
        if let Some(span) = span {
            let message = format!(
                "field `{}` comes from the key of the sample, where `{name}` has no effect; remove one of the two",
                field.ident
            );
            ctxt.error(span, message);
        }
    }
}

fn names<'s>(ctxt: &Ctxt, field: &'s FieldDef<'_>, taken: &mut HashMap<String, &'s FieldDef<'s>>) {
    let span = field.member.as_ref().map_or(field.name.span, |at| at.span);
    for name in field.member_names() {
        if let Some(reason) = wrong(&name) {
            ctxt.error(span, format!("\"{name}\" cannot be the name of a member: {reason}"));
            continue;
        }
        if let Some(other) = taken.insert(name.clone(), field) {
            twice(ctxt, span, &name, field, other);
        }
    }
}

fn twice(ctxt: &Ctxt, span: Span, name: &str, field: &FieldDef<'_>, other: &FieldDef<'_>) {
    let message = if field.place == other.place {
        format!("the member \"{name}\" is named twice; name each once, such as \"jpg|jpeg|png\"")
    } else {
        format!(
            "fields `{}` and `{}` are both in the member \"{name}\"; give each its own, or make one a field of the other's type",
            other.ident, field.ident
        )
    };
    ctxt.error(span, message);
}

/// Why readers would not give such a name back.
fn wrong(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("it is empty; write `member = \"jpg\"`, or `member = \"jpg|jpeg\"` for either".to_owned());
    }
    let lower = name.to_lowercase();
    if lower != name {
        return Some(format!("readers take it in lower case; write \"{lower}\", which reads it in any"));
    }
    if matches!(name, "__key__" | "__url__" | "__bad__" | "__offset__") {
        return Some("readers put what they know of the sample under it; write another name".to_owned());
    }
    if let Some(rest) = name.strip_prefix('.') {
        return Some(format!("it begins behind the dot that ends the key; write \"{rest}\""));
    }
    if name.contains('/') {
        return Some(
            "a `/` belongs to the key; write `path = \"{folder}/{id}\"` on the struct for parts of that".to_owned(),
        );
    }
    if name.contains('*') || name.contains('{') {
        return Some("it is no pattern; write each name, such as \"jpg|jpeg|png\"".to_owned());
    }
    if name.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Some("it has white space or control characters".to_owned());
    }
    None
}
