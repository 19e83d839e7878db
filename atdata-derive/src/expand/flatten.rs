//! Flattened fields: constants of two types joined into one. Of a type without such fields nothing is written here.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::with_static_lifetime;
use crate::model::{FieldDef, SampleDef};

/// ```text
/// const __KNOWN0: &[Known; 1] = &[field::<__P<i64>>("id", b"\xa2id")];
/// const __PARTS: &[Part<FieldKey>] = &[Part::own(&keys(__KNOWN0)), Part::flat("camera", <__P<Camera> as FlatKeys>::FLAT_KEYS.list())];
/// const __LEN: usize = count(__PARTS);
/// const __KEYS: &KeyTable<__LEN> = &KeyTable::new(joined_keys(__PARTS));
/// const _: () = one_field_each(__PARTS, &__KEYS.keys(), "camera", "Photo");
/// ```
pub(super) fn known(sample: &SampleDef<'_>, known: impl Fn(&FieldDef<'_>) -> TokenStream) -> TokenStream {
    let own = runs(sample).into_iter().enumerate().filter_map(|(number, run)| {
        let Run::Own(fields) = run else { return None };
        let (name, count) = (own_fields(number), fields.len());
        let fields = fields.into_iter().map(&known);
        Some(quote!(const #name: &[__p::Known; #count] = &[#(#fields),*];))
    });
    let parts = parts(sample, &quote!(keys), |field| {
        let ty = ty(field, sample);
        quote!(<#ty as __p::FlatKeys>::FLAT_KEYS.list())
    });
    let name = sample.type_name();
    let checks = sample.flat_fields().map(|field| {
        let own = field.ident.unraw().to_string();
        quote_spanned!(field.ident.span()=> const _: () = __p::one_field_each(__PARTS, &__KEYS.keys(), #own, #name);)
    });
    quote! {
        #(#own)*
        const __PARTS: &[__p::Part<__p::FieldKey>] = &[#(#parts),*];
        const __LEN: __p::usize = __p::count(__PARTS);
        const __KEYS: &__p::KeyTable<__LEN> = &__p::KeyTable::new(__p::joined_keys(__PARTS));
        #(#checks)*
    }
}

/// `&joined_fields::<__LEN>(&[Part::own(&fields(__KNOWN0)), Part::flat("camera", fields_of::<__P<Camera>>())])`
pub(super) fn schema(sample: &SampleDef<'_>) -> TokenStream {
    let parts = parts(sample, &quote!(fields), |field| {
        let ty = ty(field, sample);
        match sample.lifetime {
            Some(_) => quote!(__p::ref_fields_of::<#ty>()),
            None => quote!(__p::fields_of::<#ty>()),
        }
    });
    quote!(&__p::joined_fields::<__LEN>(&[#(#parts),*]))
}

/// `&joined_casts::<__LEN>(__PARTS, &[&[false, true], casts_of::<__P<Camera>>()])`
pub(super) fn casts(sample: &SampleDef<'_>) -> TokenStream {
    let parts = runs(sample).into_iter().map(|run| match run {
        Run::Own(fields) => super::casts(fields.into_iter()).unwrap_or_else(|| quote!(&[])),
        Run::Flat(field) => {
            let ty = ty(field, sample);
            quote!(__p::casts_of::<#ty>())
        }
    });
    quote!(&__p::joined_casts::<__LEN>(__PARTS, &[#(#parts),*]))
}

/// `Flattened<__P<Camera>>`
pub(super) fn cell(field: &FieldDef<'_>) -> TokenStream {
    let ty = field.ty;
    quote!(__p::Flattened<__P<#ty>>)
}

/// Asks whether the type of the field can be flattened, in the one place that tells it.
pub(super) fn proof(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let ty = field.ty;
    let asked = match sample.lifetime {
        Some(lifetime) => quote!(<#ty as __p::FlatRef<#lifetime>>::REF_FLAT),
        None => quote!(<#ty as __p::Flat>::FLAT),
    };
    quote_spanned!(ty.span()=> __p::asks(#asked);)
}

/// `const FLATTENED: &[FlatField] = &[FlatField::new::<__P<Camera>>("camera", count(__PARTS.split_at(1).0))];`
pub(super) fn source(sample: &SampleDef<'_>) -> TokenStream {
    if !sample.is_flat() {
        return TokenStream::new();
    }
    let fields = runs(sample).into_iter().enumerate().filter_map(|(number, run)| match run {
        Run::Own(_) => None,
        Run::Flat(field) => {
            let (own, ty) = (field.ident.unraw().to_string(), ty(field, sample));
            Some(quote!(__p::FlatField::new::<#ty>(#own, __p::count(__PARTS.split_at(#number).0))))
        }
    });
    quote!(const FLATTENED: &'static [__p::FlatField] = &[#(#fields),*];)
}

/// The type in constants.
fn ty(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let ty = field.ty;
    let ty = with_static_lifetime(quote!(#ty), sample.lifetime);
    quote!(__P<#ty>)
}

/// Fields one after the other: own ones, or a flattened one.
enum Run<'s, 'a> {
    Own(Vec<&'s FieldDef<'a>>),
    Flat(&'s FieldDef<'a>),
}

fn runs<'s, 'a>(sample: &'s SampleDef<'a>) -> Vec<Run<'s, 'a>> {
    let mut runs = Vec::new();
    for field in sample.wire_fields() {
        match runs.last_mut() {
            _ if field.flatten.is_some() => runs.push(Run::Flat(field)),
            Some(Run::Own(fields)) => fields.push(field),
            _ => runs.push(Run::Own(vec![field])),
        }
    }
    runs
}

/// The fields of a run of own ones.
fn own_fields(run: usize) -> Ident {
    format_ident!("__KNOWN{run}")
}

/// `own` takes of them what is asked for.
fn parts(sample: &SampleDef<'_>, own: &TokenStream, flat: impl Fn(&FieldDef<'_>) -> TokenStream) -> Vec<TokenStream> {
    let part = |(number, run)| match run {
        Run::Own(_) => {
            let known = own_fields(number);
            quote!(__p::Part::own(&__p::#own(#known)))
        }
        Run::Flat(field) => {
            let (name, fields) = (field.ident.unraw().to_string(), flat(field));
            quote!(__p::Part::flat(#name, #fields))
        }
    };
    runs(sample).into_iter().enumerate().map(part).collect()
}
