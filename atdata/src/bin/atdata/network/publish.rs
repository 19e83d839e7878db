//! `atdata publish` and `promote`.

use std::path::Path;

use atdata::atmosphere::record::EntryRecord;
use atdata::atmosphere::{Atmosphere, PublishOptions, Published};
use atdata::{Dataset, DictSample, Result};

use super::{entry_json, entry_lines, session};
use crate::args::{About, PromoteArgs, PublishArgs};
use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::schema::{self, read_record};
use crate::secrets::Secrets;

pub(super) fn publish(args: &PublishArgs, given: Given<'_>, console: &mut Console) -> Result<Vec<String>> {
    let dataset = match args.shards.as_slice() {
        [one] => given.dataset(one)?,
        many => Dataset::<DictSample>::open(many)?,
    };
    session::logged_in(console, |network, console| {
        let options = options(&args.about, console).schema(published_schema(network, &args.schema, given)?);
        Ok(shown(&network.publish_dataset(&args.name, &dataset, &options)?, &args.about))
    })
}

pub(super) fn promote(args: &PromoteArgs, given: Given<'_>, console: &mut Console) -> Result<Vec<String>> {
    let index = given.reading_for(&args.reference)?;
    let entry = index.get(&args.reference)?;
    session::logged_in(console, |network, console| {
        let mut options = options(&args.about, console);
        if let Some(name) = &args.name {
            options = options.name(name);
        }
        Ok(shown(&network.promote(&index, &entry, &options)?, &args.about))
    })
}

/// The AT URI of a schema, which is published if it is not yet.
fn published_schema(network: &Atmosphere, schema: &str, given: Given<'_>) -> Result<String> {
    if schema.starts_with("at://") || schema.starts_with('@') {
        return Ok(network.schema(schema)?.uri.to_string());
    }
    let path = Path::new(schema);
    let record =
        if path.is_file() { read_record(path)? } else { given.reading()?.schema(&schema::reference(schema))? };
    Ok(network.publish_schema_record(&record)?.uri.to_string())
}

fn options(about: &About, console: &mut Console) -> PublishOptions {
    let transfer = console.progress.transfer("sending");
    let mut options = PublishOptions::new().progress(move |bytes| transfer.add(bytes));
    if let Some(version) = &about.version {
        options = options.version(version);
    }
    if let Some(description) = &about.description {
        options = options.description(description);
    }
    if !about.tags.is_empty() {
        options = options.tags(&about.tags);
    }
    if let Some(license) = &about.license {
        options = options.license(license);
    }
    if about.blobs {
        options = options.blobs();
    }
    if about.in_place {
        options = options.in_place();
    }
    options = options.unknown_checksums(about.no_checksums).lenient(about.lenient).manifests(about.manifests);
    if let Some(bytes) = about.max_total {
        options = options.max_total(bytes);
    }
    match about.max_bytes {
        Some(bytes) => options.max_bytes(bytes),
        None => options,
    }
}

fn shown(entry: &Published<EntryRecord>, about: &About) -> Vec<String> {
    if about.json {
        vec![json::line(&entry_json(entry, Secrets::LeftOut))]
    } else {
        entry_lines(entry, Secrets::LeftOut)
    }
}
