//! `atdata query`: the samples that a predicate holds of.

mod answers;
#[cfg(feature = "manifest")]
mod explain;
mod seen;

use std::io::{self, Write};

#[cfg(feature = "manifest")]
use atdata::dataset::Explanation;
use atdata::query::Predicate;
use atdata::{Dataset, DictSample, Result};

use self::answers::{Answer, Asker};
use self::seen::Seen;
use crate::args::{Named, QueryArgs};
use crate::console::Console;
use crate::places::Given;
use crate::text::Plain;

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
    let mut told = Told::new(args, console);
    Asker::new(args, predicate, shards).ask(&mut told)?;
    told.end()
}

/// Holds the predicate against what the first samples have. What can be read but once, and what cannot be read at all, is not
/// looked at.
fn check(text: &str, predicate: &Predicate<DictSample>, shards: &[Named]) -> Result<()> {
    for named in shards.iter().filter(|named| named.missing.is_none()) {
        if named.shard.is_stream() {
            return Ok(());
        }
        let mut seen = Seen::of(predicate);
        let Ok(dataset) = dataset(named, true) else { continue };
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

fn dataset(named: &Named, manifests: bool) -> Result<Dataset<DictSample>> {
    let options = named.options.clone().manifests(manifests);
    Ok(Dataset::<DictSample>::open(named.shard.clone())?.with_options(options))
}

/// What is told of the answers, in the order of the shards.
struct Told<'a> {
    args: &'a QueryArgs,
    console: &'a mut Console,
    found: u64,
    left: u64,
    failed: bool,
    #[cfg(feature = "manifest")]
    explanation: Explanation,
}

impl<'a> Told<'a> {
    fn new(args: &'a QueryArgs, console: &'a mut Console) -> Self {
        Self {
            args,
            console,
            found: 0,
            left: args.limit.unwrap_or(u64::MAX),
            failed: false,
            #[cfg(feature = "manifest")]
            explanation: Explanation::default(),
        }
    }

    /// Whether more is wanted.
    fn wants_more(&self) -> bool {
        self.left > 0
    }

    fn take(&mut self, answer: Answer) -> io::Result<()> {
        match answer {
            Answer::Match { key, shown } => {
                self.console.progress.sample();
                self.show(&key, &shown)?;
                (self.found, self.left) = (self.found + 1, self.left.saturating_sub(1));
            }
            #[cfg(feature = "manifest")]
            Answer::Matches(samples) => {
                let samples = samples.min(self.left);
                (self.found, self.left) = (self.found + samples, self.left - samples);
            }
            #[cfg(feature = "manifest")]
            Answer::Explained(shard) => {
                explain::show(&shard, self.args.json, self.console.out())?;
                self.explanation.shards.push(*shard);
            }
            Answer::Failed(error) => {
                self.failed = true;
                self.console.error(&error);
            }
            Answer::Lost(warning) => self.console.error(&warning),
            Answer::Warned(warning) => self.console.warning(&warning),
        }
        Ok(())
    }

    fn show(&mut self, key: &str, shown: &[u8]) -> io::Result<()> {
        let index = self.found;
        let out = self.console.out();
        if self.args.count {
            return Ok(());
        }
        if self.args.keys {
            return writeln!(out, "{}", Plain(key));
        }
        if !self.args.json {
            writeln!(out, "--- Match {index} ({}) ---", Plain(key))?;
        }
        out.write_all(shown)
    }

    fn end(self) -> io::Result<()> {
        #[cfg(feature = "manifest")]
        if self.args.explain {
            self.console.progress.clear();
            return explain::totals(&self.explanation, self.args.json, self.console.out());
        }
        // Of shards that could not be read nobody knows how many there are.
        if self.args.count && !self.failed {
            self.console.progress.clear();
            writeln!(self.console.out(), "{}", self.found)?;
        }
        if self.found == 0 && !self.failed && self.args.limit != Some(0) {
            self.console.error(&"no sample matches");
        }
        Ok(())
    }
}
