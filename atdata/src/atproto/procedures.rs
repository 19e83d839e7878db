//! Procedures and queries of the `AppView`, and publishing through it or without it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use atdata_schema::NAMESPACE;
use atrium_api::types::LimitedU32;
use atrium_api::types::string::Tid;
use serde_json::{Value, json};

use super::appview::AppView;
use super::client::Client;
use super::error::AtmosphereError;
use super::stored::RecordRef;
use super::transport::nonsense;
use super::xrpc::{Auth, Call};
use super::{AtUri, Atmosphere, names};
use crate::cid::Cid;
use crate::error::{Error, ErrorKind, Result};

/// The service of an `AppView`'s document that takes procedures.
const SERVICE: &str = "atdata_appview";

/// The procedure that takes the records of each collection.
const PROCEDURES: &[(&str, &str)] = &[
    ("schema", "publishSchema"),
    ("entry", "publishDataset"),
    ("label", "publishLabel"),
    ("lens", "publishLens"),
    ("lensVerification", "publishLensVerification"),
];

impl Client {
    fn appview(&self) -> Result<&AppView, AtmosphereError> {
        self.appview.as_ref().ok_or(AtmosphereError::NoAppView)
    }

    async fn publish(&self, collection: &str, record: &Value) -> Result<RecordRef, AtmosphereError> {
        // The key is chosen here, so that a record that went in unseen is not put in once more.
        let key = new_key();
        if self.appview.is_some() {
            match self.publish_by_appview(collection, key.as_str(), record).await {
                Err(error) if is_unavailable(&error) => {
                    log::warn!("the record goes to the PDS without the AppView: {error}");
                }
                answer => return answer,
            }
        }
        self.create_at(collection, key.as_str(), record).await
    }

    async fn publish_by_appview(
        &self,
        collection: &str,
        key: &str,
        record: &Value,
    ) -> Result<RecordRef, AtmosphereError> {
        let appview = self.appview()?;
        let name = collection.strip_prefix(NAMESPACE).and_then(|name| name.strip_prefix('.'));
        let procedure = PROCEDURES.iter().find(|(own, _)| Some(*own) == name).map(|(_, procedure)| procedure);
        let procedure = procedure.ok_or_else(|| AtmosphereError::Procedure(collection.to_owned()))?;
        let method = format!("{NAMESPACE}.{procedure}");
        let answer = self.procedure(&method, &json!({"record": record, "rkey": key})).await?;
        let wrong = |reason: &str| nonsense(&method, &appview.server, reason);
        let uri = answer.get("uri").and_then(Value::as_str).ok_or_else(|| wrong("expected `uri`"))?;
        let uri = names::parse(uri).map_err(|_| wrong("expected the address of a record"))?;
        if uri.authority() != self.logged_in()?.did || uri.collection() != collection {
            return Err(wrong("the record is one of another account or collection"));
        }
        let cid = answer.get("cid").and_then(Value::as_str).map(str::to_owned);
        match cid {
            Some(cid) => Ok(RecordRef { uri, cid }),
            // Its answer need not say.
            None => match self.get(&uri).await {
                Ok(record) => Ok(RecordRef { uri: record.uri, cid: record.cid }),
                Err(error) => {
                    // It is there all the same: told as a failure, it would be published again.
                    log::debug!("{uri} was published, and cannot be read back yet: {error}");
                    let mut record = record.clone();
                    if let Value::Object(members) = &mut record {
                        members.entry("$type").or_insert_with(|| json!(collection));
                    }
                    let cid = Cid::of_record(&record).map_err(|_| error)?;
                    Ok(RecordRef { uri, cid: cid.to_string() })
                }
            },
        }
    }

    /// Through one's own PDS, which signs for the account.
    async fn procedure(&self, method: &str, input: &Value) -> Result<Value, AtmosphereError> {
        let proxy = format!("{}#{SERVICE}", self.appview()?.did);
        self.authorized(&Call::procedure(method, input), Some(&proxy)).await
    }
}

/// A key of a record: later than those before it in this process, and by a clock that hardly another process has.
fn new_key() -> Tid {
    static CLOCK: LazyLock<LimitedU32<1023>> = LazyLock::new(|| {
        let [first, second, ..] = uuid::Uuid::new_v4().into_bytes();
        LimitedU32::try_from(u32::from(u16::from_le_bytes([first, second])) & 1023).unwrap_or(LimitedU32::MIN)
    });
    static LAST: AtomicI64 = AtomicI64::new(0);
    let now = chrono::Utc::now();
    let later = |last: i64| now.timestamp_micros().max(last.saturating_add(1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(later(last))).map_or(0, later);
    Tid::from_datetime(*CLOCK, chrono::DateTime::from_timestamp_micros(last).unwrap_or(now))
}

/// Whether an `AppView` did not look at what it was asked.
fn is_unavailable(error: &AtmosphereError) -> bool {
    let AtmosphereError::Call(error) = error else { return false };
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Unsupported)
        // What the reference PDS says of an AppView that it cannot find.
        || error.says("could not resolve proxy did")
}

impl Atmosphere {
    /// The DID of the `AppView`, if there is one.
    pub fn appview(&self) -> Option<&str> {
        self.client().appview.as_ref().map(|appview| appview.did.as_str())
    }

    /// The answer of the `AppView` to a query such as `science.alt.dataset.searchDatasets`, asked without a login. A
    /// parameter that is a list is given several times.
    ///
    /// No `AppView` of atdata can be installed where this library is tested: a small server stands in for one there.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) without an `AppView`, and the kinds of any call. What can be found without
    /// it, [`or_without_appview`](Self::or_without_appview) finds.
    pub fn appview_query<'a>(
        &self,
        method: &str,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Value> {
        names::nsid(method)?;
        let call = Call::query(method, parameters);
        self.run(|client| async move {
            let server = &client.appview()?.server;
            client.transport.call(server, &call, &Auth::default()).await
        })
    }

    /// What a procedure of the `AppView` answers. It is called through the PDS of whoever is logged in, which signs for
    /// the account.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported) without an `AppView`, [`Permission`](ErrorKind::Permission) without a
    /// login.
    pub fn appview_procedure(&self, method: &str, input: &Value) -> Result<Value> {
        names::nsid(method)?;
        let (method, input) = (method.to_owned(), input.clone());
        self.run(|client| async move { client.procedure(&method, &input).await })
    }

    /// What `ask` gets from the `AppView`; without one, or where it is not available, what `find` finds without it.
    ///
    /// What an `AppView` does answer, an error too, is its answer.
    pub fn or_without_appview<T>(
        &self,
        ask: impl FnOnce(&Self) -> Result<T>,
        find: impl FnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        if self.client().appview.is_none() {
            return find(self);
        }
        let unavailable = |error: &Error| {
            matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::Throttled | ErrorKind::Unsupported)
        };
        match ask(self) {
            Err(error) if unavailable(&error) => {
                log::warn!("going on without the AppView: {error}");
                find(self)
            }
            answer => answer,
        }
    }

    /// Puts a record into a collection of one's own, through the `AppView` where there is one, and into the PDS where
    /// there is none or it is not available. A record that the `AppView` refuses is not published.
    ///
    /// The record has one key whatever way it goes, so that it is there once if an answer is lost.
    ///
    /// # Errors
    /// As [`create_record`](Self::create_record).
    pub fn publish_record(&self, collection: &str, record: &Value) -> Result<RecordRef> {
        names::nsid(collection)?;
        let (collection, record) = (collection.to_owned(), record.clone());
        self.run(|client| async move { client.publish(&collection, &record).await })
    }

    /// The record at `uri`, as an `AppView` has it: its `entry`, or all it answers.
    pub fn appview_entry(&self, uri: &AtUri) -> Result<Value> {
        let mut answer = self.appview_query(&format!("{NAMESPACE}.getEntry"), [("uri", uri.to_string().as_str())])?;
        let entry = answer.get_mut("entry").map(Value::take);
        Ok(entry.unwrap_or(answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_rise_and_no_two_are_the_same() {
        let keys: Vec<_> = (0..1000).map(|_| new_key().as_str().to_owned()).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
        // The clock of this process is the end of each.
        assert!(keys.iter().all(|key| key[11..] == keys[0][11..]), "{keys:?}");
    }
}
