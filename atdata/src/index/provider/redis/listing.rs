//! All that there is, and the names of it.

use std::collections::HashMap;

use super::hash;
use super::{Shared, keys, scripts};
use crate::entry::Label;
use crate::error::Result;
use crate::index::provider::readable;
use crate::index::{Document, DocumentKind, Listing};

impl Shared {
    pub(super) async fn listing(&self) -> Result<Listing> {
        let (mut entries, mut damaged) = (HashMap::new(), Vec::new());
        for (key, fields) in self.hashes(keys::ANY_ENTRY).await? {
            let cid = keys::entry_cid(&key);
            let is_legacy = cid.is_none();
            let entry = fields.and_then(|fields| match cid {
                Some(cid) => hash::entry(&cid, &fields),
                None => self.legacy_entry_of(&key, &fields),
            });
            match entry {
                Ok(Some(entry)) if !(is_legacy && entries.contains_key(&entry.cid)) => {
                    entries.insert(entry.cid.clone(), entry);
                }
                Ok(_) => {}
                Err(error) => damaged.push(error.with_shard(self.connection.url())),
            }
        }
        Ok(Listing { entries: entries.into_values().collect(), damaged })
    }

    pub(super) async fn labels_named(&self, name: &str) -> Result<Vec<Label>> {
        let (known, labels, ..) = self.find(name, "label").await?;
        if known {
            let labels = readable("a label", labels.iter().map(hash::label));
            return Ok(labels.into_iter().flatten().map(|dated| dated.label).collect());
        }
        let mut labels = self.labels().await?;
        labels.retain(|label| label.name == name);
        Ok(labels)
    }

    /// By our own keys alone.
    pub(super) async fn names(&self, limit: usize) -> Result<Option<Vec<String>>> {
        let call = [limit.to_string().into()];
        let (known, names): (bool, Vec<Vec<u8>>) = self.connection.script(&scripts::NAMES, &call).await?;
        let mut names: Vec<_> = names.into_iter().filter_map(|name| String::from_utf8(name).ok()).collect();
        names.sort_unstable();
        names.dedup();
        Ok(Some(names).filter(|names| known && names.len() <= limit))
    }

    pub(super) async fn labels(&self) -> Result<Vec<Label>> {
        let labels = self.hashes(&format!("{}*", keys::LABEL)).await?;
        let labels = labels.into_iter().filter_map(|(key, fields)| self.label_of(&key, fields).transpose());
        Ok(readable("a label", labels))
    }

    pub(super) async fn documents(&self, kind: DocumentKind) -> Result<Vec<Result<Document>>> {
        let keys = self.keys(&format!("{}*", keys::document_prefix(kind))).await?;
        let (mut documents, mut damaged) = (HashMap::new(), Vec::new());
        for (key, json) in self.texts(&keys).await? {
            let Some((name, version)) = keys::document_name(kind, &key) else { continue };
            let (name, is_legacy) = match keys::legacy_schema_name(&key) {
                Some(class) => (class.to_owned(), true),
                None => (name.to_owned(), false),
            };
            let json = match json.and_then(|json| Ok(hash::text(json, "record")?)) {
                Ok(json) => json,
                Err(error) => {
                    let error = error.with_key(&String::from_utf8_lossy(&key));
                    damaged.push(Err(error.with_shard(self.connection.url())));
                    continue;
                }
            };
            let document = Document::new(name, version, json);
            let at = (document.name.clone(), document.version.clone());
            if !(is_legacy && documents.contains_key(&at)) {
                documents.insert(at, document);
            }
        }
        Ok(documents.into_values().map(Ok).chain(damaged).collect())
    }
}
