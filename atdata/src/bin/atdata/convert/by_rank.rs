//! Shards converted one by one, those of one rank: each to a shard of its own, of the same number.

use std::io;
use std::path::PathBuf;

use atdata::schema::SchemaRecord;
use atdata::shard::numbered_path;
use atdata::{Dataset, Error, ErrorKind, Result};

use super::{convert_to, opened, record_of, tell};
use crate::args::ConvertArgs;
use crate::console::Console;
use crate::place::{destination, refuse_numbered};
use crate::places::Given;
use crate::text::Plain;

/// What is wrong with one shard keeps no other from being converted. With `--no-clobber` the shards that are there already are left,
/// so that a rank that was killed goes on.
pub(super) fn run(args: &ConvertArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let (record, parts) = match parts(args, given, console) {
        Ok(parts) => parts,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    for (samples, path) in parts {
        if args.ways.no_clobber && path.exists() {
            console.note(&format_args!("{} is there already", Plain(&path.to_string_lossy())));
            continue;
        }
        match convert_to(args, &samples, Some(&record), &path, console) {
            Ok(written) => tell(&written, console)?,
            Err(error) => console.error(&format_args!("{error:#}")),
        }
    }
    Ok(())
}

/// The schema, and of each shard of the rank its samples and what it becomes.
fn parts(
    args: &ConvertArgs,
    given: Given<'_>,
    console: &mut Console,
) -> Result<(SchemaRecord, Vec<(Dataset, PathBuf)>)> {
    let mut dealer = args.ways.ranks.given().dealer()?;
    let wrong = |text: &str| Error::new(ErrorKind::InvalidInput, format!("--rank and --of: {text}"));
    if args.max_count.is_some() || args.max_bytes.is_some() || args.append || args.ways.resume {
        return Err(wrong(
            "of each shard that is read one is written, by one of the ranks: leave out --max-count, --max-bytes, --append and --resume \
             (--no-clobber leaves what is there already, so that a rank that was killed goes on)",
        ));
    }
    let Some(record) = record_of(args, given)? else {
        return Err(wrong(
            "which names the fields get is seen from all samples, of which a rank reads some: say it by --schema (`atdata schema infer` \
             makes one)",
        ));
    };
    let samples = opened(args, given)?;
    let out = destination(&args.out)?;
    // Not of this rank's shards alone: what it writes another one must not read.
    refuse_numbered(&out, samples.shards())?;
    let mut parts = Vec::new();
    for (number, shard) in samples.shards().iter().enumerate() {
        if !dealer.is_own(shard) {
            continue;
        }
        let path = numbered_path(&out, number)?;
        let one = Dataset::open(shard.clone())?.with_options(samples.read_options().clone());
        parts.push((one, path));
    }
    dealer.tell(console);
    Ok((record, parts))
}
