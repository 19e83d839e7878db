//! What one module says in its own text: children, names, imports, and the paths of its code.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// The text of one module, read.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) children: Vec<Child>,
    /// What is defined here.
    pub(crate) names: BTreeSet<String>,
    /// Macros that `#[macro_export]` puts into the crate root, wherever they stand.
    pub(crate) exported: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    pub(crate) mentions: Vec<Mention>,
    /// The first names of all paths of the code, and all names in macros: what an import is used by.
    pub(crate) heads: BTreeSet<String>,
}

/// A `mod` line or block.
#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    /// Of `#[path = "…"]`.
    pub(crate) path: Option<String>,
    /// The block; a module of a file of its own has none.
    pub(crate) page: Option<Page>,
}

/// One name of a `use`.
#[derive(Debug)]
pub(crate) struct Import {
    /// What the name is here; `*` for all.
    pub(crate) name: String,
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// Whether others can take it from here.
    pub(crate) public: bool,
    /// Whether it begins with `::`, so at the crates and not here.
    pub(crate) external: bool,
}

/// A path in code.
#[derive(Debug)]
pub(crate) struct Mention {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

impl Page {
    /// Reads a module of these items.
    pub(crate) fn of(items: &[Item]) -> Self {
        let mut reader = Reader::default();
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            reader.page.define(item);
            reader.visit_item(item);
        }
        reader.page
    }

    fn define(&mut self, item: &Item) {
        let name = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::TraitAlias(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Union(item) => &item.ident,
            Item::Macro(item) => match &item.ident {
                Some(name) => name,
                None => return,
            },
            _ => return,
        };
        self.names.insert(name.to_string());
    }
}

#[derive(Default)]
struct Reader {
    page: Page,
}

impl Reader {
    fn import(&mut self, tree: &UseTree, before: &[String], public: bool, external: bool) {
        let mut add = |name: String, path: Vec<String>, line: usize| {
            self.page.imports.push(Import { name, path, line, public, external });
        };
        let with = |name: &syn::Ident| {
            let mut path = before.to_vec();
            // `use a::{self}` is `use a`.
            if name != "self" || path.is_empty() {
                path.push(name.to_string());
            }
            path
        };
        match tree {
            UseTree::Path(tree) => {
                let path = with(&tree.ident);
                self.import(&tree.tree, &path, public, external);
            }
            UseTree::Name(tree) => {
                let path = with(&tree.ident);
                add(path.last().cloned().unwrap_or_default(), path, line(&tree.ident));
            }
            UseTree::Rename(tree) => add(tree.rename.to_string(), with(&tree.ident), line(&tree.ident)),
            UseTree::Glob(tree) => {
                let line = tree.star_token.span.start().line;
                add("*".to_owned(), before.to_vec(), line);
            }
            UseTree::Group(tree) => {
                for tree in &tree.items {
                    self.import(tree, before, public, external);
                }
            }
        }
    }

    /// The paths in tokens whose grammar is a macro's own.
    fn scan(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut start = 0;
        // How the token before ends: a path is not begun by what stands after `.` or a leading `::`.
        let mut colons = 0;
        let mut dot = false;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    self.page.heads.insert(name.to_string());
                    if colons == 2 && !path.is_empty() {
                        path.push(name.to_string());
                    } else {
                        self.mention(std::mem::take(&mut path), start);
                        if colons != 2 && !dot {
                            start = line(&name);
                            path.push(name.to_string());
                        }
                    }
                    (colons, dot) = (0, false);
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons += 1;
                    dot = false;
                }
                other => {
                    self.mention(std::mem::take(&mut path), start);
                    dot = matches!(&other, TokenTree::Punct(mark) if mark.as_char() == '.');
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.scan(group.stream());
                    }
                }
            }
        }
        self.mention(path, start);
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        if path.len() > 1 {
            self.page.mentions.push(Mention { path, line });
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if name == "tests" {
            return;
        }
        let page = item.content.as_ref().map(|(_, items)| Page::of(items));
        self.page.children.push(Child { name, path: path_attribute(&item.attrs), page });
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.import(&item.tree, &[], public, item.leading_colon.is_some());
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        let exported = item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
        match &item.ident {
            // What it expands to stands in other crates, which know this one by its root.
            Some(name) if exported => {
                self.page.exported.insert(name.to_string());
            }
            _ => self.visit_macro(&item.mac),
        }
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.visit_path(&item.path);
        self.scan(item.tokens.clone());
    }

    fn visit_attribute(&mut self, item: &'ast Attribute) {
        if let syn::Meta::List(list) = &item.meta
            && !["cfg", "cfg_attr", "derive", "doc"].iter().any(|name| list.path.is_ident(name))
        {
            self.scan(list.tokens.clone());
        }
    }

    // `pub(in crate::shard)` takes nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if let Some(first) = path.segments.first()
            && path.leading_colon.is_none()
        {
            self.page.heads.insert(first.ident.to_string());
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.mention(names, line(&first.ident));
        }
        visit::visit_path(self, path);
    }
}

fn line(name: &syn::Ident) -> usize {
    name.span().start().line
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find(|attribute| attribute.path().is_ident("path")).and_then(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

/// Whether only tests have it: `cfg(test)`, `cfg(doctest)`, or one of them within `all`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => needs_test(list.tokens.clone()),
        _ => false,
    })
}

fn needs_test(tokens: TokenStream) -> bool {
    let tokens: Vec<_> = tokens.into_iter().collect();
    tokens.iter().zip(tokens.iter().skip(1).map(Some).chain([None])).any(|(token, next)| match (token, next) {
        (TokenTree::Ident(name), Some(TokenTree::Group(group))) => name == "all" && needs_test(group.stream()),
        (TokenTree::Ident(name), _) => name == "test" || name == "doctest",
        _ => false,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
