//! `atdata columns`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const REFS_EXAMPLES: &str = "\
The file is JSON of kerchunk: for each sample and field the place of the array in its shard. With it Python reads the shards as they
are, here or on a server: xarray.open_dataset(\"casts.json\", engine=\"kerchunk\"), with the packages xarray, zarr and kerchunk. Nothing
is copied, and only the begin of each sample is read. Arrays of a field need one dtype and one shape, in shards that are not
compressed; numbers and booleans are put into the file itself.

Shards are named by the whole path or the URL that they have now; --at names another folder or URL, where they will be read.

Examples:
  atdata columns refs 'casts-{000000..000099}.tar' temperature salinity --out casts.json
  atdata columns refs casts.tar temperature --dims temperature=depth,time --out casts.json
  atdata columns refs data/ temperature --at https://example.org/data/ --out casts.json";

#[derive(Debug, Subcommand)]
pub(crate) enum ColumnsCommand {
    /// Write references to the arrays in shards, by which xarray and zarr read them where they lie
    Refs(ColumnsRefsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = REFS_EXAMPLES)]
pub(crate) struct ColumnsRefsArgs {
    /// Shards: a path, a folder, a pattern, or a dataset of the index
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// Fields: arrays of one dtype and shape, numbers, booleans
    #[arg(value_name = "FIELD", required = true)]
    pub(crate) fields: Vec<String>,
    /// The file; one that is there is replaced
    #[arg(long, short, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where the shards will be read, under their names: a URL or a folder
    #[arg(long, value_name = "URL")]
    pub(crate) at: Option<String>,
    /// Names of the dimensions of a field's arrays: temperature=depth,time
    #[arg(long, value_name = "FIELD=NAMES")]
    pub(crate) dims: Vec<String>,
    /// Print one JSON object of what was written
    #[arg(long)]
    pub(crate) json: bool,
}
