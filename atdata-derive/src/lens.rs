//! `#[lens]`: a function becomes a value. The same four stages as the derive: `attr`, `model`, `check`, `expand`.

mod attr;
mod check;
mod expand;
mod model;

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;
use syn::{Item, ItemFn};

use crate::ctxt::Ctxt;

pub(crate) fn lens(args: TokenStream, item: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let attrs = attr::LensAttrs::from(&ctxt, args);
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        ctxt.push(no_function(item));
        let error = ctxt.finish().map_err(|error| error.to_compile_error()).err();
        return quote!(#error #item);
    };
    let facts = check::function(&ctxt, &function);
    check::arguments(&ctxt, &attrs, &function.sig.ident);
    match (ctxt.finish(), facts) {
        (Ok(()), Some(types)) => expand::lens(&model::LensDef::new(attrs, &function, types)),
        (Ok(()), None) => TokenStream::new(),
        (Err(error), types) => {
            let error = error.to_compile_error();
            // In an `impl` nothing but a method can stand beside the error.
            if function.sig.receiver().is_some() {
                return quote!(#error #function);
            }
            let fallback = expand::fallback(&attrs, &function, types.as_ref());
            quote!(#error #fallback)
        }
    }
}

/// Says why there is no function: the item is another, or it is no Rust at all.
fn no_function(item: &TokenStream) -> syn::Error {
    let message = "`#[lens]` is for functions; write `#[lens] fn name(source: &Source) -> View { … }`";
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Verbatim(tokens)) => {
            syn::Error::new(tokens.span(), "a lens has a body; write `fn name(source: &Source) -> View { … }`")
        }
        Ok(item) => syn::Error::new(keyword(&item), message),
        Err(error) => error,
    }
}

/// Where an item says what it is.
fn keyword(item: &Item) -> proc_macro2::Span {
    match item {
        Item::Struct(item) => item.struct_token.span,
        Item::Enum(item) => item.enum_token.span,
        Item::Impl(item) => item.impl_token.span,
        Item::Mod(item) => item.mod_token.span,
        Item::Trait(item) => item.trait_token.span,
        Item::Const(item) => item.const_token.span,
        Item::Static(item) => item.static_token.span,
        Item::Type(item) => item.type_token.span,
        other => other.span(),
    }
}
