//! `atdata head`: the first samples.

use std::fmt::{self, Display};
use std::io::{self, Write};

use atdata::shard::Group;
use atdata::source::Shard;
use atdata::{Error, ErrorKind, ReadOptions, Value};

use crate::args::HeadArgs;
use crate::console::Console;
use crate::input::{Content, Input, decode, locate};
use crate::places::Given;
use crate::text::{Plain, Short, write_bytes};
use crate::{inspect, json};

pub(crate) fn run(args: &HeadArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let shards = match args.shards.expand(given) {
        Ok(shards) => shards,
        Err(error) => {
            console.no_shards(&error);
            return Ok(());
        }
    };
    let left = if args.key.is_some() { 1 } else { args.number };
    let mut head = Head { args, console, index: 0, shown: 0, left, failed: false, passed: 0, near: None };
    for (number, named) in shards.iter().enumerate() {
        if head.left == 0 {
            break;
        }
        head.console.progress.shard(number + 1, shards.len());
        match &named.missing {
            Some(error) => head.fail(error),
            None => head.shard(&named.shard, &named.options)?,
        }
    }
    head.end();
    Ok(())
}

struct Head<'a> {
    args: &'a HeadArgs,
    console: &'a mut Console,
    /// Samples so far, shown or not.
    index: u64,
    shown: u64,
    /// Samples that are still wanted; one that is damaged counts.
    left: u64,
    failed: bool,
    /// Members that belong to no sample.
    passed: u64,
    /// A key that may be the one that is asked for.
    near: Option<String>,
}

/// Whether the first sample is a packed one.
fn begins_packed(shard: &Shard, options: &ReadOptions) -> bool {
    let first = Input::open(shard, options).and_then(|mut input| input.reader.next_group_with(|_| false));
    first.is_ok_and(|group| group.is_some_and(|group| group.payload().is_ok()))
}

/// Whether `found` differs from the `wanted` key by what is easily left out: `./` or folders in front.
fn is_near(wanted: &str, found: &str) -> bool {
    let plain = |key: &str| key.trim_start_matches("./").trim_start_matches('/').to_lowercase();
    let (wanted, found) = (plain(wanted), plain(found));
    found == wanted || found.strip_suffix(&wanted).is_some_and(|folders| folders.ends_with('/'))
}

impl Head<'_> {
    fn shard(&mut self, shard: &Shard, options: &ReadOptions) -> io::Result<()> {
        let mut input = match Input::open(shard, options) {
            Ok(input) => input,
            Err(error) => {
                self.fail(&error);
                return Ok(());
            }
        };
        // What a packed sample has beside it is not shown, and may be large. Who reads only once sees it at the first.
        let mut is_packed = (shard.path().is_some()).then(|| begins_packed(shard, options));
        while self.left > 0 {
            match input.reader.next_group_with(|_| is_packed != Some(true)) {
                Ok(None) => break,
                Ok(Some(group)) => {
                    is_packed.get_or_insert_with(|| group.payload().is_ok());
                    self.group(input.reader.name(), &group)?;
                }
                Err(error) => self.fail(&error),
            }
        }
        for warning in input.reader.warnings() {
            let message = format!("{}: {warning}", input.reader.name());
            // There may be more samples than those that are shown.
            if warning.may_lose_samples() { self.console.error(&message) } else { self.console.warning(&message) }
        }
        self.passed += input.reader.passed_over().count();
        Ok(())
    }

    fn group(&mut self, shard: &str, group: &Group) -> io::Result<()> {
        self.console.progress.sample();
        let index = self.index;
        self.index += 1;
        if let Some(key) = self.args.key.as_ref().filter(|key| **key != group.key) {
            if self.near.is_none() && is_near(key, &group.key) {
                self.near = Some(group.key.clone());
            }
            return Ok(());
        }
        self.left -= 1;
        match decode(group) {
            Ok(_) if self.args.json && !json::has_room(group) => {
                let text = "not enough memory to print it as JSON: let the process have more, or leave such samples out by --max-member";
                self.fail(&locate(Error::new(ErrorKind::Unsupported, text), shard, group));
            }
            Ok(content) => {
                self.shown += 1;
                self.print(index, group, &content)?;
                match &content {
                    Content::Sample { sample, .. } => self.report_arrays(shard, group, sample.iter()),
                    Content::Plain(group, _) => self.report_members(shard, group),
                }
            }
            Err(error) => self.fail(&locate(error, shard, group)),
        }
        Ok(())
    }

    fn print(&mut self, index: u64, group: &Group, content: &Content<'_>) -> io::Result<()> {
        let out = self.console.out();
        if self.args.json {
            let sample = match content {
                Content::Sample { sample, .. } => {
                    json::sample(&group.key, sample.iter().map(|(name, value)| (name, json::field(value))))
                }
                Content::Plain(group, _) => {
                    let members = group.fields.iter().map(|(name, content)| {
                        let value = value(group, name);
                        (name.as_str(), value.map_or_else(|| json::bytes(content), |value| json::field(&value)))
                    });
                    json::sample(&group.key, members)
                }
            };
            return json::write_line(out, &sample);
        }
        writeln!(out, "--- Sample {index} ({}) ---", Plain(&group.key))?;
        match content {
            Content::Sample { sample, .. } => {
                sample.iter().try_for_each(|(name, value)| writeln!(out, "  {}: {}", Plain(name), Short(value)))
            }
            Content::Plain(group, _) => group.fields.iter().try_for_each(|(name, bytes)| match value(group, name) {
                Some(value) => writeln!(out, "  {}: {}", Plain(name), Short(&value)),
                None => writeln!(out, "  {}: {}", Plain(name), Member(bytes)),
            }),
        }
    }

    fn report_arrays<'v>(&mut self, shard: &str, group: &Group, fields: impl Iterator<Item = (&'v str, &'v Value)>) {
        for (name, value) in fields {
            for error in inspect::damaged_arrays(value) {
                self.fail(&locate(error.in_entry(name), shard, group));
            }
        }
    }

    /// Members that are not what their extensions say, which are shown as bytes, and arrays in others.
    fn report_members(&mut self, shard: &str, group: &Group) {
        for (name, _) in &group.fields {
            match group.value(name) {
                Ok(value) => self.report_arrays(shard, group, std::iter::once((name.as_str(), &value))),
                // It names the member.
                Err(error) => self.fail(&locate(error, shard, group)),
            }
        }
    }

    fn fail(&mut self, error: &Error) {
        self.failed = true;
        self.console.error(&format_args!("{error:#}"));
    }

    /// Says why nothing was shown.
    fn end(&mut self) {
        if self.shown > 0 || self.left == 0 || self.failed {
            return;
        }
        match &self.args.key {
            Some(key) => match &self.near {
                Some(near) => {
                    let (key, near) = (Plain(key), Plain(near));
                    self.console.error(&format_args!("no sample has the key \"{key}\"; there is \"{near}\""));
                }
                None => self.console.error(&format_args!("no sample has the key \"{}\"", Plain(key))),
            },
            None if self.passed > 0 => self.console.error(&format_args!(
                "there are no samples, but {} members that belong to none; `atdata inspect` says why",
                self.passed
            )),
            None => self.console.error(&"there are no samples"),
        }
    }
}

/// What a member is by its extension; `None` where it is not, which is shown as bytes.
fn value(group: &Group, name: &str) -> Option<Value> {
    group.value(name).ok()
}

struct Member<'a>(&'a [u8]);

impl Display for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bytes(self.0, f)
    }
}
