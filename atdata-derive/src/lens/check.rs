//! Checks of `#[lens]`: what a function must be like to be a lens.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{FnArg, GenericParam, Ident, ItemFn, ReturnType, Safety, Signature, Type};

use crate::attr::{At, ungroup};
use crate::check::{name, version};
use crate::ctxt::Ctxt;
use crate::lens::attr::LensAttrs;
use crate::lens::model::Types;
use crate::symbol::is_name;

pub(crate) fn arguments(ctxt: &Ctxt, attrs: &LensAttrs, ident: &Ident) {
    match &attrs.name {
        Some(given) => name(ctxt, "lens", given),
        None if is_name(&ident.unraw().to_string()) => {}
        None => {
            let message =
                "in an index, names have up to 100 ASCII letters, digits and `_`; write `#[lens(name = \"…\")]`";
            ctxt.error(ident.span(), message);
        }
    }
    if let Some(given) = &attrs.version {
        version(ctxt, given);
    }
    if let (Some(At { span, .. }), None) = (&attrs.laws, &attrs.put) {
        let message = "the laws are about putting back, and this lens has no putter; write `put = function` beside \
                       `laws`, or remove `laws`";
        ctxt.error(*span, message);
    }
}

/// The types of the lens, as far as they can be made out: also for a function that is no lens.
pub(crate) fn function<'a>(ctxt: &Ctxt, function: &'a ItemFn) -> Option<Types<'a>> {
    let sig = &function.sig;
    modifiers(ctxt, sig);
    generics(ctxt, sig);
    let (source, view) = (source(ctxt, sig), view(ctxt, sig));
    let types = Types { source: source?, view: view? };
    let owned = [types.source, types.view].map(|ty| owned(ctxt, ty));
    let is_generic = sig.generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)));
    (owned == [true, true] && !is_generic).then_some(types)
}

fn modifiers(ctxt: &Ctxt, sig: &Signature) {
    if let Some(token) = sig.asyncness {
        ctxt.error(token.span, "a lens is not `async`, for views are taken while a sample is decoded; remove `async`");
    }
    if let Safety::Unsafe(token) = sig.safety {
        ctxt.error(token.span, "a lens is called from safe code; remove `unsafe`, and write it in the body if need be");
    }
    if let Some(abi) = &sig.abi {
        ctxt.error(abi.extern_token.span, "a lens is a plain function; remove `extern`");
    }
    if let Some(variadic) = &sig.variadic {
        ctxt.error(variadic.dots.spans[0], "a lens has one parameter, the source; remove `...`");
    }
}

fn generics(ctxt: &Ctxt, sig: &Signature) {
    for param in &sig.generics.params {
        match param {
            GenericParam::Lifetime(param) => ctxt.error(
                param.span(),
                format!("a lens has no lifetimes, for its view owns its fields; remove `{}`", param.lifetime),
            ),
            GenericParam::Type(param) => ctxt.error(
                param.ident.span(),
                format!(
                    "a lens leads from one type to one other and cannot be generic over `{}`; write a lens for each \
                     type, or a function that returns `impl Lens` by way of `atdata::lens::from_fn`",
                    param.ident
                ),
            ),
            GenericParam::Const(param) => ctxt.error(
                param.ident.span(),
                format!(
                    "a lens leads from one type to one other and cannot be generic over `{}`; write a lens for each \
                     value, or a function that returns `impl Lens` by way of `atdata::lens::from_fn`",
                    param.ident
                ),
            ),
        }
    }
}

/// The type behind the reference that is the one parameter.
fn source<'a>(ctxt: &Ctxt, sig: &'a Signature) -> Option<&'a Type> {
    let Some(first) = sig.inputs.first() else {
        let message = "a lens has one parameter, the source; write `source: &Source` between the parentheses";
        ctxt.error(sig.paren_token.span.join(), message);
        return None;
    };
    let source = match first {
        FnArg::Receiver(receiver) => {
            let message = "a lens is a free function, not a method; move it out of the `impl`, with `source: &Source` \
                           for `self`";
            ctxt.error(receiver.self_token.span, message);
            return None;
        }
        FnArg::Typed(parameter) => reference(ctxt, ungroup(&parameter.ty)),
    };
    for more in sig.inputs.iter().skip(1) {
        let message = "a lens has one parameter, the source; a putter, which takes the view as well, is a function of \
                       its own: `#[lens(put = function)]`";
        ctxt.error(more.span(), message);
    }
    source
}

fn reference<'a>(ctxt: &Ctxt, parameter: &'a Type) -> Option<&'a Type> {
    let Type::Reference(reference) = parameter else {
        let message = format!("a lens borrows its source; write `&{}`", text(parameter));
        ctxt.error(parameter.span(), message);
        return (!matches!(parameter, Type::ImplTrait(_) | Type::Infer(_))).then_some(parameter);
    };
    let source = ungroup(&reference.elem);
    if let Some(token) = reference.mutability {
        let message = format!("a lens does not change its source; write `&{}`", text(source));
        ctxt.error(token.span, message);
    }
    match &reference.lifetime {
        Some(lifetime) if lifetime.ident == "static" => {
            ctxt.error(lifetime.span(), "a lens borrows its source for the call alone; remove `'static`");
        }
        _ => {}
    }
    Some(source)
}

fn view<'a>(ctxt: &Ctxt, sig: &'a Signature) -> Option<&'a Type> {
    let (span, message) = match &sig.output {
        ReturnType::Default => {
            (sig.paren_token.span.close(), "a lens returns its view; write `-> View` behind the parameter".to_owned())
        }
        ReturnType::Type(_, ty) => match ungroup(ty) {
            Type::Tuple(unit) if unit.elems.is_empty() => {
                (unit.span(), "a lens returns its view; write the view's type in place of `()`".to_owned())
            }
            Type::Never(never) => (never.span(), "a lens returns its view; write the view's type".to_owned()),
            Type::Reference(reference) => {
                let message = "a view owns what it shows; return it by value, cloned where it is borrowed";
                (reference.span(), message.to_owned())
            }
            Type::ImplTrait(ty) => {
                (ty.impl_token.span, "a lens leads to one sample type; write its name in place of `impl`".to_owned())
            }
            Type::Infer(ty) => {
                (ty.span(), "a lens leads to one sample type; write its name in place of `_`".to_owned())
            }
            view => return Some(view),
        },
    };
    ctxt.error(span, message);
    None
}

/// A type with lifetimes other than `'static` is complained of.
fn owned(ctxt: &Ctxt, ty: &Type) -> bool {
    let Some((span, lifetime)) = lifetime(ty.to_token_stream()) else { return true };
    let message = format!("source and view of a lens own their fields; use a type without the lifetime `'{lifetime}`");
    ctxt.error(span, message);
    false
}

fn lifetime(tokens: TokenStream) -> Option<(Span, String)> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => match tokens.next() {
                Some(TokenTree::Ident(name)) if name != "static" => return Some((name.span(), name.to_string())),
                _ => {}
            },
            TokenTree::Group(group) => match lifetime(group.stream()) {
                None => {}
                found => return found,
            },
            _ => {}
        }
    }
    None
}

/// A type as people write it.
fn text(ty: &Type) -> String {
    let spaced = [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), (" ,", ","), ("& ", "&")];
    spaced.iter().fold(ty.to_token_stream().to_string(), |text, (from, to)| text.replace(from, to))
}
