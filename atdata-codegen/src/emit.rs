//! Emission: the package as Rust. Tokens only, so that no text of a record is ever parsed as code.

mod docs;
mod lens;
mod members;
mod types;
mod values;

use proc_macro2::TokenStream;
use quote::quote;

use crate::config::Config;
use crate::model::{Default, EnumDef, FieldDef, Module, Package, TypeDef};
use crate::names;

/// The items of a module, the modules in it inline or only declared.
pub(crate) fn module(of: &Module, path: &[String], inline: bool, package: &Package, config: &Config) -> TokenStream {
    let structs = of.types.iter().filter_map(|id| package.types.get(*id)).map(|ty| item(ty, package, config));
    let modules = of.modules.iter().map(|inner| {
        let (ident, visibility) = (names::ident(&inner.name), &config.visibility);
        let body = if inline {
            let path: Vec<String> = path.iter().chain([&inner.name]).cloned().collect();
            let items = module(inner, &path, inline, package, config);
            quote!({ #items })
        } else {
            quote!(;)
        };
        let refusals = inner.refusals.iter().flat_map(lens::refusal);
        // Names of fields are no words of ours.
        let lints = (!inner.refusals.is_empty()).then(|| quote!(, clippy::doc_markdown, rustdoc::bare_urls));
        quote! {
            #[doc = " Types of schema records."]
            #(#[doc = #refusals])*
            #[allow(unreachable_pub #lints)]
            #visibility mod #ident #body
        }
    });
    let lenses = of.upgrades.iter().map(|upgrade| lens::lens(upgrade, path, package, config));
    quote!(#(#structs)* #(#modules)* #(#lenses)*)
}

/// ```text
/// /// One photograph.
/// #[derive(::atdata::Packable, Debug, Clone, PartialEq)]
/// #[packable(version = "1.2.0")]
/// pub struct Photo { /// Pixels. #[packable(shape = [_, _, 3])] pub image: ::atdata::ndarray::Array3<u8>, … }
/// ```
pub(crate) fn item(of: &TypeDef, package: &Package, config: &Config) -> TokenStream {
    let (ident, visibility) = (names::ident(&of.ident), &config.visibility);
    let docs = docs::lines(of.description.as_deref());
    let lints = lints(of);
    let (krate, derives, attributes) = (&config.crate_path, &of.derives, &of.attributes);
    let arguments = arguments(of, config);
    let packable = (!arguments.is_empty()).then(|| quote!(#[packable(#(#arguments),*)]));
    let fields = of.fields.iter().map(|def| field(def, of, package, config));
    let enums = of.fields.iter().filter_map(|def| def.enumeration.as_ref()).map(|def| enumeration(def, of, config));
    quote! {
        #(#[doc = #docs])*
        #[allow(#(#lints),*)]
        #[derive(#krate::Packable, Debug, Clone, PartialEq #(, #derives)*)]
        #packable
        #(#attributes)*
        #visibility struct #ident { #(#fields),* }
        #(#enums)*
    }
}

/// ```text
/// #[derive(::atdata::PackField, Debug, Clone, Copy, PartialEq, Eq, Hash)]
/// pub enum PhotoSplit { #[packable(rename = "train")] Train, … }
/// ```
fn enumeration(of: &EnumDef, within: &TypeDef, config: &Config) -> TokenStream {
    let (ident, visibility, krate) = (names::ident(&of.ident), &config.visibility, &config.crate_path);
    // Of an enum only the first variant can stand for all; a struct has its `Default` of its parts.
    let has_default = within.derives.iter().chain(&of.derives).any(|path| last_word(path) == "Default");
    let variants = of.variants.iter().enumerate().map(|(index, (variant, value))| {
        let ident = names::ident(variant);
        let rename = (variant != value).then(|| quote!(#[packable(rename = #value)]));
        let default = (has_default && index == 0).then(|| quote!(#[default]));
        quote!(#default #rename #ident)
    });
    let own = config.has_own_crate_path.then(|| quote!(#[packable(crate = #krate)]));
    // What is derived for the struct is derived for its parts, but once.
    let is_new = |path: &&TokenStream| !matches!(last_word(path).as_str(), "Copy" | "Eq" | "Hash");
    let derives = within.derives.iter().filter(is_new).chain(&of.derives);
    let attributes = &of.attributes;
    quote! {
        #[allow(dead_code, unreachable_pub, missing_docs, clippy::all, clippy::pedantic)]
        #[derive(#krate::PackField, Debug, Clone, Copy, PartialEq, Eq, Hash #(, #derives)*)]
        #own
        #(#attributes)*
        #visibility enum #ident { #(#variants),* }
    }
}

/// `Hash` of `::core::hash::Hash`
fn last_word(path: &TokenStream) -> String {
    path.to_string().rsplit(' ').next().unwrap_or_default().to_owned()
}

/// `name = "photo-set", version = "1.2.0"`
fn arguments(of: &TypeDef, config: &Config) -> Vec<TokenStream> {
    let mut arguments = Vec::new();
    if let Some(name) = &of.name {
        arguments.push(quote!(name = #name));
    }
    if let Some(version) = &of.version {
        arguments.push(quote!(version = #version));
    }
    if let Some(description) = &of.description
        && docs::read_back(description) != *description
    {
        arguments.push(quote!(description = #description));
    }
    if let Some(batch) = &of.batch {
        arguments.push(quote!(batch = #batch));
    }
    arguments.extend(members::of_type(of));
    if config.has_own_crate_path {
        let path = &config.crate_path;
        arguments.push(quote!(crate = #path));
    }
    arguments
}

/// What a record asks for is not the fault of the code that it is in.
fn lints(of: &TypeDef) -> Vec<TokenStream> {
    let mut lints = vec![quote!(dead_code), quote!(unreachable_pub)];
    let mut texts: Vec<&str> = of.fields.iter().filter_map(|field| field.description.as_deref()).collect();
    let documented = texts.len() == of.fields.len() && of.description.is_some();
    texts.extend(of.description.as_deref());
    if !documented {
        lints.push(quote!(missing_docs));
    }
    if !texts.is_empty() {
        lints.push(quote!(clippy::all));
        lints.push(quote!(clippy::pedantic));
    }
    if texts.iter().any(|text| text.contains("://")) {
        lints.push(quote!(rustdoc::bare_urls));
    }
    lints
}

/// `default`, `default = ::std::string::String::from("en")`
fn default(of: &FieldDef, config: &Config) -> Option<TokenStream> {
    match of.default.as_ref()? {
        Default::Natural => Some(quote!(default)),
        Default::Value(value) => {
            let value = values::of_field(of, value, config)?;
            Some(quote!(default = #value))
        }
    }
}

fn field(of: &FieldDef, within: &TypeDef, package: &Package, config: &Config) -> TokenStream {
    let (ident, visibility) = (names::ident(&of.ident), &config.visibility);
    let docs = docs::lines(of.description.as_deref());
    let mut arguments = Vec::new();
    if let Some(name) = &of.rename {
        arguments.push(quote!(rename = #name));
    }
    arguments.extend(default(of, config));
    if of.required {
        arguments.push(quote!(required));
    }
    arguments.extend(types::array_arguments(&of.ty));
    arguments.extend(members::of_field(of, within));
    let packable = (!arguments.is_empty()).then(|| quote!(#[packable(#(#arguments),*)]));
    let (attributes, ty) = (&of.attributes, types::of_field(of, within, package, config));
    quote!(#(#[doc = #docs])* #packable #(#attributes)* #visibility #ident: #ty)
}
