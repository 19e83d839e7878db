//! All modules of a checkout's crates, read from their sources.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Index;
use std::path::Path;

use crate::page::Page;

/// The texts of the sources, by their path from the checkout on, with `/`.
pub type Sources = BTreeMap<String, String>;

/// Which module it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(usize);

/// A module, in a file or in a block of one.
#[derive(Debug)]
pub struct Module {
    /// The names that lead to it from the root of its crate, which has none.
    pub path: Vec<String>,
    /// The file that it stands in.
    pub file: String,
    pub(crate) root: Id,
    pub(crate) parent: Option<Id>,
    /// By name; two of one name are of different `cfg`s.
    pub(crate) children: Vec<(String, Id)>,
    pub(crate) page: Page,
}

/// The modules of a checkout.
#[derive(Debug, Default)]
pub struct House {
    modules: Vec<Module>,
    /// The roots of libraries, by the name under which others import them.
    pub(crate) libraries: BTreeMap<String, Id>,
    /// All roots, of libraries and programs.
    pub(crate) roots: Vec<Id>,
    /// Where each macro that is exported by the root of its crate stands.
    pub(crate) exported: BTreeMap<(Id, String), Id>,
}

impl Index<Id> for House {
    type Output = Module;

    #[expect(clippy::indexing_slicing, reason = "ids are made where modules are added, and nothing is taken out")]
    fn index(&self, id: Id) -> &Module {
        &self.modules[id.0]
    }
}

impl House {
    /// Reads every crate of these sources: what has a `src/lib.rs`, `src/main.rs` or `src/bin/…`, named by its folder's
    /// `Cargo.toml`.
    ///
    /// # Errors
    /// A file that is no Rust, or a `mod` line without a file.
    pub fn read(sources: &Sources) -> Result<Self, String> {
        let mut house = Self::default();
        for file in sources.keys() {
            if let Some(folder) = file.strip_suffix("src/lib.rs") {
                let root = house.add_file(sources, file, &[], None)?;
                house.libraries.insert(crate_name(sources, folder), root);
            } else if is_program(file) {
                house.add_file(sources, file, &[], None)?;
            }
        }
        Ok(house)
    }

    /// Every module, with its id.
    pub fn modules(&self) -> impl Iterator<Item = (Id, &Module)> {
        self.modules.iter().enumerate().map(|(number, module)| (Id(number), module))
    }

    fn add_file(&mut self, sources: &Sources, file: &str, path: &[String], parent: Option<Id>) -> Result<Id, String> {
        let text = sources.get(file).ok_or_else(|| format!("{file}: not there, but a `mod` line names it"))?;
        let parsed = syn::parse_file(text).map_err(|error| format!("{file}:{}: {error}", error.span().start().line))?;
        self.add(sources, file, path, parent, Page::of(&parsed.items), false)
    }

    fn add(
        &mut self,
        sources: &Sources,
        file: &str,
        path: &[String],
        parent: Option<Id>,
        mut page: Page,
        block: bool,
    ) -> Result<Id, String> {
        let id = Id(self.modules.len());
        let root = parent.map_or(id, |parent| self[parent].root);
        let children = std::mem::take(&mut page.children);
        for name in &page.exported {
            self.exported.insert((root, name.clone()), id);
        }
        if parent.is_none() {
            self.roots.push(id);
        }
        let folder = folder_of(file, path, block);
        self.modules.push(Module { path: path.to_vec(), file: file.to_owned(), root, parent, children: vec![], page });
        let mut found = Vec::new();
        for child in children {
            let mut path = path.to_vec();
            path.push(child.name.clone());
            let child_id = match (child.page, child.path) {
                (Some(page), _) => self.add(sources, file, &path, Some(id), page, true)?,
                (None, Some(given)) => {
                    // Of a block it stands in the block's folder, of a file beside the file.
                    let near = if block { folder.as_str() } else { parent_folder(file) };
                    self.add_file(sources, &joined(near, &given), &path, Some(id))?
                }
                (None, None) => {
                    let short = format!("{folder}{}.rs", child.name);
                    let long = format!("{folder}{}/mod.rs", child.name);
                    let file = if sources.contains_key(&short) || !sources.contains_key(&long) { short } else { long };
                    self.add_file(sources, &file, &path, Some(id))?
                }
            };
            found.push((child.name, child_id));
        }
        if let Some(module) = self.modules.get_mut(id.0) {
            module.children = found;
        }
        Ok(id)
    }
}

/// Where the files of its children are looked for, with `/` at the end.
fn folder_of(file: &str, path: &[String], block: bool) -> String {
    let beside = parent_folder(file);
    let stem = file.strip_prefix(beside).and_then(|name| name.strip_suffix(".rs")).unwrap_or_default();
    let own = if matches!(stem, "lib" | "main" | "mod") || is_program(file) {
        beside.to_owned()
    } else {
        format!("{beside}{stem}/")
    };
    match path.last() {
        // A block's name is a folder of its file's.
        Some(name) if block => format!("{own}{name}/"),
        _ => own,
    }
}

fn parent_folder(file: &str) -> &str {
    file.rfind('/').map_or("", |at| file.get(..=at).unwrap_or_default())
}

/// `folder` with `path`, whose `..` are carried out.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn is_program(file: &str) -> bool {
    if file == "src/main.rs" || file.ends_with("/src/main.rs") {
        return true;
    }
    let Some((_, name)) = file.split_once("src/bin/") else { return false };
    match name.split_once('/') {
        None => true,
        Some((_, rest)) => rest == "main.rs",
    }
}

fn crate_name(sources: &Sources, folder: &str) -> String {
    let manifest = sources.get(&format!("{folder}Cargo.toml")).map_or("", String::as_str);
    let line = manifest.lines().find_map(|line| line.strip_prefix("name = \""));
    let name = line.and_then(|rest| rest.split('"').next());
    name.unwrap_or_else(|| folder.trim_end_matches('/')).replace('-', "_")
}

/// Reads the sources of a checkout: of each folder with a manifest and `src`, but not those of tests and examples.
///
/// # Errors
/// What cannot be read.
pub fn sources(checkout: &Path) -> Result<Sources, String> {
    let mut found = Sources::new();
    collect(checkout, checkout, &mut found, true)?;
    let crates: Vec<String> =
        found.keys().filter_map(|file| file.strip_suffix("Cargo.toml")).map(|folder| format!("{folder}src/")).collect();
    found.retain(|file, _| file.ends_with("Cargo.toml") || crates.iter().any(|folder| file.starts_with(folder)));
    Ok(found)
}

fn collect(checkout: &Path, folder: &Path, found: &mut Sources, top: bool) -> Result<(), String> {
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(said)? {
        let path = entry.map_err(said)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let left_out = name.starts_with('.')
                || top && name == "examples"
                // Workspaces of their own have one as well.
                || ["tests", "target"].contains(&name.as_str());
            if !left_out {
                collect(checkout, &path, found, false)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") || name == "Cargo.toml" {
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let short = path.strip_prefix(checkout).unwrap_or(&path);
            let short: Vec<_> = short.iter().map(|part| part.to_string_lossy()).collect();
            found.insert(short.join("/"), text);
        }
    }
    Ok(())
}
