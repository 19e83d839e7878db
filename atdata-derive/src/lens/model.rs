//! The model of `#[lens]`: what a function means as a lens.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, Ident, ItemFn, Type, Visibility};

use crate::attr::{At, doc};
use crate::lens::attr::{Laws, LensAttrs};
use crate::model::private;

/// Where a lens leads from and to, as the user wrote it.
pub(crate) struct Types<'a> {
    pub(crate) source: &'a Type,
    pub(crate) view: &'a Type,
}

/// A lens.
pub(crate) struct LensDef<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) vis: &'a Visibility,
    pub(crate) types: Types<'a>,
    pub(crate) function: Function,
    pub(crate) put: Option<Expr>,
    /// Whether it is what `as_type` takes.
    pub(crate) is_canonical: bool,
    pub(crate) laws: Option<At<Laws>>,
    /// What it is called in an index.
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    /// The path to what expansions call.
    pub(crate) private: TokenStream,
}

impl<'a> LensDef<'a> {
    pub(crate) fn new(attrs: LensAttrs, function: &'a ItemFn, types: Types<'a>) -> Self {
        let ident = &function.sig.ident;
        Self {
            ident,
            vis: &function.vis,
            types,
            function: Function::new(function),
            put: attrs.put.map(|put| put.value),
            is_canonical: attrs.through_only.is_none(),
            laws: attrs.laws,
            name: attrs.name.map_or_else(|| ident.unraw().to_string(), |name| name.value),
            version: attrs.version.map_or_else(|| "1.0.0".to_owned(), |version| version.value),
            description: attrs.description.map(|text| text.value).or_else(|| doc(&function.attrs)),
            private: private(attrs.krate.as_ref()),
        }
    }
}

/// The user's function, and its attributes by where they belong.
pub(crate) struct Function {
    /// The function as it was written, but for its visibility, which has no meaning where it goes, and for what follows.
    pub(crate) inner: ItemFn,
    /// `cfg`, for everything that is written.
    pub(crate) cfgs: Vec<Attribute>,
    /// What is read at the name: documentation, deprecation.
    pub(crate) outer: Vec<Attribute>,
}

impl Function {
    pub(crate) fn new(function: &ItemFn) -> Self {
        let mut inner = ItemFn { vis: Visibility::Inherited, attrs: Vec::new(), ..function.clone() };
        let (mut cfgs, mut outer) = (Vec::new(), Vec::new());
        for attr in &function.attrs {
            let attr = attr.clone();
            let path = attr.path();
            if path.is_ident("cfg") {
                cfgs.push(attr);
            } else if path.is_ident("doc") || path.is_ident("deprecated") {
                outer.push(attr);
            } else {
                if path.is_ident("allow") {
                    outer.push(attr.clone());
                }
                inner.attrs.push(attr);
            }
        }
        Self { inner, cfgs, outer }
    }

    /// Whether the expansion itself uses what its user shall not.
    pub(crate) fn is_deprecated(&self) -> bool {
        self.outer.iter().any(|attr| attr.path().is_ident("deprecated"))
    }
}
