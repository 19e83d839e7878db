//! Whether an archive is what its index says.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use rusqlite::{Connection, Row};

use super::archive::Archive;
use super::error::BarecatError;
use super::node::{Entry, FILE_COLUMNS, FileInfo, MAX_SHARDS, file, integer, text};
use super::path::{ancestors, fault, parent};
use super::shards::{Shard, last_shard, shard_path};
use crate::error::{Error, Printable, Result};

/// Problems that are told one by one; more are counted.
const TOLD: usize = 1000;
/// Bytes that are read at once.
const PIECE: usize = 1 << 20;
/// Rows that are read at once. None is open while bytes are read: whoever writes would wait for it.
const PAGE: usize = 1000;
/// Bytes of their paths, which may be of any length, after which no more rows are read at once.
const PAGE_BYTES: usize = 4 << 20;
/// Bytes of a path that systems take.
const MAX_PATH: usize = 4096;

/// What [`Archive::verify`] looks at.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// The bytes of the last file alone, in place of those of all.
    pub quick: bool,
}

impl VerifyOptions {
    /// Everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to read the bytes of the last file alone.
    #[must_use]
    pub fn quick(mut self, quick: bool) -> Self {
        self.quick = quick;
        self
    }
}

/// One thing that is wrong with an archive.
#[derive(Debug)]
#[non_exhaustive]
pub struct Problem {
    /// The file or directory; `None` where none is to blame.
    pub path: Option<String>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}: {}", Printable(path), self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// What verifying found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Verified {
    /// Files whose bytes were held against their CRC32C.
    pub checked: u64,
    /// Files of whose bytes no CRC32C is known: nothing can be said of them.
    pub unchecked: u64,
    /// Files whose bytes were not read, for only those of the last one were asked for.
    pub unread: u64,
    /// Files of the index, looked at or not.
    pub files: u64,
    /// Bytes of shards before, between and behind files, which no file has: what was removed, replaced, or written by a process
    /// that was killed. They are no fault.
    pub unused: u64,
    /// Those of them that are behind the last file of a shard.
    pub orphaned: u64,
    /// What is wrong, the first thousand.
    pub problems: Vec<Problem>,
    /// How much is wrong.
    pub failed: u64,
}

impl Verified {
    /// Whether nothing is wrong of what was looked at; [`unchecked`](Self::unchecked) and [`unread`](Self::unread) tell what was
    /// not.
    pub fn is_sound(&self) -> bool {
        self.failed == 0
    }

    fn add(&mut self, path: Option<&str>, message: impl fmt::Display) {
        self.failed += 1;
        if self.problems.len() < TOLD {
            self.problems.push(Problem { path: path.map(str::to_owned), message: message.to_string() });
        }
    }
}

/// What is known of a directory by its files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Sums {
    subdirs: u64,
    files: u64,
    files_tree: u64,
    size_tree: u64,
}

impl Archive {
    /// Holds the archive against its index: the CRC32C of every file, what each directory counts, that no path is a file and a
    /// directory, and that SQLite finds the index sound. A missing shard fails its files and nothing else.
    ///
    /// The archive is not locked while bytes are read: others may add to it. Files that they move meanwhile may be told to be
    /// damaged.
    ///
    /// # Errors
    /// Only what keeps it from looking: what is wrong is in [`Verified::problems`].
    pub fn verify(&self, options: &VerifyOptions) -> Result<Verified> {
        self.verify_with(options, &mut |_| {})
    }

    /// The same; `progress` is told of bytes that were read.
    pub fn verify_with(&self, options: &VerifyOptions, progress: &mut dyn FnMut(u64)) -> Result<Verified> {
        self.with(|connection| {
            let mut verified = Verified::default();
            if !options.quick {
                sqlite_checks(connection, &mut verified)?;
            }
            unique_paths(connection, "files", &mut verified)?;
            self.files(connection, options.quick, &mut verified, progress)?;
            if self.has_dirs() {
                unique_paths(connection, "dirs", &mut verified)?;
                // Files and what counts them, of the same moment.
                let transaction = connection.unchecked_transaction()?;
                compare_dirs(&transaction, counted(&transaction)?, &mut verified)?;
                clashes(&transaction, &mut verified)?;
            } else {
                verified.add(None, "the index has no table `dirs`: nothing says what is in which directory");
            }
            Ok(verified)
        })
    }

    /// Looks at all files in the order of their bytes.
    fn files(
        &self,
        connection: &Connection,
        quick: bool,
        verified: &mut Verified,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), BarecatError> {
        nowhere(connection, verified)?;
        let mut shards = ShardSpans::default();
        let mut seen: Option<FileInfo> = None;
        let mut buffer = vec![0; PIECE];
        let mut after = None;
        loop {
            let rows = match page(connection, after) {
                Err(cause @ BarecatError::OutOfOrder) => {
                    verified.add(None, Error::from(cause));
                    break;
                }
                rows => rows?,
            };
            let Some((last, _)) = rows.last() else { break };
            after = Some(*last);
            for (_, found) in rows {
                verified.files += 1;
                let Some(file) = readable(found, verified) else { continue };
                shards.add(self, &file, verified);
                if quick {
                    verified.unread += u64::from(seen.replace(file).is_some());
                } else {
                    self.check_file(&file, &mut buffer, verified, progress);
                }
            }
        }
        if let Some(last) = seen {
            self.check_file(&last, &mut buffer, verified, progress);
        }
        shards.end_shard(self, verified);
        shards.beyond(self, verified);
        shards.between(self, verified)
    }

    fn check_file(&self, file: &FileInfo, buffer: &mut [u8], verified: &mut Verified, progress: &mut dyn FnMut(u64)) {
        let Some(expected) = file.crc32c else {
            verified.unchecked += 1;
            return;
        };
        let checked = self.shard_of(&Entry::from(file)).and_then(|shard| {
            let mut crc = 0;
            pieces(shard, &Entry::from(file), buffer, &mut |piece| {
                crc = crc32c::crc32c_append(crc, piece);
                progress(piece.len() as u64);
                Ok(())
            })?;
            shard.compare(expected, crc)
        });
        match checked {
            Ok(()) => verified.checked += 1,
            Err(cause) => verified.add(Some(&file.path), Error::from(cause)),
        }
    }
}

/// Where a row is: shard, offset and its number.
pub(super) type Place = (i64, i64, i64);
/// A file, or the path of a row that is none, and why.
pub(super) type Found = Result<FileInfo, (Option<String>, BarecatError)>;

fn found(row: &Row<'_>) -> Found {
    file(row).map_err(|cause| (text(row, 0).ok(), cause))
}

/// The rows behind `after`, in the order of their bytes.
pub(super) fn page(connection: &Connection, after: Option<Place>) -> Result<Vec<(Place, Found)>, BarecatError> {
    let behind = if after.is_some() { "AND (shard, offset, rowid) > (?1, ?2, ?3)" } else { "" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {FILE_COLUMNS}, rowid FROM files WHERE typeof(shard)='integer' AND typeof(offset)='integer' {behind} \
         ORDER BY shard, offset, rowid LIMIT {PAGE}"
    ))?;
    let mut rows = match after {
        Some(place) => statement.query(place)?,
        None => statement.query([])?,
    };
    let mut page: Vec<(Place, Found)> = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let place = (row.get(1)?, row.get(2)?, row.get(9)?);
        // Of a damaged index SQLite may give the same rows for ever.
        if page.last().map(|(place, _)| *place).or(after).is_some_and(|before| before >= place) {
            return Err(BarecatError::OutOfOrder);
        }
        let found = found(row);
        bytes += found.as_ref().map_or(0, |file| file.path.len());
        page.push((place, found));
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(page)
}

/// Files whose shard or offset is no number.
fn nowhere(connection: &Connection, verified: &mut Verified) -> Result<(), BarecatError> {
    let sql = format!("SELECT {FILE_COLUMNS} FROM files WHERE typeof(shard)<>'integer' OR typeof(offset)<>'integer'");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        verified.files += 1;
        readable(found(row), verified);
    }
    Ok(())
}

/// The file of a row, if it is one. Tells what is wrong with it.
fn readable(found: Found, verified: &mut Verified) -> Option<FileInfo> {
    match found {
        Ok(file) => {
            if let Some(fault) = path_fault(&file.path) {
                verified.add(Some(&file.path), format_args!("the path {fault}"));
            }
            Some(file)
        }
        Err((path, cause)) => {
            verified.add(path.as_deref(), Error::from(cause));
            None
        }
    }
}

fn path_fault(path: &str) -> Option<&'static str> {
    if path.len() > MAX_PATH {
        return Some("has more than 4096 bytes, which no system takes");
    }
    fault(path)
}

/// That a path is in a table once.
fn unique_paths(connection: &Connection, table: &str, verified: &mut Verified) -> Result<(), BarecatError> {
    let sql = "SELECT EXISTS(SELECT 1 FROM pragma_index_list(?1) AS list WHERE list.\"unique\" AND NOT list.partial \
               AND (SELECT group_concat(name, '/') FROM pragma_index_info(list.name))='path')";
    if !connection.query_row(sql, [table], |row| row.get::<_, bool>(0))? {
        let text = format_args!(
            "the index has no unique index of the paths in `{table}`: one may be there twice, and each is looked for in the \
             whole of it; make a new archive of it"
        );
        verified.add(None, text);
    }
    Ok(())
}

/// All bytes of an entry, piece by piece.
pub(super) fn pieces(
    shard: &Shard,
    entry: &Entry,
    buffer: &mut [u8],
    take: &mut dyn FnMut(&[u8]) -> Result<(), BarecatError>,
) -> Result<(), BarecatError> {
    shard.check(entry)?;
    let mut at = 0;
    while at < entry.size {
        let read = shard.read_part(entry, buffer, at)?;
        take(buffer.get(..read).unwrap_or_default())?;
        at += read as u64;
    }
    Ok(())
}

/// Which bytes of shards no file has.
#[derive(Debug, Default)]
struct ShardSpans {
    current: Option<(u32, u64)>,
    missing: HashSet<u32>,
}

impl ShardSpans {
    fn add(&mut self, archive: &Archive, file: &FileInfo, verified: &mut Verified) {
        if self.current.is_none_or(|(shard, _)| shard != file.shard) {
            self.end_shard(archive, verified);
            let first = self.current.map_or(0, |(shard, _)| shard + 1);
            // Those between that have no file at all.
            let lens = (first..file.shard).map(|shard| std::fs::metadata(shard_path(archive.path(), shard)));
            verified.unused += lens.filter_map(|found| Some(found.ok()?.len())).sum::<u64>();
            self.current = Some((file.shard, 0));
        }
        if let Some((_, end)) = &mut self.current {
            verified.unused += file.offset.saturating_sub(*end);
            *end = (*end).max(file.offset.saturating_add(file.size));
        }
    }

    fn end_shard(&mut self, archive: &Archive, verified: &mut Verified) {
        let Some((number, end)) = self.current else { return };
        let entry = Entry { shard: number, offset: 0, size: 0, crc32c: None };
        match archive.shard_of(&entry).and_then(|shard| shard.refreshed_len()) {
            Ok(len) => {
                verified.orphaned += len.saturating_sub(end);
                verified.unused += len.saturating_sub(end);
                if end > len {
                    let text = format_args!("the shard {number:05} has {len} bytes, and its files reach to {end}");
                    verified.add(None, text);
                }
            }
            Err(cause) => {
                if self.missing.insert(number) {
                    verified.add(None, Error::from(cause));
                }
            }
        }
    }

    /// Shards behind the last that has a file.
    fn beyond(&self, archive: &Archive, verified: &mut Verified) {
        let first = self.current.map_or(0, |(shard, _)| shard + 1);
        let lens = (first..MAX_SHARDS).map_while(|number| {
            let found = std::fs::metadata(shard_path(archive.path(), number)).ok()?;
            Some(found.len())
        });
        let orphaned: u64 = lens.sum();
        verified.orphaned += orphaned;
        verified.unused += orphaned;
    }

    /// Shards before others that are not there. Python's barecat asks for all of them, whether they have files or not.
    fn between(&self, archive: &Archive, verified: &mut Verified) -> Result<(), BarecatError> {
        for number in 0..last_shard(archive.path())?.unwrap_or(0) {
            let shard = shard_path(archive.path(), number);
            if !self.missing.contains(&number) && std::fs::metadata(&shard).is_err() {
                let name = shard.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let text = "is missing, and those behind it are there: no file is in it, but Python's barecat opens none without it; \
                            make an empty file of that name";
                verified.add(None, format_args!("the shard \"{}\" {text}", Printable(&name)));
            }
        }
        Ok(())
    }
}

/// The directories that files are in. Those above a path that is far too long are not: it would take for ever.
fn counted(connection: &Connection) -> Result<BTreeMap<String, Sums>, BarecatError> {
    let mut dirs = BTreeMap::from([(String::new(), Sums::default())]);
    let mut statement = connection.prepare(&format!("SELECT {FILE_COLUMNS} FROM files"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Ok(file) = file(row)
            && file.path.len() <= MAX_PATH
        {
            count(&mut dirs, &file);
        }
    }
    Ok(dirs)
}

fn count(dirs: &mut BTreeMap<String, Sums>, file: &FileInfo) {
    let directory = parent(&file.path).unwrap_or_default();
    let sums = match dirs.get_mut(directory) {
        Some(sums) => sums,
        None => {
            for ancestor in ancestors(directory) {
                dirs.entry(ancestor.to_owned()).or_default();
            }
            dirs.entry(directory.to_owned()).or_default()
        }
    };
    sums.files += 1;
    sums.files_tree += 1;
    sums.size_tree = sums.size_tree.saturating_add(file.size);
}

/// Holds what directories count against what was counted.
fn compare_dirs(
    connection: &Connection,
    mut dirs: BTreeMap<String, Sums>,
    verified: &mut Verified,
) -> Result<(), BarecatError> {
    let mut statement =
        connection.prepare("SELECT path, num_subdirs, num_files, num_files_tree, size_tree FROM dirs ORDER BY path")?;
    let mut kept = BTreeMap::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        match text(row, 0) {
            Ok(path) => {
                if let Some(fault) = path_fault(&path).filter(|_| !path.is_empty()) {
                    verified.add(Some(&path), format_args!("the path of the directory {fault}"));
                }
                dirs.entry(path.clone()).or_default();
                kept.insert(path, sums(row)?);
            }
            Err(error) => verified.add(None, Error::from(error)),
        }
    }
    let dirs = summed(dirs);
    for (path, expected) in &dirs {
        match kept.get(path) {
            None => verified.add(Some(path), "the directory has no row in the index"),
            Some(None) => verified.add(Some(path), "the directory counts what is no number"),
            Some(Some(found)) if found != expected => {
                let text = format_args!("the directory counts {}, and has {}", Told(found), Told(expected));
                verified.add(Some(path), text);
            }
            Some(Some(_)) => {}
        }
    }
    Ok(())
}

/// With what is below each directory added to it: what is in a directory has a longer path that begins like it.
fn summed(mut dirs: BTreeMap<String, Sums>) -> BTreeMap<String, Sums> {
    let paths: Vec<String> = dirs.keys().rev().cloned().collect();
    for path in paths {
        let Some(sums) = dirs.get(&path).copied() else { continue };
        if let Some(above) = parent(&path).and_then(|parent| dirs.get_mut(parent)) {
            above.subdirs += 1;
            above.files_tree += sums.files_tree;
            above.size_tree = above.size_tree.saturating_add(sums.size_tree);
        }
    }
    dirs
}

fn sums(row: &Row<'_>) -> Result<Option<Sums>, BarecatError> {
    let count = |at| Ok::<_, BarecatError>(integer(row, at)?.and_then(|count| u64::try_from(count).ok()));
    let (Some(subdirs), Some(files), Some(files_tree), Some(size_tree)) = (count(1)?, count(2)?, count(3)?, count(4)?)
    else {
        return Ok(None);
    };
    Ok(Some(Sums { subdirs, files, files_tree, size_tree }))
}

struct Told<'a>(&'a Sums);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sums { subdirs, files, files_tree, size_tree } = self.0;
        write!(f, "{subdirs} directories and {files} files, below it {files_tree} files of {size_tree} bytes")
    }
}

fn clashes(connection: &Connection, verified: &mut Verified) -> Result<(), BarecatError> {
    let mut statement = connection.prepare("SELECT files.path FROM files JOIN dirs ON files.path=dirs.path")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        verified.add(text(row, 0).ok().as_deref(), "the path is that of a file and of a directory");
    }
    Ok(())
}

/// What SQLite itself finds, but for what is told better above.
fn sqlite_checks(connection: &Connection, verified: &mut Verified) -> Result<(), BarecatError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(100)")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            verified.add(None, format_args!("the index: {}", Printable(&line)));
        }
    }
    Ok(())
}
