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

/// The variables of a `.env` file in their order; of several of one name the last holds, as in a shell, and a name without a
/// value (`NAME`, `export NAME`) takes back what was said of it before.
///
/// `look_up` says what `${NAME}` stands for within a value: it gets the name, and what the file has said of it until then.
/// `${NAME:-text}` is the text where there is nothing.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) if there is no such file, [`InvalidInput`](ErrorKind::InvalidInput) for a line that is
/// neither empty, a comment, a name nor an assignment.
pub fn read_env_file(path: &Path, look_up: LookUp<'_>) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).map_err(|source| EnvFileError::Read { file: path.into(), source })?;
    Ok(parse(&text, look_up).map_err(|line| EnvFileError::Line { file: path.into(), line })?)
}

/// What a variable is, by its name and what the file says of it.
pub type LookUp<'a> = &'a dyn Fn(&str, Option<&str>) -> Option<String>;

/// A name, and its value if there is one.
type Said = (String, Option<String>);

/// Keys and values, or the number of the first line that is not understood.
fn parse(text: &str, look_up: LookUp<'_>) -> Result<Vec<(String, String)>, usize> {
    // Python opens text files so: all ends of lines are one, those within quotes as well.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (mut said, mut rest) = (Vec::<Said>::new(), text);
    loop {
        rest = rest.trim_start_matches(is_space);
        if rest.is_empty() {
            return Ok(said.into_iter().filter_map(|(key, value)| Some((key, value?))).collect());
        }
        let here = text.get(..text.len() - rest.len()).unwrap_or_default();
        let (line, behind) = line(rest).ok_or_else(|| 1 + here.matches('\n').count())?;
        match line {
            Some((key, Some(value))) => {
                let value = filled(&value, &said, look_up);
                said.push((key, Some(value)));
            }
            Some((key, None)) => {
                said.retain(|(earlier, _)| *earlier != key);
                said.push((key, None));
            }
            None => {}
        }
        rest = behind;
    }
}

/// What Python takes for white space: four separators more than Unicode.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The same within a line.
fn is_blank(c: char) -> bool {
    c != '\n' && is_space(c)
}

fn behind_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, behind)| behind)
}

/// What a text begins with, which is nothing in a comment, and what is behind it.
fn line(text: &str) -> Option<(Option<Said>, &str)> {
    let exported = text.strip_prefix("export").filter(|rest| rest.starts_with(is_blank));
    let text = exported.map_or(text, |rest| rest.trim_start_matches(is_blank));
    if text.starts_with('#') {
        return Some((None, behind_line(text)));
    }
    let (key, rest) = name(text)?;
    let rest = rest.trim_start_matches(is_blank);
    let Some(rest) = rest.strip_prefix('=') else {
        return Some((Some((key.to_owned(), None)), behind_end(rest)?));
    };
    let begin = rest.trim_start_matches(is_blank);
    let (value, behind) = match begin.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(begin.get(1..)?, quote)?,
        _ => (unquoted(rest.split('\n').next().unwrap_or_default()), behind_line(rest)),
    };
    Some((Some((key.to_owned(), Some(value))), behind))
}

/// A name, which may be in single quotes, and what is behind it.
fn name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = match text.strip_prefix('\'') {
        Some(text) => text.split_once('\'')?,
        None => text.split_at(text.find(|c| matches!(c, '=' | '#') || is_space(c)).unwrap_or(text.len())),
    };
    // No environment has a variable of the second kind, which Python finds out when it sets it.
    (!name.is_empty() && !name.contains('=')).then_some((name, rest))
}

/// What is behind a line of which only blanks and a comment are left.
fn behind_end(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(is_blank);
    (rest.is_empty() || rest.starts_with(['\n', '#'])).then(|| behind_line(rest))
}

/// Up to a comment, which has a space before it.
fn unquoted(line: &str) -> String {
    let is_comment = |at: &usize| line.get(..*at).is_some_and(|before| before.ends_with(is_blank));
    let end = line.match_indices('#').map(|(at, _)| at).find(is_comment).unwrap_or(line.len());
    line.get(..end).unwrap_or_default().trim_matches(is_space).to_owned()
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
    Some((out, behind_end(chars.as_str())?))
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
fn filled(value: &str, said: &[Said], look_up: LookUp<'_>) -> String {
    let (mut out, mut rest) = (String::new(), value);
    while let Some((before, inner)) = rest.split_once("${") {
        out.push_str(before);
        let Some((name, default, behind)) = variable(inner) else {
            out.push_str("${");
            rest = inner;
            continue;
        };
        // To Python a name alone is nothing, but not absent.
        let own = said.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_deref().unwrap_or_default());
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

    /// What is seldom written: a text, and the values that python-dotenv has of it.
    #[test]
    fn odd_lines_are_read_as_in_python() {
        let cases: [(&str, &[(&str, &str)]); 21] = [
            ("A", &[]),
            ("A=1\nA\nB=2", &[("B", "2")]),
            ("A=1\nexport A # why\n", &[]),
            ("A\nA=1", &[("A", "1")]),
            ("A\nB=${A:-x}", &[("B", "")]),
            ("A#c\nB=1", &[("B", "1")]),
            ("'A B' = 1", &[("A B", "1")]),
            ("'A#\nB'=1", &[("A#\nB", "1")]),
            ("A'=1\n\"B\"=2", &[("A'", "1"), ("\"B\"", "2")]),
            ("A=1\rB=2\r\rC=3", &[("A", "1"), ("B", "2"), ("C", "3")]),
            ("# c\rB=2", &[("B", "2")]),
            ("A='1\r\n2\r3'\rB=2", &[("A", "1\n2\n3"), ("B", "2")]),
            ("export # text\nA=1", &[("A", "1")]),
            ("export=1", &[("export", "1")]),
            ("export\u{a0}A\u{b}=\u{c}1\u{85}", &[("A", "1")]),
            ("A=1\u{a0}#c\nB=\u{2003}#c", &[("A", "1"), ("B", "")]),
            ("A=1\u{1c}#c\u{1c}\n\u{1f}B=2\u{1d}", &[("A", "1"), ("B", "2")]),
            ("A='1'\u{2003}# c\nB=2", &[("A", "1"), ("B", "2")]),
            ("\u{feff}\u{feff}A=1", &[("\u{feff}A", "1")]),
            ("A=x\u{2028}y", &[("A", "x\u{2028}y")]),
            ("A=1\nA=${A}${A:b}${}${A:-${A}}", &[("A", "1"), ("A", "1${A:b}1}")]),
        ];
        for (text, expected) in cases {
            let expected = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            assert_eq!(parsed(text), Ok(expected.collect()), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_assignment_is_told_by_its_line() {
        for (text, line) in [
            ("A=1\nno assignment\n", 2),
            ("A='open\nB=2\n", 1),
            ("A=1\n\n# x\nA='two\nlines' more\n", 4),
            ("A=\"x\" y\n", 1),
            ("A b=1\n", 1),
            ("=1\n", 1),
            ("export \n", 1),
            ("A=\"x\\", 1),
            ("''=1", 1),
            ("A\r\r\n'B\n", 3),
            ("'A' B=1", 1),
            // Python reads it, and then cannot set it.
            ("'A=B'=1", 1),
        ] {
            assert_eq!(parsed(text), Err(line), "{text}");
        }
        assert_eq!(parsed("\r\n \n").unwrap(), []);
    }
}
