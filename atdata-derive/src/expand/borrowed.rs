//! Impls of a sample type that borrows from the bytes it is read from.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Lifetime, Type};

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

/// The type with `'static` for the sample's lifetime, for constants, which have none.
pub(super) fn with_static_lifetime(ty: &Type, lifetime: Option<&Lifetime>) -> TokenStream {
    let Some(lifetime) = lifetime else { return ty.to_token_stream() };
    replace_lifetime(ty.to_token_stream(), &lifetime.ident.to_string())
}

/// In a token stream a lifetime is an apostrophe and an identifier.
fn replace_lifetime(tokens: TokenStream, name: &str) -> TokenStream {
    use proc_macro2::{Group, Ident, TokenTree};
    let mut after_apostrophe = false;
    tokens
        .into_iter()
        .map(|token| {
            let is_lifetime = std::mem::replace(
                &mut after_apostrophe,
                matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
            );
            match token {
                TokenTree::Ident(ident) if is_lifetime && ident == name => {
                    TokenTree::Ident(Ident::new("static", ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut replaced = Group::new(group.delimiter(), replace_lifetime(group.stream(), name));
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced)
                }
                token => token,
            }
        })
        .collect()
}
