//! Indexes: from the name of a dataset to its schema and its shards.

mod entry;
mod label;
mod provider;

pub use self::entry::Entry;
pub use self::label::Label;
#[cfg(feature = "postgres")]
pub use self::provider::Postgres;
#[cfg(feature = "redis")]
pub use self::provider::Redis;
pub use self::provider::{Document, DocumentKind, Provider};
