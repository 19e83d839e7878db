//! Entries: a shard of the catalogue, and where its contents are.

use std::sync::Arc;

use super::{CatalogError, IsStopped};
use crate::error::{Error, Result};
use crate::sample::SampleLayout;
use crate::shard::{Contents, Pack, Summary};
use crate::source::{ReadOptions, Shard};

/// A shard. There may be a hundred thousand of them: some 30 bytes each.
#[derive(Clone)]
pub(super) struct Entry {
    /// Its number among those that are read in the same way.
    number: usize,
    place: Where,
    reading: Arc<Reading>,
}

/// Where the contents of a shard are.
#[derive(Clone)]
pub(super) enum Where {
    /// In a file of their own, of which this is the head.
    Beside(Box<Summary>),
    /// In one that has those of others, too, at this place.
    Packed { pack: Arc<Pack>, at: u32 },
    /// In memory, where nothing is kept.
    Scanned(Arc<Contents>),
    /// Nowhere, for nobody asks for its samples: how many there are, and the bytes of the shard, as far as that is known.
    #[cfg(feature = "manifest")]
    LeftOut { samples: u64, size: u64 },
}

/// The shards of a dataset, and how they are read.
pub(super) struct Reading {
    pub(super) shards: Arc<[Shard]>,
    pub(super) options: Arc<ReadOptions>,
    pub(super) layout: SampleLayout,
}

impl Reading {
    pub(super) fn new(shards: &Arc<[Shard]>, options: &ReadOptions, layout: SampleLayout) -> Arc<Self> {
        Arc::new(Self { shards: Arc::clone(shards), options: Arc::new(options.clone()), layout })
    }
}

impl Entry {
    pub(super) fn new(number: usize, place: Where, reading: &Arc<Reading>) -> Self {
        Self { number, place, reading: Arc::clone(reading) }
    }

    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    pub(super) fn is_remote(&self) -> bool {
        self.shard().is_ok_and(|shard| shard.path().is_none() && shard.made().is_none())
    }

    /// Whether each range of it is a request to a server.
    pub(super) fn is_asked(&self) -> bool {
        self.is_remote() && !self.reading.options.has_cache()
    }

    /// Whether what its contents say of it is yet to be held against it, when it is opened.
    pub(super) fn is_unseen(&self) -> bool {
        !self.is_remote() || (self.is_asked() && matches!(self.place, Where::Packed { .. }))
    }

    /// Whether nobody asks for its samples.
    #[cfg_attr(not(feature = "manifest"), allow(clippy::unused_self, reason = "all are asked for"))]
    pub(super) fn is_left_out(&self) -> bool {
        #[cfg(feature = "manifest")]
        let is_left_out = matches!(self.place, Where::LeftOut { .. });
        #[cfg(not(feature = "manifest"))]
        let is_left_out = false;
        is_left_out
    }

    pub(super) fn shard(&self) -> Result<&Shard> {
        Ok(self.reading.shards.get(self.number).ok_or(CatalogError::Changed)?)
    }

    /// What its contents say of all of it.
    pub(super) fn summary(&self) -> Summary {
        match &self.place {
            Where::Beside(summary) => **summary,
            // It was looked at when it was found.
            Where::Packed { pack, at } => pack.summary(*at as usize).unwrap_or_default(),
            Where::Scanned(contents) => Summary::from(&**contents),
            #[cfg(feature = "manifest")]
            Where::LeftOut { samples, size } => Summary { samples: *samples, shard_size: *size, ..Summary::default() },
        }
    }

    /// Its contents, if they are still what they were, and how much memory they take that can be given back; in memory as a
    /// whole if that is no more than `room`, or they are on a server.
    pub(super) fn contents(&self, room: usize, is_stopped: IsStopped<'_>) -> Result<(Arc<Contents>, usize)> {
        let contents = match &self.place {
            Where::Scanned(contents) => return Ok((Arc::clone(contents), 0)),
            #[cfg(feature = "manifest")]
            Where::LeftOut { .. } => {
                return Err(Error::from(CatalogError::LeftOut).with_shard(&self.shard()?.redacted()));
            }
            Where::Packed { pack, at } => pack.contents_within(*at as usize, room, is_stopped)?,
            Where::Beside(summary) => {
                let shard = self.shard()?;
                let found = Contents::beside_within(shard, &self.reading.options, room, is_stopped)?;
                let contents = found.filter(|found| Summary::from(found) == **summary);
                contents.ok_or_else(|| Error::from(CatalogError::Changed).with_shard(&shard.redacted()))?
            }
        };
        let size = contents.as_bytes().len();
        Ok((Arc::new(contents), size))
    }
}
