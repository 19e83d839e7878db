//! What is written beside a shard and appears with it.

use std::path::{Path, PathBuf};

use crate::shard::contents::Contents;
use crate::source::{manifest_names, manifest_paths};
use crate::store::{SIDECAR, remove_contents, remove_manifest};

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Contents,
    ManifestHeader,
    ManifestSamples,
}

impl Beside {
    /// Those of a write.
    pub(super) fn of(contents: bool, manifest: bool) -> Vec<Self> {
        let manifests = [Self::ManifestSamples, Self::ManifestHeader];
        let mut all = if contents { vec![Self::Contents] } else { Vec::new() };
        all.extend(manifests.into_iter().filter(|_| manifest));
        all
    }

    /// Its path.
    pub(super) fn path_of(self, shard: &Path) -> PathBuf {
        let [header, samples] = manifest_paths(shard);
        match self {
            Self::Contents => Contents::path_of(shard),
            Self::ManifestHeader => header,
            Self::ManifestSamples => samples,
        }
    }

    /// The name of the object that it is in a store.
    pub(super) fn name_of(self, shard: &str) -> String {
        let [header, samples] = manifest_names(shard);
        match self {
            Self::Contents => format!("{shard}{SIDECAR}"),
            Self::ManifestHeader => header,
            Self::ManifestSamples => samples,
        }
    }

    /// What it has behind its shard's number while both wait for their names.
    pub(super) fn staged_ending(self) -> &'static str {
        match self {
            Self::Contents => "atx",
            Self::ManifestHeader => "json",
            Self::ManifestSamples => "parquet",
        }
    }

    /// Removes what an earlier shard of that name has beside it, where this write wrote none of it.
    pub(super) fn remove_others(written: &[Self], shard: &Path) {
        if !written.contains(&Self::Contents) {
            remove_contents(shard);
        }
        if !written.contains(&Self::ManifestHeader) {
            remove_manifest(shard);
        }
    }
}

/// What goes beside a shard whose samples are all packed.
#[derive(Debug, Default)]
pub(super) struct Sidecars {
    pub(super) contents: Option<Contents>,
    #[cfg(feature = "manifest")]
    pub(super) manifest: Option<crate::manifest::Files>,
}

impl Sidecars {
    /// The files, and their bytes.
    pub(super) fn files(&self) -> Vec<(Beside, &[u8])> {
        let mut files = Vec::new();
        files.extend(self.contents.as_ref().map(|contents| (Beside::Contents, contents.as_bytes())));
        #[cfg(feature = "manifest")]
        if let Some(manifest) = &self.manifest {
            files.push((Beside::ManifestSamples, &manifest.samples[..]));
            files.push((Beside::ManifestHeader, &manifest.header[..]));
        }
        files
    }
}
