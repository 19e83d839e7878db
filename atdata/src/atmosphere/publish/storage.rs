//! The storage of an entry: where it says that its shards are.

use super::manifests::PlannedManifest;
use super::plan::{Plan, Planned};
use crate::atmosphere::record::{BlobRef, BlobShard, Checksum, EntryRecord, ManifestFile, Storage, WriteOptions};
use crate::entry::Entry;
use crate::error::Result;
use crate::sample::{DictSample, Value};
use crate::source::collapse;

/// What the lexicon of entries takes.
const TAR: &str = "application/x-tar";

impl Plan {
    /// The storage of the entry, each shard with its digest.
    pub(super) fn storage(&self) -> Result<Storage> {
        if self.blobs {
            return Ok(Storage::Blobs(self.shards.iter().filter_map(blob).collect()));
        }
        // Each is one shard, whatever of its name would be expanded.
        let urls = self.shards.iter().map(|planned| collapse(&[planned.shard.url()]));
        let urls = urls.collect::<Result<Vec<_>>>()?;
        let known = |planned: &Planned| Some((planned.shard.url().to_owned(), Value::Str(planned.sha256.clone()?)));
        let checksums = self.shards.iter().filter_map(known);
        let metadata = DictSample::from_iter([("checksums", Value::Map(checksums.collect()))]);
        let mut storage = Storage::of_entry(&Entry::new("", "", urls)?.with_metadata(metadata))?;
        #[cfg(feature = "s3")]
        if let Storage::S3 { bucket, endpoint, region, .. } = &mut storage {
            // Without them readers would look for the bucket at AWS, and in another region.
            let (found, at) = self.options.s3_place(bucket)?;
            (*endpoint, *region) = (found, Some(at));
        }
        #[cfg(not(feature = "s3"))]
        let _ = &mut storage;
        Ok(storage)
    }
}

impl Plan {
    /// The entry with the manifests of all shards, if they have any, and such an entry may be sent.
    pub(super) fn with_manifests(&self, entry: &EntryRecord, checks: &WriteOptions) -> Option<EntryRecord> {
        if self.manifests.is_empty() {
            return None;
        }
        let manifests: Vec<_> = self.manifests.iter().map(PlannedManifest::to_ref).collect();
        let entry = entry.clone().with_manifests(&manifests);
        let problem = entry.to_atproto_with(checks).err();
        if let Some(problem) = &problem {
            log::warn!("published without manifests: {problem}");
        }
        problem.is_none().then_some(entry)
    }
}

fn blob(planned: &Planned) -> Option<BlobShard> {
    let blob = BlobRef::new(planned.cid?, TAR, planned.bytes);
    Some(BlobShard::new(blob, Checksum::sha256(planned.sha256.as_deref()?)))
}

impl EntryRecord {
    /// The CIDs of the blobs that it refers to.
    pub(in crate::atmosphere) fn blob_cids(&self) -> Vec<String> {
        let mut cids = match &self.storage {
            Storage::Blobs(shards) => shards.iter().map(|shard| shard.blob.cid.to_string()).collect(),
            _ => Vec::new(),
        };
        for manifest in self.manifests() {
            let blobs = manifest.files().filter_map(|(_, file, _)| match file {
                ManifestFile::Blob(blob) => Some(blob.cid.to_string()),
                ManifestFile::At(_) => None,
            });
            cids.extend(blobs);
        }
        cids
    }
}
