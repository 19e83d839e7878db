//! Globbing: the paths that a pattern with wildcards fits.

use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::error::LoadError;

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

fn plain(pattern: &str) -> Result<Vec<PathBuf>, LoadError> {
    let paths = glob::glob_with(pattern, MATCHING).map_err(LoadError::Pattern)?;
    let located = |error: glob::GlobError| {
        let folder = error.path().to_owned();
        LoadError::within(&folder, error.into())
    };
    paths.map(|path| path.map_err(located)).collect()
}

/// What fits below `root`. `glob` follows links to folders here, which lead round and round; this does not.
fn walk(root: &Path, rest: &Pattern, into_hidden: bool, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
        for entry in std::fs::read_dir(here).map_err(|error| LoadError::within(here, error))? {
            let entry = entry.map_err(LoadError::Io)?;
            let path = folder.join(entry.file_name());
            if path.strip_prefix(root).is_ok_and(|below| rest.matches_path_with(below, MATCHING)) {
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
