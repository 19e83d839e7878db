//! The database that a text names.

use std::path::PathBuf;

use super::error::IndexError;
use crate::error::Result;
use crate::net::url::{percent_decoded, redacted, split_scheme};
use crate::source::{Shard, path_to_write};

/// A database that is not opened yet.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Database {
    Memory,
    Sqlite {
        path: PathBuf,
        read_only: bool,
    },
    /// Its URL.
    Redis(String),
    /// Its URL.
    Postgres(String),
}

/// What a URL, or the path of an SQLite file, names. Nothing is looked for, but whether there is a file of just that
/// name.
pub(super) fn parse(text: &str) -> Result<Database> {
    let other = |hint| IndexError::Url { found: redacted(text), hint };
    if text.is_empty() {
        return Err(other("").into());
    }
    if text == ":memory:" {
        return Ok(Database::Memory);
    }
    // libpq's own form, which may hold a password.
    if text
        .split_whitespace()
        .any(|word| ["host=", "dbname=", "user=", "password="].iter().any(|key| word.starts_with(key)))
    {
        return Err(IndexError::Words.into());
    }
    let Some((scheme, rest)) = split_scheme(text) else {
        return Ok(Database::Sqlite { path: path_to_write(text)?, read_only: false });
    };
    let has_slashes = rest.starts_with("//");
    match scheme.to_ascii_lowercase().as_str() {
        "sqlite" | "sqlite3" => sqlite(rest),
        "file" => {
            let (url, read_only) = without_query(text)?;
            let path = Shard::from_url(url)?.path().map(PathBuf::from).ok_or_else(|| other(""))?;
            Ok(Database::Sqlite { path, read_only })
        }
        "redis" | "rediss" | "redis+unix" | "unix" if has_slashes => Ok(Database::Redis(text.to_owned())),
        "postgres" | "postgresql" if has_slashes => Ok(Database::Postgres(text.to_owned())),
        scheme if scheme.starts_with("postgresql+") && has_slashes => {
            Err(other(": leave out the name of the driver").into())
        }
        _ if has_slashes => Err(other("").into()),
        _ => Ok(Database::Sqlite { path: path_to_write(text)?, read_only: false }),
    }
}

/// What stands behind `sqlite:`: `///a/b` is `/a/b`, `///C:/a` is `C:/a`, `//a/b` and `a/b` are relative.
fn sqlite(rest: &str) -> Result<Database> {
    let (path, read_only) = without_query(rest)?;
    let path = path.strip_prefix("//").unwrap_or(path);
    if path == ":memory:" || path == "/:memory:" {
        return Ok(Database::Memory);
    }
    let path = match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => path.get(1..).unwrap_or(path).to_owned(),
        [b'/', b'/', ..] => format!("/{}", path.trim_start_matches('/')),
        // `sqlite:///~/x` was meant so.
        [b'/', b'~', b'/', ..] => path.get(1..).unwrap_or(path).to_owned(),
        _ => path.to_owned(),
    };
    let decoded = String::from_utf8_lossy(&percent_decoded(&path)).into_owned();
    // A colon in what follows the scheme is one of the name.
    let path = if decoded.starts_with('~') { path_to_write(&decoded)? } else { PathBuf::from(decoded) };
    if path.as_os_str().is_empty() {
        return Err(IndexError::Url { found: "sqlite:".to_owned(), hint: "" }.into());
    }
    Ok(Database::Sqlite { path, read_only })
}

/// The text before the parameters, and whether these say that nothing is to be written.
fn without_query(text: &str) -> Result<(&str, bool)> {
    let Some((path, query)) = text.split_once('?') else { return Ok((text, false)) };
    match query {
        "" | "mode=rw" | "mode=rwc" => Ok((path, false)),
        "mode=ro" => Ok((path, true)),
        _ => Err(IndexError::Parameter { found: query.split('=').next().unwrap_or_default().to_owned() }.into()),
    }
}

/// The URL of an SQLite file, which [`parse`] takes for the same file.
#[cfg(feature = "sqlite")]
pub(super) fn of_sqlite(path: &std::path::Path) -> String {
    let path = path.to_string_lossy();
    let mut url = "sqlite:///".to_owned();
    for c in path.trim_start_matches('/').chars() {
        match c {
            '%' => url.push_str("%25"),
            '?' => url.push_str("%3F"),
            c => url.push(c),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn path(text: &str) -> (String, bool) {
        match parse(text) {
            Ok(Database::Sqlite { path, read_only }) => (path.to_string_lossy().into_owned(), read_only),
            Ok(_) => panic!("{text} is no file"),
            Err(error) => panic!("{text}: {error:#}"),
        }
    }

    #[test]
    fn a_url_names_the_file() {
        for (text, file) in [
            ("sqlite:///a/b.db", "/a/b.db"),
            ("sqlite:////a/b.db", "/a/b.db"),
            ("sqlite://a/b.db", "a/b.db"),
            ("sqlite:b.db", "b.db"),
            ("sqlite:///C:/a.db", "C:/a.db"),
            ("sqlite:///a%20b%3F.db", "/a b?.db"),
            ("file:/a/b.db", "/a/b.db"),
            ("file:///a/b%20c.db", "/a/b c.db"),
            ("a%20b?.db", "a%20b?.db"),
            ("./redis:x", "./redis:x"),
        ] {
            assert_eq!(path(text), (file.to_owned(), false), "{text}");
        }
        assert_eq!(path("sqlite:////x/q.db?mode=ro"), ("/x/q.db".to_owned(), true));
        let home = std::env::home_dir().unwrap().join("i.db").to_string_lossy().into_owned();
        for text in ["~/i.db", "sqlite://~/i.db", "sqlite:///~/i.db", "sqlite:~/i.db"] {
            assert_eq!(path(text).0, home, "{text}");
        }
        for text in [":memory:", "sqlite://:memory:", "sqlite::memory:", "sqlite:///:memory:"] {
            assert!(parse(text).unwrap() == Database::Memory, "{text}");
        }
        assert!(parse("redis://h:1/0").unwrap() == Database::Redis("redis://h:1/0".into()));
    }

    #[test]
    fn what_names_no_database_is_refused_with_what_to_write() {
        for (text, part) in [
            ("", "expected the URL of an index"),
            ("redis:host:6379", "`redis://`"),
            ("postgres:host/db", "`postgres://`"),
            ("localhost:6379", "redis://host:6379/0"),
            ("me:hunter2@host:/d", "another machine"),
            ("host=h user=me password=hunter2", "postgres://user@host/database"),
            ("password=hunter2", "postgres://user@host/database"),
            ("postgresql+psycopg://h/d", "leave out the name of the driver"),
            ("mysql://me:hunter2@h/d", "found `mysql://h/d`"),
            ("sqlite:///x?cache=shared", "`cache`"),
            ("s3:/b/x", "`s3://`"),
        ] {
            let error = parse(text).err().unwrap();
            let message = format!("{error:#}");
            assert!(message.contains(part) && !message.contains("hunter2"), "{text}: {message}");
        }
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn the_url_of_a_file_names_it_again() {
        for file in ["/a/b.db", "/a b%20?#.db", "/größe.db"] {
            assert_eq!(path(&of_sqlite(std::path::Path::new(file))).0, file);
        }
    }
}
