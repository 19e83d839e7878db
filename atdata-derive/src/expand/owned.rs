//! Impls of a sample type that owns its fields.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{default_value, encoded_key, numbered, of_field, schema, skipped_value, slot, spec, with_spec};
use crate::model::{FieldDef, SampleDef};

pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, batch, type_name) = (sample.ident, sample.batch_ident(), sample.type_name());
    let schema = schema::schema(sample, &quote!(__p::PackField));
    let read = read(sample, &Reading::owned());
    let count = sample.wire_fields().count();
    let writes = sample.wire_fields().map(|field| {
        let (member, key, write) = (field.ident, encoded_key(&field.name.value), of_field(field, "write"));
        let write = quote_spanned!(field.type_span()=> #write(&self.#member, __out));
        quote!(__p::write_key(#key, __out); #write;)
    });
    let checks = sample.wire_fields().map(|field| {
        let (member, name, spec, check) = (field.ident, &field.name.value, spec(field), of_field(field, "check"));
        let check = quote_spanned!(field.type_span()=> #check(&self.#member, #spec));
        quote!(__p::in_field(#check, #name)?;)
    });
    quote! {
        #[automatically_derived]
        impl __p::PackField for #ident {
            const TYPE: __p::FieldType = __p::FieldType::Sample(__p::SchemaRef::new(|| <Self as __p::Packable>::SCHEMA));
            type Column = __Builder;
            fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
                __p::sample(__c, #type_name, |__c| { #read })
            }
            fn write(&self, __out: &mut ::std::vec::Vec<u8>) {
                __p::write_map(#count, __out);
                #(#writes)*
            }
            fn check(&self, _: __p::ArraySpec) -> __p::Result<()> {
                #(#checks)*
                __p::Ok(())
            }
        }
        #[automatically_derived]
        impl __p::Packable for #ident {
            const SCHEMA: &'static __p::Schema = #schema;
            type Batch = #batch;
            type Builder = __Builder;
        }
    }
}

/// The trait that reads the fields, and the names of its functions.
pub(super) struct Reading {
    pub(super) trait_path: TokenStream,
    pub(super) read: &'static str,
    pub(super) missing: &'static str,
}

impl Reading {
    pub(super) fn owned() -> Self {
        Self { trait_path: quote!(__p::PackField), read: "read", missing: "missing" }
    }

    fn call(&self, field: &FieldDef<'_>, function: &str) -> TokenStream {
        let (ty, trait_path, function) = (field.ty, &self.trait_path, Ident::new(function, field.type_span()));
        quote_spanned!(field.type_span()=> <#ty as #trait_path>::#function)
    }
}

/// ```text
/// let __start = __c.remaining();
/// let (mut __0, mut __1) = (None, None);
/// let mut __fields = Fields::open(__c, __KEYS, false)?;
/// while let Some(__i) = __fields.next(__c)? {
///     match __i { 0 => __0 = Some(in_field(<Image as PackField>::read(__c), "image")?), _ => … }
/// }
/// Ok(Self { image: required(__0, <Image as PackField>::missing, "image", __start)?, …, cache: Default::default() })
/// ```
pub(super) fn read(sample: &SampleDef<'_>, reading: &Reading) -> TokenStream {
    let count = sample.wire_fields().count();
    let slots: Vec<_> = (0..count).map(slot).collect();
    let arms = sample.wire_fields().zip(&slots).enumerate().map(|(index, (field, slot))| {
        let name = &field.name.value;
        let read = reading.call(field, reading.read);
        let read = quote_spanned!(field.type_span()=> #read(__c));
        let read = with_spec(field, quote!(__p::in_field(#read, #name)));
        let pattern = arm(index, count);
        quote!(#pattern => #slot = __p::Some(#read?))
    });
    let members = numbered(sample).map(|(number, field)| {
        let (member, value) = (field.ident, value(number, field, reading));
        quote!(#member: #value)
    });
    let allow_unknown = sample.allow_unknown;
    quote! {
        let __start = __c.remaining();
        #(let mut #slots = __p::None;)*
        let mut __fields = __p::Fields::open(__c, __KEYS, #allow_unknown)?;
        while let __p::Some(__i) = __fields.next(__c)? {
            match __i { #(#arms,)* }
        }
        __p::Ok(Self { #(#members),* })
    }
}

/// The last field takes what is left: `Fields` counts no further than the keys it was given.
pub(super) fn arm(index: usize, count: usize) -> TokenStream {
    if index + 1 == count { quote!(_) } else { quote!(#index) }
}

fn value(number: Option<usize>, field: &FieldDef<'_>, reading: &Reading) -> TokenStream {
    let Some(slot) = number.map(slot) else { return skipped_value(field) };
    match default_value(field) {
        Some(default) => quote!(match #slot { __p::Some(__value) => __value, __p::None => #default }),
        None => {
            let (name, missing) = (&field.name.value, reading.call(field, reading.missing));
            quote!(__p::required(#slot, #missing, #name, __start)?)
        }
    }
}
