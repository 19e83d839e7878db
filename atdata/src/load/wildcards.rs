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
    let (mut found, mut is_met) = (vec![PathBuf::new()], false);
    for part in Path::new(pattern).components() {
        let text = part.as_os_str().to_string_lossy();
        let is_wild = matches!(part, Component::Normal(_)) && text.contains(WILDCARDS);
        found = match part {
            Component::CurDir => found,
            _ if is_wild => {
                let part = Pattern::new(&text).map_err(LoadError::Pattern)?;
                let folders = found.iter().filter(|folder| here(folder).is_dir());
                folders.map(|folder| within(folder, &part)).collect::<Result<Vec<_>, _>>()?.concat()
            }
            part => found.iter().filter_map(|folder| below(folder, part, is_met)).collect::<Result<_, _>>()?,
        };
        is_met = is_wild || (is_met && part == Component::CurDir);
    }
    if pattern.ends_with(std::path::is_separator) {
        found.retain(|path| path.is_dir());
    }
    Ok(found)
}

/// What has that name in a folder, if anything has; `is_met` is a folder that nobody named, which a wildcard met.
fn below(folder: &Path, part: Component<'_>, is_met: bool) -> Option<Result<PathBuf, LoadError>> {
    let path = folder.join(part);
    match std::fs::metadata(&path) {
        Ok(_) => Some(Ok(path)),
        // A link that leads nowhere has the name, and is an error once it is opened: without it samples would be lost silently.
        Err(_) if path.is_symlink() => Some(Ok(path)),
        Err(error) if is_passed_over(&error, is_met) => {
            if error.kind() == ErrorKind::PermissionDenied {
                log::warn!("{}: passed over, for nobody may look there: {error}", here(folder).display());
            }
            None
        }
        Err(error) => Some(Err(LoadError::within(here(folder), error))),
    }
}

/// Whether that is no reason not to go on: nothing is there, or in a folder beside those that are meant, such as `lost+found`, nobody
/// may look.
fn is_passed_over(error: &std::io::Error, is_met: bool) -> bool {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => true,
        ErrorKind::PermissionDenied => is_met,
        _ => is_round(error),
    }
}

/// Whether links lead round and round.
#[cfg(unix)]
fn is_round(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

#[cfg(not(unix))]
fn is_round(_: &std::io::Error) -> bool {
    false
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn who_may_not_look_is_told_of_what_was_named() {
        let error = |kind: ErrorKind| std::io::Error::from(kind);
        assert!(is_passed_over(&error(ErrorKind::PermissionDenied), true));
        assert!(!is_passed_over(&error(ErrorKind::PermissionDenied), false));
        assert!(
            is_passed_over(&error(ErrorKind::NotFound), false) && !is_passed_over(&error(ErrorKind::TimedOut), true)
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_nowhere_are_there_and_have_nothing_in_them() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["a", "b", "c"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        std::fs::write(root.join("a/train.tar"), "").unwrap();
        symlink("gone", root.join("b/train.tar")).unwrap();
        symlink("train.tar", root.join("c/train.tar")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("gone", root.join("nowhere")).unwrap();
        let mut found = matches(root.join("*/train.tar").to_str().unwrap()).unwrap();
        found.sort();
        assert_eq!(found, ["a", "b", "c"].map(|name| root.join(name).join("train.tar")));
    }
}
