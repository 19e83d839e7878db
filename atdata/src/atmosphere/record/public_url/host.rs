//! Private hosts, which only some machines reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Domains that are for local networks, or for no network.
const LOCAL_DOMAINS: &[&str] = &[
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "test",
];

/// Whether a host of a parsed URL, whose IPv4 addresses are in their usual form by now, is one of those.
pub(super) fn is_private(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    match address.parse() {
        Ok(IpAddr::V4(address)) => is_private_v4(address),
        Ok(IpAddr::V6(address)) => is_private_v6(address),
        Err(_) => is_private_name(host),
    }
}

fn is_private_name(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    // A name of one part is completed by the machine that looks it up.
    !host.contains('.') || LOCAL_DOMAINS.iter().any(|domain| below(domain))
}

/// All that is not handed out to anybody on the internet.
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

/// Outside of `2000::/3` nothing is handed out; inside, some addresses hold one of version 4.
fn is_private_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let inner = |high: u16, low: u16| is_private_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            inner(high, low)
        }
        // Teredo and what is for documentation.
        [0x2001, 0 | 0xdb8, ..] | [0x3fff, ..] => true,
        [first, ..] => first & 0xe000 != 0x2000,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{UrlProblem, public_url_problem};

    #[test]
    fn private_hosts_are_known_in_every_spelling() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "nas",
            "nas.local",
            "db.internal",
            "x.home.arpa",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::10.0.0.1]",
            "[2002:7f00:1::]",
            "[2001:db8::1]",
            "[::127.0.0.1]",
            "１２７.0.0.1",
            "127。0。0。1",
            "%6c%6fcalhost",
        ] {
            let url = format!("https://{host}:8443/a.tar");
            let problem = public_url_problem(&url);
            assert!(matches!(problem, Some(UrlProblem::PrivateHost { .. })), "{host}: {problem:?}");
        }
    }

    #[test]
    fn public_hosts_are_not_taken_for_them() {
        for host in [
            "example.org",
            "localhost.example.org",
            "mylocal.org",
            "172.32.0.1",
            "100.128.0.1",
            "8.8.8.8",
            "[2606:4700::1]",
            "[::ffff:8.8.8.8]",
            "[2002:808:808::]",
            "internal.example",
        ] {
            assert_eq!(public_url_problem(&format!("https://{host}/a.tar")), None, "{host}");
        }
    }
}
