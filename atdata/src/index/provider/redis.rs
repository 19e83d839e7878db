//! Indexes in Redis.

mod connection;
mod error;
mod hash;
mod keys;
mod legacy;
mod listing;
mod scan;
mod scripts;
mod shared;

use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::sync::Arc;

use redis::cmd;

use self::connection::Find;
use self::shared::Shared;
use super::{Document, DocumentKind, Listing, Provider, left_out, sound_documents};
use crate::entry::{Entry, Label};
use crate::error::Result;
use crate::index::Registration;
use crate::index::error::IndexError;
use crate::net::url::redacted;

/// An index in a Redis database, in the layout of Python's `RedisProvider`, so that both may use it by turns.
///
/// Writing is a script each that Redis runs as one: an entry is never seen half, and none of an older one's fields stay.
/// Labels have the field `created_at` (microseconds since 1970, by the server's clock, each later than those before), and
/// `created_cid`, by which it is seen that Python has pointed a label elsewhere since. The latest label of a name is the
/// one that was set last; where Python has set another one of several, it is the one with the highest version by
/// semver, and then one whose version is none of semver before one without.
///
/// # Lookups by name
/// Beside Python's keys there are three of our own, `atdata:index`, `atdata:index:names` and `atdata:index:labels`, which
/// Python does not look at: by them [`entry_by_name`], [`resolve`] and the latest label are found in one round trip,
/// however many entries there are. (Of several labels of a name that Python has set, the latest takes a second one.) What
/// they lead to is checked, and whether anybody else has added or removed keys since, by the number of keys in the
/// database; if so, the database is searched with `SCAN` and our keys are filled anew, by one while others wait.
/// Missing ones only cost that. A name that they do not have is not searched for as long as that number is the same: an
/// entry that Python has given another name, without a label of it, is found by its old name or its CID until then. What goes unseen: somebody else removes a key and adds a label of another version to a
/// name that has labels, before anything was looked up by name; until the next change by others, the latest label of that
/// name is then looked for among the others. A database of one's own, rather than one shared with other programs, keeps
/// lookups fast.
///
/// # What old versions have left
/// Schemas of atdata 0.1 and 0.2 under `LocalSchema:{module.Class}@{version}` are found by `Class`. Hashes
/// `BasicIndexEntry:{uuid}` are read as entries named by their UUID, with a schema reference
/// `local://schemas/{sample_kind}@1.0.0`. Of their `metadata_url` nothing is ever fetched: if the server is on this machine and
/// it is the absolute path of a `.msgpack` file of at most 16 MiB, its content is the metadata, and otherwise the metadata
/// are `metadata_url` itself. That there are none of either kind is found out once for a database, and again when it is
/// searched.
///
/// # Limits
/// A version with an `@`, and the name of a schema with a `.`, are refused in writing: the keys would be those of other
/// names. Redis has to be 5 or newer, and no cluster, which is [`Unsupported`](crate::ErrorKind::Unsupported): names lead
/// to keys that only the scripts find, which they tell Dragonfly. What is durable is what Redis is configured to keep.
///
/// [`entry_by_name`]: Provider::entry_by_name
/// [`resolve`]: Provider::resolve
pub struct Redis {
    url: String,
    is_local: bool,
    shared: Arc<Shared>,
}

/// So many entries are read at once where not all may be wanted.
const BATCH: usize = 200;

impl Redis {
    /// Connects to `redis://[user:password@]host[:port][/database]`, `rediss://…` (encrypted; the certificate has to be
    /// one that this machine trusts) or `redis+unix:///path/of/socket[?db=…&user=…&pass=…]`.
    ///
    /// A connection that breaks later is made anew, for ten seconds at most; so long a call may wait for a server that is
    /// being restarted.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for another URL, [`Permission`](crate::ErrorKind::Permission) for
    /// wrong credentials, [`NotFound`](crate::ErrorKind::NotFound) for a database that the server does not have, and
    /// [`Interrupted`](crate::ErrorKind::Interrupted) if it does not answer within five seconds.
    pub fn connect(url: &str) -> Result<Self> {
        Self::open(connection::client(url)?, None, redacted(url), false)
    }

    /// The same for reading: nothing is written, our own keys neither, so that a name that these do not have is searched for
    /// each time. Writing fails as [`Permission`](crate::ErrorKind::Permission).
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect).
    pub fn connect_read_only(url: &str) -> Result<Self> {
        Self::open(connection::client(url)?, None, redacted(url), true)
    }

    /// An index in the database of a client that is there already, with its server, its credentials and its settings of TLS.
    /// The client is that of the crate `redis` as [`atdata::index::redis`](crate::index::redis) hands it on. A client holds no
    /// connection: the index makes its own, and makes them anew when they break.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect).
    ///
    /// ```no_run
    /// use atdata::index::{Index, Redis, redis};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = redis::Client::open("redis://localhost:6379/0")?;
    /// let index = Index::builder().provider(Redis::of_client(client)?).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn of_client(client: redis::Client) -> Result<Self> {
        let url = connection::url_of(&client);
        Self::open(client, None, url, false)
    }

    /// The same where the server may become another one, as behind a sentinel: `find` gives a client of the one that it is by
    /// now. It is asked at once, and again whenever the server does not answer, or takes no writes because it has become a
    /// replica, for a minute at most. It may block.
    ///
    /// What an old master had not sent to its replicas when another took over is lost, as with any client of Redis.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and what `find` gives.
    ///
    /// ```no_run
    /// use atdata::index::redis::{Client, RedisResult};
    /// use atdata::index::{Index, Redis};
    ///
    /// /// As whoever knows it says: a sentinel, an orchestrator, a file.
    /// fn master() -> RedisResult<Client> {
    ///     Client::open(std::fs::read_to_string("/etc/shards/master")?)
    /// }
    ///
    /// let index = Index::builder().provider(Redis::of_clients(master)?).build()?;
    /// # Ok::<(), atdata::Error>(())
    /// ```
    ///
    /// Of a sentinel it is `SentinelClient::get_client`, with the feature `sentinel` of the crate `redis` in the version of
    /// [`atdata::index::redis`](crate::index::redis).
    pub fn of_clients(find: impl Fn() -> redis::RedisResult<redis::Client> + Send + Sync + 'static) -> Result<Self> {
        let client = find().map_err(|failure| error::RedisError::failed("redis", failure))?;
        let url = connection::url_of(&client);
        Self::open(client, Some(Arc::new(find)), url, false)
    }

    fn open(client: redis::Client, find: Option<Find>, url: String, read_only: bool) -> Result<Self> {
        let is_local = connection::is_local(&client);
        let shared = crate::net::runtime::wait(Shared::open(client, find, url.clone(), is_local, read_only))??;
        Ok(Self { url, is_local, shared })
    }

    /// [`run`](Self::run) for what writes.
    fn change<T, F>(&self, work: impl FnOnce(Arc<Shared>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        if self.shared.read_only {
            return Err(IndexError::ReadOnly { url: self.url.clone() }.into());
        }
        self.run(work)
    }

    fn run<T, F>(&self, work: impl FnOnce(Arc<Shared>) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        crate::net::runtime::wait(work(Arc::clone(&self.shared)))?
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Provider for Redis {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn is_local(&self) -> bool {
        self.is_local
    }

    fn put_entry(&self, entry: &Entry) -> Result<()> {
        let call = scripts::register(Some(entry), None);
        self.change(|shared| async move { shared.connection.script::<()>(&scripts::REGISTER, &call).await })
    }

    fn entry(&self, cid: &str) -> Result<Option<Entry>> {
        let cid = cid.to_owned();
        self.run(|shared| async move { shared.entry(&cid).await })
    }

    fn entry_by_name(&self, name: &str) -> Result<Option<Entry>> {
        let name = name.to_owned();
        self.run(|shared| async move { shared.entry_by_name(&name).await })
    }

    fn entries(&self) -> Result<Vec<Entry>> {
        Ok(self.listing()?.logged())
    }

    fn listing(&self) -> Result<Listing> {
        self.run(|shared| async move { shared.listing().await })
    }

    fn names(&self, limit: usize) -> Result<Option<Vec<String>>> {
        self.run(move |shared| async move { shared.names(limit).await })
    }

    fn labels_named(&self, name: &str) -> Result<Vec<Label>> {
        let name = name.to_owned();
        self.run(|shared| async move { shared.labels_named(&name).await })
    }

    fn remove_entry(&self, cid: &str) -> Result<bool> {
        let cid = cid.to_owned();
        self.change(|shared| async move { shared.remove_entry(&cid).await })
    }

    fn remove_unlabelled(&self, cid: &str) -> Result<bool> {
        let cid = cid.to_owned();
        self.change(|shared| async move { shared.remove_unlabelled(&cid).await })
    }

    fn labels_of(&self, cid: &str) -> Result<Vec<Label>> {
        let cid = cid.to_owned();
        self.run(|shared| async move { shared.labels_of(&cid).await })
    }

    fn visit_entries(
        &self,
        wants: &dyn Fn(&str, &str) -> bool,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<()> {
        // Names and schemas first, which are little; then of those that are wanted as many as are.
        let mut briefs = self.run(|shared| async move { shared.briefs().await })?;
        briefs.retain(|brief| wants(&brief.name, &brief.schema_ref));
        briefs.sort_unstable_by(|a, b| (&a.name, &a.cid).cmp(&(&b.name, &b.cid)));
        for batch in briefs.chunks(BATCH) {
            let keys = batch.iter().map(|brief| brief.key.clone()).collect();
            for entry in self.run(|shared| async move { shared.entries_at(keys).await })? {
                match entry {
                    // It may have been removed, or given another name, meanwhile.
                    Ok(Some(entry)) if wants(&entry.name, &entry.schema_ref) => {
                        if visit(entry).is_break() {
                            return Ok(());
                        }
                    }
                    Ok(_) => {}
                    Err(error) => left_out("an entry", &error.with_shard(&self.url)),
                }
            }
        }
        Ok(())
    }

    fn put_label(&self, label: &Label) -> Result<()> {
        keys::check_version(label.version.as_deref().unwrap_or_default())?;
        let call = scripts::register(None, Some(label));
        self.change(|shared| async move { shared.connection.script::<()>(&scripts::REGISTER, &call).await })
    }

    fn label(&self, name: &str, version: Option<&str>) -> Result<Option<Label>> {
        let (name, version) = (name.to_owned(), version.map(str::to_owned));
        self.run(|shared| async move {
            match version {
                Some(version) => shared.exact_label(&name, &version).await,
                None => shared.latest_label(&name).await,
            }
        })
    }

    fn labels(&self) -> Result<Vec<Label>> {
        self.run(|shared| async move { shared.labels().await })
    }

    fn count_labels(&self) -> Result<u64> {
        self.run(|shared| async move { shared.count_labels().await })
    }

    fn remove_label(&self, name: &str, version: Option<&str>) -> Result<bool> {
        let call = vec![name.into(), version.unwrap_or_default().into()];
        self.change(|shared| async move { shared.connection.script(&scripts::REMOVE_LABEL, &call).await })
    }

    fn register(&self, entry: &Entry, label: &Label) -> Result<()> {
        keys::check_version(label.version.as_deref().unwrap_or_default())?;
        let call = scripts::register(Some(entry), Some(label));
        self.change(|shared| async move { shared.connection.script::<()>(&scripts::REGISTER, &call).await })
    }

    fn merge(&self, registration: &Registration) -> Result<Entry> {
        keys::check_version(registration.label.version())?;
        let registration = registration.clone();
        self.change(|shared| async move { shared.merge(&registration).await })
    }

    fn resolve(&self, name: &str, version: Option<&str>) -> Result<Option<Entry>> {
        let (name, version) = (name.to_owned(), version.map(str::to_owned));
        self.run(|shared| async move {
            match version {
                Some(version) => shared.follow(&name, &version).await,
                None => shared.resolve_latest(&name).await,
            }
        })
    }

    fn add_document(&self, kind: DocumentKind, document: &Document) -> Result<bool> {
        keys::check_document(kind, document)?;
        let document = document.clone();
        self.change(|shared| async move { shared.add_document(kind, &document).await })
    }

    fn replace_damaged(
        &self,
        kind: DocumentKind,
        document: &Document,
        is_damaged: &dyn Fn(&str) -> bool,
    ) -> Result<bool> {
        keys::check_document(kind, document)?;
        let Document { name, version, json } = document;
        let key = keys::document(kind, name, version);
        let stored: Option<Vec<u8>> = {
            let key = key.clone();
            self.run(|shared| async move { shared.connection.get(cmd("GET").arg(key)).await })?
        };
        let is_sound = |stored: &[u8]| std::str::from_utf8(stored).is_ok_and(|stored| !is_damaged(stored));
        match stored {
            Some(stored) if is_sound(&stored) => Ok(false),
            Some(stored) => {
                let call = vec![key.into(), stored.into(), json.as_str().into()];
                self.change(|shared| async move { shared.connection.script(&scripts::REPLACE_DOCUMENT, &call).await })
            }
            // What is damaged is one of an old version, which this one goes before.
            None if self
                .document(kind, name, version)
                .is_ok_and(|found| found.is_none_or(|json| !is_damaged(&json))) =>
            {
                Ok(false)
            }
            None => {
                let call = vec![key.into(), json.as_str().into()];
                self.change(|shared| async move { shared.connection.script(&scripts::ADD_DOCUMENT, &call).await })
            }
        }
    }

    fn document(&self, kind: DocumentKind, name: &str, version: &str) -> Result<Option<String>> {
        let (name, version) = (name.to_owned(), version.to_owned());
        self.run(|shared| async move { shared.document(kind, &name, &version).await })
    }

    fn read_documents(&self, kind: DocumentKind) -> Result<Vec<Result<Document>>> {
        self.run(|shared| async move { shared.documents(kind).await })
    }

    fn documents(&self, kind: DocumentKind) -> Result<Vec<Document>> {
        self.read_documents(kind).map(sound_documents)
    }
}
