//! The layout of a sample type whose fields are members.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::wire_type;
use crate::members::Part;
use crate::model::{FieldDef, SampleDef};

/// ```text
/// const STORED: SampleLayout = SampleLayout::Members(&MemberTable::new(
///     Member::SCHEMA,
///     &[MemberSource::member("image", &["jpg", "jpeg"]), MemberSource::key("id")],
///     &[KeyPart::Field("id")],
///     false,
/// ).codecs(<Audio as MemberCodecs>::of));
/// ```
pub(super) fn layout(sample: &SampleDef<'_>) -> TokenStream {
    if !sample.members.is_used() {
        return TokenStream::new();
    }
    let ident = sample.ident;
    let sources = sample.wire_fields().map(|field| source(sample, field));
    let parts = sample.key_parts();
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) => quote!(__p::KeyPart::Text(#text)),
        Part::Field(name) => quote!(__p::KeyPart::Field(#name)),
    });
    let allow_unknown = sample.allow_unknown;
    let codecs = sample.members.codecs.as_ref().map(|codecs| {
        let path = &codecs.value;
        quote!(.codecs(<#path as __p::MemberCodecs>::of))
    });
    quote! {
        const STORED: __p::SampleLayout = __p::SampleLayout::Members(&__p::MemberTable::new(
            <#ident as __p::Packable>::SCHEMA,
            &[#(#sources),*],
            &[#(#parts),*],
            #allow_unknown,
        ) #codecs);
    }
}

/// `, members("{split}/{id}"), codecs("Audio"), allowing_unknown()`
pub(super) fn schema_parts(sample: &SampleDef<'_>) -> TokenStream {
    if !sample.members.is_used() {
        return TokenStream::new();
    }
    let key = sample.key_pattern();
    let codecs = sample.members.codecs.as_ref().map(|codecs| {
        let name = name_of(&codecs.value);
        quote!(, codecs(#name))
    });
    let allow_unknown = sample.allow_unknown.then(|| quote!(, allowing_unknown()));
    quote!(, members(#key) #codecs #allow_unknown)
}

/// The name of what a path leads to: where it is means nothing to others.
fn name_of(path: &syn::Path) -> String {
    path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default()
}

/// `.member("jpg|jpeg")`, where it is not the field's own name, and `.codec("Csv")`.
pub(super) fn field_note(sample: &SampleDef<'_>, field: &FieldDef<'_>) -> TokenStream {
    if !sample.members.is_used() || sample.is_in_key(field) {
        return TokenStream::new();
    }
    let names = field.member_names().join("|");
    let member = (names != field.name.value).then(|| quote!(.member(#names)));
    let codec = field.codec.as_ref().map(|codec| {
        let name = name_of(&codec.value);
        quote!(.codec(#name))
    });
    quote!(#member #codec)
}

fn source(sample: &SampleDef<'_>, field: &FieldDef<'_>) -> TokenStream {
    let name = &field.name.value;
    if sample.is_in_key(field) {
        return quote!(__p::MemberSource::key(#name));
    }
    let names = field.member_names();
    let codec = field.codec.as_ref().map(|codec| {
        let (path, span) = (&codec.value, codec.span);
        let codec = quote_spanned!(span=> &#path);
        quote!(.codec(#codec))
    });
    let source = quote!(__p::MemberSource::member(#name, &[#(#names),*])#codec);
    if field.serde.is_some() && names.iter().any(|name| holds(extension(name)) == JSON) {
        let ty = field.ty;
        return quote!(__p::json_of::<#ty>(#source));
    }
    source
}

/// Constants that fail to evaluate where a field's type has no form in its member: only the compiler knows the type.
pub(super) fn checks(sample: &SampleDef<'_>) -> TokenStream {
    if !sample.members.is_used() || sample.lifetime.is_some() {
        return TokenStream::new();
    }
    sample.wire_fields().map(|field| check(sample, field)).collect()
}

fn check(sample: &SampleDef<'_>, field: &FieldDef<'_>) -> TokenStream {
    let wire_type = wire_type(field, sample);
    if sample.is_in_key(field) {
        let span = field.key.unwrap_or_else(|| field.ident.span());
        let message = format!(
            "field `{}` comes from the key of the sample: it is text or a whole number (`String`, an integer, an enum)",
            field.ident
        );
        return quote_spanned! {span=>
            const _: () = if !__p::fits_key(#wire_type::TYPE) || #wire_type::OPTIONAL { __p::panic!(#message) };
        };
    }
    // What a codec of the user's makes of an extension is not known here.
    if field.codec.is_some() || sample.members.codecs.is_some() {
        return TokenStream::new();
    }
    let span = field.member.as_ref().map_or_else(|| field.ident.span(), |member| member.span);
    let checks = field.member_names().into_iter().map(|name| {
        let extension = extension(&name).to_owned();
        let message = format!(
            "field `{}`: a member \"{name}\" holds {}, which is not what the field's type is; {}, or change the type",
            field.ident,
            holds(&extension),
            other(&name, &extension)
        );
        quote_spanned! {span=>
            const _: () = if !__p::fits_member(#wire_type::TYPE, #extension) { __p::panic!(#message) };
        }
    });
    checks.collect()
}

/// What decides about the content, as the library has it.
fn extension(name: &str) -> &str {
    let compressed = ["gz", "bz2", "xz", "zst", "zstd"];
    let plain = match name.rsplit_once('.') {
        Some((rest, last)) if compressed.contains(&last) => rest,
        _ => name,
    };
    plain.rsplit_once('.').map_or(plain, |(_, extension)| extension)
}

const JSON: &str = "JSON, which has no bytes, no complex numbers and no dtypes of its own";

fn holds(extension: &str) -> &'static str {
    match extension {
        "npy" => "an array",
        "json" | "jsn" => JSON,
        "txt" | "text" | "transcript" | "cls" | "cls2" | "index" | "inx" | "id" => "text or a number",
        _ => "bytes",
    }
}

/// The members to name instead.
fn other(name: &str, extension: &str) -> String {
    match holds(extension) {
        "bytes" => format!("name one that says what it holds, such as \"{name}.json\" or \"{name}.mp\""),
        JSON => "name another member, such as \"mp\"".to_owned(),
        _ => "name another member, such as \"json\"".to_owned(),
    }
}
