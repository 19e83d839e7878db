//! Files of one archive, put into another: merging, subsets, other sizes of shards.

use std::collections::HashSet;
use std::io::BufReader;

use rusqlite::Connection;

use super::Writer;
use crate::barecat::archive::Archive;
use crate::barecat::error::BarecatError;
use crate::barecat::file::ArchiveFile;
use crate::barecat::node::{FILE_COLUMNS, FileInfo, Node, file};
use crate::barecat::path::{ancestors, checked};
use crate::barecat::verify::page;
use crate::error::Result;

/// What of an archive is put where.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CopyOptions {
    prefix: String,
    skip_existing: bool,
}

impl CopyOptions {
    /// Under the same paths; one that is there already is an error.
    pub fn new() -> Self {
        Self::default()
    }

    /// A directory that all of it is put into.
    #[must_use]
    pub fn prefix(mut self, directory: &str) -> Self {
        directory.clone_into(&mut self.prefix);
        self
    }

    /// Whether files whose paths are there already are left out, and counted as skipped.
    #[must_use]
    pub fn skip_existing(mut self, skip: bool) -> Self {
        self.skip_existing = skip;
        self
    }

    fn path(&self, path: &str) -> String {
        match (self.prefix.as_str(), path) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}/{path}"),
        }
    }
}

impl Writer {
    /// Adds what another archive has, in the order of its bytes, with modes, owners and times. Bytes are held against their
    /// CRC32C on the way where the index has one, and gaps between them stay behind. `filter` is asked about each file and directory; directories that
    /// kept files are in come along in any case.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a path that is there already or leads out of the archive, and for the
    /// archive that is written to itself, [`Corrupt`](crate::ErrorKind::Corrupt) for what is damaged,
    /// [`Conflict`](crate::ErrorKind::Conflict) if the other one is changed meanwhile: files that are moved in it would be missed.
    pub fn add_archive(
        &mut self,
        from: &Archive,
        options: &CopyOptions,
        filter: &mut dyn FnMut(&Node) -> bool,
    ) -> Result<()> {
        if self.rows.is_index(from.index_path()) {
            let text = "it is the archive that is written to, which would never end: rename what is in it, or make another archive";
            return Err(from.failed(BarecatError::Clash(text.to_owned())));
        }
        let watch = from.watch()?;
        from.with(nowhere)?;
        let mut dirs = HashSet::new();
        let mut after = None;
        loop {
            let rows = from.with(|connection| page(connection, after))?;
            watch.check().map_err(|cause| from.failed(cause))?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(*last);
            for (_, found) in rows {
                let file = found.map_err(|(path, cause)| from.failed_at(&path.unwrap_or_default(), cause))?;
                let file = Node::File(file);
                if filter(&file)
                    && let Node::File(file) = file
                {
                    self.add_from(from, &file, options)?;
                    note_dirs(&mut dirs, &file.path);
                }
            }
        }
        self.add_dirs(from, options, &dirs, filter)?;
        watch.check().map_err(|cause| from.failed(cause))
    }

    fn add_from(&mut self, from: &Archive, file: &FileInfo, options: &CopyOptions) -> Result<()> {
        let path = options.path(&file.path);
        let is_there = options.skip_existing && {
            let found = checked(&path).and_then(|path| self.rows.has_file(&path));
            found.map_err(|cause| self.failed(&path, cause))?
        };
        if is_there {
            self.added.skipped += 1;
            return Ok(());
        }
        let reader = BufReader::new(ArchiveFile::of(from, file)?);
        let added = self.add_file(&path, &file.metadata, (file.size, file.crc32c), reader);
        added.map_err(|cause| match cause {
            cause @ BarecatError::Source { .. } => from.failed_at(&file.path, cause),
            cause => self.failed(&path, cause),
        })?;
        self.checkpoint_if_due()
    }

    fn add_dirs(
        &mut self,
        from: &Archive,
        options: &CopyOptions,
        dirs: &HashSet<String>,
        filter: &mut dyn FnMut(&Node) -> bool,
    ) -> Result<()> {
        if !from.has_dirs() {
            return Ok(());
        }
        for node in from.dirs()? {
            let node = node?;
            let (path, metadata) = (node.path(), node.metadata());
            let has_files = dirs.contains(path);
            // Its files have made it, and there is nothing to say of it.
            let is_known = has_files && metadata.mode.is_none();
            if !is_known && (has_files || filter(&node)) {
                self.add_dir(&options.path(path), metadata)?;
            }
        }
        Ok(())
    }
}

/// That each row has a place: those that have none are in no order.
fn nowhere(connection: &Connection) -> Result<(), BarecatError> {
    let sql =
        format!("SELECT {FILE_COLUMNS} FROM files WHERE typeof(shard)<>'integer' OR typeof(offset)<>'integer' LIMIT 1");
    let mut statement = connection.prepare(&sql)?;
    match statement.query([])?.next()? {
        Some(row) => file(row).map(drop),
        None => Ok(()),
    }
}

/// The directories that the file is in.
fn note_dirs(dirs: &mut HashSet<String>, path: &str) {
    for ancestor in ancestors(path) {
        if !dirs.insert(ancestor.to_owned()) {
            break;
        }
    }
}
