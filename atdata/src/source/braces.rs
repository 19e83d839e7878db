//! Brace expansion of shard patterns, as Bash and Python's `braceexpand` do it.

mod parse;

use self::parse::{Node, Sequence};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::net::url::redacted;

/// More shards than any dataset has.
const MAX_COUNT: u64 = 1_000_000;
/// Of all names together.
const MAX_BYTES: u64 = 256 << 20;
/// Braces within braces.
const MAX_DEPTH: usize = 64;

/// The strings that `pattern` stands for, in order.
///
/// - `{a,b}`: alternatives, which may be empty and may hold braces again.
/// - `{000..123}`, `{0..10..5}`, `{3..1}`, `{-2..2}`: whole numbers, padded if a bound begins with a zero.
/// - `{a..e}`, `{A..z..2}`: letters, of which the lower case follows the upper.
/// - `{}`, `{x}`, `{1.5..2}` and the like stand for themselves.
///
/// A string with nothing to expand is returned as it is. Otherwise a backslash before a brace or a comma makes it an
/// ordinary character. Where that backslash shall be an ordinary one it is doubled: of the backslashes before a brace
/// or a comma each pair is one. All other backslashes are ordinary.
///
/// This differs from Python, which drops every backslash: `C:\data\x-{0..1}.tar` and `\\host\x-{0..1}.tar` are the
/// paths here that they are in Windows. Only in front of a brace is the other slash needed: `C:\data/{a,b}.tar`.
///
/// Fails on braces without a partner, and on patterns for more than a million strings.
///
/// ```
/// use atdata::source::expand;
///
/// # fn main() -> atdata::Result<()> {
/// assert_eq!(expand("{train,test}-{08..09}.tar")?, ["train-08.tar", "train-09.tar", "test-08.tar", "test-09.tar"]);
/// assert_eq!(expand(r"C:\x\y.tar")?, [r"C:\x\y.tar"]);
/// # Ok(())
/// # }
/// ```
pub fn expand(pattern: &str) -> Result<Vec<String>> {
    expanded(pattern).map_err(|cause| Error::from(cause).with_shard(&parse::shortened(&redacted(pattern))))
}

fn expanded(pattern: &str) -> Result<Vec<String>, BraceError> {
    let parsed = parse::parse(pattern)?;
    if !parsed.expands {
        return Ok(vec![pattern.to_owned()]);
    }
    let (count, bytes) = size(&parsed.sequence);
    if count > MAX_COUNT || bytes > MAX_BYTES {
        return Err(BraceError::Many { count, bytes });
    }
    Ok(product(&parsed.sequence))
}

/// How many strings, and how many bytes in all; saturating, so that no pattern wraps around.
fn size(sequence: &Sequence) -> (u64, u64) {
    sequence.iter().map(node_size).fold((1, 0), |(count, bytes): (u64, u64), (more, each)| {
        let bytes = bytes.saturating_mul(more).saturating_add(each.saturating_mul(count));
        (count.saturating_mul(more), bytes)
    })
}

fn node_size(node: &Node) -> (u64, u64) {
    match node {
        Node::Literal(text) => (1, text.len() as u64),
        Node::Letters(letters) => (letters.len() as u64, letters.len() as u64),
        Node::Numbers { first, last, step, width } => {
            let count = (first.abs_diff(*last) / step).saturating_add(1);
            let longest = first.to_string().len().max(last.to_string().len()).max(*width);
            (count, count.saturating_mul(longest as u64))
        }
        Node::Alternatives(alternatives) => alternatives
            .iter()
            .map(size)
            .fold((0, 0), |sum, one| (sum.0.saturating_add(one.0), sum.1.saturating_add(one.1))),
    }
}

fn product(sequence: &Sequence) -> Vec<String> {
    sequence.iter().fold(vec![String::new()], |heads, node| {
        if let Node::Literal(text) = node {
            return heads.into_iter().map(|head| head + text).collect();
        }
        let tails = strings(node);
        heads.iter().flat_map(|head| tails.iter().map(move |tail| format!("{head}{tail}"))).collect()
    })
}

fn strings(node: &Node) -> Vec<String> {
    match node {
        Node::Literal(text) => vec![text.clone()],
        Node::Letters(letters) => letters.iter().map(char::to_string).collect(),
        Node::Numbers { first, last, step, width } => numbers(*first, *last, *step, *width),
        Node::Alternatives(alternatives) => alternatives.iter().flat_map(product).collect(),
    }
}

fn numbers(first: i64, last: i64, step: u64, width: usize) -> Vec<String> {
    let next = |number: &i64| {
        let left = number.abs_diff(last);
        let next = if first < last { number.checked_add_unsigned(step) } else { number.checked_sub_unsigned(step) };
        next.filter(|_| left >= step)
    };
    std::iter::successors(Some(first), next).map(|number| format!("{number:0width$}")).collect()
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum BraceError {
    #[error("expected a `}}` for the `{{` at byte {at}, found none: write `\\{{` for a brace in a name")]
    Open { at: usize },
    #[error("expected a `{{` before the `}}` at byte {at}, found none: write `\\}}` for a brace in a name")]
    Close { at: usize },
    #[error(
        "expected a pattern for at most {MAX_COUNT} names and {MAX_BYTES} bytes, found {count} and {bytes}: split it"
    )]
    Many { count: u64, bytes: u64 },
    #[error("expected at most {MAX_DEPTH} braces within each other, found more at byte {at}: write the names out")]
    Deep { at: usize },
    #[error("expected numbers of at most 18 digits in a range, found `{text}`: write `\\{{` for a brace in a name")]
    Large { text: String },
}

impl Cause for BraceError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

#[cfg(test)]
mod tests;
