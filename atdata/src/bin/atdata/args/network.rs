//! The commands of the AT Protocol network.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Log in to the AT Protocol network, with an app password
    Login(LoginArgs),
    /// End the session
    Logout,
    /// Say who is logged in
    Whoami {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Publish shards as a dataset of one's own account
    Publish(PublishArgs),
    /// Publish a dataset of the index
    Promote(PromoteArgs),
    /// Say what a handle, a DID, or the reference of a dataset stands for
    Resolve {
        /// alice.example.org, did:plc:…, @alice.example.org/name or at://…
        #[arg(value_name = "NAME")]
        name: String,
        /// Show a record to the letter, with what its author left of passwords and signatures in URLs
        #[arg(long)]
        show_secrets: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List what an account has published
    Ls(NetworkLsArgs),
    /// Copy the shards of a published dataset into a folder
    Get {
        /// @alice.example.org/name, with @version or without, or at://…
        #[arg(value_name = "DATASET")]
        reference: String,
        /// The folder
        #[arg(value_name = "DIR")]
        folder: String,
        /// Print one JSON object a line, one for each shard
        #[arg(long)]
        json: bool,
    },
}

const LOGIN: &str = "\
The password is asked for, or read from standard input with --password-stdin, or taken from ATDATA_PASSWORD. The session
is kept in ~/.atdata/session.json, which only this account of the machine may read.";

#[derive(Debug, Args)]
#[command(after_help = LOGIN)]
pub(crate) struct LoginArgs {
    /// alice.example.org
    pub(crate) handle: String,
    /// The server of the account
    #[arg(long, value_name = "URL", env = "ATDATA_PDS_URL", default_value = "https://bsky.social")]
    pub(crate) pds: String,
    /// The directory of accounts
    #[arg(long, value_name = "URL", env = "ATDATA_PLC_URL", default_value = "https://plc.directory")]
    pub(crate) plc: String,
    /// Read the password from standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct About {
    /// The version of its label
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A word to find it by; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Its licence
    #[arg(long)]
    pub(crate) license: Option<String>,
    /// Upload all shards as blobs, wherever they are; files always are
    #[arg(long, conflicts_with = "in_place")]
    pub(crate) blobs: bool,
    /// Leave all shards where they are, those in buckets, too
    #[arg(long)]
    pub(crate) in_place: bool,
    /// Publish the manifests beside shards that become blobs as well, if all of them have one: what values are in the fields is
    /// everybody's to see then without reading a shard
    #[arg(long, conflicts_with = "in_place")]
    pub(crate) manifests: bool,
    /// Take shards that do not end as they should, which readers tolerate: without their end, or with data or a hole behind it
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Do not read shards that stay where they are for their checksums: the record says that they are unknown
    #[arg(long)]
    pub(crate) no_checksums: bool,
    /// How many bytes a dataset in blobs may have; 1 GB unless told otherwise
    #[arg(long, value_name = "BYTES", conflicts_with = "in_place")]
    pub(crate) max_total: Option<u64>,
    /// Write the dataset anew, at most this many bytes in a shard, and upload it
    #[arg(long, value_name = "BYTES", conflicts_with = "in_place")]
    pub(crate) max_bytes: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// The name it gets
    pub(crate) name: String,
    /// Its shards: paths, URLs, or patterns such as 'data-{000000..000009}.tar'
    #[arg(value_name = "PATH", required = true)]
    pub(crate) shards: Vec<String>,
    /// The schema of its samples: the file of a record, Name@1.0.0 of the index, or one that is published (at://…)
    #[arg(long, value_name = "SCHEMA", required = true)]
    pub(crate) schema: String,
    #[command(flatten)]
    pub(crate) about: About,
}

#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    /// The dataset of the index
    #[arg(value_name = "DATASET")]
    pub(crate) reference: String,
    /// The name it gets, in place of its own
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) about: About,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct NetworkLsArgs {
    /// @alice.example.org, or did:plc:…
    pub(crate) account: String,
    /// List its schemas
    #[arg(long, group = "what")]
    pub(crate) schemas: bool,
    /// List its labels
    #[arg(long, group = "what")]
    pub(crate) labels: bool,
    /// List its lenses
    #[arg(long, group = "what")]
    pub(crate) lenses: bool,
    /// Show records to the letter, with what their author left of passwords and signatures in URLs
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}
