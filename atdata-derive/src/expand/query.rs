//! Functions for the fields of a type in predicates, where it asks for them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::form;
use crate::model::{FieldDef, SampleDef};

/// ```text
/// /// The fields of [`Photo`], for predicates.
/// pub enum PhotoFields {}
/// ```
pub(super) fn items(sample: &SampleDef<'_>) -> TokenStream {
    let Some(Some(name)) = sample.query.as_ref().map(|query| &query.value) else { return TokenStream::new() };
    let (vis, deprecated) = (sample.vis, &sample.allow_deprecated);
    let doc = format!("The fields of [`{}`], for predicates.", sample.ident);
    quote! {
        #[doc = #doc]
        #[allow(dead_code)]
        #deprecated
        #vis enum #name {}
    }
}

/// ```text
/// impl Photo { /// The field `label`, for predicates. pub fn label() -> FieldOf<Photo, String> { FieldOf::named("label") } }
/// ```
pub(super) fn functions(sample: &SampleDef<'_>) -> TokenStream {
    written(sample, |field| Some(form::wire(field, sample)))
}

/// The same beside errors: of a field that is converted it is not known to what.
pub(super) fn fallback(sample: &SampleDef<'_>) -> TokenStream {
    written(sample, |field| field.converted().is_none().then(|| field.ty.to_token_stream()))
}

fn written<'a>(sample: &SampleDef<'a>, ty: impl Fn(&FieldDef<'a>) -> Option<TokenStream>) -> TokenStream {
    let Some(query) = &sample.query else { return TokenStream::new() };
    let own = sample.ident;
    let on = query.value.as_ref().unwrap_or(own);
    let functions = sample.wire_fields().filter_map(|field| {
        let (ident, vis, ty) = (field.ident, field.vis, ty(field)?);
        let doc = format!("The field `{}`, for predicates.", ident.unraw());
        let (ty, path) = if field.flatten.is_some() {
            (quote!(__p::Inlined<#ty>), quote!(flattened()))
        } else {
            let name = &field.name.value;
            (ty, quote!(named(#name)))
        };
        Some(quote! {
            #[doc = #doc]
            #vis fn #ident() -> __p::FieldOf<#own, #ty> {
                __p::FieldOf::#path
            }
        })
    });
    // The names are the user's: one may be a name that means something to lints.
    quote! {
        #[automatically_derived]
        #[allow(
            dead_code,
            non_snake_case,
            clippy::new_ret_no_self,
            clippy::self_named_constructors,
            clippy::should_implement_trait,
            clippy::wrong_self_convention
        )]
        impl #on {
            #(#functions)*
        }
    }
}
