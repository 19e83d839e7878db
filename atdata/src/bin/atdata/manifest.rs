//! `atdata manifest`: what is in the fields of shards, made beside them and shown.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use atdata::dataset::{ManifestOptions, Manifested};
use atdata::manifest::{Aggregate, Manifest, Rows};
use atdata::source::Shard;
use atdata::{Error, ErrorKind, ReadOptions, Result, Value};
use serde_json::Value as Json;

use crate::args::{ManifestBuildArgs, ManifestCommand, ManifestShowArgs};
use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::schema;
use crate::text::{Plain, Short};

/// Values of a field that are shown.
const SHOWN: usize = 8;

pub(crate) fn run(command: &ManifestCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    match command {
        ManifestCommand::Build(args) => run_build(args, given, console),
        ManifestCommand::Show(args) => match show(args) {
            Ok((manifest, rows)) if args.json => {
                let line = as_json(&manifest, rows.as_ref(), args.rows);
                writeln!(console.out(), "{}", json::line(&line))
            }
            Ok((manifest, rows)) => as_text(&manifest, rows.as_ref(), args.rows, console.out()),
            Err(error) => {
                console.usage_or_error(&error);
                Ok(())
            }
        },
    }
}

fn run_build(args: &ManifestBuildArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let done = build(args, given, console);
    console.progress.clear();
    match done {
        Ok(Manifested { made, kept, failed, samples, .. }) => {
            let failed = if failed > 0 { format!(", {failed} have none") } else { String::new() };
            let made = format!("the manifests of {made} shards were made, of {kept} there already{failed}");
            writeln!(console.out(), "{samples} samples; {made}.")
        }
        Err(error) => {
            console.usage_or_error(&error);
            Ok(())
        }
    }
}

/// What is wrong with one shard keeps no other from being read.
fn build(args: &ManifestBuildArgs, given: Given<'_>, console: &mut Console) -> Result<Manifested> {
    let mut dealer = args.ranks.dealer()?;
    let datasets = args.paths.iter().map(|path| given.dataset(path)).collect::<Result<Vec<_>>>()?;
    let datasets = datasets.into_iter().map(|dataset| dealer.own(dataset)).collect::<Result<Vec<_>>>()?;
    dealer.tell(console);
    let mut how = ManifestOptions::new().threads(args.threads).anew(args.force);
    if let Some(text) = &args.schema {
        how = how.record(&schema::named(text, given)?.1);
    }
    let transfer = console.progress.transfer("reading");
    let mut all = Manifested::default();
    for dataset in datasets {
        let Some(dataset) = dataset else { continue };
        let options = args.members.applied(dataset.read_options());
        let bad = &mut |error: Error| console.error(&format_args!("{error:#}"));
        all += dataset.with_options(options).write_manifests(&how, &|bytes| transfer.add(bytes), bad);
    }
    Ok(all)
}

fn show(args: &ManifestShowArgs) -> Result<(Manifest, Option<Rows>)> {
    let path = Path::new(&args.path);
    let manifest = if path.extension().is_some_and(|end| end == "json") {
        Manifest::open(path)?
    } else {
        let shard = Shard::from_url(&args.path)?;
        let none = || {
            let message = "it has no manifest beside it: `atdata manifest build` makes one";
            Error::new(ErrorKind::NotFound, message).with_shard(&shard.redacted())
        };
        Manifest::beside(&shard, &ReadOptions::new())?.ok_or_else(none)?
    };
    let rows = if args.rows > 0 { manifest.rows()? } else { None };
    Ok((manifest, rows))
}

fn as_text(manifest: &Manifest, rows: Option<&Rows>, shown: usize, out: &mut impl Write) -> io::Result<()> {
    let header = manifest.header();
    let (shard, schema, version) = (manifest.shard(), &header.schema_type, &header.schema_version);
    writeln!(out, "{}: {} samples of {}@{}", Plain(shard), header.num_samples, Plain(schema), Plain(version))?;
    writeln!(out, "  {} bytes of samples, made {}", header.size_bytes, Plain(&header.created_at))?;
    if header.shard_id != shard {
        writeln!(out, "  it says that it is of `{}`, as Python's manifests do", Plain(&header.shard_id))?;
    }
    for (field, aggregate) in &header.aggregates {
        writeln!(out, "  {} ({}): {}", Plain(field), aggregate.kind(), Told(aggregate))?;
    }
    let Some(rows) = rows else { return Ok(()) };
    for row in 0..rows.len().min(shown) {
        writeln!(out, "{}", Plain(rows.key(row).unwrap_or_default()))?;
        let places = rows.offset(row).zip(rows.size(row));
        if let Some((offset, size)) = places {
            writeln!(out, "  {size} bytes at {offset}")?;
        }
        for field in rows.fields() {
            let value = rows.column(field).map_or(Value::Nil, |column| column.value(row));
            writeln!(out, "  {}: {}", Plain(field), Short(&value))?;
        }
    }
    Ok(())
}

/// What is said of a field, in a line.
struct Told<'a>(&'a Aggregate);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Aggregate::Categorical { value_counts } => {
                let all = value_counts.len();
                let few = value_counts.iter().take(SHOWN).map(|(value, count)| format!("{} {count}", Plain(value)));
                write_few(f, all, few)
            }
            Aggregate::Numeric { min, max, mean, count } => {
                let number = |number: Option<f64>| number.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
                write!(f, "{count} from {} to {}, mean {}", number(*min), number(*max), number(*mean))
            }
            Aggregate::Set { all_values } => {
                write_few(f, all_values.len(), all_values.iter().take(SHOWN).map(|value| Plain(value).to_string()))
            }
            _ => Ok(()),
        }
    }
}

fn write_few(f: &mut fmt::Formatter<'_>, all: usize, few: impl Iterator<Item = String>) -> fmt::Result {
    let few: Vec<_> = few.collect();
    let more = if all > SHOWN { format!(", … {all} in all") } else { String::new() };
    if few.is_empty() { f.write_str("none") } else { write!(f, "{}{more}", few.join(", ")) }
}

fn as_json(manifest: &Manifest, rows: Option<&Rows>, shown: usize) -> Json {
    // What is written is JSON.
    let mut line: Json = serde_json::from_str(&manifest.header().to_json()).unwrap_or_default();
    let Some(members) = line.as_object_mut() else { return line };
    members.insert("shard".to_owned(), manifest.shard().into());
    let Some(rows) = rows else { return line };
    let of_row = |row: usize| {
        let own = [("__offset__", rows.offset(row)), ("__size__", rows.size(row))];
        let own = own.into_iter().map(|(name, value)| (name, value.map_or(Json::Null, Json::from)));
        let value = |field| rows.column(field).map_or(Value::Nil, |column| column.value(row));
        let fields = rows.fields().map(|field| (field, json::field(&value(field))));
        json::sample(rows.key(row).unwrap_or_default(), own.chain(fields))
    };
    let told: Vec<_> = (0..rows.len().min(shown)).map(of_row).collect();
    members.insert("rows".to_owned(), told.into());
    line
}
