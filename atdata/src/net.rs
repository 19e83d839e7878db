//! Hosts, URLs, retries and the runtime: what everything that waits on a network has in common, whatever it speaks.

#[cfg(feature = "http")]
pub(crate) mod client;
#[cfg(feature = "_network")]
pub(crate) mod crypto;
#[cfg(feature = "http")]
pub(crate) mod failure;
#[cfg(any(feature = "_index", feature = "http"))]
pub(crate) mod host;
#[cfg(feature = "http")]
pub(crate) mod retry;
#[cfg(feature = "_network")]
pub(crate) mod runtime;
pub(crate) mod url;
#[cfg(feature = "http")]
pub(crate) mod wait;

#[cfg(feature = "http")]
pub use self::retry::Retry;
