//! `atdata plan` and `index-shards`.

use atdata::dataset::Tail;
use atdata::order::Order;
use atdata::shard::{ImportFormat, IndexFormat};
use clap::Args;

use super::{Members, Ranks};

const PLAN_EXAMPLES: &str = "\
Says how an epoch would be read: the order, the batches of each rank, what does not fill a batch, and what a batch costs in
bytes, requests and memory. Shards without contents beside them are read once, to count their samples: see index-shards.

Examples:
  atdata plan 'train-{000000..000099}.tar' --batch 256 --ranks 8
  atdata plan data/ --batch 1024 --order blocks:256x512 --tail pad
  atdata plan data/ --batch 256 --ranks 8 --rank 3 --steps 5     # what its first 5 batches read
  atdata plan data/ --batch 256 --keys 'train/*'
  atdata plan data/ --batch 256 --resume token.json";

#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub(crate) struct PlanArgs {
    /// The dataset: a path, a folder, a pattern, or a dataset of the index such as @local/mnist
    #[arg(value_name = "DATASET")]
    pub(crate) dataset: String,
    /// Samples of a global batch, that of all ranks together
    #[arg(long, value_name = "N")]
    pub(crate) batch: Option<u64>,
    /// Among how many ranks each batch is shared
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) ranks: u64,
    /// The seed of the order, 0 unless given
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// The number of the epoch, 0 unless given
    #[arg(long, value_name = "N")]
    pub(crate) epoch: Option<u64>,
    /// stored, global, or blocks:256x512 for windows of 512 blocks of 256 samples; global unless given
    #[arg(long, value_name = "ORDER")]
    pub(crate) order: Option<Order>,
    /// What becomes of the samples that do not fill a batch: drop, pad or uneven; drop unless given
    #[arg(long, value_name = "TAIL")]
    pub(crate) tail: Option<Tail>,
    /// Equal parts of the order that each batch takes the same number of samples of
    #[arg(long, value_name = "N")]
    pub(crate) lanes: Option<u64>,
    /// Only the samples whose keys fit this pattern, such as 'train/*'; may be given several times
    #[arg(long, value_name = "PATTERN")]
    pub(crate) keys: Vec<glob::Pattern>,
    /// Go on from the token in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<std::path::PathBuf>,
    /// The rank whose batches --steps shows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) rank: u64,
    /// Show what the first batches of the rank read
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) steps: u64,
    #[command(flatten)]
    pub(crate) members: Members,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const INDEX_SHARDS_EXAMPLES: &str = "\
Each shard gets a file beside it, name.tar.atx, of some 40 bytes a sample: where each sample lies, with keys and checksums.
With it samples are found by number and key, counted, and shuffled without reading the shards. Shards that have contents are
left alone if they have the size, the end, the first and the last header that these say, and were not changed since; all others
are read. What is wrong with one shard keeps no other from getting its contents; the exit code is 1 then.

With --pack there is one file for all shards of a folder in place of one beside each: 100,000 shards are opened by one read,
and those of a server by one request. Other shards that are in it stay there.

With --import the index that another program has of each shard is taken, once it is held against the headers of the shard: it is
wrong if it says anything else. That reads headers and nothing else; checksums of what members hold there are then only if the
index has them (barecat). --no-checksums reads as little without any index.

Examples:
  atdata index-shards data/
  atdata index-shards --pack data/
  atdata index-shards --export energon data/               # name.tar.idx beside each name.tar; dali: name.idx; webshart: name.json
  atdata index-shards --export wids --out data/index.json data/
  atdata index-shards --export barecat --out data/all.barecat data/      # all files in SQLite, over the shards as they are
  atdata index-shards --import energon data/               # by name.tar.idx beside each name.tar; webshart: name.json
  atdata index-shards --import wids --from data/index.json data/
  atdata index-shards --import barecat --from photos.barecat photos.tar
  atdata index-shards 'train-{000000..000099}.tar' --threads 4
  atdata index-shards data/ --rank 0 --of 4                # a quarter of the shards: one of four that are started alike";

#[derive(Debug, Args)]
#[command(after_help = INDEX_SHARDS_EXAMPLES)]
pub(crate) struct IndexShardsArgs {
    /// Shards: paths, folders, patterns, or datasets of the index
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,
    /// Keep the contents of all shards of a folder in one file, _contents.atxp: for many shards, and for object stores
    #[arg(long)]
    pub(crate) pack: bool,
    /// Write an index for another program instead: energon, dali, webshart, wids or barecat
    #[arg(long, value_name = "FORMAT", conflicts_with = "pack")]
    pub(crate) export: Option<IndexFormat>,
    /// The folder of what is exported, beside the shards unless given; of wids and barecat the file
    #[arg(long, value_name = "PATH", requires = "export")]
    pub(crate) out: Option<std::path::PathBuf>,
    /// Make the contents by an index of another program, held against each shard: energon, webshart, wids, or barecat
    #[arg(long, value_name = "FORMAT", conflicts_with_all = ["pack", "export"])]
    pub(crate) import: Option<ImportFormat>,
    /// The folder of the indexes that are imported, beside the shards unless given; of wids and barecat the index
    #[arg(long, value_name = "PATH", requires = "import")]
    pub(crate) from: Option<std::path::PathBuf>,
    /// Read the headers of the shards only, without the checksums of what members hold
    #[arg(long, conflicts_with_all = ["export", "import"])]
    pub(crate) no_checksums: bool,
    /// Threads that read; 0 are as many as there are processors
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    /// Make the contents of all shards anew, also of those that have some
    #[arg(long, conflicts_with = "export")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) ranks: Ranks,
    #[command(flatten)]
    pub(crate) members: Members,
}
