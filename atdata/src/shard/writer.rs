//! Writing shards: plain tar files that appear whole or not at all.
//!
//! A write makes one file, or numbered ones if [`WriteOptions`] sets a limit. Files get their names when the write is
//! finished, all together, and replace what has these names only then: one that fails or is dropped before leaves
//! everything as it was, and one that is killed leaves at most hidden files (`.name.….tmp`) beside the future names:
//!
//! - of the oldest shards, where there are more than 128 or the system has no more open files to give, for each shard
//!   without a name holds one;
//! - of all shards, where the system has no nameless files (not Linux, or a file system without them), and while the
//!   shards get their names.
//!
//! Giving many files their names takes a call of the system for each. Should the process be killed just then, some have
//! their names and others are hidden files still, with a hidden journal that says what they are called: the next write
//! to the folder, or [`sweep`](crate::shard::sweep), finishes it. Of shards in several folders it finishes all, whichever
//! of the folders it is that somebody comes to first.
//!
//! A write into a [store](crate::store) makes numbered objects, which appear when it is finished one after the other.
//!
//! Where a key is not given it is a `UUIDv7`: those of one write sort in the order they were written.

mod commit;
mod file;
mod keys;
mod listener;
mod naming;
mod options;
mod output;
mod target;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, io};

use bytes::Bytes;

pub use self::listener::{Listener, WrittenMember, WrittenSample};
pub use self::options::{ShardInfo, WriteOptions};

use self::commit::Commit;
use self::file::ShardFile;
use self::keys::Keys;
use self::naming::Naming;
use self::options::Limits;
use self::output::Output;
use self::target::{Target, object_name};
use super::PAYLOAD;
use super::contents::{Builder, Contents, Place};
use crate::archive::compression::Codec;
use crate::archive::tar::emit::{self, Emitter, Opened};
use crate::atomic::{self, AtomicFile};
use crate::digest::{BLOCK, Digest, new_block};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::store::Store;

/// Writes packed samples to shards. Dropped without [`finish`](Self::finish) it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct ShardSink {
    target: Target,
    limits: Option<Limits>,
    emitter: Emitter,
    keys: Keys,
    /// Samples that were written, to all shards.
    unfinished: Unfinished,
    /// Whole members that are not yet in the file, and behind them the one that is being packed.
    block: Vec<u8>,
    /// Bytes of the whole members.
    filled: usize,
    /// Where the members of the last sample went, if somebody asks.
    written: Option<Vec<WrittenMember>>,
    /// What goes beside the shard that is being written, if that is wanted.
    contents: Option<Builder>,
    /// `None` after a failure: the sink is of no more use. Goes before `commit`, which removes the folder.
    file: Option<ShardFile>,
    commit: Commit,
}

impl ShardSink {
    /// Begins a write to `pattern`: the path of the one file or, with a limit, the pattern of many.
    ///
    /// With a limit `%d` or `%06d` in the path stands for the number of the shard, counted from 0, and `%%` for a
    /// percent sign; without a pattern `-%06d` goes before the suffix. Missing folders are made.
    pub(crate) fn create(pattern: &Path, options: &WriteOptions) -> Result<Self> {
        let limits = options.limits()?;
        let emitter = Emitter::new(options.header_time()?);
        let target = Target::files(pattern, limits.is_some())?;
        let mut sink = Self::begin(target, limits, emitter, options.digest())?;
        if options.wants_contents() {
            if Codec::of(&sink.target.place(0).path)? != Codec::Plain {
                return Err(Error::from(WriteError::NoContents { of: "a compressed shard" })
                    .with_shard(&pattern.to_string_lossy()));
            }
            sink.contents = Some(Builder::default());
            sink.remember();
        }
        Ok(sink)
    }

    /// Begins a write of numbered objects below `prefix`: `{prefix}/data--{unique}--{number:06}.tar`. A limit that is not
    /// set is that of Python.
    ///
    /// The bytes of a shard go to the store while samples are packed; all objects appear when the write is finished,
    /// one after the other, and are removed again should a later one be refused.
    pub(crate) fn in_store(store: Arc<dyn Store>, prefix: &str, options: &WriteOptions) -> Result<Self> {
        if options.wants_contents() {
            return Err(WriteError::NoContents { of: "shards in a store" }.into());
        }
        let limits = options.limits()?.unwrap_or_default();
        let emitter = Emitter::new(options.header_time()?);
        Self::begin(Target::store(store, prefix)?, Some(limits), emitter, options.digest())
    }

    fn begin(target: Target, limits: Option<Limits>, emitter: Emitter, digest: Option<Digest>) -> Result<Self> {
        let commit = Commit::new(match &target {
            Target::Files(_) => None,
            Target::Store { store, .. } => Some(Arc::clone(store)),
        });
        let keys = Keys::default();
        let mut sink = Self {
            target,
            limits,
            emitter,
            keys,
            unfinished: Unfinished::default(),
            block: new_block(),
            filled: 0,
            written: None,
            contents: None,
            file: None,
            commit,
        };
        sink.next_file(digest)?;
        Ok(sink)
    }

    /// Appends one sample under `key`, or a new one.
    ///
    /// `fill` appends the payload to the buffer it is given, and leaves alone what is in it. If it fails, or the key is
    /// invalid, the sink is as it was before. The error then names the shard, and the sample by its key; where that was
    /// made here, and never seen by the caller, by the number of the sample, counted from 0 over the whole write.
    pub(crate) fn append(&mut self, key: Option<&str>, fill: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.begin_sample()?;
        if let Err(error) = self.pack(key, fill) {
            let samples = self.unfinished.samples;
            let error = if key.is_some() { error } else { error.with_key(&format!("made for sample {samples}")) };
            return Err(error.with_shard(&self.target.place(self.commit.len()).url));
        }
        self.end_sample()
    }

    /// [`append`](Self::append) for a sample that `split` makes several members of, names and contents.
    pub(crate) fn append_split<'a>(
        &mut self,
        key: Option<&str>,
        split: impl FnOnce() -> Result<(Option<String>, Vec<(&'a str, Bytes)>)>,
    ) -> Result<()> {
        self.begin_sample()?;
        let put = split().map_err(|error| within(error, key)).and_then(|(own, members)| {
            let key = key.or(own.as_deref());
            self.put(key, &members).map_err(|error| within(error, key))
        });
        if let Err(error) = put {
            let samples = self.unfinished.samples;
            let error = if key.is_some() { error } else { error.with_key(&format!("made for sample {samples}")) };
            return Err(error.with_shard(&self.target.place(self.commit.len()).url));
        }
        self.end_sample()
    }

    /// Puts members behind the whole ones in the block.
    fn put(&mut self, key: Option<&str>, members: &[(&str, Bytes)]) -> Result<()> {
        self.keys.member(key)?;
        for (field, content) in members {
            self.put_member(field, content);
        }
        Ok(())
    }

    fn begin_sample(&mut self) -> Result<()> {
        if self.file.is_none() {
            return Err(WriteError::Broken.into());
        }
        // What a panic in an encoder may have left.
        self.block.truncate(self.filled);
        if let Some(written) = &mut self.written {
            written.clear();
        }
        Ok(())
    }

    /// Samples that were written, to all shards.
    pub(crate) fn samples(&self) -> u64 {
        self.unfinished.samples
    }

    /// From now on remembers where each sample goes.
    pub(crate) fn remember(&mut self) {
        self.written.get_or_insert_default();
    }

    /// Where the last sample went.
    pub(crate) fn last(&self) -> WrittenSample<'_> {
        let (members, url) =
            (self.written.as_deref().unwrap_or_default(), self.file.as_ref().map_or("", ShardFile::url));
        WrittenSample::new(self.commit.len(), url, self.keys.last(), members)
    }

    /// Ends the write: nothing more is taken.
    pub(crate) fn fail(&mut self) {
        self.unfinished.is_told = true;
        self.file = None;
    }

    /// Notes the member that was closed last, its place counted from the begin of its sample.
    fn note(&mut self, member: &Opened, field: &str, size: usize) {
        let Some(written) = &mut self.written else { return };
        let data = self.block.len() - size.next_multiple_of(emit::BLOCK);
        let content = self.block.get(data..data + size).unwrap_or_default();
        written.push(WrittenMember {
            field: field.to_owned(),
            header: (member.start() - self.filled) as u64,
            data: (data - self.filled) as u64,
            size: size as u64,
            crc32c: crc32c::crc32c(content),
            header_crc32c: crc32c::crc32c(self.block.get(data - emit::BLOCK..data).unwrap_or_default()),
        });
    }

    fn end_sample(&mut self) -> Result<()> {
        self.keys.accept();
        self.unfinished.samples += 1;
        let placed = self.place().and_then(|()| self.describe());
        if placed.is_err() {
            self.unfinished.is_told = true;
            self.file = None;
        }
        placed
    }

    /// Adds the last sample to the contents of its shard.
    fn describe(&mut self) -> Result<()> {
        let Some(mut contents) = self.contents.take() else { return Ok(()) };
        let last = self.last();
        let start = last.members.first().map_or(0, |first| first.header);
        let places = last.members.iter().map(|member| Place {
            field: &member.field,
            data: member.data,
            size: member.size,
            header_crc32c: member.header_crc32c,
            crc32c: member.crc32c,
        });
        let described = contents.push(start, last.key, places);
        let described = described.map_err(|error| error.with_key(last.key).with_shard(last.url));
        self.contents = Some(contents);
        described
    }

    /// Begins another shard, where there may be more than one, if the sample before has the same `key`, as the last of one
    /// shard that is copied and the first of the next may: readers would take both for one.
    pub(crate) fn keep_apart(&mut self, key: &str) -> Result<()> {
        self.begin_sample()?;
        if self.limits.is_none() || !self.keys.repeats(key) {
            return Ok(());
        }
        if let Err(error) = self.start_next() {
            self.file = None;
            return Err(error);
        }
        self.filled = self.block.len();
        self.keys = Keys::default();
        Ok(())
    }

    /// [`append`](Self::append) for a sample that is packed already, with all the members that it has elsewhere: their
    /// fields and contents. It is [kept apart](Self::keep_apart) from one of the same key.
    pub(crate) fn append_members<'a>(
        &mut self,
        key: &str,
        members: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<()> {
        self.keep_apart(key)?;
        if let Err(error) = self.keys.member_of_copy(key) {
            return Err(error.with_shard(&self.target.place(self.commit.len()).url));
        }
        for (field, content) in members {
            self.put_member(field, content);
        }
        self.end_sample()
    }

    fn put_member(&mut self, field: &str, content: &[u8]) {
        let member = self.emitter.open(&mut self.block, self.keys.name_of(field));
        self.block.extend_from_slice(content);
        self.emitter.close(&mut self.block, &member);
        self.note(&member, field, content.len());
    }

    /// Gives all shards their names.
    pub(crate) fn finish(mut self) -> Result<Outcome> {
        self.unfinished.is_told = true;
        // What a panic in an encoder may have left.
        self.block.truncate(self.filled);
        let file = self.file.take().ok_or(WriteError::Broken)?;
        if file.is_empty() {
            return Err(Error::from(WriteError::Empty).with_shard(&self.target.place(0).url));
        }
        self.finish_file(file)?;
        let leftover = self.target.leftover(self.commit.len());
        let shards = self.commit.commit()?;
        if let [first, ..] = &leftover[..] {
            let count = leftover.len();
            log::warn!(
                "{}: left, of {count}, from an earlier write of more shards; patterns may match it too",
                first.display()
            );
        }
        Ok(Outcome { shards, leftover })
    }

    /// Ends the write without its shards, which is on purpose.
    pub(crate) fn discard(mut self) {
        self.unfinished.is_told = true;
    }

    /// Puts the member behind the whole ones in the block.
    fn pack(&mut self, key: Option<&str>, fill: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let member = self.emitter.open(&mut self.block, self.keys.member(key)?);
        let packed = fill(&mut self.block);
        if self.block.len() < member.payload() {
            // Members before this one are lost.
            self.file = None;
            return Err(within(WriteError::Shortened.into(), key));
        }
        if let Err(error) = packed {
            self.block.truncate(self.filled);
            return Err(within(error, key));
        }
        let size = self.block.len() - member.payload();
        self.emitter.close(&mut self.block, &member);
        self.note(&member, PAYLOAD, size);
        Ok(())
    }

    /// Counts the packed member to this shard or the next, and passes on a full block.
    fn place(&mut self) -> Result<()> {
        let size = (self.block.len() - self.filled) as u64;
        if self.limits.zip(self.file.as_ref()).is_some_and(|(limits, file)| file.is_full_for(size, limits)) {
            self.start_next()?;
        }
        let Some(file) = &mut self.file else { return Err(WriteError::Broken.into()) };
        for member in self.written.iter_mut().flatten() {
            member.header += file.members();
            member.data += file.members();
        }
        file.count(size);
        if self.block.len() >= BLOCK {
            file.write_block(&mut self.block).map_err(|error| self.failed(Step::Write, error))?;
        }
        self.filled = self.block.len();
        Ok(())
    }

    /// Ends this shard before the packed member, which begins the next.
    fn start_next(&mut self) -> Result<()> {
        let member = self.block.get(self.filled..).map(<[u8]>::to_vec).unwrap_or_default();
        self.block.truncate(self.filled);
        let file = self.file.take().ok_or(WriteError::Broken)?;
        let digest = self.finish_file(file)?;
        self.next_file(digest)?;
        self.block.extend_from_slice(&member);
        Ok(())
    }

    fn finish_file(&mut self, file: ShardFile) -> Result<Option<Digest>> {
        let finished = file.finish(&mut self.block).map_err(|error| self.failed(Step::Write, error))?;
        let sidecar = match &mut self.contents {
            Some(contents) => Some(contents.finish(finished.info.bytes)),
            None => None,
        };
        let sidecar = sidecar.map(|contents| self.begin_sidecar(&finished.info.path, &contents)).transpose()?;
        self.commit.push(finished, sidecar)
    }

    fn next_file(&mut self, digest: Option<Digest>) -> Result<()> {
        let number = self.commit.len();
        let place = self.target.place(number);
        let codec = Codec::of(&place.path)?;
        let output = match &self.target {
            Target::Files(_) => self.begin_file(&place.path)?,
            Target::Store { store, stem } => {
                Output::Upload(store.create(&object_name(stem, number)).map_err(|error| error.with_shard(&place.url))?)
            }
        };
        let file = ShardFile::new(place, output, codec, digest).map_err(|error| self.failed(Step::Create, error))?;
        self.file = Some(file);
        Ok(())
    }

    fn begin_file(&mut self, path: &Path) -> Result<Output> {
        if let Some(found) = atomic::irregular(path) {
            return Err(Error::from(WriteError::Irregular { found }).with_shard(&path.to_string_lossy()));
        }
        self.commit.make_folder(path).map_err(|error| failed(Step::Folder, error, &path.to_string_lossy()))?;
        let file = self.create_file(path).map_err(|error| failed(Step::Create, error, &path.to_string_lossy()))?;
        Ok(Output::File(file))
    }

    /// The sidecar of a shard, whole but without its name.
    fn begin_sidecar(&mut self, shard: &Path, contents: &Contents) -> Result<AtomicFile> {
        let path = Contents::path_of(shard);
        let mut write = || {
            let mut file = self.create_file(&path)?;
            file.write_all(contents.as_bytes())?;
            file.sync()?;
            Ok(file)
        };
        write().map_err(|error| failed(Step::Contents, error, &path.to_string_lossy()))
    }

    /// Closes the files of earlier shards where no other can be opened.
    fn create_file(&mut self, path: &Path) -> io::Result<AtomicFile> {
        match AtomicFile::create(path) {
            Err(error) if atomic::out_of_handles(&error) && self.commit.park_all().is_ok_and(|any| any) => {
                AtomicFile::create(path)
            }
            created => created,
        }
    }

    fn failed(&self, step: Step, error: io::Error) -> Error {
        failed(step, error, &self.target.place(self.commit.len()).url)
    }
}

/// What came of a write.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) shards: Vec<ShardInfo>,
    /// Files of the same pattern with higher numbers, of an earlier write of more shards.
    pub(crate) leftover: Vec<PathBuf>,
}

/// The path of file `number` of those that are called after `pattern`, which may have `%06d` in it.
pub(crate) fn numbered_path(pattern: &Path, number: usize) -> Result<PathBuf> {
    Ok(Naming::numbered(pattern)?.path(number))
}

/// Counts samples, and tells of those that are lost because nobody finished the write.
#[derive(Debug, Default)]
struct Unfinished {
    samples: u64,
    /// The write was finished, or gave an error.
    is_told: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.samples > 0 && !self.is_told && !std::thread::panicking() {
            log::warn!("a writer of shards was dropped before `finish`: its {} samples are lost", self.samples);
        }
    }
}

/// What a relative `path` of a file is relative to, taken once, so that all shards go to one place.
fn working_folder(path: &Path) -> Result<PathBuf> {
    let ends_as_folder = path.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    if ends_as_folder || path.file_name().is_none() {
        return Err(Error::from(WriteError::NoName).with_shard(&path.to_string_lossy()));
    }
    if path.is_absolute() {
        return Ok(PathBuf::new());
    }
    std::env::current_dir().map_err(|error| failed(Step::Create, error, &path.to_string_lossy()))
}

#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error("no samples to write: give at least one")]
    Empty,
    #[error("expected the path of a file, found that of a folder: add a name such as `data.tar`")]
    NoName,
    #[error("expected a regular file or a free name, found {found}, which is not to be replaced: name a file")]
    Irregular { found: &'static str },
    #[error("an earlier sample could not be written, so the shard cannot be whole: start the write again")]
    Broken,
    #[error(
        "contents are written beside files that are not compressed, not of {of}: leave them out, or write `.tar` files"
    )]
    NoContents { of: &'static str },
    #[error("the sample's encoder removed bytes that it did not write: it may only append to the buffer it is given")]
    Shortened,
    #[error("{step}")]
    Io {
        step: Step,
        #[source]
        source: io::Error,
    },
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Folder,
    Create,
    Write,
    Contents,
    Commit,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Folder => "cannot make the folder of the shard",
            Self::Create => "cannot begin the shard",
            Self::Write => "cannot write the shard",
            Self::Contents => "cannot write the contents of the shard",
            Self::Commit => "cannot give the finished shard its name",
        })
    }
}

impl Cause for WriteError {
    fn kind(&self) -> ErrorKind {
        let Self::Io { source, .. } = self else { return ErrorKind::InvalidInput };
        atomic::kind_of(source)
    }
}

/// Names the sample, where the caller gave it its key.
#[cold]
fn within(error: Error, key: Option<&str>) -> Error {
    key.into_iter().fold(error, Error::with_key)
}

/// A store's own error is told as it is.
fn failed(step: Step, source: io::Error, shard: &str) -> Error {
    match source.downcast::<Error>() {
        Ok(own) => own,
        Err(source) => WriteError::Io { step, source }.into(),
    }
    .with_shard(shard)
}
