//! Validation of entries: what one has to be to be sent.

use atdata_schema::reading::Problems;
use serde_json::Value;

use super::EntryRecord;
use crate::atmosphere::record::lexicon::{self, report};
use crate::atmosphere::record::{
    EntryMetadata, MetadataForm, Record, Storage, UrlProblem, WriteOptions, public_url_problem,
};
use atdata_schema::RecordError;

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
        for (pointer, problem) in entry.url_problems() {
            if !(options.private_hosts && matches!(problem, UrlProblem::PrivateHost { .. })) {
                report(pointer, problem.expected(), problem.found(), &mut problems);
            }
        }
        problems.finish(Some(record))
    }

    /// The URLs that may not be published, each with its place in the record.
    pub fn url_problems(&self) -> Vec<(String, UrlProblem)> {
        let problem = |pointer: String, url: &str| Some((pointer, public_url_problem(url)?));
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
