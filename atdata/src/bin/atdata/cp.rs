//! `atdata cp`: shards from one place to another.

use std::collections::HashSet;
use std::io::{self, Write};

use atdata::source::{IntoShards, Shard};
use atdata::store::{Copied, copy};
use atdata::{Dataset, DictSample, Error, ErrorKind, ReadOptions, Result};
use serde_json::json;

use crate::args::CpArgs;
use crate::console::Console;
use crate::place::Place;
use crate::text::Plain;
use crate::{index, json};

pub(crate) fn run(args: &CpArgs, url: Option<&str>, console: &mut Console) -> io::Result<()> {
    let planned = plan(args, url).and_then(|plan| Ok((plan, Place::parse(&args.place)?)));
    let (plan, place) = match planned {
        Ok(planned) => planned,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    let transfer = console.progress.transfer("copying");
    for (number, source) in plan.iter().enumerate() {
        console.progress.shard(number + 1, plan.len());
        let mut progress = |bytes| transfer.add(bytes);
        match copy(&source.shard, &source.options, place.store(), &source.name, &mut progress) {
            Ok(copied) => report(source, &copied, args.json, console)?,
            Err(error) => console.error(&format_args!("{error:#}")),
        }
    }
    Ok(())
}

struct Source {
    shard: Shard,
    options: ReadOptions,
    /// What it is called where it goes.
    name: String,
}

/// What is to be copied. That two shards would get one name is found before the first byte is moved.
fn plan(args: &CpArgs, url: Option<&str>) -> Result<Vec<Source>> {
    let mut plan = Vec::new();
    for source in &args.sources {
        let (shards, options) = shards(source, url)?;
        for shard in shards {
            let name = file_name(&shard)?;
            plan.push(Source { shard, options: options.clone(), name });
        }
    }
    let mut names = HashSet::new();
    if let Some(twice) = plan.iter().find(|source| !names.insert(&source.name)) {
        let message =
            format!("two shards would be called `{}` there: copy them to places of their own", Plain(&twice.name));
        return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(&twice.shard.redacted()));
    }
    Ok(plan)
}

fn shards(source: &str, url: Option<&str>) -> Result<(Vec<Shard>, ReadOptions)> {
    if source.starts_with('@') || source.starts_with("atdata://") || source.starts_with("at://") {
        let dataset = index::open(url)?.dataset::<DictSample>(source)?;
        return Ok((dataset.shards().to_vec(), dataset.read_options().clone()));
    }
    // Files that are not there are told before anything is copied.
    let dataset = Dataset::<DictSample>::open(source.into_shards()?)?;
    Ok((dataset.shards().to_vec(), ReadOptions::new()))
}

/// The last part of a path or URL, without query.
fn file_name(shard: &Shard) -> Result<String> {
    let redacted = shard.redacted();
    let name = redacted.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default();
    if name.is_empty() || shard.url() == "-" {
        let message = "expected a shard with a name, which its copy gets";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(&redacted));
    }
    Ok(name.to_owned())
}

fn report(source: &Source, copied: &Copied, as_json: bool, console: &mut Console) -> io::Result<()> {
    let from = source.shard.redacted();
    let line = if as_json {
        json::line(&json!({"from": from, "to": copied.url, "bytes": copied.bytes, "sha256": copied.sha256_hex()}))
    } else {
        format!("{} -> {}  {} bytes  sha256 {}", Plain(&from), Plain(&copied.url), copied.bytes, copied.sha256_hex())
    };
    let out = console.out();
    writeln!(out, "{line}")?;
    out.flush()
}
