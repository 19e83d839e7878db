//! `atdata cp`: shards from one place to another.

use std::collections::HashSet;
use std::io::{self, Write};

use atdata::source::Shard;
use atdata::store::{Copied, copy};
use atdata::{Error, ErrorKind, ReadOptions, Result};
use serde_json::json;

use crate::args::CpArgs;
use crate::console::Console;
use crate::json;
use crate::place::Place;
use crate::places::Given;
use crate::text::Plain;

pub(crate) fn run(args: &CpArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let planned = plan(args, given);
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

/// What is to be copied, and where to. That two shards would get one name is found before the first byte is moved.
fn plan(args: &CpArgs, given: Given<'_>) -> Result<(Vec<Source>, Place)> {
    let mut plan = Vec::new();
    for source in &args.sources {
        let dataset = given.dataset(source)?;
        for shard in dataset.shards() {
            let (shard, options) = (shard.clone(), dataset.read_options().clone());
            plan.push(Source { shard, options, name: String::new() });
        }
    }
    // One shard may get another name.
    if let [only] = plan.as_mut_slice()
        && let Some((place, name)) = Place::parse_file(&args.place)?
    {
        only.name = name;
        return Ok((plan, place.with_any_names()));
    }
    for source in &mut plan {
        source.name = file_name(&source.shard)?;
    }
    let mut names = HashSet::new();
    if let Some(twice) = plan.iter().find(|source| !names.insert(&source.name)) {
        let message =
            format!("two shards would be called `{}` there: copy them to places of their own", Plain(&twice.name));
        return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(&twice.shard.redacted()));
    }
    Ok((plan, Place::parse(&args.place)?.with_any_names()))
}

/// The last part of a path or URL, without query; what is escaped in a URL is not in the name of a file.
fn file_name(shard: &Shard) -> Result<String> {
    let redacted = shard.redacted();
    let name = redacted.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default();
    let name = if shard.path().is_some() { name.to_owned() } else { percent_decoded(name) };
    if name.is_empty() || shard.url() == "-" {
        let message = "expected a shard with a name, which its copy gets";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(&redacted));
    }
    // A name of several parts would lead elsewhere.
    Ok(if name.contains(['/', '\\']) { name.replace(['/', '\\'], "_") } else { name })
}

fn percent_decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
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
