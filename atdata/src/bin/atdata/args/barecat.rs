//! `atdata barecat …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const BARECAT_EXAMPLES: &str = "\
Examples:
  atdata barecat create photos.barecat photos/ -s 50G
  find . -name '*.jpg' -print0 | atdata barecat create photos.barecat -T - -0
  atdata barecat ls -l photos.barecat train/
  atdata barecat verify photos.barecat && atdata barecat extract photos.barecat -C out";

/// Archives of barecat: made, looked into, verified, extracted
#[derive(Debug, Subcommand)]
#[command(after_help = BARECAT_EXAMPLES)]
pub(crate) enum BarecatCommand {
    /// Make an archive of files and folders; it appears whole or not at all
    #[command(visible_alias = "c")]
    Create(CreateArgs),
    /// Add files and folders to an archive
    #[command(visible_alias = "a")]
    Add(AddFilesArgs),
    /// Extract an archive, or parts of it, into a folder
    #[command(visible_alias = "x")]
    Extract(ExtractArgs),
    /// List what is in an archive
    #[command(visible_aliases = ["list", "l", "t"])]
    Ls(BarecatLsArgs),
    /// Write the bytes of files to standard output
    Cat(CatArgs),
    /// Find files and directories by name, type and size
    Find(FindArgs),
    /// Say how many bytes directories have
    Du(DuArgs),
    /// Show directories as a tree
    Tree(TreeArgs),
    /// Hold an archive against its checksums and its index
    Verify(BarecatVerifyArgs),
    /// Remove files, or directories with all that is in them
    #[command(visible_alias = "rm")]
    Remove(RemoveArgs),
    /// Give a file or a directory another path; the directories above that are made
    #[command(visible_alias = "mv")]
    Rename(RenameArgs),
    /// Close the gaps that removed files have left in the shards
    Defrag(DefragArgs),
    /// Put several archives into one
    Merge(BarecatMergeArgs),
    /// Make an archive of a part of one
    Subset(BarecatSubsetArgs),
    /// Give an archive shards of another size; it is as it was until the new ones are whole
    Reshard(BarecatReshardArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// Files and empty directories of it; all of them are removed, or none
    #[arg(required = true)]
    pub(crate) paths: Vec<String>,
    /// Directories with all that is in them
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RenameArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// The path as it is
    pub(crate) old: String,
    /// The path as it is to be; nothing is replaced
    pub(crate) new: String,
}

#[derive(Debug, Args)]
pub(crate) struct DefragArgs {
    /// The archive; not one over tar archives
    pub(crate) archive: PathBuf,
    /// Say only how many bytes are in no file
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where files of archives are copied to, and which.
#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    /// The archive to make
    #[arg(short, long)]
    pub(crate) output: PathBuf,
    /// Bytes that a shard of it may have, such as 50G; K, M, G and T are powers of 1024
    #[arg(short, long, value_name = "SIZE", value_parser = size)]
    pub(crate) shard_size_limit: Option<u64>,
    /// Replace an archive that is there
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Only files whose paths match
    #[arg(long, value_name = "PATTERN")]
    pub(crate) pattern: Option<String>,
    /// Leave out what matches: a name, or with a `/` in it a path of the archive; `**` is any number of directories
    #[arg(short = 'x', long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BarecatMergeArgs {
    /// The archives to read
    #[arg(required = true)]
    pub(crate) archives: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) copy: CopyArgs,
    /// Add to the output if it is there
    #[arg(short, long, conflicts_with = "force")]
    pub(crate) append: bool,
    /// Leave out files whose paths are there already; without it they are an error
    #[arg(long)]
    pub(crate) ignore_duplicates: bool,
    /// Put each archive into a directory of its name, without what is behind the last dot
    #[arg(long)]
    pub(crate) as_subdirs: bool,
    /// A directory that all of it is put into
    #[arg(long, value_name = "PATH")]
    pub(crate) prefix: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BarecatSubsetArgs {
    /// The archive to read
    pub(crate) archive: PathBuf,
    #[command(flatten)]
    pub(crate) copy: CopyArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BarecatReshardArgs {
    /// The archive; not one over tar archives
    pub(crate) archive: PathBuf,
    /// Bytes that a shard may have, such as 50G; K, M, G and T are powers of 1024
    #[arg(short, long, value_name = "SIZE", value_parser = size)]
    pub(crate) shard_size_limit: u64,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is put into an archive.
#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// The archive: its index, beside which its shards are
    pub(crate) archive: PathBuf,
    /// Files and folders, stored by the paths they are given as, without a `/` in front
    pub(crate) paths: Vec<PathBuf>,
    /// A file of paths, one a line; - for standard input
    #[arg(short = 'T', long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,
    /// Paths in it end with a NUL and not with a line
    #[arg(short = '0', long, requires = "files_from")]
    pub(crate) null: bool,
    /// The folder that paths are relative to
    #[arg(short = 'C', long, value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,
    /// Leave out what matches: a name, or with a `/` in it a path of the archive; `**` is any number of directories
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    #[command(flatten)]
    pub(crate) files: FilesArgs,
    /// Bytes that a shard may have, such as 50G; K, M, G and T are powers of 1024
    #[arg(short, long, value_name = "SIZE", value_parser = size)]
    pub(crate) shard_size_limit: Option<u64>,
    /// Replace an archive that is there
    #[arg(short, long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AddFilesArgs {
    #[command(flatten)]
    pub(crate) files: FilesArgs,
    /// Make the archive if there is none
    #[arg(short, long)]
    pub(crate) create: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// Files and directories of the archive; by default all
    pub(crate) paths: Vec<String>,
    /// The folder to extract to, made if it is not there
    #[arg(short = 'C', long, value_name = "DIR", default_value = ".")]
    pub(crate) directory: PathBuf,
    /// Extract only files whose paths match
    #[arg(long, value_name = "PATTERN")]
    pub(crate) pattern: Option<String>,
    /// Replace files that are there
    #[arg(short, long)]
    pub(crate) force: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BarecatLsArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// Files, directories or patterns; by default the root
    pub(crate) paths: Vec<String>,
    /// With modes, sizes and times
    #[arg(short = 'l', long)]
    pub(crate) long: bool,
    /// With all that is below
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,
    /// Print one JSON object a line
    #[arg(long, alias = "jsonl")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CatArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// Files of it
    #[arg(required = true)]
    pub(crate) paths: Vec<String>,
}

const FIND_EXAMPLES: &str = "\
As find has them, -name and the others may be written with one dash.

Examples:
  atdata barecat find photos.barecat -name '*.jpg' -size +1M
  atdata barecat find photos.barecat train -type d -maxdepth 1";

#[derive(Debug, Args)]
#[command(after_help = FIND_EXAMPLES)]
pub(crate) struct FindArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// The directory to look in
    #[arg(default_value = "")]
    pub(crate) path: String,
    /// A pattern of names
    #[arg(long, value_name = "PATTERN")]
    pub(crate) name: Option<String>,
    /// A pattern of whole paths, in which `*` is any characters, `/` among them
    #[arg(long, value_name = "PATTERN", visible_alias = "wholename")]
    pub(crate) path_pattern: Option<String>,
    /// f for files, d for directories
    #[arg(long, value_name = "TYPE", value_parser = ["f", "d"])]
    pub(crate) r#type: Option<String>,
    /// A size: +1M for more, -1M for less; without K, M, G, T or c in blocks of 512 bytes
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true, value_parser = size_test)]
    pub(crate) size: Option<SizeTest>,
    /// How many directories down
    #[arg(long, value_name = "N")]
    pub(crate) maxdepth: Option<usize>,
    /// End each path with a NUL
    #[arg(long)]
    pub(crate) print0: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct DuArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// Directories or files; by default the root
    pub(crate) paths: Vec<String>,
    /// Files as well
    #[arg(short, long)]
    pub(crate) all: bool,
    /// Only the sum of each
    #[arg(short, long, conflicts_with_all = ["all", "max_depth"])]
    pub(crate) summarize: bool,
    /// Sizes for people, in powers of 1024
    #[arg(short = 'H', long)]
    pub(crate) human_readable: bool,
    /// How many directories down
    #[arg(short = 'd', long, value_name = "N")]
    pub(crate) max_depth: Option<usize>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// The directory
    #[arg(default_value = "")]
    pub(crate) path: String,
    /// How many directories down
    #[arg(short = 'L', long, value_name = "N")]
    pub(crate) level: Option<usize>,
    /// Directories alone
    #[arg(short, long)]
    pub(crate) dirs: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BarecatVerifyArgs {
    /// The archive
    pub(crate) archive: PathBuf,
    /// Read the bytes of the last file alone, in place of those of all
    #[arg(long)]
    pub(crate) quick: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `-size` asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SizeTest {
    order: std::cmp::Ordering,
    count: u64,
    unit: u64,
}

impl SizeTest {
    /// Sizes are rounded up to whole units, as find does.
    pub(crate) fn is_met(self, size: u64) -> bool {
        size.div_ceil(self.unit).cmp(&self.count) == self.order
    }
}

/// find's options have one dash.
pub(crate) fn with_two_dashes(args: impl Iterator<Item = std::ffi::OsString>) -> Vec<std::ffi::OsString> {
    let mut args: Vec<_> = args.collect();
    let begin = args.iter().position(|arg| arg == "barecat").map(|at| at + 1);
    if let Some(begin) = begin.filter(|begin| args.get(*begin).is_some_and(|arg| arg == "find")) {
        for arg in args.iter_mut().skip(begin) {
            let replaced = match arg.to_str() {
                Some("-path" | "-wholename") => "--path-pattern",
                Some("-name") => "--name",
                Some("-type") => "--type",
                Some("-size") => "--size",
                Some("-maxdepth") => "--maxdepth",
                Some("-print0") => "--print0",
                _ => continue,
            };
            *arg = replaced.into();
        }
    }
    args
}

fn unit(letter: char) -> Option<u64> {
    Some(match letter.to_ascii_uppercase() {
        'K' => 1 << 10,
        'M' => 1 << 20,
        'G' => 1 << 30,
        'T' => 1 << 40,
        _ => return None,
    })
}

fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("expected a number of bytes such as 1000000 or 50G, found \"{text}\"");
    let (digits, unit) = match text.chars().last().and_then(unit) {
        Some(unit) => (text.get(..text.len() - 1).unwrap_or_default(), unit),
        None => (text, 1),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count.checked_mul(unit).filter(|size| *size > 0).ok_or_else(wrong)
}

fn size_test(text: &str) -> Result<SizeTest, String> {
    let wrong = || format!("expected a size such as +1M, -100k or 5c, found \"{text}\"");
    let (order, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (std::cmp::Ordering::Greater, rest),
        Some(("-", rest)) => (std::cmp::Ordering::Less, rest),
        _ => (std::cmp::Ordering::Equal, text),
    };
    let (digits, unit) = match rest.chars().last() {
        Some('c') => (rest.trim_end_matches('c'), 1),
        Some(letter) if unit(letter).is_some() => {
            (rest.get(..rest.len() - 1).unwrap_or_default(), unit(letter).unwrap_or(1))
        }
        _ => (rest, 512),
    };
    Ok(SizeTest { order, count: digits.parse().map_err(|_| wrong())?, unit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!((size("50G"), size("7"), size("1k")), (Ok(50 << 30), Ok(7), Ok(1024)));
        for wrong in ["", "G", "-1", "0", "1.5G", "99999999999999999T", "é"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_are_compared_as_find_does() {
        let is_met = |test: &str, size| size_test(test).unwrap().is_met(size);
        assert!(is_met("+1M", (1 << 20) + 1) && !is_met("+1M", 1 << 20) && is_met("1M", 1));
        assert!(is_met("-2", 512) && is_met("5c", 5) && !is_met("-1M", 1) && is_met("-1M", 0));
        assert!(size_test("+").is_err() && size_test("x").is_err());
    }

    #[test]
    fn one_dash_is_enough_for_find() {
        let two = |args: &[&str]| with_two_dashes(args.iter().map(std::ffi::OsString::from));
        assert_eq!(
            two(&["atdata", "barecat", "find", "a", "-name", "b"]),
            ["atdata", "barecat", "find", "a", "--name", "b"]
        );
        assert_eq!(two(&["atdata", "barecat", "ls", "-name"]), ["atdata", "barecat", "ls", "-name"]);
    }
}
