//! `atdata index`: the datasets of an index.

mod add;
mod listed;

use std::io;
use std::path::PathBuf;

use atdata::index::{Index, Label, Search};
use atdata::schema::Version;
use atdata::source::path_to_write;
use atdata::{Error, ErrorKind, Result};
use serde_json::json;

use self::listed::View;
use crate::args::{IndexCommand, LabelArgs, LsArgs, SearchArgs, ShowArgs};
use crate::console::Console;
use crate::places::Given;
use crate::text::Plain;
use crate::{json, schema};

pub(crate) fn run(command: &IndexCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let done = match command {
        IndexCommand::Ls(args) => given.reading().and_then(|index| ls(args, &index, console)),
        IndexCommand::Show(args) => given.reading_for(&args.reference).and_then(|index| show(args, &index)),
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
    let view = View::new(args.json).with_secrets(args.show_secrets);
    let labels = index.labels()?;
    if args.labels {
        return Ok(labels.iter().map(|label| view.label(label)).collect());
    }
    let listing = index.listing("local")?;
    for error in &listing.damaged {
        console.error(&format_args!("an entry cannot be read, and is left out: {error:#}"));
    }
    if listing.entries.is_empty() && listing.damaged.is_empty() {
        let url = index.repository("local")?.provider().url();
        console.note(&format_args!("{} is empty: `atdata index add` adds a dataset", Plain(&url)));
    }
    Ok(view.entries(&listing.entries, &labels))
}

/// A path as an index has it; URLs as they are.
fn whole(place: &str) -> Result<String> {
    if place.contains("://") && !place.starts_with("file:") {
        return Ok(place.to_owned());
    }
    // What is in braces is not expanded here, where a place is meant and no shards.
    let path = if place.contains(['{', '}']) { PathBuf::from(place) } else { path_to_write(place)? };
    Ok(std::path::absolute(path)?.to_string_lossy().into_owned())
}

/// Entries whose shards were moved. Where nothing is they were not moved to.
fn relocate(from: &str, to: &str, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let (from, to) = (whole(from)?, whole(to)?);
    if !to.contains("://") && !std::path::Path::new(&to).exists() {
        let text = "there is nothing: move the shards first, and give the place where they are";
        return Err(Error::new(ErrorKind::NotFound, text).with_shard(&to));
    }
    Ok(View::new(as_json).entries(&index.relocate(&from, &to)?, &[]))
}

/// The entries that nothing leads to any more.
fn gc(remove: bool, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let orphans = if remove { index.remove_orphans()? } else { index.orphans()? };
    let view = View::new(as_json);
    let lines = view.entries(&orphans, &[]);
    if !remove || as_json {
        return Ok(lines);
    }
    // Nothing knows of them any more.
    Ok(lines.into_iter().zip(&orphans).flat_map(|(line, entry)| [line, view.shards_that_stay(entry)]).collect())
}

fn rm(reference: &str, as_json: bool, index: &Index) -> Result<Vec<String>> {
    let removed = index.remove(reference)?;
    let base = reference.rsplit_once('@').map_or(reference, |(base, _)| base);
    // Of a version that was removed, the name may lead to another one.
    let view = View::new(as_json);
    let now = if base.is_empty() { None } else { index.label_of(base).ok().flatten() };
    if as_json {
        let labels: Vec<_> = removed.labels.iter().map(|label| view.label_name(label)).collect();
        let cids: Vec<_> = removed.entries.iter().map(|entry| &entry.cid).chain(&removed.damaged).collect();
        let urls = removed.entries.iter().flat_map(|entry| &entry.data_urls);
        let shards: Vec<_> = urls.map(|url| view.secrets.url(url)).collect();
        return Ok(vec![json::line(&json!({"labels": labels, "entries": cids, "shards": shards}))]);
    }
    let mut lines: Vec<_> =
        removed.labels.iter().map(|label| format!("removed the label {}", view.label(label))).collect();
    for entry in &removed.entries {
        lines.push(format!("removed {}  {}", view.plain(&entry.name), entry.cid));
        lines.push(view.shards_that_stay(entry));
    }
    lines.extend(removed.damaged.iter().map(|cid| format!("removed {}, which could not be read", Plain(cid))));
    lines
        .extend(removed.renamed.iter().map(|entry| format!("{} is called {} now", entry.cid, view.plain(&entry.name))));
    lines.extend(now.map(|label| format!("{} is {} now", view.plain(base), view.label(&label))));
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
    Ok(View::new(args.json).with_secrets(args.show_secrets).entries(&found, &labels))
}

fn show(args: &ShowArgs, index: &Index) -> Result<Vec<String>> {
    let entry = index.get(&args.reference)?;
    let mut labels = index.labels_leading_to(&entry.cid)?;
    labels.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    let view = View::new(args.json).with_secrets(args.show_secrets);
    if args.json {
        return Ok(vec![json::line(&view.entry_json(&entry, &labels))]);
    }
    let found = index.label_of(&args.reference)?;
    Ok(view.whole(&entry, &labels, found.as_ref(), index))
}

fn label(args: &LabelArgs, index: &Index, console: &mut Console) -> Result<Vec<String>> {
    warn_of(args.version.as_deref(), console);
    let entry = index.get(&args.reference)?;
    let label = Label::new(&args.name, &entry.cid).with_description(args.description.clone());
    let label = label.with_version(args.version.clone().unwrap_or_default());
    if args.replace { index.relabel(&label) } else { index.label(&label) }?;
    Ok(vec![View::new(args.json).label(&label)])
}

/// Says of a version that it is none, by which versions could be told apart.
fn warn_of(version: Option<&str>, console: &mut Console) {
    if let Some(version) = version.filter(|version| Version::parse(version).is_err()) {
        let version = Plain(version).to_string();
        console
            .warning(&format_args!("`{version}` is no version such as 1.0.0: which is the highest, it does not tell"));
    }
}
