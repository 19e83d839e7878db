//! The command line, its arguments.
#![allow(clippy::doc_markdown, reason = "the help shows them as they are")]

#[cfg(feature = "barecat")]
mod barecat;
mod columns;
mod copies;
mod index;
#[cfg(feature = "manifest")]
mod manifest;
mod members;
#[cfg(feature = "atmosphere")]
mod network;
mod plan;
mod query;
mod ranks;
mod services;
mod sql;

use std::ffi::OsString;

use atdata::source::{Schemes, Shard, collapse, expand, without_secrets};
use atdata::{Error, ErrorKind, ReadOptions, Result};
use clap::{Args, Parser, Subcommand};

use crate::places::{Given, is_reference};

#[cfg(feature = "barecat")]
pub(crate) use self::barecat::{
    AddFilesArgs, BarecatCommand, BarecatLsArgs, BarecatMergeArgs, BarecatReshardArgs, BarecatSubsetArgs,
    BarecatVerifyArgs, CatArgs, CopyArgs, CreateArgs, DefragArgs, DuArgs, ExtractArgs, FilesArgs, FindArgs, RemoveArgs,
    RenameArgs, TreeArgs, with_two_dashes,
};
pub(crate) use self::columns::{ColumnsCommand, ColumnsRefsArgs};
pub(crate) use self::copies::{Copies, MergeArgs, RepairArgs, ReshardArgs, ShuffleArgs, SubsetArgs, Ways};
pub(crate) use self::index::{AddArgs, IndexCommand, LabelArgs, LsArgs, SchemaCommand, SearchArgs, ShowArgs};
#[cfg(feature = "manifest")]
pub(crate) use self::manifest::{ManifestBuildArgs, ManifestCommand, ManifestShowArgs};
pub(crate) use self::members::Members;
#[cfg(feature = "atmosphere")]
pub(crate) use self::network::{About, LoginArgs, NetworkCommand, NetworkLsArgs, PromoteArgs, PublishArgs};
pub(crate) use self::plan::{IndexShardsArgs, PlanArgs};
pub(crate) use self::query::QueryArgs;
pub(crate) use self::ranks::{Dealer, MaybeRanks, Ranks};
pub(crate) use self::services::{CpArgs, DiagnoseArgs, InfraCommand, UpArgs, VerifyArgs};
pub(crate) use self::sql::SqlArgs;

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  something is damaged, differs, or cannot be read or found
  2  the command line is wrong";

/// Looks into datasets of WebDataset tar shards, and keeps indexes of them.
#[derive(Debug, Parser)]
#[command(name = "atdata", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// The index: sqlite:///path, the path of an SQLite file, redis://host:6379/0 or postgres://user@host/database; by
    /// default that of this account, ~/.atdata/index.db
    #[arg(long, value_name = "URL", global = true, env = "ATDATA_INDEX", hide_env_values = true)]
    pub(crate) index: Option<String>,

    /// A file of lines KEY=value, such as `.env`, for all that is read from the environment: AWS_ACCESS_KEY_ID, ATDATA_INDEX,
    /// ATDATA_STORE and others. What is set already goes before it
    #[arg(long, value_name = "FILE", global = true, env = "ATDATA_ENV_FILE", hide_env_values = true)]
    pub(crate) env_file: Option<std::path::PathBuf>,

    /// Read files of this machine that a record of the network, or an index of another machine, names
    #[arg(long, global = true)]
    allow_files: bool,

    /// Ask private hosts, this machine among them, also without encryption, that a record of the network, or an index of
    /// another machine, names
    #[arg(long, global = true)]
    allow_local: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// What was given before the name of a command, for another program.
    pub(crate) fn handed_on(&self) -> Vec<&'static str> {
        let files = self.allow_files.then_some("--allow-files");
        files.into_iter().chain(self.allow_local.then_some("--allow-local")).collect()
    }

    /// What it says of indexes, and of whom to trust.
    pub(crate) fn given(&self) -> Given<'_> {
        let mut schemes = Schemes::of_records();
        if self.allow_files {
            schemes = schemes.with_files();
        }
        if self.allow_local {
            schemes = schemes.with_http().with_private_hosts();
        }
        Given { index: self.index.as_deref(), schemes: (self.allow_files || self.allow_local).then_some(schemes) }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read whole shards: say what is in them, and whether they are sound
    Inspect(InspectArgs),
    /// Show the first samples
    Head(HeadArgs),
    /// Show the samples that a predicate holds of
    Query(QueryArgs),
    /// Ask datasets in SQL, by the program atdata-sql
    #[command(disable_help_flag = true)]
    Sql(SqlArgs),
    /// List, look up, add and label the datasets of an index
    #[command(subcommand)]
    Index(IndexCommand),
    /// Show, compare and publish schemas
    #[command(subcommand)]
    Schema(SchemaCommand),
    /// Say how an epoch would be read: order, batches of each rank, bytes and requests
    Plan(PlanArgs),
    /// Keep beside shards where each of their samples lies, for random access
    IndexShards(IndexShardsArgs),
    /// Name fields over all samples for other programs
    #[command(subcommand)]
    Columns(ColumnsCommand),
    /// Make and show the manifests of shards: what is in the fields of their samples
    #[cfg(feature = "manifest")]
    #[command(subcommand)]
    Manifest(ManifestCommand),
    /// Hold the shards of a dataset against their checksums, and manifests that lie beside them against the shards
    Verify(VerifyArgs),
    /// Copy shards from one place to another, unchanged
    Cp(CpArgs),
    /// Write samples anew: packed, or each field as a member of its own
    Convert(ConvertArgs),
    /// Write the same samples to shards of other sizes
    Reshard(ReshardArgs),
    /// Write the samples of several datasets as one
    Merge(MergeArgs),
    /// Write some of the samples: by key, by number, every n-th
    Subset(SubsetArgs),
    /// Write the samples in a random order
    Shuffle(ShuffleArgs),
    /// Read the samples of a quarantine again, which were left out because they were bad
    Repair(RepairArgs),
    /// Finish or remove what killed writes left in folders of shards
    Gc(GcArgs),
    /// Say what is wrong with a Redis, PostgreSQL or S3 server, and how to mend it
    Diagnose(DiagnoseArgs),
    /// Start and stop servers for development on this machine
    #[command(subcommand)]
    Infra(InfraCommand),
    /// Make, extend, change, list, verify and extract archives of barecat
    #[cfg(feature = "barecat")]
    #[command(subcommand)]
    Barecat(BarecatCommand),
    #[cfg(feature = "atmosphere")]
    #[command(flatten)]
    Network(NetworkCommand),
    /// Print the version
    Version,
}

const INSPECT_EXAMPLES: &str = "\
Reads the shards to their ends, decodes all samples, checks all arrays, and infers the fields from all samples. Each
problem is one line on standard error, with shard, offset in the decompressed archive, key and field; the exit code is
then 1.

Examples:
  atdata inspect train.tar
  atdata inspect 'train-{000000..000099}.tar' val.tar.gz
  zstdcat train.tar.zst | atdata inspect -
  atdata inspect --json train.tar | jq .fields";

#[derive(Debug, Args)]
#[command(after_help = INSPECT_EXAMPLES)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) shards: ShardArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    /// Say what values there are: how many of each, ranges of numbers, lengths, sizes of pictures
    #[arg(long)]
    pub(crate) stats: bool,

    /// Only warn of what readers tolerate, such as a missing end of the archive or data behind it
    #[arg(long)]
    pub(crate) lenient: bool,
}

const CONVERT_EXAMPLES: &str = "\
Packed samples have one member, sample.msgpack, that holds all fields. In the layout of plain WebDataset each field is a
member: a field whose name says what it is (cls, jpg, json) keeps its name, others get an extension (label.cls, emb.npy),
which is taken off again by --layout packed. A field has one name in all samples, by which all its values are read back as
they are; where the first one chosen turns out not to do, the shards are read once more. Of null there is no member. Keys
stay. Shards appear whole or not at all.

With --schema the fields are those of a schema: in members of the names that it says, `jpg|jpeg` as one, of its kinds, `007` in
a `cls` as text where it says str, keys of its pattern, and names in capitals as it has them. Samples that do not fit are refused.

With --schema, --rank I and --of N do the shards of one of N processes that are started alike: of each shard that is read one is
written, with its number. With --no-clobber those that are there are left, so that a rank that was killed goes on.

Examples:
  atdata convert --layout members train.tar plain.tar
  atdata schema infer 'photos-*.tar' --name Photo -o photo.json
  atdata convert --layout packed --schema photo.json --max-count 10000 'photos-*.tar' 'packed-%06d.tar'
  atdata convert --layout packed --max-count 10000 'photos-{000000..000099}.tar' 'packed-%06d.tar'
  atdata convert --layout packed --max-count 10000 --threads 4 --resume photos/ 'packed-%06d.tar.zst'
  atdata convert --layout packed --schema photo.json 'photos-*.tar' 'packed-%06d.tar' --rank 0 --of 4 --no-clobber
  atdata convert --layout packed --max-count 10000 --append today.tar 'packed-%06d.tar'     # behind the shards that are there";

#[derive(Debug, Args)]
#[command(after_help = CONVERT_EXAMPLES, mut_arg("rank", |rank| rank.hide(false)), mut_arg("of", |of| of.hide(false)))]
pub(crate) struct ConvertArgs {
    /// How the samples are to lie in the shards
    #[arg(long, value_enum)]
    pub(crate) layout: Layout,

    /// Give the fields the names, kinds and members of a schema, and hold the samples against it: Name@1.0.0, a reference such
    /// as atdata://local/schema/Name@1.0.0, or the file of a record
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,

    /// Shards, or the name of a dataset
    pub(crate) shards: String,

    /// The shard to write; with a limit `%06d` in it stands for the number of each
    pub(crate) out: std::path::PathBuf,

    /// At most this many samples in a shard
    #[arg(long, value_name = "N")]
    pub(crate) max_count: Option<u64>,

    /// At most this many bytes in a shard
    #[arg(long, value_name = "N")]
    pub(crate) max_bytes: Option<u64>,

    /// Read shards that the Rust crate atdata 0.8.0-beta wrote, too, whose members are named by keys alone
    #[arg(long)]
    pub(crate) rust_beta: bool,

    /// Add the samples as further shards to those that are there of OUT, whose numbers go on; a key that is there already is an
    /// error
    #[arg(long)]
    pub(crate) append: bool,

    #[command(flatten)]
    pub(crate) members: Members,

    #[command(flatten)]
    pub(crate) ways: Ways,
}

/// How samples lie in shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Layout {
    /// A member for each field, as plain WebDataset has it
    Members,
    /// One msgpack member
    Packed,
}

const HEAD_EXAMPLES: &str = r#"With --json each sample is one line:
  {"__key__":"00017","label":7,"raw":{"$bytes":"AAE="},"image":{"dtype":"|u1","shape":[2,3],"values":[1,2,3,4,5,6]}}
  - bytes are base64; of arrays the first 8 elements are given, in C order
  - floats are exact, as doubles; those that JSON does not have are "NaN", "Infinity" and "-Infinity"
  - complex numbers are [re, im]
  - dates and durations are integers in the unit of their dtype, fixed-width text (U) is a string, and what has no
    other form (S, V, structured) is bytes
  - names of the sample that begin with `$` get another `$`, and a field `__key__` is `$__key__`
  - a damaged array is {"$error": message}

Examples:
  atdata head train.tar
  atdata head -n 1 --json 'train-{000000..000099}.tar' | jq .
  atdata head --key 00017 train.tar"#;

#[derive(Debug, Args)]
#[command(after_help = HEAD_EXAMPLES)]
pub(crate) struct HeadArgs {
    #[command(flatten)]
    pub(crate) shards: ShardArgs,

    /// How many samples
    #[arg(short, long, value_name = "N", default_value_t = 5)]
    pub(crate) number: u64,

    /// Show the first sample with this key instead
    #[arg(long, value_name = "KEY", conflicts_with = "number")]
    pub(crate) key: Option<String>,

    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

const GC_EXAMPLES: &str = "\
A write that is killed leaves hidden files beside the shards to be: .name.….tmp. They are removed, unless their process
still runs. Where the shards had begun to get their names the write is finished instead. The next write to the same
folder does the same. If something is left alone, the exit code is 1.

Examples:
  atdata gc data/
  atdata gc --of-other-machines /mnt/shared/data";

#[derive(Debug, Args)]
#[command(after_help = GC_EXAMPLES)]
pub(crate) struct GcArgs {
    /// Folders, without those below them
    #[arg(value_name = "FOLDER", required = true)]
    pub(crate) folders: Vec<std::path::PathBuf>,

    /// Also what processes of other machines and containers left, which may still run: look before
    #[arg(long)]
    pub(crate) of_other_machines: bool,
}

/// A shard that an argument names.
pub(crate) struct Named {
    pub(crate) shard: Shard,
    pub(crate) options: ReadOptions,
    /// Why it stands for nothing that could be read.
    pub(crate) missing: Option<Error>,
}

impl Named {
    fn new(shard: Shard, options: ReadOptions) -> Self {
        Self { shard, options, missing: None }
    }
}

/// Adds the shards of an argument. Those that are not there are told when their turn comes, and the others are looked at.
fn named(text: &str, given: Given<'_>, shards: &mut Vec<Named>) -> Result<()> {
    match given.dataset(text) {
        Ok(dataset) => {
            let of_dataset = |shard: &Shard| Named::new(shard.clone(), dataset.read_options().clone());
            shards.extend(dataset.shards().iter().map(of_dataset));
        }
        Err(error) if error.kind() == ErrorKind::NotFound && !is_reference(text) => match expand(text)?.as_slice() {
            [] | [_] => {
                let shard = Shard::from_url(text).unwrap_or_else(|_| Shard::from_path(text));
                shards.push(Named { missing: Some(error), ..Named::new(shard, ReadOptions::new()) });
            }
            several => several.iter().try_for_each(|name| named(&collapse(&[name])?, given, shards))?,
        },
        Err(error) => return Err(error),
    }
    Ok(())
}

#[derive(Debug, Args)]
pub(crate) struct ShardArgs {
    /// Shards: paths, folders, URLs, patterns such as 'data-{000000..000009}.tar', datasets such as @local/mnist,
    /// @alice.example.org/mnist or at://…, or - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<OsString>,

    /// Read shards that the Rust crate atdata 0.8.0-beta wrote, too, whose members are named by keys alone
    #[arg(long)]
    rust_beta: bool,

    #[command(flatten)]
    members: Members,
}

impl ShardArgs {
    /// The shards that the paths name, in order.
    pub(crate) fn expand(&self, given: Given<'_>) -> Result<Vec<Named>> {
        let mut shards = Vec::new();
        for path in &self.paths {
            match path.to_str() {
                Some(text) => named(text, given, &mut shards)?,
                // Only a file can be named so.
                None => shards.push(Named::new(Shard::from_path(path), ReadOptions::new())),
            }
        }
        for named in &mut shards {
            named.options = self.members.applied(&named.options).rust_beta(self.rust_beta);
        }
        Ok(shards)
    }

    /// The arguments as they may be shown.
    pub(crate) fn given(&self) -> impl Iterator<Item = String> {
        self.paths.iter().map(|path| without_secrets(&path.to_string_lossy()))
    }
}
