//! The keys of Python's layout.

use super::error::RedisError;
use crate::index::{Document, DocumentKind};

pub(super) const STATE: &str = "atdata:index";
pub(super) const ENTRY: &str = "LocalDatasetEntry:";
pub(super) const LEGACY_ENTRY: &str = "BasicIndexEntry:";
pub(super) const LABEL: &str = "Label:";
pub(super) const SCHEMA: &str = "LocalSchema:";
const LENS: &str = "LocalLens:";

/// A pattern for both kinds of entries.
pub(super) const ANY_ENTRY: &str = "[LB]*Entry:*";

pub(super) fn entry(cid: &str) -> String {
    format!("{ENTRY}{cid}")
}

pub(super) fn legacy_entry(uuid: &str) -> String {
    format!("{LEGACY_ENTRY}{uuid}")
}

pub(super) fn label(name: &str, version: &str) -> String {
    format!("{LABEL}{name}@{version}")
}

pub(super) fn document_prefix(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Schema => SCHEMA,
        DocumentKind::Lens => LENS,
    }
}

pub(super) fn document(kind: DocumentKind, name: &str, version: &str) -> String {
    format!("{}{name}@{version}", document_prefix(kind))
}

fn behind<'a>(key: &'a [u8], prefix: &str) -> Option<&'a str> {
    std::str::from_utf8(key.strip_prefix(prefix.as_bytes())?).ok()
}

pub(super) fn entry_cid(key: &[u8]) -> Option<String> {
    behind(key, ENTRY).map(str::to_owned)
}

pub(super) fn legacy_uuid(key: &[u8]) -> Option<&str> {
    behind(key, LEGACY_ENTRY)
}

/// Whether it is the key of an entry or a label, and not only looks like one to a pattern.
pub(super) fn is_hash(key: &[u8]) -> bool {
    [ENTRY, LEGACY_ENTRY, LABEL].iter().any(|prefix| key.starts_with(prefix.as_bytes()))
}

/// Name and version of a document. Keys without a version are none, as in Python.
pub(super) fn document_name(kind: DocumentKind, key: &[u8]) -> Option<(&str, &str)> {
    behind(key, document_prefix(kind))?.rsplit_once('@')
}

/// `Class` of a key `LocalSchema:{module.Class}@{version}`, and nothing of one without a module.
pub(super) fn legacy_schema_name(key: &[u8]) -> Option<&str> {
    let (name, _) = document_name(DocumentKind::Schema, key)?;
    name.rsplit_once('.').map(|(_, class)| class)
}

/// The pattern that matches only `text`.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '^' | '-' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

pub(super) fn check_version(version: &str) -> Result<(), RedisError> {
    // The last `@` of a key is where its version begins.
    if version.contains('@') { Err(RedisError::Version { version: version.to_owned() }) } else { Ok(()) }
}

pub(super) fn check_document(kind: DocumentKind, document: &Document) -> Result<(), RedisError> {
    check_version(&document.version)?;
    if kind == DocumentKind::Schema && document.name.contains('.') {
        return Err(RedisError::SchemaName { name: document.name.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_back_the_name_and_version_it_was_made_of() {
        for (name, version) in [("a", "1.0.0"), ("a@b", "1"), ("@", ""), ("", "1"), ("日本 \n*", "x")] {
            let key = document(DocumentKind::Lens, name, version);
            assert_eq!(document_name(DocumentKind::Lens, key.as_bytes()), Some((name, version)));
        }
        assert_eq!(document_name(DocumentKind::Schema, b"LocalSchema:a"), None);
        assert_eq!(document_name(DocumentKind::Schema, b"LocalLens:a@1"), None);
        assert_eq!(document_name(DocumentKind::Schema, b"LocalSchema:\xff@1"), None);
    }

    #[test]
    fn the_class_is_what_follows_the_last_dot_of_the_name() {
        assert_eq!(legacy_schema_name(b"LocalSchema:pkg.mod.Image@1.0.0"), Some("Image"));
        assert_eq!(legacy_schema_name(b"LocalSchema:Image@1.0.0"), None);
    }

    #[test]
    fn what_patterns_have_a_meaning_for_is_escaped() {
        assert_eq!(escaped("a*b?[c-d]\\^"), "a\\*b\\?\\[c\\-d\\]\\\\\\^");
    }
}
