//! Opening a dataset of an index: from an entry to its shards.

use std::path::Path;

use super::error::IndexError;
use super::local::is_local;
use super::{Index, Repository, documents};
use crate::dataset::Dataset;
use crate::entry::{Access, Entry, LOCAL, Located, Provenance, Reference, tell_of_unusable, unusable};
use crate::error::Result;
use crate::net::url::split_scheme;
use crate::sample::Packable;
use crate::source::{ReadOptions, Schemes, Shard, expand_stored};
use atdata_schema::SchemaRecord;

impl Index {
    /// The dataset that a [reference](crate::index#references) leads to, read as `S`; with [`DictSample`] without a type.
    ///
    /// `S` may be another type than the one that was stored: an older or newer version of it, or one that has some of
    /// its fields, under any name. More can be said by [`LoadOptions`](crate::LoadOptions).
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) with the versions, or the names, that are near, or if a local shard is not
    /// there; [`SchemaMismatch`](crate::ErrorKind::SchemaMismatch) with the differences, if the schema in the index is not
    /// one that `S` reads; [`Unsupported`](crate::ErrorKind::Unsupported) for a shard that an index of another machine may
    /// not name, see [`LoadOptions::schemes`](crate::LoadOptions::schemes).
    ///
    /// [`DictSample`]: crate::DictSample
    pub fn dataset<S: Packable + 'static>(&self, reference: &str) -> Result<Dataset<S>> {
        self.locate(&reference.parse()?, &Access::default().of::<S>())?.open()
    }

    /// The dataset of an entry, which may be of any of the repositories: what reads its shards is taken from the store
    /// that holds them.
    ///
    /// # Errors
    /// Those of [`dataset`](Self::dataset), but for those of the reference.
    pub fn open_entry<S: Packable + 'static>(&self, entry: &Entry) -> Result<Dataset<S>> {
        self.located(entry, &Access::default().of::<S>())?.open()
    }

    pub(crate) fn locate(&self, reference: &Reference, access: &Access) -> Result<Located> {
        #[cfg(feature = "atmosphere")]
        if self.target(reference) == crate::entry::Target::Network {
            return self.network(reference)?.locate(reference, access);
        }
        self.located(&self.find(reference)?.1, access)
    }

    fn located(&self, entry: &Entry, access: &Access) -> Result<Located> {
        let trust = self.trust(entry)?;
        let repository = trust.repository;
        let shards = checked(entry, trust.shards(entry, access.schemes)?);
        tell_of_unusable(&entry.name, shards.len(), &unusable_checksums(entry, &shards));
        let options = trust.read_options(&shards, access.options.clone());
        let schema = if access.check_schema { self.known_schema(repository, entry) } else { None };
        Ok(Located { shards, options, schema: schema.map(|record| record.schema) })
    }

    /// The schema of an entry's samples, where there is one: whoever has a type can do without.
    fn known_schema(&self, repository: &Repository, entry: &Entry) -> Option<SchemaRecord> {
        let reference = entry.schema_reference().ok()?;
        let found = match documents::stored_schema(repository.provider(), &reference) {
            Ok(Some(record)) => return Some(record),
            // Of what is registered here the network is not asked each time that it is read.
            Ok(None) if entry.origin == Provenance::Network => self.schema(&entry.schema_ref),
            Ok(None) => self.schema_here(&reference),
            Err(error) => Err(error),
        };
        found.inspect_err(|error| log::debug!("{}: the type is not held against its schema: {error}", entry.name)).ok()
    }

    /// What an entry may lead to, which is decided by who has written it.
    pub(super) fn trust(&self, entry: &Entry) -> Result<Trust<'_>> {
        let named = match &entry.origin {
            Provenance::Network | Provenance::Adopted => return self.trust_of_network(),
            Provenance::Made => return self.trust_in(self.holder(entry)?, None),
            // What others may write does not become one's own by the name that another index has for its repository.
            Provenance::Repository { name, is_local } => {
                self.repositories.get(name).filter(|repository| *is_local || !repository.provider().is_local())
            }
            Provenance::Stored => None,
        };
        match named.map_or_else(|| self.keeper(entry), |repository| Ok(Some(repository)))? {
            Some(repository) if repository.provider().is_local() => self.trust_in(self.holder(entry)?, Some(true)),
            Some(repository) => self.trust_in(repository, None),
            None => self.trust_in(self.repository(LOCAL)?, Some(false)),
        }
    }

    /// Trust in what a repository has; whether its entries may lead anywhere is seen from where it is, if it is not known.
    #[allow(clippy::unnecessary_wraps, reason = "as all that is called beside it")]
    fn trust_in<'a>(&self, repository: &'a Repository, is_local: Option<bool>) -> Result<Trust<'a>> {
        let is_local = is_local.unwrap_or_else(|| repository.provider().is_local());
        Ok(Trust {
            repository,
            schemes: (!is_local).then(|| self.schemes.unwrap_or_default()),
            has_store: true,
            #[cfg(feature = "atmosphere")]
            network: None,
        })
    }

    #[cfg(feature = "atmosphere")]
    fn trust_of_network(&self) -> Result<Trust<'_>> {
        let network = self.network(&"at://".parse()?).ok();
        let schemes = Some(self.schemes.unwrap_or_default());
        Ok(Trust { repository: self.repository(LOCAL)?, schemes, has_store: false, network })
    }

    #[cfg(not(feature = "atmosphere"))]
    fn trust_of_network(&self) -> Result<Trust<'_>> {
        let schemes = Some(self.schemes.unwrap_or_default());
        Ok(Trust { repository: self.repository(LOCAL)?, schemes, has_store: false })
    }

    /// The repository that has an entry. Whoever writes one writes its CID as well, which so says nothing of its URLs.
    fn keeper(&self, entry: &Entry) -> Result<Option<&Repository>> {
        for repository in self.repositories.values() {
            if repository.provider().entry(&entry.cid)?.is_some_and(|own| own.data_urls == entry.data_urls) {
                return Ok(Some(repository));
            }
        }
        Ok(None)
    }

    /// The repository whose store has shards of an entry, or else `local`.
    fn holder(&self, entry: &Entry) -> Result<&Repository> {
        let holds = |repository: &&Repository| {
            let store = repository.store();
            store.is_some_and(|store| entry.data_urls.iter().any(|url| store.holds(url)))
        };
        let mut repositories = self.repositories().into_iter().filter_map(|name| self.repositories.get(name));
        repositories.find(holds).map_or_else(|| self.repository(LOCAL), Ok)
    }
}

/// Who vouches for an entry.
pub(super) struct Trust<'a> {
    pub(super) repository: &'a Repository,
    /// What its URLs may be; `None` where whoever wrote it may name any file of this machine anyway.
    schemes: Option<Schemes>,
    /// Whether what the store of the repository has may be read whatever its URL.
    has_store: bool,
    #[cfg(feature = "atmosphere")]
    network: Option<crate::atproto::Atmosphere>,
}

impl Trust<'_> {
    /// The shards of an entry, its braces expanded.
    ///
    /// # Errors
    /// [`Unsupported`](crate::ErrorKind::Unsupported) for one that `schemes` do not allow, or where they are not given, what may
    /// be in an entry of this origin.
    pub(super) fn shards(&self, entry: &Entry, schemes: Option<Schemes>) -> Result<Vec<Shard>> {
        let schemes = schemes.or(self.schemes);
        let mut shards = Vec::with_capacity(entry.data_urls.len());
        for text in &entry.data_urls {
            for url in in_store(self.repository, expand_stored(text)?) {
                let is_ours = || self.has_store && self.repository.store().is_some_and(|store| store.holds(&url));
                shards.push(match schemes {
                    // Which server has its buckets is said by who reads it, and not by who wrote the index.
                    Some(schemes) if self.has_store && is_s3(&url) => {
                        schemes.check(&url)?;
                        Shard::from_url(&url)?
                    }
                    Some(schemes) if !is_ours() => schemes.shard(&url)?,
                    _ => Shard::from_url(&url)?,
                });
            }
        }
        if shards.is_empty() { Err(IndexError::NoShards { cid: entry.cid.clone() }.into()) } else { Ok(shards) }
    }

    /// Fails if one of an entry's URLs is none that it may have, for good.
    pub(super) fn check_urls(&self, entry: &Entry) -> Result<()> {
        let Some(schemes) = self.schemes else { return Ok(()) };
        entry
            .data_urls
            .iter()
            .try_for_each(|text| expand_stored(text)?.iter().try_for_each(|url| schemes.check_host(url)))
    }

    /// How shards are read: with the credentials of the store that has them, or that has others on an S3 server.
    pub(super) fn read_options(&self, shards: &[Shard], options: ReadOptions) -> ReadOptions {
        #[cfg(feature = "atmosphere")]
        let options = match &self.network {
            Some(network) => options.atmosphere(network),
            None => options,
        };
        let Some(store) = self.repository.store().filter(|_| self.has_store) else { return options };
        let reads = |shard: &Shard| store.holds(shard.url()) || (is_s3(shard.url()) && has_bucket(self.repository));
        if shards.iter().any(reads) { store.read_options(options) } else { options }
    }
}

/// The shards, with what the entry says of their bytes, which is held against them while they are read.
fn checked(entry: &Entry, shards: Vec<Shard>) -> Vec<Shard> {
    let known = |shard: Shard| match entry.checksum(shard.url()).and_then(crate::digest::from_hex) {
        Some(sha256) => shard.on(|terms| terms.sha256 = Some(sha256)),
        None => shard,
    };
    shards.into_iter().map(known).collect()
}

/// The shards of which the entry has a digest that they cannot be held against, and that.
fn unusable_checksums(entry: &Entry, shards: &[Shard]) -> Vec<(String, String)> {
    let unusable = |shard: &Shard| {
        let digest = entry.digest(shard.url())?;
        let is_known = entry.checksum(shard.url()).and_then(crate::digest::from_hex).is_some();
        let (algorithm, digest) = digest.split_once(':').unwrap_or(("sha256", digest));
        (!is_known).then(|| (shard.url().to_owned(), unusable(algorithm, digest)))
    };
    shards.iter().filter_map(unusable).collect()
}

/// The names as they are, but for those that the class `Repo` of Python wrote, which the store knows: see
/// [`Store::legacy_url`](crate::store::Store::legacy_url).
fn in_store(repository: &Repository, names: Vec<String>) -> Vec<String> {
    let Some(store) = repository.store() else { return names };
    let url = |name: String| {
        let may_be_legacy = split_scheme(&name).is_none() && !Path::new(&name).exists();
        let legacy = if may_be_legacy { store.legacy_url(&name) } else { None };
        legacy.unwrap_or(name)
    };
    names.into_iter().map(url).collect()
}

fn has_bucket(repository: &Repository) -> bool {
    repository.store().is_some_and(|store| is_s3(&store.url()))
}

fn is_s3(url: &str) -> bool {
    split_scheme(url).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("s3"))
}

/// Whether the database at a URL is a file, which no other machine writes to.
pub(super) fn is_of_one_machine(url: &str) -> bool {
    let of_servers = ["redis", "rediss", "postgres", "postgresql"];
    let is_file = |scheme: &str| !of_servers.iter().any(|server| scheme.eq_ignore_ascii_case(server));
    split_scheme(url).is_none_or(|(scheme, _)| is_file(scheme)) && is_local(url)
}
