//! Errors of an index, whatever its database.

use crate::error::{Cause, ErrorKind, Printable};

#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    #[error("no repository `{}`; the index has `{known}`", Printable(.name))]
    NoRepository { name: String, known: String },
    #[error("the name `local` is that of the repository which every index has: give it a provider by `provider`")]
    LocalName,
    #[error("no dataset \"{}\" in {index}{hint}", Printable(.name))]
    NoDataset { name: String, index: String, hint: String },
    #[error("no entry {}", Printable(.cid))]
    NoCid { cid: String },
    #[error(
        "{}@{} leads to the entry {} already: choose another version, or replace it on purpose by \
         `InsertOptions::replace` (`--replace`)",
        Printable(.name),
        Printable(.version),
        Printable(.cid)
    )]
    VersionTaken { name: String, version: String, cid: String },
    #[error("no {kind} \"{}\" in {index}{hint}", Printable(.name))]
    NoDocument { kind: &'static str, name: String, index: String, hint: String },
    #[error("`{}` leads to the AT Protocol network; this call is for the repositories of an index", Printable(.reference))]
    Network { reference: String },
    #[cfg(feature = "atmosphere")]
    #[error("datasets of the network are published under `@handle/name`, found `{}`", Printable(.reference))]
    Owner { reference: String },
    #[error("expected the URL of an index, such as `sqlite:///path`, `redis://…` or `postgres://…`, found `{found}`")]
    Url { found: String },
    #[cfg_attr(all(feature = "sqlite", feature = "redis", feature = "postgres"), allow(dead_code))]
    #[error("this build has no indexes at {scheme} URLs; enable the feature `{feature}` of atdata")]
    NotBuilt { scheme: &'static str, feature: &'static str },
    #[error("a lens {name}@{version} is stored, and does something else: raise its version")]
    OtherLens { name: String, version: String },
    #[error("samples without a type have no schema: say which one they have by `InsertOptions::schema_ref`")]
    NoSchema,
    #[error("the entry {cid} has no shards")]
    NoShards { cid: String },
    #[error("no store to write shards to: give the repository one, or the call one by `InsertOptions::store`")]
    NoStore,
    #[error("limits are for shards that are written: this dataset is registered where it is, for there is no store")]
    Limits,
}

impl Cause for IndexError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRepository { .. } | Self::NoDataset { .. } | Self::NoCid { .. } | Self::NoDocument { .. } => {
                ErrorKind::NotFound
            }
            Self::Network { .. } | Self::NotBuilt { .. } => ErrorKind::Unsupported,
            Self::OtherLens { .. } | Self::VersionTaken { .. } => ErrorKind::Conflict,
            Self::NoShards { .. } => ErrorKind::Corrupt,
            _ => ErrorKind::InvalidInput,
        }
    }
}
