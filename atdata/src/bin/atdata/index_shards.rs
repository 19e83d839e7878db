//! `atdata index-shards`: the contents of shards, made for those that have none.

use std::io::{self, Write};

use atdata::Result;
use atdata::dataset::Indexed;

use crate::args::IndexShardsArgs;
use crate::console::Console;
use crate::places::Given;

pub(crate) fn run(args: &IndexShardsArgs, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let indexed = index(args, given, console);
    console.progress.clear();
    match indexed {
        Ok((made, kept, samples)) => {
            writeln!(
                console.out(),
                "{samples} samples; the contents of {made} shards were made, of {kept} there already."
            )
        }
        Err(error) => {
            console.usage_or_error(&error);
            Ok(())
        }
    }
}

fn index(args: &IndexShardsArgs, given: Given<'_>, console: &mut Console) -> Result<(usize, usize, u64)> {
    let datasets = args.paths.iter().map(|path| given.dataset(path)).collect::<Result<Vec<_>>>()?;
    let transfer = console.progress.transfer("reading");
    let mut all = (0, 0, 0);
    for dataset in datasets {
        let Indexed { made, kept, samples, .. } =
            dataset.untyped().index(args.threads, &|bytes| transfer.add(bytes))?;
        all = (all.0 + made, all.1 + kept, all.2 + samples);
    }
    Ok(all)
}
