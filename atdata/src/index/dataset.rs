//! Opening a dataset of an index: from an entry to its shards.

use std::path::Path;

use super::error::IndexError;
use super::{Index, Repository, documents};
use crate::dataset::Dataset;
use crate::entry::{Access, Entry, Located, Reference};
use crate::error::Result;
use crate::net::host::is_loopback;
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
        self.located(self.holder(entry)?, entry, &Access::default().of::<S>())?.open()
    }

    pub(crate) fn locate(&self, reference: &Reference, access: &Access) -> Result<Located> {
        #[cfg(feature = "atmosphere")]
        if self.target(reference) == crate::entry::Target::Network {
            return self.network(reference)?.locate(reference, access);
        }
        let (repository, entry) = self.find(reference)?;
        self.located(repository, &entry, access)
    }

    fn located(&self, repository: &Repository, entry: &Entry, access: &Access) -> Result<Located> {
        let shards = shards(repository, entry, access.schemes)?;
        let options = read_options(repository, &shards, access.options.clone());
        let schema = if access.check_schema { self.known_schema(repository, entry) } else { None };
        Ok(Located { shards, options, schema: schema.map(|record| record.schema) })
    }

    /// The schema of an entry's samples, where there is one: whoever has a type can do without.
    fn known_schema(&self, repository: &Repository, entry: &Entry) -> Option<SchemaRecord> {
        let reference = entry.schema_reference().ok()?;
        let found = match documents::stored_schema(repository.provider(), &reference) {
            Ok(Some(record)) => return Some(record),
            Ok(None) => self.schema(&entry.schema_ref),
            Err(error) => Err(error),
        };
        found.inspect_err(|error| log::debug!("{}: the type is not held against its schema: {error}", entry.name)).ok()
    }

    /// The repository whose store has shards of an entry, or else `local`.
    pub(super) fn holder(&self, entry: &Entry) -> Result<&Repository> {
        let holds = |repository: &&Repository| {
            let store = repository.store();
            store.is_some_and(|store| entry.data_urls.iter().any(|url| store.holds(url)))
        };
        let mut repositories = self.repositories().into_iter().filter_map(|name| self.repositories.get(name));
        repositories.find(holds).map_or_else(|| self.repository(crate::entry::LOCAL), Ok)
    }
}

/// The shards of an entry, its braces expanded.
///
/// # Errors
/// [`Unsupported`](crate::ErrorKind::Unsupported) for one that `schemes` do not allow. Without them the database decides: whoever
/// can write to one on this machine may name any file of it; others may name what the store of the repository holds,
/// and what records may.
pub(super) fn shards(repository: &Repository, entry: &Entry, schemes: Option<Schemes>) -> Result<Vec<Shard>> {
    let schemes = schemes.or_else(|| (!is_local(&repository.provider().url())).then(Schemes::of_records));
    let mut shards = Vec::with_capacity(entry.data_urls.len());
    for text in &entry.data_urls {
        for url in in_bucket(repository, expand_stored(text)?) {
            let is_ours = || repository.store().is_some_and(|store| store.holds(&url));
            shards.push(match schemes {
                Some(schemes) if !is_ours() => schemes.shard(&url)?,
                _ => Shard::from_url(&url)?,
            });
        }
    }
    if shards.is_empty() { Err(IndexError::NoShards { cid: entry.cid.clone() }.into()) } else { Ok(shards) }
}

/// The names as they are, but for those that the class `Repo` of Python wrote: without `s3://`, the bucket first.
fn in_bucket(repository: &Repository, names: Vec<String>) -> Vec<String> {
    let is_repo = |name: &String| {
        let path = Path::new(name);
        split_scheme(name).is_none() && path.is_relative() && !path.exists() && name.contains('/')
    };
    if has_bucket(repository) && names.first().is_some_and(is_repo) {
        return names.into_iter().map(|name| format!("s3://{name}")).collect();
    }
    names
}

fn has_bucket(repository: &Repository) -> bool {
    repository.store().is_some_and(|store| is_s3(&store.url()))
}

fn is_s3(url: &str) -> bool {
    split_scheme(url).is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("s3"))
}

/// How shards are read: with the credentials of the store that has them, or that has others on an S3 server.
pub(super) fn read_options(repository: &Repository, shards: &[Shard], options: ReadOptions) -> ReadOptions {
    let Some(store) = repository.store() else { return options };
    let reads = |shard: &Shard| store.holds(shard.url()) || (is_s3(shard.url()) && has_bucket(repository));
    if shards.iter().any(reads) { store.read_options(options) } else { options }
}

/// Whether the database at a URL is a file, which no other machine writes to.
pub(super) fn is_of_one_machine(url: &str) -> bool {
    split_scheme(url).is_none_or(|(scheme, _)| !["redis", "rediss", "postgres", "postgresql"].contains(&scheme))
        && is_local(url)
}

/// Whether the database at a URL is of this machine.
fn is_local(url: &str) -> bool {
    let Some((scheme, rest)) = split_scheme(url) else { return true };
    if scheme.eq_ignore_ascii_case("sqlite") {
        return true;
    }
    let authority = rest.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default();
    // `redis+unix:///path` has no host.
    if !rest.starts_with("//") || rest.starts_with("///") {
        return true;
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host.is_empty() || is_loopback(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_of_this_machine_or_of_another() {
        for local in [
            "sqlite:///a/b.db",
            "sqlite:///:memory:",
            "redis://localhost:6379/0",
            "redis://127.0.0.1",
            "rediss://[::1]:6379",
            "redis+unix:///run/redis.sock",
            "postgres:///data",
            "postgres://me@localhost/data",
            "/a/b.db",
        ] {
            assert!(is_local(local), "{local}");
        }
        for remote in
            ["redis://db:6379", "redis://10.0.0.1", "postgres://localhost.evil/x", "memory://x", "rediss://[fe80::1]"]
        {
            assert!(!is_local(remote), "{remote}");
        }
    }
}
