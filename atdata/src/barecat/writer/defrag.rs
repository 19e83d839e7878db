//! Gaps between files, closed where the files are.
//!
//! Files go down to where the one before them ends, in the order of their bytes, in batches: bytes are copied and synced, then
//! their rows are committed. No byte that a committed row speaks of is written over, so that a kill at any time loses nothing.
//! Where the gap is too small for that, files behind it are first put behind all others, which makes it larger; they are
//! come to again at the end.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::params;

use super::append::Append;
use super::output::Tail;
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
    let lens = own_shards(path, &append)?;
    let before: u64 = lens.iter().sum();
    let mut done = Defragmented { gaps: before.saturating_sub(taken(&append)?), ..Defragmented::default() };
    if options.dry_run || done.gaps == 0 {
        return Ok(done);
    }
    let (limit, tail) = (append.limit()?, append.tail()?);
    let nowhere = Tail { shard: 0, end: 0 };
    let (shards, buffer) = (HashMap::new(), vec![0; PIECE]);
    let mut defrag = Defrag {
        archive: path,
        append,
        limit,
        tail,
        shards,
        to: nowhere,
        safe: None,
        batch: 0,
        at_once,
        buffer,
        done,
        progress,
    };
    while !defrag.all()? {}
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

impl Defrag<'_> {
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

    fn open(&mut self, number: u32) -> Result<(), BarecatError> {
        if self.shards.contains_key(&number) {
            return Ok(());
        }
        if number >= MAX_SHARDS {
            let text = format!("an archive has at most {MAX_SHARDS} shards: make another one with larger ones");
            return Err(BarecatError::Refused(text));
        }
        // Those that were written to are synced before they are closed.
        if self.shards.len() >= OPEN {
            self.sync()?;
            self.shards.clear();
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
            let cut = File::options()
                .write(true)
                .open(shard_path(self.archive, number))
                .and_then(|shard| if shard.metadata()?.len() > end { shard.set_len(end) } else { Ok(()) });
            cut.map_err(|source| failed(self.archive, number, "cut", source))?;
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

/// Bytes of shards that files have; none is counted twice.
fn taken(append: &Append) -> Result<u64, BarecatError> {
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
    let mut magic = [0; 5];
    let read = File::open(&path).and_then(|mut file| {
        file.seek(SeekFrom::Start(257))?;
        file.read_exact(&mut magic)
    });
    // The header of a tar archive is in no file; of one that is a file of the archive it is.
    if read.is_ok() && &magic == b"ustar" {
        let sql = "SELECT EXISTS(SELECT 1 FROM files WHERE shard=?1 AND offset<512 AND size>0)";
        if !append.connection().query_row(sql, [number], |row| row.get::<_, bool>(0))? {
            return refused("a tar archive");
        }
    }
    Ok(found.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::PathBuf;

    use super::*;
    use crate::barecat::{Archive, CreateOptions, VerifyOptions, Writer};
    use crate::error::ErrorKind;

    type Files = BTreeMap<String, Vec<u8>>;

    /// An archive with gaps, and what is in it.
    fn with_gaps(folder: &Path, limit: u64, is_kept: impl Fn(usize) -> bool) -> (PathBuf, Files) {
        let path = folder.join("a.barecat");
        let options = CreateOptions::new().shard_size_limit(limit).replace(true);
        let mut writer = Writer::create_with(&path, &options).unwrap();
        let mut files = Files::new();
        for n in 0..60_usize {
            let (name, bytes) = (format!("d{}/{n}", n % 4), vec![u8::try_from(n).unwrap(); n * 13 % 97]);
            writer.add(&name, &bytes).unwrap();
            files.insert(name, bytes);
        }
        writer.finish().unwrap();
        let mut writer = Writer::append(&path).unwrap();
        for n in (0..60_usize).filter(|n| !is_kept(*n)) {
            let name = format!("d{}/{n}", n % 4);
            writer.remove(&name).unwrap();
            files.remove(&name);
        }
        writer.finish().unwrap();
        (path, files)
    }

    #[track_caller]
    fn check(path: &Path, files: &Files) -> u64 {
        let archive = Archive::open(path).unwrap();
        let verified = archive.verify(&VerifyOptions::new()).unwrap();
        assert!(verified.is_sound(), "{:?}", verified.problems);
        assert_eq!(verified.files, files.len() as u64);
        for (name, bytes) in files {
            assert_eq!(archive.get(name).unwrap(), *bytes, "{name}");
        }
        verified.unused
    }

    #[test]
    fn gaps_are_closed_and_files_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let keeps: [fn(usize) -> bool; 5] = [|n| n % 2 == 0, |n| n % 7 != 3, |n| n > 0, |n| n > 40, |n| n < 3];
        for limit in [100, 250, 100_000] {
            for is_kept in keeps {
                for at_once in [1, 100, BATCH] {
                    let (path, files) = with_gaps(folder.path(), limit, is_kept);
                    let dry = run(&path, DefragOptions::new().dry_run(true), at_once, &mut |_| ()).unwrap();
                    assert_eq!(check(&path, &files), dry.gaps);
                    let done = run(&path, DefragOptions::new(), at_once, &mut |_| ()).unwrap();
                    assert_eq!((done.gaps, check(&path, &files)), (dry.gaps, 0), "{limit} {at_once}");
                    assert_eq!(done.freed, done.gaps);
                    assert_eq!(run(&path, DefragOptions::new(), at_once, &mut |_| ()).unwrap().moved, 0);
                }
            }
        }
    }

    #[test]
    fn whenever_it_ends_no_byte_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        for (limit, at_once) in [(300, 60), (100_000, 200), (100_000, 1)] {
            let mut end = 1;
            loop {
                let (path, files) = with_gaps(folder.path(), limit, |n| n % 3 != 1);
                let mut left = end;
                let ended = catch_unwind(AssertUnwindSafe(|| {
                    run(&path, DefragOptions::new(), at_once, &mut |_| {
                        left -= 1;
                        assert!(left > 0, "the end of this process");
                    })
                }));
                check(&path, &files);
                if ended.is_ok() {
                    break;
                }
                // Who comes after it goes on.
                run(&path, DefragOptions::new(), at_once, &mut |_| ()).unwrap();
                assert_eq!(check(&path, &files), 0);
                end += 1;
            }
            assert!(end > 20);
        }
    }

    #[test]
    fn what_is_not_the_archives_alone_is_not_moved() {
        let folder = tempfile::tempdir().unwrap();
        let (path, files) = with_gaps(folder.path(), 100_000, |n| n % 2 == 0);
        let shard = shard_path(&path, 0);
        let other = folder.path().join("other");
        let refused = |text: &str| {
            let error = defrag(&path, &DefragOptions::new(), &mut |_| ()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(text), "{error}");
            check(&path, &files);
        };
        fs::hard_link(&shard, &other).unwrap();
        #[cfg(unix)]
        refused("other names");
        fs::remove_file(&shard).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("other", &shard).unwrap();
            refused("symlink");
            fs::remove_file(&shard).unwrap();
        }
        // As the members of a tar archive are behind their headers.
        let mut tar = vec![0; 512];
        tar[257..262].copy_from_slice(b"ustar");
        tar.extend(fs::read(&other).unwrap());
        fs::write(&shard, tar).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute("UPDATE files SET offset=offset+512", []).unwrap();
        drop(connection);
        refused("a tar archive");
    }
}
