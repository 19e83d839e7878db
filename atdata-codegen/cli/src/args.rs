//! The command line, its arguments.
#![allow(clippy::doc_markdown, reason = "the text is for a terminal")]

use std::path::PathBuf;

use atdata::atmosphere::AtmosphereBuilder;
use clap::{Args, Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  something was found: generated files that differ, a version that is too low, a record that is not as pinned
  2  the command line is wrong, a file cannot be read or written, or a record cannot be had";

/// Rust types from schema records of atdata.
#[derive(Debug, Parser)]
#[command(name = "atdata-codegen", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the types of records: to standard output, a file, or a folder of modules
    Generate(GenerateArgs),
    /// Compare two records field by field, and say which version the change asks for
    Diff(DiffArgs),
    /// Take a record into the project, from a file or the AT Protocol network, and pin it
    Add(AddArgs),
    /// Hold the records of the project against what is pinned
    Verify(VerifyArgs),
}

const GENERATE_EXAMPLES: &str = "\
Paths of types in options: `.` for all, Photo, Photo@1.0.0, @alice.example/Photo, and any of these with .field

Examples:
  atdata-codegen generate schemas/published
  atdata-codegen generate schemas/atdata.lock --out src/schemas.rs
  atdata-codegen generate schemas/atdata.lock --out src/schemas.rs --check
  atdata-codegen generate --from-shards 'photos-{000000..000009}.tar' --name Photo --out src/photo.rs
  atdata-codegen generate schemas --tree src/schemas --modules-by-version --derive Photo=Eq";

#[derive(Debug, Args)]
#[command(after_help = GENERATE_EXAMPLES)]
pub(crate) struct GenerateArgs {
    /// Records: files, folders, or an atdata.lock
    #[arg(value_name = "PATH", required_unless_present = "from_shards")]
    pub(crate) paths: Vec<PathBuf>,

    /// Propose a type for the samples of these shards, by the first thousand of them: a path, a pattern, a folder or a URL
    #[arg(long, value_name = "SHARDS")]
    pub(crate) from_shards: Option<String>,

    /// The name of that type; without it one is made of the name of a shard
    #[arg(long, value_name = "NAME", requires = "from_shards")]
    pub(crate) name: Option<String>,

    /// Write this file
    #[arg(short, long, value_name = "FILE", conflicts_with = "tree")]
    pub(crate) out: Option<PathBuf>,

    /// Write a file for each module into this folder, and remove generated files that are no longer needed
    #[arg(long, value_name = "FOLDER")]
    pub(crate) tree: Option<PathBuf>,

    /// Write nothing; say which files would change
    #[arg(long)]
    pub(crate) check: bool,

    #[command(flatten)]
    pub(crate) options: Options,
}

/// What `Config` offers.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Options {
    /// Make a module for each authority
    #[arg(long)]
    pub(crate) modules_by_authority: bool,

    /// Make modules by name and version, as in photo::v1_2_0::Photo
    #[arg(long)]
    pub(crate) modules_by_version: bool,

    /// Leave out the lenses between the versions that are side by side
    #[arg(long, requires = "modules_by_version")]
    pub(crate) no_upgrades: bool,

    /// Visibility of types and fields, instead of pub
    #[arg(long, value_name = "VISIBILITY")]
    pub(crate) visibility: Option<String>,

    /// Where atdata is, for a crate that has it from another
    #[arg(long, value_name = "RUST_PATH")]
    pub(crate) crate_path: Option<String>,

    /// Derive more: Photo=Eq
    #[arg(long, value_name = "PATH=MACROS", value_parser = pair)]
    pub(crate) derive: Vec<(String, String)>,

    /// Give a type or field another name: Photo.type=kind
    #[arg(long, value_name = "PATH=NAME", value_parser = pair)]
    pub(crate) rename: Vec<(String, String)>,

    /// Use a type of your own: Label=crate::Label
    #[arg(long, value_name = "PATH=TYPE", value_parser = pair)]
    pub(crate) replace: Vec<(String, String)>,

    /// Where the codec is that records call so: Csv=crate::Csv
    #[arg(long, value_name = "NAME=RUST_PATH", value_parser = pair)]
    pub(crate) codec: Vec<(String, String)>,

    /// Believe a float32 that Python may have written for want of a dtype
    #[arg(long, value_name = "PATH")]
    pub(crate) trust_float32: Vec<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (path, value) = text.split_once('=').ok_or("expected PATH=VALUE")?;
    Ok((path.to_owned(), value.to_owned()))
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The record that is published
    pub(crate) old: PathBuf,

    /// The record that is to follow it
    pub(crate) new: PathBuf,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const ADD_EXAMPLES: &str = "\
Of several records of one name and version, the newest of the account counts. An account is a handle or a DID.

Examples:
  atdata-codegen add Photo.json
  atdata-codegen add @alice.example/Photo@1.0.0
  atdata-codegen add @did:plc:abc/Photo@1.0.0
  atdata-codegen add atdata://alice.example/schema/Photo      (the latest version)
  atdata-codegen add at://did:plc:abc/science.alt.dataset.schema/3k2a";

/// Servers that are asked first; records are asked of the server on which their account keeps them.
#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct NetworkArgs {
    /// The PDS that says what handles stand for
    #[arg(long, value_name = "URL", env = "ATDATA_PDS_URL", default_value = AtmosphereBuilder::DEFAULT_PDS)]
    pub(crate) pds: String,

    /// The directory of did:plc
    #[arg(long, value_name = "URL", env = "ATDATA_PLC_URL", default_value = AtmosphereBuilder::DEFAULT_PLC)]
    pub(crate) plc: String,
}

#[derive(Debug, Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(crate) struct AddArgs {
    /// A published record, by address or name; or a file with one record, or with what a server answers to getRecord
    #[arg(value_name = "REF")]
    pub(crate) reference: String,

    /// Where the record is published, if the file does not say so
    #[arg(long)]
    pub(crate) uri: Option<String>,

    /// Handle of the publisher, by which the folder is called; otherwise that of REF, or the account of the URI
    #[arg(long)]
    pub(crate) authority: Option<String>,

    /// Replace a record that is pinned with other content
    #[arg(long)]
    pub(crate) update: bool,

    /// The lock file; records are beside it, in published/
    #[arg(long, value_name = "FILE", default_value = "schemas/atdata.lock")]
    pub(crate) lock: PathBuf,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The lock file
    #[arg(value_name = "FILE", default_value = "schemas/atdata.lock")]
    pub(crate) lock: PathBuf,

    /// Ask the network, too, whether each record is still published as it was pinned
    #[arg(long)]
    pub(crate) online: bool,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
