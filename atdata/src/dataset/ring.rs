//! Buffers: the memory that batches are read into, which comes back when they are dropped.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

/// Where a loader has the memory of its batches from, and where these go when they are dropped: see
/// [`PlanBuilder::load_into`](crate::dataset::PlanBuilder::load_into). [`Ring`] is one; who has something to do once for the memory of
/// each batch, such as pinning it for a device, does it in one of their own.
///
/// The memory of a batch is that of its tensors and lists, which the global allocator has made. Memory of another kind is had by
/// registering this one, by its address, with whoever needs it (`cudaHostRegister`, `mlock`), before the batch is given by
/// [`take`](Self::take), and by taking that back before the batch is freed. As long as the rows of a batch take no more than there is
/// room for, it stays where it is; a tensor that has to grow moves.
pub trait Buffers<B>: Send + Sync {
    /// A batch that nobody needs, into whose memory the next one is read: what it holds is dropped. With `None` there is new memory.
    ///
    /// The threads of the loader call it, each before it makes a batch. It may not wait for batches to come back: the one that is
    /// waited for may be what this thread is to make.
    fn take(&self) -> Option<B>;

    /// Takes a batch back that was dropped, by whichever thread.
    fn give_back(&self, batch: B);
}

/// Some batches whose memory is used again and again.
///
/// There are as many as are in use at a time: those that a loader has ready or is making, which are up to two for each of its
/// [threads](crate::dataset::PlanBuilder::threads) and one more, and those that the caller holds. If there are more than the ring keeps,
/// the others are freed when they are dropped.
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::Arc;
///
/// use atdata::dataset::Ring;
/// use atdata::{Dataset, Packable};
/// use ndarray::{Array1, Array2};
///
/// #[derive(Packable)]
/// struct Signal {
///     values: Array1<f32>,
/// }
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("signals.tar");
/// # Dataset::write(&path, (0..64).map(|_| Signal { values: Array1::ones(100) }))?;
/// let signals = Dataset::<Signal>::open(&path)?;
/// // Memory of the caller's, for 8 rows each: it may be pinned by its address here.
/// let mine: Vec<_> = (0..6).map(|_| SignalBatch { values: Array2::zeros((8, 100)) }).collect();
/// let places: HashSet<_> = mine.iter().map(|batch| batch.values.as_ptr()).collect();
/// let ring = Arc::new(Ring::of(mine));
/// for step in signals.plan().batch(8).threads(2).load_into(&ring)? {
///     let batch = step?.batch;
///     assert!(batch.values.sum() == 800.0 && places.contains(&batch.values.as_ptr()));
///     // Dropped, it is read into again.
/// }
/// # Ok::<(), atdata::Error>(())
/// ```
pub struct Ring<B> {
    free: Mutex<Vec<B>>,
    most: usize,
}

impl<B> Ring<B> {
    /// One that has no batches yet, and keeps up to so many.
    pub fn new(most: usize) -> Self {
        Self { free: Mutex::new(Vec::new()), most }
    }

    /// One of these batches, whose values do not matter: what there is room for in them is. It keeps as many.
    pub fn of(batches: impl IntoIterator<Item = B>) -> Self {
        let free: Vec<B> = batches.into_iter().collect();
        Self { most: free.len(), free: Mutex::new(free) }
    }

    /// How many batches it has that nobody uses.
    pub fn free(&self) -> usize {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl<B: Send> Buffers<B> for Ring<B> {
    fn take(&self) -> Option<B> {
        // The last one that came back is the one that caches know.
        self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, batch: B) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < self.most {
            free.push(batch);
            return;
        }
        drop(free);
        // To free a large one takes time.
        drop(batch);
    }
}

impl<B> fmt::Debug for Ring<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("free", &self.free()).field("most", &self.most).finish()
    }
}

/// A batch whose memory goes back to where it came from when it is dropped.
pub struct Lent<B> {
    /// `None` while it is dropped.
    batch: Option<B>,
    from: Arc<dyn Buffers<B>>,
}

impl<B> Lent<B> {
    pub(super) fn new(batch: B, from: Arc<dyn Buffers<B>>) -> Self {
        Self { batch: Some(batch), from }
    }

    /// The batch, to keep: its memory does not go back.
    pub fn keep(mut self) -> B {
        // Nothing takes it out but this and dropping, which come once.
        self.batch.take().unwrap_or_else(|| unreachable!("a batch is there until it is dropped"))
    }
}

impl<B> Deref for Lent<B> {
    type Target = B;

    fn deref(&self) -> &B {
        self.batch.as_ref().unwrap_or_else(|| unreachable!("a batch is there until it is dropped"))
    }
}

impl<B> DerefMut for Lent<B> {
    fn deref_mut(&mut self) -> &mut B {
        self.batch.as_mut().unwrap_or_else(|| unreachable!("a batch is there until it is dropped"))
    }
}

impl<B> Drop for Lent<B> {
    fn drop(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.from.give_back(batch);
        }
    }
}

impl<B: fmt::Debug> fmt::Debug for Lent<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.batch, f)
    }
}
