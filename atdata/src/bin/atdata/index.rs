//! `atdata index`: the datasets of an index.

use std::io;

use atdata::index::{Entry, Index, InsertOptions, Label, Search};
use atdata::{Dataset, DictSample, Result, Value};
use serde_json::{Map, Value as Json, json};

use crate::args::{AddArgs, IndexCommand, LabelArgs, LsArgs, SearchArgs};
use crate::console::Console;
use crate::place::Place;
use crate::text::{Plain, Short};
use crate::{json, schema};

/// The index that the command line names.
pub(crate) fn open(url: Option<&str>) -> Result<Index> {
    match url {
        Some(url) => Index::connect(url),
        None => Index::open(),
    }
}

pub(crate) fn run(command: &IndexCommand, url: Option<&str>, console: &mut Console) -> io::Result<()> {
    let done = open(url).and_then(|index| match command {
        IndexCommand::Ls(args) => ls(args, &index),
        IndexCommand::Show { reference, json } => show(reference, *json, &index),
        IndexCommand::Add(args) => add(args, &index, console),
        IndexCommand::Rm { reference } => index.remove(reference).map(|_| Vec::new()),
        IndexCommand::Label(args) => label(args, &index),
        IndexCommand::Search(args) => search(args, &index),
    });
    console.lines(done)
}

fn ls(args: &LsArgs, index: &Index) -> Result<Vec<String>> {
    if args.labels {
        return Ok(index
            .labels()?
            .iter()
            .map(|label| if args.json { label_json(label) } else { label_line(label) })
            .collect());
    }
    Ok(listed(&index.entries()?, args.json))
}

fn search(args: &SearchArgs, index: &Index) -> Result<Vec<String>> {
    let mut search = Search::new().tags(&args.tags).limit(args.limit);
    if let Some(text) = &args.text {
        search = search.text(text);
    }
    if let Some(name) = &args.schema {
        search = search.schema_ref(schema::reference(name));
    }
    Ok(listed(&index.search(&search)?, args.json))
}

fn listed(entries: &[Entry], as_json: bool) -> Vec<String> {
    if as_json {
        return entries.iter().map(|entry| json::line(&entry_json(entry))).collect();
    }
    let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or_default().min(40);
    let line = |entry: &Entry| {
        let shards = match entry.data_urls.as_slice() {
            [one] => Plain(one).to_string(),
            many => format!("{} shards", many.len()),
        };
        format!("{:width$}  {}  {shards}", Plain(&entry.name).to_string(), Plain(&entry.schema_ref))
    };
    entries.iter().map(line).collect()
}

fn show(reference: &str, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let entry = index.get(reference)?;
    let mut labels = index.labels()?;
    labels.retain(|label| label.cid == entry.cid);
    if as_json {
        let mut object = entry_json(&entry);
        let labels: Vec<Json> =
            labels.iter().map(|label| json!({"name": label.name, "version": label.version})).collect();
        if let Some(object) = object.as_object_mut() {
            object.insert("labels".into(), labels.into());
        }
        return Ok(vec![json::line(&object)]);
    }
    let mut lines = vec![
        format!("Name:     {}", Plain(&entry.name)),
        format!("CID:      {}", Plain(&entry.cid)),
        format!("Schema:   {}", Plain(&entry.schema_ref)),
        format!("Shards:   {}", entry.data_urls.len()),
    ];
    lines.extend(entry.data_urls.iter().map(|url| format!("  - {}", Plain(url))));
    if !labels.is_empty() {
        lines.push("Labels:".to_owned());
        lines.extend(labels.iter().map(|label| format!("  - {}", label_name(label))));
    }
    if let Some(metadata) = entry.metadata.as_ref().filter(|metadata| !metadata.is_empty()) {
        lines.push("Metadata:".to_owned());
        let fields = metadata.iter().filter(|(name, _)| *name != "checksums");
        lines.extend(fields.map(|(name, value)| format!("  {}: {}", Plain(name), Short(value))));
        let known = entry.data_urls.iter().filter(|url| entry.checksum(url).is_some()).count();
        lines.push(format!("  checksums of {known} of {} URLs", entry.data_urls.len()));
    }
    Ok(lines)
}

fn add(args: &AddArgs, index: &Index, console: &mut Console) -> Result<Vec<String>> {
    let reference = schema::reference(&args.schema);
    // Nothing is worse than a dataset whose schema is found by nobody.
    index.schema(&reference)?;
    let dataset = match args.shards.as_slice() {
        [one] => Dataset::<DictSample>::open(one)?,
        many => Dataset::<DictSample>::open(many)?,
    };
    let mut options = InsertOptions::new().schema_ref(reference);
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
    if let Some(place) = &args.store {
        let place = Place::parse(place)?;
        let transfer = console.progress.transfer("copying");
        options = place.insert_into(options, &args.name).progress(move |bytes| transfer.add(bytes));
    }
    let entry = index.insert_with(&args.name, &dataset, &options)?;
    Ok(if args.json {
        vec![json::line(&entry_json(&entry))]
    } else {
        vec![format!("{}  {}", Plain(&entry.name), entry.cid)]
    })
}

fn label(args: &LabelArgs, index: &Index) -> Result<Vec<String>> {
    let entry = index.get(&args.reference)?;
    let label = Label::new(&args.name, &entry.cid).with_description(args.description.clone());
    let label = label.with_version(args.version.clone().unwrap_or_default());
    index.label(&label)?;
    Ok(vec![if args.json { label_json(&label) } else { label_line(&label) }])
}

fn label_name(label: &Label) -> String {
    match &label.version {
        Some(version) => format!("{}@{}", Plain(&label.name), Plain(version)),
        None => Plain(&label.name).to_string(),
    }
}

fn label_line(label: &Label) -> String {
    format!("{}  {}", label_name(label), Plain(&label.cid))
}

fn label_json(label: &Label) -> String {
    json::line(&json!({
        "name": label.name,
        "version": label.version,
        "cid": label.cid,
        "description": label.description,
        "created_at": label.created_at,
    }))
}

fn entry_json(entry: &Entry) -> Json {
    let metadata = entry.metadata.as_ref().map(|metadata| {
        metadata
            .iter()
            .map(|(name, value): (&str, &Value)| (name.to_owned(), json::field(value)))
            .collect::<Map<_, _>>()
    });
    json!({
        "name": entry.name,
        "cid": entry.cid,
        "schema_ref": entry.schema_ref,
        "data_urls": entry.data_urls,
        "metadata": metadata,
        "legacy_uuid": entry.legacy_uuid,
    })
}
