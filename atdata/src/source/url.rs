//! What a shard's URL means.

use std::path::PathBuf;

use super::Place;
use crate::error::{Cause, Error, ErrorKind};

#[derive(Debug, thiserror::Error)]
enum UrlError {
    #[error("expected the path or URL of a shard, found an empty string")]
    Empty,
    #[error("{scheme} shards are not read yet: download the file, and give its path")]
    NotYet { scheme: String },
    #[error(
        "`pipe:` runs a shell command, which this library never does: run it yourself and read `-`, standard input"
    )]
    Pipe,
    #[error("the scheme `{scheme}` is not known: give a path, a `file:` URL, or `-` for standard input")]
    Unknown { scheme: String },
    #[error("a `file:` URL names a file of this machine, found one of host `{host}`: write `file:///path`")]
    Host { host: String },
    #[error("expected a path behind `file:`, found none that this system has: write `file:///path`")]
    NoPath,
}

impl Cause for UrlError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotYet { .. } | Self::Pipe | Self::Unknown { .. } => ErrorKind::Unsupported,
            Self::Empty | Self::Host { .. } | Self::NoPath => ErrorKind::InvalidInput,
        }
    }
}

/// Schemes that Python reads, or that stores of datasets use.
const KNOWN: &[&str] = &["http", "https", "s3", "gs", "az", "hf", "at", "ftp", "ftps", "sftp", "scp", "ais", "htgs"];

/// Where the bytes that `url` names are.
pub(super) fn place(url: &str) -> Result<Place, Error> {
    parse(url, cfg!(windows)).map_err(|cause| Error::from(cause).with_shard(&redacted(url)))
}

fn parse(url: &str, windows: bool) -> Result<Place, UrlError> {
    if url.is_empty() {
        return Err(UrlError::Empty);
    }
    if url == "-" {
        return Ok(Place::Stdin);
    }
    let Some((scheme, rest)) = split_scheme(url) else { return Ok(Place::File(url.into())) };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => file_path(rest, windows).map(Place::File),
        "pipe" => Err(UrlError::Pipe),
        // Names such as `run:1.tar` are files.
        _ if !rest.starts_with("//") => Ok(Place::File(url.into())),
        scheme if KNOWN.contains(&scheme) => Err(UrlError::NotYet { scheme: scheme.into() }),
        scheme => Err(UrlError::Unknown { scheme: scheme.into() }),
    }
}

/// Scheme and rest; a single letter is the drive of a Windows path.
fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let mut bytes = scheme.bytes();
    let is_scheme = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (is_scheme && scheme.len() > 1).then_some((scheme, rest))
}

/// The path of a `file:` URL. Unlike in other URLs `?` and `#` are part of the name, for no file has a query.
fn file_path(rest: &str, windows: bool) -> Result<PathBuf, UrlError> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => {
            let (host, _) = rest.split_once('/').ok_or(UrlError::NoPath)?;
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
                return Err(UrlError::Host { host: host.into() });
            }
            rest.get(host.len()..).unwrap_or_default()
        }
        None => rest,
    };
    let path = local_path(percent_decoded(path)).ok_or(UrlError::NoPath)?;
    Ok(if windows { without_slash(path) } else { path })
}

/// `/C:/x` to `C:/x`.
fn without_slash(path: PathBuf) -> PathBuf {
    let text = path.to_string_lossy();
    match text.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => text.get(1..).unwrap_or_default().into(),
        _ => path,
    }
}

/// Bytes after `%XX` is decoded; a `%` without two digits behind it is one.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.split_first_chunk::<2>().filter(|_| byte == b'%');
        let decoded = escaped.and_then(|(digits, after)| Some((hex(*digits)?, after)));
        let (byte, after) = decoded.unwrap_or((byte, after));
        out.push(byte);
        rest = after;
    }
    out
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// `None` for what is no path on this system.
fn local_path(bytes: Vec<u8>) -> Option<PathBuf> {
    if bytes.is_empty() || bytes.contains(&0) {
        return None;
    }
    #[cfg(unix)]
    return Some(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes)));
    #[cfg(not(unix))]
    return String::from_utf8(bytes).ok().map(PathBuf::from);
}

/// `url` as it may be shown: without user, password, query and fragment; of a `pipe:` nothing but the scheme.
pub(crate) fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = split_scheme(url) else { return url.to_owned() };
    if scheme.eq_ignore_ascii_case("pipe") {
        return format!("{scheme}:…");
    }
    let Some(rest) = rest.strip_prefix("//").filter(|_| !scheme.eq_ignore_ascii_case("file")) else {
        return url.to_owned();
    };
    let rest = rest.find(['?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest);
    let authority = rest.find('/').unwrap_or(rest.len());
    let user = rest.get(..authority).and_then(|authority| authority.rfind('@')).map_or(0, |at| at + 1);
    format!("{scheme}://{}", rest.get(user..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    fn file(url: &str) -> PathBuf {
        match parse(url, false).unwrap() {
            Place::File(path) => path,
            Place::Stdin => panic!("{url} is standard input"),
        }
    }

    #[test]
    fn paths_are_taken_as_they_are() {
        for path in ["a.tar", "/a b/c%20.tar", r"C:\x\y.tar", "C:/x.tar", "run:1.tar", "10:00.tar", "./pipe:x", "a?b#c"]
        {
            assert_eq!(file(path), PathBuf::from(path));
        }
        assert_eq!(parse("-", false).unwrap(), Place::Stdin);
        assert!(matches!(parse("", false), Err(UrlError::Empty)));
    }

    #[test]
    fn file_urls_are_decoded() {
        assert_eq!(file("file:///a%20b/100%25/%/%zz.tar"), PathBuf::from("/a b/100%/%/%zz.tar"));
        assert_eq!(file("FILE://localhost/a#b?c"), PathBuf::from("/a#b?c"));
        assert_eq!(file("file:/a"), PathBuf::from("/a"));
        assert_eq!(file("file:a/b"), PathBuf::from("a/b"));
        assert_eq!(file("file:///gr%C3%B6%C3%9Fe"), PathBuf::from("/größe"));
        assert_eq!(file("file:///C:/x"), PathBuf::from("/C:/x"));
        assert_eq!(parse("file:///C:/x", true).unwrap(), Place::File("C:/x".into()));
        for bad in ["file:", "file://", "file://host", "file:///a%00b"] {
            assert!(matches!(parse(bad, false), Err(UrlError::NoPath)), "{bad}");
        }
        assert!(matches!(parse("file://me:pw@host/a", false), Err(UrlError::Host { host }) if host == "host"));
    }

    #[test]
    fn other_schemes_say_what_to_do() {
        let message = |url: &str| {
            let error = place(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            error.to_string()
        };
        assert_eq!(
            message("https://me:pw@host/a.tar?sig=1"),
            "https://host/a.tar: https shards are not read yet: download the file, and give its path"
        );
        assert_eq!(
            message("pipe:curl -H 'Authorization: secret' x"),
            "pipe:…: `pipe:` runs a shell command, which this library never does: run it yourself and read `-`, \
             standard input"
        );
        assert!(message("S3://bucket/a.tar").contains("s3 shards are not read yet"));
        assert!(message("gopher://x/a").contains("the scheme `gopher` is not known"));
    }

    #[test]
    fn secrets_are_left_out() {
        assert_eq!(redacted("https://u:p@h:1/a@b?q#f"), "https://h:1/a@b");
        assert_eq!(redacted("https://u:p@h?q"), "https://h");
        assert_eq!(redacted("https://h/a?x=u@y/z"), "https://h/a");
        assert_eq!(redacted("s3://bucket/a.tar"), "s3://bucket/a.tar");
        assert_eq!(redacted("/data/a?b#c@d.tar"), "/data/a?b#c@d.tar");
        assert_eq!(redacted("file:///a?b"), "file:///a?b");
    }
}
