//! `.env` files, as Python's `python-dotenv` reads them but for variables within values.

use std::path::Path;

use super::{Credentials, Keys, S3Error, Settings};

pub(super) fn read(path: &Path) -> Result<Settings, S3Error> {
    let text = std::fs::read_to_string(path).map_err(|source| S3Error::Read { file: path.into(), source })?;
    let values = parse(&text).map_err(|line| S3Error::Line { file: path.into(), line })?;
    settings(&values).map_err(|missing| S3Error::Missing { file: path.into(), missing })
}

/// What these variables say; `Err` names one that is not there.
pub(super) fn settings(values: &[(String, String)]) -> Result<Settings, &'static str> {
    // The last of several holds, as in a shell.
    let get = |names: &[&str]| {
        names.iter().find_map(|name| values.iter().rev().find(|(key, _)| key == name)).map(|(_, value)| value.clone())
    };
    let required = |missing: &'static str| get(&[missing]).filter(|value| !value.is_empty()).ok_or(missing);
    let keys = Keys {
        id: required("AWS_ACCESS_KEY_ID")?,
        secret: required("AWS_SECRET_ACCESS_KEY")?,
        token: get(&["AWS_SESSION_TOKEN"]),
    };
    Ok(Settings {
        credentials: Credentials::Keys(keys),
        endpoint: get(&["AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]).filter(|value| !value.is_empty()),
        region: get(&["AWS_REGION", "AWS_DEFAULT_REGION"]).filter(|value| !value.is_empty()),
        ..Settings::default()
    })
}

/// Keys and values in their order, or the number of the first line that is neither empty, a comment nor an assignment.
fn parse(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut values = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (key, rest) = line.split_once('=').ok_or(number + 1)?;
        let value = value(rest.trim()).ok_or(number + 1)?;
        values.push((key.trim().to_owned(), value));
    }
    Ok(values)
}

/// A quoted value up to its quote, another one up to a comment; `None` where the quote does not end.
fn value(text: &str) -> Option<String> {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(text.get(1..)?, quote),
        _ => {
            let comment = text.match_indices('#').find(|(at, _)| {
                text.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t']))
            });
            let end = comment.map_or(text.len(), |(at, _)| at);
            Some(text.get(..end)?.trim_end().to_owned())
        }
    }
}

fn quoted(text: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            c if c == quote => return Some(out),
            '\\' => out.push_str(&escaped(chars.next()?, quote)),
            c => out.push(c),
        }
    }
}

/// In single quotes only these and the quote itself are escaped.
fn escaped(c: char, quote: char) -> String {
    match c {
        'n' if quote == '"' => "\n".into(),
        't' if quote == '"' => "\t".into(),
        'r' if quote == '"' => "\r".into(),
        c if c == quote || c == '\\' => c.into(),
        c => format!("\\{c}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quotes_comments_and_exports_are_understood() {
        let text =
            "\u{feff}# keys\n\nexport A = plain # why\nB='a#b \\' c'\nC=\"x\\ny\" # z\nD=a#b\r\nE=\nF=#\nA=last\n";
        let values = parse(text).unwrap();
        let expected =
            [("A", "plain"), ("B", "a#b ' c"), ("C", "x\ny"), ("D", "a#b"), ("E", ""), ("F", ""), ("A", "last")];
        assert_eq!(values, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(parse("A=1\nnothing\n"), Err(2));
        assert_eq!(parse("A='open\n"), Err(1));
    }

    #[test]
    fn the_endpoint_may_be_missing_and_the_region_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".env");
        let read_text = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path)
        };
        let settings =
            read_text("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nAWS_DEFAULT_REGION=eu-west-1\n").unwrap();
        assert_eq!((settings.endpoint, settings.region.as_deref()), (None, Some("eu-west-1")));
        let keys = Keys { id: "a".into(), secret: "b".into(), token: None };
        assert!(settings.credentials == Credentials::Keys(keys));
        let settings = read_text("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\nAWS_ENDPOINT=http://h:9000\n").unwrap();
        assert_eq!(settings.endpoint.as_deref(), Some("http://h:9000"));
        let missing = read_text("AWS_ACCESS_KEY_ID=a\n").err().unwrap();
        assert!(missing.to_string().ends_with(".env: expected AWS_SECRET_ACCESS_KEY, which is not there"), "{missing}");
        assert!(matches!(read(Path::new("no/such/.env")), Err(S3Error::Read { .. })));
    }
}
