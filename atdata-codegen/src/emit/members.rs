//! Attributes of types whose fields are members of their own.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{FieldDef, TypeDef};

/// `layout = "members", path = "{split}/{id}", codecs = Audio, allow_unknown`
pub(super) fn of_type(of: &TypeDef) -> Vec<TokenStream> {
    let Some(layout) = &of.members else { return Vec::new() };
    let path = layout.key.as_deref().filter(|key| !of.fields.iter().any(|field| is_all(key, field)));
    let path = path.map(|key| {
        let path = with_idents(key, of);
        quote!(path = #path)
    });
    let codecs = of.codecs.as_ref().map(|path| quote!(codecs = #path));
    let allow_unknown = layout.allow_unknown.then(|| quote!(allow_unknown));
    [Some(quote!(layout = "members")), path, codecs, allow_unknown].into_iter().flatten().collect()
}

/// `member = "csv|txt", codec = crate::Csv`, or `key`, and of any type `manifest = "set"`
pub(super) fn of_field(of: &FieldDef, within: &TypeDef) -> Vec<TokenStream> {
    let manifest = of.manifest.clone().into_iter();
    let Some(layout) = &within.members else { return manifest.collect() };
    if layout.key.as_deref().is_some_and(|key| is_all(key, of)) {
        return [quote!(key)].into_iter().chain(manifest).collect();
    }
    let member = of.member.as_ref().map(|names| quote!(member = #names));
    let codec = of.codec.as_ref().map(|path| quote!(codec = #path));
    member.into_iter().chain(codec).chain(manifest).collect()
}

/// Whether keys are that field and nothing else.
fn is_all(key: &str, field: &FieldDef) -> bool {
    key.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(field.wire_name())
}

/// The pattern with the fields by their names in Rust.
fn with_idents(key: &str, of: &TypeDef) -> String {
    let (mut path, mut rest) = (String::new(), key);
    while let Some((text, behind)) = rest.split_once('{') {
        path.push_str(text);
        let Some((name, behind)) = behind.split_once('}') else { break };
        let field = of.fields.iter().find(|field| field.wire_name() == name);
        let ident = field.map_or(name, |field| &field.ident);
        path.extend(["{", ident, "}"]);
        rest = behind;
    }
    path + rest
}
