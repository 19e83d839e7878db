//! URLs as text: their scheme, percent-decoding, and redaction of the secrets in them.

/// Scheme and rest; a single letter is the drive of a Windows path.
pub(crate) fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let mut bytes = scheme.bytes();
    let is_scheme = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (is_scheme && scheme.len() > 1).then_some((scheme, rest))
}

/// Bytes after `%XX` is decoded; a `%` without two digits behind it is one.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.split_first_chunk::<2>().filter(|_| byte == b'%');
        let decoded = escaped.and_then(|(digits, after)| Some((hex(*digits)?, after)));
        let (byte, after) = decoded.unwrap_or((byte, after));
        out.push(byte);
        rest = after;
    }
    out
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// `url` as it may be shown: without user, password, query and fragment; of a `pipe:` nothing but the scheme.
///
/// What is shown most often is what could not be parsed, and often the password is why: one with a `/`, `#` or `:` that
/// is not escaped. Where it is not sure what is host and what is password, all up to the last `@` is left out.
pub(crate) fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = split_scheme(url) else { return without_account(url) };
    if scheme.eq_ignore_ascii_case("pipe") {
        return format!("{scheme}:…");
    }
    if scheme.eq_ignore_ascii_case("file") {
        return url.to_owned();
    }
    let Some(rest) = rest.strip_prefix("//") else { return without_account(url) };
    // The colons of an AT URI are those of a DID.
    if scheme.eq_ignore_ascii_case("at") && !rest.contains('@') {
        return url.to_owned();
    }
    let shown = if DATABASES.iter().any(|database| scheme.eq_ignore_ascii_case(database)) {
        // Their paths have no `@`.
        behind_last_at(rest.find('?').and_then(|end| rest.get(..end)).unwrap_or(rest)).unwrap_or(rest)
    } else {
        let authority = rest.find(['/', '?']).and_then(|end| rest.get(..end)).unwrap_or(rest);
        let shown =
            behind_last_at(authority).map_or(rest, |host| rest.get(authority.len() - host.len()..).unwrap_or_default());
        if is_sound(authority_of(shown)) { shown } else { behind_last_at(rest).unwrap_or(shown) }
    };
    let shown = shown.find(['?', '#']).and_then(|end| shown.get(..end)).unwrap_or(shown);
    let authority = authority_of(shown);
    if is_sound(authority) {
        return format!("{scheme}://{shown}");
    }
    // A password without a host.
    format!("{scheme}://…{}", shown.get(authority.len()..).unwrap_or_default())
}

/// Schemes of servers in whose URLs an `@` stands behind the password, and nowhere else.
const DATABASES: &[&str] = &[
    "redis",
    "rediss",
    "redis+unix",
    "unix",
    "valkey",
    "valkeys",
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "amqp",
    "amqps",
];

fn authority_of(rest: &str) -> &str {
    rest.find(['/', '?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest)
}

fn behind_last_at(text: &str) -> Option<&str> {
    text.rsplit_once('@').map(|(_, rest)| rest)
}

/// Whether that can be a host, or a host and a port.
fn is_sound(authority: &str) -> bool {
    let is_port = |port: &str| port.chars().all(|c| c.is_ascii_digit() || "{},.".contains(c));
    if let Some((address, port)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return !address.contains('@') && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    // PostgreSQL takes several.
    authority.split(',').all(|part| match part.split_once(':') {
        Some((host, port)) => !host.is_empty() && is_port(port),
        None => !part.contains('@'),
    })
}

/// What is no URL: without what stands before an `@`, if that is an account, as in `user:password@host:/path`.
fn without_account(text: &str) -> String {
    let first = text.split(['/', '\\']).next().unwrap_or_default();
    let is_account = first.contains(':') && text.contains('@') && first.find(':') < text.rfind('@');
    match behind_last_at(text) {
        Some(rest) if is_account => format!("…@{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out() {
        assert_eq!(redacted("https://u:p@h:1/a@b?q#f"), "https://h:1/a@b");
        assert_eq!(redacted("https://u:p@h?q"), "https://h");
        assert_eq!(redacted("https://h/a?x=u@y/z"), "https://h/a");
        assert_eq!(redacted("s3://bucket/a.tar"), "s3://bucket/a.tar");
        assert_eq!(redacted("/data/a?b#c@d.tar"), "/data/a?b#c@d.tar");
        assert_eq!(redacted("file:///a?b"), "file:///a?b");
        assert_eq!(redacted("at://did:plc:abc/blob/bafk"), "at://did:plc:abc/blob/bafk");
        assert_eq!(redacted("at://me:secret@did:plc:abc/blob/bafk"), "at://…/blob/bafk");
        assert_eq!(
            redacted("https://host-{0..3}.example:80{0..1}/a{x,y}.tar"),
            "https://host-{0..3}.example:80{0..1}/a{x,y}.tar"
        );
        assert_eq!(redacted("https://[::1]:80/a"), "https://[::1]:80/a");
        assert_eq!(redacted("postgres://u:p@a:1,b:2/d"), "postgres://a:1,b:2/d");
        assert_eq!(redacted("run:1.tar"), "run:1.tar");
        assert_eq!(redacted("at://did:plc:abc/blob/bafy"), "at://did:plc:abc/blob/bafy");
        assert_eq!(redacted("did:plc:abc"), "did:plc:abc");
    }

    #[test]
    fn secrets_are_left_out_of_what_does_not_parse() {
        for (url, shown) in [
            ("redis://:x/hunter2@h:1/0", "redis://h:1/0"),
            ("redis://:hunter2#x@h:1/0", "redis://h:1/0"),
            ("redis://:hunter@2@h:1/0", "redis://h:1/0"),
            ("redis://:hunter2", "redis://…"),
            ("redis://default:hunter2", "redis://…"),
            ("postgres://u:hunter2/x@h/d?password=hunter2", "postgres://h/d"),
            ("postgres://u:hunter2?x@h/d", "postgres://…"),
            ("postgres://u:x/hunter2@h:y/d", "postgres://…/d"),
            ("mysql://u:a/hunter2@h/d", "mysql://h/d"),
            ("unix:///:hunter2@/run/sock", "unix:///run/sock"),
            ("https://u:hunter2/x@h/a", "https://h/a"),
            ("https://u:x/hunter2@h/a?sig=hunter2", "https://h/a"),
            ("https://u:hunter2#x@h/a", "https://h/a"),
            ("https://u:hunter2", "https://…"),
            ("sftp://u:x/hunter2@h/a", "sftp://h/a"),
            ("u:hunter2@h:/d", "…@h:/d"),
            ("redis:u:x/hunter2@h", "…@h"),
        ] {
            assert_eq!(redacted(url), shown, "{url}");
        }
    }
}
