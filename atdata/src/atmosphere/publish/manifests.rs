//! The manifests of shards that become blobs, which are blobs beside them.

use std::collections::HashSet;

use crate::atmosphere::problem::PublishError;
use crate::atmosphere::record::{BlobRef, ManifestFile, ManifestRef, WriteOptions};
use crate::atproto::Atmosphere;
use crate::cid::Cid;
use crate::digest::hex;
use crate::error::{Error, Result};
use crate::source::{ManifestPlaces, ReadOptions, Shard, Whole, read_whole};

/// The manifest of a shard, as it was looked at.
pub(super) struct PlannedManifest {
    header: PlannedFile,
    samples: Option<PlannedFile>,
}

/// One of its files.
struct PlannedFile {
    place: Shard,
    blob: BlobRef,
    mime_type: &'static str,
}

impl PlannedManifest {
    /// That of a shard; `None` if there is none, or none that can be published, which is told: of the shard nothing is said then.
    pub(super) fn of(shard: &Shard, options: &ReadOptions) -> Option<Self> {
        let ManifestPlaces { header, samples } = shard.manifest_places()?.1;
        if crate::store::is_older(&header, shard) {
            log::warn!("{}: older than its shard, which is published without it", header.redacted());
            return None;
        }
        let header = PlannedFile::of(header, options, ManifestRef::JSON, ManifestRef::MAX_HEADER).ok()??;
        let most = ManifestRef::MAX_SAMPLES.min(WriteOptions::MAX_BLOB);
        let samples =
            samples.map(|place| PlannedFile::of(place, options, ManifestRef::PARQUET, most)).transpose().ok()?;
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

impl PlannedFile {
    /// `None` if nothing is there; an error that was told otherwise.
    fn of(place: Shard, options: &ReadOptions, mime_type: &'static str, most: u64) -> Result<Option<Self>, ()> {
        let told = |what: std::fmt::Arguments<'_>| log::warn!("{}: not published: {what}", place.redacted());
        match read_whole(&place, options, most) {
            Ok(Whole::Nothing) => Ok(None),
            Ok(Whole::Bytes(bytes)) => {
                let blob = BlobRef::new(Cid::of_raw(&bytes), mime_type, bytes.len() as u64);
                Ok(Some(Self { place, blob, mime_type }))
            }
            Ok(Whole::Large(found)) => {
                told(format_args!("expected at most {most} bytes, found {found}"));
                Err(())
            }
            Err(error) => {
                told(format_args!("{error:#}"));
                Err(())
            }
        }
    }

    /// Its bytes, which have to be the ones that were looked at.
    fn upload(&self, atmosphere: &Atmosphere, options: &ReadOptions) -> Result<()> {
        let most = self.blob.size.unwrap_or_default();
        let changed =
            |found: String| Error::from(PublishError::Changed { expected: hex(self.blob.cid.digest()), found });
        match read_whole(&self.place, options, most)? {
            Whole::Bytes(bytes) if Cid::of_raw(&bytes) == self.blob.cid => {
                atmosphere.upload_blob_as(self.mime_type, bytes, |_, _| {}).map(drop)
            }
            Whole::Bytes(bytes) => Err(changed(hex(Cid::of_raw(&bytes).digest()))),
            Whole::Nothing => Err(changed("nothing".to_owned())),
            Whole::Large(_) => Err(changed("more bytes".to_owned())),
        }
    }
}
