//! Impls of a sample type that owns its fields.

use proc_macro2::TokenStream;
use quote::quote;

use super::{flatten, members, schema};
use crate::model::SampleDef;

pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, batch) = (sample.ident, sample.batch_ident());
    let schema = schema::schema(sample);
    let (name, version) = (&sample.name.value, &sample.version.value);
    let casts = if sample.is_flat() { flatten::casts(sample) } else { super::casts(sample.wire_fields()) };
    let layout = members::layout(sample);
    // What is converted to be checked need not be converted again.
    let converts = sample.wire_fields().any(|field| field.converted().is_some() || field.flatten.is_some());
    let write_checked = converts.then(|| {
        quote! {
            fn write_checked(&self, __spec: __p::ArraySpec, __out: &mut __p::Vec<__p::u8>) -> __p::Result<()> {
                __p::write_checked_row::<__Row>(self, __spec, __out)
            }
        }
    });
    // The schema is behind a function, `|| SCHEMA`: types may contain each other, and constants may not be circular.
    quote! {
        #[automatically_derived]
        impl __p::PackField for #ident {
            const TYPE: __p::FieldType = __p::FieldType::Sample(__p::SchemaRef::new(#name, #version, || <Self as __p::Packable>::SCHEMA));
            const NESTED: __p::Option<__p::NestedSample> = __p::nested::<Self>(#casts);
            type Column = __Builder;
            fn read(__c: &mut __p::Cursor<'_>) -> __p::Result<Self> {
                __p::read_row::<__Row>(__c)
            }
            fn write(&self, __out: &mut __p::Vec<__p::u8>) {
                __p::write_row::<__Row>(self, __out)
            }
            fn check(&self, __spec: __p::ArraySpec) -> __p::Result<()> {
                __p::check_row::<__Row>(self, __spec)
            }
            #write_checked
        }
        #[automatically_derived]
        impl __p::Packable for #ident {
            const SCHEMA: &'static __p::Schema = #schema;
            type Batch = #batch;
            type Builder = __Builder;
            #layout
        }
    }
}
