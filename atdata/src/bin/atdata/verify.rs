//! `atdata verify`: the shards of a dataset, held against their checksums.

use std::io::{self, Write};

use atdata::Result;
use atdata::index::{ShardCheck, ShardStatus};
use serde_json::json;

use crate::args::VerifyArgs;
use crate::console::Console;
use crate::text::Plain;
use crate::{index, json};

pub(crate) fn run(args: &VerifyArgs, url: Option<&str>, console: &mut Console) -> io::Result<()> {
    let checks = match check(args, args.db.as_deref().or(url), console) {
        Ok(checks) => checks,
        Err(error) => {
            console.error(&format_args!("{error:#}"));
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
            _ => {}
        }
    }
    if args.json {
        return Ok(());
    }
    let failed = |check: &ShardCheck| matches!(check.status, ShardStatus::Changed { .. } | ShardStatus::Failed(_));
    let summary = if checks.iter().any(failed) {
        "Verification FAILED."
    } else if checks.iter().all(|check| matches!(check.status, ShardStatus::Unknown)) {
        "The index has no checksums of this dataset."
    } else {
        "All checksums verified."
    };
    writeln!(console.out(), "{summary}")
}

fn check(args: &VerifyArgs, url: Option<&str>, console: &mut Console) -> Result<Vec<ShardCheck>> {
    let index = index::open(url)?;
    let entry = index.get(&args.reference)?;
    let transfer = console.progress.transfer("reading");
    index.verify(&entry, &mut |bytes| transfer.add(bytes))
}

fn as_text(check: &ShardCheck) -> String {
    let status = match check.status {
        ShardStatus::Sound => "PASS",
        ShardStatus::Unknown => "SKIP",
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
