//! Expansion: writing the model out. Everything emitted goes through the hidden module of the library, under absolute
//! paths.

mod batch;
mod borrowed;
mod owned;
mod pack_field;
#[cfg(feature = "records")]
mod record;
mod schema;
mod view;

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident, Lifetime, Type};

use crate::attr::Default;
use crate::model::{FieldDef, SampleDef, batch_ident, private};

pub(crate) use pack_field::{fallback as pack_field_fallback, pack_field};

/// ```text
/// struct PhotoBatch { … }
/// const _: () = { use ::atdata::__private_… as __p; static __KEYS …; impl …; };
/// ```
pub(crate) fn sample(sample: &SampleDef<'_>) -> TokenStream {
    let (private, deprecated) = (sample.private(), &sample.allow_deprecated);
    let keys = keys(sample);
    let (proof, specs, checks) = (proof(sample), specs(sample), schema::array_checks(sample));
    let (shapes, defaults) = (schema::shapes(sample), defaults(sample));
    let record = sample.record.as_ref().map(|record| record.checks(sample));
    let (items, impls) = match sample.lifetime {
        Some(lifetime) => (TokenStream::new(), borrowed::impls(sample, lifetime)),
        None => {
            let (owned, builder) = (owned::impls(sample), batch::impls(sample));
            let (source, view) = (view::source(sample), view::impls(sample));
            (batch::items(sample), quote!(#owned #builder #source #view))
        }
    };
    // The batch type is the user's and stands beside the struct; all else goes into an anonymous constant, where the
    // names of the expansion meet none of the module's, and two derives in one module none of each other's.
    quote! {
        #items
        #deprecated
        const _: () = {
            use #private as __p;
            #keys
            #proof
            #specs
            #shapes
            #checks
            #defaults
            #record
            #impls
        };
    }
}

/// Impls that satisfy the rest of the user's code, beside the errors.
pub(crate) fn fallback(input: &DeriveInput, sample: Option<&SampleDef<'_>>) -> TokenStream {
    // A type with parameters gets none: they and their bounds would have to be repeated, rightly or as one more error.
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let private = sample.map_or_else(|| private(None), SampleDef::private);
    let batch = sample.map_or_else(|| batch_ident(&input.ident), SampleDef::batch_ident);
    let (ident, vis) = (&input.ident, &input.vis);
    let name = ident.to_string();
    let (field, view) = (pack_field::fallback_field(ident), sample.map(view::fallback));
    quote! {
        #[allow(dead_code)]
        #vis type #batch = #private::Fallback<#ident>;
        const _: () = {
            use #private as __p;
            impl __p::ViewSource for #ident {
                const KEYS: &'static [__p::FieldKey] = &[];
            }
            #field
            impl __p::Packable for #ident {
                const SCHEMA: &'static __p::Schema = &__p::Schema::new(#name, "1.0.0", __p::None, &[]);
                type Batch = __p::Fallback<Self>;
                type Builder = __p::Fallback<Self>;
            }
            #view
        };
    }
}

/// The names of the fields, with their bytes on the wire.
fn keys(sample: &SampleDef<'_>) -> TokenStream {
    let keys = sample.wire_fields().map(|field| {
        let (name, encoded) = (&field.name.value, encoded_key(&field.name.value));
        quote!(__p::key(#name, #encoded))
    });
    quote!(static __KEYS: &[__p::FieldKey] = &[#(#keys),*];)
}

/// A name as a msgpack string; names have at most 255 bytes.
///
/// Encoded here, so that writing a key is one copy of constant bytes, and finding one a comparison with what is next.
fn encoded_key(name: &str) -> Literal {
    let len = u8::try_from(name.len()).unwrap_or(u8::MAX);
    let mut bytes = if len < 32 { vec![0xa0 | len] } else { vec![0xd9, len] };
    bytes.extend_from_slice(name.as_bytes());
    Literal::byte_string(&bytes)
}

/// The local variable of a field.
fn slot(index: usize) -> Ident {
    format_ident!("__{index}")
}

/// A constant of a field type: that of `BorrowField` has another name, so that glob imports do not make the two one.
fn constant(name: &str, sample: &SampleDef<'_>) -> Ident {
    match sample.lifetime {
        Some(_) => format_ident!("REF_{name}"),
        None => format_ident!("{name}"),
    }
}

/// The type of a field, with a name of its own; a number that no field on the wire has names no type.
fn type_alias(index: usize) -> Ident {
    format_ident!("__T{index}")
}

/// The type with `'static` for the sample's lifetime, for constants, which have none.
fn with_static_lifetime(ty: &Type, lifetime: Option<&Lifetime>) -> TokenStream {
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

/// ```text
/// impl Proof for Photo { const FIELDS: __p::bool = { let _ = <Image as PackField>::OPTIONAL; … true }; }
/// type __T0 = <Image as Proven<{ <Photo as Proof>::FIELDS }>>::Type;
/// ```
/// An alias is expanded where it stands, but its constant is evaluated once. What follows mentions the fields' types by
/// alias only: so a type without a wire form is one error, and at the user's token, not one for each mention of it.
fn proof(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, lifetime) = (sample.ident, sample.lifetime.map(|lifetime| quote!(<#lifetime>)));
    let (wire_trait, proven, static_lifetime) = match sample.lifetime {
        Some(lifetime) => (quote!(BorrowField<#lifetime>), quote!(ProvenRef<#lifetime,), Some(quote!(<'static>))),
        None => (quote!(PackField), quote!(Proven<), None),
    };
    let optional = constant("OPTIONAL", sample);
    let bounds = sample.wire_fields().map(|field| {
        let ty = field.ty;
        // Any constant would do: to name it is to ask for the bound, and this one is a plain boolean.
        quote_spanned!(ty.span()=> let _ = <#ty as __p::#wire_trait>::#optional;)
    });
    let aliases = sample.wire_fields().enumerate().map(|(index, field)| {
        let (ty, alias) = (field.ty, type_alias(index));
        quote!(type #alias #lifetime = <#ty as __p::#proven { <#ident #static_lifetime as __p::Proof>::FIELDS }>>::Type;)
    });
    let view = view::checks(sample);
    quote! {
        #[automatically_derived]
        impl #lifetime __p::Proof for #ident #lifetime {
            const FIELDS: __p::bool = {
                #(#bounds)*
                #view
                true
            };
        }
        #(#aliases)*
    }
}

/// The value of a field that is not on the wire.
fn skipped_value(field: &FieldDef<'_>) -> TokenStream {
    default_value(field).unwrap_or_else(|| {
        let ty = field.ty;
        quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
    })
}

/// The value that `default` gives.
fn default_value(field: &FieldDef<'_>) -> Option<TokenStream> {
    let name = default_name(field.default.as_ref().map(|_| field)?);
    Some(quote!(#name()))
}

fn default_name(field: &FieldDef<'_>) -> Ident {
    format_ident!("__d{}", field.place)
}

/// `fn __d3() -> String { "en".to_owned() }`: once, for the readers and for the schema.
fn defaults(sample: &SampleDef<'_>) -> TokenStream {
    let lifetime = sample.lifetime.map(|lifetime| quote!(<#lifetime>));
    let functions = sample.fields.iter().filter_map(|field| {
        let (name, ty) = (default_name(field), field.ty);
        let value = match &field.default.as_ref()?.value {
            Default::Trait => quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default()),
            Default::Value(value) => quote_spanned!(value.span()=> let __default: #ty = #value; __default),
        };
        Some(quote!(fn #name #lifetime() -> #ty { #value }))
    });
    functions.collect()
}

/// What the fields' attributes declare of their arrays, where they do.
fn specs(sample: &SampleDef<'_>) -> TokenStream {
    let specs = sample.wire_fields().enumerate().filter(|(_, field)| field.has_spec()).map(|(index, field)| {
        let (name, spec) = (spec_name(index), spec(field));
        quote!(const #name: __p::ArraySpec = #spec;)
    });
    specs.collect()
}

fn spec_name(index: usize) -> Ident {
    format_ident!("__S{index}")
}

fn spec(field: &FieldDef<'_>) -> TokenStream {
    let shape = match &field.shape {
        Some(shape) => {
            let sizes = schema::sizes(&shape.value);
            quote!(__p::Some(&[#(#sizes),*]))
        }
        None => quote!(__p::None),
    };
    let cast = field.cast.is_some();
    quote!(__p::ArraySpec::new(#shape, #cast))
}

/// `read`, told what is declared of the field's arrays where anything is.
fn with_spec(index: usize, field: &FieldDef<'_>, read: TokenStream) -> TokenStream {
    if !field.has_spec() {
        return read;
    }
    let spec = spec_name(index);
    quote!(__p::with_spec(__c, #spec, |__c| #read))
}

/// The fields on the wire with their numbers; the others with none.
fn numbered<'s, 'a>(sample: &'s SampleDef<'a>) -> impl Iterator<Item = (Option<usize>, &'s FieldDef<'a>)> {
    let mut next = 0;
    sample.fields.iter().map(move |field| {
        let number = field.skip.is_none().then(|| {
            next += 1;
            next - 1
        });
        (number, field)
    })
}

/// Without the feature `records` there is no record to write out.
#[cfg(not(feature = "records"))]
impl crate::record::Record {
    fn checks(&self, _: &SampleDef<'_>) -> TokenStream {
        match *self {}
    }
}
