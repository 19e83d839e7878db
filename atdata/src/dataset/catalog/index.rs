//! Making the contents of shards that have none.

use std::ops::{AddAssign, ControlFlow};
use std::path::Path;

use super::{path_of, threads};
use crate::error::{Error, Result};
use crate::shard::{Contents, Importer, modified};
use crate::source::{ReadOptions, Shard};
use crate::store::several;

/// How the contents of shards are made: see [`Shards::index_with`](crate::dataset::Shards::index_with).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub struct IndexOptions {
    threads: usize,
    anew: bool,
    unread: bool,
}

impl IndexOptions {
    /// As many threads as there are processors; contents that are there and are of the shard as it is are kept.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many threads read; 0 are as many as there are processors.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Whether the contents of all shards are made anew, also of those that have some.
    pub fn anew(mut self, yes: bool) -> Self {
        self.anew = yes;
        self
    }

    /// Whether what members hold is read for its checksums, as it is unless told otherwise. Without them only the headers are read, so that
    /// shards of large members take a small part of the time; damage of what a member holds is not noticed by way of such contents,
    /// and a [token](crate::dataset::Token) of a run with them goes on with such contents only. Contents that are there are kept
    /// whichever they have; with [`anew`](Self::anew) they are made again.
    pub fn checksums(mut self, yes: bool) -> Self {
        self.unread = !yes;
        self
    }

    pub(super) fn at_once(self) -> usize {
        if self.threads == 0 { threads() } else { self.threads }
    }

    pub(super) fn is_anew(self) -> bool {
        self.anew
    }
}

/// What [`Shards::index`](crate::dataset::Shards::index) did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indexed {
    /// Shards whose contents were made.
    pub made: usize,
    /// Shards whose contents were there and are of the shard as it is.
    pub kept: usize,
    /// Shards that have none, for something is wrong with them.
    pub failed: usize,
    /// Samples of all shards that have contents.
    pub samples: u64,
}

impl Indexed {
    /// Counts one shard more.
    pub(super) fn add(&mut self, samples: u64, is_new: bool) {
        self.made += usize::from(is_new);
        self.kept += usize::from(!is_new);
        self.samples += samples;
    }
}

/// What was done for some shards, and for others.
impl AddAssign for Indexed {
    fn add_assign(&mut self, other: Self) {
        let Self { made, kept, failed, samples } = other;
        (self.made, self.kept) = (self.made + made, self.kept + kept);
        (self.failed, self.samples) = (self.failed + failed, self.samples + samples);
    }
}

/// Makes the contents of all shards that have none, or stale ones: see
/// [`Shards::index_with`](crate::dataset::Shards::index_with).
pub(in crate::dataset) fn index(
    shards: &[Shard],
    options: &ReadOptions,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
    bad: &mut dyn FnMut(Error),
) -> Indexed {
    index_by(shards, how, bad, &|path| made_or_kept(path, options, how, progress))
}

/// The same by the indexes of another program: see [`Shards::import`](crate::dataset::Shards::import).
pub(in crate::dataset) fn import(
    shards: &[Shard],
    options: &ReadOptions,
    importer: &Importer,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
    bad: &mut dyn FnMut(Error),
) -> Indexed {
    let make = |path: &Path, tell: &mut dyn FnMut(u64)| importer.contents(path, options, !how.unread, tell);
    index_by(shards, how, bad, &|path| kept_or(path, how, progress, &make))
}

/// By what gives the contents of a shard, and whether they are new.
fn index_by(
    shards: &[Shard],
    how: IndexOptions,
    bad: &mut dyn FnMut(Error),
    contents: &(dyn Fn(&Path) -> Result<(Contents, bool)> + Sync),
) -> Indexed {
    let work = |shard: &Shard, _: &mut dyn FnMut(u64)| -> Result<(u64, bool)> {
        let path = path_of(shard)?;
        let (contents, is_new) = contents(path)?;
        if is_new {
            contents.save(path)?;
        }
        // Not the contents: results wait for those of shards before them.
        Ok((contents.samples(), is_new))
    };
    let mut indexed = Indexed::default();
    several(shards, how.at_once(), work, &mut |_| (), &mut |_, found| {
        match found {
            Ok((samples, is_new)) => indexed.add(samples, is_new),
            Err(error) => {
                indexed.failed += 1;
                bad(error);
            }
        }
        ControlFlow::Continue(())
    });
    indexed
}

/// The contents that are kept beside a shard, or those of a scan; and whether they are of a scan.
pub(super) fn made_or_kept(
    path: &Path,
    options: &ReadOptions,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Contents, bool)> {
    kept_or(path, how, progress, &|path, tell| {
        if how.unread { Contents::scan_headers(path, options, tell) } else { Contents::scan_with(path, options, tell) }
    })
}

/// Makes the contents of a shard, and tells how far it is.
type Make<'m> = dyn Fn(&Path, &mut dyn FnMut(u64)) -> Result<Contents> + 'm;

/// The contents that are kept beside a shard, or those that are made; and whether they were made.
fn kept_or(
    path: &Path,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
    make: &Make<'_>,
) -> Result<(Contents, bool)> {
    let size = std::fs::metadata(path).map_or(0, |data| data.len());
    let kept = if how.anew || is_older(&Contents::path_of(path), path) { Ok(None) } else { Contents::open_alone(path) };
    let kept = kept.unwrap_or_else(|error| {
        log::warn!("made anew: {error:#}");
        None
    });
    if let Some(contents) = kept {
        progress(size);
        return Ok((contents, false));
    }
    let mut told = 0;
    let contents = make(path, &mut |at| {
        progress(at.saturating_sub(told));
        told = at.max(told);
    })?;
    progress(size.saturating_sub(told));
    Ok((contents, true))
}

/// Whether a shard was changed after its contents were written: what they are held against, its size, its end and two of its
/// headers, may be what it was all the same.
pub(super) fn is_older(sidecar: &Path, shard: &Path) -> bool {
    let time = |path| std::fs::metadata(path).map_or(0, |data| modified(&data));
    let (contents, shard) = (time(sidecar), time(shard));
    contents > 0 && contents < shard
}
