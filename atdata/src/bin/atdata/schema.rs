//! `atdata schema`: schemas of an index, of files, and as shards show them.

mod fields;
mod named;

use std::io::{self, Write};
use std::path::Path;

use atdata::dataset::Inferred;
use atdata::index::Index;
use atdata::schema::{OwnedSchema, SchemaDiff, SchemaRecord, SchemaReference};
use atdata::source::{path_to_write, without_secrets};
use atdata::{Dataset, DictSample, Error, ErrorKind, Result};
use serde_json::json;

use self::fields::Shown;
pub(crate) use self::fields::read_record;
pub(crate) use self::named::named;
use crate::args::{Members, SchemaCommand};
use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::text::Plain;

/// Exit code of a comparison that could not be made, as that of `diff`.
const TROUBLE: u8 = 2;

pub(crate) fn run(command: &SchemaCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    if let SchemaCommand::Diff { old, new, json } = command {
        return diff(old, new, *json, given, console);
    }
    let done = match command {
        SchemaCommand::Ls { json } => given.reading().and_then(|index| ls(&index, *json)),
        SchemaCommand::Publish { record, json } => given.index().and_then(|index| publish(record, &index, *json)),
        SchemaCommand::Show { schema, json: false } => show(schema, given),
        SchemaCommand::Show { schema, json: true } => show_json(schema, given, console),
        SchemaCommand::Infer { shards, name, version, out, rust_beta, members } => given
            .dataset(shards)
            .map(|dataset| reading(dataset, *members, *rust_beta))
            .and_then(|dataset| infer_record(&dataset, name.as_deref(), version, out.as_deref(), console)),
        SchemaCommand::Diff { .. } => Ok(Vec::new()),
    };
    console.lines(done)
}

/// `Name@1.0.0` as a reference; references as they are.
pub(crate) fn reference(text: &str) -> String {
    if text.contains("://") || text.starts_with('@') {
        return text.to_owned();
    }
    match text.rsplit_once('@') {
        Some((name, version)) => SchemaReference::local(name, version).to_string(),
        None => text.to_owned(),
    }
}

fn ls(index: &Index, as_json: bool) -> Result<Vec<String>> {
    let line = |record: SchemaRecord| {
        if as_json {
            return json::line(&record.to_local());
        }
        let description = record.schema.description.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
        let name = format!("{}@{}", record.schema.name, record.schema.version);
        format!("{}  {}", Plain(&name), Plain(description)).trim_end().to_owned()
    };
    Ok(index.schemas()?.into_iter().map(line).collect())
}

fn reading(dataset: Dataset<DictSample>, members: Members, rust_beta: bool) -> Dataset<DictSample> {
    let options = members.applied(dataset.read_options()).rust_beta(rust_beta);
    dataset.with_options(options)
}

fn infer_record(
    dataset: &Dataset<DictSample>,
    name: Option<&str>,
    version: &str,
    out: Option<&str>,
    console: &mut Console,
) -> Result<Vec<String>> {
    let inferred = dataset.infer(name, version)?;
    let name = &inferred.record.schema.name;
    tell(&inferred, console);
    let text = inferred.record.to_local_json();
    // What nobody can read back is not written.
    SchemaRecord::parse(&text)?;
    let Some(out) = out else { return Ok(vec![text]) };
    let mut file =
        std::fs::File::create_new(path_to_write(out)?).map_err(|error| not_written(error).with_shard(out))?;
    writeln!(file, "{text}")?;
    Ok(vec![format!("{name}@{version} is in {out}: look it over, and `atdata schema publish {out}` stores it")])
}

/// Says what a record that was inferred does not.
pub(crate) fn tell(inferred: &Inferred, console: &mut Console) {
    for note in &inferred.notes {
        console.note(&format_args!("{}", Plain(note)));
    }
    for open in &inferred.open {
        console.note(&format_args!("not known: {}", Plain(open)));
    }
}

fn not_written(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::new(ErrorKind::Conflict, "this file exists, and is not replaced: name another, or remove it before")
        }
        _ => error.into(),
    }
}

fn publish(path: &Path, index: &Index, as_json: bool) -> Result<Vec<String>> {
    let record = fields::read_record(path)?;
    let reference = index.publish_record(&record)?;
    Ok(vec![if as_json { json::line(&json!({"ref": reference.as_str()})) } else { reference.to_string() }])
}

/// A record, of shards the one that their samples fit: what is printed can be published.
fn show_json(schema: &str, given: Given<'_>, console: &mut Console) -> Result<Vec<String>> {
    // Standard input is read once.
    if !fields::are_shards(schema)
        && let Shown::Record(record) = Shown::find(schema, given)?
    {
        return Ok(vec![json::line(&record.to_local())]);
    }
    let inferred = given.dataset(schema)?.infer(None, "1.0.0")?;
    tell(&inferred, console);
    Ok(vec![json::line(&inferred.record.to_local())])
}

fn show(schema: &str, given: Given<'_>) -> Result<Vec<String>> {
    let shown = Shown::find(schema, given)?;
    let fields = shown.fields();
    let mut lines = vec![format!("Schema for: {}", Plain(&without_secrets(schema)))];
    if let Shown::Record(record) = &shown {
        lines.push(format!("Name: {}@{}", Plain(&record.schema.name), Plain(&record.schema.version)));
    }
    let of_record = |name: &str| shown.record().and_then(|record| where_it_is(&record.schema, name));
    lines.extend(shown.record().and_then(|record| layout(&record.schema)));
    lines.push(format!("Fields ({}):", fields.0.len()));
    lines.extend(fields.0.iter().map(|(name, kind)| {
        let place = of_record(name).map(|place| format!(" ({})", Plain(&place))).unwrap_or_default();
        format!("  {}: {}{place}", Plain(name), Plain(kind))
    }));
    Ok(lines)
}

/// How the samples lie in shards, where the record says it.
fn layout(schema: &OwnedSchema) -> Option<String> {
    let layout = schema.layout.as_ref()?;
    let key = layout.key.as_deref().map(|key| format!(", keys {}", Plain(key)));
    let codecs = layout.codecs.as_deref().map(|codecs| format!(", read by the codecs {}", Plain(codecs)));
    let unknown = layout.allow_unknown.then(|| ", others passed over".to_owned());
    let more: String = [key, codecs, unknown].into_iter().flatten().collect();
    Some(format!("Layout: members{more}"))
}

/// Which member a field of the record is in, and what is known of its bytes.
fn where_it_is(schema: &OwnedSchema, name: &str) -> Option<String> {
    let field = schema.field(name)?;
    let mut said = Vec::new();
    if let Some(layout) = &schema.layout {
        let in_key = layout.key.as_deref().is_some_and(|key| key.contains(&format!("{{{name}}}")));
        let member = field.member.as_deref().map(|names| format!("member {names}"));
        said.extend(if in_key { Some("of the key".to_owned()) } else { member });
        said.extend(field.codec.as_deref().map(|codec| format!("codec {codec}")));
    }
    said.extend(field.image.as_deref().map(|color| format!("image {color}")));
    (!said.is_empty()).then(|| said.join(", "))
}

fn diff(old: &str, new: &str, as_json: bool, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let found = Shown::find(old, given).and_then(|old| Ok((old, Shown::find(new, given)?)));
    let (old, new) = match found {
        Ok(both) => both,
        Err(error) => {
            console.error(&format_args!("{error:#}"));
            console.exit_with(TROUBLE);
            return Ok(());
        }
    };
    let differences = old.fields().differences(&new.fields());
    let records = match (&old, &new) {
        (Shown::Record(old), Shown::Record(new)) => Some(SchemaDiff::between(&old.schema, &new.schema)),
        _ => None,
    };
    let same = differences.is_empty() && records.as_ref().is_none_or(|diff| diff.differences().is_empty());
    let lines = if as_json {
        differences.json().iter().map(json::line).collect()
    } else if same {
        vec!["Schemas are identical.".to_owned()]
    } else {
        let mut lines = differences.lines();
        lines.extend(records.iter().flat_map(verdict));
        lines
    };
    if !same {
        console.exit_with(1);
    }
    console.lines(Ok(lines))
}

/// What the differences ask of the version.
fn verdict(diff: &SchemaDiff) -> Vec<String> {
    let mut lines = vec![format!("Verdict: {}", diff.level())];
    lines.extend(diff.differences().iter().map(|difference| format!("  {}", Plain(&difference.to_string()))));
    lines
}
