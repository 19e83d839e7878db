//! Members: what the grouping of samples asks of an archive, whatever its format.

use bytes::Bytes;

use crate::archive::input::Placed;
use crate::archive::tar::{Fault, PassedOver, Reason, Scan, Warning};
use crate::error::{Error, Result};

/// The members of an archive, one after the other: names, and data on demand.
///
/// The name and what is wrong are asked for before the data, of which one member's at a time is held.
pub(super) trait Members {
    /// Moves to the next member that has data; `false` at the end.
    fn next_member(&mut self) -> Result<bool>;

    /// Name of the member as it is in the archive.
    fn name(&self) -> &[u8];

    /// Where the member begins in the archive.
    fn offset(&self) -> u64;

    /// Why the member cannot be used, where the archive itself can.
    fn fault(&mut self) -> Option<Error>;

    /// Whether the member has no data.
    fn is_empty(&mut self) -> Result<bool, Fault>;

    /// The first `len` bytes of the data, or all of it if that is less, where it can be looked at before it is asked for.
    fn peek(&mut self, len: u64) -> Result<Option<&[u8]>>;

    /// A handle to the member's data, or a copy.
    fn bytes(&mut self) -> Result<Bytes, Fault>;

    /// Keeps the member's data until [`release`](Self::release), while other members are moved to.
    fn hold(&mut self) -> Result<(), Fault>;

    /// The data that is kept, and its owner where a handle to it would not pin a read buffer.
    fn held(&self) -> (&[u8], Option<&Bytes>);

    /// Where the data is that is kept, if it was left there.
    fn placed(&self) -> Option<Placed> {
        None
    }

    fn release(&mut self);

    /// Counts the member as one that belongs to no sample.
    fn pass_over(&mut self, reason: Reason);

    /// To be called at the end, for what is checked only there.
    fn finish(&mut self) -> Result<()>;

    /// What was odd so far, but no error.
    fn warnings(&self) -> &[Warning];

    /// The members that belong to no sample, so far.
    fn passed(&self) -> &PassedOver;
}

impl Members for Scan {
    #[inline]
    fn next_member(&mut self) -> Result<bool> {
        Self::next_member(self)
    }

    #[inline]
    fn name(&self) -> &[u8] {
        Self::name(self)
    }

    #[inline]
    fn offset(&self) -> u64 {
        Self::offset(self)
    }

    #[inline]
    fn fault(&mut self) -> Option<Error> {
        Self::fault(self)
    }

    fn is_empty(&mut self) -> Result<bool, Fault> {
        Self::is_empty(self)
    }

    fn peek(&mut self, len: u64) -> Result<Option<&[u8]>> {
        Self::peek(self, len)
    }

    fn bytes(&mut self) -> Result<Bytes, Fault> {
        Self::bytes(self)
    }

    #[inline]
    fn hold(&mut self) -> Result<(), Fault> {
        Self::hold(self)
    }

    #[inline]
    fn held(&self) -> (&[u8], Option<&Bytes>) {
        Self::held(self)
    }

    fn placed(&self) -> Option<Placed> {
        Self::placed(self)
    }

    #[inline]
    fn release(&mut self) {
        Self::release(self);
    }

    fn pass_over(&mut self, reason: Reason) {
        Self::pass_over(self, reason);
    }

    fn finish(&mut self) -> Result<()> {
        Self::finish(self)
    }

    fn warnings(&self) -> &[Warning] {
        Self::warnings(self)
    }

    fn passed(&self) -> &PassedOver {
        Self::passed(self)
    }
}
