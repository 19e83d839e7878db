//! The manifests of shards that become blobs, which are blobs beside them.

use std::collections::HashSet;
use std::path::Path;

use bytes::Bytes;

use crate::atmosphere::problem::PublishError;
use crate::atmosphere::record::{BlobRef, ManifestFile, ManifestRef, WriteOptions};
use crate::atproto::Atmosphere;
use crate::cid::Cid;
use crate::digest::hex;
use crate::error::{Error, Result};
use crate::source::{ReadOptions, Shard, Whole, read_whole};
use crate::store::{Before, is_header, is_rows, without_provenance};

/// The manifest of a shard, as it was looked at.
pub(super) struct PlannedManifest {
    header: PlannedFile,
    samples: Option<PlannedFile>,
}

/// One of its files.
struct PlannedFile {
    place: Shard,
    blob: BlobRef,
    kind: Kind,
}

impl PlannedManifest {
    /// That of a shard; `None` if there is none, or none that can be published, which is told: of the shard nothing is said then.
    /// `before` is the shard as it was before it was looked at.
    pub(super) fn of(shard: &Shard, before: &Before, options: &ReadOptions) -> Option<Self> {
        let places = shard.manifest_places()?.1;
        let planned = |place: &Shard, kind: Kind| PlannedFile::of(place, shard, options, kind);
        let header = planned(&places.header, Kind::Header).ok()??;
        let samples = places.samples.as_ref().map(|place| planned(place, Kind::Samples)).transpose().ok()?;
        // What was read is of the shard that was looked at only if both are still what they were.
        if let Some(why) = before.why_not(shard, &places) {
            log::warn!("{}: not published: {why}", places.header.redacted());
            return None;
        }
        Some(Self { header, samples: samples.flatten() })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.files().filter_map(|file| file.blob.size).sum()
    }

    pub(super) fn to_ref(&self) -> ManifestRef {
        let file = |file: &PlannedFile| ManifestFile::Blob(file.blob.clone());
        ManifestRef::new(file(&self.header), self.samples.as_ref().map(file))
    }

    /// Uploads those that no entry of the account has yet.
    pub(super) fn upload(
        &self,
        atmosphere: &Atmosphere,
        options: &ReadOptions,
        stored: &HashSet<String>,
    ) -> Result<()> {
        self.files().filter(|file| !stored.contains(&file.blob.cid.to_string())).try_for_each(|file| {
            file.upload(atmosphere, options).map_err(|error| error.with_shard(&file.place.redacted()))
        })
    }

    fn files(&self) -> impl Iterator<Item = &PlannedFile> {
        [&self.header].into_iter().chain(&self.samples)
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Header,
    Samples,
}

impl Kind {
    fn mime_type(self) -> &'static str {
        match self {
            Self::Header => ManifestRef::JSON,
            Self::Samples => ManifestRef::PARQUET,
        }
    }

    /// Bytes that it may have.
    fn most(self) -> u64 {
        match self {
            Self::Header => ManifestRef::MAX_HEADER,
            Self::Samples => ManifestRef::MAX_SAMPLES.min(WriteOptions::MAX_BLOB),
        }
    }

    /// The bytes that are published of those of a file; `None` if that is something else.
    fn published(self, bytes: Bytes) -> Option<Bytes> {
        match self {
            Self::Header => is_header(&bytes).then(|| without_provenance(&bytes).into()),
            Self::Samples => is_rows(&bytes, &bytes).then_some(bytes),
        }
    }
}

/// Whether the manifests are published: all shards, whose bytes are so many, have one, and all together are not too large.
pub(super) fn fit(manifests: &[PlannedManifest], shards: usize, bytes: u64, limit: u64) -> bool {
    if manifests.len() != shards {
        log::warn!("published without manifests: of {shards} shards {} have one", manifests.len());
        return false;
    }
    let found = manifests.iter().map(PlannedManifest::bytes).fold(bytes, u64::saturating_add);
    if found > limit {
        log::warn!("published without manifests: with them it has {found} bytes, of {limit} that are allowed");
    }
    found <= limit
}

/// Whether a file is a link that leads out of the folder of its shard: to something that is nobody's to publish.
fn leads_elsewhere(place: &Shard, shard: &Shard) -> bool {
    let Some(path) = place.path().filter(|path| path.is_symlink()) else { return false };
    let folder = |path: &Path| path.canonicalize().ok()?.parent().map(Path::to_owned);
    let own = |path: &Path| std::path::absolute(path).ok()?.parent()?.canonicalize().ok();
    let there = folder(path);
    // A shard that is a link itself has its manifest where it leads.
    there.is_none() || shard.path().is_none_or(|shard| there != own(shard) && there != folder(shard))
}

impl PlannedFile {
    /// `None` if nothing is there; an error that was told otherwise.
    fn of(place: &Shard, shard: &Shard, options: &ReadOptions, kind: Kind) -> Result<Option<Self>, ()> {
        let told = |what: std::fmt::Arguments<'_>| log::warn!("{}: not published: {what}", place.redacted());
        if leads_elsewhere(place, shard) {
            told(format_args!("it is a link that leads out of the folder of its shard"));
            return Err(());
        }
        let most = kind.most();
        let bytes = match read_whole(place, options, most) {
            Ok(Whole::Nothing) => return Ok(None),
            Ok(Whole::Bytes(bytes)) => bytes,
            Ok(Whole::Large(found)) => {
                told(format_args!("expected at most {most} bytes, found {found}"));
                return Err(());
            }
            Err(error) => {
                told(format_args!("{error:#}"));
                return Err(());
            }
        };
        let Some(bytes) = kind.published(bytes) else {
            told(format_args!("expected a file of a manifest, found something else of that name"));
            return Err(());
        };
        let blob = BlobRef::new(Cid::of_raw(&bytes), kind.mime_type(), bytes.len() as u64);
        Ok(Some(Self { place: place.clone(), blob, kind }))
    }

    /// Its bytes, which have to be the ones that were looked at.
    fn upload(&self, atmosphere: &Atmosphere, options: &ReadOptions) -> Result<()> {
        let changed =
            |found: String| Error::from(PublishError::Changed { expected: hex(self.blob.cid.digest()), found });
        match read_whole(&self.place, options, self.kind.most())? {
            Whole::Bytes(bytes) => match self.kind.published(bytes) {
                Some(bytes) if Cid::of_raw(&bytes) == self.blob.cid => {
                    atmosphere.upload_blob_as(self.kind.mime_type(), bytes, |_, _| {}).map(drop)
                }
                Some(bytes) => Err(changed(hex(Cid::of_raw(&bytes).digest()))),
                None => Err(changed("something else".to_owned())),
            },
            Whole::Nothing => Err(changed("nothing".to_owned())),
            Whole::Large(_) => Err(changed("more bytes".to_owned())),
        }
    }
}
