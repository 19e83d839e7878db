//! Writing datasets.

mod builder;
mod mapped;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use self::builder::ShardWriterBuilder;
#[cfg(feature = "manifest")]
pub(in crate::dataset) use self::builder::manifest_fields;
use crate::archive::Warning;
use crate::array::ArraySpec;

use self::builder::Target;
use crate::dataset::Dataset;
use crate::error::{Cause, ErrorKind, Printable, Result, append, room};
use crate::sample::{Cursor, MemberTable, PackField, Packable, SampleLayout, Split, split};
use crate::shard::{Group, Listener, Oddity, Outcome, PAYLOAD, RawSample, ShardInfo, ShardSink, WriteOptions};
use crate::source::{ReadOptions, Shard};
use crate::store::Store;

/// The shards that a write made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Written {
    /// One for each file or object, in order.
    pub shards: Vec<ShardInfo>,
    /// Files that a pattern of these shards matches too: those with higher numbers, of an earlier write that made more.
    pub leftover: Vec<PathBuf>,
    /// Members of what was copied that are in no copy: those of samples of which only the packed sample was copied, see
    /// [`write_raw`](ShardWriter::write_raw), and those of no sample.
    pub left_out: u64,
    /// What keeps them, if not files of their own.
    store: Option<Arc<dyn Store>>,
}

/// What a copy does not have.
#[cfg(feature = "_index")]
const NOT_COPIED: &str =
    "which belong to no sample, or to one of which a stage made another: `atdata inspect` names them";

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.shards == other.shards && self.leftover == other.leftover && self.left_out == other.left_out
    }
}

impl Written {
    /// Number of samples in all shards.
    pub fn samples(&self) -> u64 {
        self.shards.iter().map(|shard| shard.samples).sum()
    }

    /// Size of all files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.shards.iter().map(|shard| shard.bytes).sum()
    }

    /// URLs of the shards, as the entries of an index name them; of files the paths.
    pub fn urls(&self) -> Vec<String> {
        self.shards.iter().map(|shard| shard.url.clone()).collect()
    }

    /// Logs how many members of `source` are in no copy, for callers who get something else of the write than this.
    #[cfg(feature = "_index")]
    pub(crate) fn tell_left_out(&self, source: &str) {
        match self.left_out {
            0 => {}
            1 => log::warn!("{source}: 1 member was left out, {NOT_COPIED}"),
            count => log::warn!("{source}: {count} members were left out, {NOT_COPIED}"),
        }
    }

    /// Paths of the files.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.shards.iter().map(|shard| shard.path.clone()).collect()
    }

    /// The dataset that was written; what a store keeps is read with the credentials of the store.
    pub fn open<S: Packable + 'static>(&self) -> Result<Dataset<S>> {
        let Some(store) = &self.store else { return Dataset::open(self.paths()) };
        let shards: Vec<_> = self.shards.iter().map(|shard| Shard::from_url(&shard.url)).collect::<Result<_>>()?;
        Ok(Dataset::open(shards)?.with_options(store.read_options(ReadOptions::new())))
    }
}

impl<S: Packable> Dataset<S> {
    /// Writes the samples of this dataset into a store, in order, under the keys that they have: shards
    /// `{prefix}/data--….tar`, within the limits of `options`. All appear, or none.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use atdata::shard::WriteOptions;
    /// use atdata::store::{LocalStore, Store};
    /// use atdata::{Dataset, DictSample};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let samples = (0..5_i64).map(|number| DictSample::from_iter([("number", number)]));
    /// let dataset = Dataset::write(dir.path().join("numbers.tar"), samples)?.open::<DictSample>()?;
    /// let store: Arc<dyn Store> = Arc::new(LocalStore::new(dir.path().join("data")));
    /// let written = dataset.write_shards(&store, "numbers", &WriteOptions::new().max_count(2))?;
    /// assert_eq!(written.urls().len(), 3);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`ShardWriter::write_dataset`] and of the store.
    pub fn write_shards(&self, store: &Arc<dyn Store>, prefix: &str, options: &WriteOptions) -> Result<Written> {
        let mut builder = ShardWriter::in_store(Arc::clone(store), prefix);
        builder.options = options.clone();
        let mut writer = builder.build()?;
        writer.write_dataset(self)?;
        writer.finish()
    }

    /// Writes samples to one shard, which appears whole or not at all. Its name decides on compression: `.tar`,
    /// `.tar.gz`, `.tar.bz2`, `.tar.xz`, `.tar.zst`. For more shards than one, and for other options, see [`ShardWriter`].
    ///
    /// Missing folders are made. A file of that name is replaced, once the new one is whole; a symlink is written
    /// through.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if there are no samples, if the path is that of a folder, a
    /// pipe or a device, or if its name is one of several shards, `x-%06d.tar` or `x-{train,test}.tar`;
    /// [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) for a sample that contradicts its type's declared shapes, [`Io`](crate::ErrorKind::Io) and [`Permission`](crate::ErrorKind::Permission) from the file
    /// system. Nothing is left behind then, and a file that was there is as it was.
    pub fn write(path: impl AsRef<Path>, samples: impl IntoIterator<Item = S>) -> Result<Written> {
        ShardWriter::<S>::builder(path).write_all(samples)
    }

    /// [`write`](Self::write) for samples that are only lent.
    ///
    /// ```
    /// use atdata::{Dataset, Packable};
    ///
    /// #[derive(Packable)]
    /// struct Caption {
    ///     text: String,
    /// }
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// let captions = vec![Caption { text: "a cat".into() }];
    /// Dataset::write_refs(dir.path().join("captions.tar"), &captions)?;
    /// assert_eq!(captions[0].text, "a cat");
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn write_refs<'a>(path: impl AsRef<Path>, samples: impl IntoIterator<Item = &'a S>) -> Result<Written>
    where
        S: 'a,
    {
        ShardWriter::<S>::builder(path).write_refs(samples)
    }
}

/// Writes samples to shards: one, or as many as limits on their size ask for.
///
/// The shards appear under their names when [`finish`](Self::finish) is called, each whole, and replace files that have
/// these names only then. Missing folders are made. If the writer is dropped before, nothing is left of the shards and
/// everything is as it was; so it is if the process is killed, but for hidden files (`.name.….tmp`) of the oldest
/// shards where there are more than 128, or more than the process may hold files open, or of all where the file system
/// has no nameless files (`O_TMPFILE` on Linux).
///
/// What replaces a file has its mode, from its first byte on. Its owner, its access control list and its other names (hard
/// links) stay with the old one, and a file that may not be written to is replaced as others, as by `mv -f`: of a name the
/// folder decides.
///
/// Only files of the same names are replaced: where an earlier write to the same pattern made more shards, those with
/// higher numbers stay, and a pattern that matches all reads both. They are [told](Written::leftover), and logged; use
/// another folder, or open [what was written](Written::open).
///
/// A write can go on after a kill ([`resume`](ShardWriterBuilder::resume)), add shards to those that are there
/// ([`append`](ShardWriterBuilder::append)), and have its shards compressed and hashed by several threads
/// ([`threads`](ShardWriterBuilder::threads)).
///
/// A writer that has samples and is dropped without [`finish`](Self::finish) logs a warning, for they are lost.
///
/// ```
/// use atdata::{Packable, ShardWriter};
///
/// #[derive(Packable, Clone)]
/// struct Caption {
///     text: String,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// let mut writer = ShardWriter::builder(dir.path().join("captions-%06d.tar")).max_count(2).build()?;
/// for i in 0..5 {
///     writer.write(&Caption { text: format!("caption {i}") })?;
/// }
/// let written = writer.finish()?;
/// assert_eq!(written.shards.len(), 3);
/// assert_eq!(written.open::<Caption>()?.len()?, 5);
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct ShardWriter<S> {
    sink: ShardSink,
    store: Option<Arc<dyn Store>>,
    /// The shards that samples were taken from as they are.
    sources: Vec<Oddity>,
    left_out: u64,
    /// Samples that an earlier run wrote and that are still to be given and passed over.
    passed: u64,
    listener: Option<Box<dyn Listener<S>>>,
}

#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error("samples were copied from {}, which is not sound: {warning}", Printable(.shard))]
    Source { shard: String, warning: Warning },
    #[error(
        "only packed samples are copied as they are, and this one is its members: write it with `write_with_key`, \
         or a whole dataset with `write_dataset`"
    )]
    Members,
    #[error(
        "a listener is told of each sample, and of those that an earlier run wrote it would not be: leave out `resume`, or the \
         listener"
    )]
    Listener,
    #[error(
        "expected the {resumed} samples that an earlier run wrote and those behind them, found {samples}: {}",
        HOW_TO_END
    )]
    Fewer { resumed: u64, samples: u64 },
}

/// What to do about a write that cannot go on.
const HOW_TO_END: &str = "write the same samples, or remove the folder `.….resume` beside the shards to begin anew";

impl Cause for CopyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Source { .. } => ErrorKind::Corrupt,
            Self::Members | Self::Listener => ErrorKind::InvalidInput,
            Self::Fewer { .. } => ErrorKind::Conflict,
        }
    }
}

impl<S: Packable> ShardWriter<S> {
    /// A writer to the shard at `pattern`; where a limit is set, `%06d` in it stands for the number of the shard, and
    /// without it `-000000` and so on is put before the file's extension. Braces are for reading: a numbered name must
    /// not have any. Without a limit there is one shard, and names of several, `x-%06d.tar` or `x-{train,test}.tar`, are
    /// refused.
    pub fn builder(pattern: impl AsRef<Path>) -> ShardWriterBuilder<S> {
        ShardWriterBuilder {
            target: Target::Files(pattern.as_ref().to_owned()),
            options: WriteOptions::default(),
            listener: None,
        }
    }

    /// A writer of numbered shards into `store`, below `prefix`: `{prefix}/data--{unique}--{number:06}.tar`, where
    /// `unique` is another for each write. A limit that is not set is that of Python: 100,000 samples, 3 GB.
    ///
    /// Bytes go to the store while samples are written, and are hashed on their way. The shards appear when
    /// [`finish`](Self::finish) is called, one after the other; should one be refused, those before it are removed
    /// again.
    pub fn in_store(store: Arc<dyn Store>, prefix: &str) -> ShardWriterBuilder<S> {
        ShardWriterBuilder {
            target: Target::Store(store, prefix.to_owned()),
            options: WriteOptions::default(),
            listener: None,
        }
    }

    /// Appends a sample under a new key; keys made so sort in the order of writing.
    ///
    /// # Errors
    /// Those of the sample name the shard and, in place of the key, the number of the sample, counted from 0 over the
    /// whole write: `key made for sample 17`. The writer is as it was before and takes further samples.
    pub fn write(&mut self, sample: &S) -> Result<()> {
        self.append(None, sample)
    }

    /// Appends a sample under a key of your own.
    ///
    /// A key is held against that of the sample before it alone: `a`, `b`, `a` is written, and
    /// [`get`](Dataset::get) gives the first `a`. Keys that are to be found must differ throughout the dataset.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a key that readers would not give back: one with a dot in
    /// its last path component, the key of the sample before it, and others that the message explains.
    pub fn write_with_key(&mut self, key: &str, sample: &S) -> Result<()> {
        self.append(Some(key), sample)
    }

    /// Appends a sample as it is in another shard, under the key it has there; its bytes are not looked at.
    ///
    /// Where the sample before it has the same key, as the last of one shard and the first of the next may, it begins
    /// another shard if there may be more than one.
    ///
    /// Only the packed sample is taken: other members that it has are [counted](Written::left_out), not copied, as
    /// [`write_dataset`](Self::write_dataset) does. Should the shard turn out not to end as it should, when it is read
    /// to its end, [`finish`](Self::finish) fails: no copy of what is left of it looks whole.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for groups and types of members, which have no packed sample.
    pub fn write_raw(&mut self, sample: &RawSample<'_>) -> Result<()> {
        let is_packed = matches!(S::LAYOUT, SampleLayout::Packed | SampleLayout::Any);
        if !is_packed || Group::is_map_of_one(sample.payload(), sample.key()) {
            return Err(crate::error::Error::from(CopyError::Members).in_sample(S::SCHEMA.name).with_key(sample.key()));
        }
        self.sink.append_members(sample.key(), [(PAYLOAD, sample.payload())])?;
        self.tell(None)?;
        self.left_out += sample.other_members() as u64;
        if let Some(oddity) = sample.oddity()
            && !self.sources.last().is_some_and(|last| last.is(oddity))
        {
            self.sources.push(oddity.clone());
        }
        Ok(())
    }

    /// Appends all samples of a dataset, in order, under the keys that they have. Where no stage changes them, their bytes
    /// are taken as they are, and all other members of the samples with them; else those are
    /// [counted](Written::left_out).
    ///
    /// # Errors
    /// Whatever is wrong with the shards, be it only that one does not end as it should, for nothing of it could be found
    /// in the copy; a name that is not UTF-8, too, ends it, for no copy could have it. Of a write that
    /// [goes on](Self::resumed) the samples that are written already are passed over.
    pub fn write_dataset(&mut self, dataset: &Dataset<S>) -> Result<()> {
        let mut raw = dataset.strict();
        if dataset.is_plain() {
            while let Some(group) = raw.next_group()? {
                if !self.pass() {
                    self.copy_group(&group)?;
                }
            }
            self.leave_out(raw.passed_over().count());
            return Ok(());
        }
        let mut samples = dataset.of_raw(raw);
        while let Some(kept) = samples.next_kept(|raw| (raw.key().to_owned(), raw.other_members())) {
            let ((key, others), sample) = kept?;
            self.left_out += others as u64;
            if self.pass() {
                continue;
            }
            self.sink.keep_apart(&key)?;
            self.write_with_key(&key, &sample)?;
        }
        self.leave_out(samples.passed_over().count());
        Ok(())
    }

    /// Appends all members of a group as they are, under the key that it has.
    pub(super) fn copy_group(&mut self, group: &Group) -> Result<()> {
        let Group { key, fields, .. } = group;
        self.sink.append_members(key, fields.iter().map(|(name, bytes)| (&**name, &**bytes)))?;
        self.tell(None)
    }

    /// Members of what was copied so far that are in no copy.
    #[cfg(feature = "_index")]
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Counts members of a source that are in no sample, and so not copied.
    pub(super) fn leave_out(&mut self, members: u64) {
        self.left_out += members;
    }

    /// Samples that were written so far, to all shards: those of earlier runs among them, if the write goes on.
    pub fn samples(&self) -> u64 {
        self.sink.samples()
    }

    /// Samples that an earlier run of the same write has written, of which whole shards are left, with
    /// [`WriteOptions::resume`]: the next to be written is that behind them. Zero for a write that begins.
    ///
    /// ```
    /// use atdata::{DictSample, ShardWriter};
    ///
    /// # let dir = tempfile::tempdir().unwrap();
    /// # let sample = |number: i64| DictSample::from_iter([("number", number)]);
    /// # let pattern = dir.path().join("numbers-%06d.tar");
    /// let begin = || ShardWriter::builder(&pattern).max_count(10).resume(true).build();
    /// let mut writer = begin()?;
    /// for number in 0..25 {
    ///     writer.write(&sample(number))?;
    /// }
    /// drop(writer); // As if the process had been killed.
    ///
    /// let mut writer = begin()?;
    /// assert_eq!(writer.resumed(), 20);
    /// for number in 20..30 {
    ///     writer.write(&sample(number))?;
    /// }
    /// assert_eq!(writer.finish()?.samples(), 30);
    /// # Ok::<(), atdata::Error>(())
    /// ```
    pub fn resumed(&self) -> u64 {
        self.sink.resumed()
    }

    /// Whether the next sample, of all that the write is of, was written by an earlier run.
    pub(super) fn pass(&mut self) -> bool {
        let passes = self.passed > 0;
        self.passed = self.passed.saturating_sub(1);
        passes
    }

    /// The shards that were there when the write began, to which it [adds](ShardWriterBuilder::append): none unless it does.
    pub fn there(&self) -> &[PathBuf] {
        self.sink.there()
    }

    /// An error if fewer samples were passed over than an earlier run has written: these are of something else.
    pub(super) fn check_passed(&self) -> Result<()> {
        let resumed = self.sink.resumed();
        if self.passed == 0 {
            return Ok(());
        }
        Err(CopyError::Fewer { resumed, samples: resumed - self.passed }.into())
    }

    /// Begins another shard, where there may be more than one, if the sample before has that key, as the last of one shard
    /// that is copied and the first of the next may.
    #[doc(hidden)]
    pub fn keep_apart(&mut self, key: &str) -> Result<()> {
        self.sink.keep_apart(key)
    }

    fn append(&mut self, key: Option<&str>, sample: &S) -> Result<()> {
        match S::LAYOUT {
            SampleLayout::Members(table) => self.append_members(table, key, sample)?,
            SampleLayout::Group => self.append_group(key, sample)?,
            SampleLayout::Packed | SampleLayout::Any => self.sink.append(key, |out| {
                room(out, sample.packed_size())?;
                sample.write_checked(ArraySpec::ANY, out).map_err(|error| error.in_sample(S::SCHEMA.name))
            })?,
        }
        self.tell(Some(sample))
    }

    /// [`append`](Self::append) of a sample that is checked and packed already.
    fn append_packed(&mut self, key: Option<&str>, sample: &S, packed: &[u8]) -> Result<()> {
        match S::LAYOUT {
            SampleLayout::Packed | SampleLayout::Any => self.sink.append(key, |out| Ok(append(out, packed)?))?,
            // Its members are taken apart in order.
            _ => return self.append(key, sample),
        }
        self.tell(Some(sample))
    }

    /// Appends a sample each field of which is a member.
    fn append_members(&mut self, table: &'static MemberTable, key: Option<&str>, sample: &S) -> Result<()> {
        #[cfg(feature = "manifest")]
        if self.sink.wants_packed() {
            self.sink.give_packed(Some(&packed(sample)?.into()));
        }
        let written = self.sink.append_split(key, || {
            let Split { key, members } = split(table, &packed(sample)?.into(), key)?;
            Ok((key, members))
        });
        #[cfg(feature = "manifest")]
        if written.is_err() {
            self.sink.give_packed(None);
        }
        written
    }

    /// Appends all members of a group, under the key that it has.
    fn append_group(&mut self, key: Option<&str>, sample: &S) -> Result<()> {
        let group = Group::read(&mut Cursor::shared(&packed(sample)?.into()))?;
        let members: Vec<_> = group.fields.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
        self.sink.append_split(key, || {
            group.check_names()?;
            Ok((Some(group.key.clone()), members))
        })
    }

    /// Tells the listener of the last sample.
    fn tell(&mut self, sample: Option<&S>) -> Result<()> {
        let Some(listener) = &mut self.listener else { return Ok(()) };
        let told = listener.written(&self.sink.last(), sample);
        if told.is_err() {
            self.sink.fail();
        }
        told
    }

    /// Makes the shards appear, one after the other.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if no sample was written; [`Corrupt`](crate::ErrorKind::Corrupt)
    /// if a shard that samples were copied from is not sound; the file system's own. Should it refuse
    /// the name of one shard, those before it are removed again, but for any that replaced an older file.
    pub fn finish(self) -> Result<Written> {
        if let Some((shard, warning)) = self.sources.iter().find_map(Oddity::told) {
            let (shard, warning) = (shard.to_owned(), warning.clone());
            self.sink.discard();
            return Err(CopyError::Source { shard, warning }.into());
        }
        let Outcome { shards, leftover } = self.sink.finish()?;
        Ok(Written { shards, leftover, left_out: self.left_out, store: self.store })
    }

    /// Ends the write without its shards: nothing is left of them, and everything is as it was. Dropping the writer does
    /// that, too, but logs a warning that samples are lost.
    pub fn discard(self) {
        self.sink.discard();
    }

    /// Writes all samples, of which the first error ends the write.
    fn write_each<T: std::borrow::Borrow<S>>(
        mut self,
        mut samples: impl Iterator<Item = Result<T>>,
    ) -> Result<Written> {
        let written = samples.try_for_each(|sample| {
            let sample = sample?;
            if self.pass() { Ok(()) } else { self.write(sample.borrow()) }
        });
        match written.and_then(|()| self.check_passed()) {
            Ok(()) => self.finish(),
            Err(error) => {
                self.sink.discard();
                Err(error)
            }
        }
    }
}

impl<S> fmt::Debug for ShardWriter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShardWriter").field("sink", &self.sink).finish_non_exhaustive()
    }
}

/// The sample as it is packed, if it can be read back.
fn packed<S: Packable>(sample: &S) -> Result<Vec<u8>> {
    sample.try_pack().map_err(|error| error.in_sample(S::SCHEMA.name))
}
