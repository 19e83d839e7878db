//! Impls of a sample type that owns its fields.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::{default_value, encoded_key, numbered, schema, skipped_value, slot, spec_name, type_alias, with_spec};
use crate::model::{FieldDef, SampleDef};

pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, batch, type_name) = (sample.ident, sample.batch_ident(), sample.type_name());
    let schema = schema::schema(sample, &quote!(__p::PackField));
    let (name, version) = (&sample.name.value, &sample.version.value);
    let nested = schema::nested(sample, &quote!(<Self as __p::Packable>::SCHEMA));
    let reads = read(sample, &quote!(read), &quote!(required));
    let count = sample.wire_fields().count();
    let writes = sample.wire_fields().enumerate().map(|(index, field)| {
        let (member, key, ty) = (field.ident, encoded_key(&field.name.value), type_alias(index));
        quote!(__p::write::<#ty>(&self.#member, #key, __out);)
    });
    let checks = sample.wire_fields().enumerate().map(|(index, field)| {
        let (member, name, ty) = (field.ident, &field.name.value, type_alias(index));
        let spec = if field.has_spec() { spec_name(index).into_token_stream() } else { quote!(__p::ArraySpec::ANY) };
        quote!(__p::check::<#ty>(&self.#member, #name, __sample, #spec)?;)
    });
    // The schema is behind a function, `|| SCHEMA`: types may contain each other, and constants may not be circular.
    quote! {
        #[automatically_derived]
        impl __p::PackField for #ident {
            const TYPE: __p::FieldType = __p::FieldType::Sample(__p::SchemaRef::new(#name, #version, || <Self as __p::Packable>::SCHEMA));
            const NESTED: __p::Option<__p::NestedSample> = __p::Some(#nested);
            type Column = __Builder;
            fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
                __p::sample(__c, #type_name, |__c| { #reads })
            }
            fn write(&self, __out: &mut __p::Vec<__p::u8>) {
                __p::write_map(#count, __out);
                #(#writes)*
            }
            fn check(&self, __sample: __p::ArraySpec) -> __p::Result<()> {
                let __sample = __p::check_sample::<Self>(__sample)?;
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

/// ```text
/// let __start = start(__c);
/// let (mut __0, mut __1) = (None, None);
/// let mut __fields = Fields::open(__c, __KEYS, false)?;
/// while let Some(__i) = __fields.next(__c)? {
///     match __i { 0 => __0 = Some(read::<__T0>(__c, "image")?), _ => … }
/// }
/// Ok(Self { image: required::<__T0>(__0, "image", __start)?, …, cache: Default::default() })
/// ```
pub(super) fn read(sample: &SampleDef<'_>, read: &TokenStream, required: &TokenStream) -> TokenStream {
    let count = sample.wire_fields().count();
    let slots: Vec<_> = (0..count).map(slot).collect();
    let arms = sample.wire_fields().zip(&slots).enumerate().map(|(index, (field, slot))| {
        let (name, ty) = (&field.name.value, type_alias(index));
        let read = with_spec(index, field, quote!(__p::#read::<#ty>(__c, #name)));
        let pattern = arm(index, count);
        quote!(#pattern => #slot = __p::Some(#read?))
    });
    let members = numbered(sample).map(|(number, field)| {
        let (member, value) = (field.ident, value(number, field, required));
        quote!(#member: #value)
    });
    let allow_unknown = sample.allow_unknown;
    // A loop around a match rather than one field after the other: keys come in any order, and of a key that is there
    // twice the last value counts, as in Python. `Fields` is quick where the order is the declared one.
    quote! {
        let __start = __p::start(__c);
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

fn value(number: Option<usize>, field: &FieldDef<'_>, required: &TokenStream) -> TokenStream {
    let Some(number) = number else { return skipped_value(field) };
    let slot = slot(number);
    match default_value(field) {
        Some(default) => quote!(match #slot { __p::Some(__value) => __value, __p::None => #default }),
        None => {
            let (name, ty) = (&field.name.value, type_alias(number));
            let required = if field.required.is_some() { quote!(stated) } else { required.clone() };
            quote!(__p::#required::<#ty>(#slot, #name, __start)?)
        }
    }
}
