//! What a pattern matches, found by the names of directories as long as it has no `**`.

use super::archive::Archive;
use super::node::Node;
use super::pattern::{Part, Pattern};
use super::walk::in_order;
use crate::error::Result;

impl Archive {
    /// The files and directories that a pattern matches, in order of their paths: those that Python's
    /// `glob(pattern, recursive=True)` finds in a folder of the same files.
    pub fn glob(&self, pattern: &str) -> Result<Vec<Node>> {
        self.glob_with(&Pattern::new(pattern))
    }

    /// The same of a [`Pattern`], which may have other rules.
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for a row that is damaged: [`glob_each`](Self::glob_each) has the others.
    pub fn glob_with(&self, pattern: &Pattern) -> Result<Vec<Node>> {
        self.glob_each(pattern)?.into_iter().collect()
    }

    /// The same, where a row that is damaged is an error by itself, before those that are not: whether the pattern matches it
    /// nobody knows.
    pub fn glob_each(&self, pattern: &Pattern) -> Result<Vec<Result<Node>>> {
        let mut found = Vec::new();
        let mut dirs = vec![String::new()];
        for (number, part) in pattern.parts.iter().enumerate() {
            if *part == Part::Deep {
                self.deep(pattern, &dirs, &mut found)?;
                break;
            }
            let is_last = number + 1 == pattern.parts.len();
            let mut next = Vec::new();
            for dir in &dirs {
                self.step(pattern, part, dir, is_last, &mut next)?;
            }
            if is_last {
                let is_meant = |node: &Node| node.is_dir() || !pattern.only_dirs;
                found.extend(next.into_iter().filter(|node| node.as_ref().is_ok_and(is_meant) || node.is_err()));
                break;
            }
            dirs.clear();
            for node in next {
                match node {
                    Ok(node) if node.is_dir() => dirs.push(node.path().to_owned()),
                    Ok(_) => {}
                    Err(error) => found.push(Err(error)),
                }
            }
        }
        in_order(&mut found);
        Ok(found)
    }

    /// What one part of a pattern finds in a directory.
    fn step(
        &self,
        pattern: &Pattern,
        part: &Part,
        dir: &str,
        is_last: bool,
        next: &mut Vec<Result<Node>>,
    ) -> Result<()> {
        if let Part::Literal(name) = part {
            let path = join(dir, name);
            let node = self.node_at(&path).map_err(|cause| self.failed_at(&path, cause));
            next.extend(node.transpose());
            return Ok(());
        }
        let matches = |node: &Node| pattern.part_matches(part, node.name());
        let children = self.children(dir, is_last)?;
        next.extend(children.into_iter().filter(|node| node.as_ref().is_ok_and(matches) || node.is_err()));
        Ok(())
    }

    /// The rest of a pattern, from the first `**` on: all below is looked at, once.
    fn deep(&self, pattern: &Pattern, dirs: &[String], found: &mut Vec<Result<Node>>) -> Result<()> {
        for dir in dirs {
            let itself = self.node_at(dir).map_err(|cause| self.failed_at(dir, cause))?;
            // The root has no name that could be found.
            let itself = itself.filter(|node| !node.path().is_empty()).map(Ok);
            for node in itself.into_iter().chain(self.below(dir)) {
                let is_meant = |node: &Node| pattern.matches_node(node.path(), node.is_dir());
                if node.as_ref().is_ok_and(is_meant) || node.is_err() {
                    found.push(node);
                }
            }
        }
        Ok(())
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}
