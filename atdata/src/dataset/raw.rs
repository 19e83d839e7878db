//! Raw samples: those of many shards as they are on disk, one shard after the other.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::dataset::warning::ShardWarning;
use crate::error::{Error, Result};
use crate::raw;
use crate::sample::PackableRef;
use crate::shard::{Ahead, Group, RawSample, ShardReader};
use crate::source::{ReadOptions, Shard};

/// A lending reader over the samples of a dataset: each one borrows from its shard until the next is asked for.
///
/// The way to read without owning anything, through a sample type with a lifetime:
///
/// ```
/// use atdata::{Dataset, DictSample, Packable};
///
/// #[derive(Packable)]
/// struct CaptionRef<'a> {
///     text: &'a str,
/// }
///
/// # #[derive(Packable)] struct Caption { text: String }
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("captions.tar");
/// # Dataset::write(&path, [Caption { text: "one".into() }, Caption { text: "three".into() }])?;
/// let mut samples = Dataset::<DictSample>::open(&path)?.raw();
/// let mut letters = 0;
/// while let Some(raw) = samples.next() {
///     let raw = raw?;
///     letters += raw.view::<CaptionRef>()?.text.len();
/// }
/// assert_eq!(letters, 8);
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct RawSamples {
    shards: Arc<[Shard]>,
    /// The order of the shards, where it is not that of the list.
    order: Option<Vec<usize>>,
    next: usize,
    options: ReadOptions,
    current: Option<ShardReader>,
    ahead: Ahead,
    /// Whether the shards behind the current one are on their way.
    filled: bool,
    warnings: Vec<ShardWarning>,
}

impl RawSamples {
    pub(super) fn new(shards: Arc<[Shard]>, order: Option<Vec<usize>>, options: ReadOptions) -> Self {
        Self {
            shards,
            order,
            next: 0,
            options,
            current: None,
            ahead: Ahead::default(),
            // The first sample is not waited for by anything else.
            filled: true,
            warnings: Vec::new(),
        }
    }

    /// The next sample. After an error about one sample comes the next of the same shard; after one about the shard
    /// itself, the next shard.
    #[inline]
    #[expect(clippy::should_implement_trait, reason = "the sample borrows from the reader, which no Iterator can say")]
    pub fn next(&mut self) -> Option<Result<RawSample<'_>>> {
        match self.advance() {
            Ok(true) => self.current.as_ref().and_then(ShardReader::current).map(Ok),
            Ok(false) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Moves to the next sample, which [`current`](Self::current) then is; false at the end.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<bool> {
        self.step(|reader| reader.advance().map(|found| found.then_some(()))).map(|found| found.is_some())
    }

    /// The next sample with all its members.
    pub(super) fn next_group(&mut self) -> Result<Option<Group>> {
        self.step(|reader| {
            let Some(group) = reader.next_group()? else { return Ok(None) };
            group.payload().map_err(|error| error.with_shard(reader.name()))?;
            Ok(Some(group))
        })
    }

    /// Whether the last error was about one sample, behind which the next of its shard comes.
    pub(super) fn goes_on(&self) -> bool {
        self.current.is_some()
    }

    /// What `next` finds in the shards, one after the other.
    #[inline]
    fn step<R>(&mut self, next: impl Fn(&mut ShardReader) -> Result<Option<R>>) -> Result<Option<R>> {
        if !self.filled {
            self.fill();
        }
        loop {
            let Some(reader) = &mut self.current else {
                if !self.open_next()? {
                    return Ok(None);
                }
                continue;
            };
            match next(reader) {
                Ok(Some(found)) => return Ok(Some(found)),
                Ok(None) => self.close(),
                Err(error) => {
                    if reader.is_done() {
                        self.close();
                    }
                    return Err(error);
                }
            }
        }
    }

    #[inline]
    pub(super) fn current(&self) -> Option<RawSample<'_>> {
        self.current.as_ref().and_then(ShardReader::current)
    }

    /// What was odd about the shards that were read to their end; each is logged as well.
    pub fn warnings(&self) -> &[ShardWarning] {
        &self.warnings
    }

    /// False if there is no further shard.
    fn open_next(&mut self) -> Result<bool> {
        let position = self.next;
        let Some(shard) = shard_at(&self.shards, self.order.as_deref(), position) else { return Ok(false) };
        self.next += 1;
        // Behind an error, too, comes the next shard.
        self.filled = false;
        self.current = Some(self.ahead.open(position, shard, &self.options)?);
        Ok(true)
    }

    #[cold]
    fn fill(&mut self) {
        self.filled = true;
        self.ahead.fill(|position| shard_at(&self.shards, self.order.as_deref(), position), &self.options);
    }

    fn close(&mut self) {
        let Some(reader) = self.current.take() else { return };
        for warning in reader.warnings() {
            let warning = ShardWarning { shard: reader.name().to_owned(), warning: warning.clone() };
            log::warn!("{warning}");
            self.warnings.push(warning);
        }
    }
}

fn shard_at<'a>(shards: &'a [Shard], order: Option<&[usize]>, position: usize) -> Option<&'a Shard> {
    match order {
        Some(order) => shards.get(*order.get(position)?),
        None => shards.get(position),
    }
}

impl fmt::Debug for RawSamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawSamples").field("current", &self.current).finish_non_exhaustive()
    }
}

/// How much of a sample is prefetched: a small one as a whole, of a large one what is read before its arrays.
const PREFETCHED: usize = 1024;

/// A raw sample that outlives its place in the reader.
pub(super) struct Held {
    shard: Arc<str>,
    key: Box<str>,
    offset: u64,
    payload: Bytes,
}

impl Held {
    pub(super) fn new(raw: &RawSample<'_>, shard: Arc<str>) -> Self {
        Self { shard, key: raw.key().into(), offset: raw.offset(), payload: raw.to_bytes() }
    }

    /// What the sample takes of a buffer, however it is held; an empty one takes its place.
    pub(super) fn size(&self) -> u64 {
        (self.payload.len() + self.key.len()) as u64
    }

    /// Says that the sample is read soon: it lies anywhere in memory.
    pub(super) fn prefetch(&self) {
        raw::prefetch(self.key.as_bytes());
        raw::prefetch(self.payload.get(..PREFETCHED).unwrap_or(&self.payload));
    }

    pub(super) fn as_raw(&self) -> RawSample<'_> {
        RawSample::of_parts(&self.shard, &self.key, &self.payload, self.offset)
    }
}

impl<'a> RawSample<'a> {
    /// The sample, borrowing from the shard where its type does. Errors name shard, key and field.
    #[inline]
    pub fn view<V: PackableRef<'a>>(&self) -> Result<V> {
        V::read_ref(&mut self.cursor()).map_err(|error| self.locate(error))
    }

    /// Adds where the sample is to an error about it.
    #[cold]
    pub(super) fn locate(&self, error: Error) -> Error {
        error.with_key(self.key()).with_offset(self.offset()).with_shard(self.shard())
    }
}
