//! Private hosts: from where a host is reached, the one answer for all who follow an address that a stranger wrote.

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

/// From where a host is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// From everywhere.
    Public,
    /// From a network of its own, such as that of a company, or of the machines of a cloud.
    Private,
    /// From this machine alone.
    Loopback,
}

/// From where a host is reached, as it stands in a URL: a name, or an address, of version 6 also in brackets.
///
/// Names are not looked up: one that stands for a private address is taken for public.
pub(crate) fn reach(host: &str) -> Reach {
    let host = host.trim_end_matches('.');
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let (loopback, private) = match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => (address.is_loopback(), is_private_v4(address)),
        Ok(IpAddr::V6(address)) => (address.is_loopback(), is_private_v6(address)),
        Err(_) => (is_below(host, "localhost"), is_private_name(host)),
    };
    match (loopback, private) {
        (true, _) => Reach::Loopback,
        (false, true) => Reach::Private,
        (false, false) => Reach::Public,
    }
}

/// Whether a host is this machine.
#[cfg_attr(not(any(feature = "_index", feature = "s3")), allow(dead_code))]
pub(crate) fn is_loopback(host: &str) -> bool {
    reach(host) == Reach::Loopback
}

fn is_private_name(host: &str) -> bool {
    // A name of one part is completed by the machine that looks it up.
    !host.contains('.') || LOCAL_DOMAINS.iter().any(|domain| is_below(host, domain))
}

/// Whether a name is `domain`, or ends with it.
fn is_below(host: &str, domain: &str) -> bool {
    let split = host.len().checked_sub(domain.len()).and_then(|at| host.split_at_checked(at));
    split.is_some_and(|(rest, end)| end.eq_ignore_ascii_case(domain) && (rest.is_empty() || rest.ends_with('.')))
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
    use super::*;

    /// Hosts as parsed URLs have them; `publish` and the readers of documents test their spellings in URLs.
    const CASES: &[(Reach, &[&str])] = &[
        (Reach::Loopback, &["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]", "::1"]),
        (Reach::Loopback, &["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]),
        (
            Reach::Private,
            &["nas", "nas.local", "db.internal", "vault.internal.", "x.home.arpa", "a.lan", "b.corp", "c.test"],
        ),
        (Reach::Private, &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1"]),
        (
            Reach::Private,
            &["0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "192.0.0.8", "198.18.0.1", "240.0.0.1"],
        ),
        (Reach::Private, &["[::]", "[fe80::1]", "[fc00::1]", "fd12::1", "[ff02::1]", "[2001:db8::1]", "[2001::1]"]),
        (
            Reach::Private,
            &["[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[3fff::1]"],
        ),
        (
            Reach::Public,
            &["example.org", "localhost.example.org", "mylocal.org", "internal.example", "notlocalhost.org"],
        ),
        (Reach::Public, &["172.32.0.1", "100.128.0.1", "8.8.8.8", "192.0.1.1", "198.20.0.1"]),
        (Reach::Public, &["[2606:4700::1]", "[::ffff:8.8.8.8]", "[2002:808:808::]", "[64:ff9b::8.8.8.8]"]),
    ];

    #[test]
    fn hosts_are_told_apart_by_who_reaches_them() {
        for (expected, hosts) in CASES {
            for host in *hosts {
                assert_eq!(reach(host), *expected, "{host}");
            }
        }
    }
}
