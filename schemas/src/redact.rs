//! Redaction: what may be secret in URLs, and in texts that have URLs in them.

/// Scheme and rest; a single letter is the drive of a Windows path.
pub fn split_scheme(url: &str) -> Option<(&str, &str)> {
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
pub fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = split_scheme(url) else { return without_account(url) };
    if scheme.eq_ignore_ascii_case("pipe") {
        return format!("{scheme}:…");
    }
    if scheme.eq_ignore_ascii_case("file") {
        return url.to_owned();
    }
    let Some(rest) = rest.strip_prefix("//") else { return without_account(url) };
    // The colons of a DID are its own.
    if rest.starts_with("did:") && !authority_of(rest).contains('@') {
        let shown = rest.find(['?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest);
        return format!("{scheme}://{shown}");
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
    if let [drive, b':', b'/' | b'\\', ..] = text.as_bytes()
        && drive.is_ascii_alphabetic()
    {
        return text.to_owned();
    }
    let first = text.split(['/', '\\']).next().unwrap_or_default();
    // The `@` of a reference stands before everything, and the colons of a DID are its own.
    let is_account = first.contains(':') && !first.starts_with("@did:") && first.find(':') < text.rfind('@');
    match behind_last_at(text) {
        Some(rest) if is_account => format!("…@{rest}"),
        _ => text.to_owned(),
    }
}

/// A text without passwords and signatures, wherever URLs stand in it: whoever gives a URL where something else is expected
/// gets his words back in the error.
pub fn unsecret(text: &str) -> String {
    with_urls(text, without_accounts)
}

/// The same of what may as well be a name or a key: nothing but URLs is looked at.
pub fn unsecret_urls(text: &str) -> String {
    with_urls(text, str::to_owned)
}

/// The URLs of a text as they may be shown, and what is between them.
fn with_urls(text: &str, between: impl Fn(&str) -> String) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, url, behind)) = first_url(rest) {
        shown += &between(before);
        shown += &redacted(url);
        rest = behind;
    }
    shown + &between(rest)
}

/// What is before the first URL of a text, the URL, and what is behind it.
fn first_url(text: &str) -> Option<(&str, &str, &str)> {
    let is_scheme = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    let of_server = text.match_indices("://").find_map(|(colon, _)| {
        let scheme = text.get(..colon)?.trim_end_matches(is_scheme).len();
        let begin = scheme + text.get(scheme..colon)?.find(|letter: char| letter.is_ascii_alphabetic())?;
        Some((begin, text.get(begin..)?.find(char::is_whitespace).map_or(text.len(), |end| begin + end)))
    });
    // The words of a command belong to it, and one that is shown already is `pipe:…`.
    let of_command = text.match_indices("pipe:").find_map(|(begin, scheme)| {
        let (before, behind) = (text.get(..begin)?, text.get(begin + scheme.len()..)?);
        let is_whole = !before.ends_with(char::is_alphanumeric) && !behind.starts_with('…');
        (is_whole && !behind.starts_with(char::is_whitespace) && !behind.is_empty()).then_some((begin, text.len()))
    });
    let (begin, end) = of_server.into_iter().chain(of_command).min()?;
    let (before, rest) = text.split_at_checked(begin)?;
    let word = rest.get(..end - begin)?;
    let (url, behind) = rest.split_at_checked(end_of_url(before.chars().next_back(), word))?;
    Some((before, url, behind))
}

/// Where a URL ends that is in quotes or parentheses, which may be in it as well, or in a sentence.
fn end_of_url(before: Option<char>, word: &str) -> usize {
    let closing = match before {
        Some(quote @ ('`' | '"' | '\'')) => Some(quote),
        Some('(') => Some(')'),
        Some('<') => Some('>'),
        _ => None,
    };
    let is_end = |behind: &str| {
        let is_last = behind.split(char::is_whitespace).next().unwrap_or_default().chars().all(is_punctuation);
        is_last || behind.strip_prefix(',').is_some_and(|next| next.starts_with(closing.unwrap_or_default()))
    };
    let end = closing.and_then(|closing| {
        word.match_indices(closing).map(|(at, _)| at).find(|at| word.get(at + 1..).is_some_and(is_end))
    });
    end.unwrap_or_else(|| word.trim_end_matches(is_punctuation).len())
}

fn is_punctuation(letter: char) -> bool {
    ":,;.)]}>`\"'".contains(letter)
}

fn without_accounts(text: &str) -> String {
    let part = |part: &str| {
        let end = part.trim_end_matches(|letter| is_between(letter) || ":,;.".contains(letter)).len();
        let (word, behind) = part.split_at_checked(end).unwrap_or((part, ""));
        (if is_account(word) { redacted(word) } else { word.to_owned() }) + behind
    };
    text.split_inclusive(is_between).map(part).collect()
}

/// What stands around a word in a sentence.
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
        assert_eq!(redacted("@did:plc:abc/T@1.0.0"), "@did:plc:abc/T@1.0.0");
        assert_eq!(redacted("@me:hunter2@host/T"), "…@host/T");
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
        assert_eq!(unsecret(r"C:\data\run@2\a.tar"), r"C:\data\run@2\a.tar");
        let schema = "the schema atdata://did:plc:abc/schema/Photo@1.0.0, or atdata://did:plc:abc/sampleSchema/Photo";
        assert_eq!(unsecret(schema), schema);
        assert_eq!(unsecret_urls("12:00@cam.jpg of https://h/x?sig=hunter2"), "12:00@cam.jpg of https://h/x");
    }

    #[test]
    fn urls_are_found_wherever_they_stand() {
        for (text, shown) in [
            ("url=https://h/x?sig=S", "url=https://h/x"),
            ("[https://h/x?sig=S]", "[https://h/x]"),
            ("mirror:https://u:p@h/x?sig=S", "mirror:https://h/x"),
            ("a,https://h/x?sig=S and {https://h/y?sig=S", "a,https://h/x and {https://h/y"),
            ("'https://u:pa'ss@h/x'", "'https://h/x'"),
            ("`https://h/x?f='a'&sig=S`: none", "`https://h/x`: none"),
            ("(https://h/x?sig=S).", "(https://h/x)."),
            (r#"["https://h/x?sig=S","https://h/y?sig=S"]"#, r#"["https://h/x","https://h/y"]"#),
            ("https://h/{000..009}.tar, s3://b/k", "https://h/{000..009}.tar, s3://b/k"),
            ("cannot run pipe:curl -H X-Token:S https://h/x?sig=S", "cannot run pipe:…"),
            ("`pipe:cat S`: broken pipe: it ended", "`pipe:…`: broken pipe: it ended"),
            ("pipe:…: broken pipe", "pipe:…: broken pipe"),
            ("://x and :// and 1://h?S", "://x and :// and 1://h?S"),
            ("übung://h/x?sig=S", "übung://h/x"),
        ] {
            assert_eq!(unsecret(text), shown, "{text}");
            assert_eq!(unsecret_urls(text), shown, "{text}");
        }
    }
}
