//! Predicates as text, of which they can be parsed again.

use std::fmt::{self, Write as _};

use super::literal::Literal;
use super::predicate::{Check, Node, Path, Predicate};
use crate::error::is_printable;

/// Words that mean something in a predicate: fields of these names are written in backticks.
pub(super) const WORDS: [&str; 12] =
    ["and", "or", "not", "in", "between", "contains", "is", "null", "nan", "inf", "true", "false"];

/// What is left to write, the last first.
enum Left {
    Text(&'static str),
    /// The part that ends there.
    Part(usize),
}

impl<S> fmt::Display for Predicate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts = starts(&self.nodes);
        let mut left = vec![Left::Part(self.nodes.len().wrapping_sub(1))];
        while let Some(next) = left.pop() {
            let at = match next {
                Left::Text(text) => {
                    f.write_str(text)?;
                    continue;
                }
                Left::Part(at) => at,
            };
            // The part to the right ends before this one, and the one to the left where that begins.
            let right = at.wrapping_sub(1);
            let before = starts.get(right).copied().unwrap_or(0).wrapping_sub(1);
            match self.nodes.get(at) {
                Some(Node::Test(path, check)) => show_test(path, check, f)?,
                Some(Node::Not) => {
                    f.write_str("not ")?;
                    self.inside(right, |node| matches!(node, Node::And | Node::Or), &mut left);
                }
                Some(Node::And) => {
                    self.inside(right, |node| matches!(node, Node::And | Node::Or), &mut left);
                    left.push(Left::Text(" and "));
                    self.inside(before, |node| matches!(node, Node::Or), &mut left);
                }
                Some(Node::Or) => {
                    self.inside(right, |node| matches!(node, Node::Or), &mut left);
                    left.push(Left::Text(" or "));
                    self.inside(before, |_| false, &mut left);
                }
                None => {}
            }
        }
        Ok(())
    }
}

impl<S> Predicate<S> {
    /// A part, in parentheses where it would be taken for another otherwise.
    fn inside(&self, at: usize, needs: fn(&Node) -> bool, left: &mut Vec<Left>) {
        if self.nodes.get(at).is_some_and(needs) {
            left.extend([Left::Text(")"), Left::Part(at), Left::Text("(")]);
        } else {
            left.push(Left::Part(at));
        }
    }
}

/// Where the part begins that ends with each node.
fn starts(nodes: &[Node]) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.iter().enumerate() {
        let mut start = at;
        for _ in 0..node.operands() {
            start = start.checked_sub(1).and_then(|last| starts.get(last)).copied().unwrap_or(0);
        }
        starts.push(start);
    }
    starts
}

fn show_test(path: &Path, check: &Check, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{path} ")?;
    match check {
        Check::Compare(op, literal) => write!(f, "{} {literal}", op.text()),
        Check::In(literals) => {
            f.write_str("in (")?;
            for (at, literal) in literals.iter().enumerate() {
                write!(f, "{}{literal}", if at > 0 { ", " } else { "" })?;
            }
            f.write_str(")")
        }
        Check::Between(low, high) => write!(f, "between {low} and {high}"),
        Check::Null => f.write_str("is null"),
        Check::Nan => f.write_str("is nan"),
        Check::Contains(literal) => write!(f, "contains {literal}"),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, name) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            if is_plain(name) { f.write_str(name)? } else { quoted(name, '`', f)? }
        }
        Ok(())
    }
}

/// Whether a name needs no backticks.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(name))
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) if value.is_nan() => f.write_str("nan"),
            // With a point or an exponent, which tells it from an integer.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => quoted(text, '"', f),
        }
    }
}

fn quoted(text: &str, quote: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\\' => f.write_str("\\\\")?,
            c if c == quote => write!(f, "\\{c}")?,
            // What a terminal would act on, or not show.
            c if !is_printable(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}
