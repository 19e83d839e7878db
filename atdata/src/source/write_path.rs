//! Destinations: the path that a text names where something is to be written.

use std::path::{Path, PathBuf};

use super::Place;
use super::braces::expand;
use super::path::{PathError, at_home, before_colon, check};
use super::url::place;
use crate::error::Error;
use crate::net::url::{redacted, split_scheme};

/// The path that a text names where something is to be written: a path as it is, with the home folder for a `~` at its
/// beginning, or that of a `file:` URL.
///
/// What looks like the URL of a server, or like an address of another machine, is refused: a file or folder of that name
/// would be made where nobody looks for it. One that exists is meant, whatever its name; `./redis:x` is a path.
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput), with what to write.
pub fn path_to_write(text: &str) -> crate::error::Result<PathBuf> {
    let located = |cause: PathError| Error::from(cause).with_shard(&redacted(text));
    if Path::new(text).exists() {
        return Ok(text.into());
    }
    if split_scheme(text).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("file"))
        && let Place::File(path) = place(text)?
    {
        if has_number(text) {
            return Err(located(PathError::Number));
        }
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
    refuse_others(text).map_err(located)?;
    at_home(text).map(|home| home.unwrap_or_else(|| text.into())).map_err(located)
}

/// Whether the number of a shard seems to be meant in the name of a file, as in `%06d`: in a URL that is an escaped letter that hardly a name has, and a `d`,
/// or one letter such as `%6d`. `%20d` is a blank before a `d`, and `%2506d` the number itself.
fn has_number(url: &str) -> bool {
    let name = url.rsplit('/').next().unwrap_or(url);
    name.split('%').skip(1).any(|behind| {
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let is_escape = digits > 1 && behind.starts_with(['2', '3', '4', '5', '6', '7', '8', '9']);
        digits > 0 && behind.as_bytes().get(digits) == Some(&b'd') && !is_escape
    })
}

/// What names shards to read, and would become a file of that very name.
fn refuse_others(text: &str) -> Result<(), PathError> {
    if text == "-" {
        return Err(PathError::Stream);
    }
    if text.starts_with('@') && text.contains('/') {
        return Err(PathError::Reference);
    }
    match expand(text) {
        Ok(paths) if paths.len() > 1 => Err(PathError::Braces),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_path_is_taken_as_it_was_meant() {
        for (text, path) in [
            ("data/x", "data/x"),
            ("/data/x y%20", "/data/x y%20"),
            ("file:///data/a%20b", "/data/a b"),
            ("file:a/b", "a/b"),
            ("file:x-%2506d.tar", "x-%06d.tar"),
            ("file:x-%d.tar", "x-%d.tar"),
            ("file:x%0Ay.tar", "x\ny.tar"),
            ("file:x%20data.tar", "x data.tar"),
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
            ("gs://bucket/x", "as `s3://bucket/prefix`"),
            ("a.tar::b.tar", "one by one"),
            ("~somebody/x", "whole path"),
            ("-", "standard output"),
            ("@local/x", "a dataset of an index"),
            ("x{1,2}.tar", "braces"),
            ("x-{000..009}.tar", "braces"),
            ("file:///data/x-%06d.tar", "`%2506d`"),
            ("file:x-%0d.tar", "`%25`"),
            ("file:x-%4d.tar", "`%25`"),
            ("file:x-%12d.tar", "`%25`"),
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
