//! Taking samples: what is decoded of one while it is in memory, and how little of it may have to be there.

use crate::archive::input::Partial;
use crate::error::Result;
use crate::shard::RawSample;

/// For how many samples no begin is tried after one that did not do.
const PAUSE: u32 = 100;

/// What is done with a sample that is in memory.
pub(super) trait Take {
    type Taken;

    /// Decodes the sample. Errors say where it is.
    fn take(&mut self, raw: &RawSample<'_>) -> Result<Self::Taken>;

    /// Takes back what was done with the last sample, which is no sample after all.
    fn undo(&mut self);
}

/// Whether large samples are tried with their begin: what is needed beyond it is read while they are decoded, and what
/// is passed over is not.
#[derive(Debug, Default)]
pub(super) struct Begins {
    pause: u32,
}

impl Begins {
    /// Whether the next sample is to be tried so.
    pub(super) fn may_try(&mut self) -> bool {
        let may = self.pause == 0;
        self.pause = self.pause.saturating_sub(1);
        may
    }

    /// What is taken of a sample by its begin; `None` if that does not do, and nothing was done with it.
    pub(super) fn take<T: Take>(take: &mut T, partial: &Partial, begin: RawSample<'_>) -> Option<T::Taken> {
        match take.take(&begin.begin_of(partial)) {
            Ok(taken) if !partial.has_refused() => Some(taken),
            Ok(_) => {
                take.undo();
                None
            }
            Err(_) => None,
        }
    }

    /// The begin did not do, but the whole sample did: so may it be with those that follow.
    #[cold]
    pub(super) fn pause(&mut self) {
        self.pause = PAUSE;
    }
}
