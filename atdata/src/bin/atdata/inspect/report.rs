//! The summary that `atdata inspect` prints.

use std::fmt::{self, Display};
use std::io::{self, Write};

use atdata::Error;
use atdata::shard::{Passed, PassedOver, dotted_keys};
use serde_json::{Value, json};

use crate::text::Plain;

use super::seen::{Named, Seen};
use super::stats::Stats;

/// All that was found in the shards.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) urls: Vec<String>,
    pub(crate) shards: Vec<ShardReport>,
    /// Samples that were decoded.
    pub(crate) decoded: u64,
    pub(crate) fields: Named<FieldReport>,
    /// Members but for the packed sample.
    pub(crate) members: Named<Sizes>,
    pub(crate) payload: Sizes,
    /// What values there are, of fields and of plain members, where that is asked for.
    pub(crate) stats: Named<Stats>,
    /// How many samples have a key that one of another shard has, and the first such key.
    pub(crate) elsewhere: Option<(u64, String)>,
    /// Journals of killed writes beside the shards.
    pub(crate) unfinished: u64,
}

#[derive(Debug, Default)]
pub(crate) struct ShardReport {
    pub(crate) url: String,
    pub(crate) samples: u64,
    /// Samples with a packed sample in them, sound or not.
    pub(crate) packed: u64,
    /// Samples of plain `WebDataset`.
    pub(crate) plain: u64,
    /// `None` if the shard could not be opened.
    pub(crate) bytes: Option<u64>,
    pub(crate) problems: u64,
    /// Members that belong to no sample.
    pub(crate) passed: PassedOver,
}

/// One field of the samples.
#[derive(Debug, Default)]
pub(crate) struct FieldReport {
    /// How many samples have it.
    pub(crate) samples: u64,
    pub(crate) seen: Seen,
}

/// How many members there were, and how long.
#[derive(Debug, Default)]
pub(crate) struct Sizes {
    count: u64,
    min: usize,
    max: usize,
}

impl Sizes {
    pub(crate) fn add(&mut self, len: usize) {
        self.min = if self.count == 0 { len } else { self.min.min(len) };
        self.max = self.max.max(len);
        self.count += 1;
    }

    fn json(&self) -> Value {
        if self.count == 0 { Value::Null } else { json!({ "min": self.min, "max": self.max }) }
    }
}

impl Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min != self.max {
            write!(f, "{} to ", self.min)?;
        }
        write!(f, "{}", Count(self.max as u64, "byte"))
    }
}

/// `1 sample`, `2 samples`
pub(crate) struct Count<'a>(pub(crate) u64, pub(crate) &'a str);

impl Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

impl Report {
    fn sum(&self, of: impl Fn(&ShardReport) -> u64) -> u64 {
        self.shards.iter().map(of).sum()
    }

    fn passed(&self) -> impl Iterator<Item = &Passed> {
        self.shards.iter().flat_map(|shard| shard.passed.iter())
    }

    /// What the shards hold, in one word; `None` if nothing.
    fn layout(&self) -> Option<&'static str> {
        match (self.sum(|shard| shard.packed) > 0, self.sum(|shard| shard.plain) > 0) {
            (true, false) => Some("atdata"),
            (false, true) => Some("webdataset"),
            (true, true) => Some("mixed"),
            (false, false) => None,
        }
    }

    /// What the names of members say of dots in keys.
    pub(crate) fn dotted_keys(&self) -> Option<String> {
        let members = self.members.iter().map(|(name, sizes)| (name, sizes.count));
        dotted_keys(members, self.sum(|shard| shard.samples))
    }

    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        for url in &self.urls {
            writeln!(out, "URL:      {}", Plain(url))?;
        }
        writeln!(out, "Shards:   {}", self.shards.len())?;
        self.shards.iter().try_for_each(|shard| writeln!(out, "  - {shard}"))?;
        self.print_schema(out)?;
        let samples = self.sum(|shard| shard.samples);
        if !self.members.is_empty() {
            let beside = if self.sum(|shard| shard.packed) > 0 { "beside msgpack" } else { "plain WebDataset" };
            writeln!(out, "Members:  ({beside})")?;
            for (name, sizes) in self.members.iter() {
                write!(out, "  {}: {sizes}", Plain(name))?;
                let some = sizes.count < samples;
                writeln!(out, "{}", if some { format!(" (in {} of {samples})", sizes.count) } else { String::new() })?;
            }
        }
        if !self.stats.is_empty() {
            writeln!(out, "Stats:")?;
            for (name, stats) in self.stats.iter() {
                stats.lines().iter().try_for_each(|line| writeln!(out, "  {}: {}", Plain(name), Plain(line)))?;
            }
        }
        let mut passed: Vec<_> = self.passed().collect();
        if !passed.is_empty() {
            writeln!(out, "Passed over:")?;
            passed.sort_by_key(|passed| passed.reason);
            for Passed { reason, count, first, .. } in passed {
                writeln!(out, "  {}: {reason}, such as {}", Count(*count, "member"), Plain(first))?;
            }
        }
        writeln!(out, "Samples:  {samples}")?;
        if let Some((count, key)) = &self.elsewhere {
            let samples = Count(*count, "sample");
            writeln!(
                out,
                "Keys:     {samples} with a key of another shard, such as {}; by key the first is found",
                Plain(key)
            )?;
        }
        if self.payload.count > 0 {
            writeln!(out, "Payload:  {} a sample", self.payload)?;
        }
        match self.sum(|shard| shard.problems) + self.unfinished {
            0 => writeln!(out, "Problems: none"),
            problems => writeln!(out, "Problems: {problems}"),
        }
    }

    fn print_schema(&self, out: &mut impl Write) -> io::Result<()> {
        let packed = self.sum(|shard| shard.packed);
        if packed == 0 {
            return Ok(());
        }
        match self.decoded {
            decoded if decoded == packed => writeln!(out, "Schema:   (inferred from {})", Count(packed, "sample"))?,
            decoded => writeln!(out, "Schema:   (inferred from {decoded} of {})", Count(packed, "sample"))?,
        }
        for (name, field) in self.fields.iter() {
            let missing = self.decoded - field.samples;
            let nulls = field.seen.nulls;
            write!(out, "  {}: {}", Plain(name), field.seen.describe(missing + nulls > 0))?;
            writeln!(
                out,
                "{}",
                match (nulls, missing) {
                    (0, 0) => String::new(),
                    (nulls, 0) => format!(" (null in {nulls})"),
                    (0, missing) => format!(" (missing in {missing})"),
                    (nulls, missing) => format!(" (null in {nulls}, missing in {missing})"),
                }
            )?;
        }
        Ok(())
    }

    pub(crate) fn json(&self, problems: &[Error], warnings: &[String]) -> Value {
        let shard = |shard: &ShardReport| json!({ "url": shard.url, "samples": shard.samples, "bytes": shard.bytes, "problems": shard.problems });
        let field = |(name, field): (&str, &FieldReport)| {
            let missing = self.decoded - field.samples;
            json!({
                "name": name,
                "types": field.seen.types(),
                "optional": missing + field.seen.nulls > 0,
                "arrays": field.seen.arrays_json(),
                "null": field.seen.nulls,
                "missing": missing,
            })
        };
        let member =
            |(name, sizes): (&str, &Sizes)| json!({ "name": name, "count": sizes.count, "bytes": sizes.json() });
        let mut report = json!({
            "urls": self.urls,
            "layout": self.layout(),
            "shards": self.shards.iter().map(shard).collect::<Value>(),
            "samples": self.sum(|shard| shard.samples),
            "decoded": self.decoded,
            "fields": self.fields.iter().map(field).collect::<Value>(),
            "members": self.members.iter().map(member).collect::<Value>(),
            "payload_bytes": self.payload.json(),
            "problems": problems.iter().map(problem).collect::<Value>(),
            "warnings": warnings,
        });
        let Some(more) = report.as_object_mut() else { return report };
        if !self.stats.is_empty() {
            let stats = self.stats.iter().map(|(name, stats)| (name.to_owned(), stats.json()));
            more.insert("stats".to_owned(), Value::Object(stats.collect()));
        }
        if self.passed().next().is_some() {
            more.insert("passed_over".to_owned(), self.passed().map(passed).collect());
        }
        if let Some((count, key)) = &self.elsewhere {
            more.insert("keys_of_other_shards".to_owned(), json!({ "count": count, "first": key }));
        }
        report
    }
}

fn passed(passed: &Passed) -> Value {
    json!({ "reason": passed.reason.to_string(), "count": passed.count, "first": passed.first })
}

fn problem(error: &Error) -> Value {
    let field = error.field_path();
    json!({
        "shard": error.shard(),
        "offset": error.offset(),
        "key": error.key(),
        "field": (!field.is_empty()).then_some(field),
        "message": format!("{error:#}"),
    })
}

impl Display for ShardReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Plain(&self.url), Count(self.samples, "sample"))?;
        if let Some(bytes) = self.bytes {
            write!(f, ", {}", Count(bytes, "byte"))?;
        }
        match self.problems {
            0 => Ok(()),
            problems => write!(f, ", {}", Count(problems, "problem")),
        }
    }
}
