//! Enums as text: what the expansions of `#[derive(PackField)]` call.

use crate::error::Result;
use crate::sample::encode::write_str;
use crate::sample::{Cursor, DecodeError};

/// Reads one of the names and gives its place among them.
pub fn enum_value(cursor: &mut Cursor<'_>, names: &'static [&'static str]) -> Result<usize> {
    let text = cursor.read_str()?;
    names
        .iter()
        .position(|name| *name == text)
        .ok_or_else(|| DecodeError::UnknownValue { found: text.to_owned(), known: names }.into())
}

/// Writes the name of a variant.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_str(text, out);
}
