//! `.env` files, as Python's `python-dotenv` reads them; what that passes over with a warning is an error.

use std::path::{Path, PathBuf};

use crate::error::{Cause, ErrorKind, Result, kind_of_io};

#[derive(Debug, thiserror::Error)]
enum EnvFileError {
    #[error("{}: cannot be read", .file.display())]
    Read { file: PathBuf, source: std::io::Error },
    /// What is there may be a secret.
    #[error("{}: line {line}: expected KEY=value", .file.display())]
    Line { file: PathBuf, line: usize },
}

impl Cause for EnvFileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { source, .. } => kind_of_io(source),
            Self::Line { .. } => ErrorKind::InvalidInput,
        }
    }
}

/// The variables of a `.env` file in their order; of several of one name the last holds, as in a shell.
///
/// `look_up` says what `${NAME}` stands for within a value: it gets the name, and what the file has said of it until then.
/// `${NAME:-text}` is the text where there is nothing.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) if there is no such file, [`InvalidInput`](ErrorKind::InvalidInput) for a line that is
/// neither empty, a comment nor an assignment.
pub fn read_env_file(path: &Path, look_up: LookUp<'_>) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).map_err(|source| EnvFileError::Read { file: path.into(), source })?;
    Ok(parse(&text, look_up).map_err(|line| EnvFileError::Line { file: path.into(), line })?)
}

/// What a variable is, by its name and what the file says of it.
pub type LookUp<'a> = &'a dyn Fn(&str, Option<&str>) -> Option<String>;

/// Keys and values, or the number of the first line that is not understood.
fn parse(text: &str, look_up: LookUp<'_>) -> Result<Vec<(String, String)>, usize> {
    let text = text.trim_start_matches('\u{feff}');
    let (mut values, mut rest) = (Vec::new(), text);
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(values);
        }
        if rest.starts_with('#') {
            rest = behind_line(rest);
            continue;
        }
        let here = text.get(..text.len() - rest.len()).unwrap_or_default();
        let (key, value, behind) = assignment(rest).ok_or(1 + here.matches('\n').count())?;
        let value = filled(&value, &values, look_up);
        values.push((key, value));
        rest = behind;
    }
}

fn behind_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, behind)| behind)
}

/// The key and value that a text begins with, and what is behind them.
fn assignment(text: &str) -> Option<(String, String, &str)> {
    let text = text.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).map_or(text, str::trim_start);
    let (key, rest) = text.split_once('=')?;
    let key = key.trim();
    let key = key.strip_prefix('\'').and_then(|key| key.strip_suffix('\'')).unwrap_or(key);
    if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c == '#' || c == '\'') {
        return None;
    }
    let begin = rest.trim_start_matches([' ', '\t']);
    let (value, behind) = match begin.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(begin.get(1..)?, quote)?,
        _ => (unquoted(rest.lines().next().unwrap_or_default()), behind_line(rest)),
    };
    Some((key.to_owned(), value, behind))
}

/// Up to a comment, which has a space before it.
fn unquoted(line: &str) -> String {
    let is_comment = |at: &usize| line.get(..*at).is_some_and(|before| before.ends_with([' ', '\t']));
    let end = line.match_indices('#').map(|(at, _)| at).find(is_comment).unwrap_or(line.len());
    line.get(..end).unwrap_or_default().trim().to_owned()
}

/// What is in quotes, which may be several lines, and what is behind the line that they end on.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            c if c == quote => break,
            '\\' => out.push_str(&escaped(chars.next()?, quote)),
            c => out.push(c),
        }
    }
    let rest = chars.as_str().trim_start_matches([' ', '\t', '\r']);
    let is_end = rest.is_empty() || rest.starts_with(['\n', '#']);
    is_end.then(|| (out, behind_line(rest)))
}

/// In single quotes only these and the backslash are escaped.
fn escaped(c: char, quote: char) -> String {
    let is_double = quote == '"';
    match c {
        'a' if is_double => "\u{7}".into(),
        'b' if is_double => "\u{8}".into(),
        'f' if is_double => "\u{c}".into(),
        'n' if is_double => "\n".into(),
        'r' if is_double => "\r".into(),
        't' if is_double => "\t".into(),
        'v' if is_double => "\u{b}".into(),
        '\'' | '\\' => c.into(),
        '"' if is_double => c.into(),
        c => format!("\\{c}"),
    }
}

/// The value with what its variables stand for.
fn filled(value: &str, values: &[(String, String)], look_up: LookUp<'_>) -> String {
    let (mut out, mut rest) = (String::new(), value);
    while let Some((before, inner)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, default, behind)) = variable(inner) else {
            out.push_str("${");
            rest = inner;
            continue;
        };
        let own = values.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        out.push_str(look_up(name, own).as_deref().or(default).unwrap_or_default());
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The name of a variable, what stands for it where there is none, and what is behind.
fn variable(inner: &str) -> Option<(&str, Option<&str>, &str)> {
    let (variable, behind) = inner.split_once('}')?;
    match variable.split_once(':') {
        Some((name, default)) => Some((name, Some(default.strip_prefix('-')?), behind)),
        None => Some((variable, None, behind)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String)>, usize> {
        let outside =
            |name: &str, own: Option<&str>| own.map(str::to_owned).or((name == "OUT").then(|| "out".to_owned()));
        parse(text, &outside)
    }

    /// What `dotenv_values` of python-dotenv 1.2.4 has of the same text.
    #[test]
    fn values_are_those_of_python() {
        let text = "\u{feff}# keys\n\nexport A = plain # why\nB='a#b \\' c\\n'\nC=\"x\\ny\\q\" # z\nD=a#b\r\nE=\nF=#\nG= # c\nA=last\n\
            H=\"two\nlines\"\nI='${A}-$A'\nJ=\"${NONE:-d e}${NONE}x${B\"\nK=pa$$word and more\nL = \"${H}\"\nM='\\\\'\n\
            N=\"a\\\\b\"\n'O'=\"\"#c\nP=${OUT}\n  Q=q";
        let expected = [
            ("A", "plain"),
            ("B", "a#b ' c\\n"),
            ("C", "x\ny\\q"),
            ("D", "a#b"),
            ("E", ""),
            ("F", "#"),
            ("G", ""),
            ("A", "last"),
            ("H", "two\nlines"),
            ("I", "last-$A"),
            ("J", "d ex${B"),
            ("K", "pa$$word and more"),
            ("L", "two\nlines"),
            ("M", "\\"),
            ("N", "a\\b"),
            ("O", ""),
            ("P", "out"),
            ("Q", "q"),
        ];
        assert_eq!(parsed(text).unwrap(), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_no_assignment_is_told_by_its_line() {
        for (text, line) in [
            ("A=1\nnothing\n", 2),
            ("A='open\nB=2\n", 1),
            ("A=1\n\n# x\nA='two\nlines' more\n", 4),
            ("A=\"x\" y\n", 1),
            ("A b=1\n", 1),
            ("=1\n", 1),
            ("export A\n", 1),
            ("A=\"x\\", 1),
        ] {
            assert_eq!(parsed(text), Err(line), "{text}");
        }
        assert_eq!(parsed("\r\n \n").unwrap(), []);
    }
}
