//! Archives as datasets: their files are members of samples, as those of a tar archive that has them in order of their keys.

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::archive::Archive;
use super::error::BarecatError;
use super::node::{Entry, Node};
use super::path::fault;
use super::pattern::Pattern;
use crate::archive::key::split;
use crate::archive::tar::emit::{Emitter, archive_size};
use crate::error::{Error, Result};
use crate::source::{Made, MakeBytes, Shard};

/// Samples of a shard, if nobody says otherwise.
const PER_SHARD: usize = 10_000;
/// How often an archive is read that others change meanwhile.
const TRIES: usize = 3;
/// Bytes of a block of a tar archive.
const BLOCK: u64 = 512;

/// Which files of an archive are samples, and how many of these are a shard.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SampleOptions {
    pattern: Option<Pattern>,
    per_shard: Option<usize>,
}

impl SampleOptions {
    /// All files, and 10,000 samples a shard.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only files whose paths match.
    #[must_use]
    pub fn pattern(mut self, pattern: Pattern) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// How many samples are a shard: what ranks and workers share when they read shard by shard, and what
    /// [`shuffled`](crate::Dataset::shuffled) puts into another order.
    #[must_use]
    pub fn per_shard(mut self, samples: usize) -> Self {
        self.per_shard = Some(samples.max(1));
        self
    }

    fn is_default(&self) -> bool {
        self.pattern.is_none() && self.per_shard.is_none_or(|samples| samples == PER_SHARD)
    }
}

impl Archive {
    /// The shards of the archive as a dataset, for [`Dataset::open`](crate::Dataset::open), which calls it for files named
    /// `.barecat`.
    ///
    /// Files are grouped as those of a tar archive are: a key ends at the first dot of a file's name, `train/cat/1` of
    /// `train/cat/1.jpg`, and what is behind it names the field. What has no dot belongs to no sample.
    /// Samples are in order of their keys, whatever the order of their bytes: another size of shards and
    /// [`defrag`](super::defrag()) change nothing.
    ///
    /// The index is read for that, and kept in memory: about 80 bytes for each file, and its path; while it is read up to twice
    /// as much.
    ///
    /// ```
    /// use atdata::barecat::{Archive, Writer};
    /// use atdata::{Dataset, Group};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// let path = dir.path().join("photos.barecat");
    /// let mut writer = Writer::create(&path)?;
    /// for (name, bytes) in [("cat/1.jpg", "a cat"), ("cat/1.txt", "asleep"), ("dog/1.jpg", "a dog")] {
    ///     writer.add(name, bytes.as_bytes())?;
    /// }
    /// writer.finish()?;
    ///
    /// let photos = Dataset::<Group>::open(&path)?;
    /// assert_eq!(photos.len()?, 2);
    /// assert_eq!(photos.get("cat/1")?.get("txt").unwrap(), "asleep");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Corrupt`](crate::ErrorKind::Corrupt) for rows that cannot be right,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a sample that has a field twice, in upper and lower case, for a path
    /// with a NUL or one that leads out of the archive, and where no file is a member of a sample,
    /// [`Conflict`](crate::ErrorKind::Conflict) if the archive is changed again and again while it is read.
    pub fn into_shards(self, options: &SampleOptions) -> Result<Vec<Shard>> {
        let members = self.members(options)?;
        let per_shard = options.per_shard.unwrap_or(PER_SHARD);
        let archive = Arc::new(self);
        let name = archive.path().to_string_lossy().into_owned();
        let (mut shards, mut part, mut samples) = (Vec::new(), Vec::new(), 0);
        for member in members {
            let is_next = part.last().is_none_or(|last: &Member| last.key() != member.key());
            if is_next && samples == per_shard {
                shards.push(TarView::new(&archive, std::mem::take(&mut part)));
                samples = 0;
            }
            samples += usize::from(is_next);
            part.push(member);
        }
        if !part.is_empty() {
            shards.push(TarView::new(&archive, part));
        }
        let of = options.is_default().then_some(shards.len());
        let shard = |(number, view)| {
            let view = TarView { place: of.map(|of| (number, of)), ..view };
            Shard::from_made(format!("{name}[{number:05}]"), Made::new(Arc::new(view)))
        };
        Ok(shards.into_iter().enumerate().map(shard).collect())
    }

    /// All files that are members of samples, in order of the keys.
    fn members(&self, options: &SampleOptions) -> Result<Vec<Member>> {
        let mut tries = 1;
        loop {
            // What is renamed meanwhile is between no two pages.
            let watch = self.watch()?;
            let members = self.members_once(options)?;
            match watch.check() {
                Ok(()) => return Ok(members),
                Err(BarecatError::ReadChanged) if tries < TRIES => tries += 1,
                Err(cause) => return Err(self.failed(cause)),
            }
        }
    }

    fn members_once(&self, options: &SampleOptions) -> Result<Vec<Member>> {
        let (mut members, mut found) = (Vec::new(), 0);
        for node in self.files_below("") {
            let Node::File(file) = node? else { continue };
            found += 1;
            if options.pattern.as_ref().is_some_and(|pattern| !pattern.matches(&file.path)) {
                continue;
            }
            if let Some(fault) = fault(&file.path) {
                return Err(self.failed_at(&file.path, BarecatError::Path(format!("the path {fault}"))));
            }
            if let Some(split) = split(file.path.as_bytes()) {
                let (key, entry) = (split.key.len(), Entry::from(&file));
                members.push(Member { path: file.path.into(), key, entry, at: 0, data: 0 });
            }
        }
        if members.is_empty() {
            let sought = if options.pattern.is_some() { " that was asked for" } else { "" };
            return Err(self.failed(BarecatError::NoSamples { found, sought }));
        }
        // They are nearly in order: `a.d/x.jpg` is between `a.cls` and `a.jpg`.
        members.sort_by(|one, other| (one.key(), &one.path).cmp(&(other.key(), &other.path)));
        self.check_fields(&members)?;
        Ok(members)
    }

    /// That no sample has a field twice: `1.JPG` and `1.jpg` are no neighbours where there is a `1.TXT`.
    fn check_fields(&self, members: &[Member]) -> Result<()> {
        let mut fields = HashMap::new();
        for sample in members.chunk_by(|one, other| one.key() == other.key()).filter(|sample| sample.len() > 1) {
            fields.clear();
            for member in sample {
                if let Some(one) = fields.insert(member.field().to_lowercase(), &member.path) {
                    let text = format!("it is the same field as \"{one}\" of one sample: rename one of them");
                    return Err(self.failed_at(&member.path, BarecatError::Clash(text)));
                }
            }
        }
        Ok(())
    }
}

/// A file of a sample, and where it is in the archive that readers see.
#[derive(Debug)]
pub(crate) struct Member {
    path: Box<str>,
    /// Where the key ends in the path.
    key: usize,
    entry: Entry,
    /// Where its headers begin, and its bytes.
    at: u64,
    data: u64,
}

impl Member {
    pub(crate) fn key(&self) -> &str {
        self.path.get(..self.key).unwrap_or_default()
    }

    /// As it is written.
    pub(crate) fn field(&self) -> &str {
        self.path.get(self.key + 1..).unwrap_or_default()
    }

    /// Where its headers begin.
    pub(crate) fn start(&self) -> u64 {
        self.at
    }

    pub(crate) fn data(&self) -> u64 {
        self.data
    }

    pub(crate) fn size(&self) -> u64 {
        self.entry.size
    }

    pub(crate) fn crc32c(&self) -> Option<u32> {
        self.entry.crc32c
    }

    fn end(&self) -> u64 {
        self.data.saturating_add(self.entry.size)
    }
}

/// Some files of an archive as a tar archive, of which headers and padding are made when they are read.
#[derive(Debug)]
pub(crate) struct TarView {
    archive: Arc<Archive>,
    emitter: Emitter,
    members: Vec<Member>,
    size: u64,
    /// Which of how many it is, if they are those that the path of the archive stands for.
    place: Option<(usize, usize)>,
}

impl TarView {
    fn new(archive: &Arc<Archive>, mut members: Vec<Member>) -> Self {
        let (emitter, mut at, mut scratch) = (Emitter::new(0), 0_u64, Vec::new());
        for member in &mut members {
            scratch.clear();
            emitter.headers(&mut scratch, &member.path, member.entry.size);
            member.at = at;
            member.data = at.saturating_add(scratch.len() as u64);
            at = member.end().checked_next_multiple_of(BLOCK).unwrap_or(u64::MAX);
        }
        members.shrink_to_fit();
        Self { archive: Arc::clone(archive), emitter, members, size: archive_size(at), place: None }
    }

    fn of(shard: &Shard) -> Option<&Self> {
        shard.made()?.as_any().downcast_ref()
    }

    /// The archive's members, in order.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The CRC32C of the block before a member's bytes.
    pub(crate) fn header_crc32c(&self, member: &Member) -> u32 {
        let headers = self.headers(member);
        let last = headers.len().saturating_sub(512);
        crc32c::crc32c(headers.get(last..).unwrap_or_default())
    }

    fn headers(&self, member: &Member) -> Vec<u8> {
        let mut headers = Vec::new();
        self.emitter.headers(&mut headers, &member.path, member.entry.size);
        headers
    }

    /// The member whose headers, bytes or padding are there.
    fn member_at(&self, at: u64) -> Option<&Member> {
        let number = self.members.partition_point(|member| member.at <= at);
        self.members.get(number.checked_sub(1)?)
    }

    /// Some bytes from `at` on, and the member whose own they are.
    fn piece(&self, at: u64, buffer: &mut [u8]) -> Result<(usize, Option<&Member>)> {
        let left = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        let Some(member) = self.member_at(at) else {
            buffer.fill(0);
            return Ok((wanted, None));
        };
        if at < member.data {
            let headers = self.headers(member);
            let from = usize::try_from(at - member.at).unwrap_or(usize::MAX);
            let headers = headers.get(from..).unwrap_or_default();
            let read = headers.len().min(wanted);
            buffer.iter_mut().zip(headers).for_each(|(to, from)| *to = *from);
            return Ok((read, None));
        }
        if at < member.end() {
            let read = self.archive.shard_of(&member.entry);
            let read = read.and_then(|shard| shard.read_part(&member.entry, buffer, at - member.data));
            return Ok((read.map_err(|cause| self.archive.failed_at(&member.path, cause))?, Some(member)));
        }
        let next = self.members.partition_point(|other| other.at <= at);
        let end = self.members.get(next).map_or(self.size, |next| next.at);
        let read = usize::try_from(end - at).unwrap_or(usize::MAX).min(wanted);
        buffer.get_mut(..read).unwrap_or_default().fill(0);
        Ok((read, None))
    }
}

impl MakeBytes for TarView {
    fn size(&self) -> u64 {
        self.size
    }

    fn reader_at(self: Arc<Self>, at: u64) -> Box<dyn Read + Send> {
        Box::new(Reader { view: self, at, crc: None })
    }

    fn as_any(&self) -> &(dyn std::any::Any + Send + Sync) {
        self
    }
}

/// Reads it from some place on, with each file that is read from its begin to its end held against its CRC32C.
struct Reader {
    view: Arc<TarView>,
    at: u64,
    /// Of the bytes so far of the file that is being read, if these are all.
    crc: Option<u32>,
}

impl Reader {
    fn read_next(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let (read, member) = self.view.piece(self.at, buffer)?;
        if let Some(member) = member {
            if self.at == member.data {
                self.crc = Some(0);
            }
            let bytes = buffer.get(..read).unwrap_or_default();
            self.crc = self.crc.map(|so_far| crc32c::crc32c_append(so_far, bytes));
            let is_whole = self.at.saturating_add(read as u64) == member.end();
            if let (true, Some(expected), Some(found)) = (is_whole, member.entry.crc32c, self.crc) {
                let archive = &self.view.archive;
                let compared = archive.shard_of(&member.entry).and_then(|shard| shard.compare(expected, found));
                compared.map_err(|cause| archive.failed_at(&member.path, cause))?;
            }
        } else {
            self.crc = None;
        }
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_next(buffer).map_err(Error::into_io)
    }
}

/// The path of the archive that stands for the first of these shards, and for how many of them.
#[cfg_attr(not(feature = "_index"), allow(dead_code))]
pub(crate) fn leading_archive(shards: &[Shard]) -> Option<(&Path, usize)> {
    let first = TarView::of(shards.first()?)?;
    let (_, of) = first.place?;
    let is_it = |(number, shard)| {
        TarView::of(shard)
            .is_some_and(|view| Arc::ptr_eq(&view.archive, &first.archive) && view.place == Some((number, of)))
    };
    let path = first.archive.path();
    (is_archive(path) && shards.get(..of)?.iter().enumerate().all(is_it)).then_some((path, of))
}

/// Whether a path is to be opened as an archive, by its name.
pub(crate) fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "barecat")
}
