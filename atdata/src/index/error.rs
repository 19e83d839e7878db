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
    #[error(
        "`{}` leads to the AT Protocol network; this call is for the repositories of an index: write samples to shards, which \
         `Index::insert` publishes (with the feature `atmosphere`)",
        Printable(.reference)
    )]
    NetworkWrite { reference: String },
    #[cfg(feature = "atmosphere")]
    #[error("datasets of the network are published under `@handle/name`, found `{}`", Printable(.reference))]
    Owner { reference: String },
    #[cfg(feature = "atmosphere")]
    #[error("datasets of the network take no {what}")]
    OfRepositories { what: &'static str },
    #[error(
        "expected the URL of an index, such as `sqlite:///path`, `redis://…` or `postgres://…`, found `{found}`{hint}"
    )]
    Url { found: String, hint: &'static str },
    #[error(
        "a list of `key=value` names no index: write `postgres://user@host/database`, and `./…` for a file of that name"
    )]
    Words,
    #[error("the parameter `{}` of the URL is not known; of an SQLite file there is `mode=ro`", Printable(.found))]
    Parameter { found: String },
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    #[error(
        "there is no index here: `atdata index add` and `atdata schema publish` make one, as `Index::connect` does"
    )]
    Missing,
    #[cfg(feature = "redis")]
    #[error("{url}: the index has been opened for reading, and is not written to")]
    ReadOnly { url: String },
    #[error(
        "the database {index} may be shared, and shards in the home folder of this account are nobody else's: give the \
         index a store by `IndexBuilder::store` (`ATDATA_STORE`), or the call one by `InsertOptions::store`"
    )]
    SharedWithoutStore { index: String },
    #[cfg_attr(all(feature = "sqlite", feature = "redis", feature = "postgres"), allow(dead_code))]
    #[error("this build has no indexes at {scheme} URLs; enable the feature `{feature}` of atdata")]
    NotBuilt { scheme: &'static str, feature: &'static str },
    #[error(
        "the {kind} \"{}\" in {index} is damaged, and publishing it again replaces it: {reason}",
        Printable(.name)
    )]
    Damaged { kind: &'static str, name: String, index: String, reason: String },
    #[error(
        "the {kind} \"{}\" in {index} is of a form that this version does not know: read it by a newer one, or publish \
         under another version: {reason}",
        Printable(.name)
    )]
    OtherForm { kind: &'static str, name: String, index: String, reason: String },
    #[error("a lens {name}@{version} is stored, and does something else: raise its version")]
    OtherLens { name: String, version: String },
    #[error(
        "{} is damaged: it is not stored under the name that it has, and so cannot be removed by it",
        Printable(.what)
    )]
    Stays { what: String },
    #[error(
        "the damaged record {} stays, for this provider cannot replace it: see `Provider::replace_damaged`",
        Printable(.what)
    )]
    NotReplaced { what: String },
    #[error("samples without a type have no schema: say which one they have by `InsertOptions::schema_ref`")]
    NoSchema,
    #[error("the entry {cid} has no shards")]
    NoShards { cid: String },
    #[error("an index holds shards that can be read again, not standard input and pipes: write it to a file first")]
    Stream,
    #[error(
        "it is made of some files of an archive of barecat, and no path leads to it: open the archive by its path, which has to end \
         in `.barecat`, or give the index a store, into which the shards are copied"
    )]
    MadeShards,
    #[error(
        "an index keeps paths as text in UTF-8, and this one is none: give the file another name, or have it copied into a store \
         (`InsertOptions::store`, `--store`)"
    )]
    NoTextPath,
    #[error("no store to write shards to: give the repository one, or the call one by `InsertOptions::store`")]
    NoStore,
    #[cfg(not(feature = "s3"))]
    #[error("this build has no stores in buckets; enable the feature `s3` of atdata")]
    NoBuckets,
    #[error("limits are for shards that are written: this dataset is registered where it is, for there is no store")]
    Limits,
}

impl Cause for IndexError {
    fn kind(&self) -> ErrorKind {
        match self {
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            Self::Missing => ErrorKind::NotFound,
            #[cfg(feature = "redis")]
            Self::ReadOnly { .. } => ErrorKind::Permission,
            Self::NoRepository { .. } | Self::NoDataset { .. } | Self::NoCid { .. } | Self::NoDocument { .. } => {
                ErrorKind::NotFound
            }
            Self::Network { .. }
            | Self::NetworkWrite { .. }
            | Self::NotBuilt { .. }
            | Self::NotReplaced { .. }
            | Self::OtherForm { .. } => ErrorKind::Unsupported,
            Self::OtherLens { .. } | Self::VersionTaken { .. } => ErrorKind::Conflict,
            Self::NoShards { .. } | Self::Stays { .. } | Self::Damaged { .. } => ErrorKind::Corrupt,
            _ => ErrorKind::InvalidInput,
        }
    }
}
