//! The builder of an index: putting it together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::error::IndexError;
use super::provider::Provider;
use super::url::{self, Database};
use super::{Index, Repository};
use crate::entry::LOCAL;
use crate::error::Result;
use crate::net::url::split_scheme;
use crate::source::{Schemes, path_to_write};
use crate::store::{LocalStore, Store};

/// An index that is being put together: see [`Index::builder`].
#[derive(Default)]
#[must_use]
pub struct IndexBuilder {
    provider: Option<Arc<dyn Provider>>,
    /// Where no provider is given.
    database: Option<Database>,
    read_only: bool,
    schemes: Option<Schemes>,
    store: Option<Arc<dyn Store>>,
    repositories: BTreeMap<String, Repository>,
    #[cfg(feature = "atmosphere")]
    pub(super) network: super::atmosphere::Route,
}

impl IndexBuilder {
    /// The database of the repository `local`; by default the SQLite file of this account.
    pub fn provider(mut self, provider: impl Provider + 'static) -> Self {
        self.provider = Some(Arc::new(provider));
        self.database = None;
        self
    }

    /// The database at a URL, as [`Index::connect`] takes it. It is opened when the index is built.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for what names no database.
    pub fn provider_at(mut self, url: &str) -> Result<Self> {
        self.database = Some(url::parse(url)?);
        self.provider = None;
        Ok(self)
    }

    /// The database and the store that the environment names: `ATDATA_INDEX`, as [`Index::connect`] takes it, and
    /// `ATDATA_STORE`, a folder or `s3://bucket/prefix`. What was given before goes before it, and is not looked for there.
    ///
    /// # Errors
    /// Those of [`provider_at`](Self::provider_at), and of the store.
    pub fn from_env(mut self) -> Result<Self> {
        if self.provider.is_none()
            && self.database.is_none()
            && let Some(url) = variable("ATDATA_INDEX")
        {
            self = self.provider_at(&url)?;
        }
        if self.store.is_none()
            && let Some(place) = variable("ATDATA_STORE")
        {
            self.store = Some(store_at(&place)?);
        }
        Ok(self)
    }

    /// Nothing is made or changed, neither by opening the database nor by reading from it: an SQLite file that is not there is
    /// an error, but for that of this account, which is empty then, and so is a PostgreSQL database without the tables; in Redis
    /// our own keys are not filled, so that names are searched for. Writing to such an index is an error of
    /// [`Permission`](crate::ErrorKind::Permission). A [`provider`](Self::provider) that is given is as it is.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Where datasets are copied to when they are inserted into the repository `local`. By default they are registered
    /// where they are, and [`Index::write_samples`] writes to `~/.atdata/data` if the database is an SQLite file; to one
    /// that several machines may use it writes nothing without a store.
    pub fn store(mut self, store: impl Store + 'static) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// What entries that others have written may lead to: records of the network, and those of a database that is on
    /// another machine. Unless it is said, that is what [records](Schemes::of_records) may name, and what the store of the
    /// database has; no file of this machine, no private host, and nothing that is not encrypted. A database at `localhost`
    /// counts as one of this machine: where that is the end of a tunnel to another's, say here what it may name.
    pub fn schemes(mut self, schemes: Schemes) -> Self {
        self.schemes = Some(schemes);
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
        let provider = match (self.provider, &self.database) {
            (Some(provider), _) => provider,
            (None, None) => default_provider(self.read_only)?,
            (None, Some(Database::Memory)) => in_memory()?,
            (None, Some(Database::Sqlite { path, read_only })) => open_sqlite(path, *read_only || self.read_only)?,
            (None, Some(Database::Redis(url))) => open_redis(url, self.read_only)?,
            (None, Some(Database::Postgres(url))) => open_postgres(url, self.read_only)?,
        };
        self.repositories.insert(LOCAL.to_owned(), Repository::of(provider, self.store));
        Ok(Index {
            repositories: Arc::new(self.repositories),
            schemes: self.schemes,
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
        self.network = super::atmosphere::Route::Given(atmosphere.clone());
        self
    }

    /// No reference leads to the network.
    pub fn without_atmosphere(mut self) -> Self {
        self.network = super::atmosphere::Route::Off;
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

/// The file of this account. Where it is only read, one that is not there is an empty index.
#[cfg(feature = "sqlite")]
fn default_provider(read_only: bool) -> Result<Arc<dyn Provider>> {
    let path = crate::home::home_folder("the index")?.join("index.db");
    Ok(Arc::new(if read_only { super::Sqlite::open_or_empty(&path)? } else { super::Sqlite::open(&path)? }))
}

#[cfg(not(feature = "sqlite"))]
fn default_provider(_: bool) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "sqlite", feature: "sqlite" }.into())
}

#[cfg(feature = "sqlite")]
fn open_sqlite(path: &Path, read_only: bool) -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(if read_only { super::Sqlite::open_existing(path)? } else { super::Sqlite::open(path)? }))
}

#[cfg(feature = "sqlite")]
fn in_memory() -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(super::Sqlite::in_memory()?))
}

#[cfg(not(feature = "sqlite"))]
fn open_sqlite(_: &Path, _: bool) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "sqlite", feature: "sqlite" }.into())
}

#[cfg(not(feature = "sqlite"))]
fn in_memory() -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "sqlite", feature: "sqlite" }.into())
}

#[cfg(feature = "redis")]
fn open_redis(url: &str, read_only: bool) -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(if read_only { super::Redis::connect_read_only(url)? } else { super::Redis::connect(url)? }))
}

#[cfg(not(feature = "redis"))]
fn open_redis(_: &str, _: bool) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "redis", feature: "redis" }.into())
}

#[cfg(feature = "postgres")]
fn open_postgres(url: &str, read_only: bool) -> Result<Arc<dyn Provider>> {
    Ok(Arc::new(if read_only { super::Postgres::connect_read_only(url)? } else { super::Postgres::connect(url)? }))
}

#[cfg(not(feature = "postgres"))]
fn open_postgres(_: &str, _: bool) -> Result<Arc<dyn Provider>> {
    Err(IndexError::NotBuilt { scheme: "postgres", feature: "postgres" }.into())
}

/// An environment variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn store_at(place: &str) -> Result<Arc<dyn Store>> {
    if split_scheme(place).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("s3")) && place.contains("://") {
        return bucket(place);
    }
    Ok(Arc::new(LocalStore::new(path_to_write(place)?)))
}

#[cfg(feature = "s3")]
fn bucket(url: &str) -> Result<Arc<dyn Store>> {
    Ok(Arc::new(crate::store::S3Store::from_url(url, crate::source::S3Config::from_env())?))
}

#[cfg(not(feature = "s3"))]
fn bucket(_: &str) -> Result<Arc<dyn Store>> {
    Err(IndexError::NoBuckets.into())
}
