//! Records from the AT Protocol network (feature `fetch`): for programs that take records into a project.
//!
//! Nothing here is for a build script: what a build needs is in files, and the lock file says which records they were.

mod account;
mod exchange;
mod find;
mod server;

use atdata_schema::{SchemaReference, SchemaTarget};
use serde_json::{Map, Value};

use self::account::Account;
use self::exchange::{Exchange, Failure};
use self::server::Server;
use crate::error::{Error, Problem};

/// Answers what handles stand for, unless another server is named.
pub const DEFAULT_PDS: &str = "https://bsky.social";

/// The directory of `did:plc`, unless another one is named.
pub const DEFAULT_PLC: &str = "https://plc.directory";

/// The network, as it is read: without a login, from the servers on which accounts keep their records.
///
/// A call waits for servers, a minute each at most; it must not be made from asynchronous code. Redirects are not
/// followed, and no answer is read that is larger than records are. Servers that a document of somebody else names are
/// asked over `https` alone, and only if they are none of this machine or its own network; servers of this machine are
/// asked as well, also over `http`, if one of the two that were given is on it.
///
/// ```no_run
/// use atdata_codegen::fetch::{DEFAULT_PDS, DEFAULT_PLC, Network};
///
/// let network = Network::new(DEFAULT_PDS, DEFAULT_PLC)?;
/// let photo = network.fetch("@alice.example.org/Photo@1.0.0")?;
/// println!("{} is {}", photo.uri, photo.record);
/// # Ok::<(), atdata_codegen::Error>(())
/// ```
#[derive(Debug)]
pub struct Network {
    exchange: Exchange,
    pds: Server,
    plc: Server,
    /// Whether what somebody else wrote may lead to this machine: where the network itself is on it.
    local: bool,
}

/// A schema record of the network, and where it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Published {
    /// What it says, with its keys in the order in which the network hashes them: the same on each server.
    pub record: Value,
    /// Its address, whose account is a DID.
    pub uri: String,
    /// Its CID, where the server tells it. It is not held against the record.
    pub cid: Option<String>,
    /// The handle that led to it, which its account has.
    pub handle: Option<String>,
}

impl Network {
    /// The network whose handles that PDS resolves, and whose accounts are in that directory of `did:plc`.
    ///
    /// # Errors
    /// What is no URL of a server, or one that is not encrypted and not on this machine.
    pub fn new(pds: &str, plc: &str) -> Result<Self, Error> {
        let given =
            |what: &str, url: &str| Server::given(url).map_err(|reason| Error::config(format!("{what}: {reason}")));
        let (pds, plc) = (given("the PDS", pds)?, given("the PLC directory", plc)?);
        let local = pds.is_loopback() || plc.is_loopback();
        let exchange = Exchange::new().map_err(Error::config)?;
        Ok(Self { exchange, pds, plc, local })
    }

    /// Whether that is the address or name of a record of the network, such as `at://did/science.alt.dataset.schema/key`
    /// or `@handle/Name@1.0.0`.
    pub fn knows(reference: &str) -> bool {
        let parsed = reference.parse::<SchemaReference>();
        parsed.is_ok_and(|parsed| !matches!(parsed.target(), SchemaTarget::Local { .. }))
    }

    /// The schema record that a reference leads to.
    ///
    /// Of several records of one name and version the newest counts, as for everybody who reads the account.
    ///
    /// # Errors
    /// A reference to something else; what is not there, with what there is; servers that do not answer, or not as they
    /// should. Each names the reference as its file.
    pub fn fetch(&self, reference: &str) -> Result<Published, Error> {
        self.find(reference).map_err(|failure| problem(reference, &failure))
    }

    /// [`fetch`](Self::fetch), with `None` where servers answer that there is no such record.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch): it is not known then whether there is one.
    pub fn current(&self, reference: &str) -> Result<Option<Published>, Error> {
        match self.find(reference) {
            Ok(published) => Ok(Some(published)),
            Err(Failure::Missing(_)) => Ok(None),
            Err(failure) => Err(problem(reference, &failure)),
        }
    }

    fn find(&self, reference: &str) -> Result<Published, Failure> {
        let parsed: SchemaReference = reference.parse().map_err(|error| Failure::Other(format!("{error}")))?;
        match parsed.target() {
            SchemaTarget::Record { authority, collection, key } => self.record(authority, collection, key),
            SchemaTarget::Published { authority, name, version } => self.named(authority, name, version.as_deref()),
            _ => Err(Failure::Other("is a schema of an index, not one that an account has published".to_owned())),
        }
    }
}

fn problem(reference: &str, failure: &Failure) -> Error {
    Problem::new(reference, "", failure.to_string()).into()
}

/// The same value with keys in the order of DAG-CBOR, shorter ones first.
fn in_order(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
            Value::Object(members.into_iter().map(|(key, value)| (key, in_order(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(in_order).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_has_one_order_of_keys() {
        let ordered = in_order(json!({"bb": [{"d": 1, "c": 2}], "a": 1, "$type": "t", "ab": 0}));
        assert_eq!(ordered.to_string(), r#"{"a":1,"ab":0,"bb":[{"c":2,"d":1}],"$type":"t"}"#);
    }

    #[test]
    fn references_to_the_network_are_told_from_others() {
        for known in
            ["@a.example/T@1.0.0", "at://did:plc:a/science.alt.dataset.schema/k", "atdata://a.example/schema/T"]
        {
            assert!(Network::knows(known), "{known}");
        }
        for other in ["atdata://local/schema/T@1.0.0", "local://schemas/T@1.0.0", "T.json", "@a.example/T"] {
            assert!(!Network::knows(other), "{other}");
        }
    }

    #[test]
    fn servers_that_are_given_are_encrypted_or_of_this_machine() {
        assert!(Network::new("http://localhost:2583", DEFAULT_PLC).unwrap().local);
        assert!(!Network::new(DEFAULT_PDS, DEFAULT_PLC).unwrap().local);
        let error = Network::new(DEFAULT_PDS, "http://me:secret@plc.example").unwrap_err().to_string();
        assert_eq!(
            error,
            "the PLC directory: the server http://plc.example is not encrypted: only those of this machine may be `http`",
        );
    }
}
