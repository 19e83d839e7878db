//! The words and signs of a predicate.

use std::fmt;
use std::ops::Range;

use super::super::error::TextError;
use super::super::literal::{Literal, Op};
use super::super::show::WORDS;
use crate::error::Printable;

#[derive(Debug)]
pub(super) enum Token<'t> {
    /// A name, or a word that means something.
    Word(&'t str),
    /// A name in backticks.
    Name(Box<str>),
    Value(Literal),
    Op(Op),
    Open,
    Close,
    Comma,
    Dot,
    End,
}

impl Token<'_> {
    /// Whether it is that word, in letters of any size.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
    }

    /// The name that it is, if it is one.
    pub(super) fn name(&self) -> Option<Box<str>> {
        match self {
            Self::Word(word) if !WORDS.iter().any(|known| known.eq_ignore_ascii_case(word)) => Some((*word).into()),
            Self::Name(name) => Some(name.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Name(name) => write!(f, "`{}`", Printable(name)),
            Self::Value(literal) => write!(f, "{literal}"),
            Self::Op(op) => write!(f, "`{}`", op.text()),
            Self::Open => f.write_str("`(`"),
            Self::Close => f.write_str("`)`"),
            Self::Comma => f.write_str("`,`"),
            Self::Dot => f.write_str("`.`"),
            Self::End => f.write_str("the end"),
        }
    }
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

type Lexed<T> = Result<T, TextError>;

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The next one, and where it is.
    pub(super) fn next(&mut self) -> Lexed<(Token<'t>, Range<usize>)> {
        self.skip_space();
        let start = self.at;
        let token = self.token()?;
        Ok((token, start..self.at))
    }

    /// Passes over `)` if it is next, and says whether it was.
    pub(super) fn skip_close(&mut self) -> bool {
        self.skip_space();
        let is_next = self.rest().starts_with(')');
        self.at += usize::from(is_next);
        is_next
    }

    fn token(&mut self) -> Lexed<Token<'t>> {
        let rest = self.rest();
        let mut chars = rest.chars();
        let (first, second) = (chars.next(), chars.next());
        let Some(first) = first else { return Ok(Token::End) };
        let (token, len) = match (first, second) {
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            (',', _) => (Token::Comma, 1),
            ('=', Some('=')) => (Token::Op(Op::Eq), 2),
            ('=', _) => (Token::Op(Op::Eq), 1),
            ('!', Some('=')) | ('<', Some('>')) => (Token::Op(Op::Ne), 2),
            ('<', Some('=')) => (Token::Op(Op::Le), 2),
            ('<', _) => (Token::Op(Op::Lt), 1),
            ('>', Some('=')) => (Token::Op(Op::Ge), 2),
            ('>', _) => (Token::Op(Op::Gt), 1),
            ('"' | '\'', _) => return Ok(Token::Value(Literal::Text(self.quoted(first)?.into()))),
            ('`', _) => return Ok(Token::Name(self.quoted(first)?.into())),
            ('0'..='9', _) | ('+' | '-' | '.', Some('0'..='9')) | ('+' | '-', Some('.' | 'i' | 'I')) => {
                return self.number();
            }
            ('.', _) => (Token::Dot, 1),
            (c, _) if c.is_alphabetic() || c == '_' => {
                let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Token::Word(rest.get(..len).unwrap_or_default()), len)
            }
            (c, _) => {
                let what = match c {
                    '&' => "write `and`".to_owned(),
                    '|' => "write `or`".to_owned(),
                    '!' => "write `not`".to_owned(),
                    c => format!("\"{}\" means nothing here", Printable(&c.to_string())),
                };
                return Err(TextError::new(self.text, self.at..self.at + c.len_utf8(), what));
            }
        };
        self.at += len;
        Ok(token)
    }

    fn number(&mut self) -> Lexed<Token<'t>> {
        let (start, rest) = (self.at, self.rest());
        let mut before = None;
        let mut is_part = |c: char| {
            let is_sign = matches!(c, '+' | '-') && matches!(before, None | Some('e' | 'E'));
            before = Some(c);
            is_sign || c.is_alphanumeric() || matches!(c, '.' | '_')
        };
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let number = rest.get(..len).unwrap_or_default();
        self.at += len;
        let signless = number.trim_start_matches(['+', '-']);
        let is_number =
            signless.eq_ignore_ascii_case("inf") || signless.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if let Ok(int) = number.parse::<i128>() {
            return Ok(Token::Value(Literal::Int(int)));
        }
        match number.parse::<f64>() {
            Ok(float) if float.is_infinite() && signless.starts_with(|c: char| !c.is_alphabetic()) => {
                let what = format!("\"{}\" is more than any double; write `inf`", Printable(number));
                Err(TextError::new(self.text, start..self.at, what))
            }
            Ok(float) if is_number => Ok(Token::Value(Literal::Float(float))),
            _ => {
                let what = format!("\"{}\" is no number", Printable(number));
                Err(TextError::new(self.text, start..self.at, what))
            }
        }
    }

    /// What is in quotes, behind the first of them.
    fn quoted(&mut self, quote: char) -> Lexed<String> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.at = start + at + 1;
                return Ok(text);
            }
            if c != '\\' {
                text.push(c);
                continue;
            }
            let wrong = |len: usize| {
                let what =
                    "no escape; there are `\\n`, `\\r`, `\\t`, `\\\\`, `\\u{1f600}`, and a backslash before a quote";
                TextError::new(self.text, start + at..start + at + len, what)
            };
            match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, 't')) => text.push('\t'),
                Some((_, c @ ('\\' | '"' | '\'' | '`'))) => text.push(c),
                Some((_, 'u')) => {
                    let rest = self.rest().get(at + 2..).unwrap_or_default();
                    let code = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(code, _)| code);
                    let c = code
                        .filter(|code| (1..=6).contains(&code.len()) && code.chars().all(|c| c.is_ascii_hexdigit()))
                        .and_then(|code| u32::from_str_radix(code, 16).ok())
                        .and_then(char::from_u32);
                    let (Some(c), Some(code)) = (c, code) else { return Err(wrong(2)) };
                    text.push(c);
                    chars.nth(code.len() + 1);
                }
                Some((_, c)) => return Err(wrong(1 + c.len_utf8())),
                None => break,
            }
        }
        let what = format!("the text is not closed by {quote}");
        Err(TextError::new(self.text, start..start + 1, what))
    }
}
