//! Gaps between files, closed where the files are.
//!
//! Files go down to where the one before them ends, in the order of their bytes, in batches: bytes are copied and synced, then
//! their rows are committed. No byte that a committed row speaks of is written over, so that a kill at any time loses nothing.
//! Where the gap is too small for that, files behind it are first put behind all others, which makes it larger; they are
//! come to again at the end. Until then they take as much disk again: up to a batch for each shard that has gaps.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::params;

use super::append::Append;
use super::output::Tail;
use crate::archive::tar::emit::BLOCK;
use crate::archive::tar::is_header;
use crate::atomic::{folder_of, sync_folder};
use crate::barecat::error::BarecatError;
use crate::barecat::node::{FileInfo, MAX_SHARDS, signed};
use crate::barecat::shards::{last_shard, shard_path};
use crate::barecat::verify::{Place, page};
use crate::error::{Error, Result};

/// What is moved between two commits, if there is room for it.
const BATCH: u64 = 64 << 20;
/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;
/// Shards that are open at a time.
const OPEN: usize = 64;

/// How [`defrag`] goes about it.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct DefragOptions {
    /// Nothing is moved.
    pub dry_run: bool,
}

impl DefragOptions {
    /// All gaps are closed.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to say only what there would be to gain.
    #[must_use]
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }
}

/// What [`defrag`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Defragmented {
    /// Times that a file was moved.
    pub moved: u64,
    /// Bytes of them.
    pub moved_bytes: u64,
    /// Bytes of shards that no file had before.
    pub gaps: u64,
    /// Bytes by which the shards are shorter now.
    pub freed: u64,
}

/// Closes the gaps that removed and replaced files have left in the shards of an archive, where it is. It is locked
/// meanwhile, but for moments between two batches. A kill loses nothing; who reads at the same time by rows that they read
/// before is told of wrong checksums.
///
/// `progress` is told of bytes that were moved.
///
/// # Errors
/// [`Unsupported`](crate::ErrorKind::Unsupported), before anything is moved, for shards that are tar archives, symlinks, or
/// files with other names: what is not the archive's alone stays as it is.
/// [`Corrupt`](crate::ErrorKind::Corrupt) for rows that cannot be right.
pub fn defrag(path: impl AsRef<Path>, options: &DefragOptions, progress: &mut dyn FnMut(u64)) -> Result<Defragmented> {
    let path = path.as_ref();
    run(path, *options, BATCH, progress).map_err(|cause| Error::from(cause).with_shard(&path.to_string_lossy()))
}

fn run(
    path: &Path,
    options: DefragOptions,
    at_once: u64,
    progress: &mut dyn FnMut(u64),
) -> Result<Defragmented, BarecatError> {
    let append = Append::open(path)?;
    let (before, taken) = measured(path, &append)?;
    let mut done = Defragmented { gaps: before.saturating_sub(taken), ..Defragmented::default() };
    if options.dry_run || done.gaps == 0 {
        return Ok(done);
    }
    let mut defrag = Defrag::new(path, append, at_once, progress)?;
    defrag.done = done;
    while !defrag.all()? {
        defrag.look_anew()?;
    }
    defrag.cut()?;
    done = defrag.done;
    let after: u64 = own_shards(path, &defrag.append)?.iter().sum();
    done.freed = before.saturating_sub(after);
    Ok(done)
}

struct Defrag<'a> {
    archive: &'a Path,
    append: Append,
    limit: u64,
    /// Where the archive ended before.
    tail: Tail,
    shards: HashMap<u32, File>,
    /// Where the files end that are in their places.
    to: Tail,
    /// From here on there are bytes that committed rows speak of, though files were moved away.
    safe: Option<Tail>,
    /// Bytes that were moved since the last commit.
    batch: u64,
    at_once: u64,
    buffer: Vec<u8>,
    done: Defragmented,
    progress: &'a mut dyn FnMut(u64),
}

impl<'a> Defrag<'a> {
    fn new(
        archive: &'a Path,
        append: Append,
        at_once: u64,
        progress: &'a mut dyn FnMut(u64),
    ) -> Result<Self, BarecatError> {
        let (limit, tail) = (append.limit()?, append.tail()?);
        Ok(Self {
            archive,
            append,
            limit,
            tail,
            shards: HashMap::new(),
            to: Tail { shard: 0, end: 0 },
            safe: None,
            batch: 0,
            at_once,
            buffer: vec![0; PIECE],
            done: Defragmented::default(),
            progress,
        })
    }

    /// Another process came in between: shards may be others under the names of those that were open, or somebody else's as well.
    fn look_anew(&mut self) -> Result<(), BarecatError> {
        self.shards.clear();
        measured(self.archive, &self.append)?;
        (self.limit, self.tail) = (self.append.limit()?, self.append.tail()?);
        Ok(())
    }

    /// Moves all files, in the order of their bytes; `false` if another process came in between, and all has to be looked at anew.
    fn all(&mut self) -> Result<bool, BarecatError> {
        self.to = Tail { shard: 0, end: 0 };
        let mut after: Option<Place> = None;
        loop {
            let rows = page(self.append.connection(), after)?;
            if rows.is_empty() {
                break;
            }
            for (place, found) in rows {
                let file = found.map_err(|(_, cause)| cause)?;
                if self.is_to_commit(&file) && !self.commit()? {
                    return Ok(false);
                }
                self.file(place, &file)?;
                after = Some(place);
            }
        }
        self.commit()
    }

    /// Where the file belongs; `None` where it stays.
    fn place_of(&self, file: &FileInfo) -> Option<Tail> {
        let mut to = self.to;
        if to.shard < file.shard && to.end > 0 && !self.is_within(to, file.size) {
            to = Tail { shard: to.shard + 1, end: 0 };
        }
        // Otherwise it is in its place, or shares bytes with another.
        (to < Tail { shard: file.shard, end: file.offset }).then_some(to)
    }

    fn is_within(&self, to: Tail, size: u64) -> bool {
        to.end.checked_add(size).is_some_and(|end| end <= self.limit)
    }

    fn is_to_commit(&self, file: &FileInfo) -> bool {
        let is_in_the_way = |to| self.safe.is_some_and(|safe| !fits(to, file.size, safe));
        self.batch >= self.at_once || self.place_of(file).is_some_and(is_in_the_way)
    }

    fn file(&mut self, (.., row): Place, file: &FileInfo) -> Result<(), BarecatError> {
        let from = Tail { shard: file.shard, end: file.offset };
        let Some(to) = self.place_of(file) else {
            let end = file.offset.saturating_add(file.size);
            self.to =
                Tail { shard: file.shard, end: if self.to.shard == file.shard { self.to.end.max(end) } else { end } };
            return Ok(());
        };
        // A small gap would be filled, and waited for, again and again. What was put behind already is in the last one.
        let is_small =
            to.shard == from.shard && from.end - to.end < self.at_once && from < self.tail && self.safe.is_none();
        if fits(to, file.size, from) && !is_small {
            self.copy(file, to)?;
            self.set(row, to)?;
            self.to = Tail { shard: to.shard, end: to.end + file.size };
        } else {
            let mut tail = self.append.tail()?;
            if tail.end > 0 && !self.is_within(tail, file.size) {
                tail = Tail { shard: tail.shard + 1, end: 0 };
            }
            self.copy(file, tail)?;
            self.set(row, tail)?;
        }
        self.safe = self.safe.or(Some(from));
        self.done.moved += 1;
        self.done.moved_bytes += file.size;
        self.batch += file.size;
        (self.progress)(file.size);
        Ok(())
    }

    fn set(&self, row: i64, to: Tail) -> Result<(), BarecatError> {
        let sql = "UPDATE files SET shard=?2, offset=?3 WHERE rowid=?1";
        self.append.connection().prepare_cached(sql)?.execute(params![row, to.shard, signed(to.end)])?;
        Ok(())
    }

    fn copy(&mut self, file: &FileInfo, to: Tail) -> Result<(), BarecatError> {
        self.make_room([file.shard, to.shard])?;
        self.open(file.shard)?;
        self.open(to.shard)?;
        let mut at = 0;
        while at < file.size {
            let wanted = usize::try_from(file.size - at).unwrap_or(PIECE).min(PIECE);
            let piece = self.buffer.get_mut(..wanted).unwrap_or_default();
            transfer(&mut self.shards, file.shard, |shard| {
                shard.seek(SeekFrom::Start(file.offset + at))?;
                shard.read_exact(piece)
            })
            .map_err(|source| failed(self.archive, file.shard, "read", source))?;
            transfer(&mut self.shards, to.shard, |shard| {
                shard.seek(SeekFrom::Start(to.end + at))?;
                shard.write_all(piece)
            })
            .map_err(|source| failed(self.archive, to.shard, "write", source))?;
            at += wanted as u64;
        }
        Ok(())
    }

    /// That both can be open at the same time. Those that were written to are synced before they are closed.
    fn make_room(&mut self, both: [u32; 2]) -> Result<(), BarecatError> {
        let more = both.iter().filter(|number| !self.shards.contains_key(*number)).count();
        if self.shards.len() + more > OPEN {
            self.sync()?;
            self.shards.clear();
        }
        Ok(())
    }

    fn open(&mut self, number: u32) -> Result<(), BarecatError> {
        if self.shards.contains_key(&number) {
            return Ok(());
        }
        if number >= MAX_SHARDS {
            let text = format!("an archive has at most {MAX_SHARDS} shards: make another one with larger ones");
            return Err(BarecatError::Refused(text));
        }
        let path = shard_path(self.archive, number);
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|source| failed(self.archive, number, "open", source))?;
        self.shards.insert(number, file);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), BarecatError> {
        for (number, shard) in &self.shards {
            shard.sync_data().map_err(|source| failed(self.archive, *number, "write", source))?;
        }
        let folder = folder_of(self.archive);
        sync_folder(folder).map_err(|source| BarecatError::Io { what: "sync the folder of the shards", source })
    }

    /// Bytes, then their rows. Whether nobody else has changed the index before it was locked again.
    fn commit(&mut self) -> Result<bool, BarecatError> {
        if self.batch == 0 && self.safe.is_none() {
            return Ok(true);
        }
        self.sync()?;
        let before = self.version()?;
        self.append.commit()?;
        self.append.begin()?;
        (self.safe, self.batch) = (None, 0);
        Ok(self.version()? == before)
    }

    /// A number that changes when another connection commits.
    fn version(&self) -> Result<i64, BarecatError> {
        Ok(self.append.connection().query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// Cuts shards off behind their last files.
    fn cut(&mut self) -> Result<(), BarecatError> {
        self.shards.clear();
        let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
        let mut statement =
            self.append.connection().prepare("SELECT shard, max(offset+size) FROM files GROUP BY shard")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            ends.insert(row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(u64::MAX));
        }
        let used = ends.last_key_value().map_or(0, |(shard, _)| *shard);
        let last = last_shard(self.archive)?.unwrap_or(0);
        // From the end on: a hole in their numbers keeps Python from opening the rest.
        for number in (used + 1..=last).rev() {
            let removed = fs::remove_file(shard_path(self.archive, number));
            removed.map_err(|source| failed(self.archive, number, "remove", source))?;
        }
        for number in 0..=used {
            let end = ends.get(&number).copied().unwrap_or(0);
            let path = shard_path(self.archive, number);
            let cut = || {
                // One that is as long as its files may be nobody's to write to.
                let is_longer = fs::metadata(&path)?.len() > end;
                if is_longer { File::options().write(true).open(&path)?.set_len(end) } else { Ok(()) }
            };
            cut().map_err(|source| failed(self.archive, number, "cut", source))?;
        }
        Ok(())
    }
}

/// Whether so many bytes at one place end before the other.
fn fits(to: Tail, size: u64, before: Tail) -> bool {
    let end = to.end.checked_add(size);
    to.shard < before.shard || (to.shard == before.shard && end.is_some_and(|end| end <= before.end))
}

fn transfer(
    shards: &mut HashMap<u32, File>,
    number: u32,
    work: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    shards.get_mut(&number).map_or_else(|| Err(io::ErrorKind::NotFound.into()), work)
}

fn failed(archive: &Path, shard: u32, what: &'static str, source: io::Error) -> BarecatError {
    BarecatError::ShardIo { what, shard: shard_path(archive, shard).to_string_lossy().into_owned(), source }
}

/// The bytes of all shards, and those of them that files have. Fails for shards that are somebody else's as well.
fn measured(archive: &Path, append: &Append) -> Result<(u64, u64), BarecatError> {
    let lens = own_shards(archive, append)?;
    Ok((lens.iter().sum(), taken(archive, append, &lens)?))
}

/// Bytes of shards that files have; none is counted twice. Fails for files that have bytes where there are none.
fn taken(archive: &Path, append: &Append, lens: &[u64]) -> Result<u64, BarecatError> {
    let (mut taken, mut to, mut after) = (0, Tail { shard: 0, end: 0 }, None);
    loop {
        let rows = page(append.connection(), after)?;
        let Some((last, _)) = rows.last() else { return Ok(taken) };
        after = Some(*last);
        for (_, found) in rows {
            let FileInfo { shard, offset, size, .. } = found.map_err(|(_, cause)| cause)?;
            if shard != to.shard {
                to = Tail { shard, end: 0 };
            }
            let end = offset.saturating_add(size);
            let len = lens.get(shard as usize).copied().unwrap_or(0);
            if end > len && size > 0 {
                let shard = shard_path(archive, shard).to_string_lossy().into_owned();
                return Err(BarecatError::Beyond { shard, offset, size, len });
            }
            taken += end.saturating_sub(offset.max(to.end));
            to.end = to.end.max(end);
        }
    }
}

/// The sizes of all shards, of which none is anybody else's as well.
fn own_shards(archive: &Path, append: &Append) -> Result<Vec<u64>, BarecatError> {
    let Some(last) = last_shard(archive)? else { return Ok(Vec::new()) };
    (0..=last).map(|number| own_shard(archive, number, append)).collect()
}

fn own_shard(archive: &Path, number: u32, append: &Append) -> Result<u64, BarecatError> {
    let path = shard_path(archive, number);
    let refused = |is: &str| {
        let text = format!("the shard \"{}\" is {is}, of which no byte is moved; make another archive", path.display());
        Err(BarecatError::Refused(text))
    };
    let open = |source| BarecatError::Shard { shard: path.to_string_lossy().into_owned(), source };
    let found = fs::symlink_metadata(&path).map_err(open)?;
    if found.is_symlink() {
        return refused("a symlink, maybe to a tar archive");
    }
    if !found.is_file() {
        return refused("no regular file");
    }
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&found) > 1 {
        return refused("a file that has other names");
    }
    if is_tar(&path, number, append)? {
        return refused("a tar archive");
    }
    Ok(found.len())
}

/// Whether the shard is a tar archive whose members are the files, and not one that has, or had, a tar archive as a file.
fn is_tar(path: &Path, number: u32, append: &Append) -> Result<bool, BarecatError> {
    let block = |at| {
        let mut block = [0; BLOCK];
        let read = File::open(path).and_then(|mut file| {
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut block)
        });
        read.ok().map(|()| block)
    };
    if block(0).is_none_or(|block| block.get(257..262) != Some(&b"ustar"[..])) {
        return Ok(false);
    }
    let sql = "SELECT min(offset) FROM files WHERE shard=?1 AND size>0";
    let first: Option<i64> = append.connection().query_row(sql, [number], |row| row.get(0))?;
    // Of a shard without files nobody knows.
    let Some(first) = first else { return Ok(true) };
    // The header of a member is right before its bytes. Its size may be that of an extended header, and is not compared.
    let before = u64::try_from(first).ok().and_then(|first| first.checked_sub(BLOCK as u64));
    Ok(before.and_then(block).is_some_and(|block| is_header(&block)))
}

#[cfg(test)]
mod tests;
