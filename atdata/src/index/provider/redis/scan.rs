//! SCAN: searching the database, for what is not found by its key.

use std::collections::HashSet;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use redis::{Cmd, cmd};

use super::error::RedisError;
use super::hash::{self, Hash};
use super::scripts::{self, Argument};
use super::{Shared, keys};
use crate::entry::{Entry, Label};
use crate::error::{Error, ErrorKind, Result};
use crate::index::provider::{left_out, readable};

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

    /// The hashes whose keys match a pattern, or what is wrong with one.
    pub(super) async fn hashes(&self, pattern: &str) -> Result<Vec<(Vec<u8>, Result<Hash>)>> {
        let mut keys = self.keys(pattern).await?;
        keys.retain(|key| keys::is_hash(key));
        let mut hashes = Vec::with_capacity(keys.len());
        for batch in keys.chunks(STEP) {
            hashes.extend(batch.iter().cloned().zip(self.get_each::<Hash>("HGETALL", batch).await?));
        }
        Ok(hashes)
    }

    /// The texts at these keys, but for those that are gone by now, or what is wrong with one.
    pub(super) async fn texts(&self, keys: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, Result<Vec<u8>>)>> {
        let mut texts = Vec::with_capacity(keys.len());
        for batch in keys.chunks(STEP) {
            let found = self.get_each::<Option<Vec<u8>>>("GET", batch).await?;
            texts.extend(batch.iter().cloned().zip(found).filter_map(|(key, text)| Some((key, text.transpose()?))));
        }
        Ok(texts)
    }

    /// What is little of each entry; of those of old versions, which are few, all of it is read for that.
    pub(super) async fn briefs(&self) -> Result<Vec<Brief>> {
        let mut keys = self.keys(keys::ANY_ENTRY).await?;
        keys.retain(|key| keys::is_hash(key));
        let mut briefs = Vec::with_capacity(keys.len());
        for batch in keys.chunks(STEP) {
            let commands: Vec<_> = batch.iter().map(|key| fields_of(key, &["name", "schema_ref"])).collect();
            let found = self.connection.get_all::<Vec<Option<Vec<u8>>>>(&commands).await?;
            for (key, found) in batch.iter().zip(found) {
                let found = match found {
                    Ok(found) => found,
                    Err(error) => {
                        left_out("an entry", &named(error, key));
                        continue;
                    }
                };
                let text = |at: usize| String::from_utf8(found.get(at)?.clone()?).ok();
                match (keys::entry_cid(key), text(0), text(1)) {
                    (Some(cid), Some(name), Some(schema_ref)) => {
                        briefs.push(Brief { key: key.clone(), cid, name, schema_ref });
                    }
                    (Some(cid), ..) => {
                        let error =
                            RedisError::NoField { what: format!("the entry {cid}"), field: "name` or `schema_ref" };
                        left_out("an entry", &Error::from(error).with_shard(self.connection.url()));
                    }
                    (None, ..) => briefs.extend(self.legacy_brief(key).await?),
                }
            }
        }
        Ok(briefs)
    }

    async fn legacy_brief(&self, key: &[u8]) -> Result<Option<Brief>> {
        let fields: Hash = self.connection.get(cmd("HGETALL").arg(key)).await?;
        let entry = self.legacy_entry_of(key, &fields);
        let entry = readable("an entry", [entry]).pop().flatten();
        Ok(entry.map(|Entry { cid, name, schema_ref, .. }| Brief { key: key.into(), cid, name, schema_ref }))
    }

    /// The entries at these keys, what is wrong with them, or nothing where they are gone.
    pub(super) async fn entries_at(&self, keys: Vec<Vec<u8>>) -> Result<Vec<Result<Option<Entry>>>> {
        let hashes = self.get_each::<Hash>("HGETALL", &keys).await?;
        let entry = |(key, fields): (&Vec<u8>, Result<Hash>)| match keys::entry_cid(key) {
            Some(cid) => hash::entry(&cid, &fields?),
            None => self.legacy_entry_of(key, &fields?),
        };
        Ok(keys.iter().zip(hashes).map(entry).collect())
    }

    /// How many labels can be read, of which no more are in memory than one step has.
    pub(super) async fn count_labels(&self) -> Result<u64> {
        let mut keys = self.keys(&format!("{}*", keys::LABEL)).await?;
        keys.retain(|key| keys::is_hash(key));
        let mut count = 0;
        for batch in keys.chunks(STEP) {
            let hashes = self.get_each::<Hash>("HGETALL", batch).await?;
            let labels = batch.iter().zip(hashes).filter_map(|(key, fields)| self.label_of(key, fields).transpose());
            count += readable("a label", labels).len() as u64;
        }
        Ok(count)
    }

    /// The label at a key; nothing where it is gone.
    pub(super) fn label_of(&self, key: &[u8], fields: Result<Hash>) -> Result<Option<Label>> {
        let label = fields.and_then(|fields| Ok(hash::label(&fields)?.map(|dated| dated.label)));
        label.map_err(|error| error.with_key(&String::from_utf8_lossy(key)).with_shard(self.connection.url()))
    }

    /// The labels that lead to an entry.
    pub(super) async fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        // A search may come by a key twice.
        let mut labels: Vec<Label> = Vec::new();
        let mut cursor = "0".to_owned();
        loop {
            let call = [cursor.as_str().into(), cid.into()];
            let (next, found): (String, Vec<Hash>) = self.connection.script(&scripts::LABELS_OF, &call).await?;
            for dated in readable("a label", found.iter().filter_map(|fields| hash::label(fields).transpose())) {
                let label = dated.label;
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

    async fn get_each<T: redis::FromRedisValue>(&self, command: &str, keys: &[Vec<u8>]) -> Result<Vec<Result<T>>> {
        let commands: Vec<_> = keys.iter().map(|key| of_key(command, key)).collect();
        let answers = self.connection.get_all(&commands).await?;
        Ok(keys.iter().zip(answers).map(|(key, answer)| answer.map_err(|error| named(error, key))).collect())
    }

    /// Looks at all names, and fills our own keys with them if nobody else does.
    pub(super) async fn search(&self) -> Result<Seen> {
        let token = uuid::Uuid::new_v4().hyphenated().to_string();
        let rebuilds = !self.read_only && self.begins_rebuild(&token).await?;
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
        *self.legacy_keys.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.legacy_entries.store(!seen.legacy_entries.is_empty(), Ordering::Relaxed);
        self.legacy_schemas.store(seen.legacy_schemas > 0, Ordering::Relaxed);
        Ok(seen)
    }

    async fn begins_rebuild(&self, token: &str) -> Result<bool> {
        match self.connection.script(&scripts::REBUILD_BEGIN, &[token.into()]).await {
            // It can still be read from.
            Err(error) if error.kind() == ErrorKind::Permission => Ok(false),
            begins => begins,
        }
    }

    /// Adds what these keys hold to `seen`; what of it is to be noted in our own keys.
    async fn look_at(&self, batch: Vec<Vec<u8>>, seen: &mut Seen) -> Result<Vec<Argument>> {
        let mut wanted = Vec::new();
        let mut commands = Vec::new();
        for key in batch {
            if let Some(cid) = keys::entry_cid(&key) {
                commands.push(fields_of(&key, &["name"]));
                wanted.push(Key::Entry(cid));
            } else if key.starts_with(keys::LABEL.as_bytes()) {
                commands.push(fields_of(&key, &["name", "version"]));
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
        let found = self.connection.get_all::<Vec<Option<Vec<u8>>>>(&commands).await?;
        for (key, found) in wanted.into_iter().zip(found) {
            // Others are read when they are asked for, and are an error then.
            let Ok(found) = found else { continue };
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
        let mut hashes = readable("a label", shared.get_each::<Hash>("HGETALL", &keys).await?);
        hashes.retain(|hash| hash.get(b"name".as_slice()).is_some_and(|own| own.as_slice() == name.as_bytes()));
        Ok(hash::latest(&hashes))
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

fn of_key(command: &str, key: &[u8]) -> Cmd {
    let mut command = cmd(command);
    command.arg(key);
    command
}

fn fields_of(key: &[u8], fields: &[&str]) -> Cmd {
    let mut command = of_key("HMGET", key);
    command.arg(fields);
    command
}

/// An error of what a key holds.
fn named(error: Error, key: &[u8]) -> Error {
    error.with_key(&String::from_utf8_lossy(key))
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
