//! Holding contents against their shard, by what costs little to look at.

use std::sync::Arc;

use super::format::{BLOCK, Head};
use super::{Contents, ContentsError, damaged};
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
pub(super) fn other(sidecar: Option<&Arc<str>>, what: String) -> Error {
    changed(sidecar, what, false)
}

/// The same where the bytes of one sample are others, and its headers are not.
pub(super) fn other_bytes(sidecar: Option<&Arc<str>>, what: String) -> Error {
    changed(sidecar, what, true)
}

fn changed(sidecar: Option<&Arc<str>>, what: String, of_bytes: bool) -> Error {
    match sidecar {
        Some(sidecar) => ContentsError::Stale { sidecar: Arc::clone(sidecar), what, of_bytes }.into(),
        None => ContentsError::Changed { what, of_bytes }.into(),
    }
}

/// Whether the archive ends with that block, or has nothing else: archives are padded, so that a sample can be appended
/// to one and leave its size.
pub(super) fn is_end(block: &[u8]) -> bool {
    block.iter().all(|byte| *byte == 0)
}

/// Whether the shard has its size, and ends where it did.
pub(super) fn check_end(head: &Head, end: &Glance, sidecar: Option<&Arc<str>>) -> Result<()> {
    let (expected, found) = (head.shard_size, end.len);
    if found != expected {
        return Err(other(sidecar, format!("which had {expected} bytes and now has {found}")));
    }
    if head.trailing || is_end(&end.bytes) {
        return Ok(());
    }
    Err(other(sidecar, format!("which ended at {} and goes on there now", head.end)))
}

/// Whether the shard may be the one that the contents are of. Of one that a server has nothing is asked: its size and end
/// were looked at with the first bytes of the contents, and each sample is held against them.
pub(super) fn check(contents: &Contents, shard: &Ranges) -> Result<()> {
    if shard.is_remote() {
        return Ok(());
    }
    let sidecar = contents.sidecar.as_ref();
    if let Some(end) = shard.glance(contents.head.end, BLOCK, &|| false)? {
        check_end(&contents.head, &end, sidecar)?;
    }
    let Some(last) = contents.samples().checked_sub(1) else { return Ok(()) };
    let (first, last) = (contents.sample(0)?, contents.sample(last)?);
    for (member, which) in [(first.members.first(), "first"), (last.members.last(), "last")] {
        let member = member.ok_or_else(|| damaged("a sample has no members"))?;
        let at = member.data.checked_sub(BLOCK).ok_or_else(|| damaged("a member has no header"))?;
        let header = shard.read(at..member.data, &|| false)?;
        if crc32c::crc32c(&header) != member.header_crc32c {
            return Err(other(sidecar, format!("whose {which} header was another")));
        }
    }
    Ok(())
}
