//! The types of fields: absolute paths, so that no name in a record can stand before one of them.

use atdata_schema::Dtype;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::config::Config;
use crate::model::{ArrayTy, FieldDef, Package, RANKED, Ty, TypeDef, TypeId};
use crate::names;

pub(super) fn of_field(field: &FieldDef, within: &TypeDef, package: &Package, config: &Config) -> TokenStream {
    let writer = Writer { field, within, package, config };
    let ty = writer.write(&field.ty);
    if field.optional { quote!(::core::option::Option<#ty>) } else { ty }
}

/// The type of the maps in a field.
pub(super) fn map(field: &FieldDef) -> TokenStream {
    if field.containers.hash_map { quote!(::std::collections::HashMap) } else { quote!(::std::collections::BTreeMap) }
}

struct Writer<'a> {
    field: &'a FieldDef,
    within: &'a TypeDef,
    package: &'a Package,
    config: &'a Config,
}

impl Writer<'_> {
    fn write(&self, ty: &Ty) -> TokenStream {
        let krate = &self.config.crate_path;
        match ty {
            Ty::Text => quote!(::std::string::String),
            Ty::Int => quote!(i64),
            Ty::Float => quote!(f64),
            Ty::Truth => quote!(bool),
            Ty::Bytes if self.field.containers.shared_bytes => quote!(#krate::bytes::Bytes),
            Ty::Bytes => quote!(::std::vec::Vec<u8>),
            Ty::Image(color) if color == "rgb8" => quote!(#krate::format::Image),
            Ty::Image(color) => {
                let color = color_ident(color);
                quote!(#krate::format::Image<#krate::format::image::#color>)
            }
            Ty::Enum(_) => {
                let ident = self.field.enumeration.as_ref().map(|of| names::ident(&of.ident));
                quote!(#ident)
            }
            Ty::Anything => quote!(#krate::Value),
            Ty::Array(array) => self.array(array),
            Ty::Structured(_) => quote!(#krate::format::Structured),
            Ty::Sparse => quote!(#krate::format::Sparse),
            Ty::ArrowTensor => quote!(#krate::format::ArrowTensor),
            Ty::Safetensors => quote!(#krate::format::Safetensors),
            Ty::DataFrame => quote!(#krate::format::DataFrame),
            Ty::List(inner) => self.around(&quote!(::std::vec::Vec), inner),
            Ty::Map(inner) => {
                let (map, inner) = (map(self.field), self.write(inner));
                quote!(#map<::std::string::String, #inner>)
            }
            Ty::Nullable(inner) => self.around(&quote!(::core::option::Option), inner),
            Ty::Sample(id) => self.sample(*id),
            Ty::Boxed(id) => {
                let inner = self.sample(*id);
                quote!(::std::boxed::Box<#inner>)
            }
            // It parsed as a type when it was given.
            Ty::Replaced(by) | Ty::Given(by) => by.parse().unwrap_or_default(),
        }
    }

    fn around(&self, outer: &TokenStream, inner: &Ty) -> TokenStream {
        let inner = self.write(inner);
        quote!(#outer<#inner>)
    }

    fn array(&self, array: &ArrayTy) -> TokenStream {
        let krate = &self.config.crate_path;
        let Some(dtype) = array.dtype else { return quote!(#krate::DynArray) };
        let element = element(dtype, self.config);
        let ident = array.rank().map_or_else(|| format_ident!("ArrayD"), |rank| format_ident!("Array{rank}"));
        quote!(#krate::ndarray::#ident<#element>)
    }

    fn sample(&self, id: TypeId) -> TokenStream {
        let Some(target) = self.package.types.get(id) else { return TokenStream::new() };
        path(&self.within.module, &target.module, &target.ident)
    }
}

/// `Rgb8` of `rgb8`
fn color_ident(name: &str) -> Ident {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let ident: String = first.into_iter().chain(letters).collect();
    format_ident!("{ident}")
}

/// The path from a module to a type: generated code may be put into any module.
pub(super) fn path(from: &[String], module: &[String], ident: &str) -> TokenStream {
    let ident = names::ident(ident);
    let common = from.iter().zip(module).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(common).map(|_| quote!(super::));
    let down = module.iter().skip(common).map(|name| names::ident(name));
    quote!(#(#up)* #(#down::)* #ident)
}

/// The type of an array's elements.
pub(super) fn element(dtype: Dtype, config: &Config) -> TokenStream {
    let krate = &config.crate_path;
    match dtype {
        Dtype::Bool => quote!(bool),
        Dtype::Int8 => quote!(i8),
        Dtype::Int16 => quote!(i16),
        Dtype::Int32 => quote!(i32),
        Dtype::Int64 => quote!(i64),
        Dtype::UInt8 => quote!(u8),
        Dtype::UInt16 => quote!(u16),
        Dtype::UInt32 => quote!(u32),
        Dtype::UInt64 => quote!(u64),
        Dtype::Float16 => quote!(#krate::half::f16),
        Dtype::Float32 => quote!(f32),
        Dtype::Float64 => quote!(f64),
        Dtype::Complex64 => quote!(#krate::num_complex::Complex<f32>),
        _ => quote!(#krate::num_complex::Complex<f64>),
    }
}

/// `shape = [224, 224, _], dims = ["height", "width", "channel"]`, where the type does not say it all.
pub(super) fn array_arguments(ty: &Ty) -> Vec<TokenStream> {
    let mut arguments = Vec::new();
    let Some(array) = ty.array() else { return arguments };
    // The type of a structured array says nothing of the array.
    let dtype = array.dtype.filter(|_| !ty.is_structured());
    if let Some(shape) = array.shape.as_ref().filter(|shape| needs_shape(dtype, shape)) {
        let sizes = shape.iter().map(|size| match size {
            Some(size) => {
                let size = Literal::usize_unsuffixed(*size);
                quote!(#size)
            }
            None => quote!(_),
        });
        arguments.push(quote!(shape = [#(#sizes),*]));
    }
    if let Some(dims) = &array.dims {
        arguments.push(quote!(dims = [#(#dims),*]));
    }
    arguments
}

/// A rank without sizes is in the type, if ndarray has one for it.
fn needs_shape(dtype: Option<Dtype>, shape: &[Option<usize>]) -> bool {
    let in_type = dtype.is_some() && shape.len() <= RANKED;
    shape.iter().any(Option::is_some) || !in_type
}
