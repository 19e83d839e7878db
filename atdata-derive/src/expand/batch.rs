//! The batch type of a sample type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use crate::model::{FieldDef, SampleDef};

/// ```text
/// /// Many [`Photo`] samples, as a struct of arrays.
/// #[derive(Debug, Clone, PartialEq)]
/// pub struct PhotoBatch { /// `image` of each sample. pub image: Array4<f32>, … }
/// batch!(pub PhotoBatch of Photo);
/// ```
pub(super) fn items(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, vis, batch, private) = (sample.ident, sample.vis, sample.batch_ident(), sample.private());
    let doc = format!("Many [`{ident}`] samples, as a struct of arrays.");
    let deprecated = &sample.allow_deprecated;
    let derives = match &sample.batch_derive {
        Some(paths) => quote!(#(#paths),*),
        None => quote!(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq),
    };
    let fields = sample.wire_fields().map(|field| {
        let (member, vis) = (field.ident, field.vis);
        let doc = format!("`{member}` of each sample.");
        let out = out_type(field, ident, &private);
        quote!(#[doc = #doc] #vis #member: #out)
    });
    quote! {
        #[doc = #doc]
        #[derive(#derives)]
        #deprecated
        #vis struct #batch { #(#fields),* }
        #private::batch!(#deprecated #vis #batch of #ident);
    }
}

fn out_type(field: &FieldDef<'_>, ident: &Ident, private: &TokenStream) -> TokenStream {
    let ty = field.ty;
    if field.pad.is_some() {
        return quote_spanned!(field.ty.span()=> #private::PaddedOf<#ident, #ty>);
    }
    match field.ragged.or(field.converted().map(|(_, span)| span)) {
        Some(_) => quote_spanned!(field.ty.span()=> #private::Vec<#ty>),
        None => quote_spanned!(field.ty.span()=> #private::OutOf<#ident, #ty>),
    }
}
