//! Whether a manifest is of the shard that it lies beside, as the times of the files tell.

use std::fs::Metadata;
use std::time::SystemTime;

use crate::source::{ManifestPlaces, Shard};

/// A shard as it was before it was read. Of what is no file nothing is known.
#[derive(Debug)]
pub(crate) struct Before {
    shard: Option<Stamp>,
}

/// A file as its folder tells of it: another one if it was replaced or written to.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    time: Option<SystemTime>,
    len: u64,
    id: u64,
}

impl Before {
    /// To be called before the first byte of the shard is read.
    pub(crate) fn of(shard: &Shard) -> Self {
        Self { shard: Stamp::of(shard) }
    }

    /// Why a manifest that was read is none of the shard that was read before: one of its files is older than the shard, or the shard
    /// is another one by now. `None` if nothing is known against it.
    pub(crate) fn why_not(&self, shard: &Shard, places: &ManifestPlaces) -> Option<&'static str> {
        let now = Stamp::of(shard);
        if now != self.shard {
            return Some("the shard was replaced meanwhile");
        }
        let time = now?.time?;
        let is_older =
            |file: &Shard| Stamp::of(file).and_then(|stamp| stamp.time).is_some_and(|of_file| of_file < time);
        let files = [&places.header].into_iter().chain(&places.samples);
        files.into_iter().any(is_older).then_some("older than its shard")
    }
}

impl Stamp {
    fn of(shard: &Shard) -> Option<Self> {
        let data = shard.path()?.metadata().ok()?;
        Some(Self { time: data.modified().ok(), len: data.len(), id: id_of(&data) })
    }
}

#[cfg(unix)]
fn id_of(data: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(data)
}

#[cfg(not(unix))]
fn id_of(_: &Metadata) -> u64 {
    0
}
