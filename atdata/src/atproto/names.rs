//! Handles, DIDs and record addresses: names of accounts and of records.

use atrium_api::types::string::{AtIdentifier, Did, Handle, Nsid, RecordKey};

use super::AtUri;
use super::error::AtmosphereError;

/// The address of a record, in the form that the network demands.
pub(super) fn address(account: &str, collection: &str, key: &str) -> Result<AtUri, AtmosphereError> {
    let (account, collection, key) = (self::account(account)?, nsid(collection)?, record_key(key)?);
    Ok(AtUri::new(&account, &collection, &key)?)
}

pub(super) fn parse(text: &str) -> Result<AtUri, AtmosphereError> {
    let uri: AtUri = text.parse()?;
    address(uri.authority(), uri.collection(), uri.rkey())
}

/// A DID or a handle, as text: a DID as it is, a handle in lower case.
pub(super) fn account(text: &str) -> Result<String, AtmosphereError> {
    let lower = if text.starts_with("did:") { text.to_owned() } else { text.to_ascii_lowercase() };
    let account = lower.parse::<AtIdentifier>().map_err(|_| wrong("the DID or handle of an account", text))?;
    Ok(account.into())
}

pub(super) fn did(text: &str) -> Result<String, AtmosphereError> {
    let did = text.parse::<Did>().map_err(|_| wrong("a DID, such as `did:plc:…`", text))?;
    Ok(did.into())
}

pub(super) fn handle(text: &str) -> Result<String, AtmosphereError> {
    let handle = text.parse::<Handle>().map_err(|_| wrong("a handle, such as `alice.example.org`", text))?;
    Ok(handle.to_ascii_lowercase())
}

pub(super) fn nsid(text: &str) -> Result<Nsid, AtmosphereError> {
    text.parse().map_err(|_| wrong("the name of a collection or method, such as `science.alt.dataset.entry`", text))
}

pub(super) fn record_key(text: &str) -> Result<RecordKey, AtmosphereError> {
    text.parse().map_err(|_| wrong("the key of a record: letters, digits and any of `.-_:~`", text))
}

fn wrong(expected: &'static str, found: &str) -> AtmosphereError {
    AtmosphereError::Name { expected, found: found.chars().take(200).collect() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_names_account_collection_and_key() {
        for good in [
            "at://did:plc:abcdefghijklmnopqrstuvwx/science.alt.dataset.entry/3k2akr3rjp22x",
            "at://did:web:localhost%3A8000/a.b.c/self",
            "at://alice.test/a.b.c/S.1_0-0:x~",
        ] {
            assert_eq!(parse(good).unwrap().to_string(), good);
        }
        assert_eq!(parse("at://Alice.Test/a.b.c/X").unwrap().to_string(), "at://alice.test/a.b.c/X");
    }

    #[test]
    fn what_the_network_does_not_take_is_no_address() {
        for bad in [
            "at://alice.test/a.b.c/x/y",
            "at://alice.test/a.b.c/S@1.0.0",
            "at://alice.test/a.b.c/..",
            "at://alice.test/a.b.c/x?y",
            "at://alice/a.b.c/x",
            "at://alice.test/a/x",
            "alice.test/a.b.c/x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
