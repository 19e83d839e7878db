//! How members are read, by all commands that read them.

use atdata::ReadOptions;
use clap::Args;

#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Members {
    /// The largest member that is read, in bytes, 1 GiB unless given: a larger one is an error of its sample, and so are the members
    /// of a plain sample where they are larger together. With less, shards of strangers take less memory
    #[arg(long, value_name = "BYTES")]
    max_member: Option<u64>,
}

impl Members {
    /// The options with that limit.
    pub(crate) fn applied(self, options: &ReadOptions) -> ReadOptions {
        let options = options.clone();
        match self.max_member {
            Some(bytes) => options.max_member(bytes),
            None => options,
        }
    }
}
