//! `atdata index-shards`: the contents of shards, made for those that have none.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use atdata::dataset::{Indexed, Packed};
use atdata::shard::IndexFormat;
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Result};

use crate::args::IndexShardsArgs;
use crate::console::Console;
use crate::places::Given;

pub(crate) fn run(args: &IndexShardsArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    if let Some(format) = args.export {
        let written = export(args, format, given, console);
        console.progress.clear();
        return match written {
            Ok(files) => files.iter().try_for_each(|file| writeln!(console.out(), "{}", file.display())),
            Err(error) => {
                console.usage_or_error(&error);
                Ok(())
            }
        };
    }
    let done = index(args, given, console);
    console.progress.clear();
    match done {
        Ok(Done { made, kept, samples, packs }) => {
            writeln!(
                console.out(),
                "{samples} samples; the contents of {made} shards were made, of {kept} there already."
            )?;
            packs.iter().try_for_each(|pack| writeln!(console.out(), "packed in {}", pack.display()))
        }
        Err(error) => {
            console.usage_or_error(&error);
            Ok(())
        }
    }
}

/// The files that were written, of the shards of all paths.
fn export(
    args: &IndexShardsArgs,
    format: IndexFormat,
    given: Given<'_>,
    console: &mut Console,
) -> Result<Vec<PathBuf>> {
    let datasets = args.paths.iter().map(|path| given.dataset(path)).collect::<Result<Vec<_>>>()?;
    let shards: Vec<Shard> = datasets.iter().flat_map(|dataset| dataset.shards().iter().cloned()).collect();
    let all = Dataset::<DictSample>::open(shards)?;
    let transfer = console.progress.transfer("reading");
    all.untyped().export(format, args.out.as_deref(), args.threads, &|bytes| transfer.add(bytes))
}

/// What was done for all datasets.
#[derive(Default)]
struct Done {
    made: usize,
    kept: usize,
    samples: u64,
    packs: BTreeSet<PathBuf>,
}

fn index(args: &IndexShardsArgs, given: Given<'_>, console: &mut Console) -> Result<Done> {
    let datasets = args.paths.iter().map(|path| given.dataset(path)).collect::<Result<Vec<_>>>()?;
    let transfer = console.progress.transfer("reading");
    let mut done = Done::default();
    for dataset in datasets {
        let shards = dataset.untyped();
        let tell = |bytes| transfer.add(bytes);
        let Indexed { made, kept, samples, .. } = if args.pack {
            let Packed { indexed, files, .. } = shards.pack(args.threads, &tell)?;
            done.packs.extend(files);
            indexed
        } else {
            shards.index(args.threads, &tell)?
        };
        done = Done { made: done.made + made, kept: done.kept + kept, samples: done.samples + samples, ..done };
    }
    Ok(done)
}
