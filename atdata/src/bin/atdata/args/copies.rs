//! `atdata reshard`, `merge`, `subset`, `shuffle` and `repair`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{MaybeRanks, Members};

/// How the copies are written, and told of.
#[derive(Debug, Args)]
pub(crate) struct Copies {
    /// At most this many samples in a shard; `%06d` in the name then stands for the number of each
    #[arg(long, value_name = "N", alias = "maxcount")]
    pub(crate) max_count: Option<u64>,
    /// At most this many bytes in a shard
    #[arg(long, value_name = "N", alias = "maxsize")]
    pub(crate) max_bytes: Option<u64>,
    /// Keep beside each shard where its samples lie, as index-shards does
    #[arg(long)]
    pub(crate) contents: bool,
    /// The time that all samples are dated, in seconds since 1970, so that the same samples make the same bytes
    #[arg(long, value_name = "SECONDS")]
    pub(crate) mtime: Option<u64>,
    /// Add the samples as further shards to those that are there of DEST, whose numbers go on; a key that is there already is
    /// an error
    #[arg(long)]
    pub(crate) append: bool,
    #[command(flatten)]
    pub(crate) ways: Ways,
    #[command(flatten)]
    pub(crate) members: Members,
    /// Print one JSON object a line, one for each shard
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a write goes about it.
#[derive(Debug, Args)]
pub(crate) struct Ways {
    /// Compress and hash so many shards at a time; the shards are the same
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) threads: usize,
    /// Keep shards that are whole if this is killed, and go on behind them when it is called again in the same way, with
    /// --resume both times
    #[arg(long)]
    pub(crate) resume: bool,
    /// Write nothing if one of the shards would replace a file
    #[arg(short, long)]
    pub(crate) no_clobber: bool,
    #[command(flatten)]
    pub(crate) ranks: MaybeRanks,
}

const RESHARD_EXAMPLES: &str = "\
All members of all samples are copied byte for byte, under the keys that they have. The new shards appear together when all is
copied, or not at all, in place of files that have their names, which is said; without a limit there is one.

Examples:
  atdata reshard 'small-{000000..000999}.tar' 'large-%06d.tar' --max-bytes 500000000
  atdata reshard data/ 'even-%03d.tar' --max-count 10000 --contents
  atdata reshard 'part-{000..099}.tar' all.tar
  atdata reshard data/ 'packed-%06d.tar.zst' --max-count 10000 --threads 4 --resume
  atdata reshard today.tar 'all-%06d.tar' --max-count 10000 --append      # behind the shards that are there";

#[derive(Debug, Args)]
#[command(after_help = RESHARD_EXAMPLES)]
pub(crate) struct ReshardArgs {
    /// Shards: a path, a folder, a pattern, or a dataset of the index such as @local/mnist
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// The shard to write; with a limit `%06d` in it stands for the number of each
    #[arg(value_name = "DEST")]
    pub(crate) dest: String,
    #[command(flatten)]
    pub(crate) copies: Copies,
}

const MERGE_EXAMPLES: &str = "\
The samples of all datasets, one behind the other, as reshard copies them. A key that two of them have is an error, for readers
by key find the first only.

Examples:
  atdata merge old/ new/ --out 'all-%06d.tar' --max-count 10000
  atdata merge a.tar b.tar --out ab.tar --allow-duplicates";

#[derive(Debug, Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub(crate) struct MergeArgs {
    /// Shards of each dataset: paths, folders, patterns, or datasets of the index
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,
    /// The shard to write; with a limit `%06d` in it stands for the number of each
    #[arg(long, value_name = "DEST")]
    pub(crate) out: String,
    /// Let datasets have keys in common, also with that of --append, which are not remembered then
    #[arg(long)]
    pub(crate) allow_duplicates: bool,
    #[command(flatten)]
    pub(crate) copies: Copies,
}

const SUBSET_EXAMPLES: &str = "\
The samples that are chosen, as reshard copies them, in the order that they have. Where all shards have contents beside them
(index-shards) no others are read for --range and --every.

Examples:
  atdata subset data/ some.tar --keys keys.txt          # one key a line; - for standard input
  atdata subset data/ first.tar --range 0..1000         # those with the numbers 0 to 999, over all shards
  atdata subset data/ 'tenth-%03d.tar' --every 10 --max-count 1000";

#[derive(Debug, Args)]
#[command(after_help = SUBSET_EXAMPLES, group(ArgGroup::new("choice").required(true).args(["keys", "range", "every"])))]
pub(crate) struct SubsetArgs {
    /// Shards: a path, a folder, a pattern, or a dataset of the index such as @local/mnist
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// The shard to write; with a limit `%06d` in it stands for the number of each
    #[arg(value_name = "DEST")]
    pub(crate) dest: String,
    /// The samples with the keys that are in this file, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// The samples from number A up to but not with B, counted from 0
    #[arg(long, value_name = "A..B", value_parser = range)]
    pub(crate) range: Option<(u64, u64)>,
    /// The first sample and every N-th behind it
    #[arg(long, value_name = "N")]
    pub(crate) every: Option<u64>,
    #[command(flatten)]
    pub(crate) copies: Copies,
}

/// `10..20`, `..20`.
fn range(text: &str) -> Result<(u64, u64), String> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let ends = text.split_once("..").and_then(|(start, end)| {
        let start = if start.trim().is_empty() { 0 } else { number(start)? };
        Some((start, number(end)?))
    });
    ends.ok_or_else(|| "expected a range such as 100..200, for the samples 100 to 199".to_owned())
}

const SHUFFLE_EXAMPLES: &str = "\
All samples at random places by the seed, as reshard copies them: the order is that of `atdata plan --seed N`. Samples are read
one by one, from files that are not compressed; shards without contents beside them are read once before, to find them.

Examples:
  atdata shuffle data/ 'shuffled-%06d.tar' --seed 7 --max-count 10000
  atdata shuffle sorted.tar shuffled.tar --contents";

#[derive(Debug, Args)]
#[command(after_help = SHUFFLE_EXAMPLES)]
pub(crate) struct ShuffleArgs {
    /// Shards: a path, a folder, a pattern, or a dataset of the index such as @local/mnist
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// The shard to write; with a limit `%06d` in it stands for the number of each
    #[arg(value_name = "DEST")]
    pub(crate) dest: String,
    /// The seed of the order
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) copies: Copies,
}

const REPAIR_EXAMPLES: &str = "\
A reader with a policy of quarantine leaves out samples that are bad, and keeps a row for each: shard, key, what was wrong.
Their samples are read again, each shard once. Where a sample did not fit its type, --schema says what that is; where a
function of a program failed on it, only that program can say whether it does still.

The exit code is 1 if a sample cannot be read, or is not decided.

Examples:
  atdata repair bad.tar
  atdata repair bad.tar --schema photo.json --out repaired.tar
  atdata repair bad.tar --json | jq -r 'select(.status == \"bad\") | .key'";

#[derive(Debug, Args)]
#[command(after_help = REPAIR_EXAMPLES)]
pub(crate) struct RepairArgs {
    /// The quarantine: a shard, or a pattern of those of several ranks
    #[arg(value_name = "QUARANTINE")]
    pub(crate) quarantine: String,
    /// The schema that the samples have to fit: a record in a file (….json), or Name@1.0.0 of the index
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,
    /// Write the samples that can be read now to this shard, with all their members, under their keys
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<String>,
    /// Write nothing if that shard would replace a file
    #[arg(short, long, requires = "out")]
    pub(crate) no_clobber: bool,
    #[command(flatten)]
    pub(crate) members: Members,
    /// Print one JSON object a line, one for each sample
    #[arg(long)]
    pub(crate) json: bool,
}
