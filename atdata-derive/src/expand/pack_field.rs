//! `impl PackField` for an enum or a newtype.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident, Type};

use crate::model::private;
use crate::pack_field::{FieldTypeDef, Kind, Other, VariantDef};

/// ```text
/// const _: () = { use ::atdata::__private_… as __p; impl __p::PackField for Split { … } };
/// ```
pub(crate) fn pack_field(def: &FieldTypeDef<'_>) -> TokenStream {
    let (private, deprecated) = (def.private(), &def.allow_deprecated);
    let impls = match &def.kind {
        Kind::Enum(variants) => of_enum(def.ident, variants),
        Kind::Newtype(inner) => of_newtype(def.ident, inner),
    };
    quote! {
        #deprecated
        const _: () = {
            use #private as __p;
            #impls
        };
    }
}

/// An impl that satisfies the rest of the user's code, beside the errors.
pub(crate) fn fallback(input: &DeriveInput, def: Option<&FieldTypeDef<'_>>) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = def.map_or_else(|| private(None), FieldTypeDef::private);
    let field = fallback_field(&input.ident);
    quote! {
        const _: () = {
            use #private as __p;
            #field
        };
    }
}

/// The impl of a field type whose derive met errors: nothing that is said of it is held against anything.
pub(super) fn fallback_field(ident: &Ident) -> TokenStream {
    quote! {
        impl __p::PackField for #ident {
            const TYPE: __p::FieldType = __p::FieldType::Any;
            const NESTED: __p::Option<__p::NestedSample> = __p::Some(__p::NestedSample::FAILED);
            type Column = __p::Fallback<Self>;
            // It never runs, for the crate does not compile; of any type, without a word on how to make a value of it.
            fn read(_: &mut __p::Cursor<'_>) -> __p::Result<Self> { loop {} }
            fn write(&self, _: &mut __p::Vec<__p::u8>) {}
        }
    }
}

/// `Clone` is asked for in one place, so that its lack is one error: see `Proof`.
fn of_enum(ident: &Ident, variants: &[VariantDef<'_>]) -> TokenStream {
    let labelled: Vec<_> = variants.iter().filter(|variant| !variant.is_held()).collect();
    let names = labelled.iter().map(|variant| &variant.name.value);
    let reads = labelled.iter().enumerate().map(|(index, variant)| {
        let variant = variant.ident;
        // `enum_value` counts no further than the names it was given.
        if index + 1 == labelled.len() { quote!(_ => #ident::#variant) } else { quote!(#index => #ident::#variant) }
    });
    let reads = quote!(#(#reads),*);
    let other = variants.iter().find_map(|variant| Some((variant.ident, variant.other?)));
    let read = match other {
        None => quote!(__p::Ok(match __p::enum_value(__c, __NAMES)? { #reads })),
        Some((variant, other)) => {
            let value = match other {
                Other::Named => quote!(#ident::#variant),
                Other::Held(span) => {
                    let text = quote_spanned!(span=> __p::LabelText::of_label(__text));
                    quote!(#ident::#variant(#text))
                }
            };
            quote! {
                let (__place, __text) = __p::enum_label(__c, __NAMES)?;
                __p::Ok(match __place {
                    __p::None => #value,
                    __p::Some(__place) => match __place { #reads },
                })
            }
        }
    };
    let writes = variants.iter().map(|VariantDef { ident: variant, name, other }| match other {
        Some(Other::Held(span)) => {
            let text = quote_spanned!(*span=> __p::LabelText::label(__text));
            quote!(#ident::#variant(__text) => #text)
        }
        _ => {
            let name = &name.value;
            quote!(#ident::#variant => #name)
        }
    });
    let check = match other {
        Some((variant, Other::Held(span))) => {
            let text = quote_spanned!(span=> __p::LabelText::label(__text));
            quote! {
                fn check(&self, _: __p::ArraySpec) -> __p::Result<()> {
                    match self {
                        #ident::#variant(__text) => __p::check_label(#text, __NAMES),
                        _ => __p::Ok(()),
                    }
                }
            }
        }
        _ => TokenStream::new(),
    };
    quote! {
        #[automatically_derived]
        impl __p::Proof for #ident {
            const FIELDS: __p::bool = __p::asks_clone::<#ident>();
        }
        const __NAMES: &[&__p::str] = &[#(#names),*];
        #[automatically_derived]
        impl __p::PackField for #ident {
            const TYPE: __p::FieldType = __p::FieldType::Enum(__NAMES);
            // Never; but asked by all that hold it, which are proven only where this is.
            const TWO_NULLS: __p::bool = !<#ident as __p::Proof>::FIELDS;
            type Column = <__p::Vec<#ident> as __p::Proven<{ <#ident as __p::Proof>::FIELDS }>>::Type;
            fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
                #read
            }
            fn write(&self, __out: &mut __p::Vec<__p::u8>) {
                __p::write_text(match self { #(#writes),* }, __out)
            }
            #check
        }
        impl __p::Comparable for #ident {
            type As = __p::LabelOf<Self>;
        }
        impl __p::InList for #ident {}
    }
}

/// The inner type is asked for its wire form in one place, so that a type without one is one error: see `Proof`.
fn of_newtype(ident: &Ident, inner: &Type) -> TokenStream {
    // Not with the span of the type: to the compiler it would be the user who writes a path where the name is imported.
    let wire_trait = quote!(__p::PackField);
    let proof = quote_spanned!(inner.span()=> let _ = <#inner as #wire_trait>::OPTIONAL;);
    quote! {
        #[automatically_derived]
        impl __p::Proof for #ident {
            const FIELDS: __p::bool = {
                #proof
                true
            };
        }
        type __T0 = <#inner as __p::Proven<{ <#ident as __p::Proof>::FIELDS }>>::Type;
        #[automatically_derived]
        impl __p::Newtype for #ident {
            type Inner = __T0;
            fn wrap(__inner: __T0) -> Self {
                Self(__inner)
            }
            fn unwrap(self) -> __T0 {
                self.0
            }
        }
        #[automatically_derived]
        impl __p::PackField for #ident {
            const TYPE: __p::FieldType = <__T0 as __p::PackField>::TYPE;
            const OPTIONAL: __p::bool = <__T0 as __p::PackField>::OPTIONAL;
            const ELEMENT: __p::FieldType = <__T0 as __p::PackField>::ELEMENT;
            const TWO_NULLS: __p::bool = <__T0 as __p::PackField>::TWO_NULLS;
            const NESTED: __p::Option<__p::NestedSample> = <__T0 as __p::PackField>::NESTED;
            const IMAGE: __p::Option<&'static __p::str> = <__T0 as __p::PackField>::IMAGE;
            const STACKS: __p::bool = <__T0 as __p::PackField>::STACKS;
            type Column = __p::NewtypeColumn<Self>;
            fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
                <__T0 as __p::PackField>::read(__c).map(Self)
            }
            fn write(&self, __out: &mut __p::Vec<__p::u8>) {
                <__T0 as __p::PackField>::write(&self.0, __out)
            }
            fn check(&self, __spec: __p::ArraySpec) -> __p::Result<()> {
                <__T0 as __p::PackField>::check(&self.0, __spec)
            }
        }
    }
}
