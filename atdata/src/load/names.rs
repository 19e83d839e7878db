//! Names of shards: how they end, and which characters stand for others in a pattern.

/// How the names of shards in a folder end.
pub(super) const SUFFIXES: &[&str] =
    &[".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"];

/// What makes a path a pattern.
pub(super) const WILDCARDS: &[char] = &['*', '?', '['];

/// Whether a file of that name in a folder is a shard.
pub(super) fn is_shard_name(name: &str) -> bool {
    !name.starts_with('.') && SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
