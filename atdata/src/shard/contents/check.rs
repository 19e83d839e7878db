//! Holding contents against their shard, by what costs little to look at.

use std::sync::Arc;

use super::format::{BLOCK, Head};
use super::{Contents, ContentsError, Told, damaged};
use crate::error::{Error, Result};
use crate::source::{Glance, Ranges, ReadOptions, Shard};

/// The shard, to be read here and there.
///
/// # Errors
/// Name the shard.
pub(super) fn open(shard: &Shard, options: &ReadOptions, is_stopped: &dyn Fn() -> bool) -> Result<Ranges> {
    let opened = match Ranges::open(shard, options, is_stopped) {
        Ok(Some(ranges)) => return Ok(ranges),
        Ok(None) => ContentsError::Unranged.into(),
        Err(error) => error,
    };
    Err(opened.with_shard(&shard.redacted()))
}

/// Why the shard is not the one that the contents are of.
pub(super) fn other(sidecar: Option<&Arc<str>>, what: String, told: Told) -> Error {
    match sidecar {
        Some(sidecar) => ContentsError::Stale { sidecar: Arc::clone(sidecar), what, told }.into(),
        None => ContentsError::Changed { what, told }.into(),
    }
}

/// Whether the archive ends with that block, or has nothing else: archives are padded, so that a sample can be appended
/// to one and leave its size.
pub(super) fn is_end(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

/// How a shard ends, as its contents have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) shard_size: u64,
    /// Where its last sample ends, and whether anything is behind it.
    pub(super) at: u64,
    pub(super) trailing: bool,
}

impl From<&Head> for End {
    fn from(head: &Head) -> Self {
        let Head { shard_size, end, trailing, .. } = *head;
        Self { shard_size, at: end, trailing }
    }
}

/// Whether the shard has its size, and ends where it did.
pub(super) fn check_end(expected: End, found: &Glance, sidecar: Option<&Arc<str>>) -> Result<()> {
    let End { shard_size, at, trailing } = expected;
    if found.len != shard_size {
        return Err(other(sidecar, format!("which had {shard_size} bytes and now has {}", found.len), Told::Ends));
    }
    if trailing || is_end(&found.bytes) {
        return Ok(());
    }
    Err(other(sidecar, format!("which ended at {at} and goes on there now"), Told::Ends))
}

/// Whether the shard may be the one that the contents are of. Of one that a server has no headers are asked for, for each
/// sample is held against them; and nothing at all if its size and end were looked at with the first bytes of the contents.
pub(super) fn check(contents: &Contents, shard: &Ranges, is_stopped: &dyn Fn() -> bool) -> Result<()> {
    if shard.is_remote() && !contents.unseen {
        return Ok(());
    }
    let sidecar = contents.sidecar.as_ref();
    if let Some(end) = shard.glance(contents.head.end, BLOCK, is_stopped)? {
        check_end((&contents.head).into(), &end, sidecar)?;
    }
    if shard.is_remote() {
        return Ok(());
    }
    let Some(last) = contents.samples().checked_sub(1) else { return Ok(()) };
    let (first, last) = (contents.sample(0)?, contents.sample(last)?);
    for (member, which) in [(first.members.first(), "first"), (last.members.last(), "last")] {
        let member = member.ok_or_else(|| damaged("a sample has no members"))?;
        let at = member.data.checked_sub(BLOCK).ok_or_else(|| damaged("a member has no header"))?;
        let header = shard.read(at..member.data, &|| false)?;
        if crc32c::crc32c(&header) != member.header_crc32c {
            return Err(other(sidecar, format!("whose {which} header was another"), Told::Ends));
        }
    }
    Ok(())
}
