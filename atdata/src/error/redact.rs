//! Redaction: what may be secret in URLs, and in texts that have URLs in them.

/// Scheme and rest; a single letter is the drive of a Windows path.
pub(crate) fn split_scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let mut bytes = scheme.bytes();
    let is_scheme = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (is_scheme && scheme.len() > 1).then_some((scheme, rest))
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

/// A text without passwords and signatures, wherever URLs stand in it: whoever gives a URL where something else is expected
/// gets his words back in the error.
pub(crate) fn unsecret(text: &str) -> String {
    in_words(text, |word| word.contains("://") || is_account(word))
}

/// The same of what may as well be a name or a key: nothing but URLs is looked at.
pub(super) fn unsecret_urls(text: &str) -> String {
    in_words(text, |word| word.contains("://"))
}

fn in_words(text: &str, may_be_secret: impl Fn(&str) -> bool) -> String {
    let part = |part: &str| {
        let end = part.trim_end_matches(|letter| is_between(letter) || ":,;.".contains(letter)).len();
        let (word, behind) = part.split_at_checked(end).unwrap_or((part, ""));
        (if may_be_secret(word) { redacted(word) } else { word.to_owned() }) + behind
    };
    text.split_inclusive(is_between).map(part).collect()
}

/// What stands around a URL in a sentence.
fn is_between(letter: char) -> bool {
    letter.is_whitespace() || "`\"'()<>".contains(letter)
}

/// Whether a word is an account at a host: `user:password@host`.
fn is_account(word: &str) -> bool {
    word.split_once('@').is_some_and(|(before, _)| before.contains(':')) && !word.starts_with("at:")
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

    #[test]
    fn what_is_told_has_no_secrets() {
        for (message, told) in [
            ("`u:hunter2@h:/x`: no such shard", "`…@h:/x`: no such shard"),
            ("https://h/x?sig=hunter2: none", "https://h/x"),
            ("expected a name, found \"https://u:hunter2@h/x\"", "expected a name, found \"https://h/x\""),
            ("redis://:hunter2", "redis://…"),
            ("key a: 1 @ 5: field x", "key a: 1 @ 5: field x"),
            ("Photo@1.0.0: at://did:plc:x/y", "Photo@1.0.0: at://did:plc:x/y"),
        ] {
            let found = unsecret(message);
            assert!(found.starts_with(told) && !found.contains("hunter2"), "{found}");
        }
        assert_eq!(unsecret_urls("12:00@cam.jpg of https://h/x?sig=hunter2"), "12:00@cam.jpg of https://h/x");
    }
}
