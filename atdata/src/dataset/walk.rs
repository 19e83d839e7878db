//! Passing the samples of a dataset to find or to count them.

use crate::dataset::raw::RawSamples;
use crate::error::{Error, Result};
use crate::shard::RawSample;

/// The samples in order, for answers that depend on all of them.
///
/// Damage of a shard is an error, be it only an odd end: who counts and finds positions must not take what is left for
/// all there was. A group that is no sample, such as a stray `README.txt`, is passed over and logged; where nothing else
/// is found it is the error that is told.
pub(super) struct Walk {
    raw: RawSamples,
    /// The first group that was passed over.
    refused: Option<Error>,
    /// Whether there was a sample.
    any: bool,
}

impl Walk {
    /// Over samples that are read strictly.
    pub(super) fn new(raw: RawSamples) -> Self {
        Self { raw, refused: None, any: false }
    }

    /// Moves to the next sample; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool> {
        loop {
            match self.advance_numbered()? {
                Some(Ok(())) => return Ok(true),
                Some(Err(error)) => self.pass_over(error),
                None => return Ok(false),
            }
        }
    }

    /// The same for who counts as contents do: what the members of a sample do not make is told, for the sample has a number
    /// all the same. [`current`](Self::current) is none then; `None` at the end.
    pub(super) fn advance_numbered(&mut self) -> Result<Option<Result<()>>> {
        loop {
            match self.raw.advance() {
                Ok(true) => {
                    self.any = true;
                    return Ok(Some(Ok(())));
                }
                Ok(false) if self.any => return Ok(None),
                Ok(false) => return self.refused.take().map_or(Ok(None), Err),
                Err(error) if self.raw.failed_to_make() => return Ok(Some(Err(error))),
                Err(error) if self.raw.goes_on() => self.pass_over(error),
                Err(error) => return Err(error),
            }
        }
    }

    #[cold]
    fn pass_over(&mut self, error: Error) {
        log::error!("passed over: {error:#}");
        self.refused.get_or_insert(error);
    }

    pub(super) fn current(&self) -> Option<RawSample<'_>> {
        self.raw.current()
    }

    /// See [`RawSamples::read_current`].
    pub(super) fn read_current<R>(&self, read: impl FnOnce(&RawSample<'_>) -> Result<R>) -> Result<Option<R>> {
        self.raw.read_current(read)
    }
}
