//! Raw samples: those of many shards as they are on disk, one shard after the other.

use std::fmt;
use std::sync::Arc;

use crate::archive::input::{Partial, Placed};
use crate::archive::tar::Large;
use crate::dataset::held::Held;
use crate::dataset::take::{Begins, Take};
use crate::dataset::warning::ShardWarning;
use crate::error::{Error, Result};
use crate::sample::{PackableRef, SampleLayout};
use crate::shard::{Ahead, Group, PassedOver, RawSample, ShardReader};
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
    large: Large,
    begins: Begins,
    warnings: Vec<ShardWarning>,
    passed: PassedOver,
    layout: SampleLayout,
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
            large: Large::Read,
            begins: Begins::default(),
            warnings: Vec::new(),
            passed: PassedOver::default(),
            layout: SampleLayout::Packed,
        }
    }

    /// The same, with samples that are made of their members in this way.
    pub(super) fn read_as(self, layout: SampleLayout) -> Self {
        Self { layout, ..self }
    }

    /// The same, for who wants payloads later or not at all: large ones that lie in files are left there, and
    /// [`current`](Self::current) has none of those.
    pub(super) fn leaving_large(self) -> Self {
        Self { large: Large::Left, ..self }
    }

    /// The same, for who [takes](Self::take_next) samples: of large ones that lie in files no more is read than is taken.
    pub(super) fn beginning_large(self) -> Self {
        Self { large: Large::Begun, ..self }
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

    /// What is taken of the next sample, which is so before the other members of the sample are looked at.
    pub(super) fn take_next<T: Take>(&mut self, take: &mut T) -> Option<Result<T::Taken>> {
        loop {
            match self.step(|reader| reader.begin_next().map(|found| found.then_some(()))) {
                Ok(Some(())) => {}
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
            let reader = self.current.as_mut()?;
            let (taken, ended) = match take_begun(reader, &mut self.begins, take) {
                Ok(taken) => (taken, reader.end_begun()),
                Err(error) => (None, Err(error)),
            };
            if !matches!(ended, Ok(true)) && matches!(taken, Some(Ok(_))) {
                take.undo();
            }
            match ended {
                Ok(true) => return taken,
                Ok(false) => {}
                Err(error) => {
                    if reader.is_done() {
                        self.close();
                    }
                    return Some(Err(error));
                }
            }
        }
    }

    /// The next sample with all its members.
    pub(super) fn next_group(&mut self) -> Result<Option<Group>> {
        let is_packed = matches!(self.layout, SampleLayout::Packed);
        self.step(|reader| {
            let Some(group) = reader.next_group()? else { return Ok(None) };
            if is_packed {
                group.payload().map_err(|error| error.with_shard(reader.name()))?;
            }
            Ok(Some(group))
        })
    }

    /// Whether the last error was about one sample, behind which the next of its shard comes.
    pub(super) fn goes_on(&self) -> bool {
        self.current.is_some()
    }

    /// Whether the last error was about what the members of a sample hold, behind which the next comes: it has a number.
    pub(super) fn failed_to_make(&self) -> bool {
        self.current.as_ref().is_some_and(ShardReader::failed_to_make)
    }

    /// The name of the shard of the last sample, and whether it was made of its members.
    #[cfg(feature = "records")]
    pub(super) fn source(&self) -> Option<(&str, bool)> {
        self.current.as_ref().map(|reader| (reader.name(), reader.has_members()))
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

    /// Where the payload of the current sample is, if it was left there.
    pub(super) fn placed(&self) -> Option<Placed> {
        self.current.as_ref().and_then(ShardReader::placed)
    }

    /// What `read` makes of the current sample, whose payload is fetched if it was left where it is: into memory of its
    /// own, which what is read may share.
    pub(super) fn read_current<R>(&self, read: impl FnOnce(&RawSample<'_>) -> Result<R>) -> Result<Option<R>> {
        let Some(sample) = self.current() else { return Ok(None) };
        let Some(placed) = self.placed() else { return read(&sample).map(Some) };
        let mut held = Held::there(&sample, sample.shard().into(), placed);
        held.fetch()?;
        read(&held.as_raw(&mut Vec::new())?).map(Some)
    }

    /// What was odd about the shards that were read to their end; each is logged as well.
    pub fn warnings(&self) -> &[ShardWarning] {
        &self.warnings
    }

    /// The members that belong to no sample, of the shards that were read to their end.
    pub fn passed_over(&self) -> &PassedOver {
        &self.passed
    }

    /// False if there is no further shard.
    fn open_next(&mut self) -> Result<bool> {
        let position = self.next;
        let Some(shard) = shard_at(&self.shards, self.order.as_deref(), position) else { return Ok(false) };
        self.next += 1;
        // Behind an error, too, comes the next shard.
        self.filled = false;
        let mut reader = self.ahead.open(position, shard, &self.options)?;
        reader.treat_large(self.large);
        if !matches!(self.layout, SampleLayout::Packed) {
            reader.read_as(self.layout);
        }
        self.current = Some(reader);
        Ok(true)
    }

    #[cold]
    fn fill(&mut self) {
        self.filled = true;
        self.ahead.fill(|position| shard_at(&self.shards, self.order.as_deref(), position), &self.options);
    }

    fn close(&mut self) {
        let Some(reader) = self.current.take() else { return };
        if !reader.passed_over().is_empty() {
            self.passed.extend(reader.passed_over());
        }
        for warning in reader.warnings() {
            let warning = ShardWarning { shard: reader.name().to_owned(), warning: warning.clone() };
            let level = if warning.warning.may_lose_samples() { log::Level::Error } else { log::Level::Warn };
            log::log!(level, "{warning}");
            self.warnings.push(warning);
        }
    }
}

/// What is taken of the sample that the reader began with.
#[inline]
fn take_begun<T: Take>(
    reader: &mut ShardReader,
    begins: &mut Begins,
    take: &mut T,
) -> Result<Option<Result<T::Taken>>> {
    if reader.is_partial() {
        return take_large(reader, begins, take);
    }
    Ok(reader.current().map(|raw| take.take(&raw)))
}

fn take_large<T: Take>(
    reader: &mut ShardReader,
    begins: &mut Begins,
    take: &mut T,
) -> Result<Option<Result<T::Taken>>> {
    let tries = begins.may_try();
    if tries
        && let (Some(placed), Some(begin)) = (reader.placed(), reader.current())
        && let Some(taken) = Begins::take(take, &Partial::new(placed), begin)
    {
        return Ok(Some(Ok(taken)));
    }
    reader.read_all()?;
    let taken = reader.current().map(|raw| take.take(&raw));
    if tries && matches!(taken, Some(Ok(_))) {
        begins.pause();
    }
    Ok(taken)
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

impl<'a> RawSample<'a> {
    /// The sample, borrowing from the shard where its type does. Errors name shard, key and field.
    #[inline]
    pub fn view<V: PackableRef<'a>>(&self) -> Result<V> {
        V::read_ref(&mut self.cursor()).map_err(|error| self.locate(error))
    }

    /// Adds where the sample is to an error about it.
    #[cold]
    pub(super) fn locate(&self, error: Error) -> Error {
        // What was read for this one is in another shard, whose name it has.
        let error = if error.partner().is_some() { error } else { error.with_offset(self.offset()) };
        error.with_key(self.key()).with_shard(self.shard())
    }
}
