//! `atdata inspect`: what is in shards, and whether they are sound.

mod keys;
mod report;
mod seen;
mod stats;

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use atdata::format::image::ImageFormat;
use atdata::shard::{Group, PAYLOAD, PassedOver, Warning, unfinished};
use atdata::{DictSample, Error, ErrorKind, Value};

use crate::args::{InspectArgs, Named};
use crate::console::Console;
use crate::input::{Content, Input, decode, locate};
use crate::json;
use crate::places::Given;
use crate::text::Plain;

use keys::{Again, Keys};
use report::{Count, Report, ShardReport};
use seen::Seen;

/// Samples without a packed one that are kept until it shows whether the shard has any other.
const MAX_PENDING: usize = 100;

pub(crate) fn run(args: &InspectArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let shards = match args.shards.expand(given) {
        Ok(shards) => shards,
        Err(error) => {
            console.no_shards(&error);
            return Ok(());
        }
    };
    let report = Report { urls: args.shards.given().collect(), ..Report::default() };
    let (problems, warnings, keys) = (Vec::new(), Vec::new(), Keys::default());
    let mut inspection = Inspection { args, console, report, problems, warnings, keys };
    let count = shards.len();
    inspection.unfinished(&shards);
    for (number, named) in shards.into_iter().enumerate() {
        inspection.console.progress.shard(number + 1, count);
        inspection.shard(named);
    }
    inspection.check_layouts();
    inspection.end()
}

/// What is wrong with the arrays in a value.
pub(crate) fn damaged_arrays(value: &Value) -> Vec<Error> {
    let mut errors = Vec::new();
    Seen::default().add(value, &mut errors);
    errors
}

/// Sound for the library, but not for all who may read it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Finding {
    #[error("the shard has no samples{}", InStead(.0))]
    NoSamples(PassedOver),
    #[error("the key comes again: the members of the sample are not adjacent, so that readers take them for two{}", also(*.0))]
    Apart(u64),
    #[error("another sample has this key; readers by key find the first only{}", also(*.0))]
    Repeated(u64),
    #[error("{0} bytes follow the map of the sample; readers ignore them")]
    Trailing(usize),
    #[error("the map has this field twice; readers keep the last one")]
    TwiceInMap,
    #[error("it is no picture of a format that is known: expected JPEG, PNG, WebP, GIF, TIFF or BMP, found {0}")]
    NoPicture(String),
    #[error("the key leads out of the folder that the archive is unpacked to")]
    UnsafeKey,
    #[error("{0} more samples before this one have no `msgpack` field")]
    MorePending(u64),
    #[error("no sample of this shard has a `msgpack` field, but those of other shards do")]
    OtherLayout,
    #[error(
        "a write was killed while its shards got their names, and those beside it may be of two: `atdata gc` finishes it"
    )]
    Unfinished,
    #[error("{0}")]
    Warning(Warning),
}

/// What there is where there are no samples.
struct InStead<'a>(&'a PassedOver);

impl fmt::Display for InStead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, passed) in self.0.iter().enumerate() {
            let begin = if at == 0 { ", but" } else { "," };
            write!(
                f,
                "{begin} {} ({}), such as `{}`",
                Count(passed.count, "member"),
                passed.reason,
                Plain(&passed.first)
            )?;
        }
        Ok(())
    }
}

fn also(more: u64) -> String {
    if more == 0 { String::new() } else { format!("; so it is with {} of this shard", Count(more, "more sample")) }
}

impl From<Finding> for Error {
    fn from(finding: Finding) -> Self {
        Self::new(ErrorKind::Corrupt, finding)
    }
}

struct Inspection<'a> {
    args: &'a InspectArgs,
    console: &'a mut Console,
    report: Report,
    /// Kept for JSON alone.
    problems: Vec<Error>,
    warnings: Vec<String>,
    keys: Keys,
}

impl Inspection<'_> {
    fn problem(&mut self, shard: &mut ShardReport, error: Error) {
        shard.problems += 1;
        self.console.error(&format_args!("{error:#}"));
        if self.args.json {
            self.problems.push(error);
        }
    }

    /// Looks beside the shards for what a write left that was killed while they got their names.
    fn unfinished(&mut self, shards: &[Named]) {
        let paths = shards.iter().filter(|named| named.missing.is_none()).filter_map(|named| named.shard.path());
        let folders: BTreeSet<&Path> = paths.filter_map(Path::parent).collect();
        for folder in folders {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            for journal in unfinished(folder).unwrap_or_default() {
                self.report.unfinished += 1;
                let error = Error::from(Finding::Unfinished).with_shard(&journal.to_string_lossy());
                self.console.error(&error);
                if self.args.json {
                    self.problems.push(error);
                }
            }
        }
    }

    fn shard(&mut self, named: Named) {
        let mut report = ShardReport { url: named.shard.redacted(), ..ShardReport::default() };
        let missing = named.missing.map_or(Ok(()), Err);
        match missing.and_then(|()| Input::open(&named.shard, &named.options)) {
            Ok(input) => self.read(input, &mut report),
            Err(error) => self.problem(&mut report, error),
        }
        self.report.shards.push(report);
    }

    fn read(&mut self, mut input: Input, report: &mut ShardReport) {
        let mut pending = Vec::new();
        let mut sound = true;
        self.keys.begin_shard();
        loop {
            match input.reader.next_group() {
                Ok(Some(group)) => self.group(input.reader.name(), &group, report, &mut pending),
                Ok(None) => break,
                Err(error) => {
                    self.problem(report, error);
                    sound = false;
                }
            }
        }
        if report.packed > 0 {
            // What has no `msgpack` beside packed samples is none: a file that came along, such as a `README.md`.
            report.samples = report.packed;
        }
        let name = input.reader.name().to_owned();
        for warning in input.reader.warnings() {
            let error = Error::from(Finding::Warning(warning.clone())).with_shard(&name);
            self.tolerated(error.with_offset(warning.offset()), report);
        }
        for Again { key, offset, more, is_apart } in self.keys.end_shard() {
            let finding = if is_apart { Finding::Apart(more) } else { Finding::Repeated(more) };
            self.tolerated(Error::from(finding).with_key(&key).with_offset(offset).with_shard(&name), report);
        }
        let passed = input.reader.passed_over();
        if sound && report.samples == 0 {
            self.problem(report, Error::from(Finding::NoSamples(passed.clone())).with_shard(&name));
        }
        report.passed = passed.clone();
        report.bytes = Some(input.close(sound));
    }

    /// A problem, or what readers tolerate where that is asked for.
    fn tolerated(&mut self, error: Error, report: &mut ShardReport) {
        if self.args.lenient {
            self.console.warning(&error);
            self.warnings.push(error.to_string());
            return;
        }
        self.problem(report, error);
    }

    /// Takes in a group. Those that look like plain `WebDataset` are `pending` until a packed sample shows that they
    /// should have been packed too.
    fn group(&mut self, shard: &str, group: &Group, report: &mut ShardReport, pending: &mut Vec<Error>) {
        self.console.progress.sample();
        report.samples += 1;
        self.members(group);
        self.keys.add(group);
        if is_unsafe(&group.key) {
            self.problem(report, locate(Finding::UnsafeKey.into(), shard, group));
        }
        match decode(group) {
            Ok(Content::Plain(_, error)) => {
                report.plain += 1;
                self.plain(shard, group, report);
                let error = locate(error, shard, group);
                if report.packed > 0 {
                    self.problem(report, error);
                } else if pending.len() < MAX_PENDING {
                    pending.push(error);
                }
                return;
            }
            Ok(Content::Sample { sample, trailing }) => {
                self.sample(shard, group, &sample, report);
                if trailing > 0 {
                    self.problem(report, locate(Finding::Trailing(trailing).into(), shard, group));
                }
            }
            Err(error) => self.problem(report, locate(error, shard, group)),
        }
        report.packed += 1;
        if report.packed == 1 {
            let more = report.plain - pending.len() as u64;
            pending.drain(..).for_each(|error| self.problem(report, error));
            if more > 0 {
                self.problem(report, locate(Finding::MorePending(more).into(), shard, group));
            }
        }
    }

    fn members(&mut self, group: &Group) {
        for (name, bytes) in &group.fields {
            let sizes = if name == PAYLOAD { Some(&mut self.report.payload) } else { self.report.members.entry(name) };
            if let Some(sizes) = sizes {
                sizes.add(bytes.len());
            }
        }
    }

    /// Looks into members, each what its extension says: whether it is, and what values there are.
    fn plain(&mut self, shard: &str, group: &Group, report: &mut ShardReport) {
        for (name, content) in &group.fields {
            let value = match group.value(name) {
                Ok(value) => value,
                Err(error) => {
                    self.problem(report, locate(error, shard, group));
                    continue;
                }
            };
            for error in damaged_arrays(&value) {
                self.problem(report, locate(error.in_entry(name), shard, group));
            }
            if ImageFormat::named(extension(name)).is_some() && ImageFormat::of(content).is_none() {
                let error = Error::from(Finding::NoPicture(begin_of(content)));
                self.problem(report, locate(error.in_entry(name), shard, group));
            }
            self.stats(name, &value);
        }
    }

    /// Counts a value, and those in a map under their names.
    fn stats(&mut self, name: &str, value: &Value) {
        if !self.args.stats {
            return;
        }
        match value.as_map() {
            Some(entries) if !entries.is_empty() => {
                for (key, value) in entries {
                    self.stats(&format!("{name}.{key}"), value);
                }
            }
            _ => {
                if let Some(stats) = self.report.stats.entry(name) {
                    stats.add(value);
                }
            }
        }
    }

    fn sample(&mut self, shard: &str, group: &Group, sample: &DictSample, report: &mut ShardReport) {
        self.report.decoded += 1;
        for (name, value) in sample {
            let Some(field) = self.report.fields.entry(name) else { continue };
            field.samples += 1;
            let mut errors = Vec::new();
            field.seen.add(value, &mut errors);
            self.stats(name, value);
            for error in errors {
                self.problem(report, locate(error.in_entry(name), shard, group));
            }
        }
        for name in sample.repeated() {
            self.problem(report, locate(Error::from(Finding::TwiceInMap).in_entry(name), shard, group));
        }
    }

    /// One dataset has one layout.
    fn check_layouts(&mut self) {
        if self.report.shards.iter().all(|shard| shard.packed == 0) {
            return;
        }
        let mut shards = std::mem::take(&mut self.report.shards);
        for shard in shards.iter_mut().filter(|shard| shard.packed == 0 && shard.plain > 0) {
            let error = Error::from(Finding::OtherLayout).with_shard(&shard.url);
            self.problem(shard, error);
        }
        self.report.shards = shards;
    }

    fn end(mut self) -> io::Result<()> {
        self.report.elsewhere = self.keys.elsewhere().cloned();
        if let Some(text) = self.report.dotted_keys() {
            self.console.warning(&text);
            self.warnings.push(text);
        }
        self.console.progress.clear();
        let out = self.console.out();
        if self.args.json {
            return writeln!(out, "{}", json::line(&self.report.json(&self.problems, &self.warnings)));
        }
        self.report.print(out)
    }
}

/// What is behind the last dot of a member's name.
fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(_, extension)| extension)
}

/// What content begins with, for an error.
fn begin_of(content: &[u8]) -> String {
    if content.is_empty() {
        return "nothing".to_owned();
    }
    let begin = content.get(..12).unwrap_or(content);
    format!("`{}`", begin.escape_ascii())
}

/// Whether a member of this key may be unpacked to a place outside of the folder it is meant for, on any system.
fn is_unsafe(key: &str) -> bool {
    let bytes = key.as_bytes();
    let drive = matches!(bytes, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    drive || key.starts_with(['/', '\\']) || key.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_lead_out_are_unsafe() {
        for key in ["../a", "a/../b", "/a", "..", "..\\a", "C:\\a", "c:/a", "\\\\host\\a"] {
            assert!(is_unsafe(key), "{key}");
        }
        for key in ["a", "./a", "a/b", "...", "a..b/c", "a:b", "C:", "a/..b"] {
            assert!(!is_unsafe(key), "{key}");
        }
    }
}
