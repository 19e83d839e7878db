//! HTTP headers: what answers say of themselves.

use std::fmt;

use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, LAST_MODIFIED};

use crate::net::failure::Failure;

/// Encodings whose bytes the shard reader recognises by itself; `aws-chunked` is what some uploads to S3 leave behind.
const READABLE: &[&str] = &["", "identity", "aws-chunked", "gzip", "x-gzip", "bzip2", "xz", "zstd"];

/// What tells one version of a shard from another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Version {
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
    /// Length of the whole.
    pub(crate) length: Option<u64>,
}

impl Version {
    pub(super) fn of(response: &Response, length: Option<u64>) -> Self {
        Self { etag: text(response, ETAG), modified: text(response, LAST_MODIFIED), length }
    }

    /// The ETag, if equal ones mean equal bytes.
    pub(super) fn strong_etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| etag.starts_with('"'))
    }

    /// Whether anything is known at all.
    pub(super) fn is_known(&self) -> bool {
        *self != Self::default()
    }

    /// Takes over what another answer of the same version says, and the first did not.
    pub(super) fn complete(&mut self, found: Self) {
        self.length = self.length.or(found.length);
        self.etag = self.etag.take().or(found.etag);
        self.modified = self.modified.take().or(found.modified);
    }

    /// Whether `other` may be the same bytes: nothing that both say of themselves differs.
    pub(super) fn fits(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(a: Option<T>, b: Option<T>) -> bool {
            a.zip(b).is_none_or(|(a, b)| a == b)
        }
        // A server may take a file for a changing one at first, and have a weak ETag of it.
        let etag = |of: &Self| of.etag.as_deref().map(|etag| etag.trim_start_matches("W/").to_owned());
        let same_etag = self.etag.is_some() && etag(self) == etag(other);
        agree(etag(self), etag(other))
            && agree(self.length, other.length)
            // Mirrors behind one name have the same ETag, but not always the same times.
            && (same_etag || agree(self.modified.as_deref(), other.modified.as_deref()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.etag, &self.modified) {
            (Some(etag), _) => write!(f, "ETag {etag}")?,
            (None, Some(modified)) => write!(f, "Last-Modified {modified}")?,
            (None, None) => f.write_str("a version without name")?,
        }
        self.length.map_or(Ok(()), |length| write!(f, " of {length} bytes"))
    }
}

pub(super) fn length(response: &Response) -> Option<u64> {
    text(response, CONTENT_LENGTH)?.parse().ok()
}

/// First byte and total length of a part.
pub(super) fn range(response: &Response) -> Result<(u64, Option<u64>), Failure> {
    let header = text(response, CONTENT_RANGE);
    let nonsense =
        || Failure::Nonsense(format!("206 with the Content-Range {:?}", header.as_deref().unwrap_or("none")));
    let (range, total) =
        header.as_deref().and_then(|range| range.strip_prefix("bytes ")?.split_once('/')).ok_or_else(nonsense)?;
    let start = range.split_once('-').and_then(|(start, _)| start.parse().ok()).ok_or_else(nonsense)?;
    Ok((start, total.parse().ok()))
}

/// Length of the whole, of an answer that has no part of it.
pub(super) fn whole(response: &Response) -> Option<u64> {
    text(response, CONTENT_RANGE)?.strip_prefix("bytes */")?.trim().parse().ok()
}

pub(super) fn check_encoding(response: &Response) -> Result<(), Failure> {
    let encoding = text(response, CONTENT_ENCODING).unwrap_or_default();
    let unreadable = |name: &&str| !READABLE.contains(&name.trim().to_ascii_lowercase().as_str());
    if encoding.split(',').any(|name| unreadable(&name)) { Err(Failure::Encoding(encoding)) } else { Ok(()) }
}

fn text(response: &Response, name: HeaderName) -> Option<String> {
    response.headers().get(name)?.to_str().ok().map(str::to_owned)
}
