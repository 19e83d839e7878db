//! Rows that are removed and renamed, with the sums of all directories kept right.

use rusqlite::params;

use super::append::Append;
use crate::barecat::error::BarecatError;
use crate::barecat::path::parent;

/// What is at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Dir,
}

impl Append {
    fn kind(&self, path: &str) -> Result<Option<Kind>, BarecatError> {
        if self.is_in("files", path)? {
            return Ok(Some(Kind::File));
        }
        Ok(self.is_in("dirs", path)?.then_some(Kind::Dir))
    }

    fn existing(&self, path: &str) -> Result<Kind, BarecatError> {
        if path.is_empty() {
            return Err(BarecatError::Path("it is the root of the archive, which stays where it is".to_owned()));
        }
        let missing = || BarecatError::NoFile("the archive has no such file or directory".to_owned());
        self.kind(path)?.ok_or_else(missing)
    }

    /// Removes a file or an empty directory, or `with_all` a directory and what is in it. How many files.
    pub(super) fn remove(&mut self, path: &str, with_all: bool) -> Result<u64, BarecatError> {
        self.check_locked()?;
        let kind = self.existing(path)?;
        if kind == Kind::Dir && !with_all && self.has_entries(path)? {
            let text = "the directory is not empty: remove it with all that is in it, or that first";
            return Err(BarecatError::Clash(text.to_owned()));
        }
        self.forget_dirs();
        if kind == Kind::File {
            self.connection().prepare_cached("DELETE FROM files WHERE path=?1")?.execute([path])?;
            return Ok(1);
        }
        let files = if with_all { self.without_triggers(|append| append.empty(path))? } else { 0 };
        // Its trigger takes all that it counts from the directories above it.
        self.connection().prepare_cached("DELETE FROM dirs WHERE path=?1")?.execute([path])?;
        Ok(files)
    }

    fn has_entries(&self, path: &str) -> Result<bool, BarecatError> {
        let sql = "SELECT EXISTS(SELECT 1 FROM files WHERE parent=?1) OR EXISTS(SELECT 1 FROM dirs WHERE parent=?1)";
        Ok(self.connection().prepare_cached(sql)?.query_row([path], |row| row.get(0))?)
    }

    /// Removes what is in a directory, which counts it still.
    fn empty(&self, path: &str) -> Result<u64, BarecatError> {
        let [after, before] = below(path);
        let files = self
            .connection()
            .prepare_cached("DELETE FROM files WHERE path>?1 AND path<?2")?
            .execute([&after, &before])?;
        // None may go before those that are in it.
        let sql = "SELECT path FROM dirs WHERE path>?1 AND path<?2 ORDER BY path DESC LIMIT 1";
        let mut next = self.connection().prepare_cached(sql)?;
        let mut remove = self.connection().prepare_cached("DELETE FROM dirs WHERE path=?1")?;
        while let Some(dir) = next.query([&after, &before])?.next()?.map(|row| row.get::<_, String>(0)).transpose()? {
            remove.execute([&dir])?;
        }
        Ok(files as u64)
    }

    /// Gives a file or a directory with all that is in it another path, whose parents are made.
    pub(super) fn rename(&mut self, old: &str, new: &str) -> Result<(), BarecatError> {
        self.check_locked()?;
        let kind = self.existing(old)?;
        if old == new {
            return Ok(());
        }
        if new.is_empty() {
            return Err(BarecatError::Path("the new path is that of the root of the archive".to_owned()));
        }
        if new.strip_prefix(old).is_some_and(|rest| rest.starts_with('/')) {
            let text = format!("the new path \"{new}\" is in it: nothing can be moved into itself");
            return Err(BarecatError::Path(text));
        }
        match self.kind(new)? {
            None => {}
            Some(Kind::File) => return Err(taken(new, "a file")),
            Some(Kind::Dir) => return Err(taken(new, "a directory")),
        }
        self.check_ancestors(new)?;
        self.forget_dirs();
        self.make_dir(parent(new).unwrap_or_default())?;
        match kind {
            Kind::File => {
                self.connection().prepare_cached("UPDATE files SET path=?2 WHERE path=?1")?.execute([old, new])?;
                Ok(())
            }
            Kind::Dir => self.rename_dir(old, new),
        }
    }

    /// Makes a directory, and with its trigger those above it.
    fn make_dir(&self, path: &str) -> Result<(), BarecatError> {
        if !self.is_in("dirs", path)? {
            let sql =
                "INSERT INTO dirs(path,mtime_ns) VALUES(?1,CAST((julianday('now')-2440587.5)*86400e9 AS INTEGER))";
            self.connection().prepare_cached(sql)?.execute([path])?;
        }
        Ok(())
    }

    fn rename_dir(&self, old: &str, new: &str) -> Result<(), BarecatError> {
        // Rows name directories meanwhile that are not there; they are looked at when all is committed.
        self.connection().execute_batch("PRAGMA defer_foreign_keys=ON")?;
        // Its trigger moves all that it counts from the directories above the one to those above the other.
        self.connection().prepare_cached("UPDATE dirs SET path=?2 WHERE path=?1")?.execute([old, new])?;
        let [after, before] = below(old);
        // `substr` counts characters, the first as 1.
        let rest = i64::try_from(old.chars().count()).unwrap_or(i64::MAX).saturating_add(1);
        self.without_triggers(|append| {
            for table in ["files", "dirs"] {
                let sql = format!("UPDATE {table} SET path=?3||substr(path,?4) WHERE path>?1 AND path<?2");
                append.connection().prepare_cached(&sql)?.execute(params![after, before, new, rest])?;
            }
            Ok(())
        })
    }
}

#[cold]
fn taken(new: &str, kind: &str) -> BarecatError {
    BarecatError::Clash(format!("\"{new}\" is {kind} of the archive already; nothing is replaced"))
}

/// Between which paths those are that are below a directory: `0` follows `/`.
fn below(path: &str) -> [String; 2] {
    [format!("{path}/"), format!("{path}0")]
}
