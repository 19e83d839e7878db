//! Validation of entries: what one has to be to be sent.

use atdata_schema::reading::Problems;
use serde_json::Value;

use super::EntryRecord;
use crate::atmosphere::record::lexicon::{self, report};
use crate::atmosphere::record::{
    EntryMetadata, ManifestFile, ManifestRef, MetadataForm, Record, Storage, UrlProblem, WriteOptions,
    public_url_problem,
};
use atdata_schema::{Problem, RecordError};

impl EntryRecord {
    /// The entry as it is sent, with [`WriteOptions::new`]: see [`to_atproto_with`](Self::to_atproto_with).
    ///
    /// # Errors
    /// All that keeps it from being sent, each thing with its place.
    pub fn to_atproto(&self) -> Result<Value, RecordError> {
        self.to_atproto_with(&WriteOptions::new())
    }

    /// The entry as it is sent: brace patterns expanded, tags always there, metadata in the form that was asked for.
    ///
    /// # Errors
    /// All that keeps it from being sent, each thing with its place: what its lexicon does not allow, fractions, URLs
    /// that others cannot follow or that hold a secret ([`public_url_problem`]), too large a blob or record.
    pub fn to_atproto_with(&self, options: &WriteOptions) -> Result<Value, RecordError> {
        let mut problems = Problems::of("entry record");
        let mut entry = self.clone();
        entry.tags.get_or_insert_default();
        match self.storage.clone().into_current() {
            Ok(storage) => entry.storage = storage,
            Err(error) => {
                let found = format!("a pattern that cannot be expanded ({error})");
                report("/storage".to_owned(), "the URLs of shards", found, &mut problems);
            }
        }
        entry.metadata = entry.metadata.and_then(|metadata| in_form(metadata, options.metadata, &mut problems));
        let record = entry.to_json();
        lexicon::check(Self::COLLECTION, &record, options, &mut problems);
        entry.check_manifests(options, &mut problems);
        for (pointer, problem) in entry.url_problems() {
            if !(options.private_hosts && matches!(problem, UrlProblem::PrivateHost { .. })) {
                report(pointer, problem.expected(), problem.found(), &mut problems);
            }
        }
        problems.finish(Some(record))
    }

    /// The URLs that may not be published, each with its place in the record.
    pub fn url_problems(&self) -> Vec<(String, UrlProblem)> {
        let mut problems = self.storage_url_problems();
        for (at, manifest) in self.manifests().iter().enumerate() {
            let urls = manifest.files().filter_map(|(name, file, _)| Some((name, file.url()?)));
            problems.extend(urls.filter_map(|(name, url)| problem(format!("/manifests/{at}/{name}/url"), url)));
        }
        problems
    }

    /// What the lexicon of the network has of manifests, which that of Python's 0.7 has not.
    fn check_manifests(&self, options: &WriteOptions, problems: &mut Problems) {
        let manifests = self.manifests();
        if manifests.len() > ManifestRef::MAX_COUNT {
            report("/manifests".to_owned(), "at most 10000 items", manifests.len().to_string(), problems);
        }
        for (at, manifest) in manifests.iter().enumerate() {
            for (name, file, limit) in manifest.files() {
                let ManifestFile::Blob(blob) = file else { continue };
                let limit = limit.min(options.max_blob);
                if blob.size.is_none_or(|size| size > limit) {
                    let found = blob.size.map_or_else(|| "none".to_owned(), |size| size.to_string());
                    let text = format!("a size of at most {limit} bytes");
                    problems.push(Problem::new(format!("/manifests/{at}/{name}/size"), text, found));
                }
                if name == "header" && blob.mime_type != ManifestRef::JSON {
                    let pointer = format!("/manifests/{at}/{name}/mimeType");
                    report(
                        pointer,
                        "application/json (say so when the blob is uploaded)",
                        blob.mime_type.clone(),
                        problems,
                    );
                }
            }
        }
    }

    fn storage_url_problems(&self) -> Vec<(String, UrlProblem)> {
        match &self.storage {
            Storage::Http(shards) => {
                let shards = shards.iter().enumerate();
                shards.filter_map(|(at, shard)| problem(format!("/storage/shards/{at}/url"), &shard.url)).collect()
            }
            Storage::External(urls) => {
                let urls = urls.iter().enumerate();
                urls.filter_map(|(at, url)| problem(format!("/storage/urls/{at}"), url)).collect()
            }
            Storage::S3 { endpoint: Some(endpoint), .. } => {
                problem("/storage/endpoint".to_owned(), endpoint).into_iter().collect()
            }
            Storage::S3 { .. } | Storage::Blobs(_) => Vec::new(),
        }
    }
}

/// A URL that may not be published, by its place in the record.
fn problem(pointer: String, url: &str) -> Option<(String, UrlProblem)> {
    Some((pointer, public_url_problem(url)?))
}

fn in_form(metadata: EntryMetadata, form: MetadataForm, problems: &mut Problems) -> Option<EntryMetadata> {
    match (form, metadata) {
        (MetadataForm::Object, EntryMetadata::Packed(sample)) => match EntryMetadata::from_sample(&sample) {
            Ok(metadata) => Some(metadata),
            Err(error) => {
                error.problems().iter().for_each(|problem| problems.push(problem.clone()));
                None
            }
        },
        (MetadataForm::Bytes, metadata @ EntryMetadata::Object(_)) => Some(EntryMetadata::Packed(metadata.to_sample())),
        (_, metadata) => Some(metadata),
    }
}
