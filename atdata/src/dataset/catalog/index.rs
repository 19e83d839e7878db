//! Making the contents of shards that have none.

use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::{over_all, path_of, threads};
use crate::error::Result;
use crate::shard::Contents;
use crate::source::{ReadOptions, Shard};

/// What [`Shards::index`](crate::dataset::Shards::index) did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Indexed {
    /// Shards whose contents were made.
    pub made: usize,
    /// Shards whose contents were there and are of the shard as it is.
    pub kept: usize,
    /// Samples of all shards.
    pub samples: u64,
}

/// Makes the contents of all shards that have none, or stale ones: see [`Shards::index`](crate::dataset::Shards::index).
pub(in crate::dataset) fn index(
    shards: &[Shard],
    options: &ReadOptions,
    at_once: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Indexed> {
    let paths = shards.iter().map(path_of).collect::<Result<Vec<_>>>()?;
    let (made, samples) = (AtomicUsize::new(0), AtomicU64::new(0));
    let at_once = if at_once == 0 { threads() } else { at_once };
    over_all(&paths, at_once, |path| {
        let (contents, is_new) = made_or_kept(path, options, progress)?;
        if is_new {
            contents.save(path)?;
            made.fetch_add(1, Ordering::Relaxed);
        }
        samples.fetch_add(contents.samples(), Ordering::Relaxed);
        Ok(())
    })?;
    let made = made.into_inner();
    Ok(Indexed { made, kept: paths.len() - made, samples: samples.into_inner() })
}

/// The contents that are kept beside a shard, or those of a scan; and whether they are of a scan.
pub(super) fn made_or_kept(
    path: &Path,
    options: &ReadOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Contents, bool)> {
    let size = std::fs::metadata(path).map_or(0, |data| data.len());
    let kept = Contents::open_alone(path).unwrap_or_else(|error| {
        log::warn!("made anew: {error:#}");
        None
    });
    if let Some(contents) = kept {
        progress(size);
        return Ok((contents, false));
    }
    let mut told = 0;
    let contents = Contents::scan_with(path, options, &mut |at| {
        progress(at.saturating_sub(told));
        told = at.max(told);
    })?;
    progress(size.saturating_sub(told));
    Ok((contents, true))
}
