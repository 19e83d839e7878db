//! `atdata verify`: the shards of a dataset, held against their checksums.

#[cfg(feature = "manifest")]
mod manifests;

use std::io::{self, Write};
use std::path::Path;

use atdata::index::{ShardCheck, ShardStatus};
use atdata::source::{IntoShards as _, Shard};
use atdata::{ErrorKind, ReadOptions, Result};
use serde_json::json;

use crate::args::{Dealer, VerifyArgs};
use crate::console::Console;
use crate::json;
use crate::places::{Given, is_reference};
use crate::text::Plain;

pub(crate) fn run(args: &VerifyArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let given = Given { index: args.db.as_deref().or(given.index), ..given };
    let checks = match args.ranks.dealer().and_then(|dealer| check(args, dealer, given, console)) {
        Ok(checks) => checks,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    console.progress.clear();
    for check in &checks {
        let line = if args.json { as_json(check) } else { as_text(check) };
        writeln!(console.out(), "{line}")?;
        match &check.status {
            ShardStatus::Changed { expected, found } => {
                let shard = Plain(&check.shard);
                console.error(&format_args!("{shard}: expected the SHA-256 {expected}, found {found}"));
            }
            ShardStatus::Failed(error) => console.error(&format_args!("{error:#}")),
            ShardStatus::OtherAlgorithm(algorithm) => {
                let (shard, algorithm) = (Plain(&check.shard), Plain(algorithm));
                console
                    .error(&format_args!("{shard}: not verified: its checksum is of `{algorithm}`, and not SHA-256"));
            }
            _ => {}
        }
    }
    let count = |wanted: fn(&ShardStatus) -> bool| checks.iter().filter(|check| wanted(&check.status)).count();
    let sound = count(|status| matches!(status, ShardStatus::Sound));
    let failed = count(|status| matches!(status, ShardStatus::Changed { .. } | ShardStatus::Failed(_)));
    let skipped = checks.len() - sound - failed;
    if skipped > 0 {
        // What was not looked at is not well.
        console.exit_with(1);
    }
    #[cfg(feature = "manifest")]
    manifests::check(&checks, args.json, console)?;
    if args.json {
        return Ok(());
    }
    if failed > 0 || skipped > 0 {
        writeln!(console.out(), "{sound} verified, {failed} failed, {skipped} not checked.")?;
    }
    let summary = match (failed, skipped) {
        (0, 0) if checks.is_empty() => "This rank has no shards.",
        (0, 0) => "All checksums verified.",
        (0, _) if sound == 0 => "The index has no checksums of this dataset.",
        (0, _) => "Some shards were not checked.",
        _ => "Verification FAILED.",
    };
    writeln!(console.out(), "{summary}")
}

fn check(args: &VerifyArgs, mut dealer: Dealer, given: Given<'_>, console: &mut Console) -> Result<Vec<ShardCheck>> {
    let index = given.reading_for(&args.reference)?;
    let entry = match index.get(&args.reference) {
        Err(error) if error.kind() == ErrorKind::NotFound && !is_reference(&args.reference) => {
            // What the user names here may lead anywhere.
            return unindexed(&args.reference, dealer, given, console);
        }
        found => found?,
    };
    let transfer = console.progress.transfer("reading");
    let checks = index.verify_some(&entry, &mut |shard| dealer.is_own(shard), &mut |bytes| transfer.add(bytes));
    dealer.tell(console);
    checks
}

/// Shards that are not in an index, of which no checksums are known.
fn unindexed(text: &str, mut dealer: Dealer, given: Given<'_>, console: &mut Console) -> Result<Vec<ShardCheck>> {
    let (shards, options) = match given.dataset(text) {
        Ok(dataset) => (dataset.shards().to_vec(), dataset.read_options().clone()),
        Err(error) => (of_range(text).ok_or(error)?, ReadOptions::new()),
    };
    let own: Vec<_> = shards.iter().filter(|shard| dealer.is_own(shard)).collect();
    dealer.tell(console);
    Ok(own.into_iter().map(|shard| ShardCheck::of(shard, &options, None, &mut |_| {})).collect())
}

/// The shards of a range of which some are there: each that is not is told when its turn comes.
fn of_range(text: &str) -> Option<Vec<Shard>> {
    let shards = text.into_shards().ok()?;
    shards.iter().any(|shard| shard.path().is_some_and(Path::exists)).then_some(shards)
}

fn as_text(check: &ShardCheck) -> String {
    let status = match check.status {
        ShardStatus::Sound => "PASS",
        ShardStatus::Unknown | ShardStatus::OtherAlgorithm(_) => "SKIP",
        _ => "FAIL",
    };
    format!("  [{status}] {}", Plain(&check.shard))
}

fn as_json(check: &ShardCheck) -> String {
    let (status, detail) = match &check.status {
        ShardStatus::Sound => ("ok", None),
        ShardStatus::Changed { .. } => ("mismatch", None),
        ShardStatus::Failed(error) => ("error", Some(format!("{error:#}"))),
        _ => ("skipped", None),
    };
    json::line(&json!({"url": check.shard, "status": status, "bytes": check.bytes, "error": detail}))
}
