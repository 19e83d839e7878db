//! Rows of an archive that is made: inserted without indices and triggers, which come last.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params};

use crate::atomic::{AtomicFile, commit_all, folder_of, sweep_dead};
use crate::barecat::connect::{describe, for_writing, with_suffix};
use crate::barecat::error::BarecatError;
use crate::barecat::node::{Entry, MAX_SHARDS, Metadata, insert_file, signed};
use crate::barecat::path::{ancestors, parent};
use crate::barecat::schema::{INDICES, TABLES, triggers};
use crate::barecat::shards::{last_shard, shard_path};

#[derive(Debug)]
pub(super) struct Bulk {
    archive: PathBuf,
    connection: Connection,
    index: AtomicFile,
    dirs: BTreeMap<String, Dir>,
    files: Seen,
    replaced: Option<Replaced>,
    now: i64,
}

#[derive(Debug, Default)]
struct Dir {
    subdirs: u64,
    files: u64,
    files_tree: u64,
    size_tree: u64,
    metadata: Metadata,
}

/// The paths of files, of each two hashes that nobody can foresee.
#[derive(Debug, Default)]
struct Seen {
    hashes: HashSet<(u64, u64)>,
    hashers: (RandomState, RandomState),
}

impl Seen {
    fn hash(&self, path: &str) -> (u64, u64) {
        (self.hashers.0.hash_one(path), self.hashers.1.hash_one(path))
    }

    fn has(&self, path: &str) -> bool {
        self.hashes.contains(&self.hash(path))
    }

    fn add(&mut self, path: &str) {
        let hash = self.hash(path);
        self.hashes.insert(hash);
    }
}

impl Bulk {
    pub(super) fn create(archive: &Path, limit: u64, replace: bool) -> Result<Self, BarecatError> {
        sweep_dead(folder_of(archive));
        let replaced = if replace { Some(Replaced::lock(archive)?) } else { None };
        if replaced.is_none() {
            refuse_existing(archive)?;
        }
        let failed = |source| BarecatError::Io { what: "make the index", source };
        let mut index = AtomicFile::create(archive).map_err(failed)?;
        // SQLite knows files by their names alone.
        index.park().map_err(failed)?;
        let hidden = index.parked().unwrap_or(archive);
        let connection = Connection::open_with_flags(
            std::path::absolute(hidden).map_err(failed)?,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        // Whatever happens to the file before it has its name is of no consequence.
        connection.execute_batch(
            "PRAGMA page_size=4096; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE; \
             PRAGMA cache_size=-65536; \
             PRAGMA foreign_keys=OFF; BEGIN EXCLUSIVE;",
        )?;
        connection.execute_batch(TABLES)?;
        connection.execute("UPDATE config SET value_int=?1 WHERE key='shard_size_limit'", params![signed(limit)])?;
        let dirs = BTreeMap::from([(String::new(), Dir::default())]);
        let files = Seen::default();
        Ok(Self { archive: archive.to_owned(), connection, index, dirs, files, replaced, now: now() })
    }

    pub(super) fn has_file(&self, path: &str) -> bool {
        self.files.has(path)
    }

    pub(super) fn check_file(&mut self, path: &str) -> Result<(), BarecatError> {
        if self.files.has(path) {
            return Err(BarecatError::Clash("the archive has such a file already; nothing is replaced".to_owned()));
        }
        if self.dirs.contains_key(path) {
            return Err(BarecatError::Clash(
                "it is a directory of the archive already, and cannot be a file".to_owned(),
            ));
        }
        self.check_ancestors(path)
    }

    fn check_ancestors(&self, path: &str) -> Result<(), BarecatError> {
        for ancestor in ancestors(path) {
            if self.dirs.contains_key(ancestor) {
                break;
            }
            if self.files.has(ancestor) {
                return Err(BarecatError::Clash(format!(
                    "\"{ancestor}\" is a file of the archive already, and cannot be a directory"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn insert_file(&mut self, path: &str, entry: Entry, metadata: &Metadata) -> Result<(), BarecatError> {
        insert_file(&self.connection, path, entry, metadata)?;
        self.files.add(path);
        let dir = self.dir(parent(path).unwrap_or_default());
        dir.files += 1;
        dir.files_tree += 1;
        dir.size_tree += entry.size;
        Ok(())
    }

    pub(super) fn insert_dir(&mut self, path: &str, metadata: &Metadata) -> Result<(), BarecatError> {
        if self.files.has(path) {
            return Err(BarecatError::Clash(
                "it is a file of the archive already, and cannot be a directory".to_owned(),
            ));
        }
        self.check_ancestors(path)?;
        let known = &mut self.dir(path).metadata;
        *known = metadata.or(known);
        Ok(())
    }

    /// The directory, made with all above it.
    fn dir(&mut self, path: &str) -> &mut Dir {
        if !self.dirs.contains_key(path) {
            for ancestor in ancestors(path) {
                if self.dirs.contains_key(ancestor) {
                    break;
                }
                self.dirs.insert(ancestor.to_owned(), Dir::default());
            }
        }
        self.dirs.entry(path.to_owned()).or_default()
    }

    /// Ends the index and gives all files their names.
    pub(super) fn finish(self: Box<Self>, shards: Vec<AtomicFile>) -> Result<(), BarecatError> {
        let (archive, index, replaced) = self.seal()?;
        let count = u32::try_from(shards.len()).unwrap_or(MAX_SHARDS);
        name(shards.into_iter().chain([index]).collect())?;
        if let Some(replaced) = replaced {
            replaced.remove_rest(&archive, count);
        }
        Ok(())
    }

    /// The same of an archive whose shards are links with these targets. They are there before the index is: a kill in between leaves
    /// links without an archive.
    pub(super) fn finish_over(self: Box<Self>, targets: &[PathBuf]) -> Result<(), BarecatError> {
        let (archive, index, _) = self.seal()?;
        let links: Vec<PathBuf> = (0..).zip(targets).map(|(number, _)| shard_path(&archive, number)).collect();
        for (number, (link, target)) in links.iter().zip(targets).enumerate() {
            if let Err(source) = symlink(target, link) {
                remove(links.get(..number).unwrap_or_default());
                return Err(BarecatError::Io { what: "make a link to a tar file", source });
            }
        }
        name(vec![index]).inspect_err(|_| remove(&links))
    }

    /// Ends the index, and looks whether its name is free, or becomes so.
    fn seal(mut self: Box<Self>) -> Result<(PathBuf, AtomicFile, Option<Replaced>), BarecatError> {
        self.insert_dirs()?;
        self.connection.execute_batch(INDICES)?;
        self.connection.execute_batch(&triggers())?;
        self.connection.execute_batch("COMMIT")?;
        let Self { archive, connection, index, replaced, .. } = *self;
        connection.close().map_err(|(_, source)| source)?;
        let failed = |source| BarecatError::Io { what: "give the archive its name", source };
        File::open(index.parked().unwrap_or(&archive)).and_then(|file| file.sync_all()).map_err(failed)?;
        // Others may have made something meanwhile.
        let replaced = replaced.map(|replaced| replaced.make_room(&archive, index.target())).transpose()?;
        if replaced.is_none() {
            refuse_existing(&archive)?;
        }
        Ok((archive, index, replaced))
    }

    /// Rows of directories, with what is below each of them.
    fn insert_dirs(&mut self) -> Result<(), BarecatError> {
        let sql = "INSERT INTO dirs(path,num_subdirs,num_files,num_files_tree,size_tree,mode,uid,gid,mtime_ns) \
                   VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)";
        let mut statement = self.connection.prepare(sql)?;
        // What is in a directory has a longer path that begins like it, and goes before it here.
        while let Some((path, dir)) = self.dirs.pop_last() {
            let Dir { subdirs, files, files_tree, size_tree, metadata } = dir;
            if let Some(above) = parent(&path).and_then(|parent| self.dirs.get_mut(parent)) {
                above.subdirs += 1;
                above.files_tree += files_tree;
                above.size_tree += size_tree;
            }
            let Metadata { mode, uid, gid, mtime_ns } = metadata;
            let time = mtime_ns.unwrap_or(self.now);
            let [subdirs, files, files_tree, size_tree] = [subdirs, files, files_tree, size_tree].map(signed);
            statement.execute(params![path, subdirs, files, files_tree, size_tree, mode, uid, gid, time])?;
        }
        Ok(())
    }
}

/// Gives all files their names.
fn name(files: Vec<AtomicFile>) -> Result<(), BarecatError> {
    commit_all(files).map_err(|(_, source)| BarecatError::Io { what: "give the archive its name", source })
}

/// Takes links away that were made for nothing.
fn remove(links: &[PathBuf]) {
    for link in links {
        let _ = std::fs::remove_file(link);
    }
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// What SQLite has beside an index while it is written to.
const BESIDE: [&str; 3] = ["-journal", "-wal", "-shm"];

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// That nothing of an archive is there. A shard counts whatever its number: the next writer would go on behind it.
fn refuse_existing(archive: &Path) -> Result<(), BarecatError> {
    let old_name = with_suffix(archive, "-sqlite-index");
    let mut there = [archive.to_owned(), old_name].into_iter().find(|path| is_there(path));
    if there.is_none() {
        there = last_shard(archive)?.map(|shard| shard_path(archive, shard));
    }
    if let Some(path) = there {
        return Err(BarecatError::Clash(format!(
            "there is \"{}\" already: add to the archive, or replace it",
            path.display()
        )));
    }
    match BESIDE.map(|suffix| with_suffix(archive, suffix)).into_iter().find(|path| is_there(path)) {
        None => Ok(()),
        Some(path) => Err(BarecatError::Clash(format!(
            "there is \"{}\" and no archive: it belongs to one that is gone, and SQLite would take it for a part of the new \
             one; remove it, or bring that archive back",
            path.display()
        ))),
    }
}

/// An archive whose place another one takes, locked until it has.
#[derive(Debug)]
struct Replaced {
    lock: Option<Connection>,
}

impl Replaced {
    /// Waits for who writes to it, and undoes what a killed writer has left beside the index: SQLite would take it for a part of
    /// the new one.
    fn lock(archive: &Path) -> Result<Self, BarecatError> {
        if !is_there(archive) {
            return Ok(Self { lock: None });
        }
        let connection = for_writing(archive)?;
        describe(&connection)?;
        connection.query_row("PRAGMA journal_mode=DELETE", [], |_| Ok(()))?;
        // Others may read it until then.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self { lock: Some(connection) })
    }

    /// Locks what was made in that place meanwhile, and removes what SQLite has left beside `index`, or beside one that is gone.
    fn make_room(self, archive: &Path, index: &Path) -> Result<Self, BarecatError> {
        let replaced = if self.lock.is_none() { Self::lock(archive)? } else { self };
        for suffix in BESIDE {
            match std::fs::remove_file(with_suffix(index, suffix)) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(BarecatError::Io {
                        what: "remove what a killed writer has left beside the index",
                        source,
                    });
                }
                _ => {}
            }
        }
        Ok(replaced)
    }

    /// Removes shards that the new archive has none of, and an index of the old name.
    fn remove_rest(self, archive: &Path, count: u32) {
        let _ = std::fs::remove_file(with_suffix(archive, "-sqlite-index"));
        let behind = last_shard(archive).ok().flatten().map_or(0, |last| last + 1);
        for shard in count..behind {
            let _ = std::fs::remove_file(shard_path(archive, shard));
        }
        drop(self.lock);
    }
}
