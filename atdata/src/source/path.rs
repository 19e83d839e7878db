//! Paths as people write them, and what only looks like one.

use std::path::{Path, PathBuf};

use super::Place;
use super::url::place;
use crate::error::{Cause, Error, ErrorKind, Printable, Result};
use crate::net::url::{redacted, split_scheme};

#[derive(Debug, thiserror::Error)]
pub(crate) enum PathError {
    #[error("expected a path, found an empty text")]
    Empty,
    #[error("this is not the path of a file: a URL begins with `{scheme}://`, and a path with a colon with `./`")]
    NoSlashes { scheme: String },
    #[error("a URL of the scheme `{scheme}` names no place on this machine: give a path, or a `file:` URL")]
    Url { scheme: String },
    #[error(
        "`{}` reads as an address of another machine: give a path of this one (`./…` if it is one), or the URL of a server \
         (`redis://host:6379/0`, `postgres://user@host/database`, `s3://bucket/prefix`)",
        Printable(.address)
    )]
    Machine { address: String },
    #[error(
        "shards are given one by one, or by a pattern such as `data-{{000000..000009}}.tar`, and not joined by `::`"
    )]
    Joined,
    #[error("the home folder of another account is not looked for: write its whole path")]
    OtherHome,
    #[error("this account has no home folder for `~`: set HOME, or write the whole path")]
    NoHome,
}

impl Cause for PathError {
    fn kind(&self) -> ErrorKind {
        if matches!(self, Self::NoHome) { ErrorKind::NotFound } else { ErrorKind::InvalidInput }
    }
}

/// Schemes that no path begins with, but who leaves out the slashes of a URL.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "s3",
    "s3a",
    "s3n",
    "gs",
    "gcs",
    "az",
    "abfs",
    "abfss",
    "hdfs",
    "hf",
    "ftp",
    "ftps",
    "sftp",
    "scp",
    "ssh",
    "at",
    "atdata",
    "redis",
    "rediss",
    "unix",
    "postgres",
    "postgresql",
    "mysql",
    "sqlite",
    "ais",
    "htgs",
    "data",
];

/// The path that a text names where something is to be written: a path as it is, with the home folder for a `~` at its
/// beginning, or that of a `file:` URL.
///
/// What looks like the URL of a server, or like an address of another machine, is refused: a file or folder of that name
/// would be made where nobody looks for it. One that exists is meant, whatever its name; `./redis:x` is a path.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput), with what to write.
pub fn path_to_write(text: &str) -> Result<PathBuf> {
    let located = |cause: PathError| Error::from(cause).with_shard(&redacted(text));
    if Path::new(text).exists() {
        return Ok(text.into());
    }
    if split_scheme(text).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("file"))
        && let Place::File(path) = place(text)?
    {
        return Ok(path);
    }
    check(text).map_err(located)?;
    if let Some((scheme, rest)) = split_scheme(text)
        && rest.starts_with("//")
    {
        return Err(located(PathError::Url { scheme: scheme.to_owned() }));
    }
    if let Some(address) = before_colon(text) {
        return Err(located(PathError::Machine { address }));
    }
    at_home(text).map(|home| home.unwrap_or_else(|| text.into())).map_err(located)
}

/// Refuses what is not meant as a path, be it to read or to write, and does not exist.
pub(crate) fn check(text: &str) -> Result<(), PathError> {
    if text.is_empty() {
        return Err(PathError::Empty);
    }
    if text.contains("::") && !Path::new(text).exists() {
        return Err(PathError::Joined);
    }
    if let Some((scheme, rest)) = split_scheme(text)
        && !rest.starts_with("//")
        && SCHEMES.contains(&scheme.to_ascii_lowercase().as_str())
        && !Path::new(text).exists()
    {
        return Err(PathError::NoSlashes { scheme: scheme.to_ascii_lowercase() });
    }
    match before_colon(text) {
        Some(address) if address.contains('@') && !Path::new(text).exists() => Err(PathError::Machine { address }),
        _ => Ok(()),
    }
}

/// What stands before a colon in the first part of a path, as far as it holds no secret; a letter alone is a drive.
fn before_colon(text: &str) -> Option<String> {
    let first = text.split(['/', '\\']).next().unwrap_or_default();
    let (before, _) = first.split_once(':')?;
    let host = before.rsplit_once('@').map_or(before, |(_, host)| host);
    let shown = if before.contains('@') { format!("…@{host}:") } else { format!("{host}:") };
    (before.len() > 1).then_some(shown)
}

/// The path with the home folder for a `~` at its beginning; `None` where there is none.
pub(crate) fn at_home(text: &str) -> Result<Option<PathBuf>, PathError> {
    let Some(rest) = text.strip_prefix('~').filter(|_| !Path::new(text).exists()) else { return Ok(None) };
    let slashes: &[char] = if cfg!(windows) { &['/', '\\'] } else { &['/'] };
    if !rest.is_empty() && !rest.starts_with(slashes) {
        return Err(PathError::OtherHome);
    }
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty()).ok_or(PathError::NoHome)?;
    Ok(Some(home.join(rest.trim_start_matches(slashes))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_path_is_taken_as_it_was_meant() {
        for (text, path) in [
            ("data/x", "data/x"),
            ("/data/x y%20", "/data/x y%20"),
            ("file:///data/a%20b", "/data/a b"),
            ("file:a/b", "a/b"),
            ("./redis:x", "./redis:x"),
            ("./me@host:/x", "./me@host:/x"),
            ("a/b:c", "a/b:c"),
        ] {
            assert_eq!(path_to_write(text).unwrap(), PathBuf::from(path), "{text}");
        }
        let home = std::env::home_dir().unwrap();
        assert_eq!(path_to_write("~/x").unwrap(), home.join("x"));
        assert_eq!(path_to_write("~").unwrap(), home);
    }

    #[test]
    fn what_only_looks_like_a_path_is_refused_with_what_to_write() {
        for (text, part) in [
            ("", "expected a path"),
            ("s3:/bucket/x", "`s3://`"),
            ("s3:bucket/x", "`s3://`"),
            ("redis:host:6379", "`redis://`"),
            ("https:/host/x", "`https://`"),
            ("me@host:/d", "…@host:"),
            ("me:hunter2@host:/d", "another machine"),
            ("localhost:6379", "redis://host:6379/0"),
            ("hdfs://host/x", "names no place on this machine"),
            ("a.tar::b.tar", "one by one"),
            ("~somebody/x", "whole path"),
        ] {
            let error = path_to_write(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
            let message = format!("{error:#}");
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn what_exists_is_meant_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s3:x::y");
        std::fs::write(&path, "").unwrap();
        assert_eq!(path_to_write(path.to_str().unwrap()).unwrap(), path);
    }
}
