//! A declared view: the lens from its source, and how it is read from the bytes of its source.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::model::{FieldDef, SampleDef, Shown};

/// What views of this type need to know of it, where its fields in Rust are not those on the wire.
///
/// ```text
/// const RENAMED: &'static [(&'static str, &'static str)] = &[("cache", ""), ("file_name", "fileName")];
/// ```
pub(super) fn source(sample: &SampleDef<'_>) -> TokenStream {
    let mut renamed: Vec<_> = sample.fields.iter().filter_map(renamed).collect();
    renamed.sort_unstable();
    let renamed = renamed.iter().map(|(own, wire)| quote!((#own, #wire))).collect::<Vec<_>>();
    let renamed = (!renamed.is_empty())
        .then(|| quote!(const RENAMED: &'static [(&'static __p::str, &'static __p::str)] = &[#(#renamed),*];));
    let converted: Vec<_> = sample.fields.iter().filter(|field| field.converted().is_some()).collect();
    let converted = converted.iter().map(|field| field.ident.unraw().to_string()).collect::<Vec<_>>();
    let converted =
        (!converted.is_empty()).then(|| quote!(const CONVERTED: &'static [&'static __p::str] = &[#(#converted),*];));
    let flattened = super::flatten::source(sample);
    quote!(#renamed #converted #flattened)
}

/// The name of a field in Rust and on the wire, if they differ.
fn renamed<'s>(field: &'s FieldDef<'_>) -> Option<(String, &'s str)> {
    if field.flatten.is_some() {
        return None;
    }
    let own = field.ident.unraw().to_string();
    let wire = if field.skip.is_some() { "" } else { &*field.name.value };
    (own != wire).then_some((own, wire))
}

/// A declared view: its source, and its fields with those of the source that they show.
fn declared<'s, 'a>(sample: &'s SampleDef<'a>) -> Option<(&'s Path, Vec<(&'s FieldDef<'a>, Shown)>)> {
    let source = sample.view_of.as_ref()?;
    let fields = sample.fields.iter().filter_map(|field| Some((field, field.shown()?))).collect();
    Some((source, fields))
}

/// What can be wrong with the types of the source, in the constant that the rest of the expansion depends on, so that it
/// is told once.
pub(super) fn checks(sample: &SampleDef<'_>) -> TokenStream {
    let Some((source, fields)) = declared(sample) else { return TokenStream::new() };
    let ident = sample.ident;
    // Of what is no source nothing else is said.
    let known = quote!(<#source as __p::Proven<{ <#ident as __p::Proof>::SOURCE }>>::Type);
    let fields = fields.iter().map(|(field, shown)| {
        let ty = field.ty;
        let found = quote_spanned!(shown.span()=> __p::shown(|__s: &__Known| &__s.#shown));
        quote_spanned!(ty.span()=> #found.is::<#ty>();)
    });
    quote! {
        type __Known = #known;
        #(#fields)*
    }
}

/// Whether the source is one: asked before its fields are looked at.
pub(super) fn source_is_known(sample: &SampleDef<'_>) -> TokenStream {
    let Some(source) = sample.view_of.as_ref() else { return TokenStream::new() };
    let ask = quote_spanned!(source.span()=> __p::view_source::<#source>());
    quote!(const SOURCE: __p::bool = #ask;)
}

/// What can be wrong with what the source says of its fields: nothing depends on it.
fn on_wire(sample: &SampleDef<'_>, fields: &[(&FieldDef<'_>, Shown)]) -> TokenStream {
    let view = sample.type_name();
    let checks = fields.iter().enumerate().map(|(at, (_, shown))| {
        let name = shown.path();
        quote_spanned!(shown.span()=> __p::on_wire(__TABLE, #at, #view, #name);)
    });
    quote!(const _: () = { #(#checks)* };)
}

/// ```text
/// type __Source = <Photo as Proven<{ <Labelled as Proof>::FIELDS }>>::Type;
/// const __TABLE: &SourceTable<2> = &SourceTable::new::<__Source>(["label", "confidence"]);
/// const _: () = { on_wire(__TABLE, 0, "Labelled", "label"); … };
/// impl DeclaredView for Labelled { type Source = __Source; fn get … get_owned … put … }
/// impl ViewOf<Photo> for Labelled { const DIRECT … fn view_of … }
/// impl Labelled { pub const LENS: Declared<Self> = Declared::new(); }
/// __p::register_lens! { … }
/// ```
pub(super) fn impls(sample: &SampleDef<'_>) -> TokenStream {
    let Some((source, fields)) = declared(sample) else { return TokenStream::new() };
    let ident = sample.ident;
    let (table, lens, impls) = (table(&fields), lens_const(sample, source), lens_impls(sample, source, &fields));
    let on_wire = on_wire(sample, &fields);
    let register = register(sample);
    // `ViewOf` is asked for by `as_type` and names the source as the user wrote it, so that a second lens between the
    // two types conflicts with this impl; all else takes the proven type, to be silent where the proof has failed.
    quote! {
        type __Source = <#source as __p::Proven<{ <#ident as __p::Proof>::FIELDS }>>::Type;
        #table
        #on_wire
        #impls
        #[automatically_derived]
        impl __p::ViewOf<#source> for #ident {
            const DIRECT: __p::Option<__p::Direct<Self>> = __p::Some(__p::Direct::declared(__SHOWN));
            fn view_of(__s: #source) -> __p::Result<Self> {
                __p::Ok(<Self as __p::DeclaredView>::get_owned(__s))
            }
        }
        #lens
        #register
    }
}

/// Joins the registry of lenses, where there is one.
fn register(sample: &SampleDef<'_>) -> TokenStream {
    let (ident, name, version) = (sample.ident, sample.type_name(), &sample.version.value);
    let description = super::schema::optional(sample.description.as_ref());
    let names = sample.wire_fields().map(|field| &field.name.value);
    quote! {
        __p::register_lens! {
            name: #name,
            version: #version,
            module: ::core::module_path!(),
            lens: __p::Declared::<#ident>::new(),
            source: __Source,
            view: #ident,
            description: #description,
            mapping: &const { __TABLE.mapping([#(#names),*]) },
            put: true,
        }
    }
}

/// Where the fields are on the wire, and a complaint about those whose dimensions have other names.
fn table(fields: &[(&FieldDef<'_>, Shown)]) -> TokenStream {
    let count = fields.len();
    let names: Vec<_> = fields.iter().map(|(_, shown)| shown.path()).collect();
    let unlike = fields.iter().zip(&names).filter_map(|((field, _), name)| {
        let dims = field.dims.as_ref()?;
        let message = format!(
            "field `{}`: the field `{name}` of the source has other names of dimensions, and the same numbers would mean \
             something else; make the two agree, or make the view with `#[lens]` on a function",
            field.ident
        );
        let names = &dims.value;
        Some(quote_spanned! {dims.span=>
            const _: () = if !__p::has_names::<__Source>(#name, &[#(#names),*]) { __p::panic!(#message) };
        })
    });
    quote! {
        #(#unlike)*
        const __TABLE: &__p::SourceTable<#count> = &__p::SourceTable::new::<__Source>([#(#names),*]);
        const __SHOWN: &__p::SourceFields = &__TABLE.fields();
    }
}

fn lens_impls(sample: &SampleDef<'_>, source: &Path, fields: &[(&FieldDef<'_>, Shown)]) -> TokenStream {
    let ident = sample.ident;
    // The compiler complains here of a source that is less visible than the view.
    let source_type = quote_spanned!(source.span()=> type Source = __Source;);
    let members: Vec<_> = fields.iter().map(|(field, _)| field.ident).collect();
    // Spelt as the source's fields, and not at their place: what is wrong with them was told in `checks`.
    let shown: Vec<_> = fields.iter().map(|(_, shown)| shown).collect();
    quote! {
        #[automatically_derived]
        impl __p::DeclaredView for #ident {
            #source_type
            fn get(__s: &__Source) -> Self {
                Self { #(#members: ::core::clone::Clone::clone(&__s.#shown)),* }
            }
            fn get_owned(__s: __Source) -> Self {
                Self { #(#members: __s.#shown),* }
            }
            fn put(&self, __s: &__Source) -> __Source {
                let mut __put = ::core::clone::Clone::clone(__s);
                #(::core::clone::Clone::clone_from(&mut __put.#shown, &self.#members);)*
                __put
            }
        }
    }
}

fn lens_const(sample: &SampleDef<'_>, source: &Path) -> TokenStream {
    let (ident, vis) = (sample.ident, sample.vis);
    let name = source.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    let doc = format!("The lens between `{name}` and this view of it.");
    quote! {
        #[automatically_derived]
        impl #ident {
            #[doc = #doc]
            #vis const LENS: __p::Declared<Self> = __p::Declared::new();
        }
    }
}

/// Impls that satisfy those who use the view, beside the errors.
pub(super) fn fallback(sample: &SampleDef<'_>) -> TokenStream {
    let Some(source) = &sample.view_of else { return TokenStream::new() };
    let (ident, lens) = (sample.ident, lens_const(sample, source));
    // Such a view there is already.
    let view_of = (!sample.is_dict_sample(source)).then(|| {
        quote! {
            impl __p::ViewOf<#source> for #ident {
                fn view_of(_: #source) -> __p::Result<Self> { loop {} }
            }
        }
    });
    quote! {
        impl __p::DeclaredView for #ident {
            type Source = #source;
            fn get(_: &#source) -> Self { loop {} }
            fn get_owned(_: #source) -> Self { loop {} }
            fn put(&self, _: &#source) -> #source { loop {} }
        }
        #view_of
        #lens
    }
}
