//! Entries and labels, a line each.

use std::collections::BTreeSet;

use atdata::index::{Entry, Index, Label};
use atdata::shard::Contents;
use atdata::source::shard_suffix;
use atdata::{DictSample, Result, Value};
use serde_json::{Map, Value as Json, json};

use crate::json;
use crate::secrets::Secrets;
use crate::text::{Plain, Short};

/// How entries and labels are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) as_json: bool,
    pub(super) secrets: Secrets,
}

impl View {
    /// One without secrets.
    pub(super) fn new(as_json: bool) -> Self {
        Self { as_json, secrets: Secrets::LeftOut }
    }

    /// The same with secrets, if that was asked for.
    pub(super) fn with_secrets(self, yes: bool) -> Self {
        Self { secrets: Secrets::shown(yes), ..self }
    }

    /// Text on one line, without what a terminal would act on.
    pub(super) fn plain(self, text: &str) -> String {
        Plain(&self.secrets.text(text)).to_string()
    }

    fn url(self, url: &str) -> String {
        Plain(&self.secrets.url(url)).to_string()
    }

    pub(super) fn entries(self, entries: &[Entry], labels: &[Label]) -> Vec<String> {
        let of = |entry: &Entry| labels.iter().filter(|label| label.cid == entry.cid).cloned().collect::<Vec<_>>();
        if self.as_json {
            return entries.iter().map(|entry| json::line(&self.entry_json(entry, &of(entry)))).collect();
        }
        let names: Vec<_> = entries.iter().map(|entry| self.plain(&entry.name)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().min(40);
        let line = |(entry, name): (&Entry, &String)| {
            let shards = match entry.data_urls.as_slice() {
                [one] => self.url(one),
                many => format!("{} shards", many.len()),
            };
            let about = self.about(entry, &of(entry));
            format!("{name:width$}  {}  {shards}  {about}", self.plain(&entry.schema_ref))
        };
        entries.iter().zip(&names).map(line).collect()
    }

    /// What is left of an entry that is gone.
    pub(super) fn shards_that_stay(self, entry: &Entry) -> String {
        match entry.data_urls.as_slice() {
            [] => "  it had no shards".to_owned(),
            [one] => format!("  its shards stay: {}", self.url(one)),
            [first, others @ ..] => format!("  its shards stay: {}, and {} more", self.url(first), others.len()),
        }
    }

    /// Versions, samples, size, date and CID.
    fn about(self, entry: &Entry, labels: &[Label]) -> String {
        let versions = labels.iter().filter_map(|label| label.version.as_deref());
        let mut parts: Vec<String> = versions.map(|version| self.plain(version)).collect();
        parts.sort();
        let others = labels.iter().map(|label| label.name.as_str()).filter(|name| *name != entry.name);
        let others: BTreeSet<_> = others.map(|name| self.plain(name)).collect();
        if !others.is_empty() {
            parts.push(format!("also {}", others.into_iter().collect::<Vec<_>>().join(", ")));
        }
        parts.push(entry.size("samples").map_or_else(|| "? samples".to_owned(), |count| format!("{count} samples")));
        parts.extend(entry.size("bytes").map(|bytes| format!("{bytes} bytes")));
        parts.extend(date(labels));
        parts.push(self.plain(&entry.cid));
        parts.join("  ")
    }

    pub(super) fn entry_json(self, entry: &Entry, labels: &[Label]) -> Json {
        let text = |text: &str| self.secrets.text(text);
        let metadata = entry.metadata.as_ref().map(|metadata| {
            let shown = |(name, value)| (text(name), json::field(&self.secrets.value(value)));
            metadata.iter().map(shown).collect::<Map<_, _>>()
        });
        let label = |label: &Label| {
            let version = label.version.as_deref().map(text);
            json!({"name": text(&label.name), "version": version, "created_at": label.created_at})
        };
        json!({
            "name": text(&entry.name),
            "cid": entry.cid,
            "schema_ref": text(&entry.schema_ref),
            "data_urls": entry.data_urls.iter().map(|url| self.secrets.url(url)).collect::<Vec<_>>(),
            "samples": entry.size("samples"),
            "metadata": metadata,
            "legacy_uuid": entry.legacy_uuid,
            "labels": labels.iter().map(label).collect::<Vec<_>>(),
        })
    }

    /// All of one entry, of which `found` is the label that it was found by.
    pub(super) fn whole(self, entry: &Entry, labels: &[Label], found: Option<&Label>, index: &Index) -> Vec<String> {
        let mut lines = vec![format!("Name:     {}", self.plain(&entry.name))];
        // Which of several it is that the name means.
        lines.extend(found.map(|label| format!("Found by: {}", self.label_name(label))));
        lines.push(format!("CID:      {}", self.plain(&entry.cid)));
        lines.push(format!("Schema:   {}", self.plain(&entry.schema_ref)));
        lines.push(format!("Samples:  {}", self.samples(entry, index)));
        lines.extend(entry.size("bytes").map(|bytes| format!("Bytes:    {bytes}")));
        lines.extend(date(labels).map(|date| format!("Date:     {date}")));
        let urls = entry.data_urls.len();
        lines.push(format!("Shards:   {}", entry.size("shards").map_or_else(|| urls.to_string(), |n| n.to_string())));
        lines.extend(entry.data_urls.iter().map(|url| format!("  - {}", self.url(url))));
        if !labels.is_empty() {
            lines.push("Labels:".to_owned());
            lines.extend(labels.iter().map(|label| format!("  - {}", self.label_name(label))));
        }
        if let Some(metadata) = entry.metadata.as_ref().filter(|metadata| !metadata.is_empty()) {
            lines.push("Metadata:".to_owned());
            let fields = metadata.iter().filter(|(name, _)| !matches!(*name, "checksums" | "size"));
            let line = |(name, value)| format!("  {}: {}", self.plain(name), Short(&self.secrets.value(value)));
            lines.extend(fields.map(line));
            let known = metadata.get("checksums").and_then(Value::as_map).map_or(0, <[_]>::len);
            lines.push(format!("  checksums of {known} shards"));
        }
        lines
    }

    /// How many samples there are, as the entry says, or what is beside its shards; else who knows.
    fn samples(self, entry: &Entry, index: &Index) -> String {
        let is_local = entry.data_urls.iter().all(|url| !url.contains("://"));
        let known =
            entry.size("samples").or_else(|| if is_local { counted(entry, index).ok().flatten() } else { None });
        if let Some(count) = known {
            return count.to_string();
        }
        let name = self.plain(&entry.name);
        // Of what is compressed, or elsewhere, nothing is kept beside it.
        if is_local && entry.data_urls.iter().all(|url| shard_suffix(url) == Some(".tar")) {
            format!("not known; `atdata index-shards @local/{name}` counts them, and keeps it beside the shards")
        } else {
            format!("not known; `atdata inspect @local/{name}` counts them")
        }
    }

    pub(super) fn label_name(self, label: &Label) -> String {
        match &label.version {
            Some(version) => format!("{}@{}", self.plain(&label.name), self.plain(version)),
            None => self.plain(&label.name),
        }
    }

    pub(super) fn label(self, label: &Label) -> String {
        if !self.as_json {
            return format!("{}  {}", self.label_name(label), self.plain(&label.cid));
        }
        let text = |text: &str| self.secrets.text(text);
        json::line(&json!({
            "name": text(&label.name),
            "version": label.version.as_deref().map(text),
            "cid": label.cid,
            "description": label.description.as_deref().map(text),
            "created_at": label.created_at,
        }))
    }
}

/// The day of the newest label.
fn date(labels: &[Label]) -> Option<String> {
    let newest = labels.iter().filter_map(|label| label.created_at.as_deref()).max()?;
    newest.get(..10).map(str::to_owned)
}

/// The samples of files that have their contents beside them, all of them.
fn counted(entry: &Entry, index: &Index) -> Result<Option<u64>> {
    let dataset = index.open_entry::<DictSample>(entry)?;
    let mut samples = 0;
    for shard in dataset.shards() {
        let Some(path) = shard.path() else { return Ok(None) };
        let Some(contents) = Contents::open(path)? else { return Ok(None) };
        samples += contents.samples();
    }
    Ok(Some(samples))
}
