//! `atdata query --explain`: what is done with each shard, and why.

use std::io::{self, Write};

use atdata::dataset::{ExplainedShard, Explanation, HowAsked, LeftOutBy};
use serde_json::{Value, json};

use crate::json::write_line;
use crate::text::Plain;

/// Shows one shard, in a line.
pub(super) fn show(shard: &ExplainedShard, as_json: bool, out: &mut impl Write) -> io::Result<()> {
    if as_json { write_line(out, &of_shard(shard)) } else { writeln!(out, "{}", Plain(&shard.to_string())) }
}

/// Shows all together.
pub(super) fn totals(all: &Explanation, as_json: bool, out: &mut impl Write) -> io::Result<()> {
    let totals = all.totals();
    if !as_json {
        return writeln!(out, "{totals}");
    }
    let line = json!({"totals": {
        "shards": totals.shards, "left_out": totals.left_out, "by_rows": totals.by_rows, "read": totals.read,
        "samples": totals.samples, "matching": totals.matching, "open": totals.open,
        "size": totals.size, "bytes_read": totals.bytes_read, "of_unknown_size": totals.of_unknown_size,
    }});
    write_line(out, &line)
}

fn of_shard(shard: &ExplainedShard) -> Value {
    let mut line = json!({
        "shard": shard.shard, "samples": shard.samples, "size": shard.size, "manifest_bytes": shard.manifest_bytes,
    });
    let how = match &shard.how {
        HowAsked::LeftOut { by } => {
            let one =
                |of: &LeftOutBy| json!({"field": of.field, "test": of.test, "counted": of.counted, "kind": of.kind});
            json!({"how": "left out", "by": by.iter().map(one).collect::<Vec<_>>()})
        }
        HowAsked::ByRows { columns, missing, matching, open, bytes } => json!({
            "how": "by rows", "columns": columns, "missing": missing, "matching": matching, "open": open, "bytes": bytes,
        }),
        HowAsked::Read { why } => json!({"how": "read", "why": why.word(), "reason": why.to_string()}),
        _ => json!({}),
    };
    if let (Value::Object(line), Value::Object(how)) = (&mut line, how) {
        line.extend(how);
    }
    line
}
