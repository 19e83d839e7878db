//! `include_schema!("photo.json")`: the types of schema records, without a build script.

use std::path::{Path, PathBuf};

use atdata_codegen::{Config, Error, Problem, Schemas};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{LitStr, Token};

use crate::ctxt::Ctxt;

/// The paths of records, and `crate = path`.
struct Input {
    paths: Vec<LitStr>,
    krate: Option<syn::Path>,
}

enum Argument {
    Path(LitStr),
    Crate(syn::Path),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
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
        let mut found = Self { paths: Vec::new(), krate: None };
        for argument in Punctuated::<Argument, Token![,]>::parse_terminated(input)? {
            match argument {
                Argument::Path(path) => found.paths.push(path),
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
    let Input { paths, krate } = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut config = Config::new();
    if let Some(path) = &krate {
        config.crate_path(&path.to_token_stream().to_string());
    }
    let ctxt = Ctxt::default();
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
        Ok(()) => config.tokens(&schemas).map_err(|error| located(&error, &paths)),
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

/// Paths begin where the user's `Cargo.toml` is, as those of `#[packable(schema = "…")]` do.
fn read(path: &str) -> Result<(PathBuf, String), String> {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let file = folder.join(path);
    if file.is_dir() {
        return Err(format!("`{path}` is a folder; name its files, or use `atdata_codegen` in a build script"));
    }
    match std::fs::read_to_string(&file) {
        Ok(json) => Ok((file, json)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(format!(
            "there is no file `{path}`; write the path of a schema record, from the folder of this crate's `Cargo.toml`"
        )),
        Err(error) => {
            Err(format!("`{path}`, a path from the folder of this crate's `Cargo.toml`, cannot be read: {error}"))
        }
    }
}

/// Each problem at the path of its file.
fn located(error: &Error, paths: &[LitStr]) -> syn::Error {
    let span = |problem: &Problem| {
        let path = paths.iter().find(|path| Path::new(&path.value()) == Path::new(problem.file()));
        path.map_or_else(Span::call_site, LitStr::span)
    };
    let mut errors = error.problems().iter().map(|problem| syn::Error::new(span(problem), problem));
    let first = errors.next().unwrap_or_else(|| syn::Error::new(Span::call_site(), error));
    errors.fold(first, |mut all, error| {
        all.combine(error);
        all
    })
}
