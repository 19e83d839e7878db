//! The record of a sample type as constants, and their comparison with the types of the fields.

use atdata_schema::{Dtype, OwnedArrayType, OwnedField, OwnedFieldType, OwnedSchema};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{constant, schema, wire_type};
use crate::model::{FieldDef, SampleDef};
use crate::record::{Record, is_absolute};

impl Record {
    /// ```text
    /// const _: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", "photo.json"));
    /// const _: () = if let Some(__drift) = &drift("photo.json", &RecordField::new(…), &Field::new(…), false, NESTED) {
    ///     panic!("{}", __drift.as_str())
    /// };
    /// ```
    /// The first is there for what it does to the build: the compiler then knows that the struct depends on the file.
    pub(crate) fn checks(&self, sample: &SampleDef<'_>) -> TokenStream {
        let path = &self.path;
        let files = [Some(path), self.lock.as_ref()].into_iter().flatten().map(|path| {
            if is_absolute(path) {
                quote!(#path)
            } else {
                quote!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path))
            }
        });
        let checks = sample.wire_fields().filter_map(|field| {
            let expected = Writer { is_local: self.is_local }.field(self.field(&field.name.value)?);
            Some(check(sample, path, field, &expected))
        });
        quote! {
            #(const _: &__p::str = ::core::include_str!(#files);)*
            #(#checks)*
        }
    }
}

fn check(sample: &SampleDef<'_>, path: &str, field: &FieldDef<'_>, expected: &TokenStream) -> TokenStream {
    let (name, cast) = (&field.name.value, field.cast.is_some());
    let [ty, optional, nested] = ["TYPE", "OPTIONAL", "NESTED"].map(|name| constant(name, sample));
    let wire_type = wire_type(field, sample);
    let optional = if field.is_required() { quote!(false) } else { quote!(#wire_type::#optional) };
    let field_type = schema::shaped(field).unwrap_or_else(|| quote!(#wire_type::#ty));
    // Lints look at paths with the user's span, so nothing but the place of the error has it.
    // The variable is not: in a struct of `macro_rules!` the user's hygiene would hide it.
    let drift = Ident::new("__drift", Span::call_site());
    let panic = quote_spanned!(field.ty.span()=> __p::panic!("{}", #drift.as_str()));
    quote! {
        const _: () = if let __p::Some(#drift) = &__p::drift(
            #path,
            &#expected,
            &__p::Field::new(#name, #field_type).optional(#optional),
            #cast,
            #wire_type::#nested,
        ) {
            #panic
        };
    }
}

/// Writes parts of a record as the constants that `drift` takes.
#[derive(Clone, Copy)]
struct Writer {
    is_local: bool,
}

impl Writer {
    fn field(self, field: &OwnedField) -> TokenStream {
        let (name, optional) = (&field.name, field.optional);
        let (words, field_type) = (field.field_type.to_string(), self.field_type(&field.field_type));
        quote!(__p::RecordField::new(#name, #words, #optional, #field_type))
    }

    fn field_type(self, of: &OwnedFieldType) -> TokenStream {
        let variant = match of {
            OwnedFieldType::Str => quote!(Str),
            OwnedFieldType::Enum(values) => holding("Enum", &quote!(&[#(#values),*])),
            OwnedFieldType::Int => quote!(Int),
            OwnedFieldType::Float => quote!(Float),
            OwnedFieldType::Bool => quote!(Bool),
            OwnedFieldType::Bytes => quote!(Bytes),
            OwnedFieldType::Array(array) => holding("Array", &self.array(array)),
            OwnedFieldType::Structured(array) => holding("Structured", &self.array(array)),
            OwnedFieldType::List(element) => self.around("List", element),
            OwnedFieldType::Map(value) => self.around("Map", value),
            OwnedFieldType::Nullable(inner) => self.around("Nullable", inner),
            OwnedFieldType::Sample(schema) => holding("Sample", &self.sample(schema)),
            OwnedFieldType::Ref(target) => {
                let (name, version) = (option(target.name()), option(target.version()));
                quote!(Sample(__p::RecordSample::new(#name, #version, __p::None)))
            }
            OwnedFieldType::Sparse => quote!(Sparse),
            OwnedFieldType::ArrowTensor => quote!(ArrowTensor),
            OwnedFieldType::Safetensors => quote!(Safetensors),
            OwnedFieldType::DataFrame => quote!(DataFrame),
            // `Any`, and kinds that this crate does not know yet: nothing to hold a field to.
            _ => quote!(Any),
        };
        quote!(__p::RecordType::#variant)
    }

    fn around(self, variant: &str, inner: &OwnedFieldType) -> TokenStream {
        let inner = self.field_type(inner);
        holding(variant, &quote!(&#inner))
    }

    fn array(self, array: &OwnedArrayType) -> TokenStream {
        let dtype = option(self.dtype(array).map(|dtype| {
            // Variants print as they are written.
            let variant = format_ident!("{dtype:?}");
            quote!(__p::Dtype::#variant)
        }));
        let shape = option(array.shape.as_ref().map(|shape| {
            let sizes = schema::sizes(shape);
            quote!(&[#(#sizes),*])
        }));
        let dims = option(array.dims.as_ref().map(|dims| quote!(&[#(#dims),*])));
        let ndim = option(array.ndim);
        quote!(__p::RecordArray::new(#dtype, #ndim, #shape, #dims))
    }

    /// Python records `float32` where the type says nothing of the dtype, and never anything of the shape: that much
    /// alone, in the form that Python stores, is no dtype to hold anybody to.
    fn dtype(self, array: &OwnedArrayType) -> Option<Dtype> {
        array.dtype.filter(|_| !(self.is_local && array.may_be_unsaid()))
    }

    fn sample(self, schema: &OwnedSchema) -> TokenStream {
        // What a JSON Schema without a title is read as.
        let name = option(Some(&schema.name).filter(|name| *name != "Unknown"));
        let fields = schema.fields.iter().map(|field| self.field(field));
        quote!(__p::RecordSample::new(#name, __p::None, __p::Some(&[#(#fields),*])))
    }
}

fn holding(variant: &str, inner: &TokenStream) -> TokenStream {
    let variant = format_ident!("{variant}");
    quote!(#variant(#inner))
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(__p::Some(#value)),
        None => quote!(__p::None),
    }
}
