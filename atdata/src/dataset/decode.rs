//! Decoding: from the bytes of a sample to what the dataset gives.

use std::sync::Arc;

use crate::error::Result;
use crate::lens::Direct;
use crate::sample::Cursor;

type Staged<T> = dyn Fn(&mut Cursor<'_>) -> Result<Option<T>> + Send + Sync;

/// The reader of the sample type, or of a view of it, or one with stages behind it.
pub(super) enum Decode<T> {
    /// Nothing stands between the bytes and the value: batches can be decoded straight into their columns.
    Direct(fn(&mut Cursor<'_>) -> Result<T>),
    /// The same for a view, which looks at its own fields only.
    View(Direct<T>),
    /// `None` is a sample that a filter dropped, where there is one.
    Staged { read: Arc<Staged<T>>, drops: bool },
}

impl<T> Decode<T> {
    #[inline]
    pub(super) fn run(&self, cursor: &mut Cursor<'_>) -> Result<Option<T>> {
        match self {
            Self::Direct(read) => read(cursor).map(Some),
            Self::View(view) => view.read(cursor).map(Some),
            Self::Staged { read, .. } => read(cursor),
        }
    }

    /// Whether every sample is given: only a stage can drop one.
    pub(super) fn keeps_all(&self) -> bool {
        !matches!(self, Self::Staged { .. })
    }

    /// Whether how many samples there are depends on what is in them.
    pub(super) fn drops(&self) -> bool {
        matches!(self, Self::Staged { drops: true, .. })
    }

    pub(super) fn filter_map<U>(self, f: impl Fn(T) -> Result<Option<U>> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.stage(true, f)
    }

    fn stage<U>(self, drops: bool, f: impl Fn(T) -> Result<Option<U>> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        let drops = drops || self.drops();
        let read = Arc::new(move |cursor: &mut Cursor<'_>| match self.run(cursor)? {
            Some(sample) => f(sample),
            None => Ok(None),
        });
        Decode::Staged { read, drops }
    }

    pub(super) fn try_map<U>(self, f: impl Fn(T) -> Result<U> + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.stage(false, move |sample| f(sample).map(Some))
    }

    pub(super) fn map<U>(self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Decode<U>
    where
        T: 'static,
    {
        self.try_map(move |sample| Ok(f(sample)))
    }

    pub(super) fn filter(self, keep: impl Fn(&T) -> bool + Send + Sync + 'static) -> Self
    where
        T: 'static,
    {
        self.filter_map(move |sample| Ok(keep(&sample).then_some(sample)))
    }
}

impl<T> Clone for Decode<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Direct(read) => Self::Direct(*read),
            Self::View(view) => Self::View(*view),
            Self::Staged { read, drops } => Self::Staged { read: Arc::clone(read), drops: *drops },
        }
    }
}
