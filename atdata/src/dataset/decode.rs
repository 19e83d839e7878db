//! Decoding: from the bytes of a sample to what the dataset gives.

use std::fmt;
use std::sync::Arc;

use crate::dataset::partners::{Fetch, Partners, Reading};
use crate::error::Result;
use crate::lens::Direct;
use crate::sample::Cursor;
use crate::shard::RawSample;

type Keep = dyn Fn(&mut Cursor<'_>) -> Result<bool> + Send + Sync;
/// Of a sample, and what there is beside it.
type Staged<T> = dyn Fn(&mut Cursor<'_>, At<'_>) -> Result<Option<T>> + Send + Sync;

/// Holds a sample against what was said of it before it was read.
pub(super) type Said = dyn Fn(&RawSample<'_>) -> Result<()> + Send + Sync;

/// What there is beside the bytes of a sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) key: &'a str,
    pub(super) shard: &'a str,
    /// Samples that it may be joined with, if some were read beforehand.
    pub(super) partners: Option<&'a Partners>,
}

/// How a sample is decoded, and whether it is.
pub(super) struct Decode<T> {
    /// Filters that look at the bytes, before anything else.
    keep: Option<Arc<Keep>>,
    /// What samples are held against that were chosen by what a manifest says of them.
    said: Option<Arc<Said>>,
    pub(super) read: Read<T>,
    /// What the stages join with, in order.
    joins: Arc<[Arc<dyn Fetch>]>,
}

/// How the samples of several datasets are decoded, which are counted one behind the other.
#[derive(Debug)]
pub(super) struct Decodes<T> {
    /// Each with the number of its first sample.
    parts: Vec<(u64, Decode<T>)>,
}

impl<T> Decodes<T> {
    /// Of datasets with so many samples each.
    pub(super) fn new(parts: impl IntoIterator<Item = (Decode<T>, u64)>) -> Self {
        let mut start = 0;
        let part = |(decode, len): (Decode<T>, u64)| {
            let first = start;
            start += len;
            (first, decode)
        };
        Self { parts: parts.into_iter().map(part).collect() }
    }

    /// That of a sample, with the number of the dataset that it is of.
    #[inline]
    pub(super) fn of(&self, sample: u64) -> Option<(usize, &Decode<T>)> {
        let part = self.parts.partition_point(|(start, _)| *start <= sample).checked_sub(1)?;
        self.parts.get(part).map(|(_, decode)| (part, decode))
    }

    /// Reads what samples of these numbers are joined with, for each dataset; `key` tells the key of one. Nothing where no dataset is
    /// a join.
    pub(super) fn fetch(
        &self,
        samples: impl Iterator<Item = u64>,
        key: impl Fn(u64) -> Option<String>,
        reading: Reading<'_>,
    ) -> Vec<Partners> {
        if !self.parts.iter().any(|(_, decode)| decode.joins()) {
            return Vec::new();
        }
        let mut keys: Vec<Vec<String>> = self.parts.iter().map(|_| Vec::new()).collect();
        for sample in samples {
            if let Some((part, decode)) = self.of(sample)
                && decode.joins()
                && let Some(keys) = keys.get_mut(part)
            {
                keys.extend(key(sample));
            }
        }
        let joins = self.parts.iter().filter(|(_, decode)| decode.joins()).count() as u64;
        let reading = Reading { most: reading.most / joins.max(1), ..reading };
        self.parts.iter().zip(keys).map(|((_, decode), keys)| decode.fetch(&keys, reading)).collect()
    }
}

/// The reader of the sample type, or of a view of it, or one with stages behind it.
pub(super) enum Read<T> {
    /// Nothing stands between the bytes and the value: batches can be decoded straight into their columns.
    Direct(fn(&mut Cursor<'_>) -> Result<T>),
    /// The same for a view, which looks at its own fields only.
    View(Direct<T>),
    /// `None` is a sample that a filter dropped, where there is one.
    Staged { read: Arc<Staged<T>>, drops: bool },
}

impl<T> Decode<T> {
    pub(super) fn direct(read: fn(&mut Cursor<'_>) -> Result<T>) -> Self {
        Self { keep: None, said: None, read: Read::Direct(read), joins: Arc::default() }
    }

    #[inline]
    pub(super) fn run(&self, raw: &RawSample<'_>) -> Result<Option<T>> {
        self.run_with(raw, None)
    }

    /// The same, with samples that it may be joined with.
    #[inline]
    pub(super) fn run_with(&self, raw: &RawSample<'_>, partners: Option<&Partners>) -> Result<Option<T>> {
        self.run_asking(raw, || partners)
    }

    /// The same, with samples that are asked for once the filters that look at the bytes keep it.
    #[inline]
    pub(super) fn run_asking<'p>(
        &self,
        raw: &RawSample<'_>,
        partners: impl FnOnce() -> Option<&'p Partners>,
    ) -> Result<Option<T>> {
        let mut cursor = raw.cursor();
        if self.keep.is_some() && !self.keeps(&cursor)? {
            return Ok(None);
        }
        self.hold(raw)?;
        self.read.run(&mut cursor, At { key: raw.key(), shard: raw.shard(), partners: partners() })
    }

    /// Whether the filters that look at the bytes keep the sample at the cursor, which stays where it is.
    #[inline]
    pub(super) fn keeps(&self, cursor: &Cursor<'_>) -> Result<bool> {
        self.keep.as_ref().map_or(Ok(true), |keep| keep(&mut cursor.clone()))
    }

    /// Holds the sample against what was said of it.
    #[inline]
    pub(super) fn hold(&self, raw: &RawSample<'_>) -> Result<()> {
        self.said.as_ref().map_or(Ok(()), |said| said(raw))
    }

    /// The same samples, each held against what was said of it.
    #[cfg(feature = "manifest")]
    pub(super) fn held_to(&self, said: Arc<Said>) -> Self {
        Self { said: Some(said), ..self.clone() }
    }

    /// Whether the sample is given; and it, if to know that it had to be decoded.
    pub(super) fn look(&self, raw: &RawSample<'_>) -> Result<(bool, Option<T>)> {
        match &self.read {
            Read::Staged { .. } => self.run(raw).map(|sample| (sample.is_some(), sample)),
            _ => self.keeps(&raw.cursor()).map(|keeps| (keeps, None)),
        }
    }

    /// Whether every sample is given: only a stage can drop one.
    pub(super) fn keeps_all(&self) -> bool {
        self.keep.is_none() && !matches!(self.read, Read::Staged { .. })
    }

    /// Whether how many samples there are depends on what is in them.
    pub(super) fn drops(&self) -> bool {
        self.keep.is_some() || matches!(self.read, Read::Staged { drops: true, .. })
    }

    /// Whether it gives what the shards hold.
    pub(super) fn is_plain(&self) -> bool {
        self.keep.is_none() && matches!(self.read, Read::Direct(_))
    }

    /// The same filters, and another reader.
    pub(super) fn with_read<U>(&self, read: Read<U>) -> Decode<U> {
        Decode { keep: self.keep.clone(), said: self.said.clone(), read, joins: Arc::clone(&self.joins) }
    }

    pub(super) fn filter_map<U>(&self, f: impl Fn(T) -> Result<Option<U>> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.stage(true, move |sample, _| f(sample))
    }

    fn stage<U>(&self, drops: bool, f: impl Fn(T, At<'_>) -> Result<Option<U>> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        let drops = drops || matches!(self.read, Read::Staged { drops: true, .. });
        let before = self.read.clone();
        let read = Arc::new(move |cursor: &mut Cursor<'_>, at: At<'_>| match before.run(cursor, at)? {
            Some(sample) => f(sample, at),
            None => Ok(None),
        });
        self.with_read(Read::Staged { read, drops })
    }

    pub(super) fn try_map<U>(&self, f: impl Fn(T) -> Result<U> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.stage(false, move |sample, _| f(sample).map(Some))
    }

    /// What a function makes of each sample and what it is joined with, which may have been read before for the join with the number
    /// that the function is given.
    pub(super) fn joined<U>(
        &self,
        with: Arc<dyn Fetch>,
        f: impl Fn(T, At<'_>, usize) -> Result<U> + Send + Sync + 'static,
    ) -> Decode<U>
    where
        T: 'static,
    {
        let number = self.joins.len();
        let joins = self.joins.iter().cloned().chain([with]).collect();
        Decode { joins, ..self.stage(false, move |sample, at| f(sample, at, number).map(Some)) }
    }

    /// Whether other samples may be read with each.
    pub(super) fn joins(&self) -> bool {
        !self.joins.is_empty()
    }

    /// Reads what samples with these keys are joined with.
    pub(super) fn fetch(&self, keys: &[String], reading: Reading<'_>) -> Partners {
        Partners::fetch(&self.joins, keys, reading)
    }

    pub(super) fn map<U>(&self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.try_map(move |sample| Ok(f(sample)))
    }

    pub(super) fn filter(&self, keep: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self
    where
        T: 'static,
    {
        self.filter_map(move |sample| Ok(keep(&sample).then_some(sample)))
    }

    /// With a filter that looks at the bytes behind those that do. There is no stage that would come before it.
    pub(super) fn filter_bytes(&self, keep: impl Fn(&mut Cursor<'_>) -> Result<bool> + Send + Sync + 'static) -> Self {
        let keep: Arc<Keep> = match self.keep.clone() {
            None => Arc::new(keep),
            Some(before) => Arc::new(move |cursor| Ok(before(&mut cursor.clone())? && keep(cursor)?)),
        };
        Self { keep: Some(keep), ..self.clone() }
    }
}

impl<T> Read<T> {
    #[inline]
    pub(super) fn run(&self, cursor: &mut Cursor<'_>, at: At<'_>) -> Result<Option<T>> {
        match self {
            Self::Direct(read) => read(cursor).map(Some),
            Self::View(view) => view.read(cursor).map(Some),
            Self::Staged { read, .. } => read(cursor, at),
        }
    }
}

impl<T> Clone for Decode<T> {
    fn clone(&self) -> Self {
        Self {
            keep: self.keep.clone(),
            said: self.said.clone(),
            read: self.read.clone(),
            joins: Arc::clone(&self.joins),
        }
    }
}

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Direct(read) => Self::Direct(*read),
            Self::View(view) => Self::View(*view),
            Self::Staged { read, drops } => Self::Staged { read: Arc::clone(read), drops: *drops },
        }
    }
}

impl<T> fmt::Debug for Decode<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.read {
            Read::Direct(_) => "Direct",
            Read::View(_) => "View",
            Read::Staged { .. } => "Staged",
        })
    }
}
