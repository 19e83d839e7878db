//! The manifests beside the shards that are verified, held against those.

use std::io::{self, Write};

use atdata::dataset::{ManifestCheck, ManifestOptions};
use atdata::index::{ShardCheck, ShardStatus};
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Error, Result};
use serde_json::json;

use crate::console::Console;
use crate::json;
use crate::text::Plain;

/// Of files only: there is no way to tell what those of servers say without reading all of the shards twice.
pub(crate) fn check(checks: &[ShardCheck], as_json: bool, console: &mut Console) -> io::Result<()> {
    let is_read = |check: &&ShardCheck| !matches!(check.status, ShardStatus::Failed(_));
    let files = checks.iter().filter(is_read).filter_map(|check| Shard::from_url(&check.shard).ok());
    let files: Vec<Shard> = files.filter(|shard| shard.path().is_some()).collect();
    if files.is_empty() {
        return Ok(());
    }
    let mut found = Vec::new();
    let transfer = console.progress.transfer("reading");
    // Without their files there is nothing to be said of manifests.
    let Ok(dataset) = Dataset::<DictSample>::open(files) else { return Ok(()) };
    let each = &mut |shard: &Shard, checked: Result<ManifestCheck>| found.push((shard.redacted(), checked));
    dataset.check_manifests(&ManifestOptions::new(), &|bytes| transfer.add(bytes), each);
    console.progress.clear();
    for (shard, checked) in &found {
        tell(shard, checked, as_json, console)?;
    }
    Ok(())
}

fn tell(shard: &str, checked: &Result<ManifestCheck, Error>, as_json: bool, console: &mut Console) -> io::Result<()> {
    let is_sound = checked.as_ref().is_ok_and(ManifestCheck::is_sound);
    if as_json {
        let status = if is_sound {
            "ok"
        } else if checked.is_ok() {
            "mismatch"
        } else {
            "error"
        };
        let (differences, notes) =
            checked.as_ref().map_or((&[][..], &[][..]), |checked| (&checked.differences[..], &checked.notes[..]));
        let error = checked.as_ref().err().map(|error| format!("{error:#}"));
        let line =
            json!({"manifest_of": shard, "status": status, "differences": differences, "notes": notes, "error": error});
        writeln!(console.out(), "{}", json::line(&line))?;
    } else {
        let status = if is_sound { "PASS" } else { "FAIL" };
        writeln!(console.out(), "  [{status}] manifest of {}", Plain(shard))?;
    }
    match checked {
        Ok(checked) => {
            for difference in &checked.differences {
                console.error(&format_args!("manifest of {}: {}", Plain(shard), Plain(difference)));
            }
            let more = checked.count - checked.differences.len() as u64;
            if more > 0 {
                console.error(&format_args!("manifest of {}: {more} more differences", Plain(shard)));
            }
            if !as_json {
                checked.notes.iter().try_for_each(|note| writeln!(console.out(), "         {}", Plain(note)))?;
            }
        }
        Err(error) => console.error(&format_args!("manifest of {}: {error:#}", Plain(shard))),
    }
    Ok(())
}
