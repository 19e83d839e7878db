//! Any text as a schema record: what is accepted becomes Rust that parses, and holds nothing but types and lenses.

use atdata_codegen::{Config, Schemas};

/// See the module.
pub fn run(json: &str) {
    let mut schemas = Schemas::new();
    schemas.parse("record.json", json);
    for (by_version, trusting) in [(false, false), (true, true)] {
        let mut config = Config::new();
        config.modules_by_authority(by_version).modules_by_version(by_version);
        if trusting {
            config.trust_float32(".");
        }
        match config.generate(&schemas) {
            Ok(code) => check(&code.to_string()),
            Err(error) => {
                let text = error.to_string();
                assert!(!error.problems().is_empty() && !text.contains(['\u{0}', '\u{1b}']), "{text:?}");
            }
        }
    }
}

fn check(code: &str) {
    let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{error}:\n{code}"));
    assert!(file.attrs.is_empty() && file.shebang.is_none(), "{code}");
    let mut items = file.items;
    while let Some(item) = items.pop() {
        match item {
            syn::Item::Struct(item) => {
                item.fields.iter().for_each(|field| check_attributes(&field.attrs, code));
                check_attributes(&item.attrs, code);
            }
            syn::Item::Enum(item) => {
                item.variants.iter().for_each(|variant| check_attributes(&variant.attrs, code));
                check_attributes(&item.attrs, code);
            }
            syn::Item::Fn(lens) => {
                assert_eq!(lens.attrs.iter().filter(|of| is_lens(of)).count(), 1, "{code}");
                let others: Vec<_> = lens.attrs.into_iter().filter(|of| !is_lens(of)).collect();
                check_attributes(&others, code);
            }
            syn::Item::Mod(module) => {
                check_attributes(&module.attrs, code);
                items.extend(module.content.unwrap().1);
            }
            _ => panic!("something else than types and lenses:\n{code}"),
        }
    }
}

/// `#[::atdata::lens(…)]`
fn is_lens(attribute: &syn::Attribute) -> bool {
    let path = attribute.path();
    let segments = path.segments.iter().map(|segment| segment.ident.to_string());
    path.leading_colon.is_some() && segments.eq(["atdata", "lens"])
}

fn check_attributes(attributes: &[syn::Attribute], code: &str) {
    for attribute in attributes {
        let known = ["doc", "allow", "derive", "packable"].iter().any(|name| attribute.path().is_ident(name));
        assert!(known && matches!(attribute.style, syn::AttrStyle::Outer), "{code}");
        if let syn::Meta::NameValue(doc) = &attribute.meta {
            let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &doc.value else { panic!("{code}") };
            // Neither a code block, which rustdoc would run, nor HTML.
            let text = text.value();
            assert!(!text.contains("```") && !text.contains("~~~") && !text.starts_with("    "), "{code}");
            assert!(!text.contains('\t') && text.matches('<').count() == text.matches("\\<").count(), "{code}");
        }
    }
}
