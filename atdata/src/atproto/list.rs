//! Pagination: the records of a collection, page by page.

use std::collections::HashSet;
use std::vec::IntoIter;

use serde_json::Value;

use super::Atmosphere;
use super::client::Client;
use super::error::AtmosphereError;
use super::server::Server;
use super::stored::StoredRecord;
use super::transport::nonsense;
use super::xrpc::{Auth, Call};
use crate::error::Result;

/// As many as a PDS gives.
const PAGE: usize = 100;
/// More pages than any account of datasets has: a server that makes them up as it is asked comes to no end.
const PAGES: usize = 2000;
/// And more bytes: each page may be large, and who looks for a name reads all of them.
const BYTES: usize = 256 << 20;
const METHOD: &str = "com.atproto.repo.listRecords";

/// The records of a collection; made by [`Atmosphere::list_records`].
///
/// After an error it ends.
#[derive(Debug)]
#[must_use]
pub struct Records {
    atmosphere: Atmosphere,
    place: Repository,
    oldest_first: bool,
    page: IntoIter<StoredRecord>,
    next: Next,
    /// The cursors so far: one that comes again would come for ever.
    seen: HashSet<String>,
    /// The bytes of the pages so far.
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Repository {
    did: String,
    server: Server,
    collection: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Next {
    Start,
    Behind(String),
    End,
}

impl Records {
    pub(super) fn new(atmosphere: Atmosphere, did: String, server: Server, collection: String) -> Self {
        let place = Repository { did, server, collection };
        let (page, seen) = (Vec::new().into_iter(), HashSet::new());
        Self { atmosphere, place, oldest_first: false, page, next: Next::Start, seen, bytes: 0 }
    }

    /// The same, with the oldest keys first; to be called before the first record is read.
    pub fn oldest_first(mut self) -> Self {
        self.oldest_first = true;
        self
    }

    /// The DID of the account.
    pub fn did(&self) -> &str {
        &self.place.did
    }

    fn fetch(&mut self) -> Result<()> {
        let (place, next, oldest_first) = (self.place.clone(), self.next.clone(), self.oldest_first);
        let (page, next, bytes) =
            self.atmosphere.run(move |client| async move { client.page(&place, &next, oldest_first).await })?;
        let nonsense = |reason: String| nonsense(METHOD, &self.place.server, reason).into_error();
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES {
            return Err(nonsense(format!("expected pages of at most {} MiB, they have more", BYTES >> 20)));
        }
        if let Next::Behind(cursor) = &next {
            if !self.seen.insert(cursor.clone()) {
                return Err(nonsense("its pages go in a circle: it sends a cursor again".to_owned()));
            }
            if self.seen.len() >= PAGES {
                return Err(nonsense(format!("expected at most {PAGES} pages, it has more")));
            }
        }
        (self.page, self.next) = (page.into_iter(), next);
        Ok(())
    }
}

impl Iterator for Records {
    type Item = Result<StoredRecord>;

    fn next(&mut self) -> Option<Result<StoredRecord>> {
        loop {
            if let Some(record) = self.page.next() {
                return Some(Ok(record));
            }
            if self.next == Next::End {
                return None;
            }
            if let Err(error) = self.fetch() {
                self.next = Next::End;
                return Some(Err(error));
            }
        }
    }
}

impl Client {
    /// A page, where the next one begins, and how many bytes it took to say so.
    async fn page(
        &self,
        place: &Repository,
        next: &Next,
        oldest_first: bool,
    ) -> Result<(Vec<StoredRecord>, Next, usize), AtmosphereError> {
        let limit = PAGE.to_string();
        let mut query =
            vec![("repo", place.did.as_str()), ("collection", place.collection.as_str()), ("limit", limit.as_str())];
        if let Next::Behind(cursor) = next {
            query.push(("cursor", cursor));
        }
        if oldest_first {
            query.push(("reverse", "true"));
        }
        let call = Call::query(METHOD, query);
        let (mut answer, bytes) = self.transport.call_measured(&place.server, &call, &Auth::default()).await?;
        let Some(Value::Array(records)) = answer.get_mut("records").map(Value::take) else {
            return Err(nonsense(METHOD, &place.server, "expected `records`"));
        };
        let records = records.into_iter().map(|record| place.parse(record)).collect::<Result<Vec<_>, _>>()?;
        let following = match answer.get("cursor").and_then(Value::as_str) {
            // Also behind a page without records: what was on it may have been deleted.
            Some(cursor) if !cursor.is_empty() => Next::Behind(cursor.to_owned()),
            _ => Next::End,
        };
        Ok((records, following, bytes))
    }
}

impl Repository {
    fn parse(&self, mut json: Value) -> Result<StoredRecord, AtmosphereError> {
        let record = StoredRecord::parse(&mut json).map_err(|reason| nonsense(METHOD, &self.server, reason))?;
        if record.uri.authority() != self.did || record.uri.collection() != self.collection {
            return Err(nonsense(METHOD, &self.server, format!("it sends {}", record.uri)));
        }
        Ok(record)
    }
}
