//! SCAN: searching the database, for what is not found by its key.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use redis::{Cmd, Pipeline, cmd};

use super::hash::{self, Hash};
use super::scripts::{self, Argument};
use super::{Shared, keys};
use crate::entry::{Entry, Label};
use crate::error::{ErrorKind, Result};

/// So many keys are looked at in one step of the server, and so many hashes asked for at once.
const STEP: usize = 1000;

/// The names that a search found.
#[derive(Default)]
pub(super) struct Seen {
    /// CIDs and names.
    entries: Vec<(String, String)>,
    /// Names and versions.
    labels: Vec<(String, String)>,
    legacy_entries: Vec<Vec<u8>>,
    legacy_schemas: usize,
}

/// What an entry is chosen by.
pub(super) struct Brief {
    pub(super) key: Vec<u8>,
    pub(super) cid: String,
    pub(super) name: String,
    pub(super) schema_ref: String,
}

/// What the names of the index are read from.
enum Key {
    Entry(String),
    Label,
}

impl Shared {
    /// The keys that match a pattern.
    pub(super) async fn keys(&self, pattern: &str) -> Result<Vec<Vec<u8>>> {
        let mut keys = HashSet::new();
        let mut cursor = 0_u64;
        loop {
            let (next, batch): (u64, Vec<Vec<u8>>) = self.connection.get(&scan(cursor, Some(pattern))).await?;
            keys.extend(batch);
            cursor = next;
            if cursor == 0 {
                return Ok(keys.into_iter().collect());
            }
        }
    }

    /// The hashes whose keys match a pattern.
    pub(super) async fn hashes(&self, pattern: &str) -> Result<Vec<(Vec<u8>, Hash)>> {
        let mut keys = self.keys(pattern).await?;
        keys.retain(|key| keys::is_hash(key));
        let mut hashes = Vec::with_capacity(keys.len());
        for batch in keys.chunks(STEP) {
            hashes.extend(batch.iter().cloned().zip(self.get_each::<Hash>("HGETALL", batch).await?));
        }
        Ok(hashes)
    }

    /// The texts at these keys, but for those that are gone by now.
    pub(super) async fn texts(&self, keys: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut texts = Vec::with_capacity(keys.len());
        for batch in keys.chunks(STEP) {
            let found = self.get_each::<Option<Vec<u8>>>("GET", batch).await?;
            texts.extend(batch.iter().cloned().zip(found).filter_map(|(key, text)| Some((key, text?))));
        }
        Ok(texts)
    }

    /// What is little of each entry; of those of old versions, which are few, all of it is read for that.
    pub(super) async fn briefs(&self) -> Result<Vec<Brief>> {
        let mut keys = self.keys(keys::ANY_ENTRY).await?;
        keys.retain(|key| keys::is_hash(key));
        let mut briefs = Vec::with_capacity(keys.len());
        for batch in keys.chunks(STEP) {
            let mut pipeline = Pipeline::with_capacity(batch.len());
            for key in batch {
                pipeline.cmd("HMGET").arg(key.as_slice()).arg(&["name", "schema_ref"]);
            }
            let found: Vec<Vec<Option<Vec<u8>>>> = self.connection.get_all(&pipeline).await?;
            for (key, found) in batch.iter().zip(found) {
                let text = |at: usize| String::from_utf8(found.get(at)?.clone()?).ok();
                match (keys::entry_cid(key), text(0), text(1)) {
                    (Some(cid), Some(name), Some(schema_ref)) => {
                        briefs.push(Brief { key: key.clone(), cid, name, schema_ref });
                    }
                    (Some(cid), ..) => log::warn!("an entry is left out: the hash of {cid} is not whole"),
                    (None, ..) => briefs.extend(self.legacy_brief(key).await?),
                }
            }
        }
        Ok(briefs)
    }

    async fn legacy_brief(&self, key: &[u8]) -> Result<Option<Brief>> {
        let fields: Hash = self.connection.get(cmd("HGETALL").arg(key)).await?;
        let entry = self.legacy_entry_of(key, &fields);
        let entry = entry.inspect_err(|error| log::warn!("an entry is left out: {error:#}")).ok().flatten();
        Ok(entry.map(|Entry { cid, name, schema_ref, .. }| Brief { key: key.into(), cid, name, schema_ref }))
    }

    /// The entries at these keys, what is wrong with them, or nothing where they are gone.
    pub(super) async fn entries_at(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Result<Option<Entry>>>> {
        let hashes = self.get_each::<Hash>("HGETALL", &keys).await?;
        let entry = |(key, fields): (&Vec<u8>, Hash)| match keys::entry_cid(key) {
            Some(cid) => hash::entry(&cid, &fields),
            None => self.legacy_entry_of(key, &fields),
        };
        Ok(keys.iter().zip(hashes).map(entry).collect())
    }

    /// The labels that lead to an entry.
    pub(super) async fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        // A search may come by a key twice.
        let mut labels: Vec<Label> = Vec::new();
        let mut cursor = "0".to_owned();
        loop {
            let call = [cursor.as_str().into(), cid.into()];
            let (next, found): (String, Vec<Hash>) = self.connection.script(&scripts::LABELS_OF, &call).await?;
            for label in found.iter().filter_map(|fields| hash::label(fields).transpose()) {
                let label = label?.label;
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
            cursor = next;
            if cursor == "0" {
                return Ok(labels);
            }
        }
    }

    async fn get_each<T: redis::FromRedisValue>(&self, command: &str, keys: &[Vec<u8>]) -> Result<Vec<T>> {
        let mut pipeline = Pipeline::with_capacity(keys.len());
        for key in keys {
            pipeline.cmd(command).arg(key.as_slice());
        }
        self.connection.get_all(&pipeline).await
    }

    /// Looks at all names, and fills our own keys with them if nobody else does.
    pub(super) async fn search(&self) -> Result<Seen> {
        let token = uuid::Uuid::new_v4().hyphenated().to_string();
        let rebuilds = match self.connection.script(&scripts::REBUILD_BEGIN, &[token.as_str().into()]).await {
            Ok(rebuilds) => rebuilds,
            // It can still be read from.
            Err(error) if error.kind() == ErrorKind::Permission => false,
            Err(error) => return Err(error),
        };
        let mut seen = Seen::default();
        let mut cursor = 0_u64;
        loop {
            let (next, batch): (u64, Vec<Vec<u8>>) = self.connection.get(&scan(cursor, None)).await?;
            let notes = self.look_at(batch, &mut seen).await?;
            if rebuilds && !notes.is_empty() {
                let call: Vec<_> = [Argument::from(token.as_str())].into_iter().chain(notes).collect();
                self.connection.script::<()>(&scripts::REBUILD_NOTE, &call).await?;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
        if rebuilds {
            let counts = [seen.legacy_entries.len(), seen.legacy_schemas].map(|count| count.to_string().into());
            let call: Vec<_> = [token.as_str().into()].into_iter().chain(counts).collect();
            self.connection.script::<()>(&scripts::REBUILD_FINISH, &call).await?;
        }
        self.legacy_entries.store(!seen.legacy_entries.is_empty(), Ordering::Relaxed);
        self.legacy_schemas.store(seen.legacy_schemas > 0, Ordering::Relaxed);
        Ok(seen)
    }

    /// Adds what these keys hold to `seen`; what of it is to be noted in our own keys.
    async fn look_at(&self, batch: Vec<Vec<u8>>, seen: &mut Seen) -> Result<Vec<Argument>> {
        let mut wanted = Vec::new();
        let mut pipeline = Pipeline::new();
        for key in batch {
            if let Some(cid) = keys::entry_cid(&key) {
                pipeline.cmd("HMGET").arg(&key).arg(&["name"]);
                wanted.push(Key::Entry(cid));
            } else if key.starts_with(keys::LABEL.as_bytes()) {
                pipeline.cmd("HMGET").arg(&key).arg(&["name", "version"]);
                wanted.push(Key::Label);
            } else if keys::legacy_uuid(&key).is_some() {
                seen.legacy_entries.push(key);
            } else if keys::legacy_schema_name(&key).is_some() {
                seen.legacy_schemas += 1;
            }
        }
        let mut notes = Vec::new();
        if wanted.is_empty() {
            return Ok(notes);
        }
        let found: Vec<Vec<Option<Vec<u8>>>> = self.connection.get_all(&pipeline).await?;
        for (key, found) in wanted.into_iter().zip(found) {
            // Others are read when they are asked for, and are an error then.
            let mut texts = found.into_iter().map(|text| text.and_then(|text| String::from_utf8(text).ok()));
            let Some(name) = texts.next().flatten() else { continue };
            match key {
                Key::Entry(cid) => {
                    notes.extend(["entry", &name, &cid].map(Argument::from));
                    seen.entries.push((cid, name));
                }
                Key::Label => {
                    let version = texts.next().flatten().unwrap_or_default();
                    notes.extend(["label", &name, &version].map(Argument::from));
                    seen.labels.push((name, version));
                }
            }
        }
        Ok(notes)
    }
}

impl Seen {
    pub(super) async fn latest_label(&self, shared: &Shared, name: &str) -> Result<Option<Label>> {
        let versions: HashSet<&str> =
            self.labels.iter().filter(|(own, _)| own == name).map(|(_, version)| version.as_str()).collect();
        let keys: Vec<_> = versions.iter().map(|version| keys::label(name, version).into_bytes()).collect();
        if keys.is_empty() {
            return Ok(None);
        }
        let mut hashes = shared.get_each::<Hash>("HGETALL", &keys).await?;
        hashes.retain(|hash| hash.get(b"name".as_slice()).is_some_and(|own| own.as_slice() == name.as_bytes()));
        hash::latest(&hashes)
    }

    pub(super) async fn entry(&self, shared: &Shared, name: &str) -> Result<Option<Entry>> {
        for (cid, _) in self.entries.iter().filter(|(_, own)| own == name) {
            // It may have been renamed or removed meanwhile.
            let entry = hash::entry(cid, &shared.hash(&keys::entry(cid)).await?)?;
            if let Some(entry) = entry.filter(|entry| entry.name == name) {
                return Ok(Some(entry));
            }
        }
        let key = keys::legacy_entry(name);
        if self.legacy_entries.iter().any(|own| own == key.as_bytes()) {
            return shared.legacy_entry_of(key.as_bytes(), &shared.hash(&key).await?);
        }
        Ok(None)
    }
}

fn scan(cursor: u64, pattern: Option<&str>) -> Cmd {
    let mut scan = cmd("SCAN");
    scan.arg(cursor);
    if let Some(pattern) = pattern {
        scan.arg("MATCH").arg(pattern);
    }
    scan.arg("COUNT").arg(STEP);
    scan
}
