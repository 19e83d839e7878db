//! Fetching for the program: where records come from, that is files and the AT Protocol network.

use std::fs;
use std::path::Path;

use atdata::Error;
use atdata::atmosphere::Atmosphere;
use atdata::cid::Cid;
use atdata_codegen::schema::reading::parse_json;
use atdata_codegen::schema::{SchemaReference, SchemaTarget};
use serde_json::Value;

use crate::Failure;
use crate::args::NetworkArgs;

/// Of a file that is none of JSON, in all likelihood a shard.
const NO_TEXT: &str = "expected a schema record, which is JSON, found bytes that are no text; of shards `atdata schema infer` \
     makes a record, and `atdata-codegen generate --from-shards` a type";

/// A record, and what its source knows of it.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) record: Value,
    pub(crate) uri: Option<String>,
    /// The one that the source claims.
    pub(crate) cid: Option<String>,
    /// The handle that led to it, which its account has.
    pub(crate) handle: Option<String>,
}

/// The record that a reference leads to; servers are asked only for an address.
pub(crate) fn fetch(reference: &str, servers: &NetworkArgs) -> Result<Fetched, Failure> {
    if is_of_index(reference) {
        let name = reference.rsplit('/').next().unwrap_or(reference);
        return Err(Failure::Error(format!(
            "{reference}: expected a file or an address of the network, found a schema of an index: `atdata schema show \
             --json {name} > {name}.json` writes its record, and `atdata-codegen add {name}.json` takes it"
        )));
    }
    if !is_address(reference) {
        return read(reference).map_err(|error| Failure::Error(format!("{reference}: {error}")));
    }
    let stored = network(servers)?.schema_record(reference);
    let stored = stored.map_err(|error| Failure::Error(format!("{reference}: {error:#}")))?;
    let (record, uri) = (in_order(stored.value), Some(stored.uri.to_string()));
    Ok(Fetched { record, uri, cid: Some(stored.cid), handle: handle_in(reference) })
}

/// The network of these servers, as it is read: without a login.
pub(crate) fn network(servers: &NetworkArgs) -> Result<Atmosphere, Failure> {
    let wrong = |what: &str, error: &Error| Failure::Error(format!("{what}: {error:#}"));
    // The first alone, so that the error says which of the two it is.
    let network = Atmosphere::builder().pds(&servers.pds);
    network.anonymous().map_err(|error| wrong("the PDS", &error))?;
    network.plc(&servers.plc).anonymous().map_err(|error| wrong("the PLC directory", &error))
}

/// Whether that is the address or name of a record of the network, such as `at://did/science.alt.dataset.schema/key` or
/// `@handle/Name@1.0.0`.
pub(crate) fn is_published(reference: &str) -> bool {
    let parsed = reference.parse::<SchemaReference>();
    parsed.is_ok_and(|parsed| !matches!(parsed.target(), SchemaTarget::Local { .. }))
}

/// The CID of a record, as its server has it; `Err` says why it has none.
pub(crate) fn cid_of(record: &Value) -> Result<String, String> {
    let cid = Cid::of_record(record).map_err(|error| format!("the record has no CID: {error:#}"))?;
    Ok(cid.to_string())
}

/// Whether that is the name of a schema in an index of this machine, of which this program knows nothing.
fn is_of_index(reference: &str) -> bool {
    let parsed = reference.parse::<SchemaReference>();
    let is_local = parsed.is_ok_and(|parsed| matches!(parsed.target(), SchemaTarget::Local { .. }));
    (is_local || reference.starts_with("@local/")) && is_address(reference)
}

fn is_address(reference: &str) -> bool {
    (reference.starts_with('@') || reference.contains("://")) && !Path::new(reference).exists()
}

/// In lower case, as the network has it.
fn handle_in(reference: &str) -> Option<String> {
    let parsed: SchemaReference = reference.parse().ok()?;
    let (SchemaTarget::Published { authority, .. } | SchemaTarget::Record { authority, .. }) = parsed.target() else {
        return None;
    };
    (!authority.starts_with("did:")).then(|| authority.to_ascii_lowercase())
}

/// The same value with keys in the order of DAG-CBOR, shorter ones first: the same file, whatever server sent it.
fn in_order(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
            Value::Object(members.into_iter().map(|(key, value)| (key, in_order(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(in_order).collect()),
        other => other,
    }
}

fn read(path: &str) -> Result<Fetched, String> {
    let text = fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => NO_TEXT.to_owned(),
        _ => format!("cannot be read: {error}"),
    })?;
    let value = parse_json(&text).map_err(|error| format!("expected JSON, found {error}"))?;
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let (record, uri, cid) = match value.get("value") {
        Some(record) if record.is_object() => (record.clone(), text("uri"), text("cid")),
        _ => (value, None, None),
    };
    Ok(Fetched { record, uri, cid, handle: None })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_has_one_order_of_keys() {
        let ordered = in_order(json!({"bb": [{"d": 1, "c": 2}], "a": 1, "$type": "t", "ab": 0}));
        assert_eq!(ordered.to_string(), r#"{"a":1,"ab":0,"bb":[{"c":2,"d":1}],"$type":"t"}"#);
    }

    #[test]
    fn cids_are_those_of_python() {
        assert_eq!(cid_of(&json!({})).unwrap(), "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua");
        let record = json!({"b": 1, "a": 2, "aa": 3});
        assert_eq!(cid_of(&record).unwrap(), "bafyreihikbjp4lwurexf3sv44sotvp23hra42a5sz3ebo5hfwoewzhqc7m");
    }

    #[test]
    fn references_to_the_network_are_told_from_others() {
        for known in
            ["@a.example/T@1.0.0", "at://did:plc:a/science.alt.dataset.schema/k", "atdata://a.example/schema/T"]
        {
            assert!(is_published(known), "{known}");
        }
        for other in ["atdata://local/schema/T@1.0.0", "local://schemas/T@1.0.0", "T.json", "@a.example/T"] {
            assert!(!is_published(other), "{other}");
        }
        assert_eq!(handle_in("@Alice.Example/T@1.0.0").as_deref(), Some("alice.example"));
        assert_eq!(handle_in("at://did:plc:a/science.alt.dataset.schema/k"), None);
    }

    #[test]
    fn servers_that_are_given_are_encrypted_or_of_this_machine() {
        let servers = |pds: &str, plc: &str| network(&NetworkArgs { pds: pds.to_owned(), plc: plc.to_owned() });
        assert!(servers("http://localhost:2583", "https://plc.example").is_ok());
        let error = |pds, plc| match servers(pds, plc) {
            Err(Failure::Error(message)) => message,
            _ => panic!("{pds} {plc} are asked"),
        };
        let plc = error("https://pds.example", "http://me:secret@plc.example");
        assert!(plc.starts_with("the PLC directory: the server http://plc.example is not encrypted"), "{plc}");
        assert!(error("pds.example", "https://plc.example").starts_with("the PDS: expected the http or https URL"));
    }
}
