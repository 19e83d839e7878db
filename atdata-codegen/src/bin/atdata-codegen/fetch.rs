//! Fetching for the program: where records come from, that is files and the AT Protocol network.

use std::fs;
use std::path::Path;

use atdata_codegen::fetch::Network;
use serde_json::Value;

use crate::Failure;
use crate::args::NetworkArgs;

/// A record, and what its source knows of it.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) record: Value,
    pub(crate) uri: Option<String>,
    pub(crate) cid: Option<String>,
    pub(crate) handle: Option<String>,
}

/// The record that a reference leads to; servers are asked only for an address.
pub(crate) fn fetch(reference: &str, servers: &NetworkArgs) -> Result<Fetched, Failure> {
    if !is_address(reference) {
        return read(reference).map_err(|error| Failure::Error(format!("{reference}: {error}")));
    }
    let published = network(servers)?.fetch(reference)?;
    let (record, uri) = (published.record, Some(published.uri));
    Ok(Fetched { record, uri, cid: published.cid, handle: published.handle })
}

pub(crate) fn network(servers: &NetworkArgs) -> Result<Network, Failure> {
    Ok(Network::new(&servers.pds, &servers.plc)?)
}

fn is_address(reference: &str) -> bool {
    (reference.starts_with('@') || reference.contains("://")) && !Path::new(reference).exists()
}

fn read(path: &str) -> Result<Fetched, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| format!("expected JSON, found {error}"))?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let (record, uri, cid) = match value.get("value") {
        Some(record) if record.is_object() => (record.clone(), text("uri"), text("cid")),
        _ => (value, None, None),
    };
    Ok(Fetched { record, uri, cid, handle: None })
}
