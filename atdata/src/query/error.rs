//! What is wrong with the text of a predicate, and where in it.

use std::fmt;
use std::ops::Range;

use crate::error::{Cause, ErrorKind, is_printable};

/// Characters of a line that are shown around the place.
const SHOWN: usize = 76;

#[derive(Debug, thiserror::Error)]
#[error("the predicate, character {}: {what}\n{pointer}", .at + 1)]
pub(super) struct TextError {
    what: String,
    /// Characters before it.
    at: usize,
    pointer: Pointer,
}

impl Cause for TextError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl TextError {
    /// About those bytes of the text.
    pub(super) fn new(text: &str, place: Range<usize>, what: impl Into<String>) -> Self {
        let before = text.get(..place.start).unwrap_or(text);
        Self { what: what.into(), at: before.chars().count(), pointer: Pointer::new(text, place) }
    }
}

/// The line, and carets below the place.
#[derive(Debug)]
struct Pointer {
    line: String,
    indent: usize,
    carets: usize,
}

impl Pointer {
    fn new(text: &str, place: Range<usize>) -> Self {
        let before = text.get(..place.start).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let before = before.get(start..).unwrap_or_default().chars().count();
        let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
        let within = text.get(place).unwrap_or_default().lines().next().unwrap_or_default();
        // Of a long line the part around the place.
        let skipped = before.saturating_sub(SHOWN / 2);
        let (first, left) = if skipped > 0 { ("… ", 2) } else { ("", 0) };
        let shown: String = line.chars().skip(skipped).take(SHOWN).map(seen).collect();
        let last = if line.chars().count() > skipped + SHOWN { " …" } else { "" };
        let room = (SHOWN + skipped).saturating_sub(before);
        let carets = within.chars().count().clamp(1, room.max(1));
        Self { line: format!("{first}{shown}{last}"), indent: before - skipped + left, carets }
    }
}

/// One place of the line for each character.
fn seen(c: char) -> char {
    match c {
        '\t' => ' ',
        c if !is_printable(c) => '\u{fffd}',
        c => c,
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  {}\n  {:indent$}{:^<carets$}", self.line, "", "", indent = self.indent, carets = self.carets)
    }
}
