//! String formats of lexicons.

use atdata_schema::reading::{DATETIME, Node, Problems, has_offset, quote};

use crate::atproto::AtUri;
use crate::net::url::redacted;

pub(super) fn check_format(format: &str, text: &str, node: &Node<'_>, problems: &mut Problems) {
    let expected = match format {
        "at-uri" if text.parse::<AtUri>().is_ok_and(|uri| uri.is_strict()) => return,
        "at-uri" => "an AT URI, such as \"at://did:plc:abc/science.alt.dataset.schema/3k2\"",
        "datetime" if has_offset(text) => return,
        "datetime" => DATETIME,
        "uri" if is_uri(text) => return,
        "uri" => "a URI, such as \"https://example.org/shard.tar\"",
        _ => "a format that this release checks",
    };
    // A URL may hold a password.
    node.wrong(expected, quote(&redacted(text)), problems);
}

/// As the network's own libraries check it: a scheme, and something behind it without spaces.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_scheme && !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace)
}
