//! File names of the cache.

use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::source::remote::headers::Version;

/// A longer ETag is none that could be part of a file's name.
const LONGEST: usize = 90;

/// The folder of a URL: a hash, for a URL may hold what is secret, and more than a name can.
pub(super) fn of_url(identity: &str) -> String {
    hex(Sha256::digest(identity.as_bytes()).get(..16).unwrap_or_default())
}

/// How the name of a version begins; its length follows. `None` if nothing tells the version from the next.
pub(super) fn of_version(version: &Version) -> Option<String> {
    match (version.etag.as_deref(), version.modified.as_deref()) {
        (Some(etag), _) if etag.len() <= LONGEST => Some(format!("e{}", hex(etag.as_bytes()))),
        (Some(etag), _) => Some(format!("h{}", of_url(etag))),
        (None, Some(modified)) => Some(format!("m{}", of_url(modified))),
        (None, None) => None,
    }
}

pub(super) fn with_length(version: &str, length: u64) -> String {
    format!("{version}-{length}")
}

/// Beginning and length of a whole shard's name.
pub(super) fn parse(name: &str) -> Option<(&str, u64)> {
    let (version, length) = name.split_once('-')?;
    Some((version, length.parse().ok()?))
}

/// The ETag that a version's name was made of, if it can be told.
pub(super) fn etag(version: &str) -> Option<String> {
    let digits = version.strip_prefix('e')?.as_bytes();
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_etag_comes_back_from_a_name() {
        let version = |etag: &str| Version { etag: Some(etag.into()), modified: None, length: None };
        for text in ["\"d41d8cd98f00b204e9800998ecf8427e-12\"", "W/\"ä\"", ""] {
            let name = with_length(&of_version(&version(text)).unwrap(), 7);
            let (found, length) = parse(&name).unwrap();
            assert_eq!((etag(found).as_deref(), length), (Some(text), 7));
        }
        let long = of_version(&version(&"x".repeat(200))).unwrap();
        assert!(long.len() < 100 && etag(&long).is_none());
        assert_eq!(of_version(&Version { length: Some(3), ..Version::default() }), None);
    }
}
