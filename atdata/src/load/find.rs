//! Resolving a path: from the text that names a dataset to the shards that it stands for.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(feature = "s3")]
use super::bucket;
use super::error::{LoadError, beside, what_is_in};
use super::names::{WILDCARDS, is_shard_name};
use super::{split, wildcards};
use crate::atomic::{folder_of as folder_of_file, irregular, warn_of_unfinished};
use crate::error::{Printable, Result};
use crate::net::url::{redacted, split_scheme};
use crate::source::{ReadOptions, Shard, expand_stored};
use crate::store::is_sidecar;

/// Shards of a split.
pub(super) type Group = (String, Vec<Shard>);

/// The shards that `text` stands for, by split, each in order of its first shard.
pub(super) fn splits(text: &str, options: &ReadOptions) -> Result<Vec<Group>> {
    Ok(grouped(found(text, options)?))
}

/// The shards that `text` stands for, in order.
pub(super) fn shards(text: &str, options: &ReadOptions) -> Result<Vec<Shard>> {
    Ok(found(text, options)?.into_iter().map(|found| found.shard).collect())
}

/// Whether each of the names that a text stands for is that of a file or an object, to the letter.
pub(super) fn is_plain(text: &str) -> bool {
    let is_one = |name: &String| {
        #[cfg(feature = "s3")]
        if bucket::is_open(name) {
            return false;
        }
        // A `file:` URL may be that of a folder as well.
        let of_url = if has_scheme(name, "file") { Shard::from_url(name).ok() } else { None };
        let path = of_url.as_ref().and_then(Shard::path).unwrap_or(Path::new(name));
        path.is_file() || !(name.starts_with('~') || name.contains(WILDCARDS) || path.is_dir())
    };
    !text.is_empty() && crate::source::expand(text).is_ok_and(|names| names.iter().all(is_one))
}

/// A shard, and what its path says.
struct Found {
    shard: Shard,
    /// The path below what was given: folders above it do not decide what is in them.
    inner: String,
    /// The path with that part of what was given that counts where the inner one says nothing.
    outer: String,
}

fn grouped(found: Vec<Found>) -> Vec<Group> {
    let named = found.iter().any(|found| split::detect(&found.inner).is_some());
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for Found { shard, inner, outer } in found {
        let split = split::detect(if named { &inner } else { &outer }).unwrap_or(split::DEFAULT);
        let place = *places.entry(split).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, shards)) => shards.push(shard),
            None => groups.push((split.to_owned(), vec![shard])),
        }
    }
    groups
}

fn found(text: &str, options: &ReadOptions) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let root = text.find(['{', '*', '?', '[']).and_then(|at| text.get(..at)).map(folder_of);
    for name in expand_stored(text)? {
        let root_of = root.unwrap_or_else(|| folder_of(&name)).to_owned();
        let finder = Finder { root: root_of, options, found: &mut found };
        finder.name(&name, root.is_none()).map_err(|error| error.with_shard(&redacted(&name)))?;
    }
    Ok(found)
}

/// Up to the last slash; on Windows a backslash is one.
fn folder_of(text: &str) -> &str {
    let slashes: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    text.rfind(slashes).and_then(|end| text.get(..=end)).unwrap_or_default()
}

struct Finder<'a> {
    /// What was given before the first brace or wildcard, or the folder of a plain name.
    root: String,
    /// For servers that are asked what they have.
    #[cfg_attr(not(feature = "s3"), expect(dead_code))]
    options: &'a ReadOptions,
    found: &'a mut Vec<Found>,
}

impl Finder<'_> {
    /// A name in which no brace is left; if it is plain, what is in a folder lies below that folder.
    fn name(mut self, name: &str, is_plain: bool) -> Result<()> {
        #[cfg(feature = "s3")]
        if bucket::is_open(name) {
            return self.bucket(name);
        }
        let shard = Shard::from_url(name)?;
        let Some(path) = shard.path().map(Path::to_owned) else { return self.remote(shard, name) };
        let (path, pattern) =
            if split_scheme(name).is_none() { at_home(Path::new(name))? } else { (path.clone(), path) };
        self.root = at_home(Path::new(&self.root))?.0.to_string_lossy().into_owned();
        match std::fs::metadata(&path) {
            Ok(data) if data.is_dir() => {
                if is_plain {
                    self.root = path.to_string_lossy().into_owned();
                }
                self.folder(&path)
            }
            Ok(_) => {
                self.push_path(path);
                Ok(())
            }
            Err(_) if path.to_string_lossy().contains(WILDCARDS) => self.pattern(&path, &pattern),
            Err(error) if is_missing(&error) => Err(LoadError::Missing { beside: beside(&path) }.into()),
            Err(error) => Err(LoadError::Io(error).into()),
        }
    }

    #[cfg(feature = "s3")]
    fn bucket(&mut self, url: &str) -> Result<()> {
        for url in bucket::find(url, self.options)? {
            self.push(Shard::from_url(&url)?, &url);
        }
        Ok(())
    }

    fn remote(&mut self, shard: Shard, url: &str) -> Result<()> {
        // A key in S3 may have any character; elsewhere a query may.
        let end = url.find(['?', '#']).filter(|_| !has_scheme(url, "s3")).unwrap_or(url.len());
        let path = url.get(..end).unwrap_or_default();
        if path.contains('*') {
            return Err(LoadError::Wildcard.into());
        }
        self.push(shard, path);
        Ok(())
    }

    fn folder(&mut self, folder: &Path) -> Result<()> {
        let mut shards = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(LoadError::Io)? {
            let path = entry.map_err(LoadError::Io)?.path();
            if is_shard(&path) && !path.is_dir() {
                shards.push(path);
            }
        }
        if shards.is_empty() {
            return Err(LoadError::EmptyFolder { found: hint(folder) }.into());
        }
        warn_of_unfinished(folder);
        shards.sort();
        check_regular(&shards)?;
        for path in shards {
            self.push_path(path);
        }
        Ok(())
    }

    fn pattern(&mut self, path: &Path, pattern: &Path) -> Result<()> {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for path in wildcards::matches(&pattern.to_string_lossy())? {
            if path.is_dir() {
                folders.push(path);
            } else if !is_sidecar(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            let beside = match folders.first() {
                Some(folder) => format!("\"{}\" does, and is a folder", Printable(&folder.to_string_lossy())),
                None => beside(path),
            };
            return Err(LoadError::NoMatch { beside }.into());
        }
        files.sort();
        check_regular(&files)?;
        let folders: BTreeSet<_> = files.iter().map(|path| folder_of_file(path)).collect();
        folders.into_iter().for_each(warn_of_unfinished);
        for path in files {
            self.push_path(path);
        }
        Ok(())
    }

    fn push_path(&mut self, path: PathBuf) {
        let text = path.to_string_lossy().into_owned();
        self.push(Shard::from_path(path), &text);
    }

    fn push(&mut self, shard: Shard, text: &str) {
        let (root, text) = (Written::of(&self.root), Written::of(text));
        let depth = root.parts.len();
        // Of a relative path and a URL all was given on purpose; an absolute path begins where the machine does.
        let outer = if root.is_absolute { depth.saturating_sub(1) } else { 0 };
        self.found.push(Found { shard, inner: text.below(depth), outer: text.below(outer) });
    }
}

/// The parts of a path as it was written, without scheme and host.
struct Written<'a> {
    parts: Vec<&'a str>,
    is_absolute: bool,
}

impl<'a> Written<'a> {
    fn of(text: &'a str) -> Self {
        let (path, is_url) = match split_scheme(text) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => (rest, false),
            Some((_, rest)) => match rest.strip_prefix("//") {
                Some(rest) => (rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(), true),
                None => (text, false),
            },
            None => (text, false),
        };
        let slashes: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
        let parts = path.split(slashes).filter(|part| !matches!(*part, "" | ".")).collect();
        let is_absolute = !is_url && (Path::new(path).is_absolute() || path.starts_with(['/', '~']));
        Self { parts, is_absolute }
    }

    fn below(&self, depth: usize) -> String {
        self.parts.get(depth..).unwrap_or_default().join("/")
    }
}

fn has_scheme(url: &str, scheme: &str) -> bool {
    split_scheme(url).is_some_and(|(found, _)| found.eq_ignore_ascii_case(scheme))
}

/// `path`, and the same as a pattern, with the home folder for a `~` at its beginning.
fn at_home(path: &Path) -> Result<(PathBuf, PathBuf)> {
    let Ok(rest) = path.strip_prefix("~") else { return Ok((path.into(), path.into())) };
    let home = crate::home::home().ok_or(LoadError::NoHome)?;
    let pattern = PathBuf::from(glob::Pattern::escape(&home.to_string_lossy()));
    Ok((home.join(rest), pattern.join(rest)))
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn is_shard(path: &Path) -> bool {
    is_shard_name(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether all of what was found are files: nobody has asked for a pipe by a pattern.
fn check_regular(found: &[PathBuf]) -> Result<(), LoadError> {
    let pipe = found.iter().find_map(|path| irregular(path).map(|found| (path, found)));
    pipe.map_or(Ok(()), |(path, found)| Err(LoadError::Irregular { path: path.clone(), found }))
}

/// What to write instead of a folder without shards.
fn hint(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let has_shards = |folder: PathBuf| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).any(|path| is_shard(&path))
    };
    if entries.into_iter().any(has_shards) {
        return format!("for those in its folders write \"{}\"", folder.join("**").join("*.tar").display());
    }
    what_is_in(folder, ".tar")
}
