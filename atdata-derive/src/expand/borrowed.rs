//! Impls of a sample type that borrows from the bytes it is read from.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Lifetime;

use super::{owned, schema};
use crate::model::SampleDef;

pub(super) fn impls(sample: &SampleDef<'_>, lifetime: &Lifetime) -> TokenStream {
    let (ident, type_name) = (sample.ident, sample.type_name());
    let static_schema = quote!(<#ident<'static> as __p::PackableRef<'static>>::REF_SCHEMA);
    let (name, version, nested) = (&sample.name.value, &sample.version.value, schema::nested(sample, &static_schema));
    let schema = schema::schema(sample, &quote!(__p::BorrowField<#lifetime>));
    let read = owned::read(sample, &quote!(read_borrowed), &quote!(required_borrowed));
    quote! {
        #[automatically_derived]
        impl<#lifetime> __p::BorrowField<#lifetime> for #ident<#lifetime> {
            const REF_TYPE: __p::FieldType =
                __p::FieldType::Sample(__p::SchemaRef::new(#name, #version, || #static_schema));
            const REF_NESTED: __p::Option<__p::NestedSample> = __p::Some(#nested);
            fn read_borrowed(__c: &mut __p::Cursor<#lifetime>) -> __p::Result<Self> {
                __p::sample(__c, #type_name, |__c| { #read })
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
