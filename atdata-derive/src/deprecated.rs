//! Deprecation: the use that a derive makes of what is deprecated. To name it is not to use it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput};

/// `#[allow(deprecated)]`, if the type or a part of it is, or is allowed to use what is. Else the compiler would warn
/// of the user's own fields, and where the expansion alone could silence it.
///
/// Not always, for what the user writes in `default = …` is in the expansion as well.
pub(crate) fn allow(input: &DeriveInput) -> Option<TokenStream> {
    let is_any = is_deprecated(&input.attrs)
        || match &input.data {
            Data::Struct(data) => data.fields.iter().any(|field| is_deprecated(&field.attrs)),
            Data::Enum(data) => data.variants.iter().any(|variant| is_deprecated(&variant.attrs)),
            Data::Union(_) => false,
        };
    is_any.then(|| quote!(#[allow(deprecated)]))
}

fn is_deprecated(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("deprecated") || allows(attr))
}

fn allows(attr: &Attribute) -> bool {
    let mut found = false;
    if attr.path().is_ident("allow") || attr.path().is_ident("expect") {
        // An attribute that cannot be read is the compiler's to complain of.
        let _ = attr.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("deprecated");
            Ok(())
        });
    }
    found
}
