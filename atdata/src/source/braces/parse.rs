//! Patterns to trees.

use super::{BraceError, MAX_DEPTH};

/// Parts that follow one another.
pub(super) type Sequence = Vec<Node>;

#[derive(Debug)]
pub(super) enum Node {
    Literal(String),
    Numbers { first: i64, last: i64, step: u64, width: usize },
    Letters(Vec<char>),
    Alternatives(Vec<Sequence>),
}

#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) sequence: Sequence,
    /// Whether there is a range, a list or an escaped brace.
    pub(super) expands: bool,
}

pub(super) fn parse(pattern: &str) -> Result<Parsed, BraceError> {
    let mut parser = Parser { pattern, at: 0, open: Vec::new(), expands: false };
    let sequence = parser.sequence()?;
    if parser.at < pattern.len() {
        return Err(BraceError::Close { at: parser.at });
    }
    Ok(Parsed { sequence, expands: parser.expands })
}

struct Parser<'a> {
    pattern: &'a str,
    at: usize,
    /// Where the braces around `at` begin.
    open: Vec<usize>,
    expands: bool,
}

impl<'a> Parser<'a> {
    /// Up to the end, to a `}`, or to a comma within braces.
    fn sequence(&mut self) -> Result<Sequence, BraceError> {
        let mut nodes = Vec::new();
        loop {
            self.literal(&mut nodes);
            match self.peek() {
                Some('{') => self.braces(&mut nodes)?,
                _ => return Ok(nodes),
            }
        }
    }

    /// Text up to the next special character.
    fn literal(&mut self, nodes: &mut Sequence) {
        while let Some(next) = self.peek() {
            match next {
                '{' | '}' => return,
                ',' if !self.open.is_empty() => return,
                '\\' => self.backslashes(nodes),
                _ => {
                    let end = self.rest().find(['{', '}', ',', '\\']).unwrap_or(self.rest().len()).max(1);
                    let text = self.take(end);
                    push(nodes, text);
                }
            }
        }
    }

    /// A run of backslashes, and the character behind them if they escape it.
    fn backslashes(&mut self, nodes: &mut Sequence) {
        let run = self.rest().len() - self.rest().trim_start_matches('\\').len();
        let backslashes = self.take(run);
        let Some(special) = self.peek().filter(|next| matches!(next, '{' | '}' | ',')) else {
            return push(nodes, backslashes);
        };
        push(nodes, backslashes.get(..run / 2).unwrap_or_default());
        if run % 2 == 1 {
            self.expands |= special != ',';
            let escaped = self.take(1);
            push(nodes, escaped);
        }
    }

    fn braces(&mut self, nodes: &mut Sequence) -> Result<(), BraceError> {
        let start = self.at;
        if self.open.len() == MAX_DEPTH {
            return Err(BraceError::Deep { at: start });
        }
        self.open.push(start);
        self.take(1);
        let mut alternatives = vec![self.sequence()?];
        while self.peek() == Some(',') {
            self.take(1);
            alternatives.push(self.sequence()?);
        }
        if self.peek() != Some('}') {
            return Err(BraceError::Open { at: start });
        }
        let inside = self.pattern.get(start + 1..self.at).unwrap_or_default();
        self.take(1);
        self.open.pop();
        self.close(nodes, inside, alternatives)
    }

    fn close(&mut self, nodes: &mut Sequence, inside: &str, mut all: Vec<Sequence>) -> Result<(), BraceError> {
        if all.len() > 1 {
            self.expands = true;
            nodes.push(Node::Alternatives(all));
        } else if let Some(range) = range(inside)? {
            self.expands = true;
            nodes.push(range);
        } else {
            push(nodes, "{");
            nodes.append(&mut all.pop().unwrap_or_default());
            push(nodes, "}");
        }
        Ok(())
    }

    fn rest(&self) -> &'a str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, length: usize) -> &'a str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.at += taken.len();
        taken
    }
}

fn push(nodes: &mut Sequence, text: &str) {
    match nodes.last_mut() {
        Some(Node::Literal(literal)) => literal.push_str(text),
        _ => nodes.push(Node::Literal(text.to_owned())),
    }
}

/// `{first..last}` or `{first..last..step}`, of numbers or of letters.
fn range(inside: &str) -> Result<Option<Node>, BraceError> {
    let mut parts = inside.splitn(3, "..");
    let (Some(first), Some(last), step) = (parts.next(), parts.next(), parts.next()) else { return Ok(None) };
    let Some(step) = step.map_or(Some("1"), |step| digits(step.strip_prefix('-').unwrap_or(step))) else {
        return Ok(None);
    };
    // A step beyond any number leaves the first one alone; a step of none is one.
    let step = step.parse().unwrap_or(u64::MAX).max(1);
    if is_number(first) && is_number(last) {
        return numbers(first, last, step).map(Some);
    }
    Ok(letters(first, last, step))
}

fn numbers(first: &str, last: &str, step: u64) -> Result<Node, BraceError> {
    let padded =
        |bound: &str| bound.trim_start_matches('-').len() > 1 && bound.trim_start_matches('-').starts_with('0');
    let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
    // Numbers that pad to more are no longer names.
    if width > 255 {
        return Err(BraceError::Large { text: shortened(first) });
    }
    Ok(Node::Numbers { first: number(first)?, last: number(last)?, step, width })
}

/// At most 18 digits behind the zeros, so that the distance of two is a number as well.
fn number(text: &str) -> Result<i64, BraceError> {
    let found = text.parse::<i64>().ok().filter(|number| number.unsigned_abs() < 1_000_000_000_000_000_000);
    found.ok_or_else(|| BraceError::Large { text: shortened(text) })
}

fn is_number(text: &str) -> bool {
    digits(text.strip_prefix('-').unwrap_or(text)).is_some()
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn letters(first: &str, last: &str, step: u64) -> Option<Node> {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').collect();
    let position = |text: &str| {
        let mut chars = text.chars();
        let letter = chars.next().filter(|_| chars.next().is_none())?;
        alphabet.iter().position(|&other| other == letter)
    };
    let (from, to) = (position(first)?, position(last)?);
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    let picked = alphabet.get(from.min(to)..=from.max(to))?.iter().copied();
    Some(Node::Letters(if from < to { picked.step_by(step).collect() } else { picked.rev().step_by(step).collect() }))
}

/// Enough of a pattern to know it by.
pub(super) fn shortened(text: &str) -> String {
    text.char_indices()
        .nth(200)
        .map_or_else(|| text.into(), |(end, _)| format!("{}…", text.get(..end).unwrap_or_default()))
}
