//! What is in a directory, and in all below it.

use std::borrow::Cow;
use std::collections::VecDeque;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, ToSql, params};

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
    /// where it is a file, [`Corrupt`](crate::ErrorKind::Corrupt) for a row that is damaged: [`list_each`](Self::list_each) has
    /// the others.
    pub fn list(&self, dir: &str) -> Result<Vec<Node>> {
        self.list_each(dir)?.collect()
    }

    /// The same, where a row that is damaged is an error by itself, before those that are not.
    ///
    /// # Errors
    /// Those of [`list`](Self::list) but for damaged rows.
    pub fn list_each(&self, dir: &str) -> Result<impl Iterator<Item = Result<Node>> + use<>> {
        let path = normalise(dir);
        match self.stat(&path)? {
            Node::Dir(_) => Ok(self.children(&path, true)?.into_iter()),
            Node::File(_) => Err(self.failed_at(&path, BarecatError::IsFile)),
        }
    }

    /// The same of a normal path, of which is known that it is a directory.
    pub(super) fn children(&self, path: &str, with_files: bool) -> Result<Vec<Result<Node>>> {
        let mut nodes = self
            .with(|connection| {
                let mut nodes = Vec::new();
                if self.has_dirs() {
                    let sql = format!("SELECT {DIR_COLUMNS} FROM dirs WHERE parent=?1 AND path<>''");
                    self.collect(connection, &sql, path, &mut nodes, |row| dir(row).map(Node::Dir))?;
                }
                if with_files {
                    let sql = format!("SELECT {FILE_COLUMNS} FROM files WHERE parent=?1");
                    self.collect(connection, &sql, path, &mut nodes, |row| file(row).map(Node::File))?;
                }
                Ok(nodes)
            })
            .map_err(|error| error.with_key(path))?;
        in_order(&mut nodes);
        Ok(nodes)
    }

    fn collect(
        &self,
        connection: &Connection,
        sql: &str,
        parent_path: &str,
        nodes: &mut Vec<Result<Node>>,
        read: impl Fn(&Row<'_>) -> Result<Node, BarecatError>,
    ) -> Result<(), BarecatError> {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([parent_path])?;
        while let Some(row) = rows.next()? {
            let path = Raw::of(row)?;
            let node = read(row).and_then(|node| is_in(node, parent_path));
            nodes.push(node.map_err(|cause| self.failed_at(&path.lossy(), cause)));
        }
        Ok(())
    }

    /// All files and directories below a directory, in order of their paths, each directory before what is in it. The index is
    /// read in pieces: what another process adds meanwhile may be among them.
    ///
    /// # Errors
    /// Those of [`list`](Self::list). A row that is damaged is an error by itself, which names it, and the others follow; after
    /// any other error the iterator has nothing more to give.
    pub fn walk(&self, dir: &str) -> Result<Walk<'_>> {
        let path = normalise(dir);
        match self.stat(&path)? {
            Node::Dir(_) => Ok(self.below(&path)),
            Node::File(_) => Err(self.failed_at(&path, BarecatError::IsFile)),
        }
    }

    /// All directories in order of their paths, the root first.
    pub(super) fn dirs(&self) -> Result<impl Iterator<Item = Result<Node>> + use<'_>> {
        let root = self.stat("")?;
        let mut below = self.below("");
        below.files.is_done = true;
        Ok(std::iter::once(Ok(root)).chain(below))
    }

    /// All files below a directory, in order of their paths.
    pub(super) fn files_below(&self, path: &str) -> Walk<'_> {
        let mut below = self.below(path);
        below.dirs.is_done = true;
        below
    }

    pub(super) fn below(&self, path: &str) -> Walk<'_> {
        // `0` follows `/`: between the two is what is below.
        let (after, before) = match path {
            "" => (String::new(), None),
            path => (format!("{path}/"), Some(format!("{path}0"))),
        };
        let pages = |is_done| Pages { after: Raw::Text(after.clone().into()), ready: VecDeque::new(), is_done };
        Walk { archive: self, before, files: pages(false), dirs: pages(!self.has_dirs()) }
    }
}

/// The node, if its path says so of itself as well: a stranger's index may say anything of parents, that a directory is its
/// own among it.
fn is_in(node: Node, parent_path: &str) -> Result<Node, BarecatError> {
    if parent(node.path()) == Some(parent_path) {
        return Ok(node);
    }
    let found = format!("\"{parent_path}\" for \"{}\"", node.path());
    Err(BarecatError::Row { column: "parent", found, expected: "the path without its last part" })
}

/// Sorts nodes by their paths, behind what is wrong with others.
pub(super) fn in_order(nodes: &mut [Result<Node>]) {
    let path = |node: &Result<Node>| node.as_ref().ok().map(|node| node.path().to_owned());
    nodes.sort_by_cached_key(path);
}

/// A path as the index has it, be it text or not, in the order of SQLite.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Raw {
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Raw {
    /// Of the first column.
    fn of(row: &Row<'_>) -> Result<Self, BarecatError> {
        match row.get_ref(0)? {
            ValueRef::Text(text) => Ok(Self::Text(text.to_owned())),
            ValueRef::Blob(blob) => Ok(Self::Blob(blob.to_owned())),
            // No column of paths has them, and no query for what follows a path finds them.
            _ => Ok(Self::Text(Vec::new())),
        }
    }

    fn lossy(&self) -> Cow<'_, str> {
        let (Self::Text(bytes) | Self::Blob(bytes)) = self;
        String::from_utf8_lossy(bytes)
    }
}

impl ToSql for Raw {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
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
    after: Raw,
    ready: VecDeque<Result<Node>>,
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
        let (after, ready) = (&mut self.after, &mut self.ready);
        archive.with(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![&*after, before])?;
            while let Some(row) = rows.next()? {
                let path = Raw::of(row)?;
                // Of a damaged index SQLite may give the same rows for ever.
                if path <= *after {
                    return Err(BarecatError::OutOfOrder);
                }
                ready.push_back(read(row).map_err(|cause| archive.failed_at(&path.lossy(), cause)));
                *after = path;
            }
            Ok(())
        })?;
        self.is_done = self.ready.is_empty();
        Ok(())
    }
}

impl Walk<'_> {
    /// The next node, or what is wrong with its row; an error is one of the whole index.
    fn advance(&mut self) -> Result<Option<Result<Node>>> {
        let before = self.before.as_deref();
        self.files.fill(self.archive, before, ("files", FILE_COLUMNS), |row| file(row).map(Node::File))?;
        self.dirs.fill(self.archive, before, ("dirs", DIR_COLUMNS), |row| dir(row).map(Node::Dir))?;
        let takes_dir = match (self.dirs.ready.front(), self.files.ready.front()) {
            (Some(Ok(dir)), Some(Ok(file))) => dir.path() <= file.path(),
            // What is damaged goes first.
            (Some(Ok(_)), Some(Err(_))) => false,
            (dir, _) => dir.is_some(),
        };
        Ok(if takes_dir { self.dirs.ready.pop_front() } else { self.files.ready.pop_front() })
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Node>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if matches!(next, Ok(None) | Err(_)) {
            for pages in [&mut self.files, &mut self.dirs] {
                pages.is_done = true;
                pages.ready.clear();
            }
        }
        next.unwrap_or_else(|error| Some(Err(error)))
    }
}
