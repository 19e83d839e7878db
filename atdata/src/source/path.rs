//! Paths as people write them, and what only looks like one.

use std::path::{Path, PathBuf};

use crate::error::{Cause, ErrorKind, Printable};
use crate::net::url::split_scheme;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PathError {
    #[error("expected a path, found an empty text")]
    Empty,
    #[error("this is not the path of a file: a URL begins with `{scheme}://`, and a path with a colon with `./`")]
    NoSlashes { scheme: String },
    #[error("a URL of the scheme `{scheme}` names no place on this machine: give a path, or a `file:` URL{}", bucket(.scheme))]
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
    #[error("nothing is written to standard output here: name a file (`./-` if that is its name)")]
    Stream,
    #[error("this names a dataset of an index, and no place: give a path (`./@…` if it is one)")]
    Reference,
    #[error(
        "braces stand for several paths, and one is to be written: `%06d` in a name stands for the numbers of shards, where a limit \
         is set"
    )]
    Braces,
    #[error(
        "in a `file:` URL `%` begins an escaped letter: write `%25` for a `%` in a name, such as `%2506d`, or a path"
    )]
    Number,
    #[error("the home folder of another account is not looked for: write its whole path")]
    OtherHome,
    #[error("this account has no home folder for `~`: set HOME, or write the whole path")]
    NoHome,
}

/// Of buckets that are not written to under their own names, how they are.
fn bucket(scheme: &str) -> &'static str {
    if ["gs", "gcs"].iter().any(|own| scheme.eq_ignore_ascii_case(own)) {
        "; a bucket of Google is written to as `s3://bucket/prefix`, with the endpoint https://storage.googleapis.com and HMAC \
         keys"
    } else {
        ""
    }
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
pub(super) fn before_colon(text: &str) -> Option<String> {
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
    let home = crate::home::home().ok_or(PathError::NoHome)?;
    Ok(Some(home.join(rest.trim_start_matches(slashes))))
}
