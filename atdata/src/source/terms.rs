//! Terms: what is known and asked of a shard beside its URL.

/// What is known of a remote shard, and how far who named it is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Terms {
    /// Whether it is named by somebody else, and so may be on a public host only.
    pub(crate) guarded: bool,
    /// What its bytes have to be, which is held against them while they are read.
    pub(crate) sha256: Option<[u8; 32]>,
    /// How many bytes it may have at most.
    pub(crate) size: Option<u64>,
}
