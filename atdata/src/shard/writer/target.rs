//! The target of a write: where its shards go, and what they are called there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::naming::Naming;
use super::working_folder;
use crate::error::Result;
use crate::store::{Store, check_prefix};

#[derive(Debug)]
pub(super) enum Target {
    Files(Naming),
    /// Objects whose names begin with `stem`, which no other write has.
    Store {
        store: Arc<dyn Store>,
        stem: String,
    },
}

/// One shard of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) path: PathBuf,
    pub(super) url: String,
}

impl Target {
    /// One file at `pattern`, or numbered ones after it.
    pub(super) fn files(pattern: &Path, numbered: bool) -> Result<Self> {
        let folder = working_folder(pattern)?;
        let naming = if numbered { Naming::numbered(pattern)? } else { Naming::one(pattern)? };
        Ok(Self::Files(naming.below(&folder).checked()?))
    }

    /// Numbered objects below `prefix`.
    pub(super) fn store(store: Arc<dyn Store>, prefix: &str) -> Result<Self> {
        check_prefix(prefix)?;
        let stem = format!("{prefix}/data--{}--", store.unique());
        Ok(Self::Store { store, stem })
    }

    /// Shard `number`, counted from 0.
    pub(super) fn place(&self, number: usize) -> Location {
        match self {
            Self::Files(naming) => {
                let path = naming.path(number);
                Location { url: path.to_string_lossy().into_owned(), path }
            }
            Self::Store { store, stem } => {
                let url = store.object_url(&object_name(stem, number));
                Location { path: PathBuf::from(&url), url }
            }
        }
    }

    /// The files that are there already of what would be shard `number` and those behind it, whether or not some between
    /// them are missing; no other write has the names of a store.
    pub(super) fn leftover(&self, number: usize) -> Vec<PathBuf> {
        let Self::Files(naming) = self else { return Vec::new() };
        // A folder that may be written to and not listed tells of none.
        let there = naming.there().unwrap_or_default();
        there.into_iter().filter(|(found, _)| *found >= number).map(|(_, path)| path).collect()
    }
}

/// Six digits, as all implementations have them.
pub(super) fn object_name(stem: &str, number: usize) -> String {
    format!("{stem}{number:06}.tar")
}
