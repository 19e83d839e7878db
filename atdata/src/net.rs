//! Hosts, URLs, retries and the runtime: what everything that waits on a network has in common, whatever it speaks.

#[cfg(feature = "http")]
pub(crate) mod client;
#[cfg(feature = "http")]
pub(crate) mod failure;
#[cfg(any(feature = "index", feature = "s3"))]
pub(crate) mod host;
#[cfg(feature = "http")]
pub(crate) mod retry;
#[cfg(feature = "network")]
pub(crate) mod runtime;
pub(crate) mod url;

#[cfg(feature = "http")]
pub use self::retry::Retry;
