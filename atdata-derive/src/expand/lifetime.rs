//! Types without their sample's lifetime, for constants.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Lifetime, Type};

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
