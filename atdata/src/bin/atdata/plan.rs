//! `atdata plan`: how an epoch would be read.

use std::io::{self, Write};
use std::path::Path;

use atdata::dataset::{Cost, Plan, PlannedRead, Token};
use atdata::{Dataset, DictSample, Error, Result};
use serde_json::json;

use crate::args::PlanArgs;
use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::text::Plain;

pub(crate) fn run(args: &PlanArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let (dataset, plan) = match planned(args, given) {
        Ok(planned) => planned,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    if args.rank >= plan.ranks() {
        let (rank, ranks) = (args.rank, plan.ranks());
        console.usage_error(&format_args!("there is no rank {rank} of {ranks}: they count from 0"));
        return Ok(());
    }
    if args.json {
        let line = json::line(&as_json(args, &plan));
        return writeln!(console.out(), "{line}");
    }
    writeln!(console.out(), "{plan}")?;
    for step in steps(args, &plan) {
        let Cost { bytes, requests, shards, .. } = plan.cost(args.rank, step);
        writeln!(
            console.out(),
            "\nbatch {step} of rank {}: {bytes} bytes, {requests} requests, {shards} shards",
            args.rank
        )?;
        for PlannedRead { shard, first, samples, .. } in plan.reads(args.rank, step) {
            let name = dataset.shards().get(shard).map(atdata::source::Shard::redacted).unwrap_or_default();
            writeln!(console.out(), "  {}  samples {first} to {}", Plain(&name), first + samples - 1)?;
        }
    }
    Ok(())
}

fn planned(args: &PlanArgs, given: Given<'_>) -> Result<(Dataset<DictSample>, Plan)> {
    let dataset = given.dataset(&args.dataset)?;
    let options = args.members.applied(dataset.read_options());
    let dataset = dataset.with_options(options);
    let builder = if args.keys.is_empty() {
        dataset.plan()
    } else {
        dataset.filter_keys(|key| args.keys.iter().any(|pattern| pattern.matches(key)))?.plan()
    };
    let mut builder = builder.ranks(args.ranks);
    if let Some(batch) = args.batch {
        builder = builder.batch(batch);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(epoch) = args.epoch {
        builder = builder.epoch(epoch);
    }
    if let Some(order) = args.order {
        builder = builder.order(order);
    }
    if let Some(tail) = args.tail {
        builder = builder.tail(tail);
    }
    if let Some(lanes) = args.lanes {
        builder = builder.lanes(lanes);
    }
    if let Some(file) = &args.resume {
        builder = builder.resume(&token(file)?);
    }
    let plan = builder.rank(args.rank).build()?;
    Ok((dataset, plan))
}

/// Those that are shown.
fn steps(args: &PlanArgs, plan: &Plan) -> impl Iterator<Item = u64> {
    plan.steps_of(args.rank).take(usize::try_from(args.steps).unwrap_or(usize::MAX))
}

fn token(file: &Path) -> Result<Token> {
    let at = |error: Error| error.with_shard(&file.to_string_lossy());
    let text = std::fs::read_to_string(file).map_err(|error| at(error.into()))?;
    text.trim().parse().map_err(at)
}

fn as_json(args: &PlanArgs, plan: &Plan) -> serde_json::Value {
    let Cost { bytes, requests, shards, .. } = plan.mean_cost();
    let batches: Vec<_> = steps(args, plan)
        .map(|step| {
            let reads = plan.reads(args.rank, step);
            let reads =
                reads.iter().map(|read| json!({"shard": read.shard, "first": read.first, "samples": read.samples}));
            json!({"step": step, "reads": reads.collect::<Vec<_>>()})
        })
        .collect();
    json!({
        "order": plan.order().to_string(),
        "seed": plan.seed(),
        "epoch": plan.epoch(),
        "position": plan.position(),
        "samples": plan.samples(),
        "composition": plan.composition(),
        "shards": plan.shards(),
        "ranks": plan.ranks(),
        "batch": plan.batch(),
        "steps": plan.steps(),
        "tail": plan.tail().to_string(),
        "uneven": plan.uneven(),
        "mean_batch": {"bytes": bytes, "requests": requests, "shards": shards},
        "peak_memory": plan.peak_memory(),
        "batches": batches,
    })
}
