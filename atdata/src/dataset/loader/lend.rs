//! Where the memory of batches is from, and where it goes when they are dropped.

use std::sync::Arc;

use crate::dataset::ring::{Buffers, Lent};

/// Memory for batches.
pub(in crate::dataset) trait Memory<B>: Send + Sync + 'static {
    /// A batch as it is given.
    type Given: Send + 'static;

    /// A batch that was there before, into whose memory the next one is read.
    fn take(&self) -> Option<B>;
    fn give(&self, batch: B) -> Self::Given;
    /// Whether memory is used again.
    fn comes_back(&self) -> bool;
    /// What becomes of a batch that nobody is given.
    fn give_back(&self, batch: B);
}

/// Made for each batch, which has it.
pub(in crate::dataset) struct New;

impl<B: Send + 'static> Memory<B> for New {
    type Given = B;

    fn take(&self) -> Option<B> {
        None
    }

    fn give(&self, batch: B) -> B {
        batch
    }

    fn comes_back(&self) -> bool {
        false
    }

    fn give_back(&self, batch: B) {
        drop(batch);
    }
}

impl<B: Send + 'static> Memory<B> for Arc<dyn Buffers<B>> {
    type Given = Lent<B>;

    fn take(&self) -> Option<B> {
        Buffers::take(&**self)
    }

    fn give(&self, batch: B) -> Lent<B> {
        Lent::new(batch, Self::clone(self))
    }

    fn comes_back(&self) -> bool {
        true
    }

    fn give_back(&self, batch: B) {
        Buffers::give_back(&**self, batch);
    }
}
