//! The builder of an index: putting it together.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::error::IndexError;
use super::provider::Provider;
use super::{Index, Repository};
use crate::entry::LOCAL;
use crate::error::Result;
use crate::net::url::redacted;
use crate::store::Store;

/// An index that is being put together: see [`Index::builder`].
#[derive(Default)]
#[must_use]
pub struct IndexBuilder {
    provider: Option<Arc<dyn Provider>>,
    store: Option<Arc<dyn Store>>,
    repositories: BTreeMap<String, Repository>,
    #[cfg(feature = "atmosphere")]
    pub(super) network: super::atmosphere::Network,
}

impl IndexBuilder {
    /// The database of the repository `local`; by default the SQLite file of this account.
    pub fn provider(mut self, provider: impl Provider + 'static) -> Self {
        self.provider = Some(Arc::new(provider));
        self
    }

    /// The database at a URL, as [`Index::connect`] takes it.
    pub fn provider_at(mut self, url: &str) -> Result<Self> {
        self.provider = Some(open_provider(url)?);
        Ok(self)
    }

    /// Where datasets are copied to when they are inserted into the repository `local`. By default they are registered
    /// where they are, and [`Index::write_samples`] writes to `~/.atdata/data`.
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Another repository: its datasets are `name/…` and `@name/…`.
    pub fn repository(mut self, name: impl Into<String>, repository: Repository) -> Self {
        self.repositories.insert(name.into(), repository);
        self
    }

    /// The index.
    ///
    /// # Errors
    /// Those of the default database, where no other was given.
    pub fn build(mut self) -> Result<Index> {
        if self.repositories.contains_key(LOCAL) {
            return Err(IndexError::LocalName.into());
        }
        let provider = match self.provider {
            Some(provider) => provider,
            None => default_provider()?,
        };
        self.repositories.insert(LOCAL.to_owned(), Repository::of(provider, self.store));
        Ok(Index {
            repositories: Arc::new(self.repositories),
            #[cfg(feature = "atmosphere")]
            network: Arc::new(self.network),
        })
    }
}

#[cfg(feature = "atmosphere")]
impl IndexBuilder {
    /// The client for what is on the network: `@handle/name` and `at://…`. By default it is one of the public network that
    /// only reads; inserting there needs one that is logged in.
    pub fn atmosphere(mut self, atmosphere: &crate::atproto::Atmosphere) -> Self {
        self.network = super::atmosphere::Network::Given(atmosphere.clone());
        self
    }

    /// No reference leads to the network.
    pub fn without_atmosphere(mut self) -> Self {
        self.network = super::atmosphere::Network::Off;
        self
    }
}

impl fmt::Debug for IndexBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexBuilder")
            .field("provider", &self.provider.as_ref().map(|provider| provider.url()))
            .field("store", &self.store.as_ref().map(|store| store.url()))
            .field("repositories", &self.repositories)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "sqlite")]
fn default_provider() -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(super::Sqlite::open_default()?))
}

#[cfg(not(feature = "sqlite"))]
fn default_provider() -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "sqlite", feature: "sqlite" }.into())
}

/// The database that a URL names.
fn open_provider(url: &str) -> Result<Arc<dyn Provider>> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("sqlite") => open_sqlite(sqlite_path(url)),
        Some("redis" | "rediss" | "redis+unix" | "unix") => open_redis(url),
        Some("postgres" | "postgresql") => open_postgres(url),
        Some(_) => Err(IndexError::Url { found: redacted(url) }.into()),
        None if url.is_empty() => Err(IndexError::Url { found: String::new() }.into()),
        None => open_sqlite(url),
    }
}

/// `sqlite:///a/b` to `/a/b`, `sqlite:///C:/a` to `C:/a`, `sqlite://a/b`, which is relative, to `a/b`.
fn sqlite_path(url: &str) -> &str {
    let path = url.split_once("://").map_or(url, |(_, path)| path);
    match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => path.get(1..).unwrap_or(path),
        _ => path,
    }
}

#[cfg(feature = "sqlite")]
fn open_sqlite(path: &str) -> Result<Arc<dyn Provider>> {
    if path == ":memory:" {
        return Ok(Arc::new(super::Sqlite::in_memory()?));
    }
    Ok(Arc::new(super::Sqlite::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn open_sqlite(_: &str) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "sqlite", feature: "sqlite" }.into())
}

#[cfg(feature = "redis")]
fn open_redis(url: &str) -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(super::Redis::connect(url)?))
}

#[cfg(not(feature = "redis"))]
fn open_redis(_: &str) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "redis", feature: "redis" }.into())
}

#[cfg(feature = "postgres")]
fn open_postgres(url: &str) -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(super::Postgres::connect(url)?))
}

#[cfg(not(feature = "postgres"))]
fn open_postgres(_: &str) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "postgres", feature: "postgres" }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_the_file() {
        assert_eq!(sqlite_path("sqlite:///a/b.db"), "/a/b.db");
        assert_eq!(sqlite_path("sqlite://a/b.db"), "a/b.db");
        assert_eq!(sqlite_path("sqlite:///C:/a.db"), "C:/a.db");
        assert_eq!(sqlite_path("sqlite://:memory:"), ":memory:");
    }
}
