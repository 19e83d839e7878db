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
//! A write that [goes on](WriteOptions::resume) keeps whole shards in a hidden folder until all get their names; one that
//! [appends](WriteOptions::append) takes names that nobody has.
//!
//! A write into a [store](crate::store) makes numbered objects, which appear when it is finished one after the other.
//!
//! Where a key is not given it is a `UUIDv7`: those of one write sort in the order they were written.

mod begin;
mod beside;
mod commit;
mod error;
mod file;
mod keys;
mod listener;
#[cfg(feature = "manifest")]
mod manifest;
mod naming;
mod options;
mod output;
mod packer;
mod staging;
mod target;
#[cfg(test)]
mod tests;
mod threads;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub use self::listener::{Listener, WrittenMember, WrittenSample};
pub use self::options::{ShardInfo, WriteOptions};

use self::beside::{Beside, Sidecars};
use self::commit::Commit;
use self::error::{Step, WriteError, failed, within};
use self::file::{Ended, Finished, ShardFile, Threads, Waiting};
use self::keys::Keys;
use self::naming::Naming;
use self::options::Limits;
use self::output::Output;
use self::target::{Location, Target, object_name};
use super::PAYLOAD;
use super::contents::{Builder, Place};
use crate::archive::compression::Codec;
use crate::archive::tar::emit::{self, Emitter, Opened};
use crate::atomic::{self, AtomicFile};
use crate::digest::{BLOCK, Digest};
use crate::error::{Error, NoMemory, Result, append, buffer};
use crate::store::{Store, Upload};

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
    /// The same of what is in the samples.
    #[cfg(feature = "manifest")]
    manifests: Option<manifest::Manifests>,
    /// Number of the first shard: above zero where others are there already.
    first: usize,
    /// The shards of the pattern that were there when the write began, where it adds to them.
    there: Vec<PathBuf>,
    /// Samples of whole shards of a write that was killed, which goes on.
    resumed: u64,
    threads: Option<Threads>,
    /// `None` after a failure: the sink is of no more use. Goes before `commit`, which removes the folder.
    file: Option<ShardFile>,
    commit: Commit,
}

impl ShardSink {
    /// Number of the shard that is being written, counted from 0 over the write.
    fn number(&self) -> usize {
        self.commit.len() + self.threads.as_ref().map_or(0, |threads| threads.waiting.len())
    }

    /// Its place.
    fn place_of_file(&self) -> Location {
        self.target.place(self.first + self.number())
    }

    /// Samples of whole shards of an earlier run, which are not to be written again.
    pub(crate) fn resumed(&self) -> u64 {
        self.resumed
    }

    /// The shards that the new ones are added to.
    pub(crate) fn there(&self) -> &[PathBuf] {
        &self.there
    }

    /// Appends one sample under `key`, or a new one.
    ///
    /// `fill` appends the payload to the buffer it is given, and leaves alone what is in it. If it fails, or the key is
    /// invalid, the sink is as it was before. The error then names the shard, and the sample by its key; where that was
    /// made here, and never seen by the caller, by the number of the sample, counted from 0 over the whole write.
    pub(crate) fn append(&mut self, key: Option<&str>, fill: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.begin_sample()?;
        if let Err(error) = self.pack(key, fill) {
            let samples = self.samples();
            let error = if key.is_some() { error } else { error.with_key(&format!("made for sample {samples}")) };
            return Err(error.with_shard(&self.place_of_file().url));
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
            let samples = self.samples();
            let error = if key.is_some() { error } else { error.with_key(&format!("made for sample {samples}")) };
            return Err(error.with_shard(&self.place_of_file().url));
        }
        self.end_sample()
    }

    /// Puts members behind the whole ones in the block.
    fn put(&mut self, key: Option<&str>, members: &[(&str, Bytes)]) -> Result<()> {
        self.keys.member(key)?;
        members.iter().try_for_each(|(field, content)| self.put_member(field, content))
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

    /// Samples of all shards, those of earlier runs of the same write among them.
    pub(crate) fn samples(&self) -> u64 {
        self.resumed + self.unfinished.samples
    }

    /// From now on remembers where each sample goes.
    pub(crate) fn remember(&mut self) {
        self.written.get_or_insert_default();
    }

    /// Where the last sample went.
    pub(crate) fn last(&self) -> WrittenSample<'_> {
        let (members, url) =
            (self.written.as_deref().unwrap_or_default(), self.file.as_ref().map_or("", ShardFile::url));
        WrittenSample::new(self.number(), url, self.keys.last(), members)
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
        #[cfg(feature = "manifest")]
        let row = match self.row() {
            Ok(row) => row,
            Err(error) => {
                self.block.truncate(self.filled);
                let (key, shard) = (self.keys.current().to_owned(), self.place_of_file().url);
                return Err(error.with_key(&key).with_shard(&shard));
            }
        };
        self.keys.accept();
        self.unfinished.samples += 1;
        let placed = self.place().and_then(|()| self.describe());
        if placed.is_err() {
            self.unfinished.is_told = true;
            self.file = None;
        }
        placed?;
        #[cfg(feature = "manifest")]
        self.add_row(row);
        Ok(())
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
            crc32c: Some(member.crc32c),
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
            return Err(error.with_shard(&self.place_of_file().url));
        }
        for (field, content) in members {
            if let Err(error) = self.put_member(field, content) {
                return Err(within(error, Some(key)).with_shard(&self.place_of_file().url));
            }
        }
        self.end_sample()
    }

    fn put_member(&mut self, field: &str, content: &[u8]) -> Result<()> {
        let member = self.emitter.open(&mut self.block, self.keys.name_of(field));
        if let Err(error) = append(&mut self.block, content) {
            self.block.truncate(self.filled);
            return Err(Error::from(error).in_entry(field));
        }
        self.emitter.close(&mut self.block, &member);
        self.note(&member, field, content.len());
        Ok(())
    }

    /// Gives all shards their names.
    pub(crate) fn finish(mut self) -> Result<Outcome> {
        self.unfinished.is_told = true;
        // What a panic in an encoder may have left.
        self.block.truncate(self.filled);
        let file = self.file.take().ok_or(WriteError::Broken)?;
        if !file.is_empty() {
            self.finish_file(file)?;
        } else if self.number() == 0 {
            return Err(Error::from(WriteError::Empty).with_shard(&self.place_of_file().url));
        }
        self.wait(0)?;
        let leftover = self.target.leftover(self.first + self.commit.len());
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
        let packed = self.block.get(self.filled..).unwrap_or_default();
        let mut member = buffer(packed.len()).map_err(|error| self.no_memory(error))?;
        member.extend_from_slice(packed);
        self.block.truncate(self.filled);
        let file = self.file.take().ok_or(WriteError::Broken)?;
        let digest = self.finish_file(file)?;
        self.next_file(digest)?;
        append(&mut self.block, &member).map_err(|error| self.no_memory(error))?;
        Ok(())
    }

    /// That there is none for the sample that was packed last.
    fn no_memory(&self, error: NoMemory) -> Error {
        within(error.into(), Some(self.keys.last())).with_shard(&self.place_of_file().url)
    }

    fn finish_file(&mut self, file: ShardFile) -> Result<Option<Digest>> {
        let size = file.plain_size();
        #[cfg(feature = "manifest")]
        let manifest = self.finish_manifest(file.path())?;
        let ended = file.finish(&mut self.block).map_err(|error| self.failed(Step::Write, error))?;
        let sidecars = Sidecars {
            contents: self.contents.as_mut().map(|contents| contents.finish(size)),
            #[cfg(feature = "manifest")]
            manifest,
        };
        match (ended, &mut self.threads) {
            (Ended::Whole(finished), _) => self.take(*finished, &sidecars),
            (Ended::Waiting(waiting), Some(threads)) => {
                threads.waiting.push_back((waiting, sidecars));
                Ok(None)
            }
            // Nobody is left who would ask for it.
            (Ended::Waiting(waiting), None) => self.wait_for(waiting, &sidecars).map(|()| None),
        }
    }

    /// Waits until no more shards than so many are being written by threads.
    fn wait(&mut self, most: usize) -> Result<()> {
        while let Some(threads) = &mut self.threads
            && threads.waiting.len() > most
            && let Some((waiting, sidecars)) = threads.waiting.pop_front()
        {
            self.wait_for(waiting, &sidecars)?;
        }
        Ok(())
    }

    fn wait_for(&mut self, waiting: Waiting, sidecars: &Sidecars) -> Result<()> {
        let url = waiting.url().to_owned();
        let finished = waiting.wait().map_err(|error| failed(Step::Write, error, &url))?;
        self.take(finished, sidecars).map(drop)
    }

    /// Takes a whole shard to those that get their names, in order.
    fn take(&mut self, finished: Finished, sidecars: &Sidecars) -> Result<Option<Digest>> {
        if let Target::Store { store, stem } = &self.target {
            // Those that come before it have been taken.
            let name = object_name(stem, self.commit.len());
            let begin = |(beside, bytes): (Beside, &[u8])| begin_object(&**store, &beside.name_of(&name), bytes);
            let objects = sidecars.files().into_iter().map(begin).collect::<Result<Vec<_>>>()?;
            return self.commit.push(finished, Vec::new(), objects);
        }
        let begin = |(beside, bytes)| Ok((beside, self.begin_sidecar(&finished.info.path, beside, bytes)?));
        let sidecars = sidecars.files().into_iter().map(begin).collect::<Result<Vec<_>>>()?;
        self.commit.push(finished, sidecars, Vec::new())
    }

    fn next_file(&mut self, digest: Option<Digest>) -> Result<()> {
        if let Some(Threads { most, .. }) = &self.threads {
            self.wait(most - 1)?;
        }
        let place = self.place_of_file();
        let codec = Codec::of(&place.path)?;
        let output = match &self.target {
            Target::Files(_) => self.begin_file(&place.path)?,
            Target::Store { store, stem } => {
                let object = store.create(&object_name(stem, self.number()));
                Output::Upload(object.map_err(|error| error.with_shard(&place.url))?)
            }
        };
        let create = |error| failed(Step::Create, error, &place.url);
        let file = match &self.threads {
            None => ShardFile::new(place.clone(), output, codec, digest).map_err(create)?,
            Some(Threads { budget, hashes, .. }) => {
                let digest = hashes.then(Digest::new);
                let file = ShardFile::new(place.clone(), output, codec, digest);
                file.and_then(|file| file.beside(budget)).map_err(create)?
            }
        };
        self.file = Some(file);
        Ok(())
    }

    fn begin_file(&mut self, path: &Path) -> Result<Output> {
        if let Some(found) = atomic::irregular(path) {
            return Err(Error::from(WriteError::Irregular { found }).with_shard(&path.to_string_lossy()));
        }
        self.commit.check_name(path).map_err(|error| Error::from(error).with_shard(&path.to_string_lossy()))?;
        self.commit.make_folder(path).map_err(|error| failed(Step::Folder, error, &path.to_string_lossy()))?;
        let number = self.number();
        let at = self.commit.staged_path(number).unwrap_or_else(|| path.to_owned());
        let file = self.create_file(&at, path).map_err(|error| failed(Step::Create, error, &path.to_string_lossy()))?;
        Ok(Output::File(file))
    }

    /// A file beside a shard, whole but without its name.
    fn begin_sidecar(&mut self, shard: &Path, beside: Beside, bytes: &[u8]) -> Result<AtomicFile> {
        // Those that come before it have been taken.
        let staged = self.commit.staged_path(self.commit.len());
        let target = beside.path_of(shard);
        let path = staged.map_or_else(|| target.clone(), |staged| staged.with_extension(beside.staged_ending()));
        let mut write = || {
            let mut file = self.create_file(&path, &target)?;
            // A manifest has values of the samples: nobody reads it who may not read the shard that is replaced.
            if !target.exists() {
                file.be_as_private_as(shard);
            }
            file.write_all(bytes)?;
            file.sync()?;
            Ok(file)
        };
        let step = if beside == Beside::Contents { Step::Contents } else { Step::Manifest };
        write().map_err(|error| failed(step, error, &path.to_string_lossy()))
    }

    /// Closes the files of earlier shards where no other can be opened. What it is to replace in the end may be elsewhere.
    fn create_file(&mut self, path: &Path, replaces: &Path) -> io::Result<AtomicFile> {
        let file = match AtomicFile::create(path) {
            Err(error) if atomic::out_of_handles(&error) && self.commit.park_all().is_ok_and(|any| any) => {
                AtomicFile::create(path)
            }
            created => created,
        }?;
        file.be_as_private_as(replaces);
        Ok(file)
    }

    fn failed(&self, step: Step, error: io::Error) -> Error {
        failed(step, error, &self.place_of_file().url)
    }
}

/// What lies beside a shard in a store, whole but without its name, and its URL.
fn begin_object(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<(String, Box<dyn Upload>)> {
    let url = store.object_url(name);
    let at = |error: Error| error.with_shard(&crate::net::url::redacted(&url));
    let mut upload = store.create(name).map_err(at)?;
    upload.write_all(bytes).map_err(Error::from).and_then(|()| upload.sync()).map_err(at)?;
    Ok((url, upload))
}

/// What came of a write.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) shards: Vec<ShardInfo>,
    /// Files of the same pattern with higher numbers, of an earlier write of more shards.
    pub(crate) leftover: Vec<PathBuf>,
}

/// The path of file `number` of those that are called after `pattern`: `%d` or `%06d` in it stands for the number, `%%` for a
/// percent sign; without one `-%06d` goes before the suffix.
///
/// ```
/// use atdata::shard::numbered_path;
///
/// assert_eq!(numbered_path("a-%03d.tar".as_ref(), 7)?.to_str(), Some("a-007.tar"));
/// assert_eq!(numbered_path("a.tar".as_ref(), 7)?.to_str(), Some("a-000007.tar"));
/// # Ok::<(), atdata::Error>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a pattern that is none.
pub fn numbered_path(pattern: &Path, number: usize) -> Result<PathBuf> {
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
            log::error!("a writer of shards was dropped before `finish`: its {} samples are lost", self.samples);
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
