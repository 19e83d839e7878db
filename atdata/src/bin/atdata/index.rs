//! `atdata index`: the datasets of an index.

mod add;

use std::io;

use atdata::index::{Entry, Index, Label, Search};
use atdata::schema::Version;
use atdata::source::{path_to_write, without_secrets};
use atdata::{Error, ErrorKind, Result, Value};
use serde_json::{Map, Value as Json, json};

use crate::args::{IndexCommand, LabelArgs, LsArgs, SearchArgs};
use crate::console::Console;
use crate::places::Given;
use crate::text::{Plain, Short};
use crate::{json, schema};

pub(crate) fn run(command: &IndexCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let done = match command {
        IndexCommand::Ls(args) => given.reading().and_then(|index| ls(args, &index, console)),
        IndexCommand::Show { reference, json } => {
            given.reading_for(reference).and_then(|index| show(reference, *json, &index))
        }
        IndexCommand::Add(args) => add::add(args, given, console),
        IndexCommand::Rm { reference, json } => changing(given).and_then(|index| rm(reference, *json, &index)),
        IndexCommand::Label(args) => changing(given).and_then(|index| label(args, &index, console)),
        IndexCommand::Search(args) => given.reading().and_then(|index| search(args, &index, console)),
        IndexCommand::Relocate { from, to, json } => {
            changing(given).and_then(|index| relocate(from, to, *json, &index))
        }
        IndexCommand::Gc { remove, json } => {
            let index = if *remove { changing(given) } else { given.reading() };
            index.and_then(|index| gc(*remove, *json, &index))
        }
    };
    console.lines(done)
}

/// The index, to change what is in it: none is made for that where there is none.
fn changing(given: Given<'_>) -> Result<Index> {
    given.reading()?;
    given.index()
}

fn ls(args: &LsArgs, index: &Index, console: &mut Console) -> Result<Vec<String>> {
    let labels = index.labels()?;
    if args.labels {
        return Ok(labels.iter().map(|label| if args.json { label_json(label) } else { label_line(label) }).collect());
    }
    let listing = index.listing("local")?;
    for error in &listing.damaged {
        console.error(&format_args!("an entry cannot be read, and is left out: {error:#}"));
    }
    if listing.entries.is_empty() && listing.damaged.is_empty() {
        let url = index.repository("local")?.provider().url();
        console.note(&format_args!("{} is empty: `atdata index add` adds a dataset", Plain(&url)));
    }
    Ok(listed(&listing.entries, &labels, args.json))
}

/// A path as an index has it; URLs as they are.
fn whole(place: &str) -> Result<String> {
    if place.contains("://") && !place.starts_with("file:") {
        return Ok(place.to_owned());
    }
    Ok(std::path::absolute(path_to_write(place)?)?.to_string_lossy().into_owned())
}

/// Entries whose shards were moved. Where nothing is they were not moved to.
fn relocate(from: &str, to: &str, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let (from, to) = (whole(from)?, whole(to)?);
    if !to.contains("://") && !std::path::Path::new(&to).exists() {
        let text = "there is nothing: move the shards first, and give the place where they are";
        return Err(Error::new(ErrorKind::NotFound, text).with_shard(&to));
    }
    Ok(listed(&index.relocate(&from, &to)?, &[], as_json))
}

/// The entries that nothing leads to any more.
fn gc(remove: bool, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let orphans = if remove { index.remove_orphans()? } else { index.orphans()? };
    Ok(listed(&orphans, &[], as_json))
}

fn rm(reference: &str, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let removed = index.remove(reference)?;
    let base = reference.rsplit_once('@').map_or(reference, |(base, _)| base);
    // Of a version that was removed, the name may lead to another one.
    let now = if base.is_empty() { None } else { index.label_of(base).ok().flatten() };
    if as_json {
        let labels: Vec<_> = removed.labels.iter().map(label_name).collect();
        let cids: Vec<_> = removed.entries.iter().map(|entry| &entry.cid).chain(&removed.damaged).collect();
        return Ok(vec![json::line(&json!({"labels": labels, "entries": cids}))]);
    }
    let mut lines: Vec<_> =
        removed.labels.iter().map(|label| format!("removed the label {}", label_line(label))).collect();
    lines.extend(removed.entries.iter().map(|entry| format!("removed {}  {}", Plain(&entry.name), entry.cid)));
    lines.extend(removed.damaged.iter().map(|cid| format!("removed {}, which could not be read", Plain(cid))));
    lines.extend(removed.renamed.iter().map(|entry| format!("{} is called {} now", entry.cid, Plain(&entry.name))));
    lines.extend(now.map(|label| format!("{} is {} now", Plain(base), label_line(&label))));
    Ok(lines)
}

fn search(args: &SearchArgs, index: &Index, console: &mut Console) -> Result<Vec<String>> {
    let mut search = Search::new().tags(&args.tags).limit(args.limit);
    if let Some(text) = &args.text {
        search = search.text(text);
    }
    if let Some(name) = &args.schema {
        search = search.schema_ref(schema::reference(name));
    }
    let found = index.search(&search)?;
    if found.is_empty() {
        let hint = if args.tags.is_empty() && args.text.is_some() { "; tags are looked for by --tag" } else { "" };
        console.note(&format_args!("no dataset fits{hint}"));
    }
    let mut labels = Vec::new();
    for entry in &found {
        labels.extend(index.labels_leading_to(&entry.cid)?);
    }
    Ok(listed(&found, &labels, args.json))
}

fn listed(entries: &[Entry], labels: &[Label], as_json: bool) -> Vec<String> {
    let of = |entry: &Entry| labels.iter().filter(|label| label.cid == entry.cid).cloned().collect::<Vec<_>>();
    if as_json {
        return entries.iter().map(|entry| json::line(&entry_json(entry, &of(entry)))).collect();
    }
    let width = entries.iter().map(|entry| entry.name.chars().count()).max().unwrap_or_default().min(40);
    let line = |entry: &Entry| {
        let shards = match entry.data_urls.as_slice() {
            [one] => Plain(&without_secrets(one)).to_string(),
            many => format!("{} shards", many.len()),
        };
        let about = about(entry, &of(entry));
        format!("{:width$}  {}  {shards}  {about}", Plain(&entry.name).to_string(), Plain(&entry.schema_ref))
    };
    entries.iter().map(line).collect()
}

/// Versions, samples, size, date and CID.
fn about(entry: &Entry, labels: &[Label]) -> String {
    let mut parts: Vec<String> = labels.iter().filter_map(|label| label.version.clone()).collect();
    parts.sort();
    let others = labels.iter().map(|label| label.name.as_str()).filter(|name| *name != entry.name);
    let others: std::collections::BTreeSet<_> = others.map(|name| Plain(name).to_string()).collect();
    if !others.is_empty() {
        parts.push(format!("also {}", others.into_iter().collect::<Vec<_>>().join(", ")));
    }
    parts.extend(entry.size("samples").map(|count| format!("{count} samples")));
    parts.extend(entry.size("bytes").map(|bytes| format!("{bytes} bytes")));
    parts.extend(date(labels));
    parts.push(entry.cid.clone());
    parts.join("  ")
}

/// The day of the newest label.
fn date(labels: &[Label]) -> Option<String> {
    let newest = labels.iter().filter_map(|label| label.created_at.as_deref()).max()?;
    newest.get(..10).map(str::to_owned)
}

fn show(reference: &str, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let entry = index.get(reference)?;
    let mut labels = index.labels_leading_to(&entry.cid)?;
    labels.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    if as_json {
        return Ok(vec![json::line(&entry_json(&entry, &labels))]);
    }
    let mut lines = vec![format!("Name:     {}", Plain(&entry.name))];
    // Which of several it is that the name means.
    if let Some(label) = index.label_of(reference)? {
        lines.push(format!("Found by: {}", label_name(&label)));
    }
    lines.extend([format!("CID:      {}", Plain(&entry.cid)), format!("Schema:   {}", Plain(&entry.schema_ref))]);
    lines.extend(entry.size("samples").map(|count| format!("Samples:  {count}")));
    lines.extend(entry.size("bytes").map(|bytes| format!("Bytes:    {bytes}")));
    lines.extend(date(&labels).map(|date| format!("Date:     {date}")));
    let urls = entry.data_urls.len();
    lines.push(format!("Shards:   {}", entry.size("shards").map_or_else(|| urls.to_string(), |n| n.to_string())));
    lines.extend(entry.data_urls.iter().map(|url| format!("  - {}", Plain(&without_secrets(url)))));
    if !labels.is_empty() {
        lines.push("Labels:".to_owned());
        lines.extend(labels.iter().map(|label| format!("  - {}", label_name(label))));
    }
    if let Some(metadata) = entry.metadata.as_ref().filter(|metadata| !metadata.is_empty()) {
        lines.push("Metadata:".to_owned());
        let fields = metadata.iter().filter(|(name, _)| !matches!(*name, "checksums" | "size"));
        lines.extend(fields.map(|(name, value)| format!("  {}: {}", Plain(name), Short(value))));
        let known = metadata.get("checksums").and_then(Value::as_map).map_or(0, <[_]>::len);
        lines.push(format!("  checksums of {known} shards"));
    }
    Ok(lines)
}

fn label(args: &LabelArgs, index: &Index, console: &mut Console) -> Result<Vec<String>> {
    warn_of(args.version.as_deref(), console);
    let entry = index.get(&args.reference)?;
    let label = Label::new(&args.name, &entry.cid).with_description(args.description.clone());
    let label = label.with_version(args.version.clone().unwrap_or_default());
    if args.replace { index.relabel(&label) } else { index.label(&label) }?;
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

pub(super) fn entry_json(entry: &Entry, labels: &[Label]) -> Json {
    let metadata = entry.metadata.as_ref().map(|metadata| {
        metadata
            .iter()
            .map(|(name, value): (&str, &Value)| (name.to_owned(), shown(name, value)))
            .collect::<Map<_, _>>()
    });
    let labels: Vec<_> = labels
        .iter()
        .map(|label| json!({"name": label.name, "version": label.version, "created_at": label.created_at}))
        .collect();
    json!({
        "name": entry.name,
        "cid": entry.cid,
        "schema_ref": entry.schema_ref,
        "data_urls": entry.data_urls.iter().map(|url| without_secrets(url)).collect::<Vec<_>>(),
        "metadata": metadata,
        "legacy_uuid": entry.legacy_uuid,
        "labels": labels,
    })
}

/// A value of metadata; checksums are by URLs, which may hold secrets.
fn shown(name: &str, value: &Value) -> Json {
    match value {
        Value::Map(pairs) if name == "checksums" => {
            pairs.iter().map(|(url, digest)| (without_secrets(url), json::field(digest))).collect::<Map<_, _>>().into()
        }
        value => json::field(value),
    }
}

/// Says of a version that it is none, by which versions could be told apart.
pub(super) fn warn_of(version: Option<&str>, console: &mut Console) {
    if let Some(version) = version.filter(|version| Version::parse(version).is_err()) {
        let version = Plain(version).to_string();
        console
            .warning(&format_args!("`{version}` is no version such as 1.0.0: which is the highest, it does not tell"));
    }
}
