//! What old versions of Python's library have stored, which is not found by its key.

use std::sync::PoisonError;

use redis::{Cmd, cmd};

use super::hash::{self, Hash};
use super::keys;
use super::shared::{LegacyKeys, Shared};
use crate::entry::Entry;
use crate::error::Result;

impl Shared {
    /// A schema that an old version has stored under the path of its class.
    pub(super) async fn legacy_schema(&self, name: &str, version: &str) -> Result<Option<String>> {
        let pattern = format!("{}*.{}@{}", keys::SCHEMA, keys::escaped(name), keys::escaped(version));
        let mut keys = self.keys(&pattern).await?;
        keys.sort_unstable();
        let get = |key: &Vec<u8>| -> Cmd {
            let mut get = cmd("GET");
            get.arg(key.as_slice());
            get
        };
        for key in keys.iter().filter(|key| keys::legacy_schema_name(key) == Some(name)) {
            let json: Option<Vec<u8>> = self.connection.get(&get(key)).await?;
            if let Some(json) = json {
                return Ok(Some(hash::text(json, "record")?));
            }
        }
        Ok(None)
    }

    /// An entry of an old version. Where these are is found out by one search, for none is added any more.
    pub(super) async fn legacy_entry(&self, cid: &str) -> Result<Option<Entry>> {
        let known = |keys: &LegacyKeys| keys.get(cid).cloned().unwrap_or_default();
        let found = self.legacy_keys.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(known);
        let found = match found {
            Some(found) => found,
            None => {
                let keys = self.find_legacy_keys().await?;
                let found = known(&keys);
                *self.legacy_keys.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys);
                found
            }
        };
        for key in found {
            let fields = self.connection.get(cmd("HGETALL").arg(&key)).await?;
            let entry = self.legacy_entry_of(&key, &fields).ok().flatten();
            if let Some(entry) = entry.filter(|entry| entry.cid == cid) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    async fn find_legacy_keys(&self) -> Result<LegacyKeys> {
        let mut keys = LegacyKeys::new();
        for (key, fields) in self.hashes(&format!("{}*", keys::LEGACY_ENTRY)).await? {
            // One that cannot be read hides no other.
            let entry = fields.and_then(|fields| self.legacy_entry_of(&key, &fields)).ok().flatten();
            if let Some(entry) = entry {
                keys.entry(entry.cid).or_default().push(key);
            }
        }
        Ok(keys)
    }

    pub(super) fn legacy_entry_of(&self, key: &[u8], fields: &Hash) -> Result<Option<Entry>> {
        hash::legacy_entry(key, fields, self.is_local)
    }
}
