//! Expansion: writing the model out. Everything emitted goes through the hidden module of the library, under absolute
//! paths.

mod batch;
mod borrowed;
mod flatten;
mod form;
mod members;
mod pack_field;
mod query;
#[cfg(feature = "records")]
mod record;
mod row;
mod schema;
mod view;

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DeriveInput, Ident, Lifetime};

use crate::attr::{At, Default};
use crate::model::{FieldDef, SampleDef, batch_ident, private};
use crate::written::is_option;

pub(crate) use pack_field::{fallback as pack_field_fallback, pack_field};

/// ```text
/// struct PhotoBatch { … }
/// const _: () = { use ::atdata::__private_… as __p; const __KNOWN …; impl …; };
/// ```
pub(crate) fn sample(sample: &SampleDef<'_>) -> TokenStream {
    let (private, deprecated) = (sample.private(), &sample.allow_deprecated);
    let known = known(sample);
    let (proof, checks) = (proof(sample), schema::array_checks(sample));
    let members = members::checks(sample);
    let (shapes, defaults, forms) = (schema::shapes(sample), defaults(sample), form::items(sample));
    let fills = fills(sample);
    let record = sample.record.as_ref().map(|record| record.checks(sample));
    let (items, impls) = match sample.lifetime {
        Some(lifetime) => (TokenStream::new(), borrowed::impls(sample, lifetime)),
        None => {
            let (row, view) = (row::impls(sample), view::impls(sample));
            let (batch, query) = (batch::items(sample), query::items(sample));
            let functions = query::functions(sample);
            (quote!(#batch #query), quote!(#row #view #functions))
        }
    };
    // The batch type is the user's and stands beside the struct; all else goes into an anonymous constant, where the
    // names of the expansion meet none of the module's, and two derives in one module none of each other's.
    quote! {
        #items
        #deprecated
        const _: () = {
            use #private as __p;
            #known
            #forms
            #proof
            #shapes
            #checks
            #members
            #defaults
            #fills
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
    let (query, functions) = (sample.map(query::items), sample.map(query::fallback));
    quote! {
        #[allow(dead_code)]
        #vis type #batch = #private::Fallback<#ident>;
        #query
        const _: () = {
            use #private as __p;
            impl __p::ViewSource for #ident {
                const KEYS: __p::Keys = __p::Keys::NONE;
            }
            impl __p::Flat for #ident {
                fn by_row<__V: __p::ByRow<Self>>(_: __V) -> __V::Out { loop {} }
                fn read_fields(_: &mut __p::Fallback<Self>, _: &mut __p::Fields<'_, '_>, _: __p::usize) -> __p::Result<()> { loop {} }
            }
            #field
            impl __p::Packable for #ident {
                const SCHEMA: &'static __p::Schema = &__p::Schema::new(#name, "1.0.0", __p::None, &[]);
                type Batch = __p::Fallback<Self>;
                type Builder = __p::Fallback<Self>;
            }
            #view
            #functions
        };
    }
}

/// What is known of the fields, and their names for the reader.
///
/// ```text
/// const __KNOWN: &[Known; 2] = &[field::<__P<Array3<u8>>>("image", b"\xa5image"), …];
/// const __KEYS: &KeyTable<2> = &KeyTable::new(keys(__KNOWN));
/// ```
fn known(sample: &SampleDef<'_>) -> TokenStream {
    if sample.is_flat() {
        return flatten::known(sample, |field| schema::known(field, sample));
    }
    let count = sample.wire_fields().count();
    let fields = sample.wire_fields().map(|field| schema::known(field, sample));
    // A constant and not a static: each unit of code then has a copy, in which the optimiser sees what the keys are.
    quote! {
        const __KNOWN: &[__p::Known; #count] = &[#(#fields),*];
        const __KEYS: &__p::KeyTable<#count> = &__p::KeyTable::new(__p::keys(__KNOWN));
    }
}

/// What the reader knows of a field besides its name: `.declared(ArraySpec::new(…)).or_as(&["picture"])`
fn key_note(field: &FieldDef<'_>) -> TokenStream {
    let declared = field.has_spec().then(|| {
        let spec = spec(field);
        quote!(.declared(#spec))
    });
    let aliases = field.aliases();
    let or_as = (!aliases.is_empty()).then(|| quote!(.or_as(&[#(#aliases),*])));
    quote!(#declared #or_as)
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

/// The type of a field on the wire as the expansion mentions it: by way of the proof, and for constants, which have no
/// lifetimes but `'static`.
fn proven(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let ty = with_static_lifetime(form::wire(field, sample), sample.lifetime);
    quote!(__P<#ty>)
}

/// What the library knows of it.
fn wire_type(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let ty = proven(field, sample);
    match sample.lifetime {
        Some(_) => quote!(<#ty as __p::BorrowField<'static>>),
        None => quote!(<#ty as __p::PackField>),
    }
}

/// The most parts of a tuple that the library knows of.
const MAX_PARTS: usize = 16;

/// A tuple of as many parts as there are, with tuples inside if they are many.
fn tuple(parts: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let mut parts: Vec<_> = parts.into_iter().collect();
    while parts.len() > MAX_PARTS {
        parts = parts.chunks(MAX_PARTS).map(|parts| quote!((#(#parts,)*))).collect();
    }
    quote!((#(#parts,)*))
}

/// ```text
/// (Cell<__P<Array3<u8>>>, Cell<__P<String>, Stacked, Given<__D3>>)
/// ```
fn cells(sample: &SampleDef<'_>) -> TokenStream {
    tuple(sample.wire_fields().map(|field| {
        if field.flatten.is_some() {
            return flatten::cell(field);
        }
        let ty = field.ty;
        let ty = quote!(__P<#ty>);
        let converter = form::converter(field, sample).map(|converter| quote!(__p::With<#converter>));
        let column = match &converter {
            Some(converter) => converter.clone(),
            None => gathered(field),
        };
        match (&field.default, field.required) {
            (Some(_), _) => {
                let default = default_name(field);
                quote!(__p::Cell<#ty, #column, __p::Given<#default>>)
            }
            (None, Some(_)) => quote!(__p::Cell<#ty, #column, __p::Nothing>),
            (None, None) if field.serde.is_some() => quote!(__p::Cell<#ty, #column, __p::Nothing>),
            (None, None) if converter.is_some() => quote!(__p::Cell<#ty, #column, #column>),
            (None, None) if field.ragged.or(field.pad_span()).is_some() => quote!(__p::Cell<#ty, #column>),
            (None, None) => quote!(__p::Cell<#ty>),
        }
    }))
}

/// How its values gather in a batch.
fn gathered(field: &FieldDef<'_>) -> TokenStream {
    match &field.pad {
        Some(At { value: Default::Value(_), .. }) => {
            let fill = fill_name(field);
            quote!(__p::Filled<#fill>)
        }
        Some(_) => quote!(__p::Filled<__p::Zeros>),
        None if field.ragged.is_some() => quote!(__p::Ragged),
        None => quote!(__p::Stacked),
    }
}

fn fill_name(field: &FieldDef<'_>) -> Ident {
    format_ident!("__F{}", field.place)
}

/// ```text
/// struct __F3;
/// impl Give<i32> for __F3 { fn give() -> i32 { -100 } }
/// ```
fn fills(sample: &SampleDef<'_>) -> TokenStream {
    let functions = sample.wire_fields().filter_map(|field| {
        let Default::Value(value) = &field.pad.as_ref()?.value else { return None };
        let (name, ty) = (fill_name(field), field.ty);
        let element = quote!(<__P<#ty> as __p::Pad>::Element);
        let value = quote_spanned!(value.span()=> let __fill: #element = #value; __fill);
        Some(quote! {
            struct #name;
            #[automatically_derived]
            impl __p::Give<#element> for #name {
                fn give() -> #element { #value }
            }
        })
    });
    functions.collect()
}

/// The pattern of the values of the fields, and what the struct has in braces: `{ image: __0, cache: Default::default() }`.
fn from_values(sample: &SampleDef<'_>) -> (TokenStream, TokenStream) {
    let pattern = tuple((0..sample.wire_fields().count()).map(|index| slot(index).into_token_stream()));
    let members = numbered(sample).map(|(number, field)| {
        let member = field.ident;
        let value = number.map_or_else(|| skipped_value(field), |number| slot(number).into_token_stream());
        quote!(#member: #value)
    });
    (pattern, quote!({ #(#members),* }))
}

/// The type with `'static` for the sample's lifetime, for constants, which have none.
fn with_static_lifetime(ty: TokenStream, lifetime: Option<&Lifetime>) -> TokenStream {
    let Some(lifetime) = lifetime else { return ty };
    replace_lifetime(ty, &lifetime.ident.to_string())
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
/// impl Proof for Photo { const FIELDS: __p::bool = { __p::one_null(<Image as PackField>::TWO_NULLS, "image"); … true }; }
/// const _: () = __p::one_null(<__P<Option<String>> as PackField>::TWO_NULLS, "note");
/// proven!(Photo);
/// ```
/// What follows mentions the fields' types by the alias of the last line only, `__P<T>`.
fn proof(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, lifetime) = (sample.ident, sample.lifetime.map(|lifetime| quote!(<#lifetime>)));
    let two_nulls = constant("TWO_NULLS", sample);
    let wire_trait = match sample.lifetime {
        Some(lifetime) => quote!(BorrowField<#lifetime>),
        None => quote!(PackField),
    };
    // To name the constant is to ask for the bound.
    let (asked, known_apart): (Vec<_>, Vec<_>) = sample
        .wire_fields()
        .map(|field| {
            if field.flatten.is_some() {
                return (flatten::proof(field, sample), None);
            }
            let (ty, own, name) = (form::wire(field, sample), field.ty, field.ident.to_string());
            let clone = match (&field.with, field.serde, sample.lifetime) {
                (Some(_), _, None) => quote_spanned!(own.span()=> __p::asks_clone::<#own>();),
                (None, Some(_), None) => quote_spanned!(own.span()=> __p::asks_serde::<#own>();),
                _ if field.pad.is_some() => quote_spanned!(own.span()=> __p::asks_pad::<#own>();),
                _ => TokenStream::new(),
            };
            let schema = field.schemars.map(|_| quote_spanned!(own.span()=> __p::asks_json_schema::<#own>();));
            let clone = quote!(#clone #schema);
            if !is_option(own) || form::converter(field, sample).is_some() {
                let null = quote_spanned!(own.span()=> __p::one_null(<#ty as __p::#wire_trait>::#two_nulls, #name););
                return (quote!(#clone #null), None);
            }
            // In most cases the fault of an `Option`: in a constant of its own each is told, and nothing depends on it.
            let wire_type = wire_type(field, sample);
            let null = quote_spanned!(own.span()=> const _: () = __p::one_null(#wire_type::#two_nulls, #name););
            let asked = quote_spanned!(own.span()=> __p::asks(<#ty as __p::#wire_trait>::#two_nulls););
            (quote!(#clone #asked), Some(null))
        })
        .unzip();
    let (source, view) = (view::source_is_known(sample), view::checks(sample));
    let known = match sample.lifetime {
        Some(_) => quote!(#ident<'static>),
        None => ident.to_token_stream(),
    };
    quote! {
        impl #lifetime __p::Proof for #ident #lifetime {
            #source
            const FIELDS: __p::bool = {
                #(#asked)*
                #view
                true
            };
        }
        __p::proven!(#known);
        #(#known_apart)*
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
    let (name, ty) = (default_name(field.default.as_ref().map(|_| field)?), field.ty);
    Some(quote!(<#name as __p::Give<#ty>>::give()))
}

fn default_name(field: &FieldDef<'_>) -> Ident {
    format_ident!("__D{}", field.place)
}

/// ```text
/// struct __D3;
/// impl Give<String> for __D3 { fn give() -> String { "en".to_owned() } }
/// ```
fn defaults(sample: &SampleDef<'_>) -> TokenStream {
    let lifetime = sample.lifetime.map(|lifetime| quote!(<#lifetime>));
    let functions = sample.fields.iter().filter_map(|field| {
        let (name, ty) = (default_name(field), field.ty);
        let value = match &field.default.as_ref()?.value {
            Default::Trait => quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default()),
            Default::Value(value) => quote_spanned!(value.span()=> let __default: #ty = #value; __default),
        };
        Some(quote! {
            struct #name;
            #[automatically_derived]
            impl #lifetime __p::Give<#ty> for #name {
                fn give() -> #ty { #value }
            }
        })
    });
    functions.collect()
}

/// For each field whether it converts dtypes; nothing where none does.
fn casts<'s, 'a: 's>(fields: impl Iterator<Item = &'s FieldDef<'a>>) -> Option<TokenStream> {
    let casts: Vec<_> = fields.map(|field| field.cast.is_some()).collect();
    casts.contains(&true).then(|| quote!(&[#(#casts),*]))
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
