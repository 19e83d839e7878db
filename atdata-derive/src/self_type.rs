//! `Self` in a derive's input: the expansion repeats types and values of fields in items of its own, where the word would
//! mean another type, so that the type's name stands for it from the start.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Data, DeriveInput, Fields, Meta, Type};

/// The same input, its `Self`s named.
pub(crate) fn named(mut input: DeriveInput) -> DeriveInput {
    let ident = input.ident.clone();
    let generics = input.generics.split_for_impl().1.to_token_stream();
    let fields = match &mut input.data {
        Data::Struct(data) => &mut data.fields,
        // Variants with data are refused, and others have no types.
        Data::Enum(_) | Data::Union(_) => return input,
    };
    let fields = match fields {
        Fields::Named(fields) => &mut fields.named,
        Fields::Unnamed(fields) => &mut fields.unnamed,
        Fields::Unit => return input,
    };
    for field in fields {
        name_type(&mut field.ty, &ident, &generics);
        field.attrs.iter_mut().for_each(|attr| name_attribute(attr, &ident));
    }
    input
}

fn name_type(ty: &mut Type, ident: &Ident, generics: &TokenStream) {
    let tokens = ty.to_token_stream();
    if mentions_self(tokens.clone())
        && let Ok(named) = syn::parse2(replaced(tokens, ident, generics))
    {
        *ty = named;
    }
}

/// In an expression the compiler finds out what is generic.
fn name_attribute(attr: &mut Attribute, ident: &Ident) {
    if let Meta::List(list) = &mut attr.meta
        && list.path.is_ident("packable")
        && mentions_self(list.tokens.clone())
    {
        list.tokens = replaced(std::mem::take(&mut list.tokens), ident, &TokenStream::new());
    }
}

fn mentions_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => mentions_self(group.stream()),
        _ => false,
    })
}

fn replaced(tokens: TokenStream, ident: &Ident, generics: &TokenStream) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(found) if found == "Self" => {
            let mut ident = ident.clone();
            // Errors are where the user wrote the word.
            ident.set_span(found.span());
            quote!(#ident #generics)
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), replaced(group.stream(), ident, generics));
            inner.set_span(group.span());
            TokenTree::Group(inner).into()
        }
        token => token.into(),
    };
    tokens.into_iter().flat_map(|token| -> TokenStream { replace(token) }).collect()
}
