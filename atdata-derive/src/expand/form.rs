//! Fields whose bytes are of another type than their values: `with`, `serde`, and containers of what borrows.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, Lifetime, Type};

use crate::model::{FieldDef, SampleDef};
use crate::written::{container, last_segment};

/// The type on the wire, as the expansion mentions it.
pub(super) fn wire(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    if field.with.is_some() {
        return wire_name(field).into_token_stream();
    }
    if field.serde.is_some() {
        return quote!(__p::Value);
    }
    wrapper(field, sample).unwrap_or_else(|| field.ty.to_token_stream())
}

/// What converts, if anything does.
pub(super) fn converter(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> Option<TokenStream> {
    if field.with.is_some() {
        return Some(name(field).into_token_stream());
    }
    if field.serde.is_some() {
        return Some(quote!(__p::Serde));
    }
    wrapper(field, sample).map(|wrapper| quote!(__p::Unwrap<#wrapper>))
}

fn name(field: &FieldDef<'_>) -> Ident {
    format_ident!("__W{}", field.place)
}

/// At the user's path, where the compiler complains of a type without a wire form.
fn wire_name(field: &FieldDef<'_>) -> Ident {
    let place = field.with.as_ref().map_or_else(Span::call_site, |with| with.value.span());
    format_ident!("__T{}", field.place, span = Span::call_site().located_at(place))
}

/// ```text
/// type __T3 = millis::Wire;
/// struct __W3;
/// impl FromWire<Duration> for __W3 { type Wire = __T3; fn from_wire(__w: __T3) -> … { converted(millis::from_wire(__w)) } }
/// impl IntoWire<Duration> for __W3 { fn to_wire(__v: &Duration) -> __T3 { millis::to_wire(__v) } }
/// ```
pub(super) fn items(sample: &SampleDef<'_>) -> TokenStream {
    let lifetime = sample.lifetime.map(|lifetime| quote!(<#lifetime>));
    let items = sample.fields.iter().filter_map(|field| {
        let (module, ty) = (&field.with.as_ref()?.value, field.ty);
        let (name, wire) = (name(field), wire_name(field));
        // At the user's path, so that what the module lacks is told there.
        let part = |name: &str| {
            let name = Ident::new(name, module.span());
            quote!(#module::#name)
        };
        let (own_wire, from, to) = (part("Wire"), part("from_wire"), part("to_wire"));
        let from = quote_spanned!(module.span()=> #from(__w));
        let to = quote_spanned!(module.span()=> #to(__v));
        // What borrows is only read.
        let into = sample.lifetime.is_none().then(|| {
            quote! {
                #[automatically_derived]
                impl __p::IntoWire<#ty> for #name {
                    fn to_wire(__v: &#ty) -> #wire { #to }
                }
            }
        });
        Some(quote! {
            type #wire = #own_wire;
            struct #name;
            #[automatically_derived]
            impl #lifetime __p::FromWire<#ty> for #name {
                type Wire = #wire;
                fn from_wire(__w: #wire) -> __p::Result<#ty> { __p::converted(#from) }
            }
            #into
        })
    });
    items.collect()
}

/// `Option` and `Vec` of a type that borrows: field types by way of wrappers of the library's.
///
/// ```text
/// Option<FaceRef<'a>>    Maybe<One<FaceRef<'a>>>
/// ```
/// Known by their names, for only the macro sees the lifetime; by another name they are what the compiler says.
fn wrapper(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> Option<TokenStream> {
    let lifetime = sample.lifetime?;
    let (kind, inner) = container(field.ty)?;
    wrapped(kind, inner, lifetime)
}

fn wrapped(kind: &Ident, inner: &Type, lifetime: &Lifetime) -> Option<TokenStream> {
    let inside = match container(inner) {
        Some((kind, inner)) => wrapped(kind, inner, lifetime)?,
        None if borrows(inner, lifetime) => quote!(__p::One<#inner>),
        None => return None,
    };
    Some(if kind == "Option" { quote!(__p::Maybe<#inside>) } else { quote!(__p::Many<#inside>) })
}

/// A struct of the user's that has the sample's lifetime; `ArrayRef` and `Cow` have containers of their own.
fn borrows(ty: &Type, lifetime: &Lifetime) -> bool {
    last_segment(ty).is_some_and(|(ident, arguments)| {
        let has = arguments.iter().any(|argument| matches!(argument, GenericArgument::Lifetime(of) if of == lifetime));
        has && ident != "ArrayRef" && ident != "Cow"
    })
}
