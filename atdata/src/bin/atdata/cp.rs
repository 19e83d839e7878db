//! `atdata cp`: shards from one place to another.

use std::collections::HashSet;
use std::io::{self, Read as _, Write};
use std::ops::ControlFlow;
use std::path::Path;

use atdata::shard::Contents;
use atdata::source::Shard;
use atdata::store::{Copied, Copy, Store, copy_all};
use atdata::{Error, ErrorKind, ReadOptions, Result};
use serde_json::json;

use crate::args::CpArgs;
use crate::console::Console;
use crate::json;
use crate::place::Place;
use crate::places::Given;
use crate::text::Plain;

pub(crate) fn run(args: &CpArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let planned = plan(args, given).and_then(|(mut plan, place)| {
        let mut dealer = args.ranks.dealer()?;
        plan.retain(|copy| dealer.is_own(&copy.shard));
        dealer.tell(console);
        Ok((left(args, plan, place.store(), console)?, place))
    });
    let (plan, place) = match planned {
        Ok(planned) => planned,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    // As with any `cp` what has the name is replaced, which is said.
    let there: Vec<bool> = plan.iter().map(|copy| Path::new(&place.store().object_url(&copy.name)).exists()).collect();
    let transfer = console.progress.transfer("copying");
    let mut output = Ok(());
    copy_all(&plan, place.store(), &mut |bytes| transfer.add(bytes), &mut |number, copied| {
        console.progress.shard(number + 1, plan.len());
        let (Some(source), Some(was_there)) = (plan.get(number), there.get(number)) else {
            return ControlFlow::Break(());
        };
        match copied {
            Ok(copied) => {
                output = report(&source.shard, &copied, *was_there, args.json, console);
                copy_contents(source, place.store(), console);
            }
            Err(error) => console.error(&format_args!("{error:#}")),
        }
        // What is wrong with one shard keeps no other from being copied.
        if output.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    output
}

/// Puts beside a copy what the shard has beside it, or its folder in one file for all, if that is of the shard as it is. The
/// copy has taken away what said what was in the shard that it replaces.
fn copy_contents(source: &Copy, store: &dyn Store, console: &mut Console) {
    let Some(path) = source.shard.path() else { return };
    match Contents::open(path) {
        Ok(Some(contents)) => {
            let name = Contents::path_of(Path::new(&source.name)).to_string_lossy().into_owned();
            if let Err(error) = put(store, &name, contents.as_bytes()) {
                console.error(&format_args!("{:#}", error.with_shard(&store.object_url(&name))));
            }
        }
        Ok(None) => {}
        Err(error) => console.note(&format_args!("not copied: {error:#}")),
    }
}

fn put(store: &dyn Store, name: &str, bytes: &[u8]) -> Result<()> {
    let mut upload = store.create(name)?;
    upload.write_all(bytes)?;
    upload.sync()?;
    upload.commit()
}

/// The copies that are still to be made, where nothing is to be replaced.
fn left(args: &CpArgs, plan: Vec<Copy>, store: &dyn Store, console: &mut Console) -> Result<Vec<Copy>> {
    if !args.no_clobber {
        return Ok(plan);
    }
    let mut left = Vec::new();
    for copy in plan {
        if is_there(store, &copy.name)? {
            console.note(&format_args!("{} is there already", Plain(&store.object_url(&copy.name))));
        } else {
            left.push(copy);
        }
    }
    Ok(left)
}

fn is_there(store: &dyn Store, name: &str) -> Result<bool> {
    let url = store.object_url(name);
    // The name of a file is not looked at as a URL.
    if Path::new(&url).is_absolute() {
        return Ok(Path::new(&url).exists());
    }
    let options = store.read_options(ReadOptions::new());
    let read = Shard::from_url(&url)?.bytes(&options).and_then(|mut bytes| Ok(bytes.read(&mut [0])?));
    match read {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.with_shard(&url)),
    }
}

/// What is to be copied, and where to. That two shards would get one name is found before the first byte is moved.
fn plan(args: &CpArgs, given: Given<'_>) -> Result<(Vec<Copy>, Place)> {
    let mut plan = Vec::new();
    for source in &args.sources {
        let dataset = given.dataset(source)?;
        for shard in dataset.shards() {
            let (shard, options) = (shard.clone(), dataset.read_options().clone());
            plan.push(Copy { shard, options, name: String::new() });
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

/// The name of a shard, which its copy gets.
fn file_name(shard: &Shard) -> Result<String> {
    let Some(name) = shard.name() else {
        let message = "expected a shard with a name, which its copy gets";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_shard(&shard.redacted()));
    };
    // A name of several parts would lead elsewhere.
    Ok(if name.contains(['/', '\\']) { name.replace(['/', '\\'], "_") } else { name })
}

fn report(source: &Shard, copied: &Copied, replaced: bool, as_json: bool, console: &mut Console) -> io::Result<()> {
    let (from, sha256) = (source.redacted(), copied.sha256_hex());
    let line = if as_json {
        let (to, bytes) = (&copied.url, copied.bytes);
        json::line(&json!({"from": from, "to": to, "bytes": bytes, "sha256": sha256, "replaced": replaced}))
    } else {
        let replaced = if replaced { "  (replaced)" } else { "" };
        format!("{} -> {}  {} bytes  sha256 {sha256}{replaced}", Plain(&from), Plain(&copied.url), copied.bytes)
    };
    let out = console.out();
    writeln!(out, "{line}")?;
    out.flush()
}
