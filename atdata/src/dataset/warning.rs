//! Warnings of shards: what was odd, and did not stop anybody from reading.

use std::fmt;

use crate::archive::Warning;

/// Something odd about a shard that did not stop it from being read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ShardWarning {
    /// Path or URL of the shard.
    pub shard: String,
    /// What was odd.
    pub warning: Warning,
}

impl fmt::Display for ShardWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.shard, self.warning)
    }
}
