//! The shards of an entry on their way into an index.

use std::sync::Arc;

use crate::error::Result;
use crate::sample::Value;
use crate::source::collapse;
use crate::store::Store;

/// The shards of an entry that is yet to be stored. Dropped before it is [settled](Self::settle), it removes those that
/// were written for it.
pub(super) struct Shards {
    /// As an entry has them: patterns.
    urls: Vec<String>,
    /// SHA-256 by URL, where it is known.
    checksums: Vec<(String, String)>,
    size: Size,
    /// Those that were written, and where to.
    written: Vec<String>,
    store: Option<Arc<dyn Store>>,
    /// Whether others have named them.
    of_others: bool,
}

/// How large a dataset is, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) shards: u64,
    pub(super) bytes: Option<u64>,
    pub(super) samples: Option<u64>,
}

impl Size {
    const NONE: Self = Self { shards: 0, bytes: Some(0), samples: Some(0) };

    fn add(&mut self, bytes: Option<u64>, samples: Option<u64>) {
        self.shards += 1;
        self.bytes = self.bytes.zip(bytes).map(|(all, more)| all + more);
        self.samples = self.samples.zip(samples).map(|(all, more)| all + more);
    }

    /// As the metadata of an entry say it, in the words of the record of the network.
    pub(super) fn to_value(self) -> Value {
        let known = [("samples", self.samples), ("bytes", self.bytes), ("shards", Some(self.shards))];
        let pairs =
            known.into_iter().filter_map(|(name, number)| Some((name.to_owned(), i64::try_from(number?).ok()?)));
        Value::Map(pairs.map(|(name, number)| (name, Value::Int(number))).collect())
    }
}

impl Shards {
    /// Shards that stay where they are, by the patterns that name them.
    pub(super) fn at(urls: Vec<String>) -> Self {
        Self { urls, checksums: Vec::new(), size: Size::NONE, written: Vec::new(), store: None, of_others: false }
    }

    pub(super) fn in_store(store: Arc<dyn Store>) -> Self {
        let mut shards = Self::at(Vec::new());
        shards.store = Some(store);
        shards
    }

    /// Notes that somebody else has named them, and so may not lead anywhere.
    pub(super) fn are_of_others(&mut self) {
        self.of_others = true;
    }

    pub(super) fn is_of_others(&self) -> bool {
        self.of_others
    }

    /// Adds one that was in the store before.
    pub(super) fn keep(&mut self, url: &str) -> Result<()> {
        // Braces in a name are not to be expanded when it is read.
        self.urls.push(collapse(&[url])?);
        self.size.add(None, None);
        Ok(())
    }

    /// Adds one that was written for this entry.
    pub(super) fn push(&mut self, url: &str, sha256: String, bytes: u64, samples: Option<u64>) -> Result<()> {
        self.written.push(url.to_owned());
        self.urls.push(collapse(&[url])?);
        self.looked_at(url, sha256, bytes, samples);
        Ok(())
    }

    /// Notes what was found in a shard that stays where it is.
    pub(super) fn looked_at(&mut self, url: &str, sha256: String, bytes: u64, samples: Option<u64>) {
        self.checksums.push((url.to_owned(), sha256));
        self.size.add(Some(bytes), samples);
    }

    pub(super) fn urls(&self) -> &[String] {
        &self.urls
    }

    pub(super) fn checksums(&self) -> &[(String, String)] {
        &self.checksums
    }

    /// `None` where shards were not looked at.
    pub(super) fn size(&self) -> Option<Size> {
        Some(self.size).filter(|size| size.shards > 0)
    }

    /// Leaves the shards where they are for good.
    pub(super) fn settle(mut self) {
        self.store = None;
    }
}

impl Drop for Shards {
    fn drop(&mut self) {
        let Some(store) = &self.store else { return };
        for url in &self.written {
            if let Err(error) = store.remove(url) {
                log::warn!("a shard without an entry is left: {error}");
            }
        }
    }
}
