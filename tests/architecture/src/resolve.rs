//! What a path names, and the module that really defines it.

use std::collections::HashSet;

use crate::house::{House, Id};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    Module(Id),
    /// What this module defines, or takes from a crate outside of the house.
    Item(Id, String),
    /// The module does not show the name: a macro made it, mostly.
    Unknown(Id, String),
}

impl Found {
    pub(crate) fn module(&self) -> Id {
        match self {
            Self::Module(id) | Self::Item(id, _) | Self::Unknown(id, _) => *id,
        }
    }
}

/// The names that are being looked up, so that re-exports in a circle come to an end.
pub(crate) type Seen = HashSet<(Id, String, bool)>;

impl House {
    /// Where a path's walk begins, and what is left of it: at a root, a parent, a child, or another crate.
    pub(crate) fn start<'a>(&self, from: Id, path: &'a [String]) -> Option<(Id, &'a [String])> {
        let (head, mut rest) = path.split_first()?;
        let mut module = match head.as_str() {
            "crate" => self[from].root,
            "self" => from,
            "super" => self[from].parent?,
            name => *self.libraries.get(name)?,
        };
        while let Some((next, after)) = rest.split_first()
            && next == "super"
        {
            module = self[module].parent?;
            rest = after;
        }
        Some((module, rest))
    }

    /// What `path` names in `from`; none is what is no concern of the house.
    pub(crate) fn resolve(&self, from: Id, path: &[String], seen: &mut Seen) -> Option<Found> {
        let (head, rest) = path.split_first()?;
        let fixed = matches!(head.as_str(), "crate" | "self" | "super");
        if !fixed && let Some(found) = self.lookup(from, head, rest.is_empty(), seen) {
            return match found {
                Found::Module(module) => Some(self.walk(module, rest, seen)),
                other => Some(other),
            };
        }
        let (module, rest) = self.start(from, path)?;
        Some(self.walk(module, rest, seen))
    }

    pub(crate) fn walk(&self, module: Id, path: &[String], seen: &mut Seen) -> Found {
        let Some((name, rest)) = path.split_first() else { return Found::Module(module) };
        match self.lookup(module, name, rest.is_empty(), seen) {
            Some(Found::Module(next)) => self.walk(next, rest, seen),
            Some(found) => found,
            None => Found::Unknown(module, name.clone()),
        }
    }

    /// What `name` is in `module`; as the last of a path it may be a module and something else.
    fn lookup(&self, module: Id, name: &str, last: bool, seen: &mut Seen) -> Option<Found> {
        if !seen.insert((module, name.to_owned(), last)) {
            return None;
        }
        let here = &self[module];
        let defined = || here.page.names.contains(name).then(|| Found::Item(module, name.to_owned()));
        let child = || here.children.iter().find(|(child, _)| child == name).map(|(_, id)| Found::Module(*id));
        if last && let Some(found) = defined() {
            return Some(found);
        }
        let imported = self.imported(module, name, seen);
        let found = if last { imported.or_else(child) } else { child().or(imported) };
        found
            .or_else(defined)
            .or_else(|| self.exported_macro(module, name))
            .or_else(|| self.by_glob(module, name, last, seen))
    }

    /// What a `use` of that name brings. Of several, that of the own crate: a derive beside its trait has its name.
    fn imported(&self, module: Id, name: &str, seen: &mut Seen) -> Option<Found> {
        let mut far = None;
        for import in self[module].page.imports.iter().filter(|import| import.name == name) {
            let found = if import.external {
                self.start(module, &import.path).map(|(root, rest)| self.walk(root, rest, seen))
            } else {
                self.resolve(module, &import.path, seen)
            };
            match found {
                Some(found) if self[found.module()].root == self[module].root => return Some(found),
                // Of a crate outside: for whoever takes it from here, this is where it comes from.
                found => far = far.or(found).or_else(|| Some(Found::Item(module, name.to_owned()))),
            }
        }
        far
    }

    fn exported_macro(&self, module: Id, name: &str) -> Option<Found> {
        self.exported.get(&(module, name.to_owned())).map(|home| Found::Item(*home, name.to_owned()))
    }

    fn by_glob(&self, module: Id, name: &str, last: bool, seen: &mut Seen) -> Option<Found> {
        for import in self[module].page.imports.iter().filter(|import| import.name == "*") {
            if let Some(Found::Module(inner)) = self.resolve(module, &import.path, seen)
                && let Some(found) = self.lookup(inner, name, last, seen)
            {
                return Some(found);
            }
        }
        None
    }
}
