//! What the calls of a provider have in common, and what each asks of the server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use redis::cmd;

use super::connection::{Connection, Find};
use super::hash::{self, Hash};
use super::{keys, scripts};
use crate::entry::{Entry, Label};
use crate::error::Result;
use crate::index::Registration;
use crate::index::merge::Found as Met;
use crate::index::provider::{Document, DocumentKind, latest_first};

/// What the calls of a provider have in common, from whatever thread.
pub(super) struct Shared {
    pub(super) connection: Connection,
    /// Whether the server is of this machine.
    pub(super) is_local: bool,
    /// Whether nothing is to be written, our own keys as well.
    pub(super) read_only: bool,
    /// Whether there are entries and schemas of old versions, which are not found by their keys.
    pub(super) legacy_entries: AtomicBool,
    /// Where those of old versions are, once that was asked for.
    pub(super) legacy_keys: Mutex<Option<LegacyKeys>>,
    pub(super) legacy_schemas: AtomicBool,
}

/// What `find.lua` gives first.
const KNOWN: u8 = 1;
const BEING_FILLED: u8 = 2;
/// Who fills our keys is waited for so long.
const FILLED_WITHIN: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// The keys of entries of old versions, by CID.
pub(super) type LegacyKeys = HashMap<String, Vec<Vec<u8>>>;

/// What `find.lua` knows.
type Found = (bool, Vec<Hash>, Vec<u8>, Hash);

impl Shared {
    pub(super) async fn open(
        client: redis::Client,
        find: Option<Find>,
        url: String,
        is_local: bool,
        read_only: bool,
    ) -> Result<Arc<Self>> {
        let connection = Connection::open(client, find, url).await?;
        let known: Vec<Option<u64>> =
            connection.get(cmd("HMGET").arg(keys::STATE).arg(&["legacy_entries", "legacy_schemas"])).await?;
        let legacy = |at: usize| AtomicBool::new(known.get(at).copied().flatten() != Some(0));
        let shared = Self {
            connection,
            is_local,
            read_only,
            legacy_entries: legacy(0),
            legacy_keys: Mutex::default(),
            legacy_schemas: legacy(1),
        };
        // Who writes nothing down would look for the same again when a name is asked for.
        if known.contains(&None) && !read_only {
            shared.search().await?;
        }
        Ok(Arc::new(shared))
    }

    pub(super) async fn hash(&self, key: &str) -> Result<Hash> {
        self.connection.get(cmd("HGETALL").arg(key)).await
    }

    pub(super) async fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        match hash::entry(cid, &self.hash(&keys::entry(cid)).await?)? {
            None if self.legacy_entries.load(Ordering::Relaxed) => self.legacy_entry(cid).await,
            entry => Ok(entry),
        }
    }

    pub(super) async fn merge(&self, registration: &Registration) -> Result<Entry> {
        let Registration { entry, label, .. } = registration;
        loop {
            let seen = self.hash(&keys::entry(&entry.cid)).await?;
            let stored = match hash::entry(&entry.cid, &seen)? {
                None => self.entry(&entry.cid).await?,
                stored => stored,
            };
            let is_name_taken = match &stored {
                Some(stored) if stored.name != entry.name => self.latest_label(&stored.name).await?.is_some(),
                _ => true,
            };
            let led_to = self.exact_label(&label.name, label.version()).await?;
            // Only a version can be lower than another.
            let named = if label.version.is_some() { self.labels_latest_first(&label.name).await? } else { Vec::new() };
            let expected = led_to.as_ref().map(|label| label.cid.clone()).unwrap_or_default();
            let outcome = registration.decide(Met { entry: stored, label: led_to, named, is_name_taken })?;
            if let Some(former) = &outcome.former {
                self.connection.script::<()>(&scripts::REGISTER, &scripts::register(None, Some(former))).await?;
            }
            let expected = (!registration.replace && label.version.is_some()).then_some(expected.as_str());
            if self.connection.script(&scripts::MERGE, &scripts::merge(&outcome, &seen, expected)).await? {
                return Ok(outcome.entry);
            }
            // Somebody else was quicker: what they have stored is looked at.
        }
    }

    /// What our own keys know of a name. While somebody fills them they are waited for, so that not everybody searches
    /// the database at once.
    pub(super) async fn find(&self, name: &str, what: &str) -> Result<Found> {
        let end = Instant::now() + FILLED_WITHIN;
        loop {
            let (known, labels, cid, entry): (u8, Vec<Hash>, Vec<u8>, Hash) =
                self.connection.script(&scripts::FIND, &[name.into(), what.into()]).await?;
            if known != BEING_FILLED || Instant::now() > end {
                return Ok((known == KNOWN, labels, cid, entry));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub(super) async fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        let (known, _, cid, entry) = self.find(name, "entry").await?;
        if known {
            return hash::entry(&hash::text(cid, "cid")?, &entry);
        }
        self.search().await?.entry(self, name).await
    }

    pub(super) async fn exact_label(&self, name: &str, version: &str) -> Result<Option<Label>> {
        let label = hash::label(&self.hash(&keys::label(name, version)).await?)?;
        Ok(label.map(|dated| dated.label).filter(|label| {
            // Another label may have the same key.
            label.name == name && label.version.as_deref().unwrap_or_default() == version
        }))
    }

    pub(super) async fn latest_label(&self, name: &str) -> Result<Option<Label>> {
        let (known, labels, ..) = self.find(name, "label").await?;
        if known {
            return Ok(hash::latest(&labels));
        }
        self.search().await?.latest_label(self, name).await
    }

    pub(super) async fn labels_latest_first(&self, name: &str) -> Result<Vec<Label>> {
        match self.latest_label(name).await? {
            Some(latest) => Ok(latest_first(Some(latest), self.labels_named(name).await?)),
            None => Ok(Vec::new()),
        }
    }

    pub(super) async fn follow(&self, name: &str, version: &str) -> Result<Option<Entry>> {
        let call = [name.into(), version.into()];
        let (cid, entry): (Vec<u8>, Hash) = self.connection.script(&scripts::FOLLOW, &call).await?;
        if cid.is_empty() {
            return Ok(None);
        }
        let cid = hash::text(cid, "cid")?;
        match hash::entry(&cid, &entry)? {
            None if self.legacy_entries.load(Ordering::Relaxed) => self.entry(&cid).await,
            entry => Ok(entry),
        }
    }

    pub(super) async fn resolve_latest(&self, name: &str) -> Result<Option<Entry>> {
        let (known, labels, cid, entry) = self.find(name, "resolve").await?;
        if known && labels.is_empty() {
            return hash::entry(&hash::text(cid, "cid")?, &entry);
        }
        let (label, seen) = if known {
            (hash::latest(&labels), None)
        } else {
            let seen = self.search().await?;
            (seen.latest_label(self, name).await?, Some(seen))
        };
        if let Some(label) = label
            && let Some(entry) = self.entry(&label.cid).await?
        {
            return Ok(Some(entry));
        }
        match seen {
            Some(seen) => seen.entry(self, name).await,
            None => self.entry_by_name(name).await,
        }
    }

    pub(super) async fn remove_entry(&self, cid: &str) -> Result<bool> {
        let removed: bool = self.connection.script(&scripts::REMOVE_ENTRY, &[cid.into()]).await?;
        Ok(self.remove_legacy(cid).await? || removed)
    }

    /// Removes what old versions have stored of it; whether there was anything.
    async fn remove_legacy(&self, cid: &str) -> Result<bool> {
        let mut removed = false;
        while self.legacy_entries.load(Ordering::Relaxed) {
            let Some(entry) = self.legacy_entry(cid).await? else { break };
            let key = keys::legacy_entry(&entry.legacy_uuid.unwrap_or_default());
            removed |= self.connection.script::<bool>(&scripts::REMOVE_KEY, &[key.into()]).await?;
        }
        Ok(removed)
    }

    pub(super) async fn remove_unlabelled(&self, cid: &str) -> Result<bool> {
        const NOT_THERE: u8 = 0;
        const LABELLED: u8 = 2;
        loop {
            let stamp: Option<String> = self.connection.get(cmd("HGET").arg(keys::STATE).arg("stamp")).await?;
            if !self.labels_of(cid).await?.is_empty() {
                return Ok(false);
            }
            let call = [cid.into(), stamp.unwrap_or_default().into()];
            match self.connection.script(&scripts::REMOVE_UNLABELLED, &call).await? {
                LABELLED => {}
                // One of an old version may be there, which nobody writes any more.
                removed => return Ok(self.remove_legacy(cid).await? || removed != NOT_THERE),
            }
        }
    }

    pub(super) async fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        let Document { name, version, json } = document;
        if kind == DocumentKind::Schema
            && self.legacy_schemas.load(Ordering::Relaxed)
            && self.legacy_schema(name, version).await?.is_some()
        {
            return Ok(false);
        }
        let call = [keys::document(kind, name, version).into(), json.as_str().into()];
        let (added, attempts) = self.connection.script_counted(&scripts::ADD_DOCUMENT, &call).await?;
        // The answer to the first attempt may have been lost, and what is there be our own.
        Ok(added || (attempts > 1 && self.document(kind, name, version).await?.as_ref() == Some(json)))
    }

    pub(super) async fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        let json: Option<Vec<u8>> = self.connection.get(cmd("GET").arg(keys::document(kind, name, version))).await?;
        match json {
            Some(json) => Ok(Some(hash::text(json, "record")?)),
            None if kind == DocumentKind::Schema && self.legacy_schemas.load(Ordering::Relaxed) => {
                self.legacy_schema(name, version).await
            }
            None => Ok(None),
        }
    }
}
