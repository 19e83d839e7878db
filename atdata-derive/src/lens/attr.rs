//! The grammar of `#[lens(…)]`.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Expr, Path, Token};

use crate::attr::{At, flag, path, skip_value, text};
use crate::ctxt::Ctxt;
use crate::symbol::{self, did_you_mean};

/// Arguments of a lens.
#[derive(Default)]
pub(crate) struct LensAttrs {
    pub(crate) put: Option<At<Expr>>,
    pub(crate) through_only: Option<Span>,
    pub(crate) laws: Option<At<Laws>>,
    pub(crate) name: Option<At<String>>,
    pub(crate) version: Option<At<String>>,
    pub(crate) description: Option<At<String>>,
    pub(crate) krate: Option<Path>,
}

/// What the laws are tested with, where the user gives it.
#[derive(Default)]
pub(crate) struct Laws {
    pub(crate) sources: Option<Expr>,
    pub(crate) views: Option<Expr>,
}

impl LensAttrs {
    pub(crate) fn from(ctxt: &Ctxt, args: TokenStream) -> Self {
        let mut found = Self::default();
        if let Some(TokenTree::Literal(literal)) = args.clone().into_iter().next() {
            ctxt.error(literal.span(), "an argument of `lens` starts with its name; write `name = value`");
            return found;
        }
        let mut seen = Vec::new();
        let parser = syn::meta::parser(|meta| {
            // What an argument says of itself is no reason to pass over those behind it.
            if let Err(error) = found.argument(ctxt, &meta, &mut seen) {
                ctxt.push(error);
                skip_to_comma(&meta);
            }
            Ok(())
        });
        if let Err(error) = parser.parse2(args) {
            ctxt.push(error);
        }
        found
    }

    fn argument(&mut self, ctxt: &Ctxt, meta: &ParseNestedMeta<'_>, seen: &mut Vec<String>) -> syn::Result<()> {
        let span = meta.path.span();
        let Some(name) = known(ctxt, meta, "lens", symbol::LENS, seen)? else {
            // The fallback shall not be a second canonical lens for want of a letter.
            if meta.path.get_ident().and_then(|name| did_you_mean(&name.to_string(), symbol::LENS))
                == Some("through_only")
            {
                self.through_only = Some(span);
            }
            return Ok(());
        };
        match name.as_str() {
            "put" => self.put = Some(At { value: function(meta, "put", "`fn(&View, &Source) -> Source`")?, span }),
            "through_only" => {
                self.through_only = Some(span);
                flag(meta)?;
            }
            "laws" => self.laws = Some(At { value: laws(ctxt, meta)?, span }),
            "name" => self.name = Some(text(meta)?),
            "version" => self.version = Some(text(meta)?),
            "description" => self.description = Some(text(meta)?),
            _ => self.krate = Some(path(meta)?),
        }
        Ok(())
    }
}

/// `laws`, or `laws(sources = samples, views = views)`.
fn laws(ctxt: &Ctxt, meta: &ParseNestedMeta<'_>) -> syn::Result<Laws> {
    let mut laws = Laws::default();
    if meta.input.peek(Token![=]) {
        let message = "`laws` takes no value; write `laws`, or `laws(sources = function)` for samples of your own";
        return Err(syn::Error::new(meta.input.span(), message));
    }
    if !meta.input.peek(syn::token::Paren) {
        return Ok(laws);
    }
    let mut seen = Vec::new();
    meta.parse_nested_meta(|meta| {
        match known(ctxt, &meta, "laws", symbol::LAWS, &mut seen)?.as_deref() {
            Some("sources") => laws.sources = Some(function(&meta, "sources", "that gives an iterator of sources")?),
            Some(_) => laws.views = Some(function(&meta, "views", "that gives an iterator of views")?),
            None => {}
        }
        Ok(())
    })?;
    Ok(laws)
}

/// The name of an argument that is known and new; a complaint and `None` otherwise.
fn known(
    ctxt: &Ctxt,
    meta: &ParseNestedMeta<'_>,
    place: &str,
    names: &[&str],
    seen: &mut Vec<String>,
) -> syn::Result<Option<String>> {
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if !names.contains(&name.as_str()) {
        let message = match did_you_mean(&name, names) {
            Some(near) => format!("unknown argument `{name}`; did you mean `{near}`?"),
            None => {
                let list: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("unknown argument `{name}`; `{place}` takes {}", list.join(", "))
            }
        };
        ctxt.error(meta.path.span(), message);
    } else if seen.contains(&name) {
        ctxt.error(meta.path.span(), format!("`{name}` is given twice; keep one"));
    } else {
        seen.push(name.clone());
        return Ok(Some(name));
    }
    skip_value(meta)?;
    Ok(None)
}

/// `key = expression`, where the expression is a function.
fn function(meta: &ParseNestedMeta<'_>, name: &str, what: &str) -> syn::Result<Expr> {
    let wrong = |span| syn::Error::new(span, format!("`{name}` takes a function {what}; write `{name} = function`"));
    if !meta.input.peek(Token![=]) {
        return Err(wrong(meta.path.span()));
    }
    let value = meta.value()?;
    if value.is_empty() || value.peek(Token![,]) {
        return Err(wrong(meta.path.span()));
    }
    match value.parse::<Expr>()? {
        Expr::Lit(literal) => Err(wrong(literal.span())),
        function => Ok(function),
    }
}

/// Passes over the rest of an argument that was refused half-way.
fn skip_to_comma(meta: &ParseNestedMeta<'_>) {
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        if meta.input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
