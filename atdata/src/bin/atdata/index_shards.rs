//! `atdata index-shards`: the contents of shards, made for those that have none.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use atdata::dataset::{IndexOptions, Indexed, Packed};
use atdata::shard::IndexFormat;
use atdata::source::Shard;
use atdata::{Dataset, DictSample, Error, ReadOptions, Result};

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
        Ok((Indexed { made, kept, failed, samples, .. }, packs)) => {
            let failed = if failed > 0 { format!(", {failed} have none") } else { String::new() };
            writeln!(
                console.out(),
                "{samples} samples; the contents of {made} shards were made, of {kept} there already{failed}."
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
    if !matches!(format, IndexFormat::Dali) {
        args.ranks.refuse("the index of all shards is one file, which one process writes: leave them out")?;
    }
    let mut dealer = args.ranks.dealer()?;
    let datasets = args.paths.iter().map(|path| given.dataset(path)).collect::<Result<Vec<_>>>()?;
    let datasets = datasets.into_iter().map(|dataset| dealer.own(dataset)).collect::<Result<Vec<_>>>()?;
    dealer.tell(console);
    let datasets: Vec<_> = datasets.into_iter().flatten().collect();
    if datasets.is_empty() {
        return Ok(Vec::new());
    }
    let shards: Vec<Shard> = datasets.iter().flat_map(|dataset| dataset.shards().iter().cloned()).collect();
    let all = Dataset::<DictSample>::open(shards)?.with_options(args.members.applied(&ReadOptions::new()));
    let transfer = console.progress.transfer("reading");
    all.untyped().export(format, args.out.as_deref(), args.threads, &|bytes| transfer.add(bytes))
}

/// What is wrong with one shard keeps no other from being read.
fn index(args: &IndexShardsArgs, given: Given<'_>, console: &mut Console) -> Result<(Indexed, BTreeSet<PathBuf>)> {
    if args.pack {
        args.ranks.refuse(
            "--pack makes one file of all shards of a folder, which one process writes: let all ranks make the contents beside the \
             shards, without --pack, and pack them once, which reads no shard again",
        )?;
    }
    let mut dealer = args.ranks.dealer()?;
    let datasets = args.paths.iter().map(|path| given.dataset(path)).collect::<Result<Vec<_>>>()?;
    let datasets = datasets.into_iter().map(|dataset| dealer.own(dataset)).collect::<Result<Vec<_>>>()?;
    dealer.tell(console);
    let transfer = console.progress.transfer("reading");
    let (tell, how) = (|bytes| transfer.add(bytes), IndexOptions::new().threads(args.threads).anew(args.force));
    let how = how.checksums(!args.no_checksums);
    let (mut all, mut packs) = (Indexed::default(), BTreeSet::new());
    for dataset in datasets {
        let Some(dataset) = dataset else { continue };
        let shards = dataset.untyped().clone();
        let shards = shards.clone().with_options(args.members.applied(shards.options()));
        let bad = &mut |error: Error| console.error(&format_args!("{error:#}"));
        let indexed = if let Some(format) = args.import {
            shards.import(format, args.from.as_deref(), how, &tell, bad)?
        } else if args.pack {
            let Packed { indexed, files, .. } = shards.pack_with(how, &tell, bad)?;
            packs.extend(files);
            indexed
        } else {
            shards.index_with(how, &tell, bad)
        };
        all += indexed;
    }
    Ok((all, packs))
}
