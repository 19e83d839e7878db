//! How a Redis server is set up: whether it keeps what it is given.

use std::collections::HashMap;
use std::time::Duration;

use redis::{Connection, RedisResult, cmd};

use super::Check;

const PATIENCE: Duration = Duration::from_secs(5);
/// Keys of an index are never to go by themselves: these policies remove at most keys that have an end.
const KEEPING: &[&str] = &["noeviction", "volatile-lru", "volatile-lfu", "volatile-ttl", "volatile-random"];

pub(super) fn check(url: &str, checks: &mut Vec<Check>) {
    let connect = || -> RedisResult<Connection> {
        let connection = redis::Client::open(url)?.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        Ok(connection)
    };
    let mut connection = match connect() {
        Ok(connection) => connection,
        Err(error) => {
            let advice = "check that the server runs, and host, port, user and password: `atdata infra up -d` starts one on \
                          this machine";
            // The library says what the server has said, without the password.
            let detail = match atdata::index::Redis::connect_read_only(url) {
                Err(error) => format!("{error:#}"),
                Ok(_) => format!("{}: {:?}", atdata::source::without_secrets(url), error.kind()),
            };
            checks.push(Check::bad("connection", detail, advice));
            return;
        }
    };
    let info = info(&mut connection).unwrap_or_default();
    let of = |name: &str| info.get(name).map_or("unknown", String::as_str);
    checks.push(Check::good("connection", format!("{} clients", of("connected_clients"))));
    checks.push(Check::info("version", of("redis_version")));
    checks.push(match setting(&mut connection, "appendonly").as_deref() {
        Some("yes") => Check::good("append-only file", "on"),
        Some(other) => Check::bad(
            "append-only file",
            other,
            "a restart loses what was written since the last snapshot: `redis-cli config set appendonly yes`, and the \
             same in redis.conf",
        ),
        None => {
            Check::info("append-only file", "the server does not tell; ask whoever runs it whether writes are kept")
        }
    });
    checks.push(match setting(&mut connection, "save").as_deref() {
        Some("") => Check::info("snapshots", "off"),
        Some(points) => Check::info("snapshots", points),
        None => Check::info("snapshots", "the server does not tell"),
    });
    checks.push(match setting(&mut connection, "maxmemory-policy").as_deref() {
        Some(policy) if KEEPING.contains(&policy) => Check::good("eviction", policy),
        Some(policy) => Check::bad(
            "eviction",
            policy,
            "a full server throws entries away: `redis-cli config set maxmemory-policy noeviction`, and the same in \
             redis.conf",
        ),
        None => Check::info("eviction", "the server does not tell"),
    });
    let limit = setting(&mut connection, "maxmemory").unwrap_or_default();
    let limit = if limit == "0" || limit.is_empty() { "no limit".to_owned() } else { format!("at most {limit} bytes") };
    checks.push(Check::info("memory", format!("{} used, {limit}", of("used_memory_human"))));
}

fn info(connection: &mut Connection) -> RedisResult<HashMap<String, String>> {
    let text: String = cmd("INFO").query(connection)?;
    Ok(text.lines().filter_map(|line| line.split_once(':')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect())
}

/// `None` where the server keeps its settings to itself, as hosted ones do.
fn setting(connection: &mut Connection, name: &str) -> Option<String> {
    let found: HashMap<String, String> = cmd("CONFIG").arg("GET").arg(name).query(connection).ok()?;
    found.into_values().next()
}
