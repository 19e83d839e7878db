//! `atdata verify`, `cp`, `diagnose` and `infra`.

use clap::{Args, Subcommand};

use super::Ranks;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The dataset
    #[arg(value_name = "DATASET")]
    pub(crate) reference: String,
    /// The SQLite file of the index, in place of --index
    #[arg(long, value_name = "PATH")]
    pub(crate) db: Option<String>,
    #[command(flatten)]
    pub(crate) ranks: Ranks,
    /// Print one JSON object a line, one for each shard
    #[arg(long)]
    pub(crate) json: bool,
}

const CP_EXAMPLES: &str = "\
Shards keep their names and bytes; each appears whole or not at all, in place of one that has its name, which is said. Their
SHA-256 is computed on the way. The manifest beside a shard goes along. What index-shards keeps of files goes along, beside each copy also where it is one file for the
folder; of what servers have it is made anew by index-shards.

Examples:
  atdata cp 'https://example.org/train-{000000..000009}.tar' data/
  atdata cp data/train.tar s3://bucket/train
  atdata cp @local/mnist /mnt/backup --json
  atdata cp data/ s3://bucket/train --no-clobber --rank 0 --of 4      # a quarter of the shards, but for those that are there";

#[derive(Debug, Args)]
#[command(after_help = CP_EXAMPLES)]
pub(crate) struct CpArgs {
    /// Shards: paths, folders, URLs, patterns, or datasets of the index such as @local/mnist
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,
    /// Where to: a folder, or s3://bucket/prefix
    #[arg(value_name = "PLACE", required = true)]
    pub(crate) place: String,
    /// Leave out what is there already, in place of replacing it
    #[arg(short, long)]
    pub(crate) no_clobber: bool,
    #[command(flatten)]
    pub(crate) ranks: Ranks,
    /// Print one JSON object a line, one for each shard
    #[arg(long)]
    pub(crate) json: bool,
}

const DIAGNOSE_EXAMPLES: &str = "\
Writes, reads and removes one label of a database, or one small object of a bucket, unless --read-only is given. The tables
of an index are made in PostgreSQL if they are not there; an SQLite file is not.

Examples:
  atdata diagnose                                   # Redis on localhost:6379
  atdata diagnose redis://default:secret@host:6379/0
  atdata diagnose postgres://user@host/database
  atdata diagnose s3://bucket --read-only";

#[derive(Debug, Args)]
#[command(after_help = DIAGNOSE_EXAMPLES)]
pub(crate) struct DiagnoseArgs {
    /// The server: redis://…, postgres://…, s3://bucket/prefix or sqlite:///path; by default Redis at --host and --port
    #[arg(value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The host of Redis
    #[arg(long, default_value = "localhost", conflicts_with = "url")]
    pub(crate) host: String,
    /// The port of Redis
    #[arg(long, default_value_t = 6379, conflicts_with = "url")]
    pub(crate) port: u16,
    /// Write nothing, no tables and no keys either: see whether what is there can be read
    #[arg(long)]
    pub(crate) read_only: bool,
    /// Print one JSON object a line, one for each check
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum InfraCommand {
    /// Start Redis and an S3 server: with Docker where it runs, else Redis alone, if it is installed
    Up(UpArgs),
    /// Stop them
    Down {
        /// Remove what they have stored as well
        #[arg(short, long)]
        volumes: bool,
    },
    /// Say what runs
    Status {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// The port of Redis
    #[arg(long, default_value_t = 6379)]
    pub(crate) redis_port: u16,
    /// The port of the S3 server
    #[arg(long, default_value_t = 9000)]
    pub(crate) minio_port: u16,
    /// The port of the S3 server's pages
    #[arg(long, default_value_t = 9001)]
    pub(crate) minio_console_port: u16,
    /// Leave them running in the background
    #[arg(short, long)]
    pub(crate) detach: bool,
}
