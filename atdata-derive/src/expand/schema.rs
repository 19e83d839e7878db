//! The schema of a sample type, as a constant, and the checks that only the compiler can make.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{constant, type_alias};
use syn::spanned::Spanned;

use crate::model::{FieldDef, SampleDef};

/// `&Schema::new("Photo", "1.0.0", Some("…"), &[Field::new("image", <T as PackField>::TYPE), …])`
pub(super) fn schema(sample: &SampleDef<'_>, trait_path: &TokenStream) -> TokenStream {
    let (name, version) = (&sample.name.value, &sample.version.value);
    let description = optional(sample.description.as_ref());
    let (ty, optional) = (constant("TYPE", sample), constant("OPTIONAL", sample));
    let fields = sample.wire_fields().enumerate().map(|(index, field)| {
        let (name, alias) = (&field.name.value, type_alias(index));
        let tokens = quote! {
            __p::Field::new(#name, <#alias as #trait_path>::#ty).optional(<#alias as #trait_path>::#optional)
        };
        schema_field(tokens, field)
    });
    quote!(&__p::Schema::new(#name, #version, #description, &[#(#fields),*]))
}

/// `NestedSample::new(<Self as Packable>::SCHEMA, &[false, true], false)`
pub(super) fn nested(sample: &SampleDef<'_>, schema: &TokenStream) -> TokenStream {
    let casts = sample.wire_fields().map(|field| field.cast.is_some());
    let is_partial = sample.is_partial();
    quote!(__p::NestedSample::new(#schema, &[#(#casts),*], #is_partial))
}

fn schema_field(mut tokens: TokenStream, field: &FieldDef<'_>) -> TokenStream {
    if let Some(description) = &field.description {
        tokens.extend(quote!(.described(#description)));
    }
    if field.default.is_some() {
        tokens.extend(quote!(.with_default()));
    }
    tokens.extend(shaped(field));
    tokens
}

/// `.shaped(Some(&[Some(224), None]), Some(&["height", "width"]))`, where anything is declared.
pub(super) fn shaped(field: &FieldDef<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    if field.ndim().is_some() {
        let shape = match &field.shape {
            Some(shape) => {
                let sizes = sizes(&shape.value);
                quote!(__p::Some(&[#(#sizes),*]))
            }
            None => quote!(__p::None),
        };
        let dims = match &field.dims {
            Some(dims) => {
                let names = &dims.value;
                quote!(__p::Some(&[#(#names),*]))
            }
            None => quote!(__p::None),
        };
        tokens.extend(quote!(.shaped(#shape, #dims)));
    }
    tokens
}

/// `Some(224)`, `None`
pub(super) fn sizes(shape: &[Option<usize>]) -> impl Iterator<Item = TokenStream> {
    shape.iter().map(|size| match size {
        Some(size) => quote!(__p::Some(#size)),
        None => quote!(__p::None),
    })
}

pub(super) fn optional(text: Option<&String>) -> TokenStream {
    match text {
        Some(text) => quote!(__p::Some(#text)),
        None => quote!(__p::None),
    }
}

/// Constants that fail to evaluate, at the attribute, where it does not fit the field's type.
pub(super) fn array_checks(sample: &SampleDef<'_>) -> TokenStream {
    let bound = match sample.lifetime {
        // The element type and rank of a borrowed array do not depend on how long it is borrowed.
        Some(_) => quote!(__p::BorrowField<'static>),
        None => quote!(__p::PackField),
    };
    let constant_of_nulls = constant("TWO_NULLS", sample);
    let two_nulls = sample.wire_fields().enumerate().map(|(index, field)| {
        let (ty, static_lifetime) = (type_alias(index), sample.lifetime.map(|_| quote!(<'static>)));
        let message = format!(
            "field `{}`: an `Option` of an `Option` or of a `Value` has two nulls, which look the same on the wire; \
             remove the outer `Option`",
            field.ident
        );
        quote_spanned! {field.ty.span()=>
            const _: () = if <#ty #static_lifetime as #bound>::#constant_of_nulls { __p::panic!(#message) };
        }
    });
    two_nulls.chain(sample.wire_fields().map(|field| array_check(field, sample, &bound))).collect()
}

fn array_check(field: &FieldDef<'_>, sample: &SampleDef<'_>, bound: &TokenStream) -> TokenStream {
    let attributes = [
        ("shape", field.shape.as_ref().map(|at| at.span)),
        ("dims", field.dims.as_ref().map(|at| at.span)),
        ("cast", field.cast),
        ("ragged", field.ragged),
    ];
    let Some((attribute, span)) = attributes.into_iter().find_map(|(name, span)| Some((name, span?))) else {
        return TokenStream::new();
    };
    let ty = crate::expand::borrowed::with_static_lifetime(field.ty, sample.lifetime);
    let not_an_array = format!(
        "field `{}`: `{attribute}` is for arrays (`ndarray::Array`, `DynArray`, alone or in `Option`, `Vec` or a map); \
         remove the attribute, or give the field an array type",
        field.ident
    );
    let constant = constant("TYPE", sample);
    // What type a name stands for the macro cannot know (it may be an alias or a newtype), but the field's constant
    // does: so the compiler evaluates the rule, and its panic is the message.
    let mut checks = quote_spanned! {span=>
        const _: () = if !__p::holds_array(<#ty as #bound>::#constant) { __p::panic!(#not_an_array) };
    };
    if let Some(span) = field.cast {
        let no_dtype = format!(
            "field `{}`: `cast` has no dtype to convert to, for a `DynArray` takes every one; \
             remove the attribute, or give the field an `ndarray::Array` type",
            field.ident
        );
        checks.extend(quote_spanned! {span=>
            const _: () = if !__p::has_dtype(<#ty as #bound>::#constant) { __p::panic!(#no_dtype) };
        });
    }
    if let Some(ndim) = field.ndim() {
        let wrong_rank = format!(
            "field `{}`: `{attribute}` gives {ndim} dimensions, but the array type has another number; \
             make the two agree",
            field.ident
        );
        checks.extend(quote_spanned! {span=>
            const _: () = if !__p::fits_rank(<#ty as #bound>::#constant, #ndim) { __p::panic!(#wrong_rank) };
        });
    }
    checks
}
