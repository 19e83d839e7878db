//! The repository of an account: its records, read and written.

use serde_json::{Value, json};

use super::client::Client;
use super::error::AtmosphereError;
use super::list::Records;
use super::server::Server;
use super::stored::{RecordRef, StoredRecord};
use super::transport::nonsense;
use super::xrpc::{Auth, Call};
use super::{AtUri, Atmosphere, names};
use crate::error::{Cause, ErrorKind, Result};

/// What has to be there for a record to be written or deleted; by default that does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Swap {
    record: Expected,
    commit: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Expected {
    #[default]
    Anything,
    Nothing,
    Version(String),
}

impl Swap {
    /// There is no record of that key.
    pub fn absent() -> Self {
        Self { record: Expected::Nothing, commit: None }
    }

    /// The record is of the version with this CID.
    pub fn of(cid: impl Into<String>) -> Self {
        Self { record: Expected::Version(cid.into()), commit: None }
    }

    /// And the last commit of the account has this CID.
    pub fn with_commit(mut self, cid: impl Into<String>) -> Self {
        self.commit = Some(cid.into());
        self
    }

    /// Whether to do it twice is as good as once.
    fn is_any(&self) -> bool {
        *self == Self::default()
    }

    fn add_to(&self, input: &mut Value) {
        match &self.record {
            Expected::Anything => {}
            Expected::Nothing => add(input, "swapRecord", Value::Null),
            Expected::Version(cid) => add(input, "swapRecord", json!(cid)),
        }
        if let Some(commit) = &self.commit {
            add(input, "swapCommit", json!(commit));
        }
    }
}

/// One of several writes that are done at once.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RecordWrite {
    /// A new record; without a key the PDS chooses one.
    Create {
        /// Its collection.
        collection: String,
        /// Its key.
        key: Option<String>,
        /// Its content.
        value: Value,
    },
    /// Another content for a record that is there.
    Update {
        /// Its collection.
        collection: String,
        /// Its key.
        key: String,
        /// Its new content.
        value: Value,
    },
    /// The end of a record.
    Delete {
        /// Its collection.
        collection: String,
        /// Its key.
        key: String,
    },
}

impl RecordWrite {
    fn to_json(&self) -> Result<Value, AtmosphereError> {
        let (kind, collection, key, value) = match self {
            Self::Create { collection, key, value } => ("create", collection, key.as_ref(), Some(value)),
            Self::Update { collection, key, value } => ("update", collection, Some(key), Some(value)),
            Self::Delete { collection, key } => ("delete", collection, Some(key), None),
        };
        names::nsid(collection)?;
        let mut write = json!({"$type": format!("com.atproto.repo.applyWrites#{kind}"), "collection": collection});
        if let Some(key) = key {
            names::record_key(key)?;
            add(&mut write, "rkey", json!(key));
        }
        if let Some(value) = value {
            add(&mut write, "value", value.clone());
        }
        Ok(write)
    }
}

fn add(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(map) = object {
        map.insert(name.to_owned(), value);
    }
}

impl Client {
    /// The DID of an account, and where its records are.
    pub(super) async fn repository(&self, account: &str) -> Result<(String, Server), AtmosphereError> {
        if let Some(session) = self.session()
            && (session.did == account || session.handle == account)
        {
            return Ok((session.did.clone(), session.pds.clone()));
        }
        match self.identities.find(account).await {
            Ok(document) => Ok((document.did.clone(), document.pds()?.clone())),
            // A PDS may have accounts that no directory knows.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let call = Call::query("com.atproto.repo.describeRepo", [("repo", account)]);
                let known = self.transport.call(&self.pds, &call, &Auth::default()).await.ok();
                let did = known.as_ref().and_then(|known| names::did(known.get("did")?.as_str()?).ok());
                Ok((did.ok_or(error)?, self.pds.clone()))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn get(&self, uri: &AtUri) -> Result<StoredRecord, AtmosphereError> {
        let (did, server) = self.repository(uri.authority()).await?;
        let query = [("repo", did.as_str()), ("collection", uri.collection()), ("rkey", uri.rkey())];
        let call = Call::query("com.atproto.repo.getRecord", query);
        let mut answer = self.transport.call(&server, &call, &Auth::default()).await?;
        let record = StoredRecord::parse(&mut answer).map_err(|reason| nonsense(&call.method, &server, reason))?;
        if record.uri.authority() != did
            || record.uri.collection() != uri.collection()
            || record.uri.rkey() != uri.rkey()
        {
            return Err(nonsense(&call.method, &server, format!("it sends {}", record.uri)));
        }
        Ok(record)
    }

    /// A call that writes one record of one's own.
    async fn write(&self, method: &str, mut input: Value, swap: &Swap) -> Result<Value, AtmosphereError> {
        swap.add_to(&mut input);
        add(&mut input, "repo", json!(self.logged_in()?.did));
        let call = Call::procedure(method, &input);
        let again = swap.is_any() && method != "com.atproto.repo.createRecord";
        self.authorized(&if again { call.repeatable() } else { call }, None).await
    }

    async fn create(&self, collection: &str, key: Option<&str>, record: &Value) -> Result<RecordRef, AtmosphereError> {
        let method = "com.atproto.repo.createRecord";
        let mut input = json!({"collection": collection, "record": record, "validate": false});
        if let Some(key) = key {
            add(&mut input, "rkey", json!(key));
        }
        let answer = self.write(method, input, &Swap::default()).await?;
        self.written(method, &answer)
    }

    /// Where it is not known whether the record was created, that is looked up.
    pub(super) async fn create_at(
        &self,
        collection: &str,
        key: &str,
        record: &Value,
    ) -> Result<RecordRef, AtmosphereError> {
        let error = match self.create(collection, Some(key), record).await {
            // The reference PDS answers 500 where there is such a record, too.
            Err(error) if error.kind() == ErrorKind::Interrupted => error,
            answer => return answer,
        };
        let uri = names::address(&self.logged_in()?.did, collection, key)?;
        let mut expected = record.clone();
        if expected.get("$type").is_none() {
            add(&mut expected, "$type", json!(collection));
        }
        match self.get(&uri).await {
            Ok(found) if found.value == expected => Ok(RecordRef { uri: found.uri, cid: found.cid }),
            Ok(_) => Err(AtmosphereError::Exists(uri)),
            Err(_) => Err(error),
        }
    }

    fn written(&self, method: &str, answer: &Value) -> Result<RecordRef, AtmosphereError> {
        let session = self.logged_in()?;
        RecordRef::parse(answer).map_err(|reason| nonsense(method, &session.pds, reason))
    }
}

impl Atmosphere {
    /// Puts a new record into a collection of one's own; the PDS chooses its key.
    ///
    /// The record is sent once: if its answer is lost, it is not known whether there is one now, and the error is
    /// [`Interrupted`](ErrorKind::Interrupted). With a key of one's own that is looked up:
    /// [`create_record_at`](Self::create_record_at).
    ///
    /// # Errors
    /// [`Permission`](ErrorKind::Permission) without a login, [`InvalidInput`](ErrorKind::InvalidInput) with the server's
    /// words for what it does not take.
    pub fn create_record(&self, collection: &str, record: &Value) -> Result<RecordRef> {
        names::nsid(collection)?;
        let (collection, record) = (collection.to_owned(), record.clone());
        self.run(|client| async move { client.create(&collection, None, &record).await })
    }

    /// Puts a new record under this key into a collection of one's own. One that is there already, and the same, is as
    /// good; so this may be called again after a failure.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if there is another one under the key.
    pub fn create_record_at(&self, collection: &str, key: &str, record: &Value) -> Result<RecordRef> {
        let (collection, key) = (names::nsid(collection)?, names::record_key(key)?);
        let record = record.clone();
        self.run(|client| async move { client.create_at(&collection, &key, &record).await })
    }

    /// Puts a record under this key into a collection of one's own, in place of one that is there.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if what is there is not what `swap` asks for.
    pub fn put_record(&self, collection: &str, key: &str, record: &Value, swap: &Swap) -> Result<RecordRef> {
        let (collection, key) = (names::nsid(collection)?, names::record_key(key)?);
        let input = json!({"collection": *collection, "rkey": *key, "record": record, "validate": false});
        let swap = swap.clone();
        self.run(|client| async move {
            let method = "com.atproto.repo.putRecord";
            let answer = client.write(method, input, &swap).await?;
            client.written(method, &answer)
        })
    }

    /// Deletes a record of one's own; that there is none is as good.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) if what is there is not what `swap` asks for.
    pub fn delete_record(&self, collection: &str, key: &str, swap: &Swap) -> Result<()> {
        let (collection, key) = (names::nsid(collection)?, names::record_key(key)?);
        let input = json!({"collection": *collection, "rkey": *key});
        let swap = swap.clone();
        self.run(|client| async move { client.write("com.atproto.repo.deleteRecord", input, &swap).await.map(drop) })
    }

    /// Does several writes of one's own at once: all of them, or none. What was written is given in the same order, with
    /// nothing for what was deleted.
    pub fn apply_writes(&self, writes: &[RecordWrite]) -> Result<Vec<Option<RecordRef>>> {
        let writes = writes.iter().map(RecordWrite::to_json).collect::<Result<Vec<_>, _>>()?;
        let input = json!({"writes": writes, "validate": false});
        self.run(|client| async move {
            let method = "com.atproto.repo.applyWrites";
            let mut input = input;
            add(&mut input, "repo", json!(client.logged_in()?.did));
            let answer = client.authorized(&Call::procedure(method, &input), None).await?;
            let results = answer.get("results").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let parsed = |result: &Value| match result.get("uri") {
                Some(_) => client.written(method, result).map(Some),
                None => Ok(None),
            };
            results.iter().map(parsed).collect()
        })
    }

    /// The record at `uri`, from the PDS of the account; a login is not needed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no such account or record.
    pub fn get_record(&self, uri: &AtUri) -> Result<StoredRecord> {
        let uri = names::parse(&uri.to_string())?;
        self.run(|client| async move { client.get(&uri).await })
    }

    /// [`get_record`](Self::get_record), with nothing where the PDS of the account answers that there is no such record.
    ///
    /// # Errors
    /// As [`get_record`](Self::get_record), [`NotFound`](ErrorKind::NotFound) for an account that is not found among them:
    /// it is not known then whether there is such a record.
    pub fn find_record(&self, uri: &AtUri) -> Result<Option<StoredRecord>> {
        let uri = names::parse(&uri.to_string())?;
        self.run(|client| async move {
            match client.get(&uri).await {
                Err(error) if error.is_no_record() => Ok(None),
                found => found.map(Some),
            }
        })
    }

    /// The collections that an account, which is a DID or handle, has records in, from its PDS; a login is not needed.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no such account.
    pub fn collections(&self, account: &str) -> Result<Vec<String>> {
        let account = names::account(account)?;
        self.run(|client| async move {
            let (did, server) = client.repository(&account).await?;
            let call = Call::query("com.atproto.repo.describeRepo", [("repo", did.as_str())]);
            let answer = client.transport.call(&server, &call, &Auth::default()).await?;
            let names = answer.get("collections").and_then(Value::as_array);
            let names = names.ok_or_else(|| nonsense(&call.method, &server, "expected `collections`"))?;
            Ok(names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        })
    }

    /// The records of a collection of an account, which is a DID or handle, from its PDS; a login is not needed. The
    /// newest keys come first.
    ///
    /// They are fetched a hundred at a time, while the iterator is read.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no such account.
    pub fn list_records(&self, account: &str, collection: &str) -> Result<Records> {
        let (account, collection) = (names::account(account)?, names::nsid(collection)?);
        let (did, server) = self.run(|client| async move { client.repository(&account).await })?;
        Ok(Records::new(self.clone(), did, server, collection.into()))
    }
}
