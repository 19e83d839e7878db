//! Arguments of `atdata query`.

use clap::Args;

use super::ShardArgs;

const EXAMPLES: &str = "\
A predicate compares fields with values: label = 'cat', score >= 0.5, split in ('train', 'dev'), size between 10 and 20,
note is null, score is nan, tags contains 'outdoor'; fields of maps are meta.camera, names that are no words `my field`.
Tests are put together by and, or, not and parentheses. What is missing or null is equal to nothing, less and greater than
nothing: so `not score > 0.5` holds of samples without a score.

Samples are asked by the fields of the predicate alone, and shards with manifests beside them (`atdata manifest build`) are left out
where these say that no sample matches, or decided by their rows: --explain shows it. Fields that the first samples do not have, and
values that their fields cannot be, are refused. Exit code 1 if none was found.

Examples:
  atdata query 'train-*.tar' \"label = 'cat' and confidence > 0.9\"
  atdata query photos.tar 'tags contains \"outdoor\"' --json --limit 10
  atdata query @local/photos 'confidence < 0.2' --keys
  atdata query 'train-*.tar' \"confidence > 0.99\" --explain
  atdata query https://example.org/val.tar 'json.score is null' --count";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct QueryArgs {
    #[command(flatten)]
    pub(crate) shards: ShardArgs,

    /// What is asked of each sample: label = 'cat' and confidence > 0.9
    #[arg(value_name = "PREDICATE")]
    pub(crate) predicate: String,

    /// Show so many samples at most, and read no further
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,

    /// Print how many there are, and not the samples
    #[arg(long, conflicts_with = "json")]
    pub(crate) count: bool,

    /// Print their keys, one a line, and not the samples
    #[arg(long, conflicts_with_all = ["json", "count"])]
    pub(crate) keys: bool,

    /// Say which shards are left out, decided by the rows of their manifests, or read, and why; no sample is read for it
    #[cfg(feature = "manifest")]
    #[arg(long, conflicts_with_all = ["count", "keys", "limit"])]
    pub(crate) explain: bool,

    /// Ask all samples, whatever manifests say
    #[cfg(feature = "manifest")]
    #[arg(long)]
    pub(crate) no_manifests: bool,

    /// Shards that are asked at a time; 0 are as many as there are processors, up to 8
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
}
