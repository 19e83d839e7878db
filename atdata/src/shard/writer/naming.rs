//! Names of the files of a write.

use std::path::{Path, PathBuf, is_separator};
use std::{fs, io};

use crate::atomic::folder_of;
use crate::error::{Cause, ErrorKind};
use crate::source::expand;

/// Wider numbers than any count.
const MAX_WIDTH: usize = 20;

/// How the shards of one write are called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Naming {
    /// What relative names are relative to; kept apart, for a `%` in it is no pattern.
    folder: PathBuf,
    names: Names,
}

#[derive(Debug, PartialEq, Eq)]
enum Names {
    /// One file, literally.
    One(PathBuf),
    /// `before`, the number padded to `width`, `after`.
    Numbered { before: String, width: usize, after: String },
}

impl Naming {
    /// One file at `path`.
    pub(super) fn one(path: &Path) -> Result<Self, NamingError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let pattern = || path.display().to_string();
        if has_number(&name) {
            return Err(NamingError::NoLimit { pattern: pattern() });
        }
        // Names that stand for themselves, such as `a{x}.tar`, may be those of one file.
        if expand(&name).is_ok_and(|names| !matches!(names.as_slice(), [only] if *only == name)) {
            return Err(NamingError::Many { pattern: pattern() });
        }
        Ok(Names::One(path.into()).into())
    }

    /// Numbered files after the `%` pattern of `path`, or after `path` itself if it has none.
    pub(super) fn numbered(path: &Path) -> Result<Self, NamingError> {
        check_braces(path)?;
        // A folder that is there is called what it is called: it is no pattern, whatever signs are in its name.
        let is_there = |folder: &&Path| folder.to_string_lossy().contains('%') && folder.is_dir();
        let folder = path.ancestors().skip(1).find(is_there).unwrap_or(Path::new(""));
        let pattern = path.strip_prefix(folder).unwrap_or(path);
        let text = pattern.to_str().ok_or_else(|| NamingError::Encoding { path: path.display().to_string() })?;
        let names = if text.contains('%') { numbers_of(text).and_then(check_folder)? } else { before_suffix(text) };
        Ok(Self { folder: folder.into(), names })
    }

    /// The same names, relative ones below `folder`.
    pub(super) fn below(mut self, folder: &Path) -> Self {
        self.folder = folder.join(&self.folder);
        self
    }

    /// The same names, where they can be the URLs of shards: another text would lead to another file, or to none.
    pub(super) fn checked(self) -> Result<Self, NamingError> {
        match self.path(0) {
            path if path.to_str().is_none() => Err(NamingError::Encoding { path: path.display().to_string() }),
            _ => Ok(self),
        }
    }

    /// The pattern as it is told: the name without the folders, `%06d` for the number.
    pub(super) fn told(&self) -> String {
        let name = match &self.names {
            Names::One(path) => path.to_string_lossy().into_owned(),
            Names::Numbered { before, width: 0, after } => format!("{before}%d{after}"),
            Names::Numbered { before, width, after } => format!("{before}%0{width}d{after}"),
        };
        name.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or_default().replace(['\t', '\n', '\r'], " ")
    }

    /// The shards that are there, and their numbers, in order.
    pub(super) fn there(&self) -> io::Result<Vec<(usize, PathBuf)>> {
        let Names::Numbered { before, width, after } = &self.names else { return Ok(Vec::new()) };
        // The number may be in the name of a folder.
        let (folder, stem) = before
            .rsplit_once(is_separator)
            .map_or(("", &**before), |(folder, stem)| (before.get(..=folder.len()).unwrap_or_default(), stem));
        let tail = after.split(is_separator).next().unwrap_or_default();
        let entries = match fs::read_dir(folder_of(&self.folder.join(folder).join("-"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut there = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let digits = name.to_str().and_then(|name| name.strip_prefix(stem)?.strip_suffix(tail));
            let Some(number) = digits.and_then(|digits| digits.parse::<usize>().ok()) else { continue };
            let path = self.path(number);
            if digits == Some(&*format!("{number:0width$}")) && path.exists() {
                there.push((number, path));
            }
        }
        there.sort_unstable();
        Ok(there)
    }

    /// Whether there may be more than one shard.
    pub(super) fn is_numbered(&self) -> bool {
        matches!(self.names, Names::Numbered { .. })
    }

    /// The name of shard `number`, counted from 0.
    pub(super) fn path(&self, number: usize) -> PathBuf {
        match &self.names {
            Names::One(path) => self.folder.join(path),
            Names::Numbered { before, width, after } => self.folder.join(format!("{before}{number:0width$}{after}")),
        }
    }
}

impl From<Names> for Naming {
    fn from(names: Names) -> Self {
        Self { folder: PathBuf::new(), names }
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum NamingError {
    #[error(
        "expected a path in UTF-8, for the URL of the shard is text, found `{path}`: rename the folder or the file"
    )]
    Encoding { path: String },
    #[error("expected `%d`, `%06d` or `%%`, found `{directive}` in `{pattern}`: write `%06d` where the number belongs")]
    Directive { directive: String, pattern: String },
    #[error(
        "expected a name without braces, which are for reading, found `{pattern}`: write `%06d` where the number belongs"
    )]
    Braces { pattern: String },
    #[error(
        "expected the name of one shard, found `{pattern}`, which readers take for several: give the shard another name, or \
         write `%06d` where a number belongs and say how many samples a shard may have, by `max_count` or `max_bytes`"
    )]
    Many { pattern: String },
    #[error(
        "expected the name of one shard, found `{pattern}`, which has the place of a number: say when the next shard begins, by \
         `max_count` or `max_bytes` (the program by --max-count or --max-bytes), or leave the number out"
    )]
    NoLimit { pattern: String },
    #[error("expected one number in the pattern, found `{pattern}` without one: write `%06d` where it belongs")]
    NoNumber { pattern: String },
    #[error(
        "expected a folder that is there, or `%%` for each `%` in its name, found `{folder}`: make it first; where the \
         number belongs into the name of a folder, write its width, as in `%06d`"
    )]
    Folder { folder: String },
    #[error("expected one number in the pattern, found more in `{pattern}`: keep one `%06d`")]
    TwoNumbers { pattern: String },
}

impl Cause for NamingError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// Of the name alone: the folder may be as it is without the caller's doing.
fn check_braces(path: &Path) -> Result<(), NamingError> {
    match path.file_name() {
        Some(name) if name.to_string_lossy().contains(['{', '}']) => {
            Err(NamingError::Braces { pattern: path.display().to_string() })
        }
        _ => Ok(()),
    }
}

/// Whether a name has the place of a number, such as `%06d`; `100%done` has none.
fn has_number(name: &str) -> bool {
    let is_place = |behind: &str| match parse_directive(behind) {
        Some((Directive::Number(width), rest)) => width > 0 || !rest.starts_with(char::is_alphanumeric),
        _ => false,
    };
    name.split('%').skip(1).any(is_place)
}

fn numbers_of(text: &str) -> Result<Names, NamingError> {
    let pattern = || text.to_owned();
    let mut parts = vec![String::new()];
    let mut width = 0;
    let mut rest = text;
    while let Some((literal, directive)) = rest.split_once('%') {
        let Some((found, after)) = parse_directive(directive) else {
            let directive = format!("%{}", directive.chars().take(3).collect::<String>());
            return Err(NamingError::Directive { directive, pattern: pattern() });
        };
        push(&mut parts, literal);
        match found {
            Directive::Percent => push(&mut parts, "%"),
            Directive::Number(digits) => {
                width = digits;
                parts.push(String::new());
            }
        }
        rest = after;
    }
    push(&mut parts, rest);
    match <[String; 2]>::try_from(parts) {
        Ok([before, after]) => Ok(Names::Numbered { before, width, after }),
        Err(parts) if parts.len() < 2 => Err(NamingError::NoNumber { pattern: pattern() }),
        Err(_) => Err(NamingError::TwoNumbers { pattern: pattern() }),
    }
}

/// A name such as `100%done` is that of a folder, and no number in a folder's name.
fn check_folder(names: Names) -> Result<Names, NamingError> {
    match &names {
        Names::Numbered { before, width: 0, after } if after.contains(is_separator) => {
            let folder = |(folder, _): (&str, &str)| format!("{before}%d{folder}");
            let folder = after.rsplit_once(is_separator).map(folder).unwrap_or_default();
            Err(NamingError::Folder { folder })
        }
        _ => Ok(names),
    }
}

fn push(parts: &mut [String], text: &str) {
    if let Some(part) = parts.last_mut() {
        part.push_str(text);
    }
}

enum Directive {
    Percent,
    Number(usize),
}

/// The directive that follows a `%`, and what follows it.
fn parse_directive(text: &str) -> Option<(Directive, &str)> {
    if let Some(rest) = text.strip_prefix('%') {
        return Some((Directive::Percent, rest));
    }
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (width, rest) = text.split_at_checked(digits)?;
    let rest = rest.strip_prefix('d')?;
    if width.is_empty() {
        return Some((Directive::Number(0), rest));
    }
    // Python pads with spaces where the zero is missing; a name with spaces is hardly meant.
    let width = width.strip_prefix('0')?;
    let width = if width.is_empty() { 0 } else { width.parse().ok()? };
    (width <= MAX_WIDTH).then_some((Directive::Number(width), rest))
}

/// `a/x.tar` to `a/x-%06d.tar`, and `a/x.tar.gz` to `a/x-%06d.tar.gz`.
fn before_suffix(text: &str) -> Names {
    let name = text.rfind(std::path::is_separator).map_or(0, |slash| slash + 1);
    let mut at = suffix_start(text, name, text.len());
    let compressed = text.get(at..).is_some_and(|suffix| matches!(suffix, ".gz" | ".bz2" | ".xz" | ".zst" | ".zstd"));
    let tar = suffix_start(text, name, at);
    if compressed && text.get(tar..at) == Some(".tar") {
        at = tar;
    }
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    Names::Numbered { before: format!("{before}-"), width: 6, after: after.into() }
}

/// Where the suffix of `text[name..end]` begins; `end` if it has none, as hidden names and names that end with a dot.
fn suffix_start(text: &str, name: usize, end: usize) -> usize {
    let dot = text.get(name..end).and_then(|name| name.rfind('.')).filter(|&dot| dot > 0);
    dot.map(|dot| name + dot).filter(|&dot| dot + 1 < end).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    fn named(path: &str, number: usize) -> String {
        Naming::numbered(Path::new(path)).unwrap().path(number).to_str().unwrap().to_owned()
    }

    #[test]
    fn numbers_go_before_the_suffix() {
        assert_eq!(named("multi.tar", 0), "multi-000000.tar");
        assert_eq!(named("a.b/multi", 12), "a.b/multi-000012");
        assert_eq!(named("d/x.tar.gz", 3), "d/x-000003.tar.gz");
        assert_eq!(named("x.y.tar.xz", 3), "x.y-000003.tar.xz");
        assert_eq!(named("x.tar.zst", 3), "x-000003.tar.zst");
        assert_eq!(named("x.tgz", 3), "x-000003.tgz");
        assert_eq!(named("x.gz", 3), "x-000003.gz");
        assert_eq!(named(".tar", 3), ".tar-000003");
        assert_eq!(named("x.", 3), "x.-000003");
    }

    #[test]
    fn a_pattern_says_where_the_number_goes() {
        assert_eq!(named("a-%06d.tar", 7), "a-000007.tar");
        assert_eq!(named("a-%d.tar", 7), "a-7.tar");
        assert_eq!(named("a-%02d.tar", 123), "a-123.tar");
        assert_eq!(named("100%%/%03d/a.tar", 1), "100%/001/a.tar");
    }

    #[test]
    fn a_percent_sign_in_the_folder_is_no_pattern() {
        let naming = Naming::numbered(Path::new("out.tar")).unwrap().below(Path::new("/tmp/100%done/x%03d"));
        assert_eq!(naming.path(1), Path::new("/tmp/100%done/x%03d").join("out-000001.tar"));
    }

    #[test]
    fn a_folder_that_is_there_is_no_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let done = folder.path().join("50%off-100%done");
        std::fs::create_dir(&done).unwrap();
        for (pattern, expected) in [("x.tar", "x-000003.tar"), ("x-%02d.tar", "x-03.tar"), ("%%-%d.tar", "%-3.tar")] {
            let naming = Naming::numbered(&done.join(pattern)).unwrap().below(Path::new(""));
            assert_eq!(naming.path(3), done.join(expected));
            // Nor are folders that are to be made in it.
            let naming = Naming::numbered(&done.join("new/er").join(pattern)).unwrap().below(Path::new(""));
            assert_eq!(naming.path(3), done.join("new/er").join(expected));
        }
        let error = Naming::numbered(&done.join("5%off/x.tar")).unwrap_err().to_string();
        assert!(error.contains("`5%off/x.tar`"), "{error}");
    }

    #[test]
    fn a_percent_sign_in_a_folder_that_is_not_there_is_no_number() {
        let message = |path: &str| Naming::numbered(Path::new(path)).unwrap_err().to_string();
        for path in ["no/100%done/x.tar", "no/100%done/x/y.tar", "no/5%0d/x.tar"] {
            assert!(message(path).starts_with("expected a folder that is there"), "{}", message(path));
        }
        assert!(message("no/100%done/x.tar").contains("found `no/100%done`"));
        assert!(message("no/100%done/x-%06d.tar").contains("keep one"));
        assert!(message("no/50%off/x.tar").contains("expected `%d`"));
        assert_eq!(named("no/100%%done/x-%03d.tar", 1), "no/100%done/x-001.tar");
    }

    #[test]
    fn a_range_is_refused_in_the_name_of_one_file_as_well() {
        let error = |name: &str| Naming::one(Path::new(name)).unwrap_err().to_string();
        for name in ["{d}/br-{000000..000003}.tar", "x-{train,test}.tar", "\\{a\\}.tar"] {
            assert!(error(name).contains("which readers take for several"), "{name}");
        }
        for name in ["{0..9}/a.tar", "a{..tar", "a..{b}.tar", "{x}.tar", "a,b.tar"] {
            assert!(Naming::one(Path::new(name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn the_place_of_a_number_is_refused_where_there_is_one_file() {
        for name in ["x-%06d.tar", "x-%d.tar", "%d", "%03dx", "100%%-%d.tar"] {
            let error = Naming::one(Path::new(name)).unwrap_err().to_string();
            assert!(error.contains("has the place of a number") && error.contains("max_count"), "{name}: {error}");
        }
        for name in ["100%done.tar", "a%20b.tar", "%06d/x.tar", "x%6d.tar", "100%.tar", "%%"] {
            assert!(Naming::one(Path::new(name)).is_ok(), "{name}");
        }
    }

    #[test]
    fn new_folders_below_one_that_is_there_are_made() {
        let folder = tempfile::tempdir().unwrap();
        let off = folder.path().join("50%off");
        std::fs::create_dir(&off).unwrap();
        for (pattern, expected) in
            [("new/x-%03d.tar", "new/x-003.tar"), ("a/b/x.tar", "a/b/x-000003.tar"), ("%02d/x.tar", "03/x.tar")]
        {
            let naming = Naming::numbered(&off.join(pattern)).unwrap().below(Path::new(""));
            assert_eq!(naming.path(3), off.join(expected));
        }
    }

    #[test]
    fn braces_are_refused_in_numbered_names() {
        let error = |path: &str| Naming::numbered(Path::new(path)).unwrap_err().to_string();
        assert_eq!(
            error("d/br-{000000..000003}.tar"),
            "expected a name without braces, which are for reading, found `d/br-{000000..000003}.tar`: \
             write `%06d` where the number belongs"
        );
        assert!(error("%d}.tar").contains("without braces"));
        assert_eq!(named("{d}/a-%d.tar", 1), "{d}/a-1.tar");
    }

    #[test]
    fn other_directives_are_named() {
        let message = |path: &str| Naming::numbered(Path::new(path)).unwrap_err().to_string();
        assert_eq!(
            message("a-%s.tar"),
            "expected `%d`, `%06d` or `%%`, found `%s.t` in `a-%s.tar`: write `%06d` where the number belongs"
        );
        for bad in ["a-%", "a-%6d", "a-%6", "a-%099d", "a-%x", "a-% d", "a-%-3d", "a-%0999999999999999999999d"] {
            assert!(message(bad).contains("expected `%d`"), "{bad}");
        }
        assert!(message("100%%.tar").contains("without one"));
        assert!(message("%d-%d.tar").contains("keep one"));
    }
}
