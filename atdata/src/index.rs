//! Indexes: from the name of a dataset to its schema and its shards.

mod entry;
mod label;
mod provider;

pub use self::entry::Entry;
pub use self::label::Label;
pub use self::provider::{Document, DocumentKind, Provider};
