//! DID documents: what an account says of itself.

use serde_json::Value;

use crate::atproto::error::AtmosphereError;
use crate::atproto::names;
use crate::atproto::server::{Server, Trust};

/// The part of a DID document that is of use here; the form of its keys, which changed, is not looked at.
#[derive(Debug, Clone)]
pub(in crate::atproto) struct Document {
    pub(in crate::atproto) did: String,
    /// The first handle that it names, which need not lead back to it; or the one that led to it.
    pub(in crate::atproto) handle: Option<String>,
    names: Vec<String>,
    /// A text that is none of a server that is asked is an error where it is to be.
    pds: Option<Result<Server, String>>,
}

impl Document {
    pub(in crate::atproto) fn parse(did: &str, json: &[u8], trust: Trust) -> Result<Self, AtmosphereError> {
        let wrong = |reason: &str| AtmosphereError::Document { did: did.to_owned(), reason: reason.to_owned() };
        let document: Value = serde_json::from_slice(json).map_err(|_| wrong("is no JSON"))?;
        if document.get("id").and_then(Value::as_str) != Some(did) {
            return Err(wrong("is one of another DID"));
        }
        let list = |field: &str| document.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<String> = list("alsoKnownAs")
            .iter()
            .filter_map(|name| names::handle(name.as_str()?.strip_prefix("at://")?).ok())
            .collect();
        let is_pds =
            |service: &&Value| service.get("type").and_then(Value::as_str) == Some("AtprotoPersonalDataServer");
        // Of several it is the one with the id that the protocol gives it.
        let has_id = |service: &&Value| {
            let id = service.get("id").and_then(Value::as_str).unwrap_or_default();
            id.strip_prefix(did).unwrap_or(id) == "#atproto_pds"
        };
        let services = || list("service").iter().filter(is_pds);
        let pds = services().find(has_id).or_else(|| services().next());
        let pds = pds.and_then(|service| service.get("serviceEndpoint")?.as_str());
        let pds = pds.map(|url| Server::found(url, trust).map_err(|error| error.to_string()));
        Ok(Self { did: did.to_owned(), handle: names.first().cloned(), names, pds })
    }

    /// Whether it claims a handle.
    pub(in crate::atproto) fn names(&self, handle: &str) -> bool {
        self.names.iter().any(|name| name == handle)
    }

    /// Where the records of the account are.
    pub(in crate::atproto) fn pds(&self) -> Result<&Server, AtmosphereError> {
        let wrong = |reason: String| AtmosphereError::Document { did: self.did.clone(), reason };
        match &self.pds {
            Some(Ok(server)) => Ok(server),
            Some(Err(reason)) => Err(wrong(format!("names no PDS that is asked: {reason}"))),
            None => Err(wrong("names no PDS".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const DID: &str = "did:plc:abcdefghijklmnopqrstuvwx";

    fn document(value: &Value) -> Result<Document, AtmosphereError> {
        Document::parse(DID, value.to_string().as_bytes(), Trust::default())
    }

    #[test]
    fn a_document_names_handles_and_a_pds() {
        let found = document(&json!({
            "id": DID,
            "alsoKnownAs": ["https://x.example", 5, "at://Alice.Example.org", "at://b.example.org"],
            "service": [
                {"id": "#labeler", "type": "AtprotoLabeler", "serviceEndpoint": "https://l.example"},
                {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": "https://pds.example"},
            ],
        }));
        let found = found.unwrap();
        assert_eq!(found.handle.as_deref(), Some("alice.example.org"));
        assert!(found.names("b.example.org") && !found.names("x.example"));
        assert_eq!(found.pds().unwrap().as_str(), "https://pds.example");
    }

    #[test]
    fn of_several_servers_the_one_with_the_id_of_the_protocol_counts() {
        let service = |id: &str, host: &str| json!({"id": id, "type": "AtprotoPersonalDataServer", "serviceEndpoint": format!("https://{host}")});
        for id in ["#atproto_pds", "did:plc:abcdefghijklmnopqrstuvwx#atproto_pds"] {
            let services = json!([service("#old", "wrong.example.org"), service(id, "pds.example.org")]);
            let found = document(&json!({"id": DID, "service": services})).unwrap();
            assert_eq!(found.pds().unwrap().as_str(), "https://pds.example.org");
        }
    }

    #[test]
    fn a_document_of_another_or_with_an_odd_pds_is_refused() {
        assert!(document(&json!({"id": "did:plc:other"})).is_err());
        assert!(document(&json!([])).is_err() && Document::parse(DID, b"<html>", Trust::default()).is_err());
        let with = |service: &Value| document(&json!({"id": DID, "service": service})).unwrap();
        let error = with(&json!([])).pds().unwrap_err().to_string();
        assert_eq!(error, format!("the document of {DID} names no PDS"));
        let typed = |endpoint: &Value| json!([{"type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}]);
        for endpoint in [json!("http://pds.example"), json!("https://127.0.0.1"), json!("file:///etc/passwd")] {
            assert!(with(&typed(&endpoint)).pds().is_err(), "{endpoint}");
        }
        assert!(with(&typed(&json!({"a": 1}))).pds().is_err());
    }
}
