//! `atdata query`: the samples that a predicate holds of.

mod seen;

use std::io::{self, Write};

use atdata::query::Predicate;
use atdata::{Dataset, DictSample, Error, Result};

use self::seen::Seen;
use crate::args::{Named, QueryArgs};
use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::text::{Plain, Short};

pub(crate) fn run(args: &QueryArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    // Before anything is read.
    let predicate = match args.predicate.parse::<Predicate<DictSample>>() {
        Ok(predicate) => predicate,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    let shards = match args.shards.expand(given) {
        Ok(shards) => shards,
        Err(error) => {
            console.no_shards(&error);
            return Ok(());
        }
    };
    if let Err(error) = check(&args.predicate, &predicate, &shards) {
        console.usage_or_error(&error);
        return Ok(());
    }
    let left = args.limit.unwrap_or(u64::MAX);
    let mut query = Query { args, console, predicate, found: 0, left, failed: false };
    for (number, named) in shards.iter().enumerate() {
        if query.left == 0 {
            break;
        }
        query.console.progress.shard(number + 1, shards.len());
        match &named.missing {
            Some(error) => query.fail(error),
            None => query.shard(named)?,
        }
    }
    query.end()
}

/// Holds the predicate against what the first samples have. What can be read but once, and what cannot be read at all, is not
/// looked at.
fn check(text: &str, predicate: &Predicate<DictSample>, shards: &[Named]) -> Result<()> {
    for named in shards.iter().filter(|named| named.missing.is_none()) {
        if named.shard.is_stream() {
            return Ok(());
        }
        let mut seen = Seen::of(predicate);
        let Ok(dataset) = dataset(named) else { continue };
        for sample in dataset.ordered() {
            let Ok(sample) = sample else { break };
            if seen.add(&sample) {
                break;
            }
        }
        if let Some(schema) = seen.schema() {
            let parsed = Predicate::parse_for(text, &schema).or_else(|error| {
                // Where samples have whole numbers so far, others may have NaN.
                let wider = seen.wider_schema().and_then(|schema| Predicate::parse_for(text, &schema).ok());
                wider.ok_or(error)
            });
            return parsed.map(drop);
        }
        // Behind shards without samples.
    }
    Ok(())
}

fn dataset(named: &Named) -> Result<Dataset<DictSample>> {
    Ok(Dataset::<DictSample>::open(named.shard.clone())?.with_options(named.options.clone()))
}

struct Query<'a> {
    args: &'a QueryArgs,
    console: &'a mut Console,
    predicate: Predicate<DictSample>,
    found: u64,
    left: u64,
    failed: bool,
}

impl Query<'_> {
    fn shard(&mut self, named: &Named) -> io::Result<()> {
        let matching = match dataset(named) {
            Ok(dataset) => dataset.matching(&self.predicate),
            Err(error) => {
                self.fail(&error);
                return Ok(());
            }
        };
        let mut samples = matching.ordered().with_keys();
        while self.left > 0
            && let Some(next) = samples.next()
        {
            match next {
                Ok((key, sample)) => {
                    self.console.progress.sample();
                    self.left -= 1;
                    self.print(&key, &sample)?;
                    self.found += 1;
                }
                Err(error) => self.fail(&error),
            }
        }
        for warning in samples.warnings() {
            if warning.warning.may_lose_samples() {
                self.console.error(&warning);
            } else {
                self.console.warning(&warning);
            }
        }
        Ok(())
    }

    fn print(&mut self, key: &str, sample: &DictSample) -> io::Result<()> {
        let index = self.found;
        let out = self.console.out();
        if self.args.count {
            return Ok(());
        }
        if self.args.keys {
            return writeln!(out, "{}", Plain(key));
        }
        if self.args.json {
            return json::write_line(
                out,
                &json::sample(key, sample.iter().map(|(name, value)| (name, json::field(value)))),
            );
        }
        writeln!(out, "--- Match {index} ({}) ---", Plain(key))?;
        sample.iter().try_for_each(|(name, value)| writeln!(out, "  {}: {}", Plain(name), Short(value)))
    }

    fn fail(&mut self, error: &Error) {
        self.failed = true;
        self.console.error(&format_args!("{error:#}"));
    }

    fn end(self) -> io::Result<()> {
        if self.args.count {
            self.console.progress.clear();
            writeln!(self.console.out(), "{}", self.found)?;
        }
        if self.found == 0 && !self.failed && self.args.limit != Some(0) {
            self.console.error(&"no sample matches");
        }
        Ok(())
    }
}
