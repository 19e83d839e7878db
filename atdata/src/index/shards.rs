//! The shards of an entry on their way into an index.

use std::sync::Arc;

use crate::store::Store;

/// The shards of an entry that is yet to be stored. Dropped before it is [settled](Self::settle), it removes those that
/// were written for it.
pub(super) struct Shards {
    urls: Vec<String>,
    /// SHA-256 by URL, of the new ones.
    checksums: Vec<(String, String)>,
    /// Where new ones were written.
    store: Option<Arc<dyn Store>>,
}

impl Shards {
    /// Shards that stay where they are.
    pub(super) fn at(urls: Vec<String>) -> Self {
        Self { urls, checksums: Vec::new(), store: None }
    }

    pub(super) fn in_store(store: Arc<dyn Store>) -> Self {
        Self { urls: Vec::new(), checksums: Vec::new(), store: Some(store) }
    }

    /// Adds one that was in the store before.
    pub(super) fn keep(&mut self, url: &str) {
        self.urls.push(url.to_owned());
    }

    /// Adds one that was written for this entry.
    pub(super) fn push(&mut self, url: String, sha256: String) {
        self.urls.push(url.clone());
        self.checksums.push((url, sha256));
    }

    pub(super) fn urls(&self) -> &[String] {
        &self.urls
    }

    pub(super) fn checksums(&self) -> &[(String, String)] {
        &self.checksums
    }

    /// Leaves the shards where they are for good.
    pub(super) fn settle(mut self) {
        self.store = None;
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        let Some(store) = &self.store else { return };
        for (url, _) in &self.checksums {
            if let Err(error) = store.remove(url) {
                log::warn!("a shard without an entry is left: {error}");
            }
        }
    }
}
