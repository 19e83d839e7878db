//! What a name stands for: entries, labels, references to datasets, and versions of schemas, whoever keeps them.

pub(crate) mod error;
mod label;
mod located;
mod record;
mod reference;
pub(crate) mod schemas;

pub use self::label::Label;
pub(crate) use self::located::{Access, Located, is_sha256, tell_of_unusable, unusable};
pub use self::record::Entry;
pub(crate) use self::record::Provenance;
#[cfg(feature = "atmosphere")]
pub(crate) use self::record::is_mark_of_network;
pub use self::reference::Reference;
pub(crate) use self::reference::{Form, Target, check_name, check_version, split_version};

/// The repository that every index has.
pub(crate) const LOCAL: &str = "local";
