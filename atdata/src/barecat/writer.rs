//! Archives that are written: made anew, as a whole or not at all, or extended, from checkpoint to checkpoint.

mod append;
mod bulk;
mod copy;
mod defrag;
mod edit;
mod output;
mod tars;
mod tree;

use std::io::Read;
use std::path::{Path, PathBuf};

use self::append::Append;
use self::bulk::Bulk;
pub use self::copy::CopyOptions;
pub use self::defrag::{DefragOptions, Defragmented, defrag};
use self::output::Output;
pub(crate) use self::tars::{TarFile, write_over_tars};
use super::error::BarecatError;
use super::node::{Entry, Metadata};
use super::path::{checked, normalise};
use super::schema::NO_LIMIT;
use crate::error::{Cause, Error, ErrorKind, Result};

/// Files between two checkpoints.
const CHECKPOINT_FILES: u64 = 10_000;
/// Bytes between two checkpoints.
const CHECKPOINT_BYTES: u64 = 256 << 20;
/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// How an archive is made.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct CreateOptions {
    shard_size_limit: Option<u64>,
    replace: bool,
}

impl CreateOptions {
    /// One shard of any size; an archive that is there is not touched.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many bytes a shard may have. No file may be larger, for none is in two shards.
    #[must_use]
    pub fn shard_size_limit(mut self, bytes: u64) -> Self {
        self.shard_size_limit = Some(bytes);
        self
    }

    /// Whether to replace an archive that is there. It is as it was until the new one is whole.
    #[must_use]
    pub fn replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    fn limit(self) -> u64 {
        self.shard_size_limit.unwrap_or(NO_LIMIT).min(NO_LIMIT)
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Added {
    /// Files.
    pub files: u64,
    /// Directories that were named, beside those that files are in.
    pub dirs: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// What was left out: pipes, sockets and devices of a folder, files of another archive that were there already.
    pub skipped: u64,
    /// Files that were removed.
    pub removed: u64,
    /// Files and directories that were given other paths.
    pub renamed: u64,
}

/// Writes an archive.
///
/// One that is [made](Self::create) is under its name when [`finish`](Self::finish) is done, with all of its shards, or not at
/// all. One that is [extended](Self::append) has its new files after each checkpoint: their bytes are on the disk before the
/// index says where they are, so that a kill loses at most what was added since.
///
/// Paths are what Python makes of them: `/a//b/./c/` is `a/b/c`. One that leads out of the archive by `..` or has a NUL in it
/// is an error, and so is one that is there already: nothing is replaced.
#[derive(Debug)]
pub struct Writer {
    name: String,
    path: PathBuf,
    // Dropped before the rows, whose connection holds the lock that it needs.
    output: Output,
    rows: Rows,
    added: Added,
    checkpoint: Checkpoint,
}

#[derive(Debug)]
struct Checkpoint {
    /// What had been added at the last one.
    at: Added,
    files: u64,
}

/// Where rows go.
#[derive(Debug)]
enum Rows {
    Bulk(Box<Bulk>),
    Append(Box<Append>),
}

impl Rows {
    /// Whether nobody else can write.
    fn is_locked(&self) -> bool {
        match self {
            Self::Bulk(_) => true,
            Self::Append(append) => append.is_locked(),
        }
    }

    fn has_file(&self, path: &str) -> Result<bool, BarecatError> {
        match self {
            Self::Bulk(bulk) => Ok(bulk.has_file(path)),
            Self::Append(append) => append.is_in("files", path),
        }
    }

    fn check_file(&mut self, path: &str) -> Result<(), BarecatError> {
        match self {
            Self::Bulk(bulk) => bulk.check_file(path),
            Self::Append(append) => append.check_file(path),
        }
    }

    fn insert_file(&mut self, path: &str, entry: Entry, metadata: &Metadata) -> Result<(), BarecatError> {
        match self {
            Self::Bulk(bulk) => bulk.insert_file(path, entry, metadata),
            Self::Append(append) => append.insert_file(path, entry, metadata),
        }
    }

    /// Whether that index is the one that is written to; one that is made has another file until it is finished.
    fn is_index(&self, path: &Path) -> bool {
        match self {
            Self::Bulk(_) => false,
            Self::Append(append) => append.is_index(path),
        }
    }

    fn insert_dir(&mut self, path: &str, metadata: &Metadata) -> Result<(), BarecatError> {
        match self {
            Self::Bulk(bulk) => bulk.insert_dir(path, metadata),
            Self::Append(append) => append.insert_dir(path, metadata),
        }
    }
}

impl Writer {
    /// Begins an archive at `path`, in a folder that must exist.
    ///
    /// Of each file 20 to 40 bytes are kept in memory until it is finished, and of each directory its path.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there is one already, or shards of one.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        Self::create_with(path, &CreateOptions::new())
    }

    /// The same with options.
    pub fn create_with(path: impl AsRef<Path>, options: &CreateOptions) -> Result<Self> {
        let limit = options.limit();
        Self::begin(path.as_ref(), |path| {
            let bulk = Bulk::create(path, limit, options.replace)?;
            Ok((Rows::Bulk(Box::new(bulk)), Output::create(path, limit)?))
        })
    }

    /// Begins to extend the archive at `path`. Until it is done other writers, Python's among them, wait and then fail; they may
    /// come in between at a checkpoint. Readers see what was there at the last one.
    ///
    /// # Errors
    /// [`Interrupted`](crate::ErrorKind::Interrupted) if somebody else writes for too long,
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for an index of another version of the schema or with triggers of its own,
    /// and where the last shard is a symlink, to a tar archive perhaps: it is not written through.
    pub fn append(path: impl AsRef<Path>) -> Result<Self> {
        Self::begin(path.as_ref(), |path| {
            let append = Append::open(path)?;
            let output = Output::append(path, append.limit()?, append.tail()?)?;
            Ok((Rows::Append(Box::new(append)), output))
        })
    }

    fn begin(path: &Path, open: impl FnOnce(&Path) -> Result<(Rows, Output), BarecatError>) -> Result<Self> {
        let name = path.to_string_lossy().into_owned();
        let (rows, output) = open(path).map_err(|cause| Error::from(cause).with_shard(&name))?;
        let checkpoint = Checkpoint { at: Added::default(), files: CHECKPOINT_FILES };
        Ok(Self { name, path: path.to_owned(), rows, output, added: Added::default(), checkpoint })
    }

    /// After how many files an archive that is extended has a checkpoint, in place of 10,000; after 256 MiB there is one as well.
    #[must_use]
    pub fn checkpoint_every(mut self, files: u64) -> Self {
        self.checkpoint.files = files.max(1);
        self
    }

    /// What was added so far.
    pub fn added(&self) -> &Added {
        &self.added
    }

    /// Adds a file.
    pub fn add(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.add_with(path, &Metadata::default(), bytes)
    }

    /// Adds a file with its mode, owner and time.
    pub fn add_with(&mut self, path: &str, metadata: &Metadata, bytes: &[u8]) -> Result<()> {
        self.add_reader(path, metadata, bytes.len() as u64, bytes)
    }

    /// Adds a file of `size` bytes, which are read in pieces.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) if there are fewer; what is behind them is left where it is.
    pub fn add_reader(&mut self, path: &str, metadata: &Metadata, size: u64, reader: impl Read) -> Result<()> {
        self.add_file(path, metadata, (size, None), reader).map_err(|cause| self.failed(path, cause))?;
        self.checkpoint_if_due()
    }

    /// The same of bytes that are to have a CRC32C.
    fn add_file(
        &mut self,
        path: &str,
        metadata: &Metadata,
        (size, expected): (u64, Option<u32>),
        reader: impl Read,
    ) -> Result<(), BarecatError> {
        let path = checked(path)?;
        if path.is_empty() {
            return Err(BarecatError::Path("the path is that of the root, which is a directory".to_owned()));
        }
        self.rows.check_file(&path)?;
        let (shard, offset) = self.output.place(size)?;
        let crc = copy(reader, size, &mut self.output)?;
        if let Some(expected) = expected.filter(|expected| *expected != crc) {
            return Err(BarecatError::Source { expected, found: crc });
        }
        let entry = Entry { shard, offset, size, crc32c: Some(crc) };
        let inserted = self.rows.insert_file(&path, entry, metadata);
        self.held(inserted)?;
        self.added.files += 1;
        self.added.bytes += size;
        Ok(())
    }

    /// Adds a directory. Those that files are in need not be added; it may be there already, and gets the metadata.
    pub fn add_dir(&mut self, path: &str, metadata: &Metadata) -> Result<()> {
        let added = self.output.check().and_then(|()| self.rows.insert_dir(&checked(path)?, metadata));
        self.held(added).map_err(|cause| self.failed(path, cause))?;
        self.added.dirs += 1;
        Ok(())
    }

    /// Removes a file, or a directory that is empty. Bytes of files stay in their shards until [`defrag`](super::defrag()).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is none, [`InvalidInput`](crate::ErrorKind::InvalidInput) for a
    /// directory that is not empty and for the root, [`Unsupported`](crate::ErrorKind::Unsupported) of an archive that is being
    /// made: it is not there yet.
    pub fn remove(&mut self, path: &str) -> Result<()> {
        self.edit(path, |append, path| Ok(Added { removed: append.remove(path, false)?, ..Added::default() }))
    }

    /// Removes a file, or a directory with all that is in it.
    ///
    /// # Errors
    /// Those of [`remove`](Self::remove).
    pub fn remove_all(&mut self, path: &str) -> Result<()> {
        self.edit(path, |append, path| Ok(Added { removed: append.remove(path, true)?, ..Added::default() }))
    }

    /// Gives a file, or a directory with all that is in it, another path. The directories above that are made if they are not
    /// there. Nothing is replaced.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is none, [`InvalidInput`](crate::ErrorKind::InvalidInput) for a path
    /// that is taken, that of the root, and one that is in the directory itself.
    pub fn rename(&mut self, old: &str, new: &str) -> Result<()> {
        self.edit(old, |append, old| {
            append.rename(old, &checked(new)?)?;
            Ok(Added { renamed: 1, ..Added::default() })
        })
    }

    fn edit(&mut self, path: &str, work: impl FnOnce(&mut Append, &str) -> Result<Added, BarecatError>) -> Result<()> {
        let edited = self.output.check().and_then(|()| match &mut self.rows {
            // Of a path that leads out of the archive as well: somebody has to be able to get rid of it.
            Rows::Append(append) => work(append, &normalise(path)),
            Rows::Bulk(_) => {
                let text = "the archive is being made: finish it, and remove and rename in what is there then";
                Err(BarecatError::Refused(text.to_owned()))
            }
        });
        let edited = self.held(edited).map_err(|cause| self.failed(path, cause))?;
        self.added.removed += edited.removed;
        self.added.renamed += edited.renamed;
        self.checkpoint_if_due()
    }

    /// Makes durable what was added to an archive that is extended. An archive that is made has nothing to keep before its end.
    pub fn checkpoint(&mut self) -> Result<()> {
        self.commit(true).map_err(|cause| Error::from(cause).with_shard(&self.name))
    }

    fn checkpoint_if_due(&mut self) -> Result<()> {
        let Checkpoint { at, files } = &self.checkpoint;
        let edits = |added: &Added| added.files + added.removed + added.renamed;
        let is_due = edits(&self.added) - edits(at) >= *files || self.added.bytes - at.bytes >= CHECKPOINT_BYTES;
        if is_due { self.checkpoint() } else { Ok(()) }
    }

    fn commit(&mut self, goes_on: bool) -> Result<(), BarecatError> {
        self.checkpoint.at = self.added;
        if let Rows::Append(append) = &mut self.rows {
            self.output.check()?;
            // Bytes before the rows that speak of them.
            self.output.sync()?;
            if let Err(cause) = append.commit() {
                // Who reads for too long may be waited for once more. Of all else is not known whether the rows are there.
                if !(cause.kind() == ErrorKind::Interrupted && append.is_locked()) {
                    self.output.committed();
                    self.output.give_up();
                }
                return Err(cause);
            }
            self.output.committed();
            if goes_on {
                let next = append.begin().and_then(|()| self.output.go_on(append.tail()?));
                // Without the lock nothing may be written.
                next.inspect_err(|_| self.output.give_up())?;
            }
        }
        Ok(())
    }

    /// Takes nothing more after an error of SQLite, which may have taken back what was added before. Bytes stay where they are if
    /// the lock is gone: others may have written behind them.
    fn held<T>(&mut self, inserted: Result<T, BarecatError>) -> Result<T, BarecatError> {
        let is_locked = self.rows.is_locked();
        if !is_locked {
            self.output.committed();
        }
        if !is_locked || matches!(inserted, Err(BarecatError::Sqlite { .. })) {
            self.output.give_up();
        }
        inserted
    }

    /// Ends the archive: all of it is on the disk then, and can be opened.
    pub fn finish(mut self) -> Result<Added> {
        let name = std::mem::take(&mut self.name);
        self.finish_rows().map_err(|cause| Error::from(cause).with_shard(&name))
    }

    fn finish_rows(mut self) -> Result<Added, BarecatError> {
        self.commit(false)?;
        let added = self.added;
        if let Rows::Bulk(bulk) = self.rows {
            bulk.finish(self.output.finish()?)?;
        }
        Ok(added)
    }

    fn failed(&self, path: &str, cause: BarecatError) -> Error {
        Error::from(cause).with_key(path).with_shard(&self.name)
    }
}

/// Copies exactly `size` bytes; their CRC32C.
fn copy(mut reader: impl Read, size: u64, output: &mut Output) -> Result<u32, BarecatError> {
    let mut crc = 0;
    let mut left = size;
    let mut buffer = vec![0; usize::try_from(size).unwrap_or(PIECE).min(PIECE)];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(PIECE).min(buffer.len());
        let room = buffer.get_mut(..wanted).unwrap_or_default();
        let read = match reader.read(room) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(BarecatError::Io { what: "read what is to be added", source }),
        };
        if read == 0 {
            return Err(BarecatError::Changed { expected: size, found: size - left });
        }
        let piece = room.get(..read).unwrap_or_default();
        crc = crc32c::crc32c_append(crc, piece);
        output.write(piece)?;
        left -= read as u64;
    }
    Ok(crc)
}
