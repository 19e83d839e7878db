//! Decoding: from the bytes of a sample to what the dataset gives.

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::lens::Direct;
use crate::sample::Cursor;
use crate::shard::RawSample;

type Keep = dyn Fn(&mut Cursor<'_>) -> Result<bool> + Send + Sync;
/// Of a sample and its key.
type Staged<T> = dyn Fn(&mut Cursor<'_>, &str) -> Result<Option<T>> + Send + Sync;

/// How a sample is decoded, and whether it is.
pub(super) struct Decode<T> {
    /// Filters that look at the bytes, before anything else.
    keep: Option<Arc<Keep>>,
    pub(super) read: Read<T>,
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

    /// That of a sample.
    #[inline]
    pub(super) fn of(&self, sample: u64) -> Option<&Decode<T>> {
        let after = self.parts.partition_point(|(start, _)| *start <= sample);
        self.parts.get(after.checked_sub(1)?).map(|(_, decode)| decode)
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
        Self { keep: None, read: Read::Direct(read) }
    }

    #[inline]
    pub(super) fn run(&self, raw: &RawSample<'_>) -> Result<Option<T>> {
        let mut cursor = raw.cursor();
        if self.keep.is_some() && !self.keeps(&cursor)? {
            return Ok(None);
        }
        self.read.run(&mut cursor, raw.key())
    }

    /// Whether the filters that look at the bytes keep the sample at the cursor, which stays where it is.
    #[inline]
    pub(super) fn keeps(&self, cursor: &Cursor<'_>) -> Result<bool> {
        self.keep.as_ref().map_or(Ok(true), |keep| keep(&mut cursor.clone()))
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
        Decode { keep: self.keep.clone(), read }
    }

    pub(super) fn filter_map<U>(&self, f: impl Fn(T) -> Result<Option<U>> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.stage(true, move |sample, _| f(sample))
    }

    fn stage<U>(&self, drops: bool, f: impl Fn(T, &str) -> Result<Option<U>> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        let drops = drops || matches!(self.read, Read::Staged { drops: true, .. });
        let before = self.read.clone();
        let read = Arc::new(move |cursor: &mut Cursor<'_>, key: &str| match before.run(cursor, key)? {
            Some(sample) => f(sample, key),
            None => Ok(None),
        });
        self.with_read(Read::Staged { read, drops })
    }

    pub(super) fn try_map<U>(&self, f: impl Fn(T) -> Result<U> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.with_key(move |sample, _| f(sample))
    }

    /// What a function makes of each sample and its key.
    pub(super) fn with_key<U>(&self, f: impl Fn(T, &str) -> Result<U> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.stage(false, move |sample, key| f(sample, key).map(Some))
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
        Self { keep: Some(keep), read: self.read.clone() }
    }
}

impl<T> Read<T> {
    #[inline]
    pub(super) fn run(&self, cursor: &mut Cursor<'_>, key: &str) -> Result<Option<T>> {
        match self {
            Self::Direct(read) => read(cursor).map(Some),
            Self::View(view) => view.read(cursor).map(Some),
            Self::Staged { read, .. } => read(cursor, key),
        }
    }
}

impl<T> Clone for Decode<T> {
    fn clone(&self) -> Self {
        Self { keep: self.keep.clone(), read: self.read.clone() }
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
