//! `atdata index add`: a dataset that exists, held against its schema.

use std::path::Path;

use atdata::index::{Index, InsertOptions, check_group, check_sample};
use atdata::schema::SchemaRecord;
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Result};

use super::{entry_json, warn_of};
use crate::args::AddArgs;
use crate::console::Console;
use crate::json;
use crate::place::Place;
use crate::places::{Given, is_reference};
use crate::schema::{self, read_record};
use crate::text::Plain;

/// So many samples are held against the schema.
const LOOKED_AT: u64 = 3;

pub(super) fn add(args: &AddArgs, given: Given<'_>, index: &Index, console: &mut Console) -> Result<Vec<String>> {
    warn_of(args.version.as_deref(), console);
    let dataset = dataset(args, given)?;
    let (reference, record) = found_schema(&args.schema, index)?;
    if !args.unchecked {
        if dataset.has_members()? {
            check_members(&dataset, &record)?;
        } else {
            check(&dataset, &record)?;
        }
    }
    let entry = index.insert_with(&args.name, &dataset, &options(args, reference, console)?)?;
    let labels = index.labels_leading_to(&entry.cid)?;
    for other in labels.iter().filter(|label| label.name != entry.name) {
        let name = Plain(&other.name).to_string();
        console.note(&format_args!("these shards are known as {name} as well, which leads to the same entry"));
    }
    // Where a higher version is there, the name goes on meaning that.
    if let Some(latest) = index.label_of(&entry.name)?.filter(|latest| latest.cid != entry.cid) {
        let (name, version) = (Plain(&latest.name).to_string(), latest.version.as_deref().unwrap_or("none").to_owned());
        console.note(&format_args!("{name} without a version means {} still", Plain(&version)));
    }
    Ok(if args.json {
        vec![json::line(&entry_json(&entry, &labels))]
    } else {
        vec![format!("{}  {}", Plain(&entry.name), entry.cid)]
    })
}

/// One pattern stays one; more arguments, or what is no plain pattern, are a list.
fn dataset(args: &AddArgs, given: Given<'_>) -> Result<Dataset<DictSample>> {
    if let [one] = args.shards.as_slice() {
        return given.dataset(one);
    }
    let mut shards = Vec::new();
    let mut options = None;
    for text in &args.shards {
        let dataset = given.dataset(text)?;
        shards.extend(dataset.shards().to_vec());
        options.get_or_insert_with(|| dataset.read_options().clone());
    }
    Ok(Dataset::open(shards)?.with_options(options.unwrap_or_default()))
}

/// The schema in the index that an argument names; the record in a file is stored there first.
fn found_schema(text: &str, index: &Index) -> Result<(String, SchemaRecord)> {
    let path = Path::new(text);
    if path.extension().is_some_and(|end| end == "json") && !is_reference(text) {
        let record = read_record(path)?;
        return Ok((index.publish_record(&record)?.to_string(), record));
    }
    if !text.contains('@') && !text.contains("://") {
        return Err(no_version(text, index)?);
    }
    // Nothing is worse than a dataset whose schema is found by nobody.
    let reference = schema::reference(text);
    let record = index.schema(&reference)?;
    Ok((reference, record))
}

/// The error of a name alone, with what may have been meant.
fn no_version(name: &str, index: &Index) -> Result<Error> {
    let of_name = |record: &SchemaRecord| record.schema.name == name;
    let known: Vec<_> = index.schemas()?.into_iter().filter(of_name).collect();
    let versions: Vec<_> = known.iter().map(|record| format!("`{}@{}`", Plain(name), record.schema.version)).collect();
    let known = if versions.is_empty() { String::new() } else { format!("; there are {}", versions.join(", ")) };
    let message = format!(
        "expected a schema such as `Name@1.0.0`, or the file of a record (`….json`), found `{}`{known}",
        Plain(name)
    );
    Ok(Error::new(ErrorKind::InvalidInput, message))
}

/// Holds the first samples against the schema.
fn check(dataset: &Dataset<DictSample>, record: &SchemaRecord) -> Result<()> {
    let mut looked_at = 0;
    for sample in dataset.head(LOOKED_AT.try_into().unwrap_or_default())? {
        check_sample(&record.schema, &sample).map_err(|error| hinted(error, dataset))?;
        looked_at += 1;
    }
    if looked_at == 0 {
        return Err(hinted(Error::new(ErrorKind::NotFound, "there are no samples"), dataset));
    }
    Ok(())
}

/// Holds the members of the first samples against the schema.
fn check_members(dataset: &Dataset<DictSample>, record: &SchemaRecord) -> Result<()> {
    if record.schema.layout.is_none() {
        let text = "the samples are those of plain WebDataset, each field a member, and the schema is of packed ones: \
                    `atdata schema infer` makes one that is not";
        return Err(hinted(Error::new(ErrorKind::SchemaMismatch, text), dataset));
    }
    let groups = Dataset::<Group>::open(dataset.shards().to_vec())?.with_options(dataset.read_options().clone());
    for group in groups.ordered().take(LOOKED_AT.try_into().unwrap_or_default()) {
        let group = group?;
        check_group(&record.schema, &group).map_err(|error| hinted(error.with_key(group.key()), dataset))?;
    }
    Ok(())
}

fn hinted(error: Error, dataset: &Dataset<DictSample>) -> Error {
    match dataset.shards().first() {
        Some(shard) => error.with_shard(&shard.redacted()),
        None => error,
    }
}

fn options(args: &AddArgs, reference: String, console: &mut Console) -> Result<InsertOptions> {
    let mut options = InsertOptions::new().schema_ref(reference).replace(args.replace).checksums(!args.no_checksums);
    if let Some(version) = &args.version {
        options = options.version(version);
    }
    if let Some(description) = &args.description {
        options = options.description(description);
    }
    if !args.tags.is_empty() {
        options = options.tags(&args.tags);
    }
    if let Some(license) = &args.license {
        options = options.license(license);
    }
    let transfer = console.progress.transfer(if args.store.is_some() { "copying" } else { "reading" });
    if let Some(place) = &args.store {
        options = Place::parse(place)?.insert_into(options, &args.name);
    }
    Ok(options.progress(move |bytes| transfer.add(bytes)))
}
