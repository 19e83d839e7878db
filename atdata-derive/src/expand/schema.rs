//! The schema of a sample type, as a constant, and the checks that only the compiler can make.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;

use super::{constant, default_value, encoded_key, flatten, form, key_note, proven, wire_type, with_static_lifetime};

use crate::attr::{At, Manifest};
use crate::model::{FieldDef, SampleDef};

/// That of a type that borrows: `&Schema::new("Photo", "1.0.0", Some("…"), &fields(__KNOWN))`
pub(super) fn schema(sample: &SampleDef<'_>) -> TokenStream {
    let (name, version) = (&sample.name.value, &sample.version.value);
    let (description, fields) = (optional(sample.description.as_ref()), fields(sample));
    quote!(&__p::Schema::new(#name, #version, #description, #fields))
}

/// What it says of the fields: `&fields(__KNOWN)`
pub(super) fn fields(sample: &SampleDef<'_>) -> TokenStream {
    if sample.is_flat() { flatten::schema(sample) } else { quote!(&__p::fields(__KNOWN)) }
}

/// `field::<__P<Array3<u8>>>("image", b"\xa5image").declared(ArraySpec::new(…)).described("…")`
pub(super) fn known(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let function = if sample.lifetime.is_some() { quote!(borrowed_field) } else { quote!(field) };
    let (name, encoded) = (&field.name.value, encoded_key(&field.name.value));
    let ty = proven(field, sample);
    let mut tokens = match shaped(field) {
        Some(shaped) => {
            let (wire_type, optional) = (wire_type(field, sample), constant("OPTIONAL", sample));
            quote!(__p::Known::new(__p::Field::new(#name, #shaped).optional(#wire_type::#optional), #encoded))
        }
        None => quote!(__p::#function::<#ty>(#name, #encoded)),
    };
    tokens.extend(key_note(field));
    if field.is_required() {
        tokens.extend(quote!(.optional(false)));
    }
    tokens.extend(super::members::field_note(sample, field));
    schema_field(tokens, field, sample, sample.lifetime.is_none().then_some(ty))
}

/// The value of a default is written as a sample has it, which borrowed types are not.
fn schema_field(
    mut tokens: TokenStream,
    field: &FieldDef<'_>,
    sample: &SampleDef<'_>,
    owned: Option<TokenStream>,
) -> TokenStream {
    if let Some(description) = &field.description {
        tokens.extend(quote!(.described(#description)));
    }
    if field.schemars.is_some() {
        let own = with_static_lifetime(field.ty.to_token_stream(), sample.lifetime);
        tokens.extend(quote!(.json_schema(__p::JsonSchema::new(__p::json_schema_text::<__P<#own>>))));
    }
    if let Some(manifest) = &field.manifest {
        let kind = manifest_kind(manifest.value);
        tokens.extend(quote!(.manifest(#kind)));
    }
    tokens.extend(match (default_value(field), owned) {
        (Some(default), Some(ty)) => {
            let default = match form::converter(field, sample) {
                Some(converter) => {
                    let own = field.ty;
                    quote!(<#converter as __p::IntoWire<#own>>::to_wire(&#default))
                }
                None => default,
            };
            quote!(.default_value(__p::DefaultValue::new(|| __p::default_json::<#ty>(&#default))))
        }
        (Some(_), None) => quote!(.with_default()),
        (None, _) => TokenStream::new(),
    });
    tokens
}

/// `ManifestField::Set`
fn manifest_kind(manifest: Manifest) -> TokenStream {
    let kind = match manifest {
        Manifest::Excluded => quote!(Excluded),
        Manifest::Categorical => quote!(Categorical),
        Manifest::Numeric => quote!(Numeric),
        Manifest::Set => quote!(Set),
    };
    quote!(__p::ManifestField::#kind)
}

/// Only the compiler knows what a field's type is.
fn manifest_check(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let Some(At { value, span }) = &field.manifest else { return TokenStream::new() };
    let (kind, of) = match value {
        Manifest::Excluded => return TokenStream::new(),
        Manifest::Categorical => ("categorical", "text, numbers and booleans"),
        Manifest::Numeric => ("numeric", "numbers and booleans"),
        Manifest::Set => ("set", "lists of text, numbers or booleans"),
    };
    let (wire_type, constant) = (wire_type(field, sample), constant("TYPE", sample));
    let message = format!(
        "field `{}`: `manifest = \"{kind}\"` is for {of}; write the kind that the field's type has, or remove the attribute",
        field.ident
    );
    let manifest = manifest_kind(*value);
    quote_spanned! {*span=>
        const _: () = if !#manifest.fits(&#wire_type::#constant) { __p::panic!(#message) };
    }
}

/// The field's type with what is declared of its arrays, where anything is.
pub(super) fn shaped(field: &FieldDef<'_>) -> Option<TokenStream> {
    let shape = shape_name(field);
    field.ndim().map(|_| quote!(__p::shaped::<#shape>()))
}

fn shape_name(field: &FieldDef<'_>) -> Ident {
    format_ident!("__N{}", field.place)
}

/// ```text
/// struct __N0;
/// impl Shape for __N0 { const OF: FieldType = …; const SIZES: … = Some(&[Some(224), None]); const NAMES: … = None; }
/// ```
pub(super) fn shapes(sample: &SampleDef<'_>) -> TokenStream {
    let ty = constant("TYPE", sample);
    let shapes = sample.wire_fields().filter(|field| field.ndim().is_some()).map(|field| {
        let (shape, of) = (shape_name(field), wire_type(field, sample));
        let sizes = field.shape.as_ref().map(|shape| {
            let sizes = sizes(&shape.value);
            quote!(const SIZES: __p::Option<&'static [__p::Option<__p::usize>]> = __p::Some(&[#(#sizes),*]);)
        });
        let names = field.dims.as_ref().map(|dims| {
            let names = &dims.value;
            quote!(const NAMES: __p::Option<&'static [&'static __p::str]> = __p::Some(&[#(#names),*]);)
        });
        quote! {
            struct #shape;
            #[automatically_derived]
            impl __p::Shape for #shape {
                const OF: __p::FieldType = #of::#ty;
                #sizes
                #names
            }
        }
    });
    shapes.collect()
}

/// `Some(224)`, `None`
pub(super) fn sizes<T: ToTokens>(shape: &[Option<T>]) -> impl Iterator<Item = TokenStream> {
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
    let arrays = sample.wire_fields().map(|field| array_check(field, sample, &bound));
    let required = sample.wire_fields().map(|field| required_check(field, sample));
    let manifests = sample.wire_fields().map(|field| manifest_check(field, sample));
    arrays.chain(required).chain(manifests).chain([python_check(sample)]).collect()
}

/// Only the compiler knows which fields are optional.
fn python_check(sample: &SampleDef<'_>) -> TokenStream {
    if !sample.python {
        return TokenStream::new();
    }
    let (ident, optional) = (sample.ident, constant("OPTIONAL", sample));
    let optionals = sample.wire_fields().map(|field| {
        let wire_type = wire_type(field, sample);
        if field.is_required() { quote!(false) } else { quote!(#wire_type::#optional) }
    });
    let message = format!(
        "Python makes no class of `{ident}`, in which an optional field comes before a required one; move the optional \
         fields to the end, or remove `python`"
    );
    quote_spanned! {ident.span()=>
        const _: () = if !__p::ends_with_optional(&[#(#optionals),*]) { __p::panic!(#message) };
    }
}

/// All other types say themselves whether a sample may lack the field.
fn required_check(field: &FieldDef<'_>, sample: &SampleDef<'_>) -> TokenStream {
    let Some(span) = field.required else { return TokenStream::new() };
    let (wire_type, constant) = (wire_type(field, sample), constant("TYPE", sample));
    let message = format!(
        "field `{}`: `required` is for values of any type (`Value`); other fields are required unless they are an \
         `Option` or have a `default`: remove the attribute",
        field.ident
    );
    quote_spanned! {span=>
        const _: () = if !__p::is_any(#wire_type::#constant) { __p::panic!(#message) };
    }
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
    let ty = with_static_lifetime(form::wire(field, sample), sample.lifetime);
    let not_an_array = format!(
        "field `{}`: `{attribute}` is for arrays (`ndarray::Array`, `DynArray`, alone or in `Option`, `Vec` or a map); \
         remove the attribute, or give the field an array type",
        field.ident
    );
    let constant = constant("TYPE", sample);
    // What type a name stands for the macro cannot know (it may be an alias or a newtype), but the field's constant
    // does: so the compiler evaluates the rule, and its panic is the message.
    // Images are decoded to arrays, which a batch stacks and nothing else is to be said of.
    let stacks = (attribute == "ragged" && sample.lifetime.is_none()).then(|| quote!(&& !<#ty as #bound>::STACKS));
    let mut checks = quote_spanned! {span=>
        const _: () = if !__p::holds_array(<#ty as #bound>::#constant) #stacks { __p::panic!(#not_an_array) };
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
    if let Some(span) = field.ragged {
        let stacked = format!(
            "field `{}`: `ragged` is for arrays that a batch would stack, and it stacks none that are in a list or a map; \
             remove the attribute",
            field.ident
        );
        checks.extend(quote_spanned! {span=>
            const _: () = if __p::holds_arrays(<#ty as #bound>::#constant) { __p::panic!(#stacked) };
        });
    }
    if let Some(ndim) = field.ndim() {
        let before = format!(
            "field `{}`: `{attribute}` gives {ndim} dimension{}, but the array type has ",
            field.ident,
            if ndim == 1 { "" } else { "s" }
        );
        // Lints look at paths with the user's span, so nothing but the place of the error has it.
        // A variable has a place and no hygiene of `macro_rules!`.
        let wrong = Ident::new("__wrong", Span::call_site());
        let panic = quote_spanned!(span=> __p::panic!("{}", #wrong.as_str()));
        checks.extend(quote! {
            const _: () = if let __p::Some(__rank) = __p::other_rank(<#ty as #bound>::#constant, #ndim) {
                let #wrong = __p::Text::of_number(#before, __rank, "; make the two agree");
                #panic
            };
        });
    }
    checks
}
