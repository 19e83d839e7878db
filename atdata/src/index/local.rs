//! Whether a database is of this machine, by its URL.

use crate::net::host::is_loopback;
use crate::net::url::split_scheme;

/// Whether the database at a URL is of this machine.
pub(super) fn is_local(url: &str) -> bool {
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
