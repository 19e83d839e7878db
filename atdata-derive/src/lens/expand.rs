//! Expansion of `#[lens]`: writing the lens out.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::ItemFn;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::lens::attr::LensAttrs;
use crate::lens::model::{Function, LensDef, Types};
use crate::model::private;

/// ```text
/// pub struct simplify;
/// const _: () = {
///     use ::atdata::__private_… as __p;
///     fn simplify(src: &Photo) -> Simplified { … }
///     impl Lens for simplify { … }  impl PutLens …  impl ViewOf<Photo> for Simplified …
/// };
/// ```
/// In the block the name is the function where a value is meant, and the struct where a type is.
pub(crate) fn lens(lens: &LensDef<'_>) -> TokenStream {
    let private = &lens.private;
    let (Function { inner, cfgs, .. }, item) = (&lens.function, item(&lens.function, lens));
    let (types, reads, puts) = (sample_types(&lens.types), reads(lens), puts(lens));
    let (canonical, registers, laws) = (canonical(lens), registers(lens), laws(lens));
    let deprecated = lens.function.is_deprecated().then(|| quote!(#[allow(deprecated)]));
    quote! {
        #item
        #(#cfgs)*
        #deprecated
        const _: () = {
            use #private as __p;
            // A lens has no choice but to borrow.
            #[allow(clippy::trivially_copy_pass_by_ref)]
            #inner
            #types
            #reads
            #puts
            #canonical
            #registers
        };
        #laws
    }
}

/// The value that has the function's name. It counts as used where `as_type` uses it, without naming it.
fn item(function: &Function, lens: &LensDef<'_>) -> TokenStream {
    let (Function { cfgs, outer, .. }, vis, ident) = (function, lens.vis, lens.ident);
    let dead_code = lens.is_canonical.then(|| quote!(, dead_code));
    let at = Span::call_site().located_at(ident.span());
    quote_spanned! {at=>
        #(#cfgs)*
        #(#outer)*
        #[allow(non_camel_case_types #dead_code)]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        #vis struct #ident;
    }
}

/// Asks once, at the user's own tokens, whether both are sample types. Whatever else depends on it takes the constant as
/// an argument, as with the derive's `Proof`.
fn sample_types(Types { source, view }: &Types<'_>) -> TokenStream {
    let source = quote_spanned!(source.span()=> let _ = <#source as __p::LensType>::SCHEMA;);
    let view = quote_spanned!(view.span()=> let _ = <#view as __p::LensType>::SCHEMA;);
    quote! {
        const __TYPES: __p::bool = {
            #source
            #view
            true
        };
    }
}

fn reads(lens: &LensDef<'_>) -> TokenStream {
    let (ident, Types { source, view }) = (lens.ident, &lens.types);
    let source_type = quote_spanned!(source.span()=> type Source = #source;);
    let view_type = quote_spanned!(view.span()=> type View = #view;);
    quote! {
        #[automatically_derived]
        impl __p::Lens for #ident {
            #source_type
            #view_type
            #[inline]
            fn get(&self, __source: &#source) -> #view { #ident(__source) }
        }
        #[automatically_derived]
        impl __p::FunctionLens for #ident {
            const LENS: Self = Self;
        }
        #[automatically_derived]
        #[doc(hidden)]
        impl ::core::ops::Deref for #ident {
            type Target = __p::Methods<Self>;
            #[inline]
            fn deref(&self) -> &__p::Methods<Self> { __p::Methods::of_lens() }
        }
        #[automatically_derived]
        impl<__N: __p::LensFrom<#view>> ::core::ops::BitOr<__N> for #ident {
            type Output = __p::Then<Self, __N>;
            #[inline]
            fn bitor(self, __next: __N) -> __p::Then<Self, __N> { __p::Lens::then(self, __next) }
        }
    }
}

/// The putter is put in a variable of its type, so that any other is a mismatch at the user's own tokens.
fn puts(lens: &LensDef<'_>) -> Option<TokenStream> {
    let (ident, Types { source, view }) = (lens.ident, &lens.types);
    let put = lens.put.as_ref()?;
    Some(quote! {
        #[automatically_derived]
        impl __p::PutLens for #ident {
            #[inline]
            fn put(&self, __view: &#view, __source: &#source) -> #source {
                let __put: fn(&#view, &#source) -> #source = #put;
                __put(__view, __source)
            }
        }
    })
}

/// At the function's name, where the compiler points if there is another one for the same types.
fn canonical(lens: &LensDef<'_>) -> Option<TokenStream> {
    let (ident, Types { source, view }) = (lens.ident, &lens.types);
    let at = Span::call_site().located_at(ident.span());
    lens.is_canonical.then(|| {
        quote_spanned! {at=>
            #[automatically_derived]
            #[allow(non_local_definitions)]
            impl __p::ViewOf<#source> for #view {
                #[inline]
                fn view_of(__source: #source) -> __p::Result<Self> {
                    __p::Ok(__p::Lens::get_owned(&<#ident as __p::FunctionLens>::LENS, __source))
                }
            }
        }
    })
}

fn registers(lens: &LensDef<'_>) -> TokenStream {
    let (ident, Types { source, view }) = (lens.ident, &lens.types);
    let (name, version, put) = (&lens.name, &lens.version, lens.put.is_some());
    let description = match &lens.description {
        Some(text) => quote!(__p::Some(#text)),
        None => quote!(__p::None),
    };
    quote! {
        __p::register_lens! {
            name: #name, version: #version, module: ::core::module_path!(),
            lens: <#ident as __p::FunctionLens>::LENS,
            source: <#source as __p::Proven<{ __TYPES }>>::Type,
            view: <#view as __p::Proven<{ __TYPES }>>::Type,
            description: #description, put: #put
        }
    }
}

/// A test stands beside the lens: in the block nobody would run it.
fn laws(lens: &LensDef<'_>) -> Option<TokenStream> {
    let laws = lens.laws.as_ref()?;
    let (ident, cfgs) = (lens.ident, &lens.function.cfgs);
    let test = format_ident!("{}_laws", ident.unraw(), span = ident.span());
    let at = Span::call_site().located_at(laws.span);
    // Where a macro is called is where its path is.
    let private: TokenStream = lens.private.clone().into_iter().map(|token| located(token, at)).collect();
    let sources = laws.value.sources.iter().map(|sources| quote!(, sources: #sources));
    let views = laws.value.views.iter().map(|views| quote!(, views: #views));
    Some(quote_spanned! {at=>
        #(#cfgs)*
        #[cfg(test)]
        #private::laws! { test: #test, lens: #ident #(#sources)* #(#views)* }
    })
}

fn located(mut token: TokenTree, at: Span) -> TokenTree {
    token.set_span(at);
    token
}

/// A lens of the same name and types, beside the errors, so that what uses it is not an error as well.
pub(crate) fn fallback(attrs: &LensAttrs, function: &ItemFn, types: Option<&Types<'_>>) -> TokenStream {
    let (private, ident, vis) = (private(attrs.krate.as_ref()), &function.sig.ident, &function.vis);
    let Function { inner, cfgs, .. } = Function::new(function);
    let impls = match types {
        Some(types) => fallback_impls(attrs, function, types),
        None => quote! {
            impl ::core::ops::Deref for #ident {
                type Target = __p::FallbackLens;
                fn deref(&self) -> &__p::FallbackLens { &__p::FallbackLens }
            }
        },
    };
    quote! {
        #(#cfgs)*
        #[allow(non_camel_case_types, dead_code, missing_docs)]
        #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
        #vis struct #ident;
        #(#cfgs)*
        const _: () = {
            use #private as __p;
            #[allow(unused)]
            #inner
            #impls
        };
    }
}

fn fallback_impls(attrs: &LensAttrs, function: &ItemFn, types: &Types<'_>) -> TokenStream {
    let (ident, Types { source, view }) = (&function.sig.ident, types);
    let canonical = attrs.through_only.is_none().then(|| {
        quote! {
            #[allow(non_local_definitions)]
            impl __p::ViewOf<#source> for #view {
                fn view_of(_: #source) -> __p::Result<Self> { loop {} }
            }
        }
    });
    quote! {
        impl __p::Lens for #ident {
            type Source = #source;
            type View = #view;
            fn get(&self, _: &#source) -> #view { loop {} }
        }
        impl __p::PutLens for #ident {
            fn put(&self, _: &#view, _: &#source) -> #source { loop {} }
        }
        impl __p::FunctionLens for #ident {
            const LENS: Self = Self;
        }
        impl ::core::ops::Deref for #ident {
            type Target = __p::Methods<Self>;
            fn deref(&self) -> &__p::Methods<Self> { __p::Methods::of_lens() }
        }
        impl<__N: __p::LensFrom<#view>> ::core::ops::BitOr<__N> for #ident {
            type Output = __p::Then<Self, __N>;
            fn bitor(self, __next: __N) -> __p::Then<Self, __N> { __p::Lens::then(self, __next) }
        }
        #canonical
    }
}
