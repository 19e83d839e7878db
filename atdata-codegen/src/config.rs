//! Options: what a user may decide about the generated code.

use std::path::PathBuf;

use atdata_schema::OwnedSchema;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, Token};

use crate::error::Problem;
use crate::model::Containers;
use crate::names;
use crate::selector::{Key, Selector, keys};
use crate::source::Source;

/// How to generate, and what: the builder behind [`compile`](crate::compile).
///
/// Most options take the path of what they apply to:
///
/// | path | applies to |
/// |---|---|
/// | `.` | everything |
/// | `Photo` | that type, in all its versions |
/// | `Photo@1.0.0` | that version |
/// | `@alice.example/Photo`, `@alice.example/Photo@1.0.0` | that of an authority |
/// | any of these and `.image` | the field of that name in the record |
///
/// Names of types may have points in them, as in `my.module.Photo.image`: what they are called decides.
///
/// A path that fits nothing is an error: a typing error should not pass for a decision.
///
/// ```
/// use atdata_codegen::{Config, Schemas};
///
/// let mut schemas = Schemas::new();
/// schemas.parse("text.json", r#"{"name": "Text", "version": "1.2.0", "fields": [
///     {"name": "text", "fieldType": {"$type": "local#primitive", "primitive": "str"}},
///     {"name": "count", "fieldType": {"$type": "local#primitive", "primitive": "int"}}]}"#);
/// let code = Config::new()
///     .derive("Text", "Eq")
///     .rename("Text.text", "content")
///     .replace("Text.count", "u32")
///     .generate(&schemas)?
///     .to_string();
/// assert!(code.contains("#[derive(::atdata::Packable, Debug, Clone, PartialEq, Eq)]"));
/// assert!(code.contains("#[packable(rename = \"text\")]\n    pub content: ::std::string::String"));
/// assert!(code.contains("pub count: u32"));
/// # Ok::<(), atdata_codegen::Error>(())
/// ```
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Config {
    pub(crate) crate_path: TokenStream,
    pub(crate) has_own_crate_path: bool,
    pub(crate) visibility: TokenStream,
    pub(crate) by_authority: bool,
    pub(crate) by_version: bool,
    upgrades: bool,
    pub(crate) out_dir: Option<PathBuf>,
    pub(crate) file_name: String,
    derives: Vec<(Selector, Vec<TokenStream>)>,
    type_attributes: Vec<(Selector, Vec<TokenStream>)>,
    enum_derives: Vec<(Selector, Vec<TokenStream>)>,
    enum_attributes: Vec<(Selector, Vec<TokenStream>)>,
    field_attributes: Vec<(Selector, Vec<TokenStream>)>,
    renames: Vec<(Selector, String)>,
    replacements: Vec<(Selector, String)>,
    codecs: Vec<(String, TokenStream)>,
    trusted: Vec<Selector>,
    hash_maps: Vec<Selector>,
    shared_bytes: Vec<Selector>,
    externs: Vec<(String, String)>,
    problems: Vec<Problem>,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

impl Config {
    /// Public types in one module, as plain as they can be.
    pub fn new() -> Self {
        Self {
            crate_path: quote::quote!(::atdata),
            has_own_crate_path: false,
            visibility: quote::quote!(pub),
            by_authority: false,
            by_version: false,
            upgrades: true,
            out_dir: None,
            file_name: "schemas.rs".to_owned(),
            derives: Vec::new(),
            type_attributes: Vec::new(),
            enum_derives: Vec::new(),
            enum_attributes: Vec::new(),
            field_attributes: Vec::new(),
            renames: Vec::new(),
            replacements: Vec::new(),
            codecs: Vec::new(),
            trusted: Vec::new(),
            hash_maps: Vec::new(),
            shared_bytes: Vec::new(),
            externs: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Derives more than `Packable`, `Debug`, `Clone` and `PartialEq`: `"Eq, serde::Serialize"`.
    pub fn derive(&mut self, path: &str, macros: &str) -> &mut Self {
        let parse = Punctuated::<syn::Path, Token![,]>::parse_terminated;
        let example = "a list of macros such as `Eq, serde::Serialize`";
        if let Some(selector) = self.types("derive", path)
            && let Some(paths) = self.parsed("derive", parse.parse_str(macros), macros, example)
        {
            self.derives.push((selector, paths.iter().map(ToTokens::to_token_stream).collect()));
        }
        self
    }

    /// Puts attributes on structs: `"#[serde(deny_unknown_fields)]"`.
    pub fn type_attribute(&mut self, path: &str, attributes: &str) -> &mut Self {
        if let Some(selector) = self.types("type_attribute", path)
            && let Some(attributes) = self.attributes("type_attribute", attributes)
        {
            self.type_attributes.push((selector, attributes));
        }
        self
    }

    /// Derives more for the enum of a field; the path of a type is that of all enums beside it. What [`derive`](Self::derive)
    /// adds to a struct is derived for its enums as well, and the `Default` of an enum is its first value.
    pub fn enum_derive(&mut self, path: &str, macros: &str) -> &mut Self {
        let parse = Punctuated::<syn::Path, Token![,]>::parse_terminated;
        let example = "a list of macros such as `PartialOrd, strum::EnumIter`";
        if let Some(selector) = self.selector("enum_derive", path)
            && let Some(paths) = self.parsed("enum_derive", parse.parse_str(macros), macros, example)
        {
            self.enum_derives.push((selector, paths.iter().map(ToTokens::to_token_stream).collect()));
        }
        self
    }

    /// Puts attributes on the enum of a field; the path of a type is that of all enums beside it.
    pub fn enum_attribute(&mut self, path: &str, attributes: &str) -> &mut Self {
        if let Some(selector) = self.selector("enum_attribute", path)
            && let Some(attributes) = self.attributes("enum_attribute", attributes)
        {
            self.enum_attributes.push((selector, attributes));
        }
        self
    }

    /// Puts attributes on fields; the path of a type is that of all its fields.
    pub fn field_attribute(&mut self, path: &str, attributes: &str) -> &mut Self {
        if let Some(selector) = self.selector("field_attribute", path)
            && let Some(attributes) = self.attributes("field_attribute", attributes)
        {
            self.field_attributes.push((selector, attributes));
        }
        self
    }

    /// Names a type or field; on the wire and in the schema it keeps its own name.
    pub fn rename(&mut self, path: &str, name: &str) -> &mut Self {
        if let Some(selector) = self.one("rename", path)
            && let Some(name) = self.parsed("rename", syn::parse_str::<Ident>(name), name, "a name that is no keyword")
        {
            // Where it is a keyword it becomes raw when it is written.
            self.renames.push((selector, name.unraw().to_string()));
        }
        self
    }

    /// Uses a type of your own: for a type, wherever it occurs, in the place of one that would be generated; for a field,
    /// in the place of its type, with `Option` and all.
    ///
    /// It must implement `atdata::PackField`. The path is the type's as seen from the generated module; one that begins
    /// with `crate::` is the same everywhere.
    pub fn replace(&mut self, path: &str, by: &str) -> &mut Self {
        let parsed = syn::parse_str::<syn::Type>(by);
        if let Some(selector) = self.one("replace", path)
            && self.parsed("replace", parsed, by, "a type such as `crate::Label`").is_some()
        {
            self.replacements.push((selector, by.to_owned()));
        }
        self
    }

    /// Where the codec is that records call so, for one member or, of all members of a type, the codecs:
    /// `codec("Csv", "crate::Csv")`. Without it the name itself is written, which has to be in scope there.
    ///
    /// ```
    /// use atdata_codegen::{Config, Schemas};
    ///
    /// let mut schemas = Schemas::new();
    /// schemas.parse("track.json", r#"{"name": "Track", "version": "1.0.0", "layout": "members", "fields": [
    ///     {"name": "csv", "codec": "Csv", "fieldType": {"$type": "local#array"}}]}"#);
    /// let code = Config::new().codec("Csv", "crate::Csv").generate(&schemas)?.to_string();
    /// assert!(code.contains("#[packable(codec = crate::Csv)]"));
    /// # Ok::<(), atdata_codegen::Error>(())
    /// ```
    pub fn codec(&mut self, name: &str, path: &str) -> &mut Self {
        let parsed = syn::Path::parse_mod_style.parse_str(path);
        if let Some(parsed) = self.parsed("codec", parsed, path, "the path of a codec such as `crate::Csv`") {
            self.codecs.push((name.to_owned(), parsed.into_token_stream()));
        }
        self
    }

    /// Takes all types of an authority from elsewhere, such as the crate that its own build script makes of them:
    /// `extern_path("@alice.example", "::alice_types")`.
    ///
    /// The path is that of a module which was generated with the same options for [modules by
    /// version](Self::modules_by_version), and whose types kept their names.
    ///
    /// ```
    /// use atdata_codegen::{Config, Schemas};
    ///
    /// let mut schemas = Schemas::new();
    /// schemas.parse("album.json", r#"{"name": "Album", "version": "1.0.0", "fields": [
    ///     {"name": "cover", "fieldType": {"$type": "local#ref", "ref": "@alice.example/Photo@1.2.0"}}]}"#);
    /// let code = Config::new().extern_path("@alice.example", "::alice_types").generate(&schemas)?.to_string();
    /// assert!(code.contains("pub cover: ::alice_types::Photo"));
    /// # Ok::<(), atdata_codegen::Error>(())
    /// ```
    pub fn extern_path(&mut self, authority: &str, path: &str) -> &mut Self {
        let Some(name) = authority.strip_prefix('@').filter(|name| !name.is_empty() && !name.contains('/')) else {
            let found = crate::error::printable(authority);
            self.wrong("extern_path", &format!("expected an authority such as \"@alice.example\", found \"{found}\""));
            return self;
        };
        let parsed = syn::Path::parse_mod_style.parse_str(path);
        if self.parsed("extern_path", parsed, path, "the path of a module such as `::alice_types`").is_some() {
            self.externs.push((name.to_owned(), path.to_owned()));
        }
        self
    }

    /// Makes a `HashMap` of maps, in place of a `BTreeMap`; the path of a type is that of all its fields. In samples both are
    /// in the order of their keys.
    pub fn hash_map(&mut self, path: &str) -> &mut Self {
        let selector = self.selector("hash_map", path);
        self.hash_maps.extend(selector);
        self
    }

    /// Makes a `bytes::Bytes` of bytes, in place of a `Vec<u8>`: it shares the memory of the sample that it is read from. The
    /// path of a type is that of all its fields.
    pub fn shared_bytes(&mut self, path: &str) -> &mut Self {
        let selector = self.selector("shared_bytes", path);
        self.shared_bytes.extend(selector);
        self
    }

    /// Takes `float32` for what it says in records of the local form: see [the rule](crate#arrays).
    pub fn trust_float32(&mut self, path: &str) -> &mut Self {
        let selector = self.selector("trust_float32", path);
        self.trusted.extend(selector);
        self
    }

    /// Makes a module for each authority, in which its types are; for records without one it is `local`.
    pub fn modules_by_authority(&mut self, yes: bool) -> &mut Self {
        self.by_authority = yes;
        self
    }

    /// Makes modules by name and version, as in `photo::v1_2_0::Photo`, so that several versions can be side by side.
    pub fn modules_by_version(&mut self, yes: bool) -> &mut Self {
        self.by_version = yes;
        self
    }

    /// Whether there is a lens from each version of a type to the next, where
    /// [modules hold several](Self::modules_by_version): see [its rules](crate#upgrades). There is, unless this says no.
    pub fn upgrades(&mut self, yes: bool) -> &mut Self {
        self.upgrades = yes;
        self
    }

    /// The visibility of types and fields, instead of `pub`: `"pub(crate)"`.
    pub fn visibility(&mut self, visibility: &str) -> &mut Self {
        let parsed = syn::parse_str::<syn::Visibility>(visibility);
        if let Some(parsed) = self.parsed("visibility", parsed, visibility, "a visibility such as `pub(crate)`") {
            self.visibility = parsed.into_token_stream();
        }
        self
    }

    /// Where atdata is, for a crate that has it from another: `"my_crate::atdata"`.
    pub fn crate_path(&mut self, path: &str) -> &mut Self {
        let parsed = syn::Path::parse_mod_style.parse_str(path);
        if let Some(parsed) = self.parsed("crate_path", parsed, path, "a path such as `my_crate::atdata`") {
            self.crate_path = parsed.into_token_stream();
            self.has_own_crate_path = true;
        }
        self
    }

    /// The folder that [`compile`](Self::compile) writes to, instead of cargo's `OUT_DIR`.
    pub fn out_dir(&mut self, folder: impl Into<PathBuf>) -> &mut Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// The file that [`compile`](Self::compile) writes, instead of `schemas.rs`.
    pub fn file_name(&mut self, name: &str) -> &mut Self {
        name.clone_into(&mut self.file_name);
        self
    }

    fn attributes(&mut self, option: &str, text: &str) -> Option<Vec<TokenStream>> {
        let parsed =
            self.parsed(option, Attribute::parse_outer.parse_str(text), text, "attributes such as `#[a(b)]`")?;
        Some(parsed.iter().map(ToTokens::to_token_stream).collect())
    }

    fn parsed<T>(&mut self, option: &str, parsed: syn::Result<T>, text: &str, expected: &str) -> Option<T> {
        match parsed {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.wrong(option, &format!("expected {expected}, found {text:?}: {error}"));
                None
            }
        }
    }

    fn selector(&mut self, option: &str, path: &str) -> Option<Selector> {
        match Selector::parse(path) {
            Ok(selector) => Some(selector),
            Err(message) => {
                self.wrong(option, &message);
                None
            }
        }
    }

    fn types(&mut self, option: &str, path: &str) -> Option<Selector> {
        let selector = self.selector(option, path)?;
        if !selector.may_be_for_types() {
            self.wrong(option, &of_a_field(&selector));
            return None;
        }
        Some(selector)
    }

    fn one(&mut self, option: &str, path: &str) -> Option<Selector> {
        let selector = self.selector(option, path)?;
        if !selector.is_for_one() {
            self.wrong(option, "expected the path of a type or field, found \".\", which is all of them");
            return None;
        }
        Some(selector)
    }

    fn wrong(&mut self, option: &str, message: &str) {
        self.problems.push(Problem::new("", "", format!("option `{option}`: {message}")));
    }

    /// What was wrong with the options, and those that fit nothing.
    pub(crate) fn problems(&self, sources: &[&Source]) -> Vec<Problem> {
        let mut known = Vec::new();
        for source in sources {
            keys(&source.record.schema, source.key(), &mut known);
        }
        let of_type = |selector: &Selector| known.iter().any(|(key, _)| selector.matches_type(*key));
        let of_field = |selector: &Selector| {
            known.iter().any(|(key, fields)| fields.iter().any(|field| selector.matches_field(*key, field)))
        };
        let unused = self.selectors().filter_map(|(option, selector)| {
            let is_for_types = matches!(option, "derive" | "type_attribute");
            let message = match selector {
                _ if !selector.is_for_one() || of_type(selector) => return None,
                _ if !of_field(selector) => format!("nothing in the records has the path \"{selector}\""),
                _ if is_for_types => of_a_field(selector),
                _ => return None,
            };
            Some(Problem::new("", "", format!("option `{option}`: {message}")))
        });
        let unknown = self.externs.iter().filter(|(name, _)| !known.iter().any(|(key, _)| key.authority == Some(name)));
        let unknown = unknown.map(|(name, _)| {
            let name = crate::error::printable(name);
            let message = format!("option `extern_path`: nothing in the records is of the authority \"@{name}\"");
            Problem::new("", "", message)
        });
        let is_codec = |name: &str| sources.iter().any(|source| has_codec(&source.record.schema, name));
        let no_codecs = self.codecs.iter().filter(|(name, _)| !is_codec(name)).map(|(name, _)| {
            let name = crate::error::printable(name);
            Problem::new("", "", format!("option `codec`: no record has a codec of the name \"{name}\""))
        });
        self.problems.iter().cloned().chain(unused).chain(unknown).chain(no_codecs).collect()
    }

    fn selectors(&self) -> impl Iterator<Item = (&'static str, &Selector)> {
        let derives = self.derives.iter().map(|(selector, _)| ("derive", selector));
        let types = self.type_attributes.iter().map(|(selector, _)| ("type_attribute", selector));
        let enum_derives = self.enum_derives.iter().map(|(selector, _)| ("enum_derive", selector));
        let enums = self.enum_attributes.iter().map(|(selector, _)| ("enum_attribute", selector));
        let fields = self.field_attributes.iter().map(|(selector, _)| ("field_attribute", selector));
        let renames = self.renames.iter().map(|(selector, _)| ("rename", selector));
        let replacements = self.replacements.iter().map(|(selector, _)| ("replace", selector));
        let trusted = self.trusted.iter().map(|selector| ("trust_float32", selector));
        let hashed = self.hash_maps.iter().map(|selector| ("hash_map", selector));
        let shared = self.shared_bytes.iter().map(|selector| ("shared_bytes", selector));
        derives
            .chain(types)
            .chain(enum_derives)
            .chain(enums)
            .chain(fields)
            .chain(renames)
            .chain(replacements)
            .chain(trusted)
            .chain(hashed)
            .chain(shared)
    }

    /// Lenses stand in the module around those of the versions. What is not visible from everywhere in the crate may not
    /// be visible from there.
    pub(crate) fn has_upgrades(&self) -> bool {
        let visible = match syn::parse2(self.visibility.clone()) {
            Ok(syn::Visibility::Public(_)) => true,
            Ok(syn::Visibility::Restricted(to)) => to.path.is_ident("crate"),
            _ => false,
        };
        self.by_version && self.upgrades && visible
    }

    pub(crate) fn derives_of(&self, key: Key<'_>) -> Vec<TokenStream> {
        let of_type = self.derives.iter().filter(|(selector, _)| selector.matches_type(key));
        of_type.flat_map(|(_, paths)| paths.iter().cloned()).collect()
    }

    pub(crate) fn attributes_of(&self, key: Key<'_>) -> Vec<TokenStream> {
        let of_type = self.type_attributes.iter().filter(|(selector, _)| selector.matches_type(key));
        of_type.flat_map(|(_, attributes)| attributes.iter().cloned()).collect()
    }

    pub(crate) fn field_attributes_of(&self, key: Key<'_>, field: &str) -> Vec<TokenStream> {
        let of_field = self.field_attributes.iter().filter(|(selector, _)| selector.covers_field(key, field));
        of_field.flat_map(|(_, attributes)| attributes.iter().cloned()).collect()
    }

    pub(crate) fn enum_derives_of(&self, key: Key<'_>, field: &str) -> Vec<TokenStream> {
        let of_field = self.enum_derives.iter().filter(|(selector, _)| selector.covers_field(key, field));
        of_field.flat_map(|(_, paths)| paths.iter().cloned()).collect()
    }

    pub(crate) fn enum_attributes_of(&self, key: Key<'_>, field: &str) -> Vec<TokenStream> {
        let of_field = self.enum_attributes.iter().filter(|(selector, _)| selector.covers_field(key, field));
        of_field.flat_map(|(_, attributes)| attributes.iter().cloned()).collect()
    }

    /// Of several that fit, the last that was given.
    pub(crate) fn name_of(&self, key: Key<'_>, field: Option<&str>) -> Option<&str> {
        last(&self.renames, key, field)
    }

    pub(crate) fn replacement_of(&self, key: Key<'_>, field: Option<&str>) -> Option<String> {
        let own = last(&self.replacements, key, field).map(str::to_owned);
        if field.is_some() { own } else { own.or_else(|| self.extern_type(key)) }
    }

    /// The type of another module or crate.
    fn extern_type(&self, key: Key<'_>) -> Option<String> {
        let (_, path) = self.externs.iter().rev().find(|(authority, _)| Some(&**authority) == key.authority)?;
        let ident = names::ident(&self.name_of(key, None).map_or_else(|| names::of_type(key.name), str::to_owned));
        // One that is referred to without a version has no module.
        if !self.by_version || key.version.is_empty() {
            return Some(format!("{path}::{ident}"));
        }
        let (module, version) = (names::of_module(key.name), names::of_version(key.version));
        Some(format!("{path}::{}::{}::{ident}", names::ident(&module), names::ident(&version)))
    }

    /// The path of a codec: of several that were given, the last; its name where none was.
    pub(crate) fn codec_of(&self, name: &str) -> TokenStream {
        let given = self.codecs.iter().rev().find(|(known, _)| known == name);
        given.map_or_else(|| names::ident(name).to_token_stream(), |(_, path)| path.clone())
    }

    pub(crate) fn containers_of(&self, key: Key<'_>, field: &str) -> Containers {
        let has = |selectors: &[Selector]| selectors.iter().any(|selector| selector.covers_field(key, field));
        Containers { hash_map: has(&self.hash_maps), shared_bytes: has(&self.shared_bytes) }
    }

    pub(crate) fn trusts_float32(&self, key: Key<'_>, field: &str) -> bool {
        self.trusted.iter().any(|selector| selector.covers_field(key, field))
    }
}

/// Whether a record says that a codec of that name reads its members, or one of them.
fn has_codec(schema: &OwnedSchema, name: &str) -> bool {
    let Some(layout) = &schema.layout else { return false };
    let mut of_fields = schema.fields.iter().filter_map(|field| field.codec.as_deref());
    layout.codecs.as_deref() == Some(name) || of_fields.any(|known| known == name)
}

fn of_a_field(selector: &Selector) -> String {
    format!("expected the path of types, found that of a field, \"{selector}\"")
}

fn last<'a>(options: &'a [(Selector, String)], key: Key<'_>, field: Option<&str>) -> Option<&'a str> {
    let fits = |selector: &Selector| match field {
        Some(field) => selector.matches_field(key, field),
        None => selector.matches_type(key),
    };
    options.iter().rev().find(|(selector, _)| fits(selector)).map(|(_, value)| value.as_str())
}
