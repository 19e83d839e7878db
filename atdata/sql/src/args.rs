//! The command line, its arguments.
#![allow(clippy::doc_markdown, reason = "the help shows them as they are")]

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

const EXAMPLES: &str = "\
Tables are datasets: paths, patterns, URLs and names of an index, in quotes; or names that --table gives to them. Their columns are
the fields of the samples, as the first ones show them, and __key__ and __shard__. Files .parquet, .csv and .json are tables as well.
Names of columns are taken as they are written. COPY (select …) TO 'out.parquet' writes files, too.

Examples:
  atdata sql \"select label, count(*) from '@local/photos' group by label\"
  atdata sql \"select * from 'photos-{000000..000003}.tar' where confidence > 0.9 limit 5\" --json
  atdata sql --table p=photos.tar --table c=captions.tar 'select * from p join c on p.__key__ = c.__key__' -o joined.parquet
  atdata sql --explain \"select count(*) from photos where label = 'cat'\"

Exit codes:
  0  all is well
  1  something is damaged, or cannot be read or found
  2  the command line or the query is wrong";

#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
/// Asks datasets of WebDataset tar shards in SQL
#[derive(Debug, Parser)]
#[command(name = "atdata-sql", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// The query: select label, count(*) from 'photos.tar' group by label
    #[arg(value_name = "SQL")]
    pub(crate) query: String,

    /// Call a dataset by a name: photos=@local/photos. May be given several times
    #[arg(long = "table", value_name = "NAME=DATASET", value_parser = table)]
    pub(crate) tables: Vec<(String, String)>,

    /// How the answer is written; by the ending of -o, else as a table
    #[arg(long, value_enum, conflicts_with = "json")]
    format: Option<Format>,

    /// Print one JSON object a line: --format json
    #[arg(long)]
    json: bool,

    /// Write the answer to this file, which appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Show how the query would be answered: which shards are read, and which columns
    #[arg(long)]
    pub(crate) explain: bool,

    /// The index: sqlite:///path, the path of an SQLite file, redis://host:6379/0 or postgres://user@host/database; by
    /// default that of the variable ATDATA_INDEX, or of this account, ~/.atdata/index.db
    #[arg(long, value_name = "URL")]
    pub(crate) index: Option<String>,

    /// Read files of this machine that a record of the network, or an index of another machine, names
    #[arg(long)]
    pub(crate) allow_files: bool,

    /// Ask private hosts that a record of the network, or an index of another machine, names
    #[arg(long)]
    pub(crate) allow_local: bool,
}

/// A form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table with frames, of which all is in memory
    Table,
    /// Values with commas, names first
    Csv,
    /// One JSON object a line
    Json,
    /// A file of Parquet
    Parquet,
}

impl Cli {
    pub(crate) fn format(&self) -> Format {
        let ending = self.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
        match (self.format, self.json, ending) {
            (Some(format), ..) => format,
            (None, true, _) | (None, _, Some("json" | "jsonl" | "ndjson")) => Format::Json,
            (None, _, Some("csv")) => Format::Csv,
            (None, _, Some("parquet")) => Format::Parquet,
            (None, ..) => Format::Table,
        }
    }
}

fn table(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, reference)) if !name.is_empty() && !reference.is_empty() => {
            Ok((name.to_owned(), reference.to_owned()))
        }
        _ => Err("expected NAME=DATASET, such as photos=@local/photos".to_owned()),
    }
}
