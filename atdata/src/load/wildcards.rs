//! Globbing: the paths that a pattern with wildcards fits.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::error::LoadError;
use super::names::WILDCARDS;

/// Like a shell: `*` stops at a slash, and does not begin with a dot, as unfinished files and those of macOS do.
pub(super) const MATCHING: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// In no order.
pub(super) fn matches(pattern: &str) -> Result<Vec<PathBuf>, LoadError> {
    let slash = |c: char| c == '/' || (cfg!(windows) && c == '\\');
    let parts: Vec<&str> = pattern.split(slash).collect();
    let Some(recursive) = parts.iter().position(|part| *part == "**") else { return plain(pattern) };
    let behind = parts.get(recursive..).unwrap_or_default().join("/");
    let rest = Pattern::new(&behind).map_err(LoadError::Pattern)?;
    let before = pattern.get(..parts.iter().take(recursive).map(|part| part.len() + 1).sum()).unwrap_or_default();
    let roots = if before.is_empty() { vec![PathBuf::new()] } else { plain(before)? };
    let mut found = Vec::new();
    for root in roots {
        walk(&root, &rest, behind.contains("/."), &mut found)?;
    }
    Ok(found)
}

/// Part by part. `glob` itself panics where a folder has a name that is no text; such names are matched as they are shown.
fn plain(pattern: &str) -> Result<Vec<PathBuf>, LoadError> {
    Pattern::new(pattern).map_err(LoadError::Pattern)?;
    let mut found = vec![PathBuf::new()];
    for part in Path::new(pattern).components() {
        let text = part.as_os_str().to_string_lossy();
        found = match part {
            Component::CurDir => found,
            Component::Normal(_) if text.contains(WILDCARDS) => {
                let part = Pattern::new(&text).map_err(LoadError::Pattern)?;
                let folders = found.iter().filter(|folder| here(folder).is_dir());
                folders.map(|folder| within(folder, &part)).collect::<Result<Vec<_>, _>>()?.concat()
            }
            part => found.iter().filter_map(|folder| below(folder, part)).collect::<Result<_, _>>()?,
        };
    }
    if pattern.ends_with(std::path::is_separator) {
        found.retain(|path| path.is_dir());
    }
    Ok(found)
}

/// What has that name in a folder, if anything has.
fn below(folder: &Path, part: Component<'_>) -> Option<Result<PathBuf, LoadError>> {
    let path = folder.join(part);
    match std::fs::metadata(&path) {
        Ok(_) => Some(Ok(path)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        Err(error) => Some(Err(LoadError::within(here(folder), error))),
    }
}

/// What in a folder fits.
fn within(folder: &Path, part: &Pattern) -> Result<Vec<PathBuf>, LoadError> {
    let located = |error| LoadError::within(here(folder), error);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(here(folder)).map_err(located)? {
        let name = entry.map_err(located)?.file_name();
        if part.matches_with(&name.to_string_lossy(), MATCHING) {
            found.push(folder.join(name));
        }
    }
    Ok(found)
}

/// A folder to look into, which without a name is the current one.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// What fits below `root`. `glob` follows links to folders here, which lead round and round; this does not.
fn walk(root: &Path, rest: &Pattern, into_hidden: bool, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(here(&folder)).map_err(|error| LoadError::within(here(&folder), error))? {
            let entry = entry.map_err(LoadError::Io)?;
            let path = folder.join(entry.file_name());
            if path.strip_prefix(root).is_ok_and(|below| rest.matches_with(&below.to_string_lossy(), MATCHING)) {
                found.push(path.clone());
            }
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if entry.file_type().map_err(LoadError::Io)?.is_dir() && (into_hidden || !is_hidden) {
                folders.push(path);
            }
        }
    }
    Ok(())
}
