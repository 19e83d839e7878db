//! Impls of a sample type that borrows from the bytes it is read from.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Lifetime;

use super::{cells, from_values, row, schema};
use crate::model::SampleDef;

pub(super) fn impls(sample: &SampleDef<'_>, lifetime: &Lifetime) -> TokenStream {
    let ident = sample.ident;
    let static_schema = quote!(<#ident<'static> as __p::PackableRef<'static>>::REF_SCHEMA);
    let (name, version, is_partial) = (&sample.name.value, &sample.version.value, sample.is_partial());
    let (schema, layout, cells) = (schema::schema(sample), row::layout(sample), cells(sample));
    let (pattern, members) = from_values(sample);
    quote! {
        __p::borrowed!(#ident<#lifetime> of #cells, __KEYS, #layout, |#pattern| Self #members);
        #[automatically_derived]
        impl<#lifetime> __p::BorrowField<#lifetime> for #ident<#lifetime> {
            const REF_TYPE: __p::FieldType =
                __p::FieldType::Sample(__p::SchemaRef::new(#name, #version, || #static_schema));
            const REF_NESTED: __p::Option<__p::NestedSample> =
                __p::Some(__p::NestedSample::new(#static_schema, &[], #is_partial));
            fn read_borrowed(__c: &mut __p::Cursor<#lifetime>) -> __p::Result<Self> {
                __p::read_borrowed_row::<Self>(__c)
            }
        }
        #[automatically_derived]
        impl<#lifetime> __p::PackableRef<#lifetime> for #ident<#lifetime> {
            const REF_SCHEMA: &'static __p::Schema = #schema;
            fn read_ref(__c: &mut __p::Cursor<#lifetime>) -> __p::Result<Self> {
                <Self as __p::BorrowField<#lifetime>>::read_borrowed(__c)
            }
        }
    }
}
