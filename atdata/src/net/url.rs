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
pub(crate) fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = split_scheme(url) else { return url.to_owned() };
    if scheme.eq_ignore_ascii_case("pipe") {
        return format!("{scheme}:…");
    }
    let Some(rest) = rest.strip_prefix("//").filter(|_| !scheme.eq_ignore_ascii_case("file")) else {
        return url.to_owned();
    };
    let rest = rest.find(['?', '#']).and_then(|end| rest.get(..end)).unwrap_or(rest);
    let authority = rest.find('/').unwrap_or(rest.len());
    let user = rest.get(..authority).and_then(|authority| authority.rfind('@')).map_or(0, |at| at + 1);
    format!("{scheme}://{}", rest.get(user..).unwrap_or_default())
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
    }
}
