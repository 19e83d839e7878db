//! Loading from the network: its datasets, ready to be read.

use super::find::Published;
#[cfg(feature = "s3")]
use super::record::Storage;
use super::record::{Checksum, EntryRecord, ManifestFile, ManifestRef, ShardUrl, UrlProblem, public_url_problem};
use crate::atproto::Atmosphere;
use crate::dataset::Dataset;
use crate::entry::{Access, Entry, Located, Reference, tell_of_unusable, unusable};
use crate::error::{Error, ErrorKind, Result};
use crate::sample::Packable;
use crate::source::{ManifestPlaces, Schemes, Shard};
use atdata_schema::OwnedSchema;

/// More than any record of the lexicon may refer to.
const MAX_BLOB: u64 = 52_428_800;

impl Atmosphere {
    /// The dataset that a reference leads to, read as `S`; with [`DictSample`](crate::DictSample) without a type.
    ///
    /// What an entry names is read only if it is at an `https` or `s3` URL of the public network, or a blob. Blobs are
    /// checked against their CIDs while they are read.
    ///
    /// # Errors
    /// Those of [`entry`](Self::entry); [`Unsupported`](ErrorKind::Unsupported) for shards that no record may name.
    pub fn dataset<S: Packable + 'static>(&self, reference: &str) -> Result<Dataset<S>> {
        self.open(&self.entry(reference)?)
    }

    /// The dataset of an entry.
    ///
    /// # Errors
    /// [`SchemaMismatch`](ErrorKind::SchemaMismatch) with the differences, if the published schema is none that `S` reads.
    pub fn open<S: Packable + 'static>(&self, entry: &Published<EntryRecord>) -> Result<Dataset<S>> {
        self.located(entry, &Access::default().of::<S>())?.open()
    }

    pub(crate) fn locate(&self, reference: &Reference, access: &Access) -> Result<Located> {
        self.located(&self.entry_of(reference)?, access)
    }

    fn located(&self, entry: &Published<EntryRecord>, access: &Access) -> Result<Located> {
        let shards = entry.record.shard_urls(entry.did())?;
        tell_of_unusable(&entry.record.name, shards.len(), &unusable_checksums(&shards));
        let shards = shards.iter().map(|shard| self.shard(shard, access.schemes)).collect::<Result<Vec<_>>>()?;
        let shards = self.with_manifests(shards, entry, access.schemes);
        let schema = if access.check_schema { self.known_schema(&entry.record.schema_ref) } else { None };
        let options = access.options.clone().atmosphere(self);
        #[cfg(feature = "s3")]
        let options = match &entry.record.storage {
            Storage::S3 { region: Some(region), endpoint: None, .. } => options.s3_region(region),
            _ => options,
        };
        Ok(Located { shards, options, schema })
    }

    /// The shards, each with the place of the manifest that the record says of it. Whoever wrote the record decides what is asked
    /// for here as well: what it may not name is not looked at.
    fn with_manifests(
        &self,
        shards: Vec<Shard>,
        entry: &Published<EntryRecord>,
        schemes: Option<Schemes>,
    ) -> Vec<Shard> {
        let manifests = entry.record.manifests();
        // Which is of which shard is said by their order alone.
        if manifests.len() != shards.len() {
            if !manifests.is_empty() {
                let (found, expected) = (manifests.len(), shards.len());
                let name = crate::error::redact::unsecret(&entry.record.name);
                log::warn!("{name}: its {found} manifests are of none of its {expected} shards, and not read");
            }
            return shards;
        }
        let place = |file: &ManifestFile, limit: u64| {
            let place = self.shard(&file.place(entry.did()), schemes);
            let place = place.inspect_err(|error| log::warn!("a manifest that is not read: {error:#}")).ok()?;
            Some(place.on(|terms| terms.size = Some(terms.size.map_or(limit, |size| size.min(limit)))))
        };
        let with = |(shard, manifest): (Shard, &ManifestRef)| {
            let mut files = manifest.files().map(|(_, file, limit)| place(file, limit));
            let (header, samples) = (files.next().flatten(), files.next().flatten());
            match header {
                Some(header) => shard.with_manifest(ManifestPlaces { header, samples }),
                None => shard,
            }
        };
        shards.into_iter().zip(&manifests).map(with).collect()
    }

    /// The schema of an entry, where it can be read: whoever has a type can do without.
    fn known_schema(&self, reference: &str) -> Option<OwnedSchema> {
        let found = self.schema(reference);
        let found = found.inspect_err(|error| log::debug!("the type is not held against {reference}: {error}"));
        found.ok().map(|schema| schema.record.schema)
    }

    /// The entry of a dataset, as an index keeps it.
    pub fn index_entry(&self, entry: &Published<EntryRecord>) -> Result<Entry> {
        entry.record.to_entry(entry.uri.authority())
    }

    /// A shard that a record names, if it may: whoever wrote the record decides what is asked for.
    fn shard(&self, known: &ShardUrl, schemes: Option<Schemes>) -> Result<Shard> {
        let of_records = Schemes::of_records();
        let usual = if self.allows_private() { of_records.with_http().with_private_hosts() } else { of_records };
        let schemes = schemes.unwrap_or(usual);
        let with_terms = |shard: Shard| {
            let sha256 = known.checksum.as_ref().and_then(Checksum::as_sha256);
            shard.on(|terms| {
                terms.sha256 = sha256.as_deref().and_then(crate::digest::from_hex);
                // Old references do not have it, and some servers wrote none that can be.
                terms.size = known.blob.as_ref().map(|blob| blob.size.filter(|size| *size > 0).unwrap_or(MAX_BLOB));
            })
        };
        match public_url_problem(&known.url) {
            Some(problem @ UrlProblem::PrivateHost { .. })
                if !self.allows_private() && !schemes.allows_private_hosts() =>
            {
                let message = format!(
                    "expected {}, found {}: `Schemes::with_private_hosts` (`--allow-local`) allows it",
                    problem.expected(),
                    problem.found()
                );
                Err(Error::new(ErrorKind::Unsupported, message).with_shard(&crate::net::url::redacted(&known.url)))
            }
            _ => known.shard(schemes).map(with_terms),
        }
    }
}

/// The shards with a checksum that they cannot be held against, and that. A blob is held against its CID.
fn unusable_checksums(shards: &[ShardUrl]) -> Vec<(String, String)> {
    let unusable = |shard: &ShardUrl| {
        let checksum = shard.checksum.as_ref().filter(|checksum| checksum.as_sha256().is_none())?;
        Some((shard.url.clone(), unusable(&checksum.algorithm, &checksum.digest)))
    };
    shards.iter().filter(|shard| shard.blob.is_none()).filter_map(unusable).collect()
}

impl Published<EntryRecord> {
    /// The DID of the account that has published it.
    pub fn did(&self) -> &str {
        self.uri.authority()
    }
}

#[cfg(all(test, feature = "s3"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::atmosphere::record::S3Shard;
    use crate::source::{ReadOptions, S3Config};

    /// Which a reader need not know, and could not find out of a bucket that it may not list.
    #[test]
    fn the_region_of_a_record_is_asked() {
        let nowhere = "http://127.0.0.1:1";
        let network = Atmosphere::builder().pds(nowhere).plc(nowhere).anonymous().unwrap();
        let region_asked = |region: Option<&str>| {
            let shards = vec![S3Shard::new("a.tar", Checksum::unknown())];
            let region = region.map(str::to_owned);
            let storage = Storage::S3 { bucket: "b".to_owned(), shards, region, endpoint: None };
            let record = EntryRecord::new("x", "atdata://local/schema/T@1.0.0", storage);
            let uri = "at://did:plc:abcdefghijklmnopqrstuvwx/science.alt.dataset.entry/3k2akr3rjp22x";
            let entry = Published { uri: uri.parse().unwrap(), cid: String::new(), record };
            let options = ReadOptions::new().s3(S3Config::with_keys("id", "secret").region("us-west-1"));
            let located = network.located(&entry, &Access { options, ..Access::default() }).unwrap();
            located.options.s3_place("b").unwrap().1
        };
        assert_eq!(region_asked(Some("eu-west-3")), "eu-west-3");
        assert_eq!(region_asked(None), "us-west-1");
        // Whoever wrote it decides on no host.
        assert_eq!(region_asked(Some("eu-west-3.evil.example/")), "us-west-1");
    }
}
