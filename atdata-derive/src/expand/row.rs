//! The fields of a sample type for what the library does with all of them: reads, writes, gathers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{cells, from_values, slot, tuple};
use crate::model::SampleDef;

/// ```text
/// impl Row for __Row {
///     type Sample = Photo;
///     type Batch = PhotoBatch;
///     type Fields = (Cell<__P<Array3<f32>>>, Cell<__P<String>>);
///     const LAYOUT: &Layout = &Layout::new("Photo", __KEYS, false);
///     fn from_values((__0, __1): Values<Self>) -> Photo { Photo { image: __0, label: __1 } }
///     fn into_values … refs … from_outs … into_outs … outs …
/// }
/// builder!(pub __Builder(__Row) of Photo, PhotoBatch);
/// ```
pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, vis, batch) = (sample.ident, sample.vis, sample.batch_ident());
    let (cells, layout) = (cells(sample), layout(sample));
    let (pattern, members) = from_values(sample);
    let idents: Vec<_> = sample.wire_fields().map(|field| field.ident).collect();
    let slots = (0..idents.len()).map(|index| slot(index).into_token_stream());
    let values = tuple(idents.iter().map(|member| quote!(__s.#member)));
    let refs = tuple(idents.iter().map(|member| quote!(&__s.#member)));
    let into_outs = tuple(idents.iter().map(|member| quote!(__b.#member)));
    let outs = tuple(idents.iter().map(|member| quote!(&__b.#member)));
    quote! {
        impl __p::Row for __Row {
            type Sample = #ident;
            type Batch = #batch;
            type Fields = #cells;
            const LAYOUT: &'static __p::Layout = #layout;
            fn from_values(#pattern: __p::Values<Self>) -> #ident {
                #ident #members
            }
            fn into_values(__s: #ident) -> __p::Values<Self> {
                #values
            }
            fn refs(__s: &#ident) -> __p::Refs<'_, Self> {
                #refs
            }
            fn from_outs(#pattern: __p::Outs<Self>) -> #batch {
                #batch { #(#idents: #slots),* }
            }
            fn into_outs(__b: #batch) -> __p::Outs<Self> {
                #into_outs
            }
            fn outs(__b: &#batch) -> __p::OutRefs<'_, Self> {
                #outs
            }
        }
        __p::builder!(#vis __Builder(__Row) of #ident, #batch);
    }
}

/// `&Layout::new("Photo", __KEYS, false)`
pub(super) fn layout(sample: &SampleDef<'_>) -> TokenStream {
    let (type_name, allow_unknown) = (sample.type_name(), sample.allow_unknown);
    quote!(&__p::Layout::new(#type_name, __KEYS, #allow_unknown))
}
