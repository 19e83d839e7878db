//! AT URIs.

use std::fmt;
use std::str::FromStr;

use atrium_api::types::string::{AtIdentifier, Nsid, RecordKey};

use crate::error::{Cause, Error, ErrorKind, Printable, Result};

const PREFIX: &str = "at://";

#[derive(Debug, thiserror::Error)]
enum UriError {
    #[error("\"{}\" is not an AT URI: expected `at://account/collection/key`", Printable(.0))]
    Prefix(String),
    #[error("the AT URI \"{}\" has no {missing}: expected `at://account/collection/key`", Printable(.uri))]
    Missing { uri: String, missing: &'static str },
    #[error("the AT URI \"{}\" has a space or a control character", Printable(.0))]
    Character(String),
}

impl Cause for UriError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

/// The address of a record: `at://account/collection/key`.
///
/// The account is a DID or a handle. The key is all that follows the second slash, with further slashes, as in Python;
/// unlike there no part may be empty.
///
/// ```
/// use atdata::atmosphere::record::AtUri;
///
/// let uri: AtUri = "at://did:plc:abc/science.alt.dataset.entry/3k2".parse()?;
/// assert_eq!((uri.authority(), uri.collection(), uri.rkey()), ("did:plc:abc", "science.alt.dataset.entry", "3k2"));
/// assert_eq!(uri.to_string(), "at://did:plc:abc/science.alt.dataset.entry/3k2");
/// # Ok::<(), atdata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AtUri {
    authority: String,
    collection: String,
    rkey: String,
}

impl AtUri {
    /// The address of these parts.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) for parts that would not be read back.
    pub fn new(authority: &str, collection: &str, rkey: &str) -> Result<Self> {
        let uri = format!("{PREFIX}{authority}/{collection}/{rkey}").parse::<Self>()?;
        let same = uri.authority == authority && uri.collection == collection;
        if same { Ok(uri) } else { Err(UriError::Prefix(uri.to_string()).into()) }
    }

    /// The account: a DID or a handle.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The collection: the type of the record.
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// The key of the record in its collection.
    pub fn rkey(&self) -> &str {
        &self.rkey
    }

    /// Whether each part is of the form that the network demands. What is written has to be; what is read need not.
    pub fn is_strict(&self) -> bool {
        self.authority.parse::<AtIdentifier>().is_ok()
            && Nsid::new(self.collection.clone()).is_ok()
            && RecordKey::new(self.rkey.clone()).is_ok()
    }
}

impl FromStr for AtUri {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(parse(text)?)
    }
}

fn parse(text: &str) -> Result<AtUri, UriError> {
    let rest = text.strip_prefix(PREFIX).ok_or_else(|| UriError::Prefix(text.to_owned()))?;
    if text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(UriError::Character(text.to_owned()));
    }
    let mut parts = rest.splitn(3, '/').map(str::to_owned);
    let mut part = |missing| {
        let part = parts.next().filter(|part| !part.is_empty());
        part.ok_or_else(|| UriError::Missing { uri: text.to_owned(), missing })
    };
    Ok(AtUri { authority: part("account")?, collection: part("collection")?, rkey: part("key")? })
}

impl fmt::Display for AtUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}/{}/{}", self.authority, self.collection, self.rkey)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn parts_that_would_shift_are_refused() {
        assert!(AtUri::new("did:plc:a", "c", "r/s").is_ok());
        for (authority, collection, rkey) in [("a/b", "c", "r"), ("a", "b/c", "r"), ("", "c", "r"), ("a", "c", "")] {
            assert!(AtUri::new(authority, collection, rkey).is_err(), "{authority} {collection} {rkey}");
        }
    }

    #[test]
    fn the_form_of_the_network_is_stricter() {
        let strict = |text: &str| text.parse::<AtUri>().unwrap().is_strict();
        assert!(strict("at://did:plc:abc123/science.alt.dataset.schema/Photo:1.0.0"));
        assert!(strict("at://alice.example.org/a.b.c/x"));
        for loose in
            ["at://a/b/c", "at://did:plc:abc/a.b.c/x/y", "at://did:plc:abc/a.b.c/x?y", "at://did:plc:abc/coll/x"]
        {
            assert!(!strict(loose), "{loose}");
        }
    }
}
