//! Reconnection: one connection that is made anew when it breaks, and the statements that it has prepared.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::config::Host;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row, Statement};

use super::error::PostgresError;
use super::sql;
use super::tls::Tls;
use crate::error::Result;
use crate::index::error::IndexError;
use crate::net::host::is_loopback;
use crate::net::url::{percent_decoded, redacted, split_scheme};

const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// A restarted server is waited for so long.
const RECONNECTED_WITHIN: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Of Python, which takes no lock, tables may be made at the same time; this often is enough for all of them.
const CREATIONS: usize = 8;

pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

pub(super) struct Connection {
    config: Config,
    tls: Tls,
    url: String,
    /// Whether the server is told to refuse what would change anything.
    read_only: bool,
    session: Mutex<Option<Arc<Session>>>,
}

struct Session {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
}

/// What a statement did.
pub(super) struct Done {
    /// How many rows it returned; of those that change something it is told by `RETURNING`.
    pub(super) changed: u64,
    /// Where that is more than one, an earlier one may have been carried out.
    pub(super) attempts: u32,
}

impl Connection {
    /// Does not connect yet.
    pub(super) fn new(url: &str, read_only: bool) -> Result<Self, PostgresError> {
        let shown = redacted(url);
        // Schemes are in any case, but not to the client.
        let lower = split_scheme(url).map(|(scheme, rest)| format!("{}:{rest}", scheme.to_ascii_lowercase()));
        let url = lower.as_deref().unwrap_or(url);
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            // Which may be a connection string that holds a password.
            let url = if shown.contains("://") { shown } else { "something else".into() };
            return Err(PostgresError::Url { url, reason: String::new() });
        }
        let (url, encryption) = Encryption::of(url);
        let mut config: Config = url.parse().map_err(|failure: tokio_postgres::Error| {
            let reason = std::error::Error::source(&failure).map(ToString::to_string);
            PostgresError::Url { url: shown.clone(), reason: format!(": {}", reason.unwrap_or(failure.to_string())) }
        })?;
        let tls = encryption.tls().map_err(|source| PostgresError::Encryption { url: shown.clone(), source })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECTED_WITHIN);
        }
        if config.get_application_name().is_none() {
            config.application_name("atdata");
        }
        Ok(Self { config, tls, url: shown, read_only, session: Mutex::default() })
    }

    /// Whether all servers that it may connect to are of this machine, wherever in the URL they stand.
    pub(super) fn is_local(&self) -> bool {
        let is_near = |host: &Host| match host {
            Host::Tcp(host) => is_loopback(host),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        let addresses = self.config.get_hostaddrs();
        self.config.get_hosts().iter().all(is_near) && addresses.iter().all(std::net::IpAddr::is_loopback)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Connects for the first time, and makes the tables, if nothing is only to be read.
    pub(super) async fn open(&self) -> Result<(), PostgresError> {
        let session = self.session().await?;
        let mut creations = 0;
        loop {
            let there = session.client.query_one(sql::TABLES, &[]).await.and_then(|row| row.try_get::<_, bool>(0));
            if there.map_err(|failure| self.failed(failure))? {
                return Ok(());
            }
            if self.read_only {
                return Err(PostgresError::Missing { url: self.url.clone(), source: IndexError::Missing });
            }
            creations += 1;
            match session.client.batch_execute(sql::CREATE).await.map_err(|failure| self.failed(failure)) {
                Err(error) if (error.is_race() || error.is_conflict()) && creations < CREATIONS => {}
                made => return made,
            }
        }
    }

    fn failed(&self, failure: tokio_postgres::Error) -> PostgresError {
        PostgresError::failed(&self.url, failure)
    }

    async fn session(&self) -> Result<Arc<Session>, PostgresError> {
        let mut session = self.session.lock().await;
        if let Some(session) = session.as_ref().filter(|session| !session.client.is_closed()) {
            return Ok(Arc::clone(session));
        }
        // The limit of the configuration is on the connection alone, not on what is said in the beginning.
        let within = self.config.get_connect_timeout().copied().unwrap_or(CONNECTED_WITHIN);
        let connected = timeout(within, self.connect()).await;
        let client = connected.map_err(|_| self.timed_out(within))?.map_err(|failure| self.failed(failure))?;
        Ok(Arc::clone(session.insert(Arc::new(Session { client, statements: Mutex::default() }))))
    }

    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        tokio::spawn(async move {
            if let Err(failure) = connection.await {
                log::debug!("the connection to PostgreSQL ended: {failure}");
            }
        });
        client.batch_execute(sql::SETTINGS).await?;
        if self.read_only {
            client.batch_execute(sql::READ_ONLY).await?;
        }
        Ok(client)
    }

    fn timed_out(&self, within: Duration) -> PostgresError {
        PostgresError::TimedOut { url: self.url.clone(), seconds: within.as_secs() }
    }

    pub(super) async fn rows(&self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>> {
        Ok(self.ask(sql, values).await?.0)
    }

    pub(super) async fn change(&self, sql: &'static str, values: Values<'_>) -> Result<Done> {
        let (rows, attempts) = self.ask(sql, values).await?;
        Ok(Done { changed: rows.len() as u64, attempts })
    }

    /// Whether a statement did something, which takes itself back by a division by zero where it must not.
    pub(super) async fn change_if(&self, sql: &'static str, values: Values<'_>) -> Result<bool> {
        match self.ask(sql, values).await {
            Ok((rows, _)) => Ok(!rows.is_empty()),
            Err(error) if error.is_taken_back() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The answer, and after how many attempts that may have been carried out. All statements may be so twice.
    async fn ask(&self, sql: &'static str, values: Values<'_>) -> Result<(Vec<Row>, u32), PostgresError> {
        let end = Instant::now() + RECONNECTED_WITHIN;
        let mut pause = FIRST_PAUSE;
        let mut attempts = 1;
        loop {
            match self.attempt(sql, values).await {
                Err(error) if (error.is_interrupted() || error.is_conflict()) && Instant::now() + pause < end => {
                    log::debug!("{error}; asking again");
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    attempts += u32::from(error.is_interrupted());
                }
                answer => return Ok((answer?, attempts)),
            }
        }
    }

    async fn attempt(&self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, PostgresError> {
        let session = self.session().await?;
        match timeout(ANSWERED_WITHIN, session.query(sql, values)).await {
            Ok(rows) => rows.map_err(|failure| self.failed(failure)),
            Err(_) => {
                // What it waits for may be a lock that somebody holds; nobody waits for it any more.
                session.client.cancel_token().cancel_query(self.tls.clone()).await.ok();
                Err(self.timed_out(ANSWERED_WITHIN))
            }
        }
    }
}

impl Session {
    async fn query(&self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = self.statement(sql).await?;
        self.client.query(&statement, values).await
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        let mut statements = self.statements.lock().await;
        if let Some(statement) = statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// What the parameters of a URL say of encryption, beyond what the client reads itself.
#[derive(Debug, Default, PartialEq, Eq)]
struct Encryption {
    /// Whether the server has to have a certificate of its name.
    verifies: bool,
    /// A file of the certificates that count.
    root: Option<String>,
}

impl Encryption {
    /// What a URL asks for, and the URL as the client takes it.
    fn of(url: &str) -> (String, Self) {
        let mut encryption = Self::default();
        let Some((place, parameters)) = url.split_once('?') else { return (url.to_owned(), encryption) };
        let mut kept = Vec::new();
        for parameter in parameters.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", "verify-ca" | "verify-full")) => {
                    encryption.verifies = true;
                    kept.push("sslmode=require");
                }
                Some(("sslmode", "allow")) => kept.push("sslmode=prefer"),
                Some(("sslrootcert", "system")) => encryption.verifies = true,
                Some(("sslrootcert", path)) => {
                    encryption.root = Some(String::from_utf8_lossy(&percent_decoded(path)).into_owned());
                }
                _ => kept.push(parameter),
            }
        }
        (format!("{place}?{}", kept.join("&")), encryption)
    }

    fn tls(&self) -> io::Result<Tls> {
        // As with libpq, certificates that are named are for holding against.
        match &self.root {
            Some(root) => Tls::verified(Some(root)),
            None if self.verifies => Tls::verified(None),
            None => Tls::unverified(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio_postgres::config::SslMode;

    use super::*;
    use crate::error::{Error, ErrorKind};

    fn refused(url: &str) -> Error {
        Connection::new(url, false).err().unwrap().into()
    }

    #[test]
    fn encryption_that_was_asked_for_is_not_left_out() {
        let mode = |mode: &str| {
            let url = format!("postgres://user:secret@host/db?connect_timeout=1&sslmode={mode}");
            let verifies = Encryption::of(&url).1.verifies;
            (Connection::new(&url, false).unwrap().config.get_ssl_mode(), verifies)
        };
        for (name, expected) in [
            ("disable", (SslMode::Disable, false)),
            ("allow", (SslMode::Prefer, false)),
            ("prefer", (SslMode::Prefer, false)),
            ("require", (SslMode::Require, false)),
            ("verify-ca", (SslMode::Require, true)),
            ("verify-full", (SslMode::Require, true)),
        ] {
            assert_eq!(mode(name), expected, "{name}");
        }
        assert!(refused("postgres://user:secret@host/db?sslmode=always").to_string().contains("postgres://host/db"));
        let missing = refused("postgres://u:secret@host/db?sslmode=require&sslrootcert=%2Fno%2Fsuch.pem");
        assert!(!format!("{missing:?}").contains("secret"), "{missing:?}");
    }

    #[test]
    fn a_server_is_of_this_machine_only_if_all_are_that_may_be_asked() {
        let is_local = |url: &str| Connection::new(url, false).unwrap().is_local();
        for url in ["postgres://u@localhost/db", "POSTGRES://u@127.0.0.1:5433/db", "postgres://u@[::1]/db"] {
            assert!(is_local(url), "{url}");
        }
        #[cfg(unix)]
        assert!(is_local("postgres://u@%2Frun%2Fpostgresql/db"));
        for url in [
            "postgres://u@db.example/db",
            "postgres://u@localhost/db?host=192.0.2.2",
            "postgres://u@localhost:1,evil.example:2/db",
            "postgres://u@localhost/db?hostaddr=192.0.2.2",
            "postgres:///db?host=192.0.2.2",
            "postgres://u@localhost.evil.example/db",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_database_is_refused_without_its_secrets() {
        for url in
            ["host=h password=secret", "redis://u:secret@h", "postgres://u:secret@h:x/db", "postgres://u:secret@h?a=b"]
        {
            let error = refused(url);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{url}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
