//! `atdata convert`: samples from one layout to the other.

use std::io;

use atdata::dataset::ShardWriterBuilder;
use atdata::shard::{FieldNames, MemberNames};
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Packable, Result, ShardWriter, Written};
use sha2::{Digest as _, Sha256};

use crate::args::{ConvertArgs, Layout};
use crate::console::Console;
use crate::place::{destination, refuse_source};
use crate::places::Given;
use crate::text::Plain;

pub(crate) fn run(args: &ConvertArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    match convert(args, given, console) {
        Ok(written) => {
            for shard in &written.shards {
                let url = shard.url.clone();
                let (samples, bytes) = (shard.samples, shard.bytes);
                let out = console.out();
                io::Write::write_fmt(out, format_args!("{}: {samples} samples, {bytes} bytes\n", Plain(&url)))?;
            }
            for path in &written.leftover {
                let name = path.to_string_lossy().into_owned();
                console.warning(&format_args!("{}: left from an earlier write of more shards", Plain(&name)));
            }
        }
        Err(error) => console.usage_or_error(&error),
    }
    Ok(())
}

fn convert(args: &ConvertArgs, given: Given<'_>, console: &mut Console) -> Result<Written> {
    let samples = given.dataset(&args.shards)?;
    let samples = samples.clone().with_options(samples.read_options().clone().rust_beta(args.rust_beta));
    let out = destination(&args.out)?;
    refuse_source(&out, samples.shards())?;
    let (mut names, mut resumes) = (Names::default(), args.ways.resume);
    loop {
        let mut writer = options(ShardWriter::builder(&out), args, &samples, resumes).build()?;
        // What is wrong from here on is wrong with the samples.
        console.begin();
        // Those that an earlier run wrote.
        let passed = writer.resumed();
        let (layout, left_out, is_anew) = (args.layout, 0, false);
        let mut pass =
            Pass { layout, names: &mut names, writer: &mut writer, passed, left_out, passed_over: 0, is_anew };
        let copied = pass.copy(&samples, console);
        let Pass { left_out, passed_over, is_anew, .. } = pass;
        if copied.is_ok() && !is_anew {
            names.tell(left_out, console);
            crate::rewrite::tell_of_passed(passed_over, console);
            return writer.finish();
        }
        writer.discard();
        copied?;
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
    fn tell(&self, left_out: usize, console: &mut Console) {
        if left_out > 0 {
            let members = if left_out == 1 { "member was" } else { "members were" };
            // The copy is not all of it.
            console.error(&format_args!(
                "{left_out} {members} left out, beside a packed sample with a field of that name: convert to --layout packed \
                 to keep all"
            ));
        }
        for name in self.members.nulls() {
            let name = Plain(name).to_string();
            console.warning(&format_args!("{name}: null in all samples, of which there is no member"));
        }
    }
}

/// One time over all samples, which ends without a result where a name turns out to be another.
struct Pass<'p> {
    layout: Layout,
    names: &'p mut Names,
    writer: &'p mut ShardWriter<Group>,
    /// Samples that are there already, and are not written again.
    passed: u64,
    left_out: usize,
    passed_over: u64,
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
            let is_packed = *is_packed.get_or_insert_with(|| group.get(PACKED).is_some());
            self.sample(&group, is_packed).map_err(|error| error.with_key(group.key()).with_offset(group.offset))?;
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
        if self.passed > 0 {
            self.passed -= 1;
            return Ok(());
        }
        self.writer.keep_apart(group.key())?;
        self.writer.write_with_key(group.key(), &converted)
    }

    /// The sample in the other layout; `None` where the samples before have to be named anew.
    fn converted(&mut self, group: &Group, is_packed: bool) -> Result<Option<Group>> {
        match (self.layout, is_packed) {
            (Layout::Members, false) => Ok(Some(group.clone())),
            (Layout::Packed, false) => {
                let sample = self.names.fields.pack(group)?;
                Ok(sample.map(|sample| Group::new(group.key(), [(PACKED, sample.pack())])))
            }
            (Layout::Packed, true) => {
                // What nobody can read is not copied.
                DictSample::unpack(group.payload()?)?;
                Ok(Some(group.clone()))
            }
            (Layout::Members, true) => {
                let sample = DictSample::unpack(group.payload()?)?;
                let Some(mut split) = self.names.members.split(group.key(), &sample)? else { return Ok(None) };
                let others = group.fields.iter().filter(|(name, _)| name != PACKED);
                let (taken, free): (Vec<_>, Vec<_>) = others.cloned().partition(|(name, _)| split.get(name).is_some());
                split.fields.extend(free);
                self.left_out += taken.len();
                Ok(Some(split))
            }
        }
    }
}

/// The member that holds a packed sample.
const PACKED: &str = "msgpack";

fn options<S: Packable>(
    mut builder: ShardWriterBuilder<S>,
    args: &ConvertArgs,
    samples: &Dataset,
    resumes: bool,
) -> ShardWriterBuilder<S> {
    if let Some(samples) = args.max_count {
        builder = builder.max_count(samples);
    }
    if let Some(bytes) = args.max_bytes {
        builder = builder.max_bytes(bytes);
    }
    if resumes {
        builder = builder.resume(true).work(work(args.layout, samples));
    }
    builder.threads(args.ways.threads)
}

/// What is written, so that a conversion of something else does not go on with its shards.
fn work(layout: Layout, samples: &Dataset) -> String {
    let mut hash = Sha256::new();
    for shard in samples.shards() {
        let size = shard.path().and_then(|path| std::fs::metadata(path).ok()).map(|found| found.len());
        hash.update(format!("{} {size:?}\n", shard.redacted()));
    }
    let state = hash.finalize().first_chunk().map_or(0, |begin| u64::from_be_bytes(*begin));
    format!("{} shards in the layout {layout:?}, in the state {state:016x}", samples.shards().len())
}
