//! Reading shards: one code path for files in memory, mapped files, and streams.

mod ahead;
mod sample;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::group::{Found, Group, Groups};
use crate::archive::compression::{self, Compression, MAGIC_LEN, Tail};
use crate::archive::input::{FileAt, Input, Placed};
use crate::archive::readahead::{self, ReadAhead};
use crate::archive::tar::{Again, Large, PassedOver, Scan, TarError, Warning};
use crate::archive::window::{CHUNK, Window};
use crate::error::{Error, Result};
use crate::raw;
use crate::sample::{Limits, SampleLayout};
use crate::source::{ReadOptions, Refuse, Shard};

pub(crate) use ahead::Ahead;
pub(crate) use sample::Oddity;
pub use sample::RawSample;

/// Reads the samples of one shard, in order: a tar archive, plain or compressed with gzip, bzip2, xz or zstd, which is
/// recognised by content.
///
/// Consecutive members with the same key are a sample; a key ends at the first dot of the member's last name
/// component, and the rest, in lower case, names the field. After an error about one group, such as a field that is
/// there twice or a member whose headers are damaged, comes the next group; after one about the archive itself the
/// reader gives nothing more. A sample that is whole is given before an error about what follows it.
///
/// A hard link is read as the file it leads to, where the shard is a file or in memory; of a stream, which cannot be
/// gone back in, and for symbolic links, there is a [`Warning`]. What belongs to no sample is passed over and
/// [counted](Self::passed_over): names without a dot, `._name` and `__MACOSX/` of macOS, `.DS_Store`, `Thumbs.db`.
///
/// A compressed shard's checksums are verified at its end, after the last sample was given.
pub struct ShardReader {
    name: Box<str>,
    groups: Groups<Scan>,
    /// The sample that the groups are at.
    found: Option<Found>,
    done: bool,
    oddity: Oddity,
    limits: Limits,
}

impl ShardReader {
    /// Opens a local file. Its path as it is given here is the shard's name in errors.
    pub fn open(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let name = path.to_string_lossy();
        let failed = |error| Error::from(TarError::read(Compression::None, error)).with_shard(&name);
        let file = File::open(path).map_err(failed)?;
        Self::from_file(&name, file, options, false)
    }

    /// Reads a file of the cache, which is open as long as anything of it is in use.
    #[cfg(feature = "http")]
    pub(crate) fn from_kept_file(name: &str, file: File, options: &ReadOptions) -> Result<Self> {
        Self::from_file(name, file, options, true)
    }

    fn from_file(name: &str, file: File, options: &ReadOptions, keep_open: bool) -> Result<Self> {
        if !file.metadata().is_ok_and(|data| data.is_file() && data.len() > 0) {
            return Self::streamed(name, Input::stream(file), options, CHUNK);
        }
        // Some file systems cannot map: those files are read as others are.
        if options.map_unchanging_files
            && let Ok(map) = raw::map_file(&file, keep_open)
        {
            let head = map.get(..MAGIC_LEN).unwrap_or(&map);
            if Compression::of(head) == Compression::None {
                return Ok(Self::of_bytes(name, map, options));
            }
        }
        let ahead = options.read_ahead.then_some(readahead::CHUNK);
        Self::of_file(name, &Arc::new(file), options, CHUNK, ahead)
    }

    fn of_bytes(name: &str, bytes: Bytes, options: &ReadOptions) -> Self {
        let whole = bytes.clone();
        let again: Again = Box::new(move || Ok(Window::whole(whole.clone())));
        Self::new(name, Scan::new(Window::whole(bytes), Compression::None).following(Some(again)), options)
    }

    /// A file that can be read from anywhere, and so more than once; `ahead` is how much of it is read at a time by a
    /// thread of its own.
    fn of_file(
        name: &str,
        file: &Arc<File>,
        options: &ReadOptions,
        chunk: usize,
        ahead: Option<usize>,
    ) -> Result<Self> {
        let failed = |error| Error::from(error).with_shard(name);
        let mut head = [0; MAGIC_LEN];
        let mut begin = FileAt::new(Arc::clone(file)).take(MAGIC_LEN as u64);
        let read = std::io::copy(&mut begin, &mut &mut head[..]);
        read.map_err(|error| failed(TarError::read(Compression::None, error)))?;
        let compression = Compression::of(&head);
        let file = Arc::clone(file);
        let open = move |tail: &Tail| {
            let source = Input::File(FileAt::reading_ahead(Arc::clone(&file), ahead.map(ReadAhead::new)));
            compression.decoder(source, tail).map(|source| Window::streamed(source, chunk))
        };
        let tail = Tail::default();
        let window = open(&tail).map_err(failed)?;
        let again: Again = Box::new(move || Ok(open(&Tail::default())?));
        let scan = Scan::new(window, compression).tail(tail).following(Some(again));
        Ok(Self::new(name, scan, options))
    }

    /// Opens a shard wherever it is. One that a server has is asked for now, and read while it arrives.
    ///
    /// # Errors
    /// Those of a file when it is opened; those of a server, such as that the shard does not exist, when its first
    /// bytes are waited for, which is here.
    pub fn open_shard(shard: &Shard, options: &ReadOptions) -> Result<Self> {
        Ahead::default().open(0, shard, options)
    }

    /// Reads a shard from a stream such as standard input; `name` is for errors.
    pub fn from_reader(name: &str, reader: impl Read + Send + 'static, options: &ReadOptions) -> Result<Self> {
        Self::streamed(name, Input::stream(reader), options, CHUNK)
    }

    /// Reads a shard that is in memory; `name` is for errors.
    pub fn from_bytes(name: &str, bytes: Bytes, options: &ReadOptions) -> Result<Self> {
        if Compression::of(&bytes) == Compression::None {
            return Ok(Self::of_bytes(name, bytes, options));
        }
        Self::streamed(name, Input::stream(Cursor::new(bytes)), options, CHUNK)
    }

    fn streamed(name: &str, source: Input, options: &ReadOptions, chunk: usize) -> Result<Self> {
        let (head, source) = compression::peek(source)
            .map_err(|error| Error::from(TarError::read(Compression::None, error)).with_shard(name))?;
        let compression = Compression::of(&head);
        let tail = Tail::default();
        let source = compression.decoder(source, &tail).map_err(|error| Error::from(error).with_shard(name))?;
        let scan = Scan::new(Window::streamed(source, chunk), compression).tail(tail);
        Ok(Self::new(name, scan, options))
    }

    fn new(name: &str, scan: Scan, options: &ReadOptions) -> Self {
        let scan = scan
            .whole(options.whole)
            .max_member(options.max_member)
            .refusing(options.refuse >= Refuse::OddEnds, options.refuse == Refuse::AllThatIsOdd);
        let groups = Groups::new(scan).limited(options.max_member).reading_beta(options.rust_beta);
        Self {
            name: name.into(),
            groups,
            found: None,
            done: false,
            oddity: Oddity::default(),
            limits: Limits { max_member: options.max_member },
        }
    }

    /// From now on samples are what is made of their members in this way, as packed bytes.
    pub(crate) fn read_as(&mut self, layout: SampleLayout) {
        self.groups.read_as(layout, self.limits);
    }

    /// What it reads samples with, before it has read any.
    pub(super) fn into_groups(self) -> Groups<Scan> {
        self.groups
    }

    /// The shard's name, as errors give it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next sample that has a `msgpack` member; its payload is borrowed, and no other member's bytes are kept.
    ///
    /// A group without that member is an error, as is one with a field twice; behind either comes the next sample.
    #[inline]
    pub fn next_sample(&mut self) -> Result<Option<RawSample<'_>>> {
        self.advance()?;
        Ok(self.current())
    }

    /// Moves to the next sample, which [`current`](Self::current) then is; false at the end.
    #[inline]
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.found = None;
        if self.done {
            return Ok(false);
        }
        match self.groups.next_sample() {
            Ok(found) => {
                self.found = found;
                if found.is_none() {
                    self.end();
                }
                Ok(!self.done)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The sample that the reader is at.
    #[inline]
    pub(crate) fn current(&self) -> Option<RawSample<'_>> {
        let found = self.found?;
        let (payload, owner) = self.groups.held();
        let place = sample::Place { shard: &self.name, key: self.groups.key(), offset: found.offset };
        let sample = RawSample::new(place, payload, owner).limited(self.limits);
        Some(sample.among(self.groups.others(), &self.oddity))
    }

    /// From now on that happens to large payloads in a file. Of one that is left there [`current`](Self::current) has
    /// nothing, and [`placed`](Self::placed) says where it is.
    pub(crate) fn treat_large(&mut self, large: Large) {
        self.groups.treat_large(large);
    }

    /// Where the payload is of the sample that the reader is at, if it was left there.
    pub(crate) fn placed(&self) -> Option<Placed> {
        self.groups.placed()
    }

    /// Moves to the next payload, which [`current`](Self::current) then has or the begin of which it has, before what follows it in its sample is
    /// known: [`end_begun`](Self::end_begun) has to be called then. False at the end.
    #[inline]
    pub(crate) fn begin_next(&mut self) -> Result<bool> {
        self.found = None;
        if self.done {
            return Ok(false);
        }
        self.found = self.groups.next_payload().map_err(|error| self.failed(error))?;
        if self.found.is_none() {
            self.end();
        }
        Ok(!self.done)
    }

    /// Reads all of the payload that was begun.
    #[cold]
    pub(crate) fn read_all(&mut self) -> Result<()> {
        self.groups.hold_all().map_err(|error| self.failed(error))
    }

    /// Whether only the begin was read of the payload that the reader is at.
    #[inline]
    pub(crate) fn is_partial(&self) -> bool {
        self.groups.is_partial()
    }

    /// Moves over the rest of the sample that was begun; false if it is to be passed over, which its writer may say
    /// behind it.
    #[inline]
    pub(crate) fn end_begun(&mut self) -> Result<bool> {
        self.found = None;
        self.groups.end_sample().map_err(|error| self.failed(error))
    }

    /// Whether samples without a type are made of their members here, as the first one was.
    #[cfg(feature = "records")]
    pub(crate) fn has_members(&self) -> bool {
        self.groups.has_members()
    }

    /// Whether the last error was about what the members of a sample hold: contents count it among the samples.
    pub(crate) fn failed_to_make(&self) -> bool {
        self.groups.failed_to_make()
    }

    /// The next group of members with all its fields, whatever they are.
    ///
    /// The fields are handles into the shard where it is mapped or in memory. Of a streamed shard they are copies,
    /// but for large ones. A group of which one member is cut is an error, though its packed sample may be whole:
    /// [`next_sample`](Self::next_sample) gives that.
    pub fn next_group(&mut self) -> Result<Option<Group>> {
        self.next_group_with(|_| true)
    }

    /// [`next_group`](Self::next_group), but that of the fields beside `msgpack` only those are read whose names are
    /// `wanted`; the others are there with their names, and empty.
    pub fn next_group_with(&mut self, wanted: impl Fn(&str) -> bool) -> Result<Option<Group>> {
        if self.done {
            return Ok(None);
        }
        let group = self.groups.next_group(wanted).map_err(|error| self.failed(error))?;
        if group.is_none() {
            self.end();
        }
        Ok(group.map(|group| group.limited(self.limits)))
    }

    #[cold]
    fn end(&mut self) {
        self.done = true;
        if let Some(warning) = self.warnings().first() {
            self.oddity.tell(&self.name, warning);
        }
    }

    /// Whether there is nothing more to read: the end was reached, or damage that nothing can be read behind.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// What was odd about the shard so far, but did not stop the reader.
    pub fn warnings(&self) -> &[Warning] {
        self.groups.warnings()
    }

    /// The members so far that belong to no sample, counted by why.
    pub fn passed_over(&self) -> &PassedOver {
        self.groups.passed()
    }

    #[cold]
    fn failed(&mut self, error: Error) -> Error {
        self.done = !self.groups.can_go_on();
        error.with_shard(&self.name)
    }
}

impl fmt::Debug for ShardReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardReader").field("name", &self.name).field("done", &self.done).finish_non_exhaustive()
    }
}
