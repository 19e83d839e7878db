//! The grammar of `#[packable(…)]`. Each value keeps its span, so that later complaints point at it.

mod pack_field;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token, Type, bracketed};

use crate::case::Case;
use crate::ctxt::Ctxt;
use crate::symbol::{self, did_you_mean};

pub(crate) use pack_field::{TypeAttrs, VariantAttrs};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// Attributes of a struct.
#[derive(Default)]
pub(crate) struct SampleAttrs {
    pub(crate) name: Option<At<String>>,
    pub(crate) version: Option<At<String>>,
    pub(crate) schema: Option<At<String>>,
    pub(crate) description: Option<String>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) allow_unknown: bool,
    pub(crate) batch_derive: Option<Vec<Path>>,
    pub(crate) batch: Option<Ident>,
    pub(crate) view_of: Option<Path>,
    pub(crate) python: bool,
    pub(crate) layout: Option<At<String>>,
    pub(crate) path: Option<At<String>>,
    pub(crate) codecs: Option<At<Path>>,
    pub(crate) query: Option<At<Option<Ident>>>,
    pub(crate) krate: Option<Path>,
}

/// Attributes of a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) description: Option<String>,
    pub(crate) rename: Option<At<String>>,
    pub(crate) alias: Option<At<Vec<String>>>,
    pub(crate) default: Option<At<Default>>,
    pub(crate) with: Option<At<Path>>,
    pub(crate) serde: Option<Span>,
    pub(crate) skip: Option<Span>,
    pub(crate) shape: Option<At<Vec<Option<TokenStream>>>>,
    pub(crate) dims: Option<At<Vec<String>>>,
    pub(crate) cast: Option<Span>,
    pub(crate) ragged: Option<Span>,
    pub(crate) pad: Option<At<Default>>,
    pub(crate) required: Option<Span>,
    pub(crate) from: Option<At<String>>,
    pub(crate) member: Option<At<String>>,
    pub(crate) key: Option<Span>,
    pub(crate) codec: Option<At<Path>>,
    pub(crate) flatten: Option<Span>,
    pub(crate) schemars: Option<Span>,
    pub(crate) manifest: Option<At<Manifest>>,
}

/// What manifests of shards have of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manifest {
    Excluded,
    Categorical,
    Numeric,
    Set,
}

/// What stands in for a field that a sample does not have.
#[derive(Clone)]
pub(crate) enum Default {
    Trait,
    Value(Box<Expr>),
}

impl SampleAttrs {
    pub(crate) fn from(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut found = Self { description: doc(attrs), ..Self::default() };
        let mut seen = Vec::new();
        each(ctxt, attrs, |meta| {
            let Some(name) = known(ctxt, &meta, "a struct", symbol::SAMPLE, symbol::FIELD, &mut seen)? else {
                return Ok(());
            };
            match name.as_str() {
                "name" => found.name = Some(text(&meta)?),
                "version" => found.version = Some(text(&meta)?),
                "schema" => found.schema = Some(text(&meta)?),
                "description" => found.description = Some(text(&meta)?.value),
                "rename_all" => {
                    let At { value, span } = text(&meta)?;
                    found.rename_all = Case::parse(ctxt, &value, span);
                }
                "allow_unknown" => {
                    flag(&meta)?;
                    found.allow_unknown = true;
                }
                "python" => {
                    flag(&meta)?;
                    found.python = true;
                }
                "layout" => found.layout = Some(text(&meta)?),
                "path" => found.path = Some(text(&meta)?),
                "codecs" => found.codecs = Some(codecs(&meta)?),
                "query" => found.query = Some(query(&meta)?),
                "batch_derive" => found.batch_derive = Some(paths(&meta)?),
                "batch" => found.batch = Some(batch_name(&meta)?),
                "view_of" => found.view_of = Some(source(&meta)?),
                _ => found.krate = Some(path(&meta)?),
            }
            Ok(())
        });
        found
    }
}

impl FieldAttrs {
    pub(crate) fn from(ctxt: &Ctxt, attrs: &[Attribute]) -> Self {
        let mut found = Self { description: doc(attrs), ..Self::default() };
        let mut seen = Vec::new();
        each(ctxt, attrs, |meta| {
            let Some(name) = known(ctxt, &meta, "a field", symbol::FIELD, symbol::SAMPLE, &mut seen)? else {
                return Ok(());
            };
            let span = meta.path.span();
            match name.as_str() {
                "rename" => found.rename = Some(text(&meta)?),
                "alias" => found.alias = Some(names(&meta)?),
                "default" => found.default = Some(At { value: default(&meta)?, span }),
                "with" => found.with = Some(At { value: module(&meta)?, span }),
                "serde" => found.serde = Some(flag(&meta)?),
                "skip" => found.skip = Some(flag(&meta)?),
                "shape" => found.shape = Some(list(&meta, |size: Size| size.0)?),
                "dims" => found.dims = Some(list(&meta, |name: Name| name.0)?),
                "cast" => found.cast = Some(flag(&meta)?),
                "pad" => found.pad = Some(At { value: default(&meta)?, span }),
                "from" => found.from = Some(field_name(&meta)?),
                "required" => found.required = Some(flag(&meta)?),
                "member" => found.member = Some(text(&meta)?),
                "key" => found.key = Some(flag(&meta)?),
                "codec" => found.codec = Some(codec(&meta)?),
                "flatten" => found.flatten = Some(flag(&meta)?),
                "schemars" => found.schemars = Some(flag(&meta)?),
                "manifest" => found.manifest = Some(manifest(&meta)?),
                _ => found.ragged = Some(flag(&meta)?),
            }
            Ok(())
        });
        found
    }
}

/// Visits each `key` or `key = value` of all `#[packable(…)]`.
fn each(ctxt: &Ctxt, attrs: &[Attribute], mut visit: impl FnMut(ParseNestedMeta<'_>) -> syn::Result<()>) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("packable")) {
        let Meta::List(list) = &attr.meta else {
            ctxt.error(attr.meta.span(), "`packable` takes its arguments in parentheses; write `#[packable(…)]`");
            continue;
        };
        if let Some(TokenTree::Literal(literal)) = list.tokens.clone().into_iter().next() {
            ctxt.error(literal.span(), "an argument of `packable` starts with its name; write `name = value`");
        } else if let Err(error) = attr.parse_nested_meta(&mut visit) {
            ctxt.push(error);
        }
    }
}

/// The name of an attribute that is allowed here, for the first time; a complaint and `None` otherwise.
fn known(
    ctxt: &Ctxt,
    meta: &ParseNestedMeta<'_>,
    place: &str,
    here: &[&str],
    elsewhere: &[&str],
    seen: &mut Vec<String>,
) -> syn::Result<Option<String>> {
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if here.contains(&name.as_str()) {
        if seen.contains(&name) {
            ctxt.error(meta.path.span(), format!("`{name}` is given twice; keep one"));
            skip_value(meta)?;
            return Ok(None);
        }
        seen.push(name.clone());
        return Ok(Some(name));
    }
    let message = if elsewhere.contains(&name.as_str()) {
        let other = match place {
            "a field" => "the struct",
            "an enum" => "a variant",
            "a variant" => "the enum",
            _ => "a field",
        };
        format!("`{name}` does not belong on {place}; move it to {other}")
    } else if let Some(advice) = symbol::elsewhere_known(&name) {
        format!("unknown attribute `{name}`; {advice}")
    } else if let Some(near) = did_you_mean(&name, here) {
        format!("unknown attribute `{name}`; did you mean `{near}`?")
    } else {
        let list: Vec<_> = here.iter().map(|name| format!("`{name}`")).collect();
        format!("unknown attribute `{name}`; {place} takes {}", list.join(", "))
    };
    ctxt.error(meta.path.span(), message);
    skip_value(meta)?;
    Ok(None)
}

/// Passes over what belongs to an attribute that was refused, so that those behind it are still looked at.
pub(crate) fn skip_value(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<At<String>> {
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let wrong = |span| syn::Error::new(span, format!("`{name}` takes a string; write `{name} = \"…\"`"));
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    match ungrouped(meta.value()?.parse()?) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(At { value: text.value(), span: text.span() }),
        other => Err(wrong(other.span())),
    }
}

/// The expression without the parentheses, and the invisible ones that `macro_rules!` puts around its variables.
fn ungrouped(mut value: Expr) -> Expr {
    loop {
        value = match value {
            Expr::Group(group) => *group.expr,
            Expr::Paren(paren) => *paren.expr,
            _ => return value,
        };
    }
}

/// The same of a type.
pub(crate) fn ungroup(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// An attribute without a value; gives its place.
pub(crate) fn flag(meta: &ParseNestedMeta<'_>) -> syn::Result<Span> {
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(meta.path.span());
    }
    let span = meta.input.span();
    skip_value(meta)?;
    Err(syn::Error::new(span, format!("`{name}` takes no value; write `{name}`, or nothing for its opposite")))
}

fn default(meta: &ParseNestedMeta<'_>) -> syn::Result<Default> {
    if meta.input.peek(Token![=]) {
        return Ok(Default::Value(Box::new(meta.value()?.parse()?)));
    }
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(Default::Trait);
    }
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let span = meta.input.span();
    skip_value(meta)?;
    Err(syn::Error::new(span, format!("`{name}` takes its value behind `=`; write `{name}`, or `{name} = 7`")))
}

/// `manifest = "set"`, or `manifest = false`.
fn manifest(meta: &ParseNestedMeta<'_>) -> syn::Result<At<Manifest>> {
    let wrong = |span| {
        let message = "`manifest` takes what manifests of shards have of the field; write `manifest = \"categorical\"`, \
                       `\"numeric\"` or `\"set\"`, or `manifest = false` for nothing";
        syn::Error::new(span, message)
    };
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    let value = ungrouped(meta.value()?.parse()?);
    let span = value.span();
    let Expr::Lit(ExprLit { lit, .. }) = value else { return Err(wrong(span)) };
    let value = match &lit {
        Lit::Bool(yes) if !yes.value => Manifest::Excluded,
        Lit::Str(text) => match text.value().as_str() {
            "categorical" => Manifest::Categorical,
            "numeric" => Manifest::Numeric,
            "set" => Manifest::Set,
            _ => return Err(wrong(span)),
        },
        _ => return Err(wrong(span)),
    };
    Ok(At { value, span })
}

/// `batch = "PhotoColumns"`.
fn batch_name(meta: &ParseNestedMeta<'_>) -> syn::Result<Ident> {
    let At { value, span } = text(meta)?;
    let mut ident = syn::parse_str::<Ident>(&value).map_err(|_| {
        syn::Error::new(span, format!("\"{value}\" is not the name of a type; write `batch = \"PhotoBatch\"`"))
    })?;
    ident.set_span(span);
    Ok(ident)
}

/// `query`, or `query = PhotoFields`.
fn query(meta: &ParseNestedMeta<'_>) -> syn::Result<At<Option<Ident>>> {
    let wrong = |span| {
        let message = "`query` takes nothing, or the name of a type to make; write `query`, or `query = PhotoFields`";
        syn::Error::new(span, message)
    };
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(At { value: None, span: meta.path.span() });
    }
    if !meta.input.peek(Token![=]) {
        let span = meta.input.span();
        skip_value(meta)?;
        return Err(wrong(span));
    }
    match ungrouped(meta.value()?.parse()?) {
        Expr::Path(path) if path.path.get_ident().is_some() => {
            Ok(At { span: path.span(), value: path.path.get_ident().cloned() })
        }
        other => Err(wrong(other.span())),
    }
}

/// `crate = my::path`, or the same in quotes.
pub(crate) fn path(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    path_or(meta, "`crate` takes the path of atdata; write `crate = my_crate::atdata`")
}

/// `with = my::module`, or the same in quotes, as serde has it.
fn module(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    path_or(meta, "`with` takes a module that has `Wire`, `to_wire` and `from_wire`; write `with = my_module`")
}

fn path_or(meta: &ParseNestedMeta<'_>, message: &str) -> syn::Result<Path> {
    let wrong = |span| syn::Error::new(span, message);
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    let value = meta.value()?;
    let span = value.span();
    let path = match value.parse::<Option<LitStr>>()? {
        Some(text) => text.parse_with(Path::parse_mod_style),
        None => Path::parse_mod_style(value),
    };
    path.map_err(|_| wrong(span))
}

/// `from = "label"`, or the same without quotes, as the compiler writes a name that it suggests; `from = "camera.model"`.
fn field_name(meta: &ParseNestedMeta<'_>) -> syn::Result<At<String>> {
    let wrong =
        |span| syn::Error::new(span, "`from` takes the name of a field of the source; write `from = \"label\"`");
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    match ungrouped(meta.value()?.parse()?) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(At { value: text.value(), span: text.span() }),
        Expr::Path(path) if path.path.get_ident().is_some() => {
            Ok(At { value: path.path.require_ident()?.to_string(), span: path.span() })
        }
        other => Err(wrong(other.span())),
    }
}

/// `codec = my::Csv`.
fn codec(meta: &ParseNestedMeta<'_>) -> syn::Result<At<Path>> {
    let wrong = |span| syn::Error::new(span, "`codec` takes a value that is a `MemberCodec`; write `codec = Csv`");
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    match ungrouped(meta.value()?.parse()?) {
        Expr::Path(path) if path.qself.is_none() => named(At { span: path.span(), value: path.path }),
        other => Err(wrong(other.span())),
    }
}

/// The path of a codec, the end of which is its name in schema records.
fn named(codec: At<Path>) -> syn::Result<At<Path>> {
    let Some(ident) = codec.value.segments.last().map(|last| &last.ident) else { return Ok(codec) };
    let last = ident.unraw().to_string();
    let is_place = matches!(&*last, "Self" | "self" | "super" | "crate");
    if crate::symbol::is_name(&last) && !is_place {
        return Ok(codec);
    }
    if is_place {
        let message = format!("`{last}` says nothing in a schema record; write the name of the type");
        return Err(syn::Error::new(ident.span(), message));
    }
    let message = format!(
        "`{last}` cannot be the name of a codec in a schema record, which has up to 100 ASCII letters, digits and `_`; name it \
         by `use {last} as …`"
    );
    Err(syn::Error::new(ident.span(), message))
}

/// `codecs = my::Audio`.
fn codecs(meta: &ParseNestedMeta<'_>) -> syn::Result<At<Path>> {
    let value = path_or(meta, "`codecs` takes a type that is a set of `MemberCodecs`; write `codecs = Audio`")?;
    named(At { span: value.span(), value })
}

/// `view_of = my::Photo`.
fn source(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    let wrong = |span| syn::Error::new(span, "`view_of` takes the sample type to view; write `view_of = Photo`");
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    let value = meta.value()?;
    let span = value.span();
    let Ok(ty) = value.parse::<Type>() else { return Err(wrong(span)) };
    match ungroup(&ty) {
        Type::Path(path) if path.qself.is_none() => Ok(path.path.clone()),
        other => Err(wrong(other.span())),
    }
}

/// `batch_derive(Debug, Clone)`.
fn paths(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<Path>> {
    let wrong =
        |span| syn::Error::new(span, "`batch_derive` takes a list of macros; write `batch_derive(Debug, Clone)`");
    if !meta.input.peek(syn::token::Paren) {
        let span = if meta.input.is_empty() { meta.path.span() } else { meta.input.span() };
        skip_value(meta)?;
        return Err(wrong(span));
    }
    let content;
    syn::parenthesized!(content in meta.input);
    let span = content.span();
    let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(&content, Path::parse_mod_style);
    paths.map(|paths| paths.into_iter().collect()).map_err(|_| wrong(span))
}

/// `key = [a, b]`.
fn list<T: Parse, V>(meta: &ParseNestedMeta<'_>, value: impl Fn(T) -> V) -> syn::Result<At<Vec<V>>> {
    let name = meta.path.get_ident().map(Ident::unraw).map(|ident| ident.to_string()).unwrap_or_default();
    let example = if name == "shape" { "[224, 224, _]" } else { "[\"height\", \"width\"]" };
    let wrong = |span| syn::Error::new(span, format!("`{name}` takes a list; write `{name} = {example}`"));
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    let input = meta.value()?;
    if !input.peek(syn::token::Bracket) {
        return Err(wrong(input.parse::<Expr>()?.span()));
    }
    let content;
    let bracket = bracketed!(content in input);
    let items = Punctuated::<T, Token![,]>::parse_terminated(&content)?;
    Ok(At { value: items.into_iter().map(value).collect(), span: bracket.span.join() })
}

/// `alias = "caption"`, `alias = ["caption", "title"]`.
fn names(meta: &ParseNestedMeta<'_>) -> syn::Result<At<Vec<String>>> {
    let wrong = |span| {
        let message = "`alias` takes names; write `alias = \"caption\"`, or `alias = [\"caption\", \"title\"]`";
        syn::Error::new(span, message)
    };
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    let value = ungrouped(meta.value()?.parse()?);
    let span = value.span();
    let one = |value: Expr| match ungrouped(value) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        other => Err(wrong(other.span())),
    };
    let names = match value {
        Expr::Array(list) if list.elems.is_empty() => Err(wrong(span)),
        Expr::Array(list) => list.elems.into_iter().map(one).collect(),
        value => one(value).map(|name| vec![name]),
    };
    Ok(At { value: names?, span })
}

/// The name of a dimension.
struct Name(String);

impl Parse for Name {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let span = input.span();
        let name: LitStr = input
            .parse()
            .map_err(|_| syn::Error::new(span, "the name of a dimension is a string, such as \"height\""))?;
        Ok(Self(name.value()))
    }
}

/// A size, or `_` for one that differs from sample to sample. It may be any constant: only the compiler knows its value.
struct Size(Option<TokenStream>);

impl Parse for Size {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.parse::<Option<Token![_]>>()?.is_some() {
            return Ok(Self(None));
        }
        let wrong = "a size is a whole number, or `_` where it differs from sample to sample";
        let start = input.span();
        let size: Expr = input.parse().map_err(|_| syn::Error::new(start, wrong))?;
        match ungrouped(size) {
            Expr::Lit(ExprLit { lit: Lit::Int(size), .. }) if matches!(size.suffix(), "" | "usize") => {
                let value: usize = size.base10_parse().map_err(|_| syn::Error::new(size.span(), wrong))?;
                Ok(Self(Some(value.to_token_stream())))
            }
            Expr::Lit(_) | Expr::Unary(_) | Expr::Infer(_) => Err(syn::Error::new(start, wrong)),
            constant => Ok(Self(Some(constant.into_token_stream()))),
        }
    }
}

/// The text of the doc comment, its lines joined, without the space behind `///` and the stars of `/** … */`.
pub(crate) fn doc(attrs: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attrs
        .iter()
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
        .map(|text| without_stars(text.strip_prefix(' ').unwrap_or(&text).trim_end()))
        .collect();
    let text = lines.join("\n").trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The text of one comment, without the stars that a block has before all its lines but the first.
fn without_stars(text: &str) -> String {
    let star = |line: &'_ str| line.trim_start().strip_prefix('*').map(str::to_owned);
    let Some((first, rest)) = text.split_once('\n') else { return text.to_owned() };
    let stripped: Option<Vec<String>> = rest.split('\n').map(star).collect();
    let Some(lines) = stripped else { return text.to_owned() };
    let lines = lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    std::iter::once(first.trim_end()).chain(lines).collect::<Vec<_>>().join("\n")
}
