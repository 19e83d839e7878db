//! `include_schema!("photo.json")`: the types of schema records, without a build script.

use std::path::{Path, PathBuf};

use atdata_codegen::{Config, Error, Problem, Schemas};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token};

use crate::ctxt::Ctxt;
use crate::file;
use crate::symbol::did_you_mean;

/// The paths of records, options, and `crate = path`.
struct Input {
    paths: Vec<LitStr>,
    options: Vec<Choice>,
    krate: Option<syn::Path>,
}

enum Argument {
    Path(LitStr),
    Choice(Choice),
    Crate(syn::Path),
}

/// `derive("Photo", "Eq")`
struct Choice {
    name: Ident,
    values: Vec<LitStr>,
}

type OfOne = for<'c> fn(&'c mut Config, &str) -> &'c mut Config;
type OfTwo = for<'c> fn(&'c mut Config, &str, &str) -> &'c mut Config;

/// What an option takes: the path of what it is for, or that and a value.
#[derive(Clone, Copy)]
enum Takes {
    Path(OfOne),
    Value(OfTwo),
}

/// The options of `Config` that are not about files.
const OPTIONS: &[(&str, Takes)] = &[
    ("derive", Takes::Value(Config::derive)),
    ("type_attribute", Takes::Value(Config::type_attribute)),
    ("enum_derive", Takes::Value(Config::enum_derive)),
    ("enum_attribute", Takes::Value(Config::enum_attribute)),
    ("field_attribute", Takes::Value(Config::field_attribute)),
    ("rename", Takes::Value(Config::rename)),
    ("replace", Takes::Value(Config::replace)),
    ("codec", Takes::Value(Config::codec)),
    ("extern_path", Takes::Value(Config::extern_path)),
    ("hash_map", Takes::Path(Config::hash_map)),
    ("shared_bytes", Takes::Path(Config::shared_bytes)),
    ("trust_float32", Takes::Path(Config::trust_float32)),
    ("visibility", Takes::Path(Config::visibility)),
];

impl Choice {
    fn apply(&self, config: &mut Config) -> Result<(), String> {
        let name = self.name.to_string();
        let Some((_, takes)) = OPTIONS.iter().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = OPTIONS.iter().map(|(known, _)| *known).collect();
            let all = || known.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
            return Err(match did_you_mean(&name, &known) {
                Some(near) => format!("unknown option `{name}`; did you mean `{near}`?"),
                None => format!("unknown option `{name}`; there are {}, `crate`; others need a build script", all()),
            });
        };
        let values: Vec<String> = self.values.iter().map(LitStr::value).collect();
        match (takes, values.as_slice()) {
            (Takes::Path(set), [path]) => set(config, path),
            (Takes::Value(set), [path, value]) => set(config, path, value),
            (Takes::Path(_), _) => return Err(format!("`{name}` takes one text; write `{name}(\".\")`")),
            (Takes::Value(_), _) => {
                return Err(format!("`{name}` takes a path and a value; write `{name}(\"Photo\", \"…\")`"));
            }
        };
        Ok(())
    }
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident) && input.peek2(syn::token::Paren) {
            let name = input.parse()?;
            let content;
            syn::parenthesized!(content in input);
            let values = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
            return Ok(Self::Choice(Choice { name, values: values.into_iter().collect() }));
        }
        if !input.peek(Token![crate]) {
            let span = input.span();
            return input.parse().map(Self::Path).map_err(|_| not_a_path(span));
        }
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        let span = input.span();
        let message = "`crate` takes the path of atdata; write `crate = my_crate::atdata`";
        syn::Path::parse_mod_style(input).map(Self::Crate).map_err(|_| syn::Error::new(span, message))
    }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            return Err(not_a_path(Span::call_site()));
        }
        let mut found = Self { paths: Vec::new(), options: Vec::new(), krate: None };
        for argument in Punctuated::<Argument, Token![,]>::parse_terminated(input)? {
            match argument {
                Argument::Path(path) => found.paths.push(path),
                Argument::Choice(choice) => found.options.push(choice),
                Argument::Crate(path) => found.krate = Some(path),
            }
        }
        if found.paths.is_empty() { Err(not_a_path(Span::call_site())) } else { Ok(found) }
    }
}

fn not_a_path(span: Span) -> syn::Error {
    let message = "`include_schema` takes the paths of schema records; write `include_schema!(\"photo.json\")`";
    syn::Error::new(span, message)
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let Input { paths, options, krate } = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut config = Config::new();
    if let Some(path) = &krate {
        config.crate_path(&path.to_token_stream().to_string());
    }
    let ctxt = Ctxt::default();
    for option in &options {
        if let Err(message) = option.apply(&mut config) {
            ctxt.error(option.name.span(), message);
        }
    }
    let mut schemas = Schemas::new();
    let mut files = Vec::new();
    for path in &paths {
        match read(&path.value()) {
            Ok((file, json)) => {
                schemas.parse(&path.value(), &json);
                files.push(file);
            }
            Err(message) => ctxt.error(path.span(), message),
        }
    }
    let code = match ctxt.finish() {
        Ok(()) => config
            .tokens_and_notes(&schemas)
            .map(|(code, notes)| {
                let notes = notes.iter().map(|note| warning(note, &paths));
                quote!(#code #(#notes)*)
            })
            .map_err(|error| located(&error, &paths, &options)),
        Err(error) => Err(error),
    };
    // The compiler looks at the files again when it next decides what to build; also when they are wrong.
    let watched = files.iter().map(|file| {
        let file = file.to_string_lossy();
        quote!(
            const _: &::core::primitive::str = ::core::include_str!(#file);
        )
    });
    let code = code.unwrap_or_else(|error| error.to_compile_error());
    quote!(#(#watched)* #code)
}

/// The file and its text.
fn read(path: &str) -> Result<(PathBuf, String), String> {
    let file = file::folder().join(path);
    if file.is_dir() {
        return Err(format!("`{path}` is a folder; name its files, or use `atdata_codegen` in a build script"));
    }
    file::read(path).map(|json| (file, json))
}

/// A warning of the compiler at the path of the file: a macro can give none but by the use of what is deprecated.
fn warning(note: &Problem, paths: &[LitStr]) -> TokenStream {
    let text = note.to_string();
    let span = path_of(note, paths).map_or_else(Span::call_site, LitStr::span);
    quote_spanned! {span=>
        const _: () = {
            #[deprecated(note = #text)]
            const NOTE: () = ();
            NOTE
        };
    }
}

fn path_of<'p>(problem: &Problem, paths: &'p [LitStr]) -> Option<&'p LitStr> {
    paths.iter().find(|path| Path::new(&path.value()) == Path::new(problem.file()))
}

/// Each problem at the path of its file, or at its option.
fn located(error: &Error, paths: &[LitStr], options: &[Choice]) -> syn::Error {
    let span = |problem: &Problem| {
        let path = path_of(problem, paths);
        let text = problem.to_string();
        let option = || options.iter().find(|option| text.contains(&format!("option `{}`", option.name)));
        path.map(LitStr::span).or_else(|| option().map(|option| option.name.span())).unwrap_or_else(Span::call_site)
    };
    let mut errors = error.problems().iter().map(|problem| syn::Error::new(span(problem), problem));
    let first = errors.next().unwrap_or_else(|| syn::Error::new(Span::call_site(), error));
    errors.fold(first, |mut all, error| {
        all.combine(error);
        all
    })
}
