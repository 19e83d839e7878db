//! The fields of a sample type for what the library does with all of them: reads, writes, gathers;
//! and what the type says of itself.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{cells, flatten, from_values, members, schema, slot, tuple, view};
use crate::model::SampleDef;

/// ```text
/// impl Row for __Row {
///     type Sample = Photo;
///     type Fields = (Cell<__P<Array3<f32>>>, Cell<__P<String>>);
///     const LAYOUT: &Layout = &Layout::new("Photo", __KEYS, false);
///     const KNOWN: &[Field] = &fields(__KNOWN);
///     fn from_values((__0, __1): Values<Self>) -> Photo { Photo { image: __0, label: __1 } }
///     fn into_values … refs … from_outs … into_outs … outs …
/// }
/// impl Packable for Photo { packable!(PhotoBatch, __Builder(__Row), "Photo", "1.0.0", None); }
/// impl ViewSource for Photo { view_source_of!(__Row); }
/// sample!(pub Photo("Photo", "1.0.0"), PhotoBatch, __Builder(__Row));
/// ```
pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, vis, batch) = (sample.ident, sample.vis, sample.batch_ident());
    let (name, version) = (&sample.name.value, &sample.version.value);
    let converts = sample.wire_fields().any(|field| field.converted().is_some() || field.flatten.is_some());
    let write_checked = converts.then(|| quote!(, write_checked));
    let (cells, layout, known) = (cells(sample), layout(sample), schema::fields(sample));
    let (description, notes) = (schema::optional(sample.description.as_ref()), members::schema_parts(sample));
    let (stored, casts, source) = (members::layout(sample), casts(sample), view::source(sample));
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
            type Fields = #cells;
            const LAYOUT: &'static __p::Layout = #layout;
            const KNOWN: &'static [__p::Field] = #known;
            #stored
            #casts
            #source
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
        #[automatically_derived]
        impl __p::Packable for #ident {
            __p::packable!(#batch, __Builder(__Row), #name, #version, #description #notes);
        }
        impl __p::ViewSource for #ident {
            __p::view_source_of!(__Row);
        }
        __p::sample!(#vis #ident(#name, #version), #batch, __Builder(__Row) #write_checked);
    }
}

/// `const CASTS: &[bool] = &[false, true];`, nothing of a type that converts no dtypes.
fn casts(sample: &SampleDef<'_>) -> Option<TokenStream> {
    let casts = if sample.is_flat() { Some(flatten::casts(sample)) } else { super::casts(sample.wire_fields()) };
    casts.map(|casts| quote!(const CASTS: &'static [__p::bool] = #casts;))
}

/// `&Layout::new("Photo", __KEYS, false)`
pub(super) fn layout(sample: &SampleDef<'_>) -> TokenStream {
    let (type_name, allow_unknown) = (sample.type_name(), sample.allow_unknown);
    quote!(&__p::Layout::new(#type_name, __KEYS, #allow_unknown))
}
