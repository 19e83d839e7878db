//! Reconnection: one connection that is made anew when it breaks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, FromRedisValue, Pipeline, Script, Value, from_redis_value,
};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::error::{RedisError, is_of_a_key, is_of_a_replica, is_passing};
use super::scripts::{self, Argument};
use crate::error::{Error, ErrorKind, Result};
use crate::net::crypto;
use crate::net::host::is_loopback;
use crate::net::url::redacted;

const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// A restarted server is waited for so long.
const RECONNECTED_WITHIN: Duration = Duration::from_secs(10);
/// Another that takes over for it, which has to be decided first.
const FAILED_OVER_WITHIN: Duration = Duration::from_secs(60);
/// Whoever knows where it is has to say so.
const FOUND_WITHIN: Duration = Duration::from_secs(10);
const REFUSED_WITHIN: Duration = Duration::from_secs(1);
const LONGEST_REFUSAL: usize = 600;
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Says where the server is by now.
pub(super) type Find = Arc<dyn Fn() -> redis::RedisResult<Client> + Send + Sync>;

#[derive(Clone)]
pub(super) struct Connection {
    manager: Arc<Mutex<ConnectionManager>>,
    /// Asked where the server that was known is gone, or is not the one to write to any more.
    find: Option<Find>,
    url: String,
}

/// The client for a URL; it does not connect yet.
pub(super) fn client(url: &str) -> Result<Client> {
    let client = Client::open(url);
    Ok(client.map_err(|failure| RedisError::Url { url: redacted(url), reason: said(&failure) })?)
}

/// What the client says, without the name of the kind that it puts behind it.
fn said(failure: &redis::RedisError) -> String {
    let text = failure.to_string();
    let kind = format!("- {:?}", failure.kind());
    text.strip_suffix(&kind).unwrap_or(&text).trim_end().to_owned()
}

/// The URL of the database of a client, without what is secret.
pub(super) fn url_of(client: &Client) -> String {
    let info = client.get_connection_info();
    let (addr, db) = (info.addr(), info.redis_settings().db());
    match addr {
        ConnectionAddr::TcpTls { .. } => format!("rediss://{addr}/{db}"),
        ConnectionAddr::Unix(_) => format!("redis+unix://{addr}?db={db}"),
        _ => format!("redis://{addr}/{db}"),
    }
}

/// What connects when it is asked for something.
fn manager(client: Client) -> redis::RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECTED_WITHIN))
        .set_response_timeout(Some(ANSWERED_WITHIN))
        // Trying again is done here, with an end in time.
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(client, config)
}

/// Whether the server is of this machine.
pub(super) fn is_local(client: &Client) -> bool {
    match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => is_loopback(host),
        ConnectionAddr::Unix(_) => true,
        _ => false,
    }
}

/// One command, or several that are sent at once.
#[derive(Clone, Copy)]
enum Request<'a> {
    One(&'a Cmd),
    Many(&'a Pipeline),
}

/// What a server says unasked before it closes a connection that it does not want. The client writes first, and knows of
/// that only that it broke.
async fn said_at_once(address: &ConnectionAddr) -> Option<String> {
    let ConnectionAddr::Tcp(host, port) = address else { return None };
    let listen = async {
        let stream = TcpStream::connect((host.as_str(), *port)).await.ok()?;
        stream.readable().await.ok()?;
        let mut line = [0; LONGEST_REFUSAL];
        let len = stream.try_read(&mut line).ok()?;
        let text = String::from_utf8_lossy(line.get(..len)?).into_owned();
        Some(text.strip_prefix('-')?.lines().next()?.trim().to_owned())
    };
    timeout(REFUSED_WITHIN, listen).await.ok()?
}

impl Connection {
    /// Connects once and for the caller to see why not; later, reconnecting is tried for longer.
    pub(super) async fn open(client: Client, find: Option<Find>, url: String) -> Result<Self> {
        if matches!(client.get_connection_info().addr(), ConnectionAddr::TcpTls { .. }) {
            crypto::provider();
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTED_WITHIN))
            .set_response_timeout(Some(CONNECTED_WITHIN));
        let first = async {
            let mut first = client.get_multiplexed_async_connection_with_config(&config).await?;
            // A server that wants a password lets one connect without.
            redis::cmd("PING").query_async::<()>(&mut first).await
        };
        match timeout(CONNECTED_WITHIN, first).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => {
                let broke = is_passing(&failure) && !failure.is_connection_refusal();
                let said = if broke { said_at_once(client.get_connection_info().addr()).await } else { None };
                return Err(match said {
                    Some(said) => RedisError::Refused { url, said },
                    None => RedisError::failed(&url, failure),
                }
                .into());
            }
            Err(_) => return Err(RedisError::TimedOut { url, seconds: CONNECTED_WITHIN.as_secs() }.into()),
        }
        let manager = manager(client).map_err(|failure| RedisError::failed(&url, failure))?;
        Ok(Self { manager: Arc::new(Mutex::new(manager)), find, url })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    async fn attempt(&self, request: Request<'_>) -> Result<Value, redis::RedisError> {
        let mut manager = self.current();
        match request {
            Request::One(command) => command.query_async(&mut manager).await,
            Request::Many(pipeline) => pipeline.query_async(&mut manager).await,
        }
    }

    /// The answer; `attempts` is how often it was asked for, with those before. All that is asked for may be done twice.
    async fn ask(&self, request: Request<'_>, attempts: &mut u32) -> Result<Value, redis::RedisError> {
        let end = Instant::now() + if self.find.is_some() { FAILED_OVER_WITHIN } else { RECONNECTED_WITHIN };
        let mut pause = FIRST_PAUSE;
        loop {
            *attempts += 1;
            match self.attempt(request).await {
                Err(failure) if self.may_pass(&failure) && Instant::now() + pause < end => {
                    log::debug!("{}: {failure}; asking again", self.url);
                    sleep(pause).await;
                    self.find_again().await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                answer => return answer,
            }
        }
    }

    fn current(&self) -> ConnectionManager {
        self.manager.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn may_pass(&self, failure: &redis::RedisError) -> bool {
        // Where another server may take over, one that does not answer may be gone for good.
        is_passing(failure) || (self.find.is_some() && (is_of_a_replica(failure) || failure.is_timeout()))
    }

    /// Asks where the server is; one that cannot be told yet is asked for with the next attempt.
    async fn find_again(&self) {
        let Some(find) = self.find.clone() else { return };
        let found = tokio::task::spawn_blocking(move || find());
        let Ok(found) = timeout(FOUND_WITHIN, found).await else {
            log::warn!("{}: nobody says where the server is, within {} s", self.url, FOUND_WITHIN.as_secs());
            return;
        };
        match found.map(|client| client.and_then(manager)) {
            Ok(Ok(manager)) => *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = manager,
            Ok(Err(failure)) => log::debug!("{}: {failure}; the server is not known", self.url),
            Err(failure) => log::warn!("{}: {failure}; the server is not known", self.url),
        }
    }

    fn failed(&self, failure: redis::RedisError) -> Error {
        RedisError::failed(&self.url, failure).into()
    }

    fn typed<T: FromRedisValue>(&self, value: Value) -> Result<T> {
        let nonsense = |reason: String| RedisError::Nonsense { url: self.url.clone(), reason };
        Ok(from_redis_value(value).map_err(|reason| nonsense(reason.to_string()))?)
    }

    pub(super) async fn get<T: FromRedisValue>(&self, command: &Cmd) -> Result<T> {
        let value = self.ask(Request::One(command), &mut 0).await.map_err(|failure| self.failed(failure))?;
        self.typed(value)
    }

    /// The answers to commands that are sent at once, each about a key: an error is one of its key alone, which holds
    /// something of another kind.
    pub(super) async fn get_all<T: FromRedisValue>(&self, commands: &[Cmd]) -> Result<Vec<Result<T>>> {
        let mut pipeline = Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command.clone());
        }
        match self.ask(Request::Many(&pipeline), &mut 0).await {
            Ok(value) => Ok(self.typed::<Vec<T>>(value)?.into_iter().map(Ok).collect()),
            // The answers to the others are lost with it.
            Err(failure) if is_of_a_key(&failure) => self.get_each(commands).await,
            Err(failure) => Err(self.failed(failure)),
        }
    }

    async fn get_each<T: FromRedisValue>(&self, commands: &[Cmd]) -> Result<Vec<Result<T>>> {
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            answers.push(match self.get(command).await {
                Err(error) if error.kind() != ErrorKind::Corrupt => return Err(error),
                answer => answer,
            });
        }
        Ok(answers)
    }

    pub(super) async fn script<T: FromRedisValue>(&self, script: &Script, arguments: &[Argument]) -> Result<T> {
        Ok(self.script_counted(script, arguments).await?.0)
    }

    /// What a script gives, and how often it was sent; a server that does not have it yet is given it.
    pub(super) async fn script_counted<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: &[Argument],
    ) -> Result<(T, u32)> {
        let call = scripts::call(script, arguments);
        let mut attempts = 0;
        loop {
            match self.ask(Request::One(&call), &mut attempts).await {
                Ok(value) => return Ok((self.typed(value)?, attempts)),
                Err(failure) if failure.kind() == redis::ErrorKind::Server(redis::ServerErrorKind::NoScript) => {
                    // It has done nothing, for sure.
                    attempts -= 1;
                    let loaded = script.load_async(&mut self.current()).await;
                    loaded.map_err(|failure| self.failed(failure))?;
                }
                Err(failure) => return Err(self.failed(failure)),
            }
        }
    }
}
