//! `atdata index` and `atdata schema`.

use clap::{Args, Subcommand};

use super::Members;

const REFERENCES: &str = "\
A dataset is named by `mnist`, `group/mnist`, `@local/mnist`, or with the version of a label, `mnist@1.0.0`.";

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// List all datasets
    Ls(LsArgs),
    /// Show one dataset: its schema, shards and labels
    Show(ShowArgs),
    /// Add a dataset that exists
    Add(AddArgs),
    /// Remove a name with all its versions, or one version of it; other names and the shards stay
    #[command(after_help = REFERENCES)]
    Rm {
        /// The dataset: its name for all versions of it, name@version for one, or the CID of an entry
        #[arg(value_name = "DATASET")]
        reference: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Let datasets lead to where their shards have been moved
    Relocate {
        /// Where they were: a folder or s3://bucket/prefix, as `index show` tells it
        from: String,
        /// Where they are now
        to: String,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// List entries that no name leads to any more, their labels having been given to newer ones
    Gc {
        /// Remove them; their shards stay
        #[arg(long)]
        remove: bool,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Give a dataset a label
    Label(LabelArgs),
    /// Find datasets by their names, tags and schemas
    Search(SearchArgs),
}

#[derive(Debug, Args)]
#[command(after_help = REFERENCES)]
pub(crate) struct ShowArgs {
    /// The dataset
    #[arg(value_name = "DATASET")]
    pub(crate) reference: String,
    /// Show URLs as they are stored, with passwords and signatures
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LsArgs {
    /// List labels, with the dataset that each leads to
    #[arg(long)]
    pub(crate) labels: bool,
    /// Show URLs as they are stored, with passwords and signatures
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

const ADD_EXAMPLES: &str = "\
Examples:
  atdata schema publish photo.json
  atdata index add photos 'photos-{000000..000009}.tar' --schema Photo@1.0.0
  atdata index add photos 'photos-{000000..000009}.tar' --infer
  atdata index add photos photos.tar --schema Photo@1.0.0 --store s3://bucket/photos --version 1.0.0 --tag images";

#[derive(Debug, Args)]
#[command(after_help = ADD_EXAMPLES)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct AddArgs {
    /// The name it gets
    pub(crate) name: String,
    /// Its shards: paths, folders, URLs, patterns such as 'data-{000000..000009}.tar', or another dataset
    #[arg(value_name = "PATH", required = true)]
    pub(crate) shards: Vec<String>,
    /// The schema of its samples: Name@1.0.0, a reference such as atdata://local/schema/Name@1.0.0, or the file of a
    /// record, which is stored as well. The first samples are held against it
    #[arg(long, value_name = "SCHEMA", conflicts_with = "infer")]
    pub(crate) schema: Option<String>,
    /// Store the schema that the first samples fit, as `atdata schema infer` finds it, under a name made of the dataset's
    #[arg(long)]
    pub(crate) infer: bool,
    /// Copy the shards there, a folder or s3://bucket/prefix, in place of registering them where they are
    #[arg(long, value_name = "PLACE")]
    pub(crate) store: Option<String>,
    /// The version of its label
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// Let this name and version lead here, although it leads to another dataset
    #[arg(long)]
    pub(crate) replace: bool,
    /// Do not read files for their checksums
    #[arg(long)]
    pub(crate) no_checksums: bool,
    /// Do not hold the first samples against the schema
    #[arg(long)]
    pub(crate) unchecked: bool,
    #[command(flatten)]
    pub(crate) members: Members,
    /// Take shards that do not end as they should, which readers tolerate: without their end, or with data or a hole behind it
    #[arg(long)]
    pub(crate) lenient: bool,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// A word to find it by; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// Its licence
    #[arg(long)]
    pub(crate) license: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = REFERENCES)]
pub(crate) struct LabelArgs {
    /// The label
    pub(crate) name: String,
    /// The dataset that it is to lead to
    #[arg(value_name = "DATASET")]
    pub(crate) reference: String,
    /// Its version
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// Let it lead there, although it leads to another dataset
    #[arg(long)]
    pub(crate) replace: bool,
    /// What is said about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SearchArgs {
    /// Text in the name, in letters of either case
    pub(crate) text: Option<String>,
    /// A tag that it must have; may be given more than once
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// The schema of its samples: Name@1.0.0, or a reference
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) schema: Option<String>,
    /// At most this many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// Show URLs as they are stored, with passwords and signatures
    #[arg(long)]
    pub(crate) show_secrets: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

const SCHEMAS: &str = "\
A schema is named by Name@1.0.0, a reference such as atdata://local/schema/Name@1.0.0, the path of a record
(photo.json), a shard or pattern, whose first sample is looked at, or the dataset of an index.";

#[derive(Debug, Subcommand)]
pub(crate) enum SchemaCommand {
    /// List the schemas of the index
    Ls {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show the fields of a schema
    #[command(after_help = SCHEMAS)]
    Show {
        /// The schema
        schema: String,
        /// Print its record, in the local form
        #[arg(long)]
        json: bool,
    },
    /// Compare two schemas: exit code 0 if they are the same, 1 if not
    #[command(after_help = SCHEMAS)]
    Diff {
        /// The old one
        old: String,
        /// The new one
        new: String,
        /// Print one JSON object a line, one for each difference
        #[arg(long)]
        json: bool,
    },
    /// Write the record that samples fit, and say what they could not tell
    Infer {
        /// Their shards: paths, folders, URLs, patterns or datasets
        #[arg(value_name = "SHARDS", required = true)]
        shards: String,
        /// The name of the schema; by default one made of the file's
        #[arg(long)]
        name: Option<String>,
        /// Its version
        #[arg(long, default_value = "1.0.0")]
        version: String,
        /// The file to write, in place of standard output
        #[arg(short, long, value_name = "FILE")]
        out: Option<String>,
        /// Read shards that the Rust crate atdata 0.8.0-beta wrote, too, whose members are named by keys alone
        #[arg(long)]
        rust_beta: bool,
        #[command(flatten)]
        members: Members,
    },
    /// Store a schema record in the index
    Publish {
        /// The file of the record, in either form
        #[arg(value_name = "FILE")]
        record: std::path::PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}
