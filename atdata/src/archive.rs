//! Archives: tar members found and written without trusting their headers, and the compression around them.

pub(crate) mod compression;
pub(crate) mod input;
pub(crate) mod key;
pub(crate) mod readahead;
pub(crate) mod suffix;
pub(crate) mod tar;
pub(crate) mod window;

pub use self::suffix::shard_suffix;
pub use self::tar::{Passed, PassedOver, Reason, Warning};
