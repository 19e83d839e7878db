//! `atdata manifest`.

use clap::{Args, Subcommand};

use super::{Members, Ranks};

const BUILD_EXAMPLES: &str = "\
Each shard gets two files beside it, name.manifest.json and name.manifest.parquet: how many samples there are and what their
fields have, and a row for each sample with its key, its place and the values of its fields. They are those of Python's atdata.
Text and booleans are counted, of numbers there are the least, the greatest and the mean, of lists all values; bytes, arrays and
maps are left out. Manifests that are younger than their shard are kept. What is wrong with one shard keeps no other from getting
its manifest; the exit code is 1 then.

Examples:
  atdata manifest build 'photos-{000000..000099}.tar'
  atdata manifest build --schema Photo@1.0.0 data/
  atdata manifest build --force --threads 4 data/
  atdata manifest build data/ --rank 0 --of 4              # a quarter of the shards: one of four that are started alike
  atdata verify 'photos-{000000..000099}.tar'              # holds the manifests against the shards as well";

const SHOW_EXAMPLES: &str = "\
Examples:
  atdata manifest show photos-000000.tar
  atdata manifest show photos-000000.manifest.json --rows 5
  atdata manifest show photos-000000.tar --json | jq .aggregates.label";

#[derive(Debug, Subcommand)]
pub(crate) enum ManifestCommand {
    /// Make the manifests of shards that have none
    Build(ManifestBuildArgs),
    /// Show what the manifest of a shard says
    Show(ManifestShowArgs),
}

#[derive(Debug, Args)]
#[command(after_help = BUILD_EXAMPLES)]
pub(crate) struct ManifestBuildArgs {
    /// Shards: paths, folders, patterns, or datasets of the index
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,
    /// Take fields, and the name of the type, from a schema: Name@1.0.0, a reference, or the file of a record. Without it the
    /// samples show what they have
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,
    /// Shards that are read at a time; 0 are as many as there are processors
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Make all manifests anew, also those that are there
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) ranks: Ranks,
    #[command(flatten)]
    pub(crate) members: Members,
}

#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(crate) struct ManifestShowArgs {
    /// A shard, or the header of its manifest, name.manifest.json
    #[arg(value_name = "PATH")]
    pub(crate) path: String,
    /// Show that many rows as well
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) rows: usize,
    /// Print one JSON object: the header, and the rows as `rows`
    #[arg(long)]
    pub(crate) json: bool,
}
