//! `atdata barecat create` and `add`.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use atdata::barecat::{CreateOptions, Pattern, Writer};
use atdata::{Error, ErrorKind, Result};
use serde_json::json;

use crate::args::{AddFilesArgs, CreateArgs, FilesArgs};
use crate::console::Console;
use crate::json;
use crate::place::destination;

pub(super) fn create(args: &CreateArgs, console: &mut Console) -> io::Result<()> {
    let mut options = CreateOptions::new().replace(args.force);
    if let Some(limit) = args.shard_size_limit {
        options = options.shard_size_limit(limit);
    }
    put(&args.files, console, |archive| Writer::create_with(archive, &options))
}

pub(super) fn add(args: &AddFilesArgs, console: &mut Console) -> io::Result<()> {
    put(&args.files, console, |archive| match Writer::append(archive) {
        Err(error) if args.create && error.kind() == ErrorKind::NotFound => Writer::create(archive),
        opened => opened,
    })
}

fn put(args: &FilesArgs, console: &mut Console, open: impl FnOnce(&Path) -> Result<Writer>) -> io::Result<()> {
    if args.paths.is_empty() && args.files_from.is_none() {
        console.usage_error(&"there is nothing to add: name files or folders, or a list of them by -T");
        return Ok(());
    }
    let outcome = put_all(args, console, open);
    print_added(outcome, args.json, console)
}

/// Says what was added.
pub(super) fn print_added(
    outcome: Result<atdata::barecat::Added>,
    json: bool,
    console: &mut Console,
) -> io::Result<()> {
    console.progress.clear();
    match outcome {
        Err(error) => {
            console.error(&format_args!("{error:#}"));
            Ok(())
        }
        Ok(added) if json => {
            let line =
                json!({"files": added.files, "dirs": added.dirs, "bytes": added.bytes, "skipped": added.skipped});
            writeln!(console.out(), "{}", json::line(&line))
        }
        Ok(added) => writeln!(console.out(), "{} files of {} bytes were added.", added.files, added.bytes),
    }
}

fn put_all(
    args: &FilesArgs,
    console: &mut Console,
    open: impl FnOnce(&Path) -> Result<Writer>,
) -> Result<atdata::barecat::Added> {
    let listed = listed(args)?;
    let excluded: Vec<Exclude> = args.exclude.iter().map(|pattern| Exclude::new(pattern)).collect();
    let transfer = console.progress.transfer("adding");
    let mut writer = open(&destination(&args.archive)?)?;
    let mut filter = |path: &Path, stored: &str, is_dir: bool| {
        if excluded.iter().any(|exclude| exclude.matches(&normal(stored), is_dir)) {
            return false;
        }
        if !is_dir {
            transfer.add(fs::metadata(path).map_or(0, |found| found.len()));
        }
        true
    };
    for path in args.paths.iter().chain(&listed) {
        let stored = path.to_str().ok_or_else(|| {
            let text = format!("\"{}\" is no UTF-8, which paths of an archive are", path.display());
            Error::new(ErrorKind::InvalidInput, text)
        })?;
        let normal = normal(stored);
        let mut above = normal.match_indices('/').filter_map(|(at, _)| normal.get(..at));
        if above.any(|dir| excluded.iter().any(|exclude| exclude.matches(dir, true))) {
            continue;
        }
        let on_disk = args.directory.as_ref().map_or_else(|| path.clone(), |folder| folder.join(path));
        writer.add_tree(on_disk, stored, &mut filter)?;
    }
    writer.finish()
}

/// The paths of `-T`.
fn listed(args: &FilesArgs) -> Result<Vec<PathBuf>> {
    let Some(from) = &args.files_from else { return Ok(Vec::new()) };
    let mut text = Vec::new();
    if from.as_os_str() == "-" {
        io::stdin().read_to_end(&mut text)?;
    } else {
        text = fs::read(from).map_err(|error| Error::from(error).with_shard(&from.to_string_lossy()))?;
    }
    let text = String::from_utf8(text).map_err(|_| {
        Error::new(ErrorKind::InvalidInput, "the list of paths is no UTF-8, which paths of an archive are")
    })?;
    let end = if args.null { '\0' } else { '\n' };
    Ok(text.split(end).filter(|path| !path.is_empty()).map(PathBuf::from).collect())
}

/// The path as the archive has it.
fn normal(stored: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in stored.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A pattern of what is left out: of names, or with a `/` in it of paths.
pub(super) struct Exclude {
    pattern: Pattern,
    of_names: bool,
    only_dirs: bool,
}

impl Exclude {
    pub(super) fn new(pattern: &str) -> Self {
        let inner = pattern.trim_end_matches('/');
        let of_names = !inner.contains('/');
        // One that does not begin at the root may begin anywhere.
        let whole = match inner.strip_prefix('/') {
            Some(rest) => rest.to_owned(),
            None if of_names => inner.to_owned(),
            None => format!("**/{inner}"),
        };
        Self { pattern: Pattern::new(&whole).hidden(true), of_names, only_dirs: inner.len() < pattern.len() }
    }

    pub(super) fn matches(&self, stored: &str, is_dir: bool) -> bool {
        if self.only_dirs && !is_dir {
            return false;
        }
        let name = stored.rsplit_once('/').map_or(stored, |(_, name)| name);
        self.pattern.matches(if self.of_names { name } else { stored })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_left_out_anywhere_and_paths_where_they_are() {
        for (pattern, path, is_dir, expected) in [
            ("*.tmp", "a/b.tmp", false, true),
            ("*.tmp", "a/.b.tmp", false, true),
            (".git/", "a/.git", true, true),
            (".git/", "a/.git", false, false),
            ("/a/*", "a/b", false, true),
            ("/a/*", "x/a/b", false, false),
            ("a/*", "x/a/b", false, true),
            ("a/**/c", "a/b/b/c", false, true),
        ] {
            assert_eq!(Exclude::new(pattern).matches(path, is_dir), expected, "{pattern} {path}");
        }
        for (path, expected) in [("./a//b/", "a/b"), ("/a/../b", "b"), ("../x", "../x"), (".", "")] {
            assert_eq!(normal(path), expected, "{path}");
        }
    }
}
