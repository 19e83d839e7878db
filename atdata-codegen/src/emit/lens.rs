//! Lenses between versions: functions that write the new struct out, field by field.

use atdata_schema::Dtype;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{docs, types, values};
use crate::config::Config;
use crate::model::{Default, FieldDef, How, NewField, Package, Refusal, SampleUpgrade, TypeDef, UpgradeDef};
use crate::names;

/// So many fields are named where there is no lens.
const SHOWN: usize = 64;

/// ```text
/// /// Upgrades `Photo` from version 1.0.0 to 1.1.0.
/// #[::atdata::lens(name = "photo_v1_0_0_to_v1_1_0")]
/// pub fn v1_0_0_to_v1_1_0(old: &v1_0_0::Photo) -> v1_1_0::Photo { … }
/// ```
pub(super) fn lens(of: &UpgradeDef, module: &[String], package: &Package, config: &Config) -> TokenStream {
    let Some((root, inner)) = of.samples.split_first() else { return TokenStream::new() };
    let writer = Writer { of, module, package, config };
    let (krate, visibility, name) = (&config.crate_path, &config.visibility, &of.name);
    let own = config.has_own_crate_path.then(|| quote!(, crate = #krate));
    let inner: Vec<TokenStream> = inner.iter().map(|sample| writer.function(sample, &[])).collect();
    let function = writer.function(root, &inner);
    let ident = package.types.get(root.new).map_or("", |of| of.ident.as_str());
    let [old, new] = &of.versions;
    let docs = docs::lines(Some(&format!("Upgrades `{ident}` from version {old} to {new}.")));
    quote! {
        #(#[doc = #docs])*
        #[#krate::lens(name = #name #own)]
        #[allow(unused_variables, clippy::all, clippy::pedantic, clippy::as_conversions)]
        #visibility #function
    }
}

/// The lines of documentation that say why there is no lens.
pub(super) fn refusal(of: &Refusal) -> Vec<String> {
    let [old, new] = &of.versions;
    let mut lines = vec![String::new()];
    lines.extend(docs::lines(Some(&format!("No lens leads from version {old} to {new}:"))));
    lines.push(String::new());
    for reason in of.reasons.iter().take(SHOWN) {
        // One line each, whatever is in the names of fields.
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.extend(docs::lines(Some(&format!("- {reason}"))));
    }
    if let more @ 1.. = of.reasons.len().saturating_sub(SHOWN) {
        lines.push(format!(" - and {more} more"));
    }
    lines
}

struct Writer<'a> {
    of: &'a UpgradeDef,
    /// Where the lens stands.
    module: &'a [String],
    package: &'a Package,
    config: &'a Config,
}

impl Writer<'_> {
    fn function(&self, sample: &SampleUpgrade, inner: &[TokenStream]) -> TokenStream {
        let (Some(old), Some(new)) = (self.package.types.get(sample.old), self.package.types.get(sample.new)) else {
            return TokenStream::new();
        };
        let [source, view] = [old, new].map(|of| types::path(self.module, &of.module, &of.ident));
        let fields = new.fields.iter().zip(&sample.fields).map(|(field, from)| {
            let (ident, value) = (names::ident(&field.ident), self.field(from, field, new));
            quote!(#ident: #value)
        });
        let ident = names::ident(&sample.ident);
        quote! {
            fn #ident(old: &#source) -> #view {
                #(#inner)*
                #view { #(#fields),* }
            }
        }
    }

    fn field(&self, from: &NewField, field: &FieldDef, within: &TypeDef) -> TokenStream {
        let krate = &self.config.crate_path;
        match from {
            NewField::Old(name, how) => {
                let name = names::ident(name);
                self.value(how, &Place { value: quote!(old.#name), is_reference: false, depth: 0 })
            }
            NewField::Null => quote!(::core::option::Option::None),
            NewField::Nil => quote!(#krate::Value::Nil),
            NewField::Default => match &field.default {
                // Enums are named from where the lens stands.
                Some(Default::Value(value)) => match (field.ty.enum_values(), &field.enumeration) {
                    (Some(_), Some(of)) => {
                        let path = types::path(self.module, &within.module, &of.ident);
                        let (ident, value) = (names::ident(&of.ident), values::of_field(field, value, self.config));
                        quote!({ use #path as #ident; #value })
                    }
                    _ => values::of_field(field, value, self.config).unwrap_or_default(),
                },
                _ => quote!(::core::default::Default::default()),
            },
        }
    }

    fn value(&self, how: &How, at: &Place) -> TokenStream {
        let krate = &self.config.crate_path;
        let (reference, place) = (at.reference(), &at.value);
        match how {
            How::Copied => at.copied(),
            How::Cloned => quote!(::core::clone::Clone::clone(#reference)),
            How::IntToFloat => {
                let value = at.copied();
                quote!(#value as f64)
            }
            How::Array { cast, forget_rank } => {
                let array = match cast {
                    Some((from, to)) => {
                        let function = cast_function(*from, *to, self.config);
                        quote!(#place.mapv(#function))
                    }
                    None => quote!(::core::clone::Clone::clone(#reference)),
                };
                if *forget_rank { quote!(#array.into_dyn()) } else { array }
            }
            How::ArrayToUntyped => quote!(#krate::DynArray::from_array(#reference)),
            How::EnumToEnum([old, new], variants) => {
                let [old, new] = [old, new].map(|(module, ident)| types::path(self.module, module, ident));
                let arms = variants.iter().map(|(from, to)| {
                    let (from, to) = (names::ident(from), names::ident(to));
                    quote!(#old::#from => #new::#to)
                });
                let value = at.copied();
                quote!(match #value { #(#arms),* })
            }
            How::EnumToText((module, ident), variants) => {
                let old = types::path(self.module, module, ident);
                let arms = variants.iter().map(|(variant, text)| {
                    let variant = names::ident(variant);
                    quote!(#old::#variant => #text)
                });
                let value = at.copied();
                quote!(::std::string::String::from(match #value { #(#arms),* }))
            }
            How::Untyped(inner) => {
                let value = self.value(inner, at);
                quote!(#krate::Value::from(#value))
            }
            How::UntypedArray => quote!(#krate::Value::from(#reference)),
            How::NullOrUntyped(inner) => {
                let (name, value) = self.inside(inner, at);
                quote!(#place.as_ref().map_or(#krate::Value::Nil, |#name| #value))
            }
            How::NotNull(inner) => {
                let value = self.value(inner, at);
                quote!(::core::option::Option::Some(#value))
            }
            How::Nullable(inner) => {
                let (name, value) = self.inside(inner, at);
                quote!(#place.as_ref().map(|#name| #value))
            }
            How::List(inner) => {
                let (name, value) = self.inside(inner, at);
                quote!(#place.iter().map(|#name| #value).collect())
            }
            How::Map(inner) => {
                let (name, value) = self.inside(inner, at);
                quote!(#place.iter().map(|(key, #name)| (::core::clone::Clone::clone(key), #value)).collect())
            }
            How::Sample { index, boxed: [from_box, to_box] } => {
                let ident = self.of.samples.get(*index).map(|sample| names::ident(&sample.ident));
                let value = if *from_box { at.unboxed() } else { reference };
                let value = quote!(#ident(#value));
                if *to_box { quote!(::std::boxed::Box::new(#value)) } else { value }
            }
        }
    }

    /// A name for a value in the value at hand, and what becomes of it.
    fn inside(&self, how: &How, at: &Place) -> (TokenStream, TokenStream) {
        let depth = at.depth + 1;
        let name = if depth == 1 { format_ident!("value") } else { format_ident!("value_{depth}") };
        let value = self.value(how, &Place { value: quote!(#name), is_reference: true, depth });
        (quote!(#name), value)
    }
}

/// An expression for an old value.
struct Place {
    value: TokenStream,
    /// Whether it is a reference to the value, and not the value.
    is_reference: bool,
    /// The number of lists, maps and nulls around it.
    depth: usize,
}

impl Place {
    fn reference(&self) -> TokenStream {
        let value = &self.value;
        if self.is_reference { quote!(#value) } else { quote!(&#value) }
    }

    fn copied(&self) -> TokenStream {
        let value = &self.value;
        if self.is_reference { quote!(*#value) } else { quote!(#value) }
    }

    fn unboxed(&self) -> TokenStream {
        let value = &self.value;
        if self.is_reference { quote!(&**#value) } else { quote!(&*#value) }
    }
}

/// From an element to one of a wider dtype. No type in between loses anything: the wider one holds all values.
fn cast_function(from: Dtype, to: Dtype, config: &Config) -> TokenStream {
    let krate = &config.crate_path;
    let real = |dtype: Dtype| types::element(dtype, config);
    let from_type = types::element(from, config);
    match (from, to) {
        (Dtype::Complex64, _) => quote!(|element| #krate::num_complex::Complex::new(
            ::core::convert::From::from(element.re),
            ::core::convert::From::from(element.im),
        )),
        (_, Dtype::Complex64 | Dtype::Complex128) => {
            let part = real(if to == Dtype::Complex64 { Dtype::Float32 } else { Dtype::Float64 });
            quote!(|element| #krate::num_complex::Complex::from(
                <#part as ::core::convert::From<#from_type>>::from(element)
            ))
        }
        (Dtype::Bool, Dtype::Float16) => {
            let to = real(to);
            quote!(|element| <#to as ::core::convert::From<u8>>::from(::core::convert::From::from(element)))
        }
        _ => {
            let to = real(to);
            quote!(<#to as ::core::convert::From<#from_type>>::from)
        }
    }
}
