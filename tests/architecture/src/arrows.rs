//! Who takes what of whom.

use std::collections::BTreeSet;

use crate::house::{House, Id};
use crate::page::Import;
use crate::resolve::{Found, Seen};

/// One module takes a name of another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    /// Who takes it.
    pub from: Id,
    /// Where it is written, in the file of `from`.
    pub line: usize,
    /// What is taken.
    pub name: String,
    /// The module that defines it.
    pub to: Id,
    /// As it is written.
    pub written: String,
    /// Whether the path goes through a name that the root of the own crate exports.
    pub through_root: bool,
    /// The module whose name in the root of its crate the path begins with.
    pub by_way_of: Option<Id>,
}

/// All arrows between modules of the house, without those of a module to itself.
pub fn arrows(house: &House) -> Vec<Arrow> {
    let mut found = BTreeSet::new();
    for (id, module) in house.modules() {
        for import in &module.page.imports {
            if !shows_only(house, id, import) {
                found.extend(arrow(house, id, &import.path, import.line, import.external, true));
            }
        }
        for mention in &module.page.mentions {
            found.extend(arrow(house, id, &mention.path, mention.line, false, false));
        }
    }
    found.into_iter().collect()
}

fn arrow(house: &House, from: Id, path: &[String], line: usize, external: bool, import: bool) -> Option<Arrow> {
    let found = if external {
        let (root, rest) = house.start(from, path)?;
        house.walk(root, rest, &mut Seen::new())
    } else {
        house.resolve(from, path, &mut Seen::new())?
    };
    let fixed = path.first().is_some_and(|head| matches!(head.as_str(), "crate" | "self" | "super"));
    // `Name::new` of an imported name was counted where it was imported.
    if !import && !fixed && taken_before(house, from, path) {
        return None;
    }
    let to = found.module();
    let (through_root, by_way_of) = way(house, from, path);
    let name = match &found {
        Found::Item(_, name) | Found::Unknown(_, name) => name.clone(),
        Found::Module(_) => path.last().cloned().unwrap_or_default(),
    };
    // A child that is only named on the way to itself is no arrow, nor is what stands in the same module.
    (to != from || through_root).then(|| Arrow {
        from,
        line,
        name,
        to,
        written: path.join("::"),
        through_root,
        by_way_of,
    })
}

/// Whether the head of a path in code is an item that a `use` has brought.
fn taken_before(house: &House, from: Id, path: &[String]) -> bool {
    let head: Vec<String> = path.iter().take(1).cloned().collect();
    match house.resolve(from, &head, &mut Seen::new()) {
        Some(Found::Module(_)) => false,
        Some(_) => true,
        None => path.first().is_some_and(|name| !house.libraries.contains_key(name)),
    }
}

/// Whether the path goes through an export of the crate's root, and the room that it names first.
fn way(house: &House, from: Id, path: &[String]) -> (bool, Option<Id>) {
    let Some((start, rest)) = house.start(from, path) else { return (false, None) };
    let Some(first) = rest.first() else { return (false, None) };
    if house[start].parent.is_some() {
        return (false, None);
    }
    let child = house[start].children.iter().find(|(name, _)| name == first).map(|(_, id)| *id);
    let is_macro = house.exported.contains_key(&(start, first.clone()));
    let inside = start == house[from].root && from != start;
    (inside && child.is_none() && !is_macro && first != "*", child)
}

/// A `pub use` of what stands below the module itself, and which its own code does not use, only shows it to others.
fn shows_only(house: &House, id: Id, import: &Import) -> bool {
    let below = || {
        let found = house.resolve(id, &import.path, &mut Seen::new());
        found.is_some_and(|found| house[found.module()].path.starts_with(&house[id].path))
    };
    import.public && !house[id].page.heads.contains(&import.name) && house[id].parent.is_some() && below()
}
