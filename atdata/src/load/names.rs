//! Names of shards, and which characters stand for others in a pattern.

use crate::archive::shard_suffix;
pub(super) use crate::archive::suffix::SUFFIXES;

/// What makes a path a pattern.
pub(super) const WILDCARDS: &[char] = &['*', '?', '['];

/// Whether a file of that name in a folder is a shard.
pub(super) fn is_shard_name(name: &str) -> bool {
    !name.starts_with('.') && shard_suffix(name).is_some()
}
