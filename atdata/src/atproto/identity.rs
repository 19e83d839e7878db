//! Identity: from handles to accounts (DIDs), and from accounts to the servers that keep their records.

mod cache;
mod document;

use std::time::Duration;

use reqwest::Url;

use self::cache::Cache;
pub(super) use self::document::Document;
use super::error::AtmosphereError;
use super::names;
use super::server::{Server, Trust};
use super::transport::{Transport, nonsense};
use super::xrpc::{Auth, Call};
use crate::error::ErrorKind;
use crate::net::url::percent_decoded;

const LARGEST_DOCUMENT: usize = 1 << 20;
const LONGEST_DID: usize = 4 << 10;

/// Documents and handles stay what they were for so long; a directory is not asked for each shard.
const KEPT_FOR: Duration = Duration::from_secs(10 * 60);
const KEPT: usize = 1024;

/// Names under which no server of the public network is: nobody is asked about them.
const RESERVED: &[&str] = &["test", "local", "localhost", "invalid", "example", "internal", "onion", "arpa", "alt"];

/// Finds accounts.
#[derive(Debug)]
pub(super) struct Identities {
    transport: Transport,
    /// Answers what handles stand for.
    pds: Server,
    /// The directory of `did:plc`.
    plc: Server,
    trust: Trust,
    documents: Cache<Document>,
    handles: Cache<String>,
}

impl Identities {
    pub(super) fn new(transport: Transport, pds: Server, plc: Server, trust: Trust) -> Self {
        let (documents, handles) = (Cache::new(KEPT, KEPT_FOR), Cache::new(KEPT, KEPT_FOR));
        Self { transport, pds, plc, trust, documents, handles }
    }

    /// The document of the account that a DID or handle stands for. That of a handle has to name it.
    pub(super) async fn find(&self, account: &str) -> Result<Document, AtmosphereError> {
        if account.starts_with("did:") {
            return self.document(account).await;
        }
        let did = self.resolve(account).await?;
        let mut document = self.document(&did).await?;
        if !document.names(account) {
            return Err(AtmosphereError::Handle { handle: account.to_owned(), did });
        }
        document.handle = Some(account.to_owned());
        Ok(document)
    }

    /// The DID that a handle leads to: by the PDS, or by what its own host says.
    async fn resolve(&self, handle: &str) -> Result<String, AtmosphereError> {
        if let Some(did) = self.handles.get(handle) {
            return Ok(did);
        }
        let did = match self.ask_pds(handle).await {
            Ok(did) => did,
            // What the PDS said is what to tell, if the host says nothing.
            Err(error) => self.ask_host(handle).await.ok_or(error)?,
        };
        self.handles.put(handle, did.clone());
        Ok(did)
    }

    async fn ask_pds(&self, handle: &str) -> Result<String, AtmosphereError> {
        let call = Call::query("com.atproto.identity.resolveHandle", [("handle", handle)]);
        let answer = self.transport.call(&self.pds, &call, &Auth::default()).await.map_err(|error| match error {
            // How servers say that there is no such handle: it is sound, for it was looked at before.
            AtmosphereError::Call(source) if matches!(source.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                AtmosphereError::NoHandle { handle: handle.to_owned(), source }
            }
            error => error,
        })?;
        let did = answer.get("did").and_then(|did| did.as_str()).and_then(|did| names::did(did).ok());
        did.ok_or_else(|| nonsense(&call.method, &self.pds, "expected a DID"))
    }

    async fn ask_host(&self, handle: &str) -> Option<String> {
        let top = handle.rsplit('.').next()?;
        if RESERVED.contains(&top) {
            return None;
        }
        let server = Server::found(&format!("https://{handle}"), self.trust).ok()?;
        let asked = self.transport.get(&server, &[".well-known", "atproto-did"], "the DID", LONGEST_DID).await;
        let text = asked.inspect_err(|error| log::debug!("{error}")).ok()?;
        names::did(String::from_utf8(text).ok()?.trim()).ok()
    }

    /// The document of a DID.
    pub(super) async fn document(&self, did: &str) -> Result<Document, AtmosphereError> {
        if let Some(document) = self.documents.get(did) {
            return Ok(document);
        }
        let did = names::did(did)?;
        let json = match did.split(':').nth(1) {
            Some("plc") => self.transport.get(&self.plc, &[&did], "the DID document", LARGEST_DOCUMENT).await?,
            Some("web") => {
                let (server, path) = (self.web_server(&did)?, [".well-known", "did.json"]);
                self.transport.get(&server, &path, "the DID document", LARGEST_DOCUMENT).await?
            }
            _ => return Err(AtmosphereError::Method { did }),
        };
        let document = Document::parse(&did, &json, self.trust)?;
        self.documents.put(&did, document.clone());
        Ok(document)
    }

    /// The host of a `did:web`, whose port is written `%3A443`.
    fn web_server(&self, did: &str) -> Result<Server, AtmosphereError> {
        web_server(did, self.trust).ok_or_else(|| AtmosphereError::Method { did: did.to_owned() })?
    }

    /// Where a PDS gives a blob.
    pub(super) async fn blob_url(&self, did: &str, cid: &str) -> Result<Url, AtmosphereError> {
        let document = self.document(did).await?;
        let mut url = document.pds()?.url(&["xrpc", "com.atproto.sync.getBlob"]);
        url.query_pairs_mut().append_pair("did", did).append_pair("cid", cid);
        Ok(url)
    }
}

/// The server that a `did:web` names; `None` where it has a path, or is none.
pub(super) fn web_server(did: &str, trust: Trust) -> Option<Result<Server, AtmosphereError>> {
    let name = did.strip_prefix("did:web:").filter(|name| !name.contains(':'))?;
    let authority = String::from_utf8(percent_decoded(name)).ok()?;
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    if !authority.bytes().all(sound) {
        return None;
    }
    // As for everybody: a server of this machine has no certificate.
    let server = Server::found(&format!("https://{authority}"), trust);
    let local = server.as_ref().is_ok_and(Server::is_loopback);
    Some(if local { Server::found(&format!("http://{authority}"), trust) } else { server })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_did_of_the_web_names_a_host() {
        let local = Trust { local: true, http: false };
        let url = |did, trust| web_server(did, trust).map(|server| server.map(|server| server.to_string()).ok());
        assert_eq!(url("did:web:pds.example", Trust::default()), Some(Some("https://pds.example".into())));
        assert_eq!(url("did:web:pds.example%3A8443", Trust::default()), Some(Some("https://pds.example:8443".into())));
        assert_eq!(url("did:web:localhost%3A8000", local), Some(Some("http://localhost:8000".into())));
        assert_eq!(url("did:web:localhost%3A8000", Trust::default()), Some(None));
        for bad in ["did:web:h:path", "did:web:", "did:web:a%2Fb", "did:web:u%40h", "did:plc:abc", "did:web:%ff"] {
            assert!(!matches!(web_server(bad, Trust::default()), Some(Ok(_))), "{bad}");
        }
    }
}
