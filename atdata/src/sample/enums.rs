//! Enums as text: what the expansions of `#[derive(PackField)]` call.

use crate::error::Result;
use crate::sample::encode::write_str;
use crate::sample::{Cursor, DecodeError};

/// Reads one of the names and gives its place among them.
pub fn enum_value(cursor: &mut Cursor<'_>, names: &'static [&'static str]) -> Result<usize> {
    let (place, text) = enum_label(cursor, names)?;
    place.ok_or_else(|| DecodeError::UnknownValue { found: text.to_owned(), known: names }.into())
}

/// Reads any text, with its place among the names if it is one of them.
pub fn enum_label<'a>(cursor: &mut Cursor<'a>, names: &[&str]) -> Result<(Option<usize>, &'a str)> {
    let text = cursor.read_str()?;
    Ok((names.iter().position(|name| *name == text), text))
}

/// Whether a label that was read may be written: the schema promises that it is one of the names.
pub fn check_label(text: &str, names: &'static [&'static str]) -> Result<()> {
    if names.contains(&text) {
        return Ok(());
    }
    Err(DecodeError::LabelToWrite { found: text.to_owned(), known: names }.into())
}

/// What a variant can hold that stands for labels which no variant has.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the text of a label",
    label = "neither made of a text nor read as one",
    note = "a variant with `#[packable(other)]` holds `String`, `Box<str>`, `Arc<str>`, or a type of yours that is \
            `From<&str>` and `AsRef<str>`; or it holds nothing"
)]
pub trait LabelText: Sized {
    /// Of a text.
    fn of_label(text: &str) -> Self;

    /// The text.
    fn label(&self) -> &str;
}

#[diagnostic::do_not_recommend]
impl<T: for<'t> From<&'t str> + AsRef<str>> LabelText for T {
    fn of_label(text: &str) -> Self {
        Self::from(text)
    }

    fn label(&self) -> &str {
        self.as_ref()
    }
}

/// Writes the name of a variant.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    write_str(text, out);
}
