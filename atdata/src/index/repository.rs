//! Repositories: a database, and where the shards of its datasets go.

use std::fmt;
use std::sync::Arc;

use super::provider::Provider;
use crate::entry::Provenance;
use crate::store::Store;

/// A database of an index, and the store that shards are written to for it.
#[derive(Clone)]
pub struct Repository {
    provider: Arc<dyn Provider>,
    store: Option<Arc<dyn Store>>,
}

impl Repository {
    /// A repository without a store: datasets are registered where they are.
    pub fn new(provider: impl Provider + 'static) -> Self {
        Self { provider: Arc::new(provider), store: None }
    }

    /// The same repository with a store, which datasets are copied to when they are inserted.
    #[must_use]
    pub fn with_store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    pub(super) fn of(provider: Arc<dyn Provider>, store: Option<Arc<dyn Store>>) -> Self {
        Self { provider, store }
    }

    /// Where an entry is from that is read from it, by the name that the index has for it.
    pub(super) fn origin(&self, name: &str) -> Provenance {
        Provenance::Repository { name: name.to_owned(), is_local: self.provider.is_local() }
    }

    /// The database.
    pub fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    /// The store, if it has one.
    pub fn store(&self) -> Option<&Arc<dyn Store>> {
        self.store.as_ref()
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("provider", &self.provider.url())
            .field("store", &self.store.as_ref().map(|store| store.url()))
            .finish()
    }
}
