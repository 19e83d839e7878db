//! Allowed schemes: which URLs to trust, where somebody else wrote them.

use std::fmt;

use super::Shard;
use super::elsewhere::instead_of;
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::net::url::{redacted, split_scheme};

/// The schemes that the URLs of a record, an index or a file from elsewhere may have.
///
/// Whoever writes a record decides what its readers open. Without a limit that could be any file of their machine, or an
/// address that only their machine reaches.
///
/// ```
/// use atdata::source::Schemes;
///
/// let schemes = Schemes::of_records();
/// assert!(schemes.check("https://example.org/train-000000.tar").is_ok());
/// assert!(schemes.check("/etc/passwd").is_err());
/// assert!(schemes.check("http://example.org/train-000000.tar").is_err());
/// assert!(schemes.with_http().check("http://example.org/train-000000.tar").is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct Schemes {
    http: bool,
    files: bool,
    private: bool,
}

/// What records may name: shards that a server gives over an encrypted connection, and blobs.
const OF_RECORDS: &[&str] = &["https", "s3", "at"];

#[derive(Debug, thiserror::Error)]
enum SchemeError {
    #[error("a record may name shards by https, s3 and at URLs only, found {found}{}", Instead(.instead))]
    NotAllowed { found: String, instead: Option<String> },
    #[error(
        "a record or an index of another machine may name files of this one only where that is allowed: \
         `Schemes::with_files` (`--allow-files`)"
    )]
    File,
    #[error("a record may name shards by http URLs only where that is allowed: `Schemes::with_http` (`--allow-local`)")]
    Http,
}

struct Instead<'a>(&'a Option<String>);

impl fmt::Display for Instead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |instead| write!(f, "; {instead}"))
    }
}

impl Cause for SchemeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unsupported
    }
}

impl Schemes {
    /// `https`, `s3`, and `at` for blobs: no files, no standard input, no unencrypted connections.
    pub fn of_records() -> Self {
        Self { http: false, files: false, private: false }
    }

    /// `http` as well, which anybody on the way can change.
    pub fn with_http(self) -> Self {
        Self { http: true, ..self }
    }

    /// Files of this machine as well, and of what is mounted there: for who writes what is read.
    pub fn with_files(self) -> Self {
        Self { files: true, ..self }
    }

    /// Hosts of this machine and of networks of its own as well, as `localhost`, `10.0.0.1` and `nas.local`. Without it
    /// they are refused when they are asked, be it by a URL, by a redirect or by a name that stands for one.
    pub fn with_private_hosts(self) -> Self {
        Self { private: true, ..self }
    }

    /// Fails, as [`Unsupported`](ErrorKind::Unsupported), if `url` has another scheme or none.
    pub fn check(self, url: &str) -> Result<()> {
        let parts = split_scheme(url).map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest.starts_with("//")));
        let cause = match parts.as_ref().map(|(scheme, has_host)| (scheme.as_str(), *has_host)) {
            None if url == "-" => SchemeError::NotAllowed { found: "standard input".into(), instead: None },
            None | Some(("file", _)) if self.files => return Ok(()),
            None | Some(("file", _)) => SchemeError::File,
            Some((scheme, true)) if OF_RECORDS.contains(&scheme) => return Ok(()),
            Some(("http", true)) if self.http => return Ok(()),
            Some(("http", _)) => SchemeError::Http,
            Some((scheme, _)) => {
                let rest = split_scheme(url).map_or("", |(_, rest)| rest).trim_start_matches("//");
                SchemeError::NotAllowed { found: format!("`{scheme}:`"), instead: instead_of(scheme, rest) }
            }
        };
        Err(Error::from(cause).with_shard(&redacted(url)))
    }

    #[cfg_attr(not(feature = "atmosphere"), allow(dead_code))]
    pub(crate) fn allows_private_hosts(self) -> bool {
        self.private
    }

    /// [`check`](Self::check), with what the host of the URL tells by itself.
    #[cfg_attr(not(feature = "_index"), allow(dead_code))]
    pub(crate) fn check_host(self, url: &str) -> Result<()> {
        self.check(url)?;
        #[cfg(feature = "http")]
        if !self.private
            && let Ok(parsed) = reqwest::Url::parse(url)
            && matches!(parsed.scheme(), "http" | "https")
        {
            let refused = |failure: crate::net::failure::Failure| failure.at_once().with_shard(&redacted(url));
            crate::net::client::check_public(&parsed).map_err(refused)?;
        }
        Ok(())
    }

    /// [`Shard::from_url`] for a URL that is [allowed](Self::check). Redirects from `https` to `http` are never followed.
    pub fn shard(self, url: &str) -> Result<Shard> {
        self.check(url)?;
        Ok(Shard::from_url(url)?.on(|terms| terms.guarded = !self.private))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn records_name_no_files_and_no_commands() {
        for bad in
            ["a.tar", "/etc/passwd", "file:///a", "-", "", "pipe:ls", "ftp://h/a", "https:a.tar", "C:/a", "ht tp://a"]
        {
            let error = Schemes::of_records().with_http().check(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{bad}");
        }
        for good in ["https://h/a", "S3://b/k", "at://did:plc:x/blob/y"] {
            Schemes::of_records().check(good).unwrap();
        }
    }

    #[test]
    fn files_are_named_where_that_is_allowed() {
        let schemes = Schemes::of_records().with_files();
        for good in ["a.tar", "/data/a.tar", "file:///a", "C:/a", "https://h/a"] {
            schemes.check(good).unwrap();
            assert_eq!(schemes.with_http(), Schemes::of_records().with_http().with_files());
        }
        for bad in ["-", "pipe:ls", "http://h/a", "ftp://h/a"] {
            assert_eq!(schemes.check(bad).unwrap_err().kind(), ErrorKind::Unsupported, "{bad}");
        }
    }

    #[test]
    fn the_message_says_what_is_allowed() {
        let error = Schemes::of_records().shard("pipe:rm x").unwrap_err();
        assert_eq!(error.to_string(), "pipe:…: a record may name shards by https, s3 and at URLs only, found `pipe:`");
        // What is read under no name is none that a record may have, and both say what to write.
        let error = Schemes::of_records().shard("gs://b/k.tar").unwrap_err();
        assert!(error.to_string().contains("found `gs:`; what is public is read at"), "{error}");
        let error = Schemes::of_records().shard("http://me:pw@h/a?t=1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "http://h/a: a record may name shards by http URLs only where that is allowed: `Schemes::with_http` (`--allow-local`)"
        );
    }
}
