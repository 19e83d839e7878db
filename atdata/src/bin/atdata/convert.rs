//! `atdata convert`: samples from one layout to the other.

mod by_rank;
mod there;

use std::io::{self, Write as _};
use std::path::Path;

use atdata::dataset::ShardWriterBuilder;
use atdata::field::Cursor;
use atdata::index::check_sample;
use atdata::schema::SchemaRecord;
use atdata::shard::{FieldNames, MemberNames, PAYLOAD, SchemaMembers};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, PackField as _, Packable, Result, ShardWriter, Written};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use crate::args::{ConvertArgs, Layout};
use crate::console::Console;
use crate::place::{destination, refuse_source};
use crate::places::Given;
use crate::schema;
use crate::text::Plain;

use self::there::There;

pub(crate) fn run(args: &ConvertArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    if args.ways.ranks.are_given() {
        return by_rank::run(args, given, console);
    }
    match convert(args, given, console) {
        Ok(written) => tell(&written, console),
        Err(error) => {
            console.usage_or_error(&error);
            Ok(())
        }
    }
}

fn tell(written: &Written, console: &mut Console) -> io::Result<()> {
    for shard in &written.shards {
        writeln!(console.out(), "{}", crate::rewrite::written_line(shard))?;
    }
    for path in &written.leftover {
        let name = path.to_string_lossy().into_owned();
        console.warning(&format_args!("{}: left from an earlier write of more shards", Plain(&name)));
    }
    Ok(())
}

fn convert(args: &ConvertArgs, given: Given<'_>, console: &mut Console) -> Result<Written> {
    let samples = opened(args, given)?;
    let record = record_of(args, given)?;
    let out = destination(&args.out)?;
    // What is added to replaces nothing.
    let is_numbered = !args.append && (args.max_count.is_some() || args.max_bytes.is_some());
    refuse_source(&out, samples.shards(), is_numbered)?;
    convert_to(args, &samples, record.as_ref(), &out, console)
}

fn opened(args: &ConvertArgs, given: Given<'_>) -> Result<Dataset> {
    let samples = given.dataset(&args.shards)?;
    Ok(samples.clone().with_options(args.members.applied(samples.read_options()).rust_beta(args.rust_beta)))
}

fn record_of(args: &ConvertArgs, given: Given<'_>) -> Result<Option<SchemaRecord>> {
    Ok(args.schema.as_deref().map(|text| schema::named(text, given)).transpose()?.map(|(_, record)| record))
}

fn convert_to(
    args: &ConvertArgs,
    samples: &Dataset,
    record: Option<&SchemaRecord>,
    out: &Path,
    console: &mut Console,
) -> Result<Written> {
    let by_schema = record.map(BySchema::new).transpose()?;
    let (mut names, mut resumes, mut there) = (Names::default(), args.ways.resume, None);
    loop {
        let mut writer = options(ShardWriter::builder(out), args, samples, record, resumes).build()?;
        // What is wrong from here on is wrong with the samples.
        crate::console::begin();
        if args.append && there.is_none() {
            let names = if by_schema.is_none() { Some(&mut names.members) } else { None };
            there = Some(There::read(writer.there(), args.layout, names)?);
        }
        // Those that an earlier run wrote.
        let passed = writer.resumed();
        let (layout, by_schema, left_out, is_anew) = (args.layout, by_schema.as_ref(), LeftOut::default(), false);
        let (names_so_far, to) = (&mut names, &mut writer);
        let mut pass = Pass {
            layout,
            by_schema,
            names: names_so_far,
            writer: to,
            passed,
            left_out,
            passed_over: 0,
            is_anew,
            there: there.as_ref(),
        };
        let copied = pass.copy(samples, console);
        let Pass { left_out, passed_over, is_anew, .. } = pass;
        if copied.is_ok() && !is_anew {
            names.tell(left_out, console);
            crate::rewrite::tell_of_passed(passed_over, console);
            return writer.finish();
        }
        writer.discard();
        copied?;
        if there.as_ref().is_some_and(There::has_samples) {
            let text = "a value does not fit the name that its field has in the shards that are there, which are not written anew: convert \
                        those as well, to other shards, or give the fields names by --schema";
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        // What an earlier run wrote has the other names.
        resumes = false;
        if args.shards == "-" {
            let text = "a value does not fit the name that its field got by those before it, and standard input cannot be read \
                        twice: convert files";
            return Err(Error::new(ErrorKind::Unsupported, text));
        }
    }
}

/// The names of fields and members, by all samples that were seen.
#[derive(Default)]
struct Names {
    members: MemberNames,
    fields: FieldNames,
}

impl Names {
    fn tell(&self, left_out: LeftOut, console: &mut Console) {
        // The copy is not all of it.
        if left_out.members > 0 {
            let members = if left_out.members == 1 { "member was" } else { "members were" };
            console.error(&format_args!(
                "{} {members} left out, beside a packed sample with a field of that name: convert to --layout packed \
                 to keep all",
                left_out.members
            ));
        }
        if left_out.fields > 0 {
            let fields = if left_out.fields == 1 { "field was" } else { "fields were" };
            console.error(&format_args!(
                "{} {fields} left out, which the schema allows and does not have: convert without --schema to keep all",
                left_out.fields
            ));
        }
        for (member, text) in self.fields.other_texts() {
            let (member, text) = (Plain(member).to_string(), Plain(text).to_string());
            console.warning(&format_args!(
                "{member}: numbers such as {text} are no more than their values, as webdataset reads them: `--schema` with `str` for \
                 the field keeps their text"
            ));
        }
        for name in self.members.nulls() {
            let name = Plain(name).to_string();
            console.warning(&format_args!("{name}: null in all samples, of which there is no member"));
        }
    }
}

/// What is in no copy.
#[derive(Debug, Clone, Copy, Default)]
struct LeftOut {
    members: usize,
    fields: usize,
}

/// One time over all samples, which ends without a result where a name turns out to be another.
struct Pass<'p> {
    layout: Layout,
    by_schema: Option<&'p BySchema<'p>>,
    names: &'p mut Names,
    writer: &'p mut ShardWriter<Group>,
    /// Samples that are there already, and are not written again.
    passed: u64,
    left_out: LeftOut,
    passed_over: u64,
    /// What samples are added to.
    there: Option<&'p There>,
    /// Whether names have changed: nothing more is written then, but the other names are looked for.
    is_anew: bool,
}

impl Pass<'_> {
    fn copy(&mut self, samples: &Dataset<DictSample>, console: &mut Console) -> Result<()> {
        for shard in samples.shards() {
            let groups = Dataset::<Group>::open(shard.clone())?.with_options(samples.read_options().clone());
            self.shard(&groups, console).map_err(|error| error.with_shard(&shard.redacted()))?;
        }
        Ok(())
    }

    /// Sample by sample, each under the key that it has. As the first sample of a shard is, all of the shard are.
    fn shard(&mut self, groups: &Dataset<Group>, console: &mut Console) -> Result<()> {
        let mut samples = groups.ordered();
        let mut is_packed = None;
        for group in samples.by_ref() {
            let group = group?;
            console.progress.sample();
            let is_packed = *is_packed.get_or_insert_with(|| group.get(PAYLOAD).is_some());
            self.sample(&group, is_packed).map_err(|error| {
                // An error of what is written names the shard that it is written to, where the sample is elsewhere.
                let is_of_source = error.shard().is_none();
                let error = error.with_key(group.key());
                if is_of_source { error.with_offset(group.offset) } else { error }
            })?;
        }
        self.passed_over += samples.passed_over().count();
        // No copy of what is left of a shard looks whole.
        match samples.warnings().first() {
            Some(warning) => {
                Err(Error::new(ErrorKind::Corrupt, warning.warning.to_string()).with_shard(&warning.shard))
            }
            None => Ok(()),
        }
    }

    fn sample(&mut self, group: &Group, is_packed: bool) -> Result<()> {
        let Some(converted) = self.converted(group, is_packed)? else {
            self.is_anew = true;
            return Ok(());
        };
        if self.is_anew {
            return Ok(());
        }
        if let Some(there) = self.there {
            there.check_key(converted.key())?;
        }
        if self.passed > 0 {
            self.passed -= 1;
            return Ok(());
        }
        self.writer.keep_apart(converted.key())?;
        self.writer.write_with_key(converted.key(), &converted)
    }

    /// The sample in the other layout; `None` where the samples before have to be named anew.
    fn converted(&mut self, group: &Group, is_packed: bool) -> Result<Option<Group>> {
        if let Some(schema) = self.by_schema {
            return schema.converted(group, is_packed, self.layout, &mut self.left_out).map(Some);
        }
        match (self.layout, is_packed) {
            (Layout::Members, false) => Ok(Some(group.clone())),
            (Layout::Packed, false) => {
                let Some(sample) = self.names.fields.pack(group)? else { return Ok(None) };
                self.there.map_or(Ok(()), |there| there.check_fields(group, &sample))?;
                packed(group.key(), &sample).map(Some)
            }
            (Layout::Packed, true) => {
                // What nobody can read is not copied.
                unpacked(group)?;
                Ok(Some(group.clone()))
            }
            (Layout::Members, true) => {
                self.there.map_or(Ok(()), There::check_names)?;
                let sample = unpacked(group)?;
                let Some(mut split) = self.names.members.split(group.key(), &sample)? else { return Ok(None) };
                self.left_out.members += add_others(&mut split, beside(group));
                Ok(Some(split))
            }
        }
    }
}

type Member = (String, Bytes);

/// The members beside a packed sample.
fn beside(group: &Group) -> impl Iterator<Item = &Member> {
    group.fields.iter().filter(|(name, _)| name != PAYLOAD)
}

/// Adds other members; how many are left out, whose names are taken.
fn add_others<'g>(split: &mut Group, others: impl Iterator<Item = &'g Member>) -> usize {
    let (taken, free): (Vec<_>, Vec<_>) = others.cloned().partition(|(name, _)| split.get(name).is_some());
    split.fields.extend(free);
    taken.len()
}

/// The fields of a schema that was given.
struct BySchema<'r> {
    record: &'r SchemaRecord,
    members: SchemaMembers<'r>,
}

impl<'r> BySchema<'r> {
    fn new(record: &'r SchemaRecord) -> Result<Self> {
        Ok(Self { record, members: SchemaMembers::new(&record.schema)? })
    }

    /// The sample in the layout, with all members that are of no field; what cannot be is counted.
    fn converted(&self, group: &Group, is_packed: bool, layout: Layout, left_out: &mut LeftOut) -> Result<Group> {
        let schema = &self.record.schema;
        let sample = if is_packed { unpacked(group)? } else { self.members.pack(group)? };
        check_sample(schema, &sample)?;
        let mut converted = match layout {
            Layout::Packed if is_packed => return Ok(group.clone()),
            Layout::Packed => packed(group.key(), &sample)?,
            Layout::Members => self.members.split(group.key(), &sample)?,
        };
        if is_packed {
            left_out.members += add_others(&mut converted, beside(group));
            let is_known = |name: &str| schema.fields.iter().any(|field| field.name == name);
            left_out.fields += sample.keys().filter(|name| !is_known(name)).count();
        } else {
            left_out.members += add_others(&mut converted, self.members.others(group));
        }
        Ok(converted)
    }
}

/// A group with that sample as its packed one.
fn packed(key: &str, sample: &DictSample) -> Result<Group> {
    let mut group = Group::new(key, [("", ""); 0]);
    group.fields.push((PAYLOAD.to_owned(), sample.try_pack()?.into()));
    Ok(group)
}

/// The packed sample, whose values are in the memory of the group.
fn unpacked(group: &Group) -> Result<DictSample> {
    DictSample::read(&mut Cursor::shared(group.payload()?))
}

fn options<S: Packable>(
    mut builder: ShardWriterBuilder<S>,
    args: &ConvertArgs,
    samples: &Dataset,
    record: Option<&SchemaRecord>,
    resumes: bool,
) -> ShardWriterBuilder<S> {
    if let Some(samples) = args.max_count {
        builder = builder.max_count(samples);
    }
    if let Some(bytes) = args.max_bytes {
        builder = builder.max_bytes(bytes);
    }
    if resumes {
        builder = builder.resume(true).work(work(args.layout, samples, record));
    }
    builder.append(args.append).threads(args.ways.threads).no_clobber(args.ways.no_clobber)
}

/// What is written, so that a conversion of something else does not go on with its shards.
fn work(layout: Layout, samples: &Dataset, record: Option<&SchemaRecord>) -> String {
    let by = record.map_or_else(String::new, |record| {
        let digest = Sha256::digest(record.to_local_json());
        format!(" by {:016x}", digest.first_chunk().map_or(0, |begin| u64::from_be_bytes(*begin)))
    });
    format!("the layout {layout:?}{by} of {}", samples.untyped().state())
}
