//! How the names of shards end.

/// Tar archives, plain and compressed.
pub(crate) const SUFFIXES: [&str; 9] =
    [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"];

/// What of `name` says that it is a shard, and how it is compressed: one of `.tar`, `.tar.gz`, `.tgz`, `.tar.bz2`,
/// `.tbz2`, `.tar.xz`, `.txz`, `.tar.zst`, `.tzst`. Case matters, as it does in the patterns that find shards.
///
/// A copy that is to be read by other programs keeps it, for most of them decide by it.
pub fn shard_suffix(name: &str) -> Option<&'static str> {
    SUFFIXES.into_iter().find(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_suffix_is_found() {
        for suffix in SUFFIXES {
            assert_eq!(shard_suffix(&format!("a.b{suffix}")), Some(suffix));
        }
        for name in ["a.tar.lz4", "tar", "a.TAR", "a.gz", ""] {
            assert_eq!(shard_suffix(name), None, "{name}");
        }
    }
}
