//! Identity: from handles to accounts (DIDs), and from accounts to the servers that keep their records.

use serde_json::Value;

use super::Network;
use super::exchange::{Failure, Question, quoted};
use super::server::Server;

const LARGEST_DOCUMENT: usize = 1 << 20;
const LONGEST_NAME: usize = 2048;

/// An account, and where its records are.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) did: String,
    /// The handle by which it was found.
    pub(super) handle: Option<String>,
    pub(super) pds: Server,
}

impl Network {
    /// The account that a DID or handle stands for. The document that a handle leads to has to name it.
    pub(super) fn account(&self, name: &str) -> Result<Account, Failure> {
        if name.starts_with("did:") {
            let did = did(name)?;
            let document = self.document(&did)?;
            return Ok(Account { pds: document.pds(self.local)?, did, handle: None });
        }
        let handle = handle(name)?;
        let did = self.resolve(&handle)?;
        let document = self.document(&did)?;
        if !document.names(&handle) {
            let message = format!("the handle {handle} leads to {did}, whose document does not name it");
            return Err(Failure::Other(message));
        }
        Ok(Account { pds: document.pds(self.local)?, did, handle: Some(handle) })
    }

    fn resolve(&self, handle: &str) -> Result<String, Failure> {
        let what = "com.atproto.identity.resolveHandle";
        let question = Question { what, server: &self.pds, limit: LARGEST_DOCUMENT };
        let mut url = self.pds.url(&["xrpc", what]);
        url.query_pairs_mut().append_pair("handle", handle);
        let answer = self.exchange.json(question, url)?;
        let found = answer.get("did").and_then(Value::as_str).and_then(|text| did(text).ok());
        found.ok_or_else(|| question.failed("expected a DID"))
    }

    fn document(&self, did: &str) -> Result<Document, Failure> {
        let (server, url) = if did.starts_with("did:plc:") {
            (self.plc.clone(), self.plc.url(&[did]))
        } else {
            let server = web_server(did, self.local)?;
            let url = server.url(&[".well-known", "did.json"]);
            (server, url)
        };
        let question = Question { what: &format!("the document of {did}"), server: &server, limit: LARGEST_DOCUMENT };
        let json = self.exchange.json(question, url)?;
        if json.get("id").and_then(Value::as_str) != Some(did) {
            return Err(question.failed("it is one of another DID"));
        }
        Ok(Document { did: did.to_owned(), json })
    }
}

/// What an account says of itself.
#[derive(Debug)]
pub(super) struct Document {
    did: String,
    json: Value,
}

impl Document {
    fn list(&self, key: &str) -> &[Value] {
        self.json.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether it claims a handle.
    fn names(&self, handle: &str) -> bool {
        let names = self.list("alsoKnownAs").iter().filter_map(|name| name.as_str()?.strip_prefix("at://"));
        names.into_iter().any(|name| name.eq_ignore_ascii_case(handle))
    }

    /// Where the records of the account are.
    fn pds(&self, local: bool) -> Result<Server, Failure> {
        let is_pds =
            |service: &&Value| service.get("type").and_then(Value::as_str) == Some("AtprotoPersonalDataServer");
        let endpoint = self.list("service").iter().find(is_pds).and_then(|service| service.get("serviceEndpoint"));
        let wrong = |reason: &str| Failure::Other(format!("the document of {} names no PDS{reason}", self.did));
        let endpoint = endpoint.and_then(Value::as_str).ok_or_else(|| wrong(""))?;
        Server::found(endpoint, local).map_err(|reason| wrong(&format!(" that is asked: {reason}")))
    }
}

/// The host of a `did:web`, whose port is written `%3A443`.
fn web_server(did: &str, local: bool) -> Result<Server, Failure> {
    let unknown = || Failure::Other(format!("{did}: only `did:plc` and `did:web` without a path are known"));
    let host = did.strip_prefix("did:web:").filter(|host| !host.contains(':')).ok_or_else(unknown)?;
    let host = host.replace("%3A", ":").replace("%3a", ":");
    if host.contains('%') {
        return Err(unknown());
    }
    let found = |scheme: &str| Server::found(&format!("{scheme}://{host}"), local).map_err(Failure::Other);
    let server = found("https")?;
    // As for everybody: a server of this machine has no certificate.
    if server.is_loopback() { found("http") } else { Ok(server) }
}

fn did(text: &str) -> Result<String, Failure> {
    let sound = |c: char| c.is_ascii_alphanumeric() || "._:%-".contains(c);
    let rest = text.strip_prefix("did:").and_then(|rest| rest.split_once(':'));
    let fits = rest.is_some_and(|(method, id)| !method.is_empty() && !id.is_empty());
    if fits && text.len() <= LONGEST_NAME && text.chars().all(sound) {
        return Ok(text.to_owned());
    }
    Err(Failure::Other(format!("expected a DID, such as `did:plc:…`, found \"{}\"", quoted(text))))
}

/// In lower case.
fn handle(text: &str) -> Result<String, Failure> {
    let sound = |label: &str| {
        !label.is_empty() && !label.starts_with('-') && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    if text.len() <= 253 && text.contains('.') && text.split('.').all(sound) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Failure::Other(format!("expected a handle, such as `alice.example.org`, found \"{}\"", quoted(text))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_accounts_are_told_from_other_text() {
        assert_eq!(handle("Alice.Example").unwrap(), "alice.example");
        for bad in ["alice", "a..b", "a b.c", "-a.b", "a.b/c", ""] {
            assert!(handle(bad).is_err(), "{bad}");
        }
        for bad in ["did:plc", "did::a", "did:plc:", "did:plc:a/b", "did:plc:a?b"] {
            assert!(did(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_did_of_the_web_names_a_host() {
        let url = |did, local| web_server(did, local).map(|server| server.to_string()).ok();
        assert_eq!(url("did:web:pds.example%3A8443", false).unwrap(), "https://pds.example:8443");
        assert_eq!(url("did:web:localhost%3A8000", true).unwrap(), "http://localhost:8000");
        for bad in ["did:web:localhost", "did:web:h:path", "did:web:a%2Fb", "did:key:abc", "did:web:10.0.0.1"] {
            assert_eq!(url(bad, false), None, "{bad}");
        }
    }

    #[test]
    fn a_document_names_handles_and_a_pds() {
        let document = |endpoint: &str| Document {
            did: "did:plc:a".to_owned(),
            json: json!({"alsoKnownAs": [5, "at://Alice.Example"], "service": [
                {"type": "AtprotoLabeler", "serviceEndpoint": "https://l.example"},
                {"type": "AtprotoPersonalDataServer", "serviceEndpoint": endpoint}]}),
        };
        let good = document("https://pds.example");
        assert!(good.names("alice.example") && !good.names("b.example"));
        assert_eq!(good.pds(false).unwrap().to_string(), "https://pds.example");
        let error = document("https://127.0.0.1").pds(false).unwrap_err().to_string();
        assert!(error.starts_with("the document of did:plc:a names no PDS that is asked: the server https"), "{error}");
    }
}
