//! `atdata convert`: samples from one layout to the other.

use std::io;

use atdata::dataset::ShardWriterBuilder;
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Packable, Result, ShardWriter, Written};
use sha2::{Digest as _, Sha256};

use crate::args::{ConvertArgs, Layout};
use crate::console::Console;
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
    let mut writer = options(ShardWriter::builder(&args.out), args, &samples).build()?;
    let mut left_out = 0;
    // Those that an earlier run wrote.
    let mut passed = writer.resumed();
    for shard in samples.shards() {
        let groups =
            Dataset::<Group>::open(shard.clone()).map(|groups| groups.with_options(samples.read_options().clone()));
        match groups.and_then(|groups| copy(&mut writer, &groups, args.layout, &mut passed, console)) {
            Ok(left) => left_out += left,
            Err(error) => {
                writer.discard();
                return Err(error);
            }
        }
    }
    if left_out > 0 {
        let members = if left_out == 1 { "member was" } else { "members were" };
        console.warning(&format_args!(
            "{left_out} {members} left out, beside a packed sample with a field of that name: convert to --layout packed to \
             keep all"
        ));
    }
    writer.finish()
}

/// Sample by sample, each under the key that it has; the number of members that could not be taken along. As the first
/// sample of a shard is, all of the shard are.
fn copy(
    writer: &mut ShardWriter<Group>,
    groups: &Dataset<Group>,
    layout: Layout,
    passed: &mut u64,
    console: &mut Console,
) -> Result<usize> {
    let mut samples = groups.ordered();
    let (mut is_packed, mut left_out) = (None, 0);
    for group in samples.by_ref() {
        let group = group?;
        console.progress.sample();
        let is_packed = *is_packed.get_or_insert_with(|| group.get(PACKED).is_some());
        let located = |error: Error| error.with_key(group.key()).with_offset(group.offset);
        let (converted, left) = converted(&group, layout, is_packed).map_err(located)?;
        left_out += left;
        if *passed > 0 {
            *passed -= 1;
            continue;
        }
        writer.keep_apart(group.key())?;
        writer.write_with_key(group.key(), &converted)?;
    }
    // No copy of what is left of a shard looks whole.
    match samples.warnings().first() {
        Some(warning) => Err(Error::new(ErrorKind::Corrupt, warning.warning.to_string()).with_shard(&warning.shard)),
        None => Ok(left_out),
    }
}

/// The member that holds a packed sample.
const PACKED: &str = "msgpack";

/// The sample in that layout, and how many of its members that has no place for.
fn converted(group: &Group, layout: Layout, is_packed: bool) -> Result<(Group, usize)> {
    match (layout, is_packed) {
        (Layout::Members, false) => Ok((group.clone(), 0)),
        (Layout::Packed, false) => Ok((Group::new(group.key(), [(PACKED, group.to_packed()?.pack())]), 0)),
        (Layout::Packed, true) => {
            // What nobody can read is not copied.
            DictSample::unpack(group.payload()?)?;
            Ok((group.clone(), 0))
        }
        (Layout::Members, true) => {
            let mut split = Group::of_sample(group.key(), &DictSample::unpack(group.payload()?)?)?;
            let others = group.fields.iter().filter(|(name, _)| name != PACKED);
            let (taken, free): (Vec<_>, Vec<_>) = others.cloned().partition(|(name, _)| split.get(name).is_some());
            split.fields.extend(free);
            Ok((split, taken.len()))
        }
    }
}

fn options<S: Packable>(
    mut builder: ShardWriterBuilder<S>,
    args: &ConvertArgs,
    samples: &Dataset,
) -> ShardWriterBuilder<S> {
    if let Some(samples) = args.max_count {
        builder = builder.max_count(samples);
    }
    if let Some(bytes) = args.max_bytes {
        builder = builder.max_bytes(bytes);
    }
    if args.ways.resume {
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
