//! `atdata reshard`, `merge`, `subset` and `shuffle`: samples copied to other shards as they are.

use std::cell::RefCell;
use std::io::{self, Write};
use std::path::Path;

use atdata::dataset::{Rewrite, Shards, Subset};
use atdata::shard::{ShardInfo, WriteOptions};
use atdata::source::path_to_write;
use atdata::{Error, Result, Written};
use serde_json::json;

use crate::args::{Copies, MergeArgs, ReshardArgs, ShuffleArgs, SubsetArgs};
use crate::console::Console;
use crate::json;
use crate::place::refuse_source;
use crate::places::Given;
use crate::text::Plain;

pub(crate) fn reshard(args: &ReshardArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let written = shards(&args.source, &args.copies, given).and_then(|shards| {
        rewritten(&args.dest, &[&shards], &args.copies, console, |rewrite| rewrite.reshard(&shards))
    });
    report(written, &args.copies, console)
}

pub(crate) fn merge(args: &MergeArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let parts = args.sources.iter().map(|source| shards(source, &args.copies, given)).collect::<Result<Vec<_>>>();
    let written = parts.and_then(|parts| {
        let parts: Vec<_> = parts.iter().collect();
        rewritten(&args.out, &parts, &args.copies, console, |rewrite| {
            rewrite.allow_duplicates(args.allow_duplicates).merge(&parts)
        })
    });
    report(written, &args.copies, console)
}

pub(crate) fn subset(args: &SubsetArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let written = choice(args).and_then(|subset| {
        let shards = shards(&args.source, &args.copies, given)?;
        rewritten(&args.dest, &[&shards], &args.copies, console, |rewrite| rewrite.subset(&shards, &subset))
    });
    report(written, &args.copies, console)
}

pub(crate) fn shuffle(args: &ShuffleArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let written = shards(&args.source, &args.copies, given).and_then(|shards| {
        rewritten(&args.dest, &[&shards], &args.copies, console, |rewrite| rewrite.shuffle(&shards, args.seed))
    });
    report(written, &args.copies, console)
}

fn shards(source: &str, copies: &Copies, given: Given<'_>) -> Result<Shards> {
    let shards = given.dataset(source)?.untyped().clone();
    let options = copies.members.applied(shards.options());
    Ok(shards.with_options(options))
}

fn choice(args: &SubsetArgs) -> Result<Subset> {
    Ok(match (&args.keys, args.range, args.every) {
        (Some(file), ..) => Subset::Keys(keys(file)?),
        (_, Some((start, end)), _) => Subset::Range(start..end),
        // One of them is there.
        (.., every) => Subset::Every(every.unwrap_or_default()),
    })
}

/// One key a line; empty lines are none.
fn keys(file: &Path) -> Result<Vec<String>> {
    let text = if file == Path::new("-") { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(file) };
    let text = text.map_err(|error| Error::from(error).with_shard(&file.to_string_lossy()))?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn rewritten(
    dest: &str,
    sources: &[&Shards],
    copies: &Copies,
    console: &mut Console,
    write: impl FnOnce(Rewrite<'_>) -> Result<Written>,
) -> Result<Written> {
    copies.ways.ranks.refuse(
        "a shard that is written here may have samples of several others, so that nobody can make it of some of them: give each process \
         shards of its own, and another name to write to",
    )?;
    let mut options = WriteOptions::new().contents(copies.contents).append(copies.append);
    options = options.threads(copies.ways.threads).resume(copies.ways.resume).no_clobber(copies.ways.no_clobber);
    if let Some(samples) = copies.max_count {
        options = options.max_count(samples);
    }
    if let Some(bytes) = copies.max_bytes {
        options = options.max_bytes(bytes);
    }
    if let Some(seconds) = copies.mtime {
        options = options.mtime(seconds);
    }
    let progress = RefCell::new(&mut console.progress);
    let dest = path_to_write(dest)?;
    // What is added to replaces nothing.
    let is_numbered = !copies.append && (copies.max_count.is_some() || copies.max_bytes.is_some());
    sources.iter().try_for_each(|shards| refuse_source(&dest, shards.list(), is_numbered))?;
    write(Rewrite::to(dest).options(options).progress(&|| progress.borrow_mut().sample()))
}

fn report(written: Result<Written>, copies: &Copies, console: &mut Console) -> io::Result<()> {
    console.progress.clear();
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    for shard in &written.shards {
        let ShardInfo { url, samples, bytes, replaced, .. } = shard;
        if copies.json {
            let sha256 = shard.sha256_hex();
            let object =
                json!({"url": url, "samples": samples, "bytes": bytes, "sha256": sha256, "replaced": replaced});
            writeln!(console.out(), "{}", json::line(&object))?;
        } else {
            writeln!(console.out(), "{}", written_line(shard))?;
        }
    }
    tell_of_passed(written.left_out, console);
    for path in &written.leftover {
        let name = path.to_string_lossy().into_owned();
        console.warning(&format_args!("{}: left from an earlier write of more shards", Plain(&name)));
    }
    Ok(())
}

/// What is said of a shard that was written.
pub(crate) fn written_line(shard: &ShardInfo) -> String {
    let replaced = if shard.replaced { "  (replaced)" } else { "" };
    format!("{}: {} samples, {} bytes{replaced}", Plain(&shard.url), shard.samples, shard.bytes)
}

/// Says how many members were in no sample, so that they are in no copy.
pub(crate) fn tell_of_passed(count: u64, console: &mut Console) {
    if count > 0 {
        console.warning(&format_args!(
            "{count} {} to no sample, and left out: `atdata inspect` names them",
            if count == 1 { "member belongs" } else { "members belong" },
        ));
    }
}
