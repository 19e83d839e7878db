//! What is in a directory, and in all below it.

use std::collections::VecDeque;

use rusqlite::{Connection, Row, params};

use super::archive::Archive;
use super::error::BarecatError;
use super::node::{DIR_COLUMNS, FILE_COLUMNS, Node, dir, file};
use super::path::{normalise, parent};
use crate::error::Result;

/// Rows that are asked for at once.
const PAGE: usize = 1000;

impl Archive {
    /// What is in a directory, in order of the names.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is no such directory, [`InvalidInput`](crate::ErrorKind::InvalidInput)
    /// where it is a file.
    pub fn list(&self, dir: &str) -> Result<Vec<Node>> {
        let path = normalise(dir);
        match self.stat(&path)? {
            Node::Dir(_) => self.children(&path, true),
            Node::File(_) => Err(self.failed_at(&path, BarecatError::IsFile)),
        }
    }

    /// The same of a normal path, of which is known that it is a directory.
    pub(super) fn children(&self, path: &str, with_files: bool) -> Result<Vec<Node>> {
        let mut nodes = self
            .with(|connection| {
                let mut nodes = Vec::new();
                if self.has_dirs() {
                    let sql = format!("SELECT {DIR_COLUMNS} FROM dirs WHERE parent=?1 AND path<>''");
                    collect(connection, &sql, path, &mut nodes, |row| dir(row).map(Node::Dir))?;
                }
                if with_files {
                    let sql = format!("SELECT {FILE_COLUMNS} FROM files WHERE parent=?1");
                    collect(connection, &sql, path, &mut nodes, |row| file(row).map(Node::File))?;
                }
                Ok(nodes)
            })
            .map_err(|error| error.with_key(path))?;
        nodes.sort_by(|one, other| one.path().cmp(other.path()));
        Ok(nodes)
    }

    /// All files and directories below a directory, in order of their paths, each directory before what is in it. The index is
    /// read in pieces: what another process adds meanwhile may be among them.
    ///
    /// # Errors
    /// Those of [`list`](Self::list). After an error of its own the iterator has nothing more to give.
    pub fn walk(&self, dir: &str) -> Result<Walk<'_>> {
        let path = normalise(dir);
        match self.stat(&path)? {
            Node::Dir(_) => Ok(self.below(&path)),
            Node::File(_) => Err(self.failed_at(&path, BarecatError::IsFile)),
        }
    }

    pub(super) fn below(&self, path: &str) -> Walk<'_> {
        // `0` follows `/`: between the two is what is below.
        let (after, before) = match path {
            "" => (String::new(), None),
            path => (format!("{path}/"), Some(format!("{path}0"))),
        };
        let pages = |is_done| Pages { after: after.clone(), ready: VecDeque::new(), is_done };
        Walk { archive: self, before, files: pages(false), dirs: pages(!self.has_dirs()) }
    }
}

fn collect(
    connection: &Connection,
    sql: &str,
    parent_path: &str,
    nodes: &mut Vec<Node>,
    read: impl Fn(&Row<'_>) -> Result<Node, BarecatError>,
) -> Result<(), BarecatError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([parent_path])?;
    while let Some(row) = rows.next()? {
        let node = read(row)?;
        // A stranger's index may say anything of parents, that a directory is its own among it.
        if parent(node.path()) != Some(parent_path) {
            let found = format!("\"{parent_path}\" for \"{}\"", node.path());
            return Err(BarecatError::Row { column: "parent", found, expected: "the path without its last part" });
        }
        nodes.push(node);
    }
    Ok(())
}

/// Files and directories below a directory, in order of their paths.
#[derive(Debug)]
pub struct Walk<'a> {
    archive: &'a Archive,
    /// Behind the last path, if there is an end.
    before: Option<String>,
    files: Pages,
    dirs: Pages,
}

#[derive(Debug)]
struct Pages {
    /// The last path that was read.
    after: String,
    ready: VecDeque<Node>,
    is_done: bool,
}

impl Pages {
    fn fill(
        &mut self,
        archive: &Archive,
        before: Option<&str>,
        (table, columns): (&str, &str),
        read: impl Fn(&Row<'_>) -> Result<Node, BarecatError>,
    ) -> Result<()> {
        if self.is_done || !self.ready.is_empty() {
            return Ok(());
        }
        let end = if before.is_some() { "AND path<?2" } else { "AND ?2 IS NULL" };
        let sql = format!("SELECT {columns} FROM {table} WHERE path>?1 {end} ORDER BY path LIMIT {PAGE}");
        let (after, ready) = (&self.after, &mut self.ready);
        archive.with(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![after, before])?;
            while let Some(row) = rows.next()? {
                let node = read(row)?;
                let before = ready.back().map_or(after.as_str(), Node::path);
                // Of a damaged index SQLite may give the same rows for ever.
                if node.path() <= before {
                    return Err(BarecatError::OutOfOrder);
                }
                ready.push_back(node);
            }
            Ok(())
        })?;
        match self.ready.back() {
            Some(last) => last.path().clone_into(&mut self.after),
            None => self.is_done = true,
        }
        Ok(())
    }
}

impl Walk<'_> {
    fn advance(&mut self) -> Result<Option<Node>> {
        let before = self.before.as_deref();
        self.files.fill(self.archive, before, ("files", FILE_COLUMNS), |row| file(row).map(Node::File))?;
        self.dirs.fill(self.archive, before, ("dirs", DIR_COLUMNS), |row| dir(row).map(Node::Dir))?;
        let takes_dir = match (self.dirs.ready.front(), self.files.ready.front()) {
            (Some(dir), Some(file)) => dir.path() <= file.path(),
            (dir, _) => dir.is_some(),
        };
        Ok(if takes_dir { self.dirs.ready.pop_front() } else { self.files.ready.pop_front() })
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Node>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance().transpose();
        if matches!(next, None | Some(Err(_))) {
            for pages in [&mut self.files, &mut self.dirs] {
                pages.is_done = true;
                pages.ready.clear();
            }
        }
        next
    }
}
