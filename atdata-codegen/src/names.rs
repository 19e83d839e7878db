//! Identifiers: Rust names for names from records, which may be anything.
//!
//! Names are ASCII: rustc warns of letters that look like others, and only the root of a crate can silence it.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span};

/// Longer names are cut: they come from untrusted records.
const LONGEST: usize = 100;

/// Words that are no names unless they are raw.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Words that are no names, raw or not.
const NEVER: &[&str] = &["crate", "self", "super"];

/// `Photo` for `Photo`, `PhotoSet` for `photo-set`.
pub(crate) fn of_type(name: &str) -> String {
    camel(name, "Schema")
}

/// `SlightlyBlurred` for `slightly blurred`.
pub(crate) fn of_variant(value: &str) -> String {
    camel(value, "Empty")
}

fn camel(name: &str, empty: &str) -> String {
    let is_fine = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    let camel = if is_fine { name.to_owned() } else { ascii(name).to_upper_camel_case() };
    let name = finish(camel, empty, "N");
    // The only keyword in this case, and no name even if it is raw.
    if name == "Self" { "SelfType".to_owned() } else { name }
}

/// `file_name` for `fileName`.
pub(crate) fn of_field(name: &str) -> String {
    finish(snake(name), "field", "n")
}

/// `alice_example` for `alice.example`.
pub(crate) fn of_module(name: &str) -> String {
    let name = finish(snake(name), "schema", "n");
    // The file of a module `mod` would be that of the module around it; the others are no files to Windows.
    if matches!(name.as_str(), "mod" | "aux" | "con" | "nul" | "prn") { format!("{name}_") } else { name }
}

/// `v1_2_0` for `1.2.0`.
pub(crate) fn of_version(version: &str) -> String {
    finish(format!("v{}", snake(version)), "v", "v")
}

fn snake(name: &str) -> String {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if name.split('_').all(is_word) { name.to_owned() } else { ascii(name).to_snake_case() }
}

fn finish(mut name: String, empty: &str, before_digit: &str) -> String {
    if name.is_empty() {
        empty.clone_into(&mut name);
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert_str(0, before_digit);
    }
    // All is ASCII by now, so that every byte is a character.
    name.truncate(LONGEST);
    let name = name.trim_end_matches('_');
    if NEVER.contains(&name) { format!("{name}_") } else { name.to_owned() }
}

/// Letters, digits, and spaces for the rest; letters of other scripts by their number.
fn ascii(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    // More characters than this do not make a difference, and each may become many.
    for c in name.chars().take(4 * LONGEST) {
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c),
            c if c.is_ascii() || !c.is_alphanumeric() => out.push(' '),
            c => out.extend([" u", &format!("{:04x}", u32::from(c)), " "]),
        }
    }
    out
}

/// The name as a token, raw where it is a keyword.
pub(crate) fn ident(name: &str) -> Ident {
    if KEYWORDS.contains(&name) { Ident::new_raw(name, Span::call_site()) } else { Ident::new(name, Span::call_site()) }
}

/// The names of one struct or module, each given out once.
#[derive(Debug, Default)]
pub(crate) struct Scope(HashSet<String>);

impl Scope {
    /// Takes the name if it is free.
    pub(crate) fn claim(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }

    /// The name, or with the first number behind it that makes it free.
    pub(crate) fn free(&mut self, wanted: &str, between: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2_u64;
        while !self.claim(&name) {
            // Two underscores in a row would not be snake case.
            name = format!("{}{between}{number}", wanted.trim_end_matches('_'));
            number += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_camel_case() {
        let cases = [
            ("Photo", "Photo"),
            ("URLPhoto2", "URLPhoto2"),
            ("photo-set", "PhotoSet"),
            ("my.module.photo", "MyModulePhoto"),
            ("3DScan", "N3dScan"),
            ("été", "U00e9TU00e9"),
            ("Self", "SelfType"),
            ("\"); fn main() { evil() } //", "FnMainEvil"),
            ("---", "Schema"),
        ];
        for (name, expected) in cases {
            assert_eq!(of_type(name), expected, "{name}");
            assert!(syn::parse_str::<Ident>(expected).is_ok(), "{expected}");
        }
    }

    #[test]
    fn fields_are_snake_case() {
        let cases = [
            ("label", "label"),
            ("fileName", "file_name"),
            ("x_1", "x_1"),
            ("__key__", "key"),
            ("3d", "n3d"),
            ("日本", "u65e5_u672c"),
            ("self", "self_"),
            ("", "field"),
            ("a b/c~d", "a_b_c_d"),
        ];
        for (name, expected) in cases {
            assert_eq!(of_field(name), expected, "{name}");
        }
        assert_eq!(of_version("1.2.0-rc.1"), "v1_2_0_rc_1");
        assert_eq!(of_module("did:plc:abc"), "did_plc_abc");
        assert_eq!(of_field(&"x".repeat(1000)).len(), LONGEST);
    }

    #[test]
    fn every_keyword_of_the_language_is_raw() {
        for keyword in KEYWORDS {
            assert!(ident(keyword).to_string().starts_with("r#"), "{keyword}");
        }
        for name in ["r", "union", "raw", "safe"] {
            assert!(syn::parse_str::<Ident>(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut scope = Scope::default();
        assert!(scope.claim("label_2"));
        assert_eq!(scope.free("label", "_"), "label");
        assert_eq!(scope.free("label", "_"), "label_3");
        assert_eq!([scope.free("self_", "_"), scope.free("self_", "_")], ["self_", "self_2"]);
    }
}
