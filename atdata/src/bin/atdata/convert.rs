//! `atdata convert`: samples from one layout to the other.

use std::io;

use atdata::dataset::ShardWriterBuilder;
use atdata::{Dataset, DictSample, Error, ErrorKind, Group, Packable, Result, ShardWriter, Written};

use crate::args::{ConvertArgs, Layout};
use crate::console::Console;
use crate::places::Given;
use crate::schema::is_plain;
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
    let groups = Dataset::<Group>::open(samples.shards().to_vec())?.with_options(samples.read_options().clone());
    let from_plain = is_plain(&samples)?;
    match (args.layout, from_plain) {
        (Layout::Packed, true) => write(args, &groups, Group::to_packed, console),
        (Layout::Packed, false) => write(args, &groups, |group| DictSample::unpack(group.payload()?), console),
        (Layout::Members, true) => write(args, &groups, |group| Ok(group.clone()), console),
        (Layout::Members, false) => {
            let split = |group: &Group| Group::of_sample(group.key(), &DictSample::unpack(group.payload()?)?);
            write(args, &groups, split, console)
        }
    }
}

/// Sample by sample, each under the key that it has.
fn write<S: Packable>(
    args: &ConvertArgs,
    groups: &Dataset<Group>,
    convert: impl Fn(&Group) -> Result<S>,
    console: &mut Console,
) -> Result<Written> {
    let mut writer = limited(ShardWriter::<S>::builder(&args.out), args).build()?;
    match copy(&mut writer, groups, convert, console) {
        Ok(()) => writer.finish(),
        Err(error) => {
            writer.discard();
            Err(error)
        }
    }
}

fn copy<S: Packable>(
    writer: &mut ShardWriter<S>,
    groups: &Dataset<Group>,
    convert: impl Fn(&Group) -> Result<S>,
    console: &mut Console,
) -> Result<()> {
    let mut samples = groups.ordered();
    for group in samples.by_ref() {
        let group = group?;
        console.progress.sample();
        let sample = convert(&group).map_err(|error| error.with_key(group.key()).with_offset(group.offset))?;
        writer.write_with_key(group.key(), &sample)?;
    }
    // No copy of what is left of a shard looks whole.
    match samples.warnings().first() {
        Some(warning) => Err(Error::new(ErrorKind::Corrupt, warning.warning.to_string()).with_shard(&warning.shard)),
        None => Ok(()),
    }
}

fn limited<S: Packable>(mut builder: ShardWriterBuilder<S>, args: &ConvertArgs) -> ShardWriterBuilder<S> {
    if let Some(samples) = args.max_count {
        builder = builder.max_count(samples);
    }
    if let Some(bytes) = args.max_bytes {
        builder = builder.max_bytes(bytes);
    }
    builder
}
