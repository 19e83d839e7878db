//! Escaping and shortening: values for people, on one line, and harmless to a terminal.

use std::fmt::{self, Display, Write};

use atdata::format::image::ImageHeader;
use atdata::{DynArray, Value, write_printable};

use crate::array::{Scalar, dtype_name, first};

const LONG_TEXT: usize = 80;
const SHOWN_TEXT: usize = 77;
const LONG_BYTES: usize = 40;
const SHOWN_BYTES: usize = 20;
const LONG_LIST: usize = 5;
const SHOWN_ITEMS: usize = 2;
const SHOWN_ELEMENTS: usize = 3;
const SHOWN_DEPTH: usize = 8;

/// Text from a file with everything escaped that a terminal would act on: control characters, and those that cannot be seen
/// but change the order or the look of the text around them.
pub(crate) struct Plain<'a>(pub(crate) &'a str);

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| write_printable(c, f))
    }
}

struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let long = self.0.chars().nth(LONG_TEXT).is_some();
        f.write_char('"')?;
        for c in self.0.chars().take(if long { SHOWN_TEXT } else { LONG_TEXT }) {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c => write_printable(c, f)?,
            }
        }
        f.write_str(if long { "...\"" } else { "\"" })
    }
}

/// A value on one line.
pub(crate) struct Short<'a>(pub(crate) &'a Value);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(self.0, SHOWN_DEPTH, f)
    }
}

fn write_value(value: &Value, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Nil => f.write_str("null"),
        Value::Bool(value) => write!(f, "{value}"),
        Value::Int(value) => write!(f, "{value}"),
        Value::UInt(value) => write!(f, "{value}"),
        Value::Float(value) => write!(f, "{value:?}"),
        Value::Str(text) => Quoted(text).fmt(f),
        Value::Bin(bytes) => match value.as_array() {
            Some(Ok(array)) => write_array(&array, f),
            Some(Err(error)) => write!(f, "<damaged array: {error:#}>"),
            None => write_bytes(bytes, f),
        },
        Value::List(items) if depth == 0 && !items.is_empty() => write!(f, "[... ({} items)]", items.len()),
        Value::List(items) => write_items('[', ']', items, "items", f, |item, f| write_value(item, depth - 1, f)),
        Value::Map(entries) if depth == 0 && !entries.is_empty() => write!(f, "{{... ({} entries)}}", entries.len()),
        Value::Map(entries) => write_items('{', '}', entries, "entries", f, |(key, item), f| {
            write!(f, "{}: ", Quoted(key))?;
            write_value(item, depth - 1, f)
        }),
        other => f.write_str(other.kind()),
    }
}

/// `[a, b, ... (n items)]`, or all of them where they are few.
fn write_items<T>(
    open: char,
    close: char,
    items: &[T],
    noun: &str,
    f: &mut fmt::Formatter<'_>,
    write: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let long = items.len() > LONG_LIST;
    f.write_char(open)?;
    for (at, item) in items.iter().take(if long { SHOWN_ITEMS } else { LONG_LIST }).enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        write(item, f)?;
    }
    if long {
        write!(f, ", ... ({} {noun})", items.len())?;
    }
    f.write_char(close)
}

/// An image as what its header says, other bytes as their beginning.
pub(crate) fn write_bytes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(image) = ImageHeader::of(bytes) {
        return write!(f, "{image}, {} bytes", bytes.len());
    }
    let long = bytes.len() > LONG_BYTES;
    if long {
        write!(f, "bytes[{}] ", bytes.len())?;
    }
    f.write_str("b\"")?;
    for byte in bytes.iter().take(if long { SHOWN_BYTES } else { LONG_BYTES }) {
        match byte {
            b'\'' => f.write_char('\'')?,
            byte => write!(f, "{}", byte.escape_ascii())?,
        }
    }
    f.write_str(if long { "\"..." } else { "\"" })
}

/// `array float32 (224, 224, 3) [0.1, 0.2, 0.3, …]`
fn write_array(array: &DynArray, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape: Vec<_> = array.shape().iter().map(ToString::to_string).collect();
    write!(f, "array {} ({}) [", Plain(&dtype_name(array)), shape.join(", "))?;
    let all = array.len() <= LONG_LIST;
    for (at, element) in first(array, if all { LONG_LIST } else { SHOWN_ELEMENTS }).iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        write_scalar(element, f)?;
    }
    f.write_str(if all { "]" } else { ", …]" })
}

fn write_scalar(scalar: &Scalar, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match scalar {
        Scalar::Bool(value) => write!(f, "{value}"),
        Scalar::Int(value) => write!(f, "{value}"),
        Scalar::UInt(value) => write!(f, "{value}"),
        Scalar::Float(value) => write!(f, "{:?}", value.short),
        Scalar::Complex(re, im) => {
            let sign = if im.short.is_sign_negative() { "-" } else { "+" };
            write!(f, "{:?}{sign}{:?}i", re.short, im.short.abs())
        }
        Scalar::Text(text) => Quoted(text).fmt(f),
        Scalar::Bytes(bytes) => write_bytes(bytes, f),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(value: impl Into<Value>) -> String {
        Short(&value.into()).to_string()
    }

    fn bytes(bytes: &[u8]) -> String {
        short(Value::Bin(bytes.to_vec().into()))
    }

    #[test]
    fn text_is_cut_behind_eighty_characters() {
        assert_eq!(short("ä".repeat(80)), format!("\"{}\"", "ä".repeat(80)));
        assert_eq!(short("ä".repeat(81)), format!("\"{}...\"", "ä".repeat(77)));
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_act_on() {
        assert_eq!(short("\u{1b}[31m\n\u{9b}\u{202e}\"\\"), r#""\u{1b}[31m\n\u{9b}\u{202e}\"\\""#);
        assert_eq!(bytes(b"\x1b[31m\x00\xff\"'"), r#"b"\x1b[31m\x00\xff\"'""#);
        assert_eq!(Plain("a\u{7f}é👩\u{200d}👩").to_string(), "a\\u{7f}é👩\u{200d}👩");
        assert_eq!(Plain("\u{200b}\u{2060}\u{feff}").to_string(), "\\u{200b}\\u{2060}\\u{feff}");
    }

    #[test]
    fn long_bytes_and_lists_are_cut() {
        assert_eq!(bytes(&[b'a'; 40]), format!("b\"{}\"", "a".repeat(40)));
        assert_eq!(bytes(&[b'a'; 41]), format!("bytes[41] b\"{}\"...", "a".repeat(20)));
        let ints = |n: i64| Value::List((0..n).map(Value::Int).collect());
        assert_eq!(short(ints(5)), "[0, 1, 2, 3, 4]");
        assert_eq!(short(ints(6)), "[0, 1, ... (6 items)]");
        let map = Value::Map(vec![("a".into(), ints(0)), ("b".into(), Value::Nil)]);
        assert_eq!(short(map), r#"{"a": [], "b": null}"#);
    }

    #[test]
    fn deep_values_end_somewhere() {
        let deep = (0..1000).fold(Value::Nil, |value, _| Value::List(vec![value]));
        assert_eq!(short(deep), "[[[[[[[[[... (1 items)]]]]]]]]]");
    }
}
