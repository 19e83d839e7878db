//! `atdata repair`: the samples of a quarantine, read again.

use std::io::{self, Write};

use atdata::dataset::{Quarantined, Replayed};
use atdata::index::check_sample;
use atdata::schema::SchemaRecord;
use atdata::source::{Shard, path_to_write};
use atdata::{Dataset, Error, ErrorKind, Group, Result, ShardWriter};
use serde_json::json;

use crate::args::RepairArgs;
use crate::console::Console;
use crate::input::{Content, decode, locate};
use crate::places::{Given, is_reference};
use crate::text::Plain;
use crate::{inspect, json, schema};

pub(crate) fn run(args: &RepairArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let prepared = prepare(args, given);
    let (rows, record) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            console.usage_or_error(&error);
            return Ok(());
        }
    };
    let mut repair = Repair { args, console, record, writer: None, counts: Counts::default(), failed: None };
    for (shard, rows) in by_shard(rows) {
        repair.shard(&shard, rows)?;
    }
    repair.end()
}

type Prepared = (Vec<Quarantined>, Option<SchemaRecord>);

fn prepare(args: &RepairArgs, given: Given<'_>) -> Result<Prepared> {
    let quarantine = Dataset::<Quarantined>::open(args.quarantine.as_str())?;
    let rows = quarantine.ordered().collect::<Result<Vec<_>>>()?;
    let record = args.schema.as_deref().map(|text| record(text, given)).transpose()?;
    Ok((rows, record))
}

/// The record in a file, or the one of the index that has that name.
fn record(text: &str, given: Given<'_>) -> Result<SchemaRecord> {
    let path = std::path::Path::new(text);
    if path.extension().is_some_and(|end| end == "json") && !is_reference(text) {
        return schema::read_record(path);
    }
    given.reading()?.schema(&schema::reference(text))
}

/// The rows of each shard together.
fn by_shard(rows: Vec<Quarantined>) -> Vec<(String, Vec<Quarantined>)> {
    let mut shards: Vec<(String, Vec<Quarantined>)> = Vec::new();
    for row in rows {
        match shards.iter_mut().find(|(shard, _)| *shard == row.shard) {
            Some((_, rows)) => rows.push(row),
            None => shards.push((row.shard.clone(), vec![row])),
        }
    }
    shards
}

/// What became of a sample.
enum Status {
    Sound(Group),
    /// It can be read, but whether it is what it should be depends on what this program does not have.
    Undecided(&'static str),
    Bad(Error),
}

#[derive(Default)]
struct Counts {
    sound: usize,
    undecided: usize,
    bad: usize,
}

struct Repair<'a> {
    args: &'a RepairArgs,
    console: &'a mut Console,
    record: Option<SchemaRecord>,
    writer: Option<ShardWriter<Group>>,
    counts: Counts,
    /// Why nothing is written.
    failed: Option<Error>,
}

impl Repair<'_> {
    fn shard(&mut self, name: &str, rows: Vec<Quarantined>) -> io::Result<()> {
        let shard = Shard::from_url(name).unwrap_or_else(|_| Shard::from_path(name));
        match Dataset::<Group>::open(shard) {
            Ok(groups) => self.limited(groups).replay(rows).try_for_each(|replayed| self.row(replayed)),
            Err(error) => {
                let told = format!("{error:#}");
                rows.into_iter().try_for_each(|row| {
                    let error = Error::new(error.kind(), told.clone());
                    self.tell(&row, row.key.as_deref(), &Status::Bad(error))
                })
            }
        }
    }

    fn limited(&self, groups: Dataset<Group>) -> Dataset<Group> {
        let options = self.args.members.applied(groups.read_options());
        groups.with_options(options)
    }

    fn row(&mut self, replayed: Replayed<Group>) -> io::Result<()> {
        let Replayed { row, key, sample, .. } = replayed;
        self.console.progress.sample();
        let status = match sample {
            Ok(group) => self.checked(group, &row),
            Err(error) => Status::Bad(error),
        };
        self.tell(&row, key.as_deref(), &status)?;
        if let Status::Sound(group) = status
            && self.failed.is_none()
            && let Err(error) = self.write(&group)
        {
            self.failed = Some(error);
        }
        Ok(())
    }

    /// Whether all of a sample can be read, and is what it was not.
    fn checked(&self, group: Group, row: &Quarantined) -> Status {
        let located = |error| locate(error, &row.shard, &group);
        let is_packed = match decode(&group) {
            Err(error) => return Status::Bad(located(error)),
            Ok(Content::Plain(..)) => match group.to_dict() {
                Err(error) => return Status::Bad(error.with_shard(&row.shard)),
                Ok(_) => false,
            },
            Ok(Content::Sample { sample, .. }) => {
                let damaged = sample.iter().find_map(|(_, value)| inspect::damaged_arrays(value).into_iter().next());
                let misfit = self.record.as_ref().and_then(|record| check_sample(&record.schema, &sample).err());
                if let Some(error) = damaged.or(misfit) {
                    return Status::Bad(located(error));
                }
                true
            }
        };
        if row.kind == ErrorKind::Caller.to_string() {
            return Status::Undecided(
                "a stage of the dataset failed on it, which is not here: replay it in that program",
            );
        }
        if row.kind == ErrorKind::SchemaMismatch.to_string() && !(is_packed && self.record.is_some()) {
            return Status::Undecided(if is_packed {
                "it did not fit its type: name the schema with --schema"
            } else {
                "it did not fit its type, which is not here: replay it in that program"
            });
        }
        Status::Sound(group)
    }

    fn write(&mut self, group: &Group) -> Result<()> {
        let Some(out) = &self.args.out else { return Ok(()) };
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                self.writer.insert(ShardWriter::builder(path_to_write(out)?).no_clobber(self.args.no_clobber).build()?)
            }
        };
        writer.write_with_key(group.key(), group)
    }

    fn tell(&mut self, row: &Quarantined, key: Option<&str>, status: &Status) -> io::Result<()> {
        let (word, cause) = match status {
            Status::Sound(_) => {
                self.counts.sound += 1;
                ("sound", None)
            }
            Status::Undecided(why) => {
                self.counts.undecided += 1;
                ("undecided", Some((*why).to_owned()))
            }
            Status::Bad(error) => {
                self.counts.bad += 1;
                ("bad", Some(format!("{error:#}")))
            }
        };
        if self.args.json {
            let object = json!({
                "shard": row.shard, "offset": row.offset, "key": key, "sample_type": row.sample_type,
                "was": row.cause, "status": word, "cause": cause,
            });
            return writeln!(self.console.out(), "{}", json::line(&object));
        }
        let key = key.map(|key| format!(": key {}", Plain(key))).unwrap_or_default();
        match cause {
            // It says itself where the sample is.
            Some(cause) if word == "bad" => writeln!(self.console.out(), "bad        {}", Plain(&cause)),
            Some(why) => writeln!(self.console.out(), "undecided  {}{key}: {why}", Plain(&row.shard)),
            None => writeln!(self.console.out(), "sound      {}{key}", Plain(&row.shard)),
        }
    }

    fn end(self) -> io::Result<()> {
        let Self { args, console, writer, counts, failed, .. } = self;
        console.progress.clear();
        let Counts { sound, undecided, bad } = counts;
        if undecided + bad > 0 {
            console.exit_with(1);
        }
        if !args.json {
            writeln!(console.out(), "{sound} samples can be read now, {bad} cannot, {undecided} are not decided.")?;
        }
        match (failed, writer) {
            (Some(error), writer) => {
                if let Some(writer) = writer {
                    writer.discard();
                }
                console.usage_or_error(&error);
            }
            (None, Some(writer)) => match writer.finish() {
                Ok(written) => {
                    for shard in &written.shards {
                        let replaced = if shard.replaced { " (replaced)" } else { "" };
                        console.note(&format_args!("{}: {} samples{replaced}", Plain(&shard.url), shard.samples));
                    }
                }
                Err(error) => console.error(&format_args!("{error:#}")),
            },
            (None, None) => {
                if args.out.is_some() {
                    console.note(&format_args!("nothing is written, for no sample can be read"));
                }
            }
        }
        Ok(())
    }
}
